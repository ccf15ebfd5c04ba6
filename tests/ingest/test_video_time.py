"""A video, its subtitles and their wall clock: the true capture time of each picture is known.

Tracks are made from the capture times directly, or read from subtitle text by a few lines of the
test's own, so that no reader of ours stands between the truth and the fit.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ingest.logs.flight import Clock, Track
from ingest.video import VideoFacts
from ingest.video_time import Fit, fit

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "flights" / "dji-srt"
T0_S = 1_772_352_000.25
HOUR_S = 3600.0

FloatArray = npt.NDArray[np.float64]

CUE = re.compile(r"(\d+):(\d\d):(\d\d),(\d+) -->")
WALL = re.compile(r"(\d{4})\D(\d+)\D(\d+) (\d+):(\d+):(\d+)(?:[.,](\d{3}))?")


def facts(
    duration_s: float, frames: int | None = None, creation_time_s: float | None = None
) -> VideoFacts:
    return VideoFacts(
        duration_s=duration_s,
        fps=frames / duration_s if frames else None,
        frames=frames,
        width_px=1920,
        height_px=1080,
        creation_time_s=creation_time_s,
    )


def track(t_s: npt.ArrayLike, video_s: npt.ArrayLike) -> Track:
    times_s = np.asarray(t_s, float)
    return Track.of(len(times_s), t_s=times_s, video_s=video_s)


def fitted(found: Track, of: VideoFacts, clock: Clock = Clock.LOCAL, offset_s: float = 0.0) -> Fit:
    result = fit(found, clock, of, offset_s=offset_s)
    assert result is not None
    return result


def worst_s(result: Fit, video_s: FloatArray, truth_s: FloatArray) -> float:
    return max(abs(result.t_of(v) - t) for v, t in zip(video_s.tolist(), truth_s, strict=True))


def read(text: str) -> Track:
    """Cue times and wall clocks of subtitle text whose cues have both."""
    video_s, t_s = [], []
    for cue in re.split(r"\n\s*\n", text.replace("\r", "")):
        shown, wall = CUE.search(cue), WALL.search(cue)
        if shown and wall:
            hours, minutes, seconds, ms = map(int, shown.groups())
            video_s.append(hours * 3600 + minutes * 60 + seconds + ms / 1000)
            day = datetime(*map(int, wall.groups()[:6]), tzinfo=UTC).timestamp()
            t_s.append(day + int(wall[7] or 0) / 1000)
    return track(t_s, video_s)


def shared(name: str) -> str:
    file = SHARED / name
    if not file.exists():
        pytest.skip(f"needs ../shared/data/flights/dji-srt/{name}")
    return file.read_text("utf-8-sig", errors="replace")


def test_one_recording_is_one_line() -> None:
    video_s = np.arange(900) / 30
    result = fitted(track(T0_S + video_s.round(3), video_s.round(3)), facts(30.0, 900))
    assert worst_s(result, video_s, T0_S + video_s) < 0.002
    assert (len(result.segments), result.drift_ppm, result.notes) == (1, 0.0, ())
    assert result.offset_s == pytest.approx(T0_S, abs=0.002)
    assert result.sigma_s < 0.002


def test_joined_clips_are_cut_where_the_clock_jumps() -> None:
    """Lengths and jumps as FORMATS.md gives them for the Mavic 2 Pro's joined file."""
    pauses_s = [14.0, 973.0, 300.0, 14.5, 935.0]
    video_s = np.arange(0, 370.0, 1 / 30)
    clip_of = np.minimum(video_s // 62, 5).astype(int)
    truth_s = T0_S + video_s + np.concatenate(([0.0], np.cumsum(pauses_s)))[clip_of]
    result = fitted(track(truth_s, video_s), facts(370.0, len(video_s)))
    assert [s.video_from_s for s in result.segments] == pytest.approx(
        [0, 62, 124, 186, 248, 310], abs=0.04
    )
    assert worst_s(result, video_s, truth_s) < 0.001
    assert sum("joined clips" in note for note in result.notes) == 5
    assert "jumps by +973.0 s at 124.0 s" in result.notes[1]


def test_restarted_subtitles_are_laid_end_to_end() -> None:
    once_s = np.arange(300) / 30
    video_s = np.concatenate((once_s, once_s, once_s))
    shown_s = np.arange(900) / 30
    truth_s = T0_S + shown_s + np.repeat([0.0, 0.0, 40.0], 300)
    result = fitted(track(truth_s, video_s), facts(30.0, 900))
    assert worst_s(result, shown_s, truth_s) < 0.001
    assert [s.first for s in result.segments] == [0, 300, 600]
    assert sum("start anew" in note for note in result.notes) == 2
    assert result.sample_t_s == pytest.approx(truth_s, abs=0.001)


def test_restarted_subtitles_without_a_wall_clock_count_on() -> None:
    once_s = np.arange(10.0)
    both_s = np.concatenate((once_s, once_s))
    result = fitted(track(both_s, both_s), facts(20.0), Clock.RELATIVE)
    assert result.sample_t_s == pytest.approx(np.arange(20.0))
    assert result.t_of(13.5) == pytest.approx(13.5)
    assert result.ahead_s is None


def test_cue_times_that_run_fast_are_stretched_to_the_video() -> None:
    """Cues written for 30 pictures a second beside a video that shows 29.56 (1.5 % fewer)."""
    cue_s, shown_s = np.arange(1800) / 30, np.arange(1800) * 1.015 / 30
    result = fitted(track(T0_S + shown_s, cue_s), facts(60.9, 1800))
    assert result.drift_ppm == pytest.approx(15_000, abs=50)
    assert worst_s(result, shown_s, T0_S + shown_s) < 0.005
    assert any("stretched by +1.50 %" in note for note in result.notes)


def test_drift_is_found_in_one_cue_a_second_of_whole_seconds() -> None:
    cue_s = np.arange(600.0)
    truth_s = T0_S + cue_s * 1.015
    result = fitted(track(np.floor(truth_s), cue_s), facts(609.0, 18_270))
    assert result.drift_ppm == pytest.approx(15_000, abs=500)
    shown_s = cue_s * 1.015
    assert worst_s(result, shown_s, truth_s) < 1.0  # a floor lies up to a second below


def test_slow_motion_has_a_slope_of_its_own() -> None:
    video_s = np.arange(1200) / 30
    truth_s = T0_S + video_s / 4
    result = fitted(track(truth_s, video_s), facts(40.0, 1200))
    assert worst_s(result, video_s, truth_s) < 0.001
    assert result.segments[0].rate == pytest.approx(0.25)
    assert any("0.2500 s in a second" in note for note in result.notes)


def test_ntsc_against_thirty_is_no_drift() -> None:
    video_s = np.arange(900) / 30
    result = fitted(track(T0_S + np.arange(900) * 1001 / 30000, video_s), facts(30.03, 900))
    assert result.drift_ppm == 0
    assert worst_s(result, video_s, T0_S + np.arange(900) * 1001 / 30000) < 0.02


def test_whole_seconds_are_good_to_half_a_second() -> None:
    cue_s = np.arange(300.0)
    result = fitted(track(np.floor(T0_S + cue_s), cue_s), facts(300.0, 9000))
    assert result.sigma_s == pytest.approx(1 / np.sqrt(12), abs=0.01)
    assert worst_s(result, cue_s, T0_S + cue_s) < 0.5
    assert any("whole seconds" in note for note in result.notes)


def test_samples_of_whole_seconds_come_out_evenly_spaced() -> None:
    """Thirty cues share a second; pairing by the clock as written would be up to 1 s off."""
    video_s = np.arange(900) / 30
    result = fitted(track(np.floor(T0_S + video_s), video_s), facts(30.0, 900))
    assert np.diff(result.sample_t_s) == pytest.approx(1 / 30, abs=1e-4)
    assert [result.t_of(v) for v in video_s] == pytest.approx(result.sample_t_s)


@pytest.mark.parametrize("written_at_s", [0.0, 30.0])
def test_a_difference_of_whole_hours_is_a_zone(written_at_s: float) -> None:
    """Some cameras write the creation time at the start, some when they close the file."""
    video_s = np.arange(900) / 30
    made = facts(30.0, 900, creation_time_s=np.floor(T0_S) + written_at_s)
    result = fitted(track(T0_S + 8 * HOUR_S + video_s, video_s), made)
    assert result.zone_s == 8 * HOUR_S
    assert result.t_of(0.0) == pytest.approx(T0_S + 8 * HOUR_S, abs=0.01)  # shown, not moved
    assert any("UTC+08:00 if" in note for note in result.notes)


def test_a_difference_of_43_minutes_is_a_wrong_clock_and_stays() -> None:
    video_s = np.arange(900) / 30
    made = facts(30.0, 900, creation_time_s=T0_S)
    result = fitted(track(T0_S + 43 * 60 + video_s, video_s), made)
    assert result.zone_s is None
    assert result.ahead_s == pytest.approx(2580, abs=0.01)
    assert result.t_of(0.0) == pytest.approx(T0_S + 2580, abs=0.01)
    assert any("+00:43 ahead" in n and "one of the two is wrong" in n for n in result.notes)


def test_a_utc_log_shows_a_creation_time_in_local_time() -> None:
    video_s = np.arange(900) / 30
    made = facts(30.0, 900, creation_time_s=T0_S + 8 * HOUR_S)
    result = fitted(track(T0_S + video_s, video_s), made, Clock.UTC)
    assert result.zone_s is None
    assert any("creation time is not UTC: it is at UTC+08:00" in n for n in result.notes)


@pytest.mark.parametrize(("duration_s", "word"), [(20.0, "longer"), (45.0, "shorter")])
def test_subtitles_of_another_length_are_told(duration_s: float, word: str) -> None:
    video_s = np.arange(900) / 30
    result = fitted(track(T0_S + video_s, video_s), facts(duration_s, round(duration_s * 30)))
    (note,) = result.notes
    assert f"subtitles are {word} than the video" in note
    assert result.t_of(duration_s) == pytest.approx(T0_S + duration_s, abs=0.01)


def test_an_operators_offset_moves_the_pictures_and_not_the_log() -> None:
    video_s = np.arange(900) / 30
    found = track(T0_S + video_s, video_s)
    plain, moved = fitted(found, facts(30.0)), fitted(found, facts(30.0), offset_s=-2.5)
    assert moved.t_of(7.0) == pytest.approx(plain.t_of(7.0) - 2.5)
    assert moved.offset_s == pytest.approx(plain.offset_s - 2.5)
    assert (moved.sample_t_s == plain.sample_t_s).all()
    assert moved.notes == ("-2.50 s added by the operator",)


def test_stray_cues_cut_nothing() -> None:
    video_s = np.arange(900) / 30
    found = track(T0_S + video_s, video_s)
    found.t_s[[100, 500]] += [1e6, -4000.0]
    found.video_s[[200, 899]] = [9999.0, 0.0]
    result = fitted(found, facts(30.0, 900))
    assert (len(result.segments), result.notes) == (1, ())
    assert worst_s(result, video_s, T0_S + video_s) < 0.001


def test_cues_without_times_are_spread_over_a_video_of_their_length() -> None:
    truth_s = np.floor(T0_S) + np.arange(120.0)
    found = Track.of(120, t_s=truth_s)
    result = fitted(found, facts(120.4, 3600))
    assert result.t_of(60.0) == pytest.approx(truth_s[60], abs=0.5)
    assert fit(found, Clock.LOCAL, facts(60.0, 1800)) is None


def test_a_log_on_utc_is_tied_by_the_creation_time_alone() -> None:
    found = Track.of(600, t_s=T0_S + np.arange(600.0))
    result = fitted(found, facts(30.0, creation_time_s=T0_S + 100), Clock.UTC)
    assert result.t_of(5.0) == pytest.approx(T0_S + 105)
    assert result.sigma_s >= 1
    assert "creation time alone" in result.notes[0]
    assert fit(found, Clock.UTC, facts(30.0, creation_time_s=T0_S + 4000)) is None
    assert fit(found, Clock.UTC, facts(30.0)) is None


def test_a_clock_that_stands_still_is_no_slope() -> None:
    video_s = np.arange(900) / 30
    result = fitted(track(np.full(900, T0_S), video_s), facts(30.0, 900))
    assert (result.segments[0].rate, result.drift_ppm) == (1.0, 0.0)
    assert result.sigma_s > 5


@given(
    hnp.arrays(float, (2, 24), elements=st.sampled_from([0, 1, 1.5, 2, 9e9, -7, np.nan, np.inf])),
    st.sampled_from(list(Clock)),
    st.sampled_from([None, 0.04, 30.0]),
)
@example(np.full((2, 24), np.inf), Clock.LOCAL, 0.04)
def test_nonsense_gives_a_finite_line_or_none(
    columns: FloatArray, clock: Clock, duration_s: float | None
) -> None:
    of = replace(facts(1.0, 24, T0_S), duration_s=duration_s)
    result = fit(track(columns[0], columns[1]), clock, of)
    assert result is None or np.isfinite([result.t_of(0.0), result.t_of(9.0), result.sigma_s]).all()


@pytest.mark.parametrize("name", ["MAVIC3.srt", "m2zoom.SRT", "mavic_pro.SRT", "old_format.SRT"])
def test_a_real_recording_is_one_line(name: str) -> None:
    found = read(shared(name))
    end_s = float(found.video_s[-1]) + 1
    result = fitted(found, facts(end_s))
    assert (len(result.segments), result.drift_ppm) == (1, 0.0)
    off_s = found.t_s - [result.t_of(v) for v in found.video_s]
    assert np.abs(off_s).max() <= (0.01 if found.t_s[0] % 1 else 1.0)


def test_two_real_recordings_joined_are_cut_at_the_join() -> None:
    """m2zoom (2020) with MAVIC3 (2021) behind it: 7,113 cues, then 12,318."""
    found = read(shared("m2zoom.SRT") + "\n\n" + shared("MAVIC3.srt"))
    result = fitted(found, facts(118.67 + 246.36))
    assert [s.first for s in result.segments] == [0, 7113]
    assert result.segments[1].video_from_s == pytest.approx(118.67, abs=0.05)
    assert result.t_of(118.67 + 100) == pytest.approx(found.t_s[7113] + 100, abs=0.05)
