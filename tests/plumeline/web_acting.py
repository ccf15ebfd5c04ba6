"""A station's web over a real record, with everything that people can do in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI

from alerts.events import Event, Kind, Status
from alerts.look import Look, LookStatus
from alerts.placing import Placer
from geo.ground import GroundPoint
from geo.pose import Datum, Pose
from geo.premises import Premises, PremisesIndex
from ingest.recorder import Arrival, Message
from ingest.records import Frame
from plumeline.districts import Districts
from plumeline.inquirer import Inquirer
from plumeline.web.acts import act_routes, response_routes
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.inquiries import inquiry_routes
from plumeline.web.projection import Incidents
from plumeline.web.seams import Station
from plumeline.web.sheets import sheet_routes
from store.analysis import Run, RunKind
from store.inquiries import SqlInquiries
from store.response import SqlResponse
from store.store import Store
from tests.alerts import handover_scene
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import FakeDoor, named
from tests.records import LAT_DEG, LON_DEG, T0_S, fix, frame

ZONE = ZoneInfo("Asia/Shanghai")


class Clock:
    """Goes on by a millisecond whenever it is read, as clocks do."""

    def __init__(self) -> None:
        self.s = T0_S + 10.0

    def __call__(self) -> float:
        self.s += 0.001
        return self.s


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What a test needs in its hands."""

    store: Store
    app: FastAPI
    client: Client
    clock: Clock
    bell: Bell

    def act(self, incident_id: str, verb: str, actor: str = "陈明", **rest: str) -> httpx.Response:
        person = named(actor, rest.pop("seat", ""))
        path, body = f"/api/incidents/{incident_id}/acts", {"verb": verb, **rest}
        return self.post(path, body, **person)

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        return self.client.ask("POST", path, json=body, headers={"X-Plumeline": "1", **headers})


def desk(store: Store, *register: Premises) -> Desk:
    clock, bell = Clock(), Bell()
    app = create_app(
        store.reader,
        bell,
        station=Station(name_zh="站", name_en="station"),
        now_s=clock,
        door=FakeDoor(),
    )
    incidents, responses = (
        Incidents(store.reader, Districts(premises={"P-007": "雨花台区"})),
        SqlResponse(store.engine),
    )
    inquirer = Inquirer(
        SqlInquiries(store.engine),
        responses,
        Placer(premises=PremisesIndex(register) if register else None),
        lambda: incidents.now().incidents,
        now_s=clock,
    )
    app.include_router(act_routes(store.acts, incidents, now_s=clock, ring=bell.ring))
    app.include_router(
        response_routes(
            responses,
            incidents,
            zone=ZONE,
            now_s=clock,
        )
    )
    app.include_router(
        sheet_routes(incidents, zone=ZONE, now_s=clock, page_url="http://station:8080/")
    )
    app.include_router(inquiry_routes(inquirer, incidents, zone=ZONE, ring=bell.ring))
    return Desk(store=store, app=app, client=Client(app), clock=clock, bell=bell)


def live(store: Store) -> Run:
    return store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live")


def raise_alarm(
    store: Store,
    incident_id: str = "inc-a2b3",
    *,
    t_s: float = T0_S + 2.0,
    status: Status = Status.ACTUAL,
    point: GroundPoint | None = None,
) -> None:
    """Three pictures a second apart, the last two seconds after T0_S, in the record at ``t_s``."""
    seen = [
        replace(
            handover_scene.evidence(),
            key=frame(float(i)).key,
            t_capture_s=T0_S + i,
            t_received_s=T0_S + i + 0.4,
            **({} if point is None else {"point": point}),  # type: ignore[arg-type]
        )
        for i in range(3)
    ]
    events = [
        Event(
            key=f"{incident_id}/{one.key.seq}",
            incident_id=incident_id,
            kind=kind,
            t_s=one.t_capture_s,
            evidence=one,
            status=status,
        )
        for kind, one in zip((Kind.RAISED, Kind.SEEN, Kind.SEEN), seen[::-1], strict=True)
    ]
    store.analysis.append(live(store), [], events, 0, t_s)


def fly(store: Store, *pictures_s: float) -> None:
    """Telemetry and judged pictures with nothing in them, 45 degrees down from 100 m."""
    message = Message(topic="plumeline/nj-01/fix", payload=b"{}", t_received_s=T0_S)
    last_s = max(pictures_s, default=0.0)
    fixes = tuple(fix(i / 2) for i in range(int(2 * last_s) + 3))
    frames = tuple(frame(t_s) for t_s in pictures_s)
    store.shelf.put([Arrival(message=message, records=(*fixes, *frames))])
    numbers = {r.key: n for n, r in store.analysis.records(0, limit=10_000) if isinstance(r, Frame)}
    looks = [
        Look(
            frame_n=numbers[one.key],
            key=one.key,
            t_capture_s=one.t_capture_s,
            status=LookStatus.NOTHING,
            pose=Pose(
                t_s=one.t_capture_s,
                lat_deg=LAT_DEG,
                lon_deg=LON_DEG,
                height_m=100.0,
                datum=Datum.TAKEOFF,
                yaw_deg=0.0,
                pitch_deg=-45.0,
            ),
        )
        for one in frames
    ]
    store.analysis.append(live(store), looks, [], 0, T0_S + last_s)
