"""The patrol log as a table: its columns, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from casework.words import Method, PlaceClass, Result
from plumeline.tables import Cell
from store.visits import VisitLine

Language = Literal["zh", "en"]

_COLUMNS = (
    ("编号", "id"),
    ("场所", "place"),
    ("类别", "class"),
    ("风险等级", "risk"),
    ("地址", "address"),
    ("开始时间", "from"),
    ("结束时间", "to"),
    ("方式", "method"),
    ("结果", "result"),
    ("说明", "reason"),
    ("可见比例", "share seen"),
    ("观察秒数", "seconds watched"),
    ("最近距离(米)", "closest (m)"),
    ("航次或记录", "flight or record"),
    ("来源", "origin"),
    ("责任单位", "station"),
    ("人员", "person"),
    ("依据赋权", "power"),
    ("证据", "evidence"),
    ("修订自", "revises"),
    ("上报时间", "reported"),
)
CLASSES_ZH = {
    PlaceClass.PRODUCTION_UNIT: "生产经营单位",
    PlaceClass.SMALL_PLACE: "小型场所",
    PlaceClass.RESIDENTIAL: "住宅小区",
    PlaceClass.HAZCHEM: "危险化学品",
}
METHODS_ZH = {
    Method.DRONE: "无人机巡飞",
    Method.WALK_IN: "巡查走访",
    Method.INSPECTION: "执法检查",
    Method.GRID: "网格巡查",
    Method.PARTNER: "其他部门",
}
RESULTS_ZH = {
    Result.NORMAL: "正常",
    Result.ANOMALY: "异常",
    Result.NOT_OBSERVABLE: "未能观察",
}


def header(language: Language) -> tuple[str, ...]:
    """The columns' names."""
    return tuple(zh if language == "zh" else en for zh, en in _COLUMNS)


def row(line: VisitLine, language: Language) -> tuple[Cell, ...]:
    """One visit; codes of reasons stay codes."""
    one = line.visit
    zh = language == "zh"
    cls = "" if one.cls is None else CLASSES_ZH[one.cls] if zh else one.cls.value
    return (
        one.place_id,
        line.place if zh else line.place_en or line.place,
        cls,
        line.risk,
        line.address,
        _time(one.t0_s),
        _time(one.t1_s),
        METHODS_ZH[one.method] if zh else one.method.value,
        RESULTS_ZH[one.result] if zh else one.result.value,
        one.reason,
        one.seen_share,
        one.dwell_s,
        one.slant_m,
        one.ref,
        one.origin,
        one.org_id,
        one.person_id,
        one.power_id,
        " ".join(one.evidence),
        one.revises,
        _time(one.t_reported_s),
    )


def _time(t_s: float) -> datetime:
    return datetime.fromtimestamp(t_s, UTC)
