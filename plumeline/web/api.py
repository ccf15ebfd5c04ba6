"""The routes that answer with data. See docs/api.md."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse

from alerts.events import NumberedEvent
from alerts.incident import Incident, rings
from ingest.trouble import Trouble
from plumeline.web import stream
from plumeline.web.answers import (
    Complaint,
    DeviceTrack,
    Hello,
    IncidentList,
    IncidentStory,
    ToldIncident,
    ToldStatus,
    by_urgency,
    tell,
)
from plumeline.web.bell import Bell
from plumeline.web.may import ANYBODY, READERS, SIGNED_IN, Entered, Me, may
from plumeline.web.projection import AROUND_S, Incidents, Standing
from plumeline.web.refusals import AskWhy, Refused
from plumeline.web.seams import Record, Station
from store.people import Account, Role
from store.status import DeviceStatus, DroneAt

BEFORE_S = 120.0
AFTER_S = 60.0
KEPT_S = 1800
"""How long a browser may show a blob again without asking: as long as a reason holds."""
QUEUES = 32
"""Kept as they stand: the pages ask for two lengths, for each district that has accounts."""
JPEG_START = b"\xff\xd8\xff"
SHA256 = re.compile(r"[0-9a-f]{64}")

Limit = Annotated[int, Query(ge=1, le=1000)]
Number = Annotated[int, Query(ge=0, le=2**63 - 1)]


def as_json(body: object, status: int = HTTPStatus.OK) -> Response:
    """The dataclass as it is, in JSON."""
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(body), status, headers, "application/json")


def as_file(body: bytes, media_type: str, name: str) -> Response:
    """Something to keep, under this name."""
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(body, headers=headers, media_type=media_type)


def incident_routes(record: Record, incidents: Incidents, now_s: Callable[[], float]) -> APIRouter:
    """The queue, one incident, its track."""
    router = APIRouter(prefix="/api/incidents")
    listing = Listing()

    def told(standing: Standing, incident: Incident) -> ToldIncident:
        return tell(incident, standing.raised_s.get(incident.incident_id))

    @router.get("")
    @may(READERS, scoped=True)
    def queue(me: Me, limit: Limit = 200) -> Response:
        return as_json(replace(listing(incidents.of(me), me.district, limit), t_s=now_s()))

    @router.get("/{incident_id}")
    @may(READERS, scoped=True)
    def story(me: Me, incident_id: str, limit: Limit = 200) -> Response:
        standing = incidents.of(me)
        return as_json(
            IncidentStory(
                told=told(standing, _wanted(standing, incident_id)),
                events=record.events_of(incident_id, limit),
            )
        )

    _looking_routes(router, record, incidents)
    return router


class Listing:
    """The newest queues, each made once however many screens ask for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[tuple[str, int], IncidentList] = {}

    def __call__(self, standing: Standing, district: str, limit: int) -> IncidentList:
        """As things stand for a district's accounts; the time is for the caller to set."""
        key = district, limit
        with self._lock:
            made = self._made.get(key)
            if made is None or made.last_n < standing.last_n:
                if len(self._made) == QUEUES:
                    self._made.clear()
                made = self._made[key] = _listed(standing, limit)
        return made


def _listed(standing: Standing, limit: int) -> IncidentList:
    ordered = by_urgency(standing.incidents.values(), standing.raised_s)
    return IncidentList(
        t_s=0.0,
        last_n=standing.last_n,
        total=len(ordered),
        unanswered=sum(map(rings, ordered)),
        historic=sum(one.historic for one in ordered),
        incidents=tuple(
            tell(one, standing.raised_s.get(one.incident_id)) for one in ordered[:limit]
        ),
    )


def _looking_routes(router: APIRouter, record: Record, incidents: Incidents) -> None:
    @router.get("/{incident_id}/track")
    @may(READERS, scoped=True)
    def track(me: Me, incident_id: str) -> Response:
        incident = _wanted(incidents.of(me), incident_id)
        t0_s, t1_s = incident.t_first_s - BEFORE_S, incident.t_last_s + AFTER_S
        return as_json(
            [
                DeviceTrack(device_id=device, points=record.track(device, t0_s, t1_s))
                for device in incident.devices
            ]
        )

    @router.get("/{incident_id}/pictures")
    @may(READERS, scoped=True)
    def pictures(me: Me, incident_id: str) -> Response:
        incident = _wanted(incidents.of(me), incident_id)
        best = incident.best
        t0_s, t1_s = incident.t_first_s - AROUND_S, incident.t_last_s + AROUND_S
        return as_json(record.pictures(best.key.device_id, t0_s, t1_s))


def _wanted(standing: Standing, incident_id: str) -> Incident:
    incident = standing.incidents.get(incident_id)
    if incident is None:
        raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_INCIDENT, incident_id=incident_id)
    return incident


def event_routes(
    record: Record, bell: Bell, incidents: Incidents, now_s: Callable[[], float]
) -> APIRouter:
    """The log and its live stream."""
    router = APIRouter(prefix="/api")

    @router.get("/events")
    @may(READERS, scoped=True)
    def events(me: Me, after: Number = 0, limit: Limit = 500) -> Response:
        told: list[NumberedEvent] = []
        while len(told) < limit and (batch := record.events_after(after, limit)):
            told += incidents.told(me, batch)
            after = batch[-1].n
        return as_json(told[:limit])

    @router.get("/stream")
    @may(READERS, scoped=True)
    async def live(
        entry: Entered,
        after: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
        last_event_id: Annotated[int | None, Header(ge=0, le=2**63 - 1)] = None,
    ) -> Response:
        asked = after if last_event_id is None else last_event_id
        last_n = (await run_in_threadpool(incidents.now)).last_n
        resumed = asked is not None and asked <= last_n
        start = asked if asked is not None and resumed else last_n
        hello = Hello(t_s=now_s(), last_n=last_n, resumed=resumed)
        reader = stream.Reader(
            record=record, stands=entry.stands, mine=partial(incidents.told, entry.account)
        )
        body = stream.messages(reader, bell, hello, start, now_s=now_s)
        return StreamingResponse(body, headers=stream.HEADERS, media_type="text/event-stream")

    return router


def record_routes(
    record: Record,
    incidents: Incidents,
    station: Station,
    health: Callable[[], list[Trouble]],
    may_look: Callable[[Account, str], None] = lambda _who, _sha256: None,
) -> APIRouter:
    """What the record holds, its blobs, and how things are.

    ``may_look`` refuses with an HTTPException whoever may not see a blob now.
    """
    router = APIRouter()

    def here(me: Account, device: DroneAt | DeviceStatus) -> bool:
        return me.sees(incidents.districts.of_device(device.device_id))

    @router.get("/api/station")
    @may(SIGNED_IN, scoped=True)
    def who() -> Response:
        return as_json(station)

    @router.get("/api/drones")
    @may(READERS, scoped=True)
    def drones(me: Me) -> Response:
        return as_json([one for one in record.drones() if here(me, one)])

    @router.get("/api/status")
    @may(SIGNED_IN, scoped=True)
    def status(me: Me) -> Response:
        status = record.status()
        return as_json(
            ToldStatus(
                totals=status.totals,
                devices=[one for one in status.devices if here(me, one)],
                complaints=[
                    Complaint(error=str(one), code=one.code, facts={"about": one.about})
                    for one in health()
                ],
            )
        )

    @router.get("/api/quarantine")
    @may({Role.COMMAND, Role.AUDITOR, Role.ADMIN})
    def quarantine(limit: Limit = 100) -> Response:
        return as_json(record.quarantine(limit))

    @router.get("/healthz")
    @may(ANYBODY)
    def healthz() -> Response:
        """A word for a supervisor; what is wrong is for those who have signed in."""
        if health():
            return PlainTextResponse("not well", HTTPStatus.SERVICE_UNAVAILABLE)
        return PlainTextResponse("ok")

    _blob_route(router, record, incidents, may_look)
    return router


def _blob_route(
    router: APIRouter,
    record: Record,
    incidents: Incidents,
    may_look: Callable[[Account, str], None],
) -> None:
    @router.get("/api/blobs/{sha256}")
    @may(READERS, scoped=True)
    def blob(me: Me, sha256: str) -> Response:
        if not SHA256.fullmatch(sha256):
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, AskWhy.NO_SHA256)
        path = record.blob_path(sha256)
        if path is None or not path.is_file() or not incidents.shows(me, sha256):
            raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_BLOB, sha256=sha256)
        may_look(me, sha256)
        return _blob(path, sha256)


def _blob(path: Path, sha256: str) -> Response:
    """A frame to look at; anything else only to save."""
    with path.open("rb") as file:
        frame = file.read(len(JPEG_START)) == JPEG_START
    return FileResponse(
        path,
        headers={"Cache-Control": f"private, max-age={KEPT_S}, immutable"},
        media_type="image/jpeg" if frame else "application/octet-stream",
        filename=f"{sha256}.{'jpg' if frame else 'bin'}",
        content_disposition_type="inline" if frame else "attachment",
    )
