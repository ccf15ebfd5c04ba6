"""An alarm nobody answers climbs at 30, 60 and 120 seconds, and closes never by itself."""

from __future__ import annotations

from dataclasses import replace

from alerts.escalation import LADDER, Unanswered, due
from alerts.events import Event, Evidence, Kind
from alerts.incident import Incident, fold, grow
from alerts.lifecycle import Act, Reason, State, Verb
from detect.detection import Box, Label
from ingest.records import Key

RINGS_S = 1000.0


def evidence(label: Label = Label.SMOKE, *, historic: bool = False) -> Evidence:
    return Evidence(
        key=Key(device_id="m30-1", boot_id="b1", seq=7),
        t_capture_s=900.0,
        t_received_s=900.5,
        historic=historic,
        sha256="0" * 64,
        width_px=640,
        height_px=480,
        label=label,
        score=0.9,
        box=Box(x0_px=1, y0_px=2, x1_px=30, y1_px=40),
    )


def raised(*, historic: bool = False) -> Incident:
    event = Event(
        key="k",
        incident_id="inc-1",
        kind=Kind.RAISED,
        t_s=900.0,
        evidence=evidence(historic=historic),
    )
    return fold([event])["inc-1"]


def acted(incident: Incident, verb: Verb, t_s: float, **rest: object) -> Incident:
    act = replace(Act(verb=verb, actor="chen", t_s=t_s), **rest)  # type: ignore[arg-type]
    event = Event(key=f"{verb}{t_s}", incident_id="inc-1", kind=Kind.ACT, t_s=t_s, act=act)
    return grow(incident, event)


def steps(incident: Incident, now_s: float) -> list[tuple[int, str, float]]:
    told = due([Unanswered(incident=incident, t_rings_s=RINGS_S)], now_s)
    return [(e.act.step, e.act.to, e.t_s) for e in told if e.act]


def test_it_climbs_at_thirty_sixty_and_a_hundred_and_twenty_seconds() -> None:
    incident, seen = raised(), []
    for now_s in range(1000, 1200):
        for event in due([Unanswered(incident=incident, t_rings_s=RINGS_S)], float(now_s)):
            assert event.act is not None
            seen.append((event.act.step, event.act.to, now_s))
            incident = grow(incident, event)
    assert seen == [(1, "person", 1030), (2, "shift_lead", 1060), (3, "all_seats", 1120)]
    assert incident.handling.state is State.RAISED, "counted, never closed by itself"


def test_an_answer_stops_it_and_reopening_starts_it_again() -> None:
    answered = acted(raised(), Verb.ACKNOWLEDGE, 1035.0)
    assert steps(answered, 2000.0) == []
    dismissed = acted(answered, Verb.DISMISS, 1040.0, reason=Reason.STEAM)
    again = acted(dismissed, Verb.REOPEN, 3000.0)
    assert steps(again, 3029.0) == []
    assert steps(again, 3031.0) == [(1, "person", 3030.0)]


def test_after_a_standstill_every_rung_that_passed_is_told() -> None:
    assert [step for step, _, _ in steps(raised(), RINGS_S + 500)] == [1, 2, 3]


def test_two_processes_tell_one_rung_by_one_key() -> None:
    alarm = Unanswered(incident=raised(), t_rings_s=RINGS_S)
    (once,), (twice,) = due([alarm], 1031.0), due([alarm], 1033.0)
    assert once == twice


def test_late_news_and_unconfirmed_sightings_do_not_climb() -> None:
    assert steps(raised(historic=True), 5000.0) == []
    seen = replace(raised(), raised=False)
    assert steps(seen, 5000.0) == []
    assert [rung.after_s for rung in LADDER] == [30.0, 60.0, 120.0]
