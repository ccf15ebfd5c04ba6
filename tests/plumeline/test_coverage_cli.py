"""The proof of looking as scripts and people ask for it: on recorded flights and on the record."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest

from alerts.look import Look, LookStatus
from geo.coverage import Coverage, Status
from geo.looking import Reason
from ingest.recorder import Arrival, Message
from ingest.records import Fix, Frame
from plumeline.config import Config, ConfigError, DataSection, StationSection
from plumeline.coverage import CoverageReport, NoSuchPatrol, coverage_of_flight, coverage_of_record
from plumeline.flights import load_flight, samples_folder
from store.analysis import RunKind
from store.store import open_store
from tests.records import LAT_DEG, LON_DEG, T0_S, fix, frame, key

PICTURE = cv2.imencode(".jpg", np.full((90, 160, 3), 90, np.uint8))[1].tobytes()


def plumeline(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "plumeline.cli", *arguments]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


def sample_report(name: str) -> CoverageReport:
    register = str(samples_folder() / "premises.geojson")
    return coverage_of_flight(load_flight(name), Config(station=StationSection(premises=register)))


def truth(name: str) -> Any:
    return json.loads((samples_folder() / name / "truth.json").read_text("utf-8"))


def test_scripts_get_one_object_with_every_premises(tmp_path: Path) -> None:
    said = plumeline("coverage", "roof_fire", "--json", cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    report = json.loads(said.stdout)
    assert len(report["premises"]) == 25
    assert report["pictures"] == report["usable"] + sum(report["unusable"].values())
    best = next(p for p in report["premises"] if p["premises_id"] == "P-016")["best"]
    folder = samples_folder() / "roof_fire" / "frames"
    files = {hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.jpg")}
    assert {proof["sha256"] for proof in best} <= files
    assert not list(tmp_path.iterdir()), "nothing is left behind"


def test_people_get_a_table_and_the_answer_no_is_exit_code_1(tmp_path: Path) -> None:
    said = plumeline("coverage", "chemical_store", cwd=tmp_path)
    assert said.returncode == 1, "nothing is covered"
    assert "28 of 28 pictures count" in said.stdout
    assert "P-007" in said.stdout
    assert "not observable" in said.stdout


@pytest.mark.parametrize("name", ["chemical_store", "roof_fire", "bad_data"])
def test_what_burns_was_seen_in_pictures_that_show_it(name: str) -> None:
    """By the renderer's own truth; and never from further than its camera was."""
    told = {one.premises_id: one for one in sample_report(name).premises}
    known = truth(name)
    seen_s = [f["t_capture_s"] for f in known["frames"] if f["visible_sources"]]
    for source in known["sources"]:
        found = told[source["premises_id"]]
        assert found.status is not Status.NOT_OBSERVABLE
        assert found.first_s is not None and found.last_s is not None
        assert min(seen_s) - 2 <= found.first_s <= found.last_s <= max(seen_s) + 2


def test_pictures_without_telemetry_and_frozen_ones_prove_nothing() -> None:
    """The gaps and the freeze are those the flight was spoilt with on purpose."""
    report = sample_report("bad_data")
    known = truth("bad_data")
    start_s, defects = known["t_start_s"], known["defects"]

    def within(low_s: float, high_s: float) -> list[float]:
        times = (f["t_capture_s"] - start_s for f in known["frames"])
        return [t for t in times if low_s <= t < high_s]

    gone = within(0, defects["no_fix_until_s"]) + within(*defects["gap_s"])
    frozen = within(*defects["frozen_s"])
    assert report.unusable[Reason.NO_TELEMETRY] == pytest.approx(len(gone), abs=2)
    assert report.unusable[Reason.FROZEN] == pytest.approx(len(frozen) - 1, abs=1)
    for one in report.premises:
        for proof in one.best:
            assert not defects["gap_s"][0] < proof.t_s - start_s < defects["gap_s"][1]


# The station's record: a hover 100 m up, looking north and 45 degrees down at one plot.


def picture(t_s: float, jpeg: bytes = PICTURE, **changed: Any) -> Frame:
    whole = jpeg + repr(t_s).encode() + b"\xff\xd9" if jpeg is PICTURE else jpeg
    return frame(
        t_s,
        jpeg=whole,
        sha256=hashlib.sha256(whole).hexdigest(),
        size_bytes=len(whole),
        **changed,
    )


def station(tmp_path: Path) -> Config:
    east, north = 10 / 94_600, 10 / 110_900
    lat, lon = LAT_DEG + 75 / 110_900, LON_DEG
    ring = [(lon + x * east, lat + y * north) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    plot = {
        "type": "Feature",
        "properties": {"premises_id": "P-1", "name": "plot"},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }
    register = tmp_path / "register.geojson"
    register.write_bytes(msgspec.json.encode({"type": "FeatureCollection", "features": [plot]}))
    return Config(
        station=StationSection(premises=str(register)),
        data=DataSection(folder=str(tmp_path / "record")),
    )


def keep(config: Config, *records: Fix | Frame) -> None:
    store = open_store(Path(config.data.folder))
    message = Message(topic="t", payload=b"", t_received_s=records[0].t_received_s)
    store.shelf.put([Arrival(message=message, records=records)])
    store.close()


def hover(seconds: int) -> list[Fix | Frame]:
    return [one for i in range(seconds) for one in (fix(i), picture(i + 0.25), fix(i + 0.5))]


def judged(config: Config, status: Callable[[int], LookStatus]) -> None:
    """What the live analysis made of each picture, by its place."""
    store = open_store(Path(config.data.folder))
    run = store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live")
    arrived = [(n, one) for n, one in store.analysis.records(0) if isinstance(one, Frame)]
    looks = [
        Look(frame_n=n, key=one.key, t_capture_s=one.t_capture_s, status=status(i))
        for i, (n, one) in enumerate(arrived)
    ]
    store.analysis.append(run, looks, [], arrived[-1][0], 0.0)
    store.close()


def plot(config: Config, name: str = "nj-01") -> Coverage:
    (found,) = coverage_of_record(name, config).premises
    return found


@pytest.mark.parametrize("name", ["nj-01", "nj-01.b1"])
def test_a_device_or_a_flight_of_the_record_can_be_asked_for(name: str, tmp_path: Path) -> None:
    config = station(tmp_path)
    keep(config, *hover(6))
    report = coverage_of_record(name, config)
    assert (report.device_id, report.flight_id, report.usable) == ("nj-01", "nj-01.b1", 6)
    assert report.premises[0].status is Status.COVERED
    assert report.premises[0].dwell_s == pytest.approx(5.0)
    assert report.premises[0].first_s == pytest.approx(T0_S + 0.25)


def test_of_a_device_it_is_the_newest_flight(tmp_path: Path) -> None:
    config = station(tmp_path)
    keep(config, *hover(6))
    keep(config, *(fix(100 + i, key=key(i, boot_id="b2")) for i in range(3)))
    report = coverage_of_record("nj-01", config)
    assert (report.flight_id, report.pictures) == ("nj-01.b2", 0)
    assert report.premises[0].reason is Reason.NO_TELEMETRY


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (LookStatus.NOTHING, None),
        (LookStatus.SEEN, None),
        (LookStatus.SKIPPED, Reason.NOT_JUDGED),
        (LookStatus.FROZEN, Reason.FROZEN),
        (LookStatus.UNREADABLE, Reason.UNREADABLE),
    ],
)
def test_the_analysis_decides_which_pictures_count(
    status: LookStatus, reason: Reason | None, tmp_path: Path
) -> None:
    config = station(tmp_path)
    keep(config, *hover(6))
    judged(config, lambda _: status)
    found = plot(config)
    assert found.reason is reason
    assert found.status is (Status.NOT_OBSERVABLE if reason else Status.COVERED)


def test_without_an_analysis_the_pictures_are_tried(tmp_path: Path) -> None:
    config = station(tmp_path)
    records = [one for one in hover(6) if isinstance(one, Fix)]
    broken = [picture(i + 0.25, b"\xff\xd8\xff no picture %d" % i) for i in range(3)]
    same = [picture(i + 0.25, PICTURE[:-2] + b"\xff\xd9 ") for i in range(3, 6)]
    keep(config, *records, *broken, *same)
    report = coverage_of_record("nj-01", config)
    assert report.unusable == {Reason.FROZEN: 2, Reason.UNREADABLE: 3}
    assert report.premises[0].status is Status.PARTLY, "one picture is no time"


def test_a_telemetry_gap_is_not_bridged(tmp_path: Path) -> None:
    """The analysis interpolates up to 3 s between fixes; a proof does up to 2.5 s."""
    config = station(tmp_path)
    fixes = [fix(t) for t in (0, 1, 3.75, 4.75)]
    keep(config, *fixes, *(picture(t) for t in (0.5, 1.5, 2.5, 3.75, 4.5)))
    report = coverage_of_record("nj-01", config)
    assert report.unusable == {Reason.NO_TELEMETRY: 2}
    assert report.premises[0].dwell_s == pytest.approx(0.75)
    seqs = [one.key.seq for one in (picture(t) for t in (0.5, 3.75, 4.5))]
    assert report.premises[0].frames == ((seqs[0], seqs[0]), (seqs[1], seqs[2]))


def test_telemetry_every_two_seconds_more_or_less_is_no_gap(tmp_path: Path) -> None:
    """As DJI sends it: OSD at 0.5 Hz, now and then a tenth late."""
    config = station(tmp_path)
    times_s = [0.0, 2.1, 4.0, 6.15, 8.05, 10.0]
    keep(config, *map(fix, times_s), *(picture(t) for t in (0.5, 2.6, 4.4, 6.5, 8.6)))
    report = coverage_of_record("nj-01", config)
    assert (report.pictures, report.unusable) == (5, {})
    assert report.premises[0].dwell_s == pytest.approx(8.1)


def test_unknown_names_and_a_missing_register_are_said(tmp_path: Path) -> None:
    config = station(tmp_path)
    keep(config, *hover(2))
    with pytest.raises(NoSuchPatrol, match=r"'nobody' in the record; its last: nj-01\.b1"):
        coverage_of_record("nobody", config)
    with pytest.raises(ConfigError, match="premises is not set"):
        coverage_of_record("nj-01", Config(data=config.data))
    said = plumeline("coverage", "nobody", cwd=tmp_path)
    assert said.returncode == 2
    assert "Traceback" not in said.stderr
