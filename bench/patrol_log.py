"""The patrol log at the scale of Wujin: 1,486 sorties in half a year, 20 premises seen on each.

    python -m bench.patrol_log

What the page asks first is asked of the application without a socket: the list, the year, the
places of the year, one flight. Target: the first list under 1 s.
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from casework.patrol import PatrolFlight, summed, visit_key
from casework.words import Method, Place, PlaceClass, Result, Visit
from plumeline.casework import CaseworkSection
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.patrols import patrol_routes, visit_routes
from store.store import Store, open_store
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import FakeDoor
from tests.plumeline.web_scene import STATION

SORTIES, PREMISES, SEEN = 1486, 5000, 20
T0_S = 1_767_225_600.0
ASKED = (
    "/api/visits?limit=100",
    "/api/visits?limit=100&cls=hazchem&result=anomaly",
    "/api/patrol-coverage?year=2026",
    "/api/places/seen?year=2026",
    "/api/patrols?limit=200",
    "/api/patrols/nj-01.b700",
    "/api/patrol-proposal",
)


def fill(store: Store) -> None:
    """Made flights, their visits as the log keeps them."""
    rng = random.Random(1)
    classes = list(PlaceClass)
    places = [
        Place(
            place_id=f"P-{n:05d}", cls=classes[n % 4], risk=n % 4 + 1, name=f"场所{n}", org_id="s"
        )
        for n in range(PREMISES)
    ]
    store.casework.put_places(places, t_s=T0_S, actor="bench")
    for n in range(SORTIES):
        t0_s = T0_S + n * 10_000
        flight = PatrolFlight(
            flight_id=f"nj-01.b{n}", device_id="nj-01", t0_s=t0_s, t1_s=t0_s + 984, pictures=984
        )
        visits = [
            Visit(
                key=visit_key(flight.flight_id, place.place_id),
                place_id=place.place_id,
                org_id="s",
                method=Method.DRONE,
                t0_s=t0_s + rng.uniform(0, 900),
                t1_s=t0_s + 984,
                result=rng.choices(list(Result), [80, 2, 18])[0],
                ref=flight.flight_id,
                cls=place.cls,
                seen_share=rng.random(),
                t_reported_s=t0_s + 1100,
            )
            for place in rng.sample(places, SEEN)
        ]
        store.patrol_log.keep(summed(flight, visits), visits, t_s=t0_s + 1100)


def main() -> None:
    """Fill, ask, print."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        started_s = time.perf_counter()
        fill(store)
        took_s = time.perf_counter() - started_s
        print(f"{SORTIES} flights with {SORTIES * SEEN} visits kept in {took_s:.1f} s")
        now_s = T0_S + SORTIES * 10_000
        app = create_app(
            store.reader,
            Bell(),
            station=STATION,
            door=FakeDoor(),
            now_s=lambda: now_s,
            more=lambda _: [
                visit_routes(store, zone=ZoneInfo("Asia/Shanghai"), now_s=lambda: now_s),
                patrol_routes(store, CaseworkSection(), now_s=lambda: now_s),
            ],
        )
        client = Client(app)
        for path in ASKED:
            times_s = []
            for _ in range(5):
                started_s = time.perf_counter()
                answer = client.get(path)
                times_s.append(time.perf_counter() - started_s)
                assert answer.status_code == 200, answer.text
            print(f"{path}: first {1000 * times_s[0]:.0f} ms, then {1000 * median(times_s):.0f} ms")
        store.close()


if __name__ == "__main__":
    main()
