"""The list of work orders as a table: its columns, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Literal

from casework.life import DESK, is_overdue
from casework.listing import ListingState
from casework.orders import OrderState
from casework.words import Level
from plumeline.tables import Cell
from store.order_lists import Listed

Language = Literal["zh", "en"]
Names = Mapping[str, tuple[str, str]]
"""Of kinds of hazards or of orgs, by their code: Chinese, English."""

_COLUMNS = (
    ("编号", "key"),
    ("隐患", "hazard"),
    ("等级", "level"),
    ("状态", "state"),
    ("责任人", "owner"),
    ("单位", "station"),
    ("到期日", "due"),
    ("逾期", "overdue"),
    ("整改期限", "deadline"),
    ("场所编号", "place id"),
    ("场所", "place"),
    ("地址", "address"),
    ("重复于", "repeats"),
    ("复飞", "re-fly"),
    ("挂牌", "listing"),
    ("开单时间", "opened"),
)
LEVELS_ZH = {Level.GENERAL: "一般", Level.MAJOR: "重大"}
STATES_ZH = {
    OrderState.COLLECTED: "待受理",
    OrderState.ACCEPTED: "已受理",
    OrderState.DISPATCHED: "已派遣",
    OrderState.SIGNED_FOR: "已签收",
    OrderState.IN_PROGRESS: "处置中",
    OrderState.SUSPENDED: "挂起",
    OrderState.REPORTED_DONE: "待核查",
    OrderState.VERIFIED: "核查通过",
    OrderState.CLOSED: "已办结",
    OrderState.REJECTED: "不予受理",
}
LISTINGS_ZH = {
    ListingState.PROPOSED: "拟挂牌",
    ListingState.LISTED: "已挂牌",
    ListingState.RECTIFYING: "整改中",
    ListingState.VERIFICATION: "待核查",
    ListingState.PASSED: "核查通过",
    ListingState.FAILED: "核查未通过",
    ListingState.ESCALATED: "已升级督办",
    ListingState.DELISTED: "已摘牌销号",
    ListingState.REJECTED: "不予挂牌",
}
REFLIES_ZH = {"": "", "asked": "待复飞", "done": "已复飞"}


def header(language: Language) -> tuple[str, ...]:
    """The columns' names."""
    return tuple(zh if language == "zh" else en for zh, en in _COLUMNS)


def row(listed: Listed, today: date, kinds: Names, orgs: Names, language: Language) -> list[Cell]:
    """One order; a code without a word stays a code."""
    zh = language == "zh"
    task, standing = listed.order.task, listed.order.standing
    late = is_overdue(standing, today)

    def named(names: Names, code: str) -> str:
        return names[code][0 if zh else 1] if code in names else code

    return [
        task.key,
        named(kinds, listed.kind),
        LEVELS_ZH[Level(listed.level)] if zh else listed.level,
        STATES_ZH[OrderState(standing.state)] if zh else standing.state,
        named(orgs, standing.owner.removeprefix(DESK)),
        named(orgs, task.org_id),
        _day(standing.due),
        ("是" if zh else "yes") if late else "",
        _day(standing.deadline),
        task.place_id,
        listed.place,
        listed.address,
        listed.order.repeat_of,
        REFLIES_ZH[standing.refly] if zh else standing.refly,
        _listing(listed.listing_state, zh=zh),
        datetime.fromtimestamp(task.t_opened_s, UTC),
    ]


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _listing(state: str | None, *, zh: bool) -> str | None:
    return LISTINGS_ZH[ListingState(state)] if state and zh else state
