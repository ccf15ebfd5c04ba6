"""Departments' tables come in with every fault named, and the joint plan goes out inert."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from casework.joint_plan import join_plans
from plumeline.config import ConfigError
from plumeline.joint_plan_files import as_table, entries_of, read_entries

HEAD = "unit,department,items,first,last,lead,basis\n"


def test_a_table_comes_back_as_visits_with_every_item_once() -> None:
    text = HEAD + (
        "甲厂,应急,动火;培训,2026-03-02,2026-03-31,是,安全生产法 §62\n"
        "甲厂,消防,疏散通道,2026-03-01,2026-04-30,,消防法 §53\n"
    )
    plan = join_plans(entries_of(text))
    out = list(csv.DictReader(io.StringIO(as_table(plan).decode("utf-8-sig"))))
    told = [(row["lead"], row["department"], row["items"], row["basis"]) for row in out]
    assert told == [
        ("应急", "应急", "动火;培训", "安全生产法 §62"),
        ("应急", "消防", "疏散通道", "消防法 §53"),
    ]
    assert len({row["day"] for row in out}) == 1


def test_who_comes_alone_is_said_by_the_line_or_for_the_whole_unit() -> None:
    text = HEAD.replace("\n", ",alone\n") + (
        "甲厂,应急,动火,2026-03-02,2026-03-31,,,是\n"
        "甲厂,消防,通道,2026-03-02,2026-05-31,,,\n"
        "乙店,应急,动火,2026-03-02,2026-03-31,,,\n"
        "乙店,消防,通道,2026-03-02,2026-05-31,,,unit\n"
        "丙店,应急,动火,2026-03-02,2026-03-31,,,no\n"
        "丙店,消防,通道,2026-03-02,2026-05-31,,,\n"
    )
    entries = entries_of(text)
    assert [one.alone for one in entries] == [True, False, True, True, False, False]
    plan = join_plans(entries)
    counts = [len([v for v in plan.visits if v.unit == unit]) for unit in ("甲厂", "乙店", "丙店")]
    assert counts == [2, 2, 1]
    out = csv.DictReader(io.StringIO(as_table(plan).decode("utf-8-sig")))
    assert sorted(row["alone"] for row in out) == ["", "", "", "yes", "yes", "yes"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("unit,department,first,last\n", "no column items"),
        (HEAD + "a,b,c,2026-01-01,2026-13-01,,\n", r"line 2: .*\$\.last"),
        (HEAD + "a,b,;,2026-01-01,2026-01-02,,\n", r"line 2: .*\$\.items"),
        (HEAD + "a,b,c,2026-01-01,2026-01-02,,\na,b,c,2026-02-01,2026-01-31,,\n", "line 3: the w"),
        (HEAD[:-1] + ",alone\na,b,c,2026-01-01,2026-01-02,,,perhaps\n", "line 2: alone 'perh"),
        (HEAD + ",b,c,2026-01-01,2026-01-02,,\n", r"line 2: .*\$\.unit"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "plans.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=says):
        read_entries(file)


def test_no_cell_is_a_formula() -> None:
    text = HEAD + "=1+1,@b,+c,2026-01-05,2026-01-06,,-d\n"
    plan = join_plans(entries_of(text))
    (row,) = csv.DictReader(io.StringIO(as_table(plan).decode("utf-8-sig")))
    assert [row[k] for k in ("unit", "department", "items", "basis")] == [
        "'=1+1",
        "'@b",
        "'+c",
        "'-d",
    ]
