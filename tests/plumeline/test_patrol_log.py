"""巡飞日志 against truth: made flights worked out with a pencil, sample flights with a renderer's.

Each flight over the five plots is a line of arithmetic (tests/plumeline/patrol_scene.py): plot A
lies 60 to 100 m north, a picture reaches 40.5 m ahead and behind, so at 8 m/s from -60 m it is in
view from second 10 (20 m, reaching to 60.5) to second 25 (140 m, reaching back to 99.5).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pymap3d
import pytest

from alerts.acts import Request, events_for
from alerts.events import Kind, LikelyPremises, Status
from alerts.lifecycle import Reason, Verb
from alerts.look import LookStatus
from casework.patrol_plan import PlannedPatrol
from casework.words import Place, PlaceKind
from geo.sampling import sample
from geo.terrain import FlatTerrain
from plumeline.casework import settle
from plumeline.config import Config
from plumeline.flights import load_flight, sample_names, samples_folder
from plumeline.judges import Judges
from plumeline.patrol_log import PatrolLogger
from plumeline.replay import analysed, recorded, with_sample_premises
from store.analysis import RunKind
from tests.plumeline.patrol_scene import END_M, FOG, PLAIN, START_M, Made, Scene, between, plot
from tests.plumeline.web_scene import event, evidence
from tests.records import LAT_DEG, LON_DEG, T0_S, key

FAST = Made(boot_id="fast", speed_mps=60.0)
FROZEN = Made(boot_id="frozen", status=between(20, 35, LookStatus.FROZEN))
DEAF = Made(boot_id="deaf", without_fix=lambda second: 39 < second < 56)
HIGH = Made(boot_id="high", height_m=200.0)
BUSY = Made(boot_id="busy", status=lambda second: LookStatus.SKIPPED)
SMOKE = Made(boot_id="smoke")

SEEN = {
    "A": ("normal", "", 10, 25),
    "B": ("normal", "", 20, 35),
    "C": ("normal", "", 30, 45),
    "D": ("normal", "", 40, 55),
}
TRUTH: list[tuple[Made, Mapping[str, tuple[str, str, int, int]]]] = [
    (PLAIN, SEEN),
    (
        FAST,
        {
            "A": ("not_observable", "too_short", 2, 3),
            "B": ("not_observable", "too_short", 3, 4),
            "C": ("not_observable", "too_short", 4, 6),
            "D": ("not_observable", "too_short", 6, 7),
        },
    ),
    (
        FOG,
        SEEN
        | {
            "B": ("normal", "", 20, 29),
            "C": ("not_observable", "unreadable", 0, 60),
            "D": ("normal", "", 46, 55),
        },
    ),
    (
        FROZEN,
        SEEN
        | {
            "A": ("normal", "", 10, 19),
            "B": ("not_observable", "frozen", 0, 60),
            "C": ("normal", "", 36, 45),
        },
    ),
    (DEAF, {"A": SEEN["A"], "B": SEEN["B"], "C": ("normal", "", 30, 39)}),
    (HIGH, dict.fromkeys("ABCD", ("not_observable", "too_coarse", 0, 60))),
    (BUSY, dict.fromkeys("ABCD", ("not_observable", "not_judged", 0, 60))),
]
"""What each flight saw, by hand: result, reason, first and last second."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """All of them in one record, and the log kept once."""
    made = Scene(tmp_path_factory.mktemp("patrol"), [made for made, _ in TRUTH])
    kept = made.logger.work()
    assert len(kept) == len(TRUTH)
    yield made
    made.store.close()


@pytest.mark.parametrize(("made", "truth"), TRUTH, ids=lambda one: getattr(one, "boot_id", ""))
def test_time_and_result_of_each_premises_are_those_worked_out_by_hand(
    scene: Scene, made: Made, truth: Mapping[str, tuple[str, str, int, int]]
) -> None:
    assert scene.log(made) == truth
    flight = scene.store.patrol_log.flight(made.flight_id)
    assert flight is not None
    assert (flight.t0_s - T0_S, flight.t1_s - T0_S) == (0, made.seconds)
    assert flight.not_observable == sum(one[0] == "not_observable" for one in truth.values())


def test_the_track_is_the_one_that_was_flown(scene: Scene) -> None:
    """480 m due north along one meridian, by pymap3d."""
    track = scene.store.reader.track("nj-01", T0_S, T0_S + 60)
    north_m = [pymap3d.geodetic2enu(p.lat_deg, p.lon_deg, 0, LAT_DEG, LON_DEG, 0)[1] for p in track]
    assert {p.lon_deg for p in track} == {LON_DEG}
    assert max(north_m) - min(north_m) == pytest.approx(END_M - START_M, abs=0.5)


@pytest.mark.parametrize("made", [PLAIN, FAST, FOG, DEAF], ids=lambda one: one.boot_id)
def test_coverage_is_what_trying_every_point_finds(scene: Scene, made: Made) -> None:
    """The same points through a pinhole of our own, with pymap3d's metres: to 0.1 point."""
    told = {one.place_id: one for one in scene.store.casework.visits_of_ref(made.flight_id)}
    for name, one in told.items():
        assert one.seen_share == pytest.approx(tried(made, name), abs=1e-3)


def tried(made: Made, name: str) -> float:
    """The share of a plot's points that sound pictures show for two seconds in all."""
    points = sample(plot(name), FlatTerrain(), grid_m=5.0, coarsest_m=10.0)
    assert points is not None
    focal_px = 640 / np.tan(np.radians(71.5 / 2))
    watched_s = np.zeros(len(points.lat_deg))
    before: np.ndarray | None = None
    for second in range(made.seconds + 1):
        shown: np.ndarray | None = None
        if made.status(second) is LookStatus.NOTHING and not made.without_fix(second):
            here = made.fix(second)
            east, north, _ = pymap3d.geodetic2enu(
                points.lat_deg, points.lon_deg, 0, here.lat_deg, here.lon_deg, 0
            )
            u_px, v_px = focal_px * east / made.height_m, focal_px * north / made.height_m
            shown = (abs(u_px) <= 640) & (abs(v_px) <= 360)
        if shown is not None and before is not None:
            watched_s += shown & before
        before = shown
    return float(np.mean(watched_s >= 2))


def test_the_log_is_written_once_the_flight_has_ended_and_never_twice(tmp_path: Path) -> None:
    scene = Scene(tmp_path, [PLAIN])
    scene.now_s = T0_S + PLAIN.seconds + 30
    assert scene.logger.work() == [], "it may still be flying"
    scene.now_s += 60
    (kept,) = scene.logger.work()
    assert kept.flight.revision == 0
    head = scene.store.ledger.head()
    assert scene.logger.work() == []
    again = scene.new_logger()
    assert again.work() == [], "a restart answers nothing again"
    assert scene.store.ledger.head() == head
    scene.store.close()


def test_late_data_revises_and_says_so(tmp_path: Path) -> None:
    """The telemetry of seconds 39 to 56 comes a day later, off the card."""
    scene = Scene(tmp_path, [DEAF])
    scene.logger.work()
    late = [PLAIN.fix(n / 2) for n in range(79, 112)]
    deaf = [replace(one, key=replace(one.key, boot_id="deaf")) for one in late]
    scene.now_s += 86_400
    scene.put(deaf, received_s=scene.now_s)
    assert scene.logger.work() == [], "more of it may come"
    scene.now_s += 61
    (kept,) = scene.logger.work()
    assert kept.revised
    assert kept.flight.revision == 1
    assert scene.log(DEAF) == SEEN
    told = {one.place_id: one for one in scene.store.casework.visits_of_ref(DEAF.flight_id)}
    assert (told["A"].revises, told["C"].revises is None) == (None, False)
    assert [one.place_id for one in scene.store.patrol_log.earlier(DEAF.flight_id)] == ["C"]
    scene.store.close()


def test_what_was_planned_and_not_seen_is_a_gap(tmp_path: Path) -> None:
    scene = Scene(tmp_path, [PLAIN])
    planned(scene, ("A", "B", "E", "gone"))
    (kept,) = scene.logger.work()
    assert kept.flight.plan_id == "morning"
    assert kept.flight.route_flown == pytest.approx(480 / 500, abs=0.02)
    assert scene.log(PLAIN) == SEEN | {
        "E": ("not_observable", "out_of_view", 0, 60),
        "gone": ("not_observable", "no_ground", 0, 60),
    }
    assert (kept.flight.seen, kept.flight.not_observable) == (4, 2)
    scene.store.close()


def planned(scene: Scene, places: tuple[str, ...]) -> None:
    """500 m north from where the plain flight begins."""
    line = [[LON_DEG, LAT_DEG + m / 110_900] for m in (START_M, START_M + 500)]
    outline = json.dumps({"type": "LineString", "coordinates": line})
    route = Place(place_id="r", kind=PlaceKind.ROUTE, name="早巡", outline_json=outline)
    scene.store.casework.put_places([route], t_s=0.0, actor="test")
    plan = PlannedPatrol(
        plan_id="morning", route_id="r", t0_s=T0_S - 600, t1_s=T0_S + 600, place_ids=places
    )
    scene.store.patrol_log.plan([plan], t_s=0.0, actor="test")


def burn(scene: Scene, status: Status = Status.ACTUAL, probability: float = 0.9) -> None:
    """An incident with smoke on plot A in second 12 of the flight SMOKE."""
    likely = LikelyPremises(
        premises_id="A",
        name="A",
        category="production_unit",
        risk=2,
        probability=probability,
        distance_m=0.0,
        bearing_deg=0.0,
    )
    seen = evidence(
        12,
        key=key(12_000, boot_id=SMOKE.boot_id),
        t_capture_s=T0_S + 12,
        sha256="a" * 64,
        premises=(likely,),
    )
    raised = replace(event("inc-1", seen, Kind.RAISED), status=status)
    analysis = scene.store.analysis
    run = analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live")
    analysis.append(run, [], [raised], run.cursor_n, T0_S + 13)


def test_a_flight_that_cannot_be_answered_stops_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(tmp_path, [FOG, PLAIN])
    answer = scene.logger.answer

    def failing(flight_id: str) -> object:
        if flight_id == FOG.flight_id:
            raise ZeroDivisionError
        return answer(flight_id)

    monkeypatch.setattr(scene.logger, "answer", failing)
    assert [kept.flight.flight_id for kept in scene.logger.work()] == [PLAIN.flight_id]
    assert scene.logger.work() == []
    scene.store.close()


def test_smoke_is_an_anomaly_until_a_person_dismisses_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path, [SMOKE])
    burn(scene)
    (kept,) = scene.logger.work()
    assert kept.flight.incidents == ("inc-1",)
    assert scene.log(SMOKE) == SEEN | {"A": ("anomaly", "smoke", 10, 25)}
    (anomaly,) = [v for v in scene.store.casework.visits_of_ref(SMOKE.flight_id) if v.reason]
    assert (anomaly.evidence[0], anomaly.text) == ("a" * 64, "inc-1")
    request = Request(verb=Verb.DISMISS, actor="li", seat="", reason=Reason.STEAM)
    scene.store.acts.act(
        "inc-1", lambda one: events_for(request, one, scene.now_s, lambda _: None), scene.now_s
    )
    (kept,) = scene.logger.work()
    assert (kept.revised, kept.flight.anomalies) == (True, 0)
    assert scene.log(SMOKE) == SEEN
    scene.store.close()


@pytest.mark.parametrize(("status", "probability"), [(Status.EXERCISE, 0.9), (Status.ACTUAL, 0.1)])
def test_an_exercise_and_a_fire_beside_it_are_no_anomaly_of_the_premises(
    tmp_path: Path, status: Status, probability: float
) -> None:
    scene = Scene(tmp_path, [SMOKE])
    burn(scene, status, probability)
    scene.logger.work()
    assert scene.log(SMOKE) == SEEN
    scene.store.close()


def test_pictures_nobody_has_judged_prove_nothing_until_they_are(tmp_path: Path) -> None:
    scene = Scene(tmp_path, [])
    scene.put(PLAIN.fixes())
    scene.put(PLAIN.frames())
    scene.now_s = T0_S + PLAIN.seconds + 300
    assert scene.logger.work() == [], "the analysis may still come to them"
    scene.now_s += 600
    scene.logger.work()
    assert {one[:2] for one in scene.log(PLAIN).values()} == {("not_observable", "not_judged")}
    assert scene.logger.work() == []
    scene.judge(PLAIN)
    (kept,) = scene.new_logger().work()
    assert kept.revised, "also after a restart"
    assert scene.log(PLAIN) == SEEN
    scene.store.close()


SAMPLES: Mapping[str, Mapping[str, str]] = {
    "bad_data": {"P-021": "anomaly"},
    "chemical_store": {"P-007": "anomaly"},
    "look_alikes": {"P-016": "normal", "P-017": "normal"},
    "roof_fire": {"P-016": "anomaly"},
}
"""What burns, by the renderer's truth.json; and what lies wholly in its pictures for two seconds
and does not. Everything else is cut by the picture's edge or too far off."""


@pytest.fixture(scope="module")
def samples() -> Mapping[str, Sequence[tuple[str, str, float, float]]]:
    """The log of each sample flight: (premises, result, first, last)."""
    config = with_sample_premises(Config())
    judges = Judges.of(config)
    told = {}
    for name in sample_names():
        with recorded(load_flight(name)) as store:
            analysed(store, judges, kind=RunKind.LIVE)
            settle(
                store.casework,
                config.casework,
                judges.placer.premises or (),
                name_zh="站",
                name_en="station",
                t_s=0.0,
            )
            logger = PatrolLogger(store, judges.placer, org_id="station", now_s=lambda: 1.9e9)
            (kept,) = logger.work()
            told[name] = [
                (one.place_id, one.result.value, one.t0_s, one.t1_s)
                for one in store.casework.visits_of_ref(kept.flight.flight_id)
            ]
    return told


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_the_sample_flights_logs_say_what_was_rendered(
    samples: Mapping[str, Sequence[tuple[str, str, float, float]]], name: str
) -> None:
    seen = {place: result for place, result, *_ in samples[name] if result != "not_observable"}
    assert seen == SAMPLES[name]
    truth = json.loads((samples_folder() / name / "truth.json").read_text("utf-8"))
    burning = {one["premises_id"] for one in truth["sources"]}
    assert {place for place, result in seen.items() if result == "anomaly"} == burning
    shown_s = [one["t_capture_s"] for one in truth["frames"] if one["visible_sources"]]
    for place, result, t0_s, t1_s in samples[name]:
        if result == "anomaly":
            assert min(shown_s) - 2 <= t0_s <= t1_s <= max(shown_s) + 2
            assert place in burning
