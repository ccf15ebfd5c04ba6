"""The command line as scripts and people meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from plumeline.cli import app
from plumeline.flights import samples_folder

COMMANDS = sorted(get_command(app).commands)  # type: ignore[attr-defined]


def plumeline(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "plumeline.cli", *arguments]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches_and_is_in_the_readme(command: str) -> None:
    said = CliRunner().invoke(app, [command, "--help"])
    assert said.exit_code == 0
    assert f"{command} [OPTIONS]" in said.stdout
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert f"plumeline {command}" in readme


def test_the_demo_ends_with_one_object_about_its_first_incident(tmp_path: Path) -> None:
    options = ("--until-incident", "--no-browser", "--json", "--port", "0", "--speed", "4")
    said = plumeline("demo", *options, cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    result = json.loads(said.stdout)
    assert result["incident"]["premises_id"] == "P-007"
    assert result["lost"] == 0
    assert result["seconds_to_first_incident"] > 0
    assert result["fixes"] > 0 < result["frames"]
    assert not list(tmp_path.iterdir()), "a demo leaves nothing behind"


def test_analyse_speaks_json_and_tells_by_its_exit_code(tmp_path: Path) -> None:
    smoke = plumeline("analyse", "chemical_store", "--json", cwd=tmp_path)
    clean = plumeline("analyse", "look_alikes", "--json", cwd=tmp_path)
    assert (smoke.returncode, clean.returncode) == (0, 1)
    expected = (samples_folder() / "chemical_store" / "expected.json").read_text("utf-8")
    assert json.loads(smoke.stdout) == json.loads(expected)
    assert json.loads(clean.stdout)["incidents"] == []


def test_doctor_speaks_json(tmp_path: Path) -> None:
    said = plumeline("doctor", "--json", cwd=tmp_path)
    report = json.loads(said.stdout)
    assert {check["name"] for check in report["checks"]} >= {"detector", "record", "disk", "broker"}
    assert said.returncode == (0 if report["ok"] else 1)


def test_incidents_of_an_empty_record(tmp_path: Path) -> None:
    said = plumeline("incidents", "--json", cwd=tmp_path)
    assert said.returncode == 1
    assert json.loads(said.stdout) == {"incidents": []}


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("analyse", "nowhere"), 2, "no recorded flight there"),
        (("run", "--config", "absent.toml"), 2, "absent.toml"),
        (("publish", "chemical_store", "--port", "1"), 4, "cannot reach the broker"),
        (("analyse", "chemical_store", "--model", "none"), 2, "no such model"),
    ],
)
def test_what_goes_wrong_is_one_line_and_a_code(
    arguments: tuple[str, ...], code: int, reason: str, tmp_path: Path
) -> None:
    said = plumeline(*arguments, cwd=tmp_path)
    assert said.returncode == code
    assert reason in said.stderr
    assert "Traceback" not in said.stderr


def test_a_damaged_record_has_its_own_code(tmp_path: Path) -> None:
    folder = tmp_path / "plumeline-data"
    folder.mkdir()
    (folder / "plumeline.db").write_bytes(b"not a database " * 1000)
    said = plumeline("incidents", cwd=tmp_path)
    assert said.returncode == 3
    assert "nothing was started over it" in said.stderr
