"""A station at work: a real record with alarms that ring, and every route people act through."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import shapely
from fastapi import APIRouter

from alerts.events import Event, Kind, Status
from alerts.placing import Placer
from casework.workdays import Workdays
from detect.detection import Label
from geo.premises import Premises, PremisesIndex
from ingest.recorder import Arrival, Message
from ingest.records import Attitude, Key
from plumeline.config import Config, DataSection
from plumeline.inquirer import Inquirer
from plumeline.shapes import station_shapes
from plumeline.web.acts import act_routes, known_routes, response_routes
from plumeline.web.bell import Bell
from plumeline.web.chart import Chart
from plumeline.web.inquiries import inquiry_routes
from plumeline.web.letters import letter_routes
from plumeline.web.past import past_routes
from plumeline.web.patrol_plans import plan_routes
from plumeline.web.patrols import patrol_routes, visit_routes
from plumeline.web.planning import planning_routes
from plumeline.web.projection import Incidents
from plumeline.web.reviews import review_routes
from plumeline.web.sheets import sheet_routes
from plumeline.work import Work
from store.analysis import RunKind
from store.inquiries import SqlInquiries
from store.response import SqlResponse
from store.reviews import SqlReviews
from store.store import Store, open_store
from tests.plumeline.web_daily import SECTION, routes
from tests.plumeline.web_scene import (
    MARKET,
    STATION,
    T0_S,
    WAREHOUSE,
    event,
    located,
    picture,
)
from tests.plumeline.web_served import Served, served
from tests.records import fix, frame

SEATS = ("指挥中心", "区级专班", "消防救援站")


@dataclass(frozen=True, kw_only=True)
class Duty:
    """What a test needs in its hands."""

    store: Store
    here: Served
    sha256: str
    begun_s: float

    def now_s(self) -> float:
        """The station's clock, which goes."""
        return T0_S + 75.0 + time.monotonic() - self.begun_s

    def tell(self, *events: Event) -> None:
        """Append to the record and ring."""
        tell(self.store, self.now_s(), *events)
        self.here.bell.ring()

    def raise_alarm(self, incident_id: str, seq: int, **fields: object) -> None:
        """One more alarm, of the market unless told otherwise."""
        self.tell(alarm(incident_id, seq, self.sha256, **fields))


def alarm(
    incident_id: str, seq: int, sha256: str, status: Status = Status.ACTUAL, **fields: object
) -> Event:
    """The event that raises it, seen in frame ``seq``."""
    seen = located(seq, sha256=sha256, **{"premises": (MARKET,), **fields})
    return replace(event(incident_id, seen, Kind.RAISED), status=status)


def tell(store: Store, t_s: float, *events: Event) -> None:
    run = store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live d")
    store.analysis.append(run, [], list(events), 0, t_s)


YARD = Premises(
    premises_id="P-1",
    name="金陵化工仓库",
    name_en="Jinling chemical store",
    category="hazchem",
    risk=1,
    address=None,
    geometry=shapely.box(118.8420, 31.9508, 118.8427, 31.9515),
)


def fly(store: Store) -> None:
    """Two minutes of telemetry up to the last alarm, and a picture every two seconds."""
    fixes = tuple(
        fix(
            i / 2,
            key=Key(device_id="UAV-07", boot_id="b1", seq=10_000 + i),
            t_device_s=T0_S - 48 + i / 2,
            t_received_s=T0_S - 47.9 + i / 2,
            lat_deg=31.9490 + 0.00001 * i,
            lon_deg=118.8450 - 0.000008 * i,
            aircraft=Attitude(yaw_deg=-40.0, pitch_deg=0.0),
        )
        for i in range(240)
    )
    jpeg = picture()
    taken = tuple(
        frame(
            float(i),
            key=Key(device_id="UAV-07", boot_id="b1", seq=20_000 + i),
            t_capture_s=T0_S + 46 + 2 * i,
            t_received_s=T0_S + 46.4 + 2 * i,
            jpeg=jpeg,
            sha256=hashlib.sha256(jpeg).hexdigest(),
        )
        for i in range(12)
    )
    message = Message(topic="uav/UAV-07/fix", payload=b"{}", t_received_s=T0_S)
    store.shelf.put([Arrival(message=message, records=(*fixes, *taken))])


@contextmanager
def duty(folder: Path) -> Iterator[Duty]:
    """Smoke at the market since 20 s, fire at the warehouse since 10 s, an exercise since 5 s."""
    store = open_store(folder)
    jpeg = picture()
    sha256 = hashlib.sha256(jpeg).hexdigest()
    store.blobs.put([(sha256, jpeg)])
    fly(store)
    tell(store, T0_S + 55.0, alarm("smoke-1", 50, sha256))
    fire = {"label": Label.FIRE, "score": 0.91, "premises": (WAREHOUSE, MARKET)}
    tell(store, T0_S + 65.0, alarm("fire-2", 62, sha256, **fire))
    tell(store, T0_S + 70.0, alarm("drill-3", 68, sha256, Status.EXERCISE))
    begun_s = time.monotonic()

    def now_s() -> float:
        return T0_S + 75.0 + time.monotonic() - begun_s

    responses = SqlResponse(store.engine)
    index = PremisesIndex([YARD])

    def more(bell: Bell, incidents: Incidents) -> Sequence[APIRouter]:
        zone = ZoneInfo(STATION.time_zone)
        inquirer = Inquirer(
            SqlInquiries(store.engine),
            responses,
            Placer(premises=index),
            lambda: incidents.now().incidents,
            now_s=now_s,
        )
        return [
            act_routes(store.acts, incidents, now_s=now_s, ring=bell.ring),
            known_routes(incidents, now_s=now_s),
            inquiry_routes(inquirer, incidents, zone=zone, ring=bell.ring),
            response_routes(responses, incidents, zone=zone, now_s=now_s),
            sheet_routes(incidents, zone=zone, now_s=now_s),
            *routes(store, Work(store, SECTION, now_s=now_s), now_s)(bell, incidents),
            visit_routes(store, zone=zone, now_s=now_s),
            patrol_routes(store, SECTION, now_s=now_s),
            plan_routes(store, now_s=now_s),
            planning_routes(Workdays(), now_s=now_s),
            letter_routes(store.outbox, now_s=now_s, ring=bell.ring),
            review_routes(SqlReviews(store.engine), incidents, now_s=now_s),
            *past_routes(
                Config(data=DataSection(folder=str(folder))),
                store,
                Placer(premises=index),
                incidents,
                now_s,
            ),
        ]

    station = replace(STATION, seats=SEATS)
    chart = Chart(shapes=station_shapes(index, None))
    with served(store.reader, station=station, chart=chart, now_s=now_s, more=more) as here:
        yield Duty(store=store, here=here, sha256=sha256, begun_s=begun_s)
    store.close()
