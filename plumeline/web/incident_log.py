"""The routes of the list of incidents: on the page, as CSV and as XLSX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from alerts.events import Status
from alerts.incident import Incident
from alerts.lifecycle import State
from alerts.words import Language
from detect.detection import Label
from plumeline.incident_log import (
    DistrictOf,
    IncidentRow,
    Sort,
    Wanted,
    cells,
    chosen,
    header,
)
from plumeline.tables import CSV_TYPE, XLSX_TYPE, as_csv, as_xlsx
from plumeline.web.api import Limit, as_json
from plumeline.web.may import READERS, Me, may
from plumeline.web.projection import Incidents
from store.people import Account

Word = Annotated[str | None, Query(max_length=200)]

_TITLES: dict[Language, str] = {"zh": "事件", "en": "Incidents"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLog:
    """Part of the incidents that were asked for, in the order asked for."""

    t_s: float
    total: int
    """Of those asked for, also beyond this part."""
    offset: int
    devices: Sequence[str]
    """Every device that has seen an incident."""
    replayed: Sequence[str]
    """Of these, those whose flights who asks may replay."""
    districts: Sequence[str]
    incidents: Sequence[IncidentRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which incidents are asked for, as the address says."""

    from_s: Annotated[float | None, Query(alias="from", ge=0, le=1e11)] = None
    to_s: Annotated[float | None, Query(alias="to", ge=0, le=1e11)] = None
    state: State | None = None
    label: Label | None = None
    severity: Annotated[int | None, Query(ge=1, le=4)] = None
    device: Word = None
    premises: Word = None
    district: Word = None
    status: Status | None = None
    historic: bool | None = None
    text: Word = None
    sort: Sort = Sort.TIME
    rising: bool = False


Asked = Annotated[Filter, Depends(Filter)]
Pairs = list[tuple[Incident, IncidentRow]]


def incident_log_routes(
    incidents: Incidents,
    *,
    zone: tzinfo,
    now_s: Callable[[], float],
    district_of: DistrictOf,
    districts: Sequence[str] = (),
) -> APIRouter:
    """The list. What a file holds is what the list would show on all of its pages."""
    router = APIRouter(prefix="/api/incident-log")

    def found(me: Account, asked: Filter) -> Pairs:
        standing = incidents.of(me)
        return chosen(
            standing.incidents.values(),
            standing.raised_s,
            _wanted(asked),
            district_of=district_of,
            sort=asked.sort,
            rising=asked.rising,
        )

    @router.get("")
    @may(READERS, scoped=True)
    def listed(
        me: Me, asked: Asked, limit: Limit = 100, offset: Annotated[int, Query(ge=0, le=10**9)] = 0
    ) -> Response:
        pairs = found(me, asked)
        seen_by = {name for one in incidents.of(me).incidents.values() for name in one.devices}
        return as_json(
            IncidentLog(
                t_s=now_s(),
                total=len(pairs),
                offset=offset,
                devices=sorted(seen_by),
                replayed=sorted(
                    one for one in seen_by if me.sees(incidents.districts.of_device(one))
                ),
                districts=[one for one in districts if me.sees({one})],
                incidents=[row for _, row in pairs[offset : offset + limit]],
            )
        )

    @router.get(".csv")
    @may(READERS, scoped=True)
    def as_text(me: Me, asked: Asked, lang: Language = "zh") -> Response:
        rows = [cells(incident, row, lang, zone) for incident, row in found(me, asked)]
        return _file(as_csv(header(lang, zone, now_s()), rows), CSV_TYPE, "csv", now_s(), zone)

    @router.get(".xlsx")
    @may(READERS, scoped=True)
    def as_sheet(me: Me, asked: Asked, lang: Language = "zh") -> Response:
        rows = [cells(incident, row, lang, zone) for incident, row in found(me, asked)]
        body = as_xlsx(_TITLES[lang], header(lang, zone, now_s()), rows, zone)
        return _file(body, XLSX_TYPE, "xlsx", now_s(), zone)

    return router


def _wanted(asked: Filter) -> Wanted:
    return Wanted(
        from_s=asked.from_s,
        to_s=asked.to_s,
        state=asked.state,
        label=asked.label,
        severity=asked.severity,
        device=asked.device,
        premises=asked.premises,
        district=asked.district,
        status=asked.status,
        historic=asked.historic,
        text=asked.text,
    )


def _file(body: bytes, media_type: str, ending: str, t_s: float, zone: tzinfo) -> Response:
    name = f"incidents-{datetime.fromtimestamp(t_s, zone):%Y%m%d-%H%M%S}.{ending}"
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, headers=headers, media_type=media_type)
