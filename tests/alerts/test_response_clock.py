"""How long every step took, by a stop-watch of our own; and what a wrong clock does to it."""

from __future__ import annotations

import statistics
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from alerts.events import Event, Kind, Status
from alerts.incident import Incident, grow
from alerts.lifecycle import Act, Reason, Verb
from alerts.response_clock import (
    Beginning,
    Clock,
    Stage,
    clock,
    day_of,
    percentiles,
    raised_s,
    shift_of,
)
from tests.alerts import handover_scene as scene

NANJING = ZoneInfo("Asia/Shanghai")
T_S = scene.T_S
PLAN = {
    Verb.ACKNOWLEDGE: 6.0,
    Verb.CONFIRM: 20.0,
    Verb.HAND_OVER: 20.0,
    Verb.ARRIVE: 320.0,
    Verb.RESOLVE: 1520.0,
}


def beginning(**rest: object) -> Beginning:
    """The device's clock is 100 s behind; 1.5 s from picture to alarm, the most of it thinking."""
    began = Beginning(
        incident_id="inc-a2b3",
        t_capture_s=T_S - 101.5,
        offset_s=100.0,
        t_received_s=T_S - 1.25,
        t_detected_s=T_S - 1.0,
        t_raised_s=T_S,
        t_notified_s=T_S + 0.75,
    )
    return replace(began, **rest)  # type: ignore[arg-type]


def acted(
    incident: Incident, verb: Verb, after_s: float, actor: str = "chen", **rest: object
) -> Incident:
    act = replace(Act(verb=verb, actor=actor, t_s=T_S + after_s, to="119"), **rest)  # type: ignore[arg-type]
    event = Event(
        key=f"{verb}{after_s}", incident_id="inc-a2b3", kind=Kind.ACT, t_s=act.t_s, act=act
    )
    return grow(incident, event)


def answered(plan: dict[Verb, float] = PLAN) -> Incident:
    incident = scene.raised()
    for verb, after_s in plan.items():
        incident = acted(incident, verb, after_s)
    return incident


def steps(one: Clock) -> dict[str, float | None]:
    return {took.step: took.took_s for took in one.steps}


def test_every_step_is_measured_between_the_moments_it_joins() -> None:
    one = clock(answered(), beginning())
    assert steps(one) == {
        "receive": 0.25,
        "detect": 0.25,
        "make_sure": 1.0,
        "raise": 1.25,
        "notify": 0.75,
        "acknowledge": 6.0,
        "confirm": 14.0,
        "hand_over": 0.0,
        "arrive": 300.0,
        "resolve": 1500.0,
        "picture_to_alarm": 1.5,
        "alarm_to_hand_over": 20.0,
    }
    assert one.wrong_clock == ()
    assert [reached.stage for reached in one.stages] == list(Stage)


def test_what_has_not_happened_has_no_time() -> None:
    one = clock(scene.raised(), beginning(t_notified_s=None))
    assert steps(one) == {
        "receive": 0.25,
        "detect": 0.25,
        "make_sure": 1.0,
        "raise": 1.25,
        "notify": None,
        "acknowledge": None,
        "confirm": None,
        "hand_over": None,
        "arrive": None,
        "resolve": None,
        "picture_to_alarm": 1.5,
        "alarm_to_hand_over": None,
    }
    assert raised_s(one) == T_S


def test_confirming_or_dismissing_at_once_is_an_answer_too() -> None:
    confirmed = acted(scene.raised(), Verb.CONFIRM, 9.0)
    late = acted(confirmed, Verb.ACKNOWLEDGE, 40.0, "li")
    assert steps(clock(late, beginning()))["acknowledge"] == 9.0
    assert steps(clock(late, beginning()))["confirm"] == 0.0
    dismissed = acted(scene.raised(), Verb.DISMISS, 12.0, reason=Reason.STEAM)
    assert steps(clock(dismissed, beginning()))["acknowledge"] == 12.0


def test_what_was_undone_was_not_done() -> None:
    undone = acted(acted(scene.raised(), Verb.ACKNOWLEDGE, 3.0), Verb.UNDO, 4.0)
    assert steps(clock(undone, beginning()))["acknowledge"] is None


@pytest.mark.parametrize(
    ("began", "named"),
    [
        (beginning(offset_s=103.0), ("receive",)),
        (beginning(t_received_s=T_S + 5), ("raise",)),
        (beginning(t_raised_s=T_S + 10, t_notified_s=None), ("acknowledge",)),
    ],
    ids=["device ahead", "received after raised", "station set back"],
)
def test_a_step_that_ends_before_it_begins_is_named_and_never_counted(
    began: Beginning, named: tuple[str, ...]
) -> None:
    one = clock(answered(), began)
    assert set(named) <= set(one.wrong_clock)
    assert all(took is None or took >= 0 for took in steps(one).values())
    assert all(steps(one)[name] is None for name in one.wrong_clock)
    (group,) = percentiles([one], lambda _: "x")
    assert group.wrong_clock == 1
    assert not {p.step for p in group.steps} & set(named)


def test_percentiles_are_those_of_the_standard_library() -> None:
    took = [3.0, 4.5, 5.0, 7.25, 11.0, 13.0, 21.5, 30.0, 58.0, 119.0, 240.0]
    clocks = [clock(answered({Verb.ACKNOWLEDGE: s}), beginning()) for s in took]
    (group,) = percentiles(clocks, lambda _: "2026-03-01")
    cuts = statistics.quantiles(took, n=20, method="inclusive")
    found = next(p for p in group.steps if p.step == "acknowledge")
    assert (found.count, found.p50_s) == (11, 13.0)
    assert (found.p90_s, found.p95_s) == (pytest.approx(cuts[17]), pytest.approx(cuts[18]))


def test_groups_count_the_unanswered_and_leave_exercises_and_old_pictures_out() -> None:
    open_ = clock(scene.raised(), beginning())
    climbed = acted(scene.raised(), Verb.ESCALATE, 30.0, "system", step=1)
    clocks = [
        open_,
        clock(climbed, beginning()),
        clock(answered(), beginning()),
        clock(scene.raised(Status.EXERCISE), beginning()),
        clock(scene.raised(historic=True), beginning()),
    ]
    (group,) = percentiles(clocks, lambda _: None)
    assert (group.key, group.incidents, group.unanswered, group.escalated) == (None, 3, 2, 1)


def test_the_unknown_district_comes_last() -> None:
    names = iter(["Jiangning", None, "Gulou"])
    groups = percentiles([clock(answered(), beginning())] * 3, lambda _: next(names))
    assert [group.key for group in groups] == ["Gulou", "Jiangning", None]


@pytest.mark.parametrize(
    ("utc", "day", "shift"),
    [  # GNU date: TZ=Asia/Shanghai date -d '2026-02-28 23:59:59 UTC', ...
        (1_772_323_199.0, "2026-03-01", "20-08"),
        (1_772_323_200.0, "2026-03-01", "08-20"),
        (1_772_366_400.0, "2026-03-01", "20-08"),
        (1_772_380_800.0, "2026-03-02", "20-08"),
    ],
)
def test_days_and_shifts_are_the_stations(utc: float, day: str, shift: str) -> None:
    assert day_of(utc, NANJING) == day
    assert shift_of(utc, NANJING) == shift


def test_shifts_are_what_the_station_says() -> None:
    three = (0, 8, 16)
    hours = [shift_of(1_772_294_400.0 + 3600 * h, NANJING, three) for h in (0, 7, 8, 15, 16, 23)]
    assert hours == ["00-08", "00-08", "08-16", "08-16", "16-00", "16-00"]
