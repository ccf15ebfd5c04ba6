"""A station of two districts: one drone, one premises, one station's people each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx

from casework.words import Org, OrgKind
from ingest.recorder import Arrival, Message
from ingest.records import Frame, Key
from plumeline.config import Config
from plumeline.sections import DataSection, DeviceSection, StationSection
from store.people import ALL, Role
from tests.plumeline.access_scene import Access, access
from tests.plumeline.web_duty import alarm, tell
from tests.plumeline.web_scene import MARKET, T0_S, WAREHOUSE, picture
from tests.records import fix, frame

OURS, THEIRS = "320115", "320104"
DRONES = {"UAV-15": OURS, "UAV-12": THEIRS}
PLOTS = (("P-1", OURS, 118.842), ("P-2", THEIRS, 118.862))
SIDE_DEG = 0.0005
PLACES = {"own": OURS, "other": THEIRS, "all": ALL}
LAT_DEG = 31.951


@dataclass(frozen=True, kw_only=True)
class City:
    here: Access
    sessions: dict[str, dict[str, str]]
    """The headers of a command account in our district, in the other, and in all."""
    pictures: dict[str, Frame]
    """The last by each drone, around no incident of the last day."""

    def ask(self, place: str, path: str, body: object = None) -> httpx.Response:
        method = "GET" if body is None else "POST"
        return self.here.ask(method, path, json=body, **self.sessions[place])

    def get(self, place: str, path: str) -> Any:
        answer = self.ask(place, path)
        assert answer.status_code == 200, answer.text
        return answer.json()


def register() -> dict[str, object]:
    def square(lon_deg: float) -> list[list[list[float]]]:
        corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
        return [[[lon_deg + x * SIDE_DEG, LAT_DEG + y * SIDE_DEG] for x, y in corners]]

    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "id": name,
                    "name": name,
                    "category": "c",
                    "district": district,
                    "station": f"station-{district}",
                },
                "geometry": {"type": "Polygon", "coordinates": square(lon_deg)},
            }
            for name, district, lon_deg in PLOTS
        ],
    }


def orgs() -> list[Org]:
    made = []
    for district in (OURS, THEIRS):
        names = (
            (district, OrgKind.DISTRICT, None),
            (f"station-{district}", OrgKind.STATION, district),
        )
        made += [
            Org(org_id=org_id, kind=kind, parent_id=parent, name_zh=org_id, name_en=org_id)
            for org_id, kind, parent in names
        ]
    return made


def fly(here: Access, device_id: str) -> list[Frame]:
    """A minute over our premises; returns the picture of every ten seconds."""
    jpeg = picture()
    taken = [
        frame(
            10.0 * i,
            device_id=device_id,
            t_capture_s=T0_S + 10 * i,
            t_received_s=T0_S + 10 * i + 0.4,
            jpeg=(own := jpeg + f"{device_id} {i}".encode()),  # behind its end: bytes of its own
            sha256=sha256(own).hexdigest(),
        )
        for i in range(7)
    ]
    fixes = [
        fix(
            float(i),
            device_id=device_id,
            t_device_s=T0_S + i,
            t_received_s=T0_S + i + 0.1,
            lat_deg=LAT_DEG,
            lon_deg=118.842,
        )
        for i in range(61)
    ]
    message = Message(topic=f"uav/{device_id}/fix", payload=b"{}", t_received_s=T0_S)
    here.store.shelf.put([Arrival(message=message, records=(*fixes, *taken))])
    return taken


@contextmanager
def city(folder: Path) -> Iterator[City]:
    """Our drone saw "ours", and across the border "across"; theirs saw "theirs". Two days ago."""
    plots = folder / "register.geojson"
    plots.write_text(json.dumps(register()), "utf-8")
    config = Config(
        data=DataSection(folder=str(folder)),
        station=StationSection(premises=str(plots)),
        devices={name: DeviceSection(district=district) for name, district in DRONES.items()},
    )
    with access(folder, config) as here:
        here.t_s = T0_S + 2 * 86_400.0
        here.store.casework.put_orgs(orgs(), t_s=T0_S, actor="root")
        taken = {device_id: fly(here, device_id) for device_id in DRONES}
        for name, seq, device_id, premises in (
            ("ours", 10, "UAV-15", WAREHOUSE),
            ("across", 20, "UAV-15", MARKET),
            ("theirs", 30, "UAV-12", MARKET),
        ):
            key = Key(device_id=device_id, boot_id="b1", seq=seq)
            sha = taken[device_id][seq // 10].sha256
            seen = alarm(name, seq, sha, premises=(premises,), key=key)
            tell(here.store, T0_S + seq + 1, seen)
        sessions = {
            place: here.session(here.add(f"command.{place}", Role.COMMAND, district))
            for place, district in PLACES.items()
        }
        last = {device_id: pictures[-1] for device_id, pictures in taken.items()}
        yield City(here=here, sessions=sessions, pictures=last)
