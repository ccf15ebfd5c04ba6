"""The list of incidents: which are asked for, in which order, and as the rows of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from alerts.events import LikelyPremises, Status
from alerts.incident import Incident
from alerts.lifecycle import Reason, State, Verb
from alerts.phrases import EN, ZH
from alerts.severity import Severity, severity
from alerts.words import Language, headline, place_in_words
from detect.detection import Label
from plumeline.report_words import EN as REPORT_EN
from plumeline.report_words import ZH as REPORT_ZH
from plumeline.tables import Cell
from plumeline.web.answers import Words

DistrictOf = Callable[[str], str | None]
"""The district of premises by their id, None where it is not known."""


class Sort(StrEnum):
    """What the list is ordered by."""

    TIME = "time"
    SEVERITY = "severity"
    STATE = "state"
    PREMISES = "premises"
    SIGHTINGS = "sightings"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """One incident in the list."""

    incident_id: str
    t_first_s: float
    """On the device's clock, like the next."""
    t_last_s: float
    headline: Words
    labels: tuple[Label, ...]
    severity: Severity
    state: State
    reason: Reason | None
    """Why it was dismissed."""
    status: Status
    raised: bool
    historic: bool
    merged_into: str | None
    owner: str
    answered_after_s: float | None
    """From when it was raised until somebody acknowledged or decided it; on the station's clock."""
    sightings: int
    devices: tuple[str, ...]
    flights: tuple[str, ...]
    premises: LikelyPremises | None
    """The most likely."""
    district: str | None
    """Of these."""
    lat_deg: float | None
    lon_deg: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which incidents are asked for; None for any."""

    from_s: float | None = None
    to_s: float | None = None
    """Of the first picture, before this."""
    state: State | None = None
    label: Label | None = None
    severity: int | None = None
    """This or worse."""
    device: str | None = None
    premises: str | None = None
    """That the place may be on, as the ranking has it."""
    district: str | None = None
    status: Status | None = None
    historic: bool | None = None
    text: str | None = None
    """In its id, or in what stands in the list in either language."""


def chosen(
    incidents: Iterable[Incident],
    raised_s: Mapping[str, float],
    wanted: Wanted,
    *,
    district_of: DistrictOf,
    sort: Sort = Sort.TIME,
    rising: bool = False,
) -> list[tuple[Incident, IncidentRow]]:
    """The incidents asked for; of equals the newer one first."""
    pairs = [
        (incident, _row(incident, raised_s.get(incident.incident_id), district_of))
        for incident in incidents
    ]
    kept = [(incident, row) for incident, row in pairs if _wanted(incident, row, wanted)]
    kept.sort(key=lambda pair: (-pair[1].t_first_s, pair[1].incident_id))
    kept.sort(key=lambda pair: _KEYS[sort](pair[1]), reverse=not rising)
    return kept


_ANSWERS = (Verb.ACKNOWLEDGE, Verb.CONFIRM, Verb.DISMISS)
_STATES = {state: place for place, state in enumerate(State)}
_KEYS: dict[Sort, Callable[[IncidentRow], float | str]] = {
    Sort.TIME: lambda row: row.t_first_s,
    Sort.SEVERITY: lambda row: int(row.severity),
    Sort.STATE: lambda row: -_STATES[row.state],
    Sort.PREMISES: lambda row: row.premises.name if row.premises else "",
    Sort.SIGHTINGS: lambda row: row.sightings,
    Sort.ANSWER: lambda row: -1.0 if row.answered_after_s is None else row.answered_after_s,
}


def _row(incident: Incident, raised_s: float | None, district_of: DistrictOf) -> IncidentRow:
    handling, best = incident.handling, incident.best
    answers = [mark.t_s for mark in handling.marks if mark.verb in _ANSWERS]
    first = best.premises[0] if best.premises else None
    return IncidentRow(
        incident_id=incident.incident_id,
        t_first_s=incident.t_first_s,
        t_last_s=incident.t_last_s,
        headline=Words(zh=headline(incident, "zh"), en=headline(incident, "en")),
        labels=incident.labels,
        severity=severity(incident),
        state=handling.state,
        reason=handling.reason,
        status=incident.status,
        raised=incident.raised,
        historic=incident.historic,
        merged_into=handling.merged_into,
        owner=handling.owner,
        answered_after_s=min(answers) - raised_s if answers and raised_s is not None else None,
        sightings=incident.sightings,
        devices=incident.devices,
        flights=incident.flights,
        premises=first,
        district=None if first is None else district_of(first.premises_id),
        lat_deg=None if best.point is None else best.point.lat_deg,
        lon_deg=None if best.point is None else best.point.lon_deg,
    )


def _wanted(incident: Incident, row: IncidentRow, wanted: Wanted) -> bool:
    return (
        (wanted.from_s is None or row.t_first_s >= wanted.from_s)
        and (wanted.to_s is None or row.t_first_s < wanted.to_s)
        and wanted.state in (None, row.state)
        and (wanted.label is None or wanted.label in row.labels)
        and (wanted.severity is None or row.severity >= wanted.severity)
        and (wanted.device is None or wanted.device in row.devices)
        and (wanted.premises is None or wanted.premises in _ranked(incident))
        and wanted.district in (None, row.district)
        and wanted.status in (None, row.status)
        and wanted.historic in (None, row.historic)
        and (wanted.text is None or wanted.text.casefold() in _said(row))
    )


def _ranked(incident: Incident) -> set[str]:
    return {one.premises_id for one in incident.best.premises}


def _said(row: IncidentRow) -> str:
    return "\n".join((row.incident_id, row.headline.zh, row.headline.en)).casefold()


_HEADERS: dict[Language, tuple[str, ...]] = {
    "en": (
        "Incident", "First seen ({zone})", "Last seen ({zone})", "What", "Severity (1-4)", "State",
        "Dismissed for", "Kind", "Old when it came", "Merged into", "With", "Answered after (s)",
        "Pictures", "Devices", "Flights", "Premises", "Premises id", "Likelihood (%)", "District",
        "Latitude (WGS84)", "Longitude (WGS84)", "Place",
    ),
    "zh": (
        "事件编号", "首次发现（{zone}）", "最近一次（{zone}）", "类型", "严重程度（1-4）", "状态",
        "排除原因", "性质", "历史图像", "并入", "当前负责", "应答用时（秒）", "画面数", "设备",
        "架次", "场所", "场所编号", "可能性（%）", "行政区", "纬度（WGS84）",
        "经度（WGS84）", "位置",
    ),
}  # fmt: skip


def header(language: Language, zone: tzinfo, t_s: float) -> list[str]:
    """The names of the columns; the zone is told as it stands at ``t_s``."""
    offset = f"{datetime.fromtimestamp(t_s, zone):%z}"
    return [name.format(zone=f"UTC{offset[:3]}:{offset[3:]}") for name in _HEADERS[language]]


def cells(incident: Incident, row: IncidentRow, language: Language, zone: tzinfo) -> Sequence[Cell]:
    """One line of a file, in the order of `header`."""
    book, report = (ZH, REPORT_ZH) if language == "zh" else (EN, REPORT_EN)
    premises = row.premises
    name = None
    if premises is not None:
        name = (premises.name_en if language == "en" else None) or premises.name
    return (
        row.incident_id,
        datetime.fromtimestamp(row.t_first_s, zone),
        datetime.fromtimestamp(row.t_last_s, zone),
        book.and_.join(book.labels[label] for label in row.labels),
        int(row.severity),
        report.state[row.state],
        None if row.reason is None else report.dismissed_for[row.reason],
        report.status[row.status],
        int(row.historic),
        row.merged_into,
        row.owner,
        None if row.answered_after_s is None else round(row.answered_after_s, 1),
        row.sightings,
        report.comma.join(row.devices),
        report.comma.join(row.flights),
        name,
        None if premises is None else premises.premises_id,
        None if premises is None else int(premises.probability * 100),
        row.district,
        None if row.lat_deg is None else round(row.lat_deg, 6),
        None if row.lon_deg is None else round(row.lon_deg, 6),
        place_in_words(incident.best, language),
    )
