"""The org tree from a file: brought in twice it is the same, and what does not fit is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from plumeline.cli import app

TREE = {
    "orgs": [
        {"org_id": "c", "kind": "city", "parent_id": None, "name_zh": "市", "name_en": "City"},
        {"org_id": "s", "kind": "station", "parent_id": "c", "name_zh": "站", "name_en": "S",
         "build": ["seats"]},
    ],
    "people": [{"person_id": "w", "org_id": "s", "name": "陈明"}],
}  # fmt: skip


def run(folder: Path, tree: object = None) -> tuple[int, str]:
    arguments = ["orgs", "--data", str(folder / "record"), "--json"]
    if tree is not None:
        file = folder / "tree.json"
        file.write_text(json.dumps(tree), "utf-8")
        arguments.insert(1, str(file))
    said = CliRunner().invoke(app, arguments)
    return said.exit_code, said.output


def test_a_tree_comes_in_and_is_changed_by_the_next(tmp_path: Path) -> None:
    assert run(tmp_path, TREE)[0] == 0
    assert run(tmp_path, {"people": [{"person_id": "w", "org_id": "s", "name": "Li"}]})[0] == 0
    found = json.loads(run(tmp_path)[1])
    assert [org["org_id"] for org in found["orgs"]] == ["c", "s"]
    assert [one["name"] for one in found["people"]] == ["Li"]


@pytest.mark.parametrize(
    ("tree", "why"),
    [
        ({"orgs": [TREE["orgs"][1]]}, "parent c is nowhere"),
        ({"people": TREE["people"]}, "org s is nowhere"),
        ({"orgs": [TREE["orgs"][0] | {"build": ["roof"]}]}, "roof is none of"),
        ({"org": []}, "unknown field"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, tree: object, why: str) -> None:
    code, output = run(tmp_path, tree)
    assert code == 2
    assert why in " ".join(output.replace("│", " ").split())
