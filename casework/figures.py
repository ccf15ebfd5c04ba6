"""The figures that a city reports of its one-stop stations, each with what it means.

Staff, 巡查走访, 执法检查, 发现整改隐患, 挂牌整改, 立案查处. A figure is a count of rows, or a
ratio of two counts; its definition is printed beside it in both languages.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CHECKLIST = ("staffed", "party_branch", "seats", "drone", "powers", "training")
"""What a station needs to be one: the points of the build checklist."""


class Figure(StrEnum):
    """A count."""

    STATIONS = "stations"
    STAFF = "staff"
    MEMBERS = "members"
    BUILT = "built"
    VISITS = "visits"
    PLACES = "places"
    INSPECTIONS = "inspections"
    FOUND = "found"
    RECTIFIED = "rectified"
    LISTED = "listed"
    DELISTED = "delisted"
    CASES = "cases"


class Unit(StrEnum):
    """How a figure is written."""

    COUNT = "count"
    RATIO = "ratio"
    SHARE = "share"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a figure means, in both languages; printed beside it."""

    name: str
    zh: str
    en: str
    means_zh: str
    means_en: str
    unit: Unit = Unit.COUNT
    over: tuple[Figure, Figure] | None = None
    """Of a ratio: what is divided by what."""


def _count(figure: Figure, zh: str, en: str, means_zh: str, means_en: str) -> Definition:
    return Definition(name=figure, zh=zh, en=en, means_zh=means_zh, means_en=means_en)


def _ratio(
    name: str, words: tuple[str, str], top: Figure, bottom: Figure, unit: Unit
) -> Definition:
    return Definition(
        name=name,
        zh=words[0],
        en=words[1],
        means_zh=f"{_WORDS[top][0]} ÷ {_WORDS[bottom][0]}",
        means_en=f"{_WORDS[top][1]} / {_WORDS[bottom][1]}",
        unit=unit,
        over=(top, bottom),
    )


COUNTS: tuple[Definition, ...] = (
    _count(
        Figure.STATIONS,
        "工作站",
        "Stations",
        "组织树中的工作站,现数",
        "stations of the org tree, now",
    ),
    _count(
        Figure.STAFF, "人员", "Staff", "工作站在册人员,现数", "people on the stations' staff, now"
    ),
    _count(
        Figure.MEMBERS, "党员", "Party members", "在册人员中的党员", "party members among the staff"
    ),
    _count(
        Figure.BUILT,
        "建设完成项",
        "Build points done",
        f"建设清单 {len(CHECKLIST)} 项中已完成的项数之和",
        f"points done of the {len(CHECKLIST)} of the build checklist, summed over stations",
    ),
    _count(
        Figure.VISITS,
        "巡查走访(家次)",
        "Visits",
        "每到一处一次计一家次,含无人机、入户、网格、互认和执法检查;看不到的不计",
        "each look at a place, by drone, on foot, by grid workers, partners or inspection;"
        " what could not be seen is not counted",
    ),
    _count(
        Figure.PLACES,
        "走访单位(家)",
        "Places visited",
        "当年至少走访一次的不同单位;只按整年统计",
        "different places visited at least once in the year; told for whole years only",
    ),
    _count(
        Figure.INSPECTIONS,
        "执法检查(家次)",
        "Inspections",
        "有执法检查记录的走访,已计入家次",
        "visits with an enforcement record, which are also counted as visits",
    ),
    _count(
        Figure.FOUND,
        "发现隐患",
        "Hazards found",
        "按发现日期计",
        "counted on the day they were found",
    ),
    _count(
        Figure.RECTIFIED,
        "整改隐患",
        "Hazards rectified",
        "按整改核查通过之日计,可能发现于更早的期间",
        "counted on the day they were verified as gone; may have been found before the period",
    ),
    _count(
        Figure.LISTED, "挂牌隐患", "Hazards listed", "按挂牌日期计", "counted on the day of listing"
    ),
    _count(
        Figure.DELISTED,
        "摘牌销号",
        "Struck off",
        "按销号日期计",
        "counted on the day of striking off",
    ),
    _count(Figure.CASES, "立案查处", "Cases filed", "按立案日期计", "counted on the day of filing"),
)
_WORDS: dict[str, tuple[str, str]] = {one.name: (one.zh, one.en) for one in COUNTS}

RATIOS: tuple[Definition, ...] = (
    _ratio(
        "found_per_visit",
        ("每家次隐患", "Hazards per visit"),
        Figure.FOUND,
        Figure.VISITS,
        Unit.RATIO,
    ),
    _ratio(
        "inspection_share",
        ("检查占比", "Inspections among visits"),
        Figure.INSPECTIONS,
        Figure.VISITS,
        Unit.SHARE,
    ),
    _ratio(
        "rectified_share",
        ("整改率", "Rectified to found"),
        Figure.RECTIFIED,
        Figure.FOUND,
        Unit.SHARE,
    ),
    _ratio(
        "listed_share",
        ("挂牌占比", "Listed among hazards"),
        Figure.LISTED,
        Figure.FOUND,
        Unit.SHARE,
    ),
    _ratio(
        "cases_per_inspection",
        ("检查立案率", "Cases per inspection"),
        Figure.CASES,
        Figure.INSPECTIONS,
        Unit.SHARE,
    ),
    _ratio(
        "staff_per_station",
        ("站均人数", "Staff per station"),
        Figure.STAFF,
        Figure.STATIONS,
        Unit.RATIO,
    ),
    _ratio(
        "member_share",
        ("党员占比", "Party members among staff"),
        Figure.MEMBERS,
        Figure.STAFF,
        Unit.SHARE,
    ),
)

DEFINITIONS = (*COUNTS, *RATIOS)
LATE = (Figure.VISITS, Figure.INSPECTIONS, Figure.FOUND)
"""The figures that late reports change."""
ROWS = (*LATE, Figure.RECTIFIED, Figure.LISTED, Figure.DELISTED, Figure.CASES)
"""The figures that open their rows."""
