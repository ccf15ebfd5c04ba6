"""What the station's own people report of places: walk-ins, enforcement inspections, grid rounds.

A visit that rests on a delegated power (赋权) is taken only if the power was valid for that org on
the day of the visit (行政处罚法 §20). Of a joint visit each department reports its own row, under
the same number and its own power.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from casework.days import day_of
from casework.intake import MAX_TEXT, BadReport, ReportWhy, code_in, moment
from casework.powers import Power, check_power
from casework.words import Method, Place, Result, Visit

ALIASES: dict[str, tuple[str, ...]] = {
    "number": ("number", "编号", "检查编号", "记录编号"),
    "place_id": ("place_id", "场所编号", "单位编号"),
    "start": ("start", "开始时间", "检查时间"),
    "end": ("end", "结束时间"),
    "method": ("method", "方式"),
    "result": ("result", "结果"),
    "reason": ("reason", "说明"),
    "text": ("text", "描述", "备注"),
    "station": ("station", "工作站", "部门"),
    "person": ("person", "检查人", "人员"),
    "power": ("power", "赋权编号"),
    "revises": ("revises", "更正"),
}
"""Per name here the columns that files use."""
NEEDED = frozenset({"number", "place_id", "start", "result"})
METHODS = {
    "": Method.WALK_IN,
    "walk_in": Method.WALK_IN,
    "巡查走访": Method.WALK_IN,
    "inspection": Method.INSPECTION,
    "执法检查": Method.INSPECTION,
    "grid": Method.GRID,
    "网格巡查": Method.GRID,
}
RESULTS = {
    "normal": Result.NORMAL,
    "正常": Result.NORMAL,
    "anomaly": Result.ANOMALY,
    "异常": Result.ANOMALY,
    "not_observable": Result.NOT_OBSERVABLE,
    "未能观察": Result.NOT_OBSERVABLE,
}
MAX_HOURS = 48


def to_visit(
    row: Mapping[str, str],
    *,
    places: Mapping[str, Place],
    orgs: Collection[str],
    powers: Sequence[Power],
    station: str,
    person: str,
    t_s: float,
) -> Visit:
    """A reported row as a visit.

    ``orgs`` are those that may have made it, ``station`` made it where the row names no other,
    ``person`` where it names nobody; ``t_s`` is the station's clock.

    Raises:
        BadReport: what is missing or not understood.
        NoPower: the power that it names did not allow it.
    """
    number = row.get("number", "")
    if not number:
        raise BadReport(ReportWhy.NO_NUMBER)
    place = places.get(place_id := row.get("place_id", ""))
    if place is None:
        raise BadReport(ReportWhy.UNKNOWN_PLACE, place_id=place_id)
    org_id = row.get("station") or station
    if org_id not in orgs:
        raise BadReport(ReportWhy.UNKNOWN_STATION, org_id=org_id)
    t0_s = moment(row.get("start", ""), "start", t_s)
    t1_s = moment(row["end"], "end", t_s) if row.get("end") else t0_s
    if not t0_s <= t1_s <= t0_s + MAX_HOURS * 3600:
        raise BadReport(ReportWhy.NO_VISIT, start=row["start"], end=row.get("end", ""))
    return Visit(
        key=key_of(org_id, number),
        place_id=place.place_id,
        org_id=org_id,
        method=code_in(row, "method", METHODS),
        t0_s=t0_s,
        t1_s=t1_s,
        result=code_in(row, "result", RESULTS),
        reason=row.get("reason", "")[:MAX_TEXT],
        person_id=row.get("person") or person,
        ref=number[:128],
        cls=place.cls,
        power_id=_power(row.get("power", ""), powers, org_id, t0_s),
        text=row.get("text", "")[:MAX_TEXT],
        t_reported_s=t_s,
        revises=key_of(org_id, row["revises"]) if row.get("revises") else None,
    )


def key_of(org_id: str, number: str) -> str:
    """What makes a visit the same one however often it is reported."""
    return f"visit:{org_id}/{number}"[:128]


def _power(power_id: str, powers: Sequence[Power], org_id: str, t0_s: float) -> str | None:
    return check_power(powers, power_id, org_id, day_of(t0_s)).power_id if power_id else None
