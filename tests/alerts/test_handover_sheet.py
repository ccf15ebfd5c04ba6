"""The 119 sheet: eleven items, both languages, nothing from outside becomes markup."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta, timezone
from html.parser import HTMLParser

import pytest

from alerts.events import Status
from alerts.handover.sheet import Sheet, items, page, spoken
from alerts.lifecycle import Verb
from alerts.words import Language
from tests.alerts import handover_scene as scene

BEIJING = timezone(timedelta(hours=8))


def sheet(**rest: object) -> Sheet:
    made = Sheet(
        incident=scene.done(scene.raised(), Verb.CONFIRM),
        t_s=scene.T_S + 30,
        zone=BEIJING,
        address="青石路 7 号",
        phone="025-000000",
    )
    return replace(made, **rest)  # type: ignore[arg-type]


def test_in_chinese_it_has_the_eleven_items() -> None:
    assert [(item.label, item.text) for item in items(sheet(), "zh")] == [
        ("事件编号", "inc-a2b3"),
        ("发现时间", "2026-03-01 16:00:00 (UTC+0800)"),
        (
            "位置与误差",
            "东经118.780000°，北纬32.040000°，误差±10米（95%）；"
            "青禾化工仓储（危险化学品，可能性83%）",
        ),
        ("场所", "青禾化工仓储，青石路 7 号，危险化学品，涉及危险化学品"),
        ("所见情况", "烟雾：青禾化工仓储，共1张画面可见"),
        ("是否蔓延", "不明"),
        ("图片", "无"),
        ("无人机是否在现场", "在现场：m30-1"),
        ("确认人", "陈 明，应急，025-000000"),
        ("有无人员受困", "有无人员受困不明"),
        ("进入路线", "暂无信息"),
    ]


def test_in_english_it_says_the_same() -> None:
    told = {item.label: item.text for item in items(sheet(), "en")}
    assert len(told) == 11
    assert told["Premises"].startswith("Qinghe Chemical Store, 青石路 7 号, hazardous chemicals")
    assert told["Premises"].endswith("HAZARDOUS CHEMICALS")
    assert told["Drone on scene?"] == "yes: m30-1"
    assert told["Confirmed by"] == "陈 明, 应急, 025-000000"


def test_what_people_add_is_on_it() -> None:
    told = sheet(
        people_at_risk=True, access="北门进", picture="https://page/api/blobs/ab", t_s=1e10
    )
    texts = [item.text for item in items(told, "zh")]
    assert texts[9] == "有人员受困" and texts[10] == "北门进" and texts[6].startswith("https://")
    assert texts[7].startswith("已离开：m30-1")


def test_hazardous_chemicals_are_told_however_unlikely() -> None:
    unsure = sheet(incident=scene.raised(premises=(scene.store(share=0.2),)))
    assert "涉及危险化学品" in items(unsure, "zh")[3].text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_read_aloud_it_says_what_and_where_and_who(language: Language) -> None:
    said = spoken(sheet(), language)
    assert "118.780000" in said and "陈 明" in said
    assert len(said) < 500


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
def test_an_exercise_says_so_before_anything_else(status: Status) -> None:
    drill = sheet(incident=scene.raised(status))
    assert spoken(drill, "zh").startswith("【演练或测试")
    assert spoken(drill, "en").startswith("THIS IS AN EXERCISE")
    assert "演练或测试" in page(drill)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert {name for name, _ in attrs} <= {"lang", "charset"}


def test_no_name_from_outside_becomes_markup() -> None:
    tags = Tags()
    evil = scene.raised(premises=(scene.store('<script>alert(1)</script><img src="x">'),))
    tags.feed(page(sheet(incident=evil, access="<b onload=x>", address="'\"><svg>")))
    assert set(tags.seen) <= {
        "html", "head", "meta", "title", "body", "section", "h1", "table", "tr", "th", "td", "p",
        "code",
    }  # fmt: skip


def test_any_incident_has_a_sheet() -> None:
    rng = random.Random(9)
    for _ in range(200):
        made = sheet(incident=scene.anything(rng))
        for language in ("zh", "en"):
            assert len(items(made, language)) == 11  # type: ignore[arg-type]
