"""Incidents to hand over: one by hand, and any number by chance."""

from __future__ import annotations

import random
from dataclasses import replace

from alerts.events import Event, Evidence, Kind, LikelyPremises, Place, Status
from alerts.incident import Incident, fold, grow
from alerts.lifecycle import Act, Verb
from detect.detection import Box, Label
from geo.ground import BearingSector, GroundPoint
from ingest.records import Key

T_S = 1_772_352_000.0
"""2026-03-01 16:00:00 in Beijing."""
NASTY = ("青禾化工仓储", "A & B <Works>", "quote\" ' end", "tab\tand\nline", "\x00\x0b control", "")


def evidence(**rest: object) -> Evidence:
    seen = Evidence(
        key=Key(device_id="m30-1", boot_id="b1", seq=7),
        t_capture_s=T_S,
        t_received_s=T_S + 0.4,
        historic=False,
        sha256="ab" * 32,
        width_px=1280,
        height_px=720,
        label=Label.SMOKE,
        score=0.9,
        box=Box(x0_px=600, y0_px=300, x1_px=680, y1_px=420),
        drone=Place(lat_deg=32.039, lon_deg=118.779),
        point=GroundPoint(
            lat_deg=32.04,
            lon_deg=118.78,
            range_m=150.0,
            cov_ee_m2=9.0,
            cov_en_m2=2.0,
            cov_nn_m2=16.0,
        ),
        premises=(store(),),
    )
    return replace(seen, **rest)  # type: ignore[arg-type]


def store(name: str = "青禾化工仓储", share: float = 0.83) -> LikelyPremises:
    return LikelyPremises(
        premises_id="P-007",
        name=name,
        name_en="Qinghe Chemical Store",
        category="hazchem",
        risk=1,
        probability=share,
        distance_m=0.0,
        bearing_deg=0.0,
    )


def raised(status: Status = Status.ACTUAL, **rest: object) -> Incident:
    event = Event(
        key="k",
        incident_id="inc-a2b3",
        kind=Kind.RAISED,
        t_s=T_S,
        evidence=evidence(**rest),
        status=status,
    )
    return fold([event])["inc-a2b3"]


def done(incident: Incident, *verbs: Verb) -> Incident:
    for i, verb in enumerate(verbs, start=1):
        act = Act(verb=verb, actor="陈 明", seat="应急", t_s=T_S + 10 * i, to="fire-119")
        event = Event(key=f"a{i}", incident_id="inc-a2b3", kind=Kind.ACT, t_s=act.t_s, act=act)
        incident = grow(incident, event)
    return incident


def anything(rng: random.Random) -> Incident:
    """Any incident that the rest of the program could hand over."""
    lat, lon = rng.uniform(-89, 89), rng.uniform(-180, 180)
    place: dict[str, object] = {
        "point": GroundPoint(
            lat_deg=lat,
            lon_deg=lon,
            range_m=rng.uniform(10, 3000),
            cov_ee_m2=rng.uniform(1, 900),
            cov_en_m2=0.0,
            cov_nn_m2=rng.uniform(1, 900),
        )
    }
    if rng.random() < 0.3:
        sector = BearingSector(
            lat_deg=lat, lon_deg=lon, bearing_deg=200.0, sigma_deg=2.0, reason=rng.choice(NASTY)
        )
        place = {"point": None, "sector": sector}
    elif rng.random() < 0.2:
        place = {"point": None, "unlocated": rng.choice(NASTY)}
    premises = tuple(store(rng.choice(NASTY), rng.random()) for _ in range(rng.randrange(3)))
    incident = raised(
        rng.choice(list(Status)), premises=premises, label=rng.choice(list(Label)), **place
    )
    steps = [Verb.CONFIRM, Verb.HAND_OVER, Verb.RESOLVE]
    return done(incident, *steps[: rng.randrange(4)])
