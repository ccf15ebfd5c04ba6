"""The house keeps its rules: packages that are ours, no room over its size, a lock on the door."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from plumeline.guard import PACKAGES, PackageClash, check_packages

ROOT = Path(__file__).parents[1]
CODE = sorted(
    f for room in PACKAGES for f in (ROOT / room).rglob("*.py") if "versions" not in f.parts
)


def test_the_packages_are_ours() -> None:
    check_packages()


def test_a_rival_distribution_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    owners = {"geo": ["plumeline", "geo-rival"]}
    monkeypatch.setattr(importlib.metadata, "packages_distributions", lambda: owners)
    with pytest.raises(PackageClash, match="geo-rival"):
        check_packages()


@pytest.mark.parametrize("file", CODE, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_and_functions_stay_readable(file: Path) -> None:
    source = file.read_text("utf-8")
    assert source.count("\n") <= 300
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 60, f"{node.name} in line {node.lineno}"


def test_init_files_hold_a_docstring_only() -> None:
    for file in (f for f in CODE if f.name == "__init__.py"):
        assert len(ast.parse(file.read_text("utf-8")).body) == 1, file


@pytest.mark.parametrize("room", ["geo", "alerts", "ingest", "casework", "store"])
def test_lower_rooms_start_without_the_heavy_libraries(room: str) -> None:
    """A recorder needs neither OpenCV nor ONNX Runtime nor torch, and pays for none."""
    modules = [
        ".".join(f.relative_to(ROOT).with_suffix("").parts)
        for f in CODE
        if f.parts[len(ROOT.parts)] == room and f.name != "env.py"
    ]
    program = (
        f"import sys; [__import__(m) for m in {modules!r}];"
        "print([m for m in ('cv2', 'onnxruntime', 'torch') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"
