"""A log finds its place in time and its flight; the truth is the made flight's own."""

from __future__ import annotations

from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from ingest.logs.align import KnownFlight
from ingest.logs.flight import Clock, FloatArray, Track
from ingest.logs.place import Placed, Said, among, by_its_clock

T0_S = 1_790_000_000.0
NANJING = ZoneInfo("Asia/Shanghai")
METRE_DEG = 1 / 111_132.0
"""Of latitude, near enough."""


def where(t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A patrol at 8 m/s: a straight leg, then circles of 60 m radius; seconds since take-off."""
    leg_s, radius_m = 60.0, 60.0
    angle = np.maximum(t_s - leg_s, 0) * 8.0 / radius_m
    east_m = np.minimum(t_s, leg_s) * 8.0 + radius_m * np.sin(angle)
    north_m = radius_m * (1 - np.cos(angle))
    return 31.95 + north_m * METRE_DEG, 118.84 + east_m * METRE_DEG / np.cos(np.radians(31.95))


def track(t_s: FloatArray, *, clock_s: float = 0.0, noise_m: float = 0.0, seed: int = 1) -> Track:
    """The patrol at these seconds since take-off, its clock wrong by ``clock_s``."""
    lat_deg, lon_deg = where(t_s)
    noise = np.random.default_rng(seed).normal(0, noise_m * METRE_DEG, (2, len(t_s)))
    return Track.of(
        len(t_s),
        t_s=T0_S + t_s + clock_s,
        lat_deg=lat_deg + noise[0],
        lon_deg=lon_deg + noise[1],
        height_takeoff_m=np.full(len(t_s), 100.0),
    )


def live(t_s: FloatArray, **options: float) -> KnownFlight:
    return KnownFlight(device_id="nj-01", boot_id="b1", track=track(t_s, **options))


SECONDS = np.arange(0.0, 240.0, 0.2)
LIVE = live(np.arange(0.0, 240.0, 0.5), noise_m=1.0, seed=2)
SAID = Said(zone=NANJING)


def placed(own: Track, clock: Clock, known: list[KnownFlight], said: Said = SAID) -> Placed:
    return among(own, clock, by_its_clock(own, clock, said), known, said)


def test_a_wall_clock_is_moved_by_the_stations_zone() -> None:
    own = track(SECONDS, clock_s=8 * 3600.0)  # what a wall clock in Nanjing shows
    found = by_its_clock(own, Clock.LOCAL, SAID)
    assert found.utc_s is not None
    assert found.utc_s == pytest.approx(T0_S + SECONDS)
    assert "UTC+08:00" in found.notes[0]


@pytest.mark.parametrize("clock", [Clock.RELATIVE, Clock.NONE])
def test_a_log_without_a_clock_asks_for_the_start_and_takes_it(clock: Clock) -> None:
    own = track(SECONDS, clock_s=-T0_S)
    asks = by_its_clock(own, clock, SAID)
    assert asks.utc_s is None and "--start" in (asks.unplaced or "")
    told = by_its_clock(own, clock, Said(zone=NANJING, start_s=T0_S))
    assert told.utc_s is not None and told.utc_s == pytest.approx(T0_S + SECONDS)


def test_a_line_without_times_is_not_put_in_the_track_whatever_is_said() -> None:
    line = Track.of(3, lat_deg=[1, 2, 3], lon_deg=[1, 2, 3])
    found = by_its_clock(line, Clock.NONE, Said(zone=NANJING, start_s=T0_S))
    assert found.utc_s is None and "export" in (found.unplaced or "")


@pytest.mark.parametrize("off_s", [0.0, 0.73, -3.2, 41.0, -95.5])
def test_the_offset_of_a_clock_is_found_to_a_tenth_of_a_second(off_s: float) -> None:
    own = track(SECONDS, clock_s=-off_s, noise_m=1.0)
    found = placed(own, Clock.UTC, [LIVE])
    assert found.flight is LIVE
    assert found.clock_offset_s == pytest.approx(off_s, abs=0.1)
    assert found.disagreements == ()


@pytest.mark.parametrize("zone_h", [-11.0, -3.5, 0.0, 5.5, 9.0, 14.0])
def test_a_wall_clock_of_another_zone_is_found_by_the_track(zone_h: float) -> None:
    own = track(SECONDS, clock_s=zone_h * 3600 + 1.4, noise_m=1.0)
    found = placed(own, Clock.LOCAL, [LIVE])
    assert found.flight is LIVE
    assert found.clock_offset_s == pytest.approx((8 - zone_h) * 3600 - 1.4, abs=0.1)
    assert found.utc_s is not None
    assert found.utc_s == pytest.approx(T0_S + SECONDS, abs=0.1)


def test_a_zone_that_was_given_is_not_guessed_against() -> None:
    said = Said(zone=timezone(timedelta(hours=8)), zone_is_sure=True)
    own = track(SECONDS, clock_s=9 * 3600.0)
    assert placed(own, Clock.LOCAL, [LIVE], said).flight is None


def test_the_patrol_of_an_hour_later_stays_another_flight() -> None:
    """The same route every hour, 40 s late this time: only the hour before came in live."""
    own = track(SECONDS, clock_s=8 * 3600.0 + 3640.0, noise_m=1.0)
    assert placed(own, Clock.LOCAL, [LIVE]).flight is None


def test_a_flight_elsewhere_or_at_another_time_is_not_joined() -> None:
    own = track(SECONDS)
    away = Track.of(len(own), t_s=own.t_s, lat_deg=own.lat_deg + 0.01, lon_deg=own.lon_deg)
    assert placed(away, Clock.UTC, [LIVE]).flight is None
    assert placed(track(SECONDS, clock_s=7200.0), Clock.UTC, [LIVE]).flight is None


def test_of_two_flights_the_nearer_track_is_joined() -> None:
    beside = KnownFlight(
        device_id="nj-02",
        boot_id="b1",
        track=Track.of(
            len(LIVE.track),
            t_s=LIVE.track.t_s,
            lat_deg=LIVE.track.lat_deg + 14 * METRE_DEG,
            lon_deg=LIVE.track.lon_deg,
        ),
    )
    assert placed(track(SECONDS), Clock.UTC, [beside, LIVE]).flight is LIVE


def test_a_sparse_live_track_is_compared_too() -> None:
    sparse = live(np.arange(0.0, 240.0, 2.0))
    found = placed(track(SECONDS, clock_s=-0.5), Clock.UTC, [sparse])
    assert found.clock_offset_s == pytest.approx(0.5, abs=0.1)


def test_disagreements_are_listed_with_time_and_size() -> None:
    own = track(SECONDS)
    jump = (SECONDS >= 100) & (SECONDS < 110)
    high = (SECONDS >= 150) & (SECONDS < 170)
    short = (SECONDS >= 200) & (SECONDS < 202)
    changed = Track.of(
        len(own),
        t_s=own.t_s,
        lat_deg=own.lat_deg + 30 * METRE_DEG * (jump | short),
        lon_deg=own.lon_deg,
        height_takeoff_m=own.height_takeoff_m + 14.0 * high,
    )
    found = placed(changed, Clock.UTC, [LIVE])
    positions, heights = found.disagreements
    assert "positions up to 3" in positions and " m apart" in positions
    assert "2026-09-21T14:15:00.000Z" in positions  # T0 + 100 s, by GNU date
    assert "height above take-off differs by up to 14 m" in heights


def test_zero_zero_and_samples_without_a_fix_are_not_compared() -> None:
    own = track(SECONDS)
    lat_deg, lon_deg = own.lat_deg.copy(), own.lon_deg.copy()
    lat_deg[::2] = lon_deg[::2] = 0.0
    holed = Track.of(len(own), t_s=own.t_s, lat_deg=lat_deg, lon_deg=lon_deg)
    found = placed(holed, Clock.UTC, [LIVE])
    assert found.flight is LIVE and found.disagreements == ()
    nowhere = Track.of(len(own), t_s=own.t_s, lat_deg=np.zeros(len(own)), lon_deg=0 * own.t_s)
    assert placed(nowhere, Clock.UTC, [LIVE]).flight is None
