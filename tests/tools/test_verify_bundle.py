"""Two verifiers that share no line agree on good and forged bundles (ACCEPTANCE F2, F3)."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plumeline.bundle_check import verify_bundle
from store.checkpoint import Checkpoint
from tests.plumeline import bundle_forger
from tests.plumeline.bundle_scene import Scene, flown, small_bundle
from tools import verify_bundle as tool

BUNDLES = int(os.environ.get("PLUMELINE_BUNDLES", "200"))
TOOL = Path(tool.__file__)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with pytest.MonkeyPatch.context() as patch, flown(tmp_path_factory.mktemp("record")) as made:
        patch.setattr(os, "fsync", lambda _: None)  # hundreds of bundles; no test of durability
        connection = made.store.engine.raw_connection()
        connection.cursor().execute("PRAGMA synchronous=OFF")
        connection.close()
        yield made


@pytest.fixture(scope="module")
def good(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder, rng = tmp_path_factory.mktemp("good"), random.Random(6)
    files = [folder / f"{number}.zip" for number in range(BUNDLES)]
    for file in files:
        small_bundle(scene, rng, file)
    return files


@pytest.fixture(scope="module")
def forged(good: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[Path, str]:
    """By file, how it was forged; every way about as often."""
    folder, rng = tmp_path_factory.mktemp("forged"), random.Random(7)
    made: dict[Path, str] = {}
    ways = list(bundle_forger.WAYS)
    for number, file in enumerate(good):
        way = ways[number % len(ways)]
        data = bundle_forger.WAYS[way](bundle_forger.unpacked(file), rng)
        assert data != file.read_bytes(), way
        forgery = folder / f"{number}.zip"
        forgery.write_bytes(data)
        made[forgery] = way
    return made


def test_both_accept_every_good_bundle(scene: Scene, good: list[Path]) -> None:
    assert [f for file in good for f in verify_bundle(file, scene.key)] == []
    assert [f for file in good for f in tool.verify(str(file), scene.key)] == []


def test_a_ledger_begins_at_the_checkpoint_before_what_is_told(good: list[Path]) -> None:
    """Some begin with the first entry, some later, and then with the hash that was signed there."""
    begun = Counter[bool]()
    for file in good:
        files = bundle_forger.unpacked(file)
        first = json.loads(files["ledger.jsonl"].splitlines()[0])["text"][0]
        points = [json.loads(line)["i"] for line in files["checkpoints.jsonl"].splitlines()]
        assert points[:-1] == ([first - 1] if first > 1 else [])
        begun[first > 1] += 1
    assert begun[True] and begun[False]


def test_both_reject_every_forged_bundle(scene: Scene, forged: dict[Path, str]) -> None:
    ours = Counter(way for file, way in forged.items() if not verify_bundle(file, scene.key))
    theirs = Counter(way for file, way in forged.items() if not tool.verify(str(file), scene.key))
    assert (ours, theirs) == (Counter(), Counter())
    assert set(forged.values()) == set(bundle_forger.WAYS)


def test_a_changed_bit_is_found_in_the_file_that_has_it(
    scene: Scene, good: list[Path], tmp_path: Path
) -> None:
    files = bundle_forger.unpacked(good[0])
    rng, changed = random.Random(8), tmp_path / "changed.zip"
    for name, data in files.items():
        changed.write_bytes(bundle_forger.pack(files | {name: bundle_forger.flip(data, rng)}))
        assert any(name in finding.where for finding in verify_bundle(changed, scene.key))
        assert any(name in failure for failure in tool.verify(str(changed), scene.key))


MUTANTS = {
    "signatures are not checked": ("elif not is_signed(", "elif not (lambda *_: True)("),
    "the auditor's key is not compared": (' or one["key"] != key', ""),
    "checkpoints are not compared": ("!= digest for", "== 0 for"),
    "the chain is not computed": ("!= hashes[i]:", "== 0:"),
    "the manifest is not looked for": ('("export", None, sha256', '() and ("export", None, sha256'),
    "files are not hashed": ('.hexdigest() != one["sha256"]', " == 0"),
    "the zip is not written anew": (", wrong_zip(bundle, raw)\n", "\n"),
}
"""What is changed in the tool, so that it lets something pass."""


@pytest.mark.parametrize("name", MUTANTS)
def test_a_verifier_that_skips_a_check_would_be_found_out(
    scene: Scene, forged: dict[Path, str], name: str
) -> None:
    lax = mutant(*MUTANTS[name])
    assert any(not lax.verify(str(file), scene.key) for file in forged)


def test_our_own_verifier_without_signatures_would_be_found_out_too(
    scene: Scene, forged: dict[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Checkpoint, "genuine", True)
    assert any(not verify_bundle(file, scene.key) for file in forged)


def mutant(old: str, new: str) -> ModuleType:
    text = TOOL.read_text("utf-8")
    assert text.count(old) == 1
    module = ModuleType("mutant")
    exec(compile(text.replace(old, new), "mutant", "exec"), module.__dict__)
    return module


def test_it_runs_where_there_is_nothing_but_python(
    scene: Scene, good: list[Path], tmp_path: Path
) -> None:
    """``-I -S``: no packages, no environment; the folder holds two files."""
    lonely = tmp_path / "verify_bundle.py"
    lonely.write_bytes(TOOL.read_bytes())
    (tmp_path / "bundle.zip").write_bytes(good[0].read_bytes())

    def run(key: str) -> tuple[int, str]:
        command = [sys.executable, "-I", "-S", lonely.name, "bundle.zip", "--key", key]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    assert run(scene.key) == (0, "OK\n")
    code, said = run("ab" * 32)
    assert code == 1 and "checkpoints.jsonl: line 1" in said


def test_its_signatures_are_those_of_another_library() -> None:
    """RFC 8032, against `cryptography`: 40 signatures, and each with one bit changed."""
    rng = random.Random(9)
    for _ in range(40):
        key = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
        public = key.public_key().public_bytes_raw().hex()
        text = rng.randbytes(rng.randrange(200))
        signature = key.sign(text)
        assert tool.is_signed(public, text, signature.hex())
        try:
            accepted = tool.is_signed(public, text, bundle_forger.flip(signature, rng).hex())
        except ValueError:
            accepted = False
        assert not accepted


def test_what_is_no_bundle_is_a_finding_and_no_crash(tmp_path: Path) -> None:
    rng, file = random.Random(10), tmp_path / "x.zip"
    for _ in range(50):
        file.write_bytes(rng.choice([b"", b"PK\x05\x06" + bytes(18), rng.randbytes(400)]))
        assert verify_bundle(file) and tool.verify(str(file))
    assert verify_bundle(tmp_path / "none.zip") and tool.verify(str(tmp_path / "none.zip"))


def test_the_tool_is_short_and_uses_the_standard_library_alone() -> None:
    lines = TOOL.read_text("utf-8").splitlines()
    assert len(lines) <= 150
    imported = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= sys.stdlib_module_names
