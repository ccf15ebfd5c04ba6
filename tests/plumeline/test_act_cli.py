"""Acting and asking from the command line: the same rules, the same record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from plumeline.act_cli import ask, incident
from store.store import open_store
from tests.plumeline.web_acting import raise_alarm

ID = "inc-a2b3"

app = typer.Typer()
app.command()(incident)
app.command()(ask)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = open_store(tmp_path)
    raise_alarm(store)
    raise_alarm(store, "inc-b")
    store.close()
    return tmp_path


def plumeline(folder: Path, *arguments: str) -> Result:
    command, *rest = arguments
    options = ["--by", "陈明", "--data", str(folder)]
    return CliRunner().invoke(app, [command, *options, *rest])


def verbs(folder: Path) -> list[str]:
    store = open_store(folder)
    said = [entry.verb for entry in store.ledger.entries()]
    store.close()
    return said


def test_confirming_says_how_it_stands_and_is_in_the_ledger(folder: Path) -> None:
    said = plumeline(folder, "incident", ID, "confirm", "--seat", "应急")
    assert said.exit_code == 0, said.output
    assert f"{ID} is handed_over, with 119, severity extreme" in said.output
    assert verbs(folder)[-2:] == ["confirm", "hand_over"]


def test_scripts_get_the_incident_as_one_object(folder: Path) -> None:
    said = plumeline(folder, "incident", ID, "merge", "--to", "inc-b", "--json")
    assert said.exit_code == 0, said.output
    assert json.loads(said.stdout)["handling"]["merged_into"] == "inc-b"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((ID, "dismiss"), "needs a reason"),
        ((ID, "close"), "raised cannot be closed"),
        ((ID, "escalate"), "only the clock"),
        ((ID, "merge", "--to", "inc-9"), "no incident inc-9"),
        (("inc-9", "confirm"), "no incident inc-9"),
    ],
)
def test_a_refusal_says_why_exits_with_1_and_changes_nothing(
    folder: Path, arguments: tuple[str, ...], why: str
) -> None:
    before = verbs(folder)
    said = plumeline(folder, "incident", *arguments)
    assert (said.exit_code, why in said.stderr) == (1, True), said.output
    assert verbs(folder) == before


def test_asking_where_it_burns_answers_in_both_languages_with_the_place(folder: Path) -> None:
    said = plumeline(folder, "ask", "32.04", "118.78")
    assert said.exit_code == 0, said.output
    assert "已发现烟雾" in said.output
    assert "118.780000°" in said.output
    assert f"incident {ID}: raised, 0 m away" in said.output
    assert verbs(folder)[-1] == "inquiry"


def test_what_cannot_be_seen_is_no_fire_and_no_all_clear(folder: Path) -> None:
    said = plumeline(folder, "ask", "--json", "--", "-33.9", "151.2")
    assert said.exit_code == 1, said.output
    answer = json.loads(said.stdout)["answer"]
    assert (answer["verdict"], answer["reason"]) == ("cannot_be_seen", "no_picture")


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (("118.78", "32.04"), "latitude first"),
        (("here", "there"), "neither a latitude"),
        (("nan", "1"), "not on Earth"),
        (("1", "2", "3"), "neither a latitude"),
        (("P-404",), "no premises P-404"),
    ],
)
def test_a_place_that_is_none_is_refused_and_nothing_is_kept(
    folder: Path, place: tuple[str, ...], why: str
) -> None:
    said = plumeline(folder, "ask", *place)
    assert said.exit_code == 2
    assert why in " ".join(said.stderr.replace("│", " ").split())
    assert "inquiry" not in verbs(folder)
