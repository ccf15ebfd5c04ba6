"""Every file of the real set is read, or refused with a sentence that tells what to do.

That positions, heights and angles are the right ones is checked file by file beside a second
library, or the file's own text, in tests/ingest/test_logs_*.py. Here none is forgotten: what each
comes to is pinned, by the numbers that were checked there.
"""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from plumeline.brought import Options, look

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "flights"
NANJING = ZoneInfo("Asia/Shanghai")
READ = {
    "ardupilot/copter_mission.txt": ("qgc-wpl", 0, 0, 7),
    "ardupilot/flight.tlog": ("tlog", 54, 54, 0),
    "ardupilot/small.tlog": ("tlog", 792, 734, 0),
    "ardupilot/test.BIN": ("dataflash", 23, 23, 0),
    "ardupilot/vtol.tlog": ("tlog", 807, 807, 0),
    "dji-csv/airdata_air2s.csv": ("csv", 11614, 11498, 0),
    "dji-csv/txtlogtocsv_p4pro_verbose.csv": ("csv", 2437, 2437, 0),
    "dji-srt/Avata360.SRT": ("dji-srt", 5, 5, 0),
    "dji-srt/MAVIC3.srt": ("dji-srt", 12318, 12318, 0),
    "dji-srt/air2s.srt": ("dji-srt", 17, 17, 0),
    "dji-srt/broken_incomplete.SRT": ("dji-srt", 19, 19, 0),
    "dji-srt/excerpts/enterprise_gb_2024.srt": ("dji-srt", 2, 2, 0),
    "dji-srt/excerpts/m2e_dual_2022.srt": ("dji-srt", 1, 1, 0),
    "dji-srt/excerpts/m3t_thermal_2023.srt": ("dji-srt", 1, 1, 0),
    "dji-srt/excerpts/mini_2022_negative_abs_alt.srt": ("dji-srt", 1, 1, 0),
    "dji-srt/excerpts/rtk_fpry_gpry.srt": ("dji-srt", 1, 1, 0),
    "dji-srt/handmade/air3.SRT": ("dji-srt", 2, 2, 0),
    "dji-srt/handmade/avata2.SRT": ("dji-srt", 2, 2, 0),
    "dji-srt/handmade/mini4pro.SRT": ("dji-srt", 2, 2, 0),
    "dji-srt/m2zoom.SRT": ("dji-srt", 7113, 7113, 0),
    "dji-srt/mavic_2_style.SRT": ("dji-srt", 468, 468, 0),
    "dji-srt/mavic_air.SRT": ("dji-srt", 2, 0, 0),
    "dji-srt/mavic_air2.srt": ("dji-srt", 25, 25, 0),
    "dji-srt/mavic_mini.SRT": ("dji-srt", 117, 117, 0),
    "dji-srt/mavic_pro.SRT": ("dji-srt", 468, 468, 0),
    "dji-srt/neo2.SRT": ("dji-srt", 5, 5, 0),
    "dji-srt/neo2_nogps.SRT": ("dji-srt", 6, 3, 0),
    "dji-srt/old_format.SRT": ("dji-srt", 468, 468, 0),
    "dji-srt/p4_rtk.SRT": ("dji-srt", 55, 55, 0),
    "gpx-kml/airdata_air2s.gpx": ("gpx", 10817, 10817, 0),
    "gpx-kml/airdata_air2s.kml": ("kml", 2299, 2299, 0),
    "gpx-kml/google_earth_points.kml": ("kml", 0, 0, 33),
    "klv/DynamicOnlyMISMMSPacketData.bin": ("klv", 1, 1, 0),
    "live-mqtt/autel_evo_max_osd_events_merged.json": ("capture", 1, 1, 0),
    "live-mqtt/autel_snapshots.jsonl": ("capture", 70, 65, 0),
    "live-mqtt/dji_osd_capture_0.jsonl": ("capture", 1701, 1701, 0),
    "live-mqtt/dji_osd_capture_1.jsonl": ("capture", 1712, 1712, 0),
    "photos-xmp/DJI_XT2.jpg": ("photo", 1, 1, 0),
    "photos-xmp/H20N_DJI_0006_R.JPG": ("photo", 1, 1, 0),
    "photos-xmp/M30T_DJI_0001_R.JPG": ("photo", 1, 0, 0),
    "photos-xmp/M3TD_DJI_0001_R.JPG": ("photo", 1, 0, 0),
    "photos-xmp/M3T_DJI_0001_R.JPG": ("photo", 1, 0, 0),
    "photos-xmp/M4T_DJI_0001_R.JPG": ("photo", 1, 0, 0),
    "ulog/sample.ulg": ("ulog", 678, 0, 0),
    "ulog/sample_log_small.ulg": ("ulog", 32, 32, 0),
    "ulog/sample_px4_events.ulg": ("ulog", 583, 437, 0),
    "wpml/waygen_waylines.wpml": ("dji-wpml", 0, 0, 12),
}
"""Format, records, records with a position, waypoints of a plan."""
TRUNCATED = {"ardupilot/test.BIN", "dji-srt/broken_incomplete.SRT"}
REFUSED = {
    "MANIFEST.json": "not a flight log that Plumeline knows",
    "dji-srt/broken_empty.SRT": "the file is empty",
    "klv/DynamicConstantMISMMSPacketData.bin": "no usable MISB ST 0601 packet: packets with a",
    "live-mqtt/autel_evo_max_influx_dump.txt": "not a flight log that Plumeline knows",
    "wpml/waygen_template.kml": "a mission without waypoints: give Plumeline w",
}

if not SHARED.is_dir():
    pytest.skip("../shared/data is not on this machine", allow_module_level=True)
for extra in ("pyulog", "pymavlink", "av", "stanag4609"):
    pytest.importorskip(extra, reason="needs the extra `logs`")


def test_no_file_of_the_set_is_forgotten() -> None:
    files = {one.relative_to(SHARED).as_posix() for one in SHARED.rglob("*") if one.is_file()}
    assert files == READ.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", READ)
def test_a_real_file_is_read(name: str) -> None:
    told = look(SHARED / name, Options(), NANJING)
    assert (told.format, told.fixes, told.fixes_with_position, told.waypoints) == READ[name]
    assert told.status == ("truncated" if name in TRUNCATED else "complete")
    assert (told.first_position is None) == (told.fixes_with_position == 0)
    assert (0.0, 0.0) not in {told.first_position, told.last_position}
    if told.t_first is None:
        assert told.reason or told.waypoints, "it is said why it is in no track"


@pytest.mark.parametrize("name", REFUSED)
def test_a_real_file_that_cannot_be_read_is_refused_with_what_to_do(name: str) -> None:
    told = look(SHARED / name, Options(), NANJING)
    assert told.status == "refused" and told.reason is not None
    assert REFUSED[name] in told.reason
    assert "(" in told.reason or "give Plumeline" in told.reason, "what to do"
