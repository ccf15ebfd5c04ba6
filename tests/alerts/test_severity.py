"""Severity follows what is known: it rises and falls on the same incident."""

from __future__ import annotations

from dataclasses import replace

from alerts.events import Event, Evidence, Kind, LikelyPremises
from alerts.incident import Incident, fold
from alerts.lifecycle import State
from alerts.severity import Severity, severity
from detect.detection import Box, Label
from ingest.records import Key


def premises(*, category: str = "small_place", risk: int = 4, share: float = 0.8) -> LikelyPremises:
    return LikelyPremises(
        premises_id="P-1",
        name="青禾化工仓储",
        category=category,
        risk=risk,
        probability=share,
        distance_m=0.0,
        bearing_deg=0.0,
    )


def incident(label: Label, *near: LikelyPremises) -> Incident:
    evidence = Evidence(
        key=Key(device_id="m30-1", boot_id="b1", seq=7),
        t_capture_s=900.0,
        t_received_s=900.5,
        historic=False,
        sha256="0" * 64,
        width_px=640,
        height_px=480,
        label=label,
        score=0.9,
        box=Box(x0_px=1, y0_px=2, x1_px=30, y1_px=40),
        premises=near,
    )
    event = Event(key="k", incident_id="inc-1", kind=Kind.RAISED, t_s=900.0, evidence=evidence)
    return fold([event])["inc-1"]


def test_fire_weighs_more_than_smoke_and_a_chemical_store_more_than_a_shop() -> None:
    shop, store = premises(), premises(category="hazchem", risk=1)
    assert severity(incident(Label.SMOKE, shop)) is Severity.MODERATE
    assert severity(incident(Label.FIRE, shop)) is Severity.SEVERE
    assert severity(incident(Label.SMOKE, store)) is Severity.SEVERE
    assert severity(incident(Label.FIRE, store)) is Severity.EXTREME


def test_the_riskiest_premises_that_is_at_all_likely_counts() -> None:
    near = (premises(share=0.7), premises(risk=1, share=0.25))
    assert severity(incident(Label.SMOKE, *near)) is Severity.SEVERE
    hardly = (premises(share=0.9), premises(risk=1, share=0.05))
    assert severity(incident(Label.SMOKE, *hardly)) is Severity.MODERATE


def test_growth_and_a_persons_word_raise_it_and_a_dismissal_lowers_it() -> None:
    smoke = incident(Label.SMOKE)
    grown = replace(smoke, first_size_m=4.0, size_m=7.0)
    assert severity(grown) is Severity.SEVERE
    confirmed = replace(smoke.handling, state=State.CONFIRMED)
    assert severity(replace(grown, handling=confirmed)) is Severity.EXTREME
    dismissed = replace(smoke.handling, state=State.DISMISSED)
    assert severity(replace(grown, handling=dismissed)) is Severity.MINOR
