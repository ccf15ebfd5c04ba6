"""A place dismissed as steam rings no more for steam, and at once for anything else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts import known
from alerts.acts import Request, events_for
from alerts.escalation import Unanswered, due, reopened
from alerts.events import Event, Evidence, Kind, Sight
from alerts.handover.cap import MessageType
from alerts.handover.dispatch import From, Told, message_for
from alerts.incident import Incident, Standing, rings
from alerts.lifecycle import Reason, State, Verb
from alerts.severity import Severity, severity
from detect.detection import Box, Label
from geo.ground import GroundPoint
from geo.pose import Datum, Pose
from tests.alerts import handover_scene as scene

HOUR_S = 3600.0
DAY_S = 86_400.0
PER_DEG_M = 110_900.0  # a degree of latitude at 32 N (WGS84 meridian arc)
SMALL = Box(x0_px=600, y0_px=300, x1_px=680, y1_px=420)
THRICE = Box(x0_px=520, y0_px=60, x1_px=760, y1_px=420)


def place(north_m: float = 0.0, sigma_m: float = 4.0) -> GroundPoint:
    return GroundPoint(
        lat_deg=32.04 + north_m / PER_DEG_M,
        lon_deg=118.78,
        range_m=150.0,
        cov_ee_m2=sigma_m**2,
        cov_en_m2=0.0,
        cov_nn_m2=sigma_m**2,
    )


class Log:
    """An event log in memory, as every reader of it folds it."""

    def __init__(self) -> None:
        self.standing = Standing()
        self.t_s = scene.T_S

    def see(self, name: str, after_s: float = 0.0, **rest: object) -> Incident:
        """One more picture of an incident; the first one raises it."""
        self.t_s += after_s
        seen = scene.evidence(
            **{"t_capture_s": self.t_s, "t_received_s": self.t_s, "sight": sight()}
            | {"point": place()}
            | rest
        )
        kind = Kind.SEEN if name in self.standing.incidents else Kind.RAISED
        return self.standing.take(
            Event(key="k", incident_id=name, kind=kind, t_s=self.t_s, evidence=seen)
        )

    def act(self, name: str, verb: Verb, **rest: object) -> Incident:
        request = replace(Request(verb=verb, actor="chen"), **rest)  # type: ignore[arg-type]
        incident = self.standing.incidents[name]
        for event in events_for(request, incident, self.t_s, self.standing.incidents.get):
            incident = self.standing.take(event)
        return incident


def sight() -> Sight:
    pose = Pose(
        t_s=0.0, lat_deg=32.039, lon_deg=118.779, height_m=100.0, datum=Datum.TAKEOFF,
        yaw_deg=0.0, pitch_deg=-45.0, roll_deg=0.0,
    )  # fmt: skip
    return Sight(
        pose=pose, fx_px=1000.0, fy_px=1000.0, cx_px=640.0, cy_px=360.0,
        u_px=640.0, v_px=420.0, sigma_px=2.0,
    )  # fmt: skip


@pytest.fixture
def log() -> Log:
    """A chimney, dismissed as steam."""
    made = Log()
    made.see("inc-chimney")
    made.act("inc-chimney", Verb.DISMISS, reason=Reason.STEAM)
    return made


def test_the_same_again_next_day_is_recorded_and_known_and_rings_nobody(log: Log) -> None:
    later = log.see("inc-later", DAY_S)
    assert (later.known, later.handling.state, later.sightings) == (
        "inc-chimney",
        State.RAISED,
        1,
    )
    assert not rings(later)
    assert due([Unanswered(incident=later, t_rings_s=log.t_s)], log.t_s + 500) == []
    assert severity(later) is Severity.MINOR
    event = Event(key="k", incident_id="inc-later", kind=Kind.RAISED, t_s=log.t_s)
    assert message_for(None, later, event, From.RAISED, Told()) is None


DIFFERENT = {
    "fire where there was steam": {"label": Label.FIRE},
    "three times its size": {"box": THRICE},
    "a quarter of a kilometre away": {"point": place(250.0)},
    "somewhere within half a kilometre": {"point": place(0.0, sigma_m=200.0)},
    "nobody knows where": {"point": None, "sight": None},
}


@pytest.mark.parametrize("rest", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_what_differs_rings(rest: dict[str, object], log: Log) -> None:
    assert rings(log.see("inc-later", DAY_S, **rest))


def test_fire_in_a_known_plume_makes_it_ring_and_stay_so(log: Log) -> None:
    assert not rings(log.see("inc-later", DAY_S))
    assert rings(log.see("inc-later", 1.0, label=Label.FIRE))
    assert rings(log.see("inc-later", 1.0)), "smoke again does not take the alarm back"
    event = Event(key="k", incident_id="inc-later", kind=Kind.SEEN, t_s=log.t_s)
    incident = log.standing.incidents["inc-later"]
    assert message_for(incident, incident, event, From.RAISED, Told()) is MessageType.ALERT


TEETH: dict[str, dict[str, object]] = {
    "labels are not compared": {"label": Label.FIRE},
    "nothing has grown": {"box": THRICE},
    "an unsure place will do": {"point": place(0.0, sigma_m=200.0)},
}


@pytest.mark.parametrize("name", TEETH)
def test_teeth_a_memory_that_takes_more_for_known_is_found_out(
    name: str, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "labels are not compared":
        real = known.explains
        monkeypatch.setattr(
            known, "explains", lambda area, seen: real(area, replace(seen, labels=area.labels))
        )
    elif name == "nothing has grown":
        monkeypatch.setattr(known, "GROWN", 1e9)
    else:
        monkeypatch.setattr(known, "reach_m", lambda point: 0.0)
    assert not rings(log.see("inc-later", DAY_S, **TEETH[name]))


@pytest.mark.parametrize(
    ("reason", "hours", "known_after_h", "over_after_h"),
    [
        (Reason.STEAM, None, 719.0, 721.0),
        (Reason.PERMITTED_BURN, None, 11.0, 13.0),
        (Reason.OTHER, 5.0, 4.0, 6.0),
    ],
)
def test_every_area_has_its_end(
    reason: Reason, hours: float | None, known_after_h: float, over_after_h: float
) -> None:
    for after_h, quiet in ((known_after_h, True), (over_after_h, False)):
        one = Log()
        one.see("inc-first")
        one.act("inc-first", Verb.DISMISS, reason=reason, known_hours=hours)
        assert rings(one.see("inc-later", after_h * HOUR_S)) is not quiet


def test_an_area_that_quietens_fire_ends_after_a_day() -> None:
    one = Log()
    one.see("inc-first", label=Label.FIRE)
    one.act("inc-first", Verb.DISMISS, reason=Reason.STEAM)
    assert not rings(one.see("inc-second", 23 * HOUR_S, label=Label.FIRE))
    assert rings(one.see("inc-third", 2 * HOUR_S, label=Label.FIRE))


@pytest.mark.parametrize(
    ("reason", "hours"), [(Reason.CLOUD, None), (Reason.OTHER, None), (Reason.STEAM, 0.0)]
)
def test_what_moves_on_or_is_told_not_to_stay_leaves_nothing(
    reason: Reason, hours: float | None
) -> None:
    one = Log()
    one.see("inc-first")
    left = one.act("inc-first", Verb.DISMISS, reason=reason, known_hours=hours).handling.leaves
    assert left is None and rings(one.see("inc-later", HOUR_S))


@pytest.mark.parametrize("verb", [Verb.FORGET, Verb.REOPEN, Verb.UNDO])
def test_forgotten_reopened_or_undone_it_rings_again(verb: Verb, log: Log) -> None:
    log.act("inc-chimney", verb)
    assert rings(log.see("inc-later", DAY_S))


def test_undoing_brings_a_forgotten_place_back_and_closing_keeps_it(log: Log) -> None:
    log.act("inc-chimney", Verb.FORGET)
    log.act("inc-chimney", Verb.UNDO)
    log.act("inc-chimney", Verb.CLOSE, actor="li")
    assert log.see("inc-later", DAY_S).known == "inc-chimney"
    assert log.standing.incidents["inc-chimney"].handling.reason is Reason.STEAM


def test_an_area_says_nothing_of_what_rang_before_it() -> None:
    one = Log()
    one.see("inc-first")
    one.see("inc-open")
    one.act("inc-first", Verb.DISMISS, reason=Reason.STEAM)
    assert rings(one.see("inc-open", 1.0))


def _fire(log: Log, after_s: float = 1.0) -> tuple[Incident, Evidence]:
    incident = log.see("inc-chimney", after_s, label=Label.FIRE)
    return incident, incident.latest


def test_fire_in_what_was_dismissed_as_steam_is_an_alarm_again(log: Log) -> None:
    incident, seen = _fire(log)
    (event,) = reopened(incident, seen)
    assert event.act is not None and (event.act.actor, event.act.text) == ("system", "fire")
    again = log.standing.take(event)
    assert rings(again) and again.handling.leaves is None
    assert [e.key for e in reopened(incident, seen)] == [event.key], "told once by two processes"
    assert reopened(again, seen) == []


def test_what_people_saw_when_they_dismissed_it_reopens_nothing() -> None:
    one = Log()
    one.see("inc-chimney", label=Label.FIRE)
    one.act("inc-chimney", Verb.DISMISS, reason=Reason.REFLECTION)
    assert reopened(*_fire(one)) == []
