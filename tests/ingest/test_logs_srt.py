"""DJI's subtitles: real files in every dialect, made ones, and what cards and people do to them.

The positions of the real files are checked against a few patterns on their raw text, written here
and not shared with the reader; the other figures were read off the files by eye. Which of two
numbers is the longitude is checked by those beyond 90 degrees, and by a distance that is written.
The real files are the samples of DJI_SRT_Parser and of dji-drone-metadata-embedder (see their
MANIFEST.json), and cues quoted in issues of such projects.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ingest.errors import BadLog
from ingest.logs import dji_srt
from ingest.logs.flight import Clock, Flight, GimbalKnown, Integrity
from tools.log_writers.patrol import patrol
from tools.log_writers.text import WRITERS, ZONE_S

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "flights" / "dji-srt"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="../shared/data is not on this machine"
)
NAMED = re.compile(rb"\[latitude ?: ?(-?[\d.]+)\] \[long(?:t)?itude ?: ?(-?[\d.]+)\]")
LON_LAT = re.compile(rb"(?:GPS|RTK) ?\((-?[\d.]+), ?(-?[\d.]+)")

MAVIC_3 = """1
00:00:00,000 --> 00:00:00,020
<font size="28">FrameCnt: 1, DiffTime: 20ms
2021-12-25 12:27:52.373
[iso: 220] [fnum: 3.2] [latitude: 3.41531] [longitude: -3.37440] [rel_alt: -2.400 abs_alt: 0.401] \
</font>

"""


def read(folder: Path, content: str | bytes) -> Flight:
    path = folder / "log.SRT"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert dji_srt.READER.recognise(path.read_bytes()[:65536])
    return dji_srt.READER.read(path)


def epoch_s(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@needs_shared
@pytest.mark.parametrize(
    ("file", "dialect", "cues", "clock", "heights", "first_s"),
    [
        ("old_format.SRT", "Mavic Pro", 468, "local", "takeoff", "2017-08-05 14:11:51"),
        ("mavic_pro.SRT", "Mavic Pro", 468, "local", "takeoff", "2017-08-05 14:11:51"),
        ("mavic_2_style.SRT", "Mavic 2", 468, "local", "", "2017-08-05 14:11:51.393"),
        ("mavic_mini.SRT", "Mavic Mini", 117, "relative", "takeoff", 0),
        ("p4_rtk.SRT", "Phantom 4 RTK", 55, "relative", "takeoff", 0),
        ("m2zoom.SRT", "Mavic 2", 7113, "local", "undeclared", "2020-04-02 15:19:58.720"),
        ("air2s.srt", "Air 2S", 17, "local", "undeclared", "2022-08-07 13:40:40.774"),
        ("mavic_air2.srt", "Air 2S", 25, "local", "undeclared", "2022-05-01 15:01:58.531"),
        ("MAVIC3.srt", "Mavic 3", 12318, "local", "both", "2021-12-25 12:27:52.373"),
        ("Avata360.SRT", "Mavic 3 with gimbal", 5, "local", "both", "2026-05-27 13:10:00.015"),
        ("neo2.SRT", "Mavic 3", 5, "local", "both", "2026-05-15 08:24:18.623"),
        ("neo2_nogps.SRT", "Mavic 3", 6, "local", "both", "2026-05-31 16:15:29.797"),
        (
            "excerpts/enterprise_gb_2024.srt",
            "Mavic 3 with gimbal",
            2,
            "local",
            "both",
            "2024-11-24 17:38:03.576",
        ),
        (
            "excerpts/m3t_thermal_2023.srt",
            "thermal with gimbal",
            1,
            "local",
            "both",
            "2023-05-31 19:04:26.691",
        ),
        (
            "excerpts/m2e_dual_2022.srt",
            "Mavic 2 Enterprise",
            1,
            "local",
            "undeclared",
            "2022-07-10 19:59:42.210",
        ),
        (
            "excerpts/mini_2022_negative_abs_alt.srt",
            "Mavic 3",
            1,
            "local",
            "both",
            "2022-06-27 14:31:29.447",
        ),
        ("excerpts/rtk_fpry_gpry.srt", "Phantom 4 RTK", 1, "relative", "takeoff", 35),
        ("handmade/air3.SRT", "Mavic 3", 2, "local", "both", "2024-01-01 12:00:00"),
        ("handmade/mini4pro.SRT", "Mavic 3", 2, "relative", "both", 0),
    ],
)
def test_every_cue_of_a_real_file_is_a_sample_at_the_place_it_names(
    *, file: str, dialect: str, cues: int, clock: str, heights: str, first_s: str | float
) -> None:
    raw = (SHARED / file).read_bytes()
    flight = dji_srt.READER.read(SHARED / file)
    track = flight.track
    assert dji_srt.READER.recognise(raw[:65536])
    places = NAMED.findall(raw) or [(lat, lon) for lon, lat in LON_LAT.findall(raw)]
    assert len(track) == len(places) == cues
    assert track.lat_deg.tolist() == [float(lat) for lat, _ in places]
    assert track.lon_deg.tolist() == [float(lon) for _, lon in places]
    assert (flight.dialect, flight.clock) == (dialect, Clock(clock))
    assert (flight.integrity, flight.rejected) == (Integrity.COMPLETE, ())
    assert np.isfinite(track.height_takeoff_m).all() == (heights in {"takeoff", "both"})
    assert np.isfinite(track.height_undeclared_m).all() == (heights in {"undeclared", "both"})
    expected_s = epoch_s(first_s) if isinstance(first_s, str) else first_s
    assert track.t_s[0] == pytest.approx(expected_s, abs=1e-3)
    assert not np.isfinite(track.height_msl_m).any(), "no dialect names the datum of a height"
    if b" --> " in raw:
        assert np.isfinite(track.video_s).all()


@needs_shared
@pytest.mark.parametrize(
    ("file", "beyond_90_deg"),
    [
        ("mavic_pro.SRT", 149.0251),
        ("old_format.SRT", 149.0251),
        ("mavic_mini.SRT", -121.7458),
        ("excerpts/rtk_fpry_gpry.srt", 120.083799),
        ("handmade/avata2.SRT", 116.391305),
    ],
)
def test_a_number_beyond_ninety_degrees_is_a_longitude(file: str, beyond_90_deg: float) -> None:
    track = dji_srt.READER.read(SHARED / file).track
    assert track.lon_deg[0] == beyond_90_deg
    assert track.mappable.all()


@needs_shared
def test_the_distance_that_the_cues_write_says_which_number_is_the_longitude() -> None:
    """``D`` is metres from home: with the numbers the other way round it would be 559, not 699."""
    path = SHARED / "p4_rtk.SRT"
    told_m = [float(one) for one in re.findall(r", D ([\d.]+)m", path.read_text("utf-8"))]
    flight = dji_srt.READER.read(path)
    assert flight.home is not None
    lat_deg, lon_deg = flight.home
    north_m = (flight.track.lat_deg - lat_deg) * 110_900
    east_m = (flight.track.lon_deg - lon_deg) * 111_300 * math.cos(math.radians(lat_deg))
    assert np.hypot(north_m, east_m) == pytest.approx(told_m, rel=0.01)


@needs_shared
def test_heights_and_angles_are_those_that_the_cues_write() -> None:
    pro = dji_srt.READER.read(SHARED / "mavic_pro.SRT")
    assert pro.track.height_takeoff_m[[0, -1]].tolist() == [1.9, 0.0]
    assert pro.home == (-20.2532, 149.0251)
    assert not (pro.track.height_undeclared_m == 16).any(), "16 are the satellites"
    mini = dji_srt.READER.read(SHARED / "mavic_mini.SRT").track
    assert mini.height_takeoff_m[[0, -1]].tolist() == [200.70, 200.80]
    rtk = dji_srt.READER.read(SHARED / "p4_rtk.SRT")
    assert rtk.gimbal is GimbalKnown.WORLD
    assert (rtk.track.gimbal_pitch_deg[0], rtk.track.gimbal_yaw_deg[0]) == (-24.4, 110.4)
    assert (rtk.track.pitch_deg[1], rtk.track.roll_deg[1], rtk.track.yaw_deg[1]) == (
        3.0,
        -19.9,
        110.3,
    )
    assert rtk.home == (-34.232707, -58.847509)
    avata = dji_srt.READER.read(SHARED / "Avata360.SRT").track
    assert (avata.height_takeoff_m[0], avata.height_undeclared_m[0]) == (5.4, -124.744)
    assert (avata.gimbal_yaw_deg[0], avata.gimbal_pitch_deg[0]) == (-162.8, 0.0)
    thermal = dji_srt.READER.read(SHARED / "excerpts" / "m3t_thermal_2023.srt").track
    assert (thermal.gimbal_yaw_deg[0], thermal.gimbal_pitch_deg[0]) == (-142.5, -28.7)


@needs_shared
def test_the_attitude_of_the_aircraft_is_not_taken_for_the_gimbals() -> None:
    flight = dji_srt.READER.read(SHARED / "excerpts" / "m2e_dual_2022.srt")
    track = flight.track
    assert flight.gimbal is GimbalKnown.NO
    assert np.isnan(track.gimbal_yaw_deg).all()
    assert (track.yaw_deg[0], track.pitch_deg[0], track.roll_deg[0]) == (-62.1, 2.7, 1.6)


@needs_shared
def test_cues_before_the_fix_stay_at_zero_and_are_never_mapped() -> None:
    track = dji_srt.READER.read(SHARED / "neo2_nogps.SRT").track
    assert track.lat_deg[:3].tolist() == track.lon_deg[:3].tolist() == [0.0, 0.0, 0.0]
    assert track.mappable.tolist() == [False, False, False, True, True, True]


@needs_shared
def test_cues_without_a_position_are_samples_without_one() -> None:
    flight = dji_srt.READER.read(SHARED / "mavic_air.SRT")
    assert (len(flight.track), flight.dialect) == (2, "Mavic Air (no position)")
    assert np.isnan(flight.track.lat_deg).all()
    assert flight.track.t_s[0] == pytest.approx(epoch_s("2018-02-19 08:04:51.265"))


@needs_shared
def test_a_file_cut_inside_its_last_cue_gives_all_the_others() -> None:
    flight = dji_srt.READER.read(SHARED / "broken_incomplete.SRT")
    assert (len(flight.track), flight.integrity) == (19, Integrity.TRUNCATED)
    assert flight.damage == "cut inside cue 20"


@needs_shared
def test_latitude_comes_first_where_the_third_number_is_a_height() -> None:
    flight = dji_srt.READER.read(SHARED / "handmade" / "avata2.SRT")
    track = flight.track
    assert (track.lat_deg[0], track.lon_deg[0]) == (39.906217, 116.391305)
    assert (track.height_undeclared_m[0], track.height_takeoff_m[0]) == (69.8, 91.2)
    assert flight.home == (39.906206, 116.391400)


def test_the_metres_of_a_matrice_300_put_latitude_first(tmp_path: Path) -> None:
    cue = (
        "1\r\n00:00:01,000 --> 00:00:02,000\r\nHOME(36.6146,-6.1121) 2021.05.04 10:11:12\r\n"
        "GPS(36.6146,-6.1120,0.0M) BAROMETER:0.3M\r\nISO:100 Shutter:60\r\n\r\n"
    )
    flight = read(tmp_path, b"\xef\xbb\xbf" + cue.encode())
    assert (flight.track.lat_deg[0], flight.track.lon_deg[0]) == (36.6146, -6.1120)
    assert (flight.track.height_takeoff_m[0], flight.home) == (0.3, (36.6146, -6.1121))
    assert flight.dialect == "Matrice 300"


@pytest.mark.parametrize(
    ("name", "clock", "decimals", "height"),
    [
        ("mavic_pro", Clock.LOCAL, 4, "height_takeoff_m"),
        ("mavic_mini", Clock.RELATIVE, 4, "height_takeoff_m"),
        ("air2s", Clock.LOCAL, 6, None),
        ("mavic3", Clock.LOCAL, 6, "height_takeoff_m"),
        ("enterprise", Clock.LOCAL, 6, "height_takeoff_m"),
    ],
)
def test_the_patrol_comes_back_from_every_dialect(
    tmp_path: Path, name: str, clock: Clock, decimals: int, height: str | None
) -> None:
    truth = patrol()
    flight = read(tmp_path, WRITERS[f"dji_srt_{name}.SRT"](truth))
    track = flight.track
    flown = [one.has_fix for one in truth]
    assert (flight.clock, flight.integrity) == (clock, Integrity.COMPLETE)
    assert track.mappable.tolist() == flown
    apart = 0.51 * 10**-decimals
    lat_deg, lon_deg = [one.lat_deg for one in truth], [one.lon_deg for one in truth]
    assert track.lat_deg[flown] == pytest.approx(np.array(lat_deg)[flown], abs=apart)
    assert track.lon_deg[flown] == pytest.approx(np.array(lon_deg)[flown], abs=apart)
    began_s = truth[0].t_s if clock is Clock.RELATIVE else -ZONE_S
    late_s = 1.0 if name == "mavic_pro" else 1e-3  # it writes whole seconds
    assert track.t_s == pytest.approx([one.t_s - began_s for one in truth], abs=late_s)
    assert track.video_s == pytest.approx([one.t_s - truth[0].t_s for one in truth], abs=1e-3)
    if height is not None:
        above = [one.height_takeoff_m for one in truth]
        assert getattr(track, height) == pytest.approx(above, abs=0.051)
    assert flight.gimbal is (GimbalKnown.WORLD if name == "enterprise" else GimbalKnown.NO)


def test_a_files_dialect_is_chosen_cue_by_cue(tmp_path: Path) -> None:
    rtk = (
        "F/6.3, SS 60, ISO 100, EV 0, RTK (120.083799, 30.213635, 28), "
        "HOME (120.084146, 30.214243, 103.55m), D 75.36m, H 76.19m, H.S 0.30m/s, V.S n/a, "
        "F.PRY (-5.3°, 2.1°, 28.3°), G.PRY (-40.0°, 0.0°, 28.2°)"
    )
    flight = read(tmp_path, MAVIC_3 + f"1\n00:00:00,000 --> 00:00:01,000\n{rtk}\n\n")
    assert flight.dialect == "Mavic 3 + Phantom 4 RTK"
    assert flight.track.lat_deg.tolist() == [3.41531, 30.213635]
    assert flight.notes == ("1 cues show no clock, so they have no time",)


def test_a_cue_that_lost_its_gps_line_is_a_sample_without_a_position(tmp_path: Path) -> None:
    text = WRITERS["dji_srt_mavic_pro.SRT"](patrol(seconds=1, no_fix=0)).decode()
    lines = text.split("\n")
    del lines[9]
    assert lines[8].startswith("HOME") and lines[9].startswith("ISO")
    flight = read(tmp_path, "\n".join(lines))
    assert np.isnan(flight.track.lat_deg).tolist() == [False, True, *[False] * 8]
    assert flight.integrity is Integrity.COMPLETE


def test_a_home_point_at_zero_is_none(tmp_path: Path) -> None:
    text = WRITERS["dji_srt_mavic_pro.SRT"](patrol(seconds=1)).decode()
    home = "HOME(118.7800,32.0400)"
    assert home in text
    assert read(tmp_path, text.replace(home, "HOME(0.0000,0.0000)", 3)).home == (32.04, 118.78)
    assert read(tmp_path, text.replace(home, "HOME(0.0000,0.0000)")).home is None


def test_values_that_are_not_available_are_left_open(tmp_path: Path) -> None:
    line = "F/2.8, SS 30.15, ISO 260, EV -1.7, GPS (n/a, n/a, 0), D n/a, H n/a, H.S n/a, V.S n/a"
    track = read(tmp_path, f"1\n00:00:00,000 --> 00:00:01,000\n{line}\n\n").track
    assert len(track) == 1
    assert math.isnan(track.lat_deg[0]) and math.isnan(track.height_takeoff_m[0])


@pytest.mark.parametrize(
    ("lens", "hfov_deg", "zoom"),
    [
        # 84 degrees across a 4:3 picture: the Mavic 3E's in `ingest.cameras`, not verified.
        ("[focal_len: 24.00] [dzoom_ratio: 1.00]", 71.6, 1.0),
        ("[focal_len: 24.00] [dzoom_ratio: 2.00]", None, 2.0),
        ("[focal_len : 240] [dzoom_ratio: 10000, delta:0]", None, 1.0),
        ("[focal_len : 240] [dzoom_ratio: 15000, delta:0]", None, 1.5),
        ("[focal_len: 24.00]", None, None),
        ("[focal_len: 24.00] [dzoom_ratio: 1.00] [eis: normal]", None, 1.0),
        ("[focal_len: 0.00] [dzoom_ratio: 1.00]", None, 1.0),
    ],
)
def test_a_focal_length_counts_only_where_it_is_sure_what_it_means(
    tmp_path: Path, lens: str, hfov_deg: float | None, zoom: float | None
) -> None:
    track = read(tmp_path, MAVIC_3.replace("[latitude", f"{lens}, [latitude")).track
    wanted = pytest.approx([math.nan if hfov_deg is None else hfov_deg], abs=0.1, nan_ok=True)
    assert track.hfov_deg == wanted
    assert track.zoom == pytest.approx([math.nan if zoom is None else zoom], nan_ok=True)


def shifted(cue: str, number: int, video: str, wall: str) -> str:
    found = cue.replace("1\n00:00:00,000", f"{number}\n00:{video}", 1)
    return found.replace("12:27:52.373", wall)


def test_joined_clips_are_told_by_their_clock(tmp_path: Path) -> None:
    text = MAVIC_3
    text += shifted(MAVIC_3, 2, "00:01,000", "12:27:53.373")
    text += shifted(MAVIC_3, 3, "00:02,000", "12:28:08.373")
    flight = read(tmp_path, text)
    assert flight.notes == (
        "the clock jumps by +14.0 s at cue 3 of the file: joined clips, or the clock was set",
    )


def test_subtitles_that_start_anew_are_told_and_laid_end_to_end(tmp_path: Path) -> None:
    mini = WRITERS["dji_srt_mavic_mini.SRT"](patrol(seconds=3))
    flight = read(tmp_path, mini + mini)
    assert flight.notes == ("the cues start anew at cue 31 of the file: joined",)
    assert np.diff(flight.track.t_s) == pytest.approx(0.1)
    assert flight.track.video_s[30] == 0


def test_milliseconds_beyond_a_thousand_belong_to_the_next_second(tmp_path: Path) -> None:
    track = read(tmp_path, MAVIC_3.replace("52.373", "52,1003,000")).track
    assert track.t_s[0] == pytest.approx(epoch_s("2021-12-25 12:27:53.003"), abs=1e-6)


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        ("latitude: 3.4", "latitude: 3x4", "half a position"),
        ("[longitude", "[l\xf8ngitude", "half a position"),
        ("2021-12", "2021-42", "a date that no calendar has"),
    ],
)
def test_a_damaged_cue_costs_itself_alone(
    tmp_path: Path, right: str, wrong: str, reason: str
) -> None:
    others = [shifted(MAVIC_3, n, f"00:0{n},000", f"12:27:5{n}.373") for n in (2, 3)]
    flight = read(tmp_path, MAVIC_3.replace(right, wrong) + "".join(others))
    assert (len(flight.track), flight.integrity) == (2, Integrity.CORRUPT)
    assert flight.damage == f"{reason}, cue 1"
    assert flight.recovered == pytest.approx(2 / 3)


def test_a_lost_blank_line_does_not_join_two_cues(tmp_path: Path) -> None:
    joined = MAVIC_3.rstrip() + "\n" + shifted(MAVIC_3, 2, "00:00,020", "12:27:52.393")
    assert len(read(tmp_path, joined).track) == 2


def test_crlf_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    plain = WRITERS["dji_srt_mavic_pro.SRT"](patrol())
    odd = b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n")
    one, other = read(tmp_path, plain).track, read(tmp_path, odd).track
    assert one.lat_deg.tolist() == other.lat_deg.tolist()
    assert one.t_s.tolist() == other.t_s.tolist()
    assert one.video_s.tolist() == other.video_s.tolist()


def test_subtitles_of_a_film_are_refused_with_what_to_do(tmp_path: Path) -> None:
    film = "1\n00:00:01,000 --> 00:00:02,000\nPlay it once, [Sam: sighs].\n\n"
    with pytest.raises(BadLog, match=r"cue 1: .*no telemetry.*switch on video captions"):
        read(tmp_path, film)


def test_a_file_of_one_endless_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadLog, match="not one cue"):
        read(tmp_path, "1\n00:00:01,000 --> 00:00:02,000\n" + "x" * 2_000_000)
