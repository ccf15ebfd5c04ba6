"""``plumeline export`` over the record and over the sample flights."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gpxpy
import numpy as np
import pytest

from alerts.events import Event, Kind
from alerts.export.content import content_of
from alerts.export.terms import Crs
from ingest.recorder import Recorder
from ingest.wire.table import Decoders
from plumeline.config import Config, DataSection
from plumeline.coverage import NoSuchPatrol
from plumeline.export import (
    WRITERS,
    CannotWrite,
    Format,
    Material,
    file_name,
    of_flight,
    of_patrol,
    of_record,
    write_file,
)
from plumeline.flights import load_flight, sample_names, samples_folder
from plumeline.replay import Span
from store.analysis import RunKind
from store.store import open_store
from tests.alerts.export_scene import POINT, incident
from tests.plumeline.upload_scene import flown as flown_log
from tests.plumeline.upload_scene import station as uploading
from tests.records import T0_S

NAMES = sample_names()
POINTS = {
    Format.GPX: rb"<trkpt ",
    Format.KML: rb"<gx:coord>",
    Format.GEOJSON: rb'"points":(\d+)',
    Format.CZML: rb'"points":\{"number":(\d+)\}',
}
"""How a format's positions are counted without its reader."""


def truth(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((samples_folder() / name / "truth.json").read_text("utf-8"))
    return read


@pytest.fixture(scope="module")
def flown() -> dict[str, Material]:
    return {name: of_flight(load_flight(name), Config(), Span()) for name in NAMES}


@pytest.mark.parametrize("format_", list(Format))
@pytest.mark.parametrize("name", NAMES)
def test_a_sample_flight_has_as_many_points_as_fixes_with_a_position(
    name: str, format_: Format, flown: dict[str, Material], tmp_path: Path
) -> None:
    material = flown[name]
    content = content_of(name, material.fixes, material.incidents)
    file = tmp_path / "track"
    if format_ is Format.GEOPARQUET:
        parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra `geoparquet`")
        write_file(file, WRITERS[format_](content), force=False)
        points = parquet.read_table(file)["kind"].to_pylist().count("fix")
    else:
        write_file(file, WRITERS[format_](content), force=False)
        found = re.findall(POINTS[format_], file.read_bytes())
        points = sum(int(number) if number.isdigit() else 1 for number in found)
    assert points == truth(name)["counts"]["fix_with_position"]
    assert len(content.spots) == bool(truth(name)["sources"]), "one place, one incident"


def test_the_gap_of_the_bad_flight_stays_a_gap(flown: dict[str, Material]) -> None:
    segments = content_of("", flown["bad_data"].fixes, ()).segments
    start_s, (gap_from_s, gap_to_s) = (
        truth("bad_data")["t_start_s"],
        truth("bad_data")["defects"]["gap_s"],
    )
    for segment in segments:
        inside = [
            fix
            for fix in segment.fixes
            if gap_from_s + 0.2 < fix.t_device_s - start_s < gap_to_s - 0.2
        ]
        assert not inside
    assert len(segments) == 2


@pytest.fixture
def station(tmp_path: Path) -> Config:
    """A record with one sample flight and one live incident of another device."""
    folder = tmp_path / "data"
    store = open_store(folder)
    Recorder(store.shelf, Decoders()).take(list(load_flight("chemical_store").messages()))
    run = store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="n")
    evidence = incident("inc-1", point=POINT).best
    event = Event(key="e", incident_id="inc-1", kind=Kind.RAISED, t_s=0.0, evidence=evidence)
    store.analysis.append(run, [], [event], 1, 0.0)
    store.close()
    return Config(data=DataSection(folder=str(folder)))


def test_the_record_is_exported_by_device_and_time_received(station: Config) -> None:
    whole = of_record(station, Span())
    wanted = truth("chemical_store")["counts"]["fix_with_position"]
    assert (len(whole.fixes), len(whole.incidents)) == (wanted, 1)
    middle_s = whole.fixes[wanted // 2].t_received_s
    part = of_record(station, Span(t0_s=middle_s))
    assert {f.key for f in part.fixes} == {f.key for f in whole.fixes if f.t_received_s >= middle_s}
    assert not part.incidents, "it was seen long before"
    own = of_record(station, Span(device_id="nj-demo-01"))
    assert (len(own.fixes), len(own.incidents)) == (wanted, 0)
    assert not of_record(station, Span(device_id="nobody")).fixes


def export(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "plumeline.cli", "export", *arguments]
    root = Path(__file__).parents[2]
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_command_writes_a_stretch_of_the_record(station: Config, tmp_path: Path) -> None:
    first_s = of_record(station, Span()).fixes[0].t_received_s
    until = datetime.fromtimestamp(int(first_s) + 10, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    options: tuple[str, ...] = ("--format", "gpx", "--data", station.data.folder)
    options += ("--out", str(tmp_path / "track.gpx"))
    said = export(*options, "--until", until, "--crs", "gcj02")
    assert said.returncode == 0, said.stderr
    file = tmp_path / "track.gcj02.gpx"
    read = gpxpy.parse(file.read_text("utf-8"))
    assert read.get_track_points_no() == len(of_record(station, Span(t1_s=int(first_s) + 10)).fixes)
    assert re.search(r"GCJ-02, are in .*track\.gcj02\.gpx", said.stderr)
    again = export(*options, "--crs", "gcj02")
    assert again.returncode == 2
    assert "track.gcj02.gpx: is there already; --force" in again.stderr


@pytest.mark.parametrize(
    ("what", "file", "code", "reason"),
    [
        (("gpx", "wgs84"), "t.gpx", 1, "Nothing to export"),
        (("gpx", "wgs84"), "no/t.gpx", 2, "no/t.gpx: there is no such folder"),
        (("kml", "wgs84"), "t.gcj02.kml", 2, "its name says GCJ-02"),
        (("geoparquet", "gcj02"), "t.parquet", 2, "geoparquet: cannot carry GCJ-02"),
    ],
)
def test_what_cannot_be_exported_leaves_no_file_and_a_reason(
    what: tuple[str, str], file: str, code: int, reason: str, tmp_path: Path
) -> None:
    out, data = str(tmp_path / file), str(tmp_path / "data")
    said = export("--format", what[0], "--crs", what[1], "--out", out, "--data", data)
    assert said.returncode == code
    assert reason in said.stderr
    assert "Traceback" not in said.stderr
    assert not list(tmp_path.rglob("*t.*"))


@pytest.mark.parametrize(
    ("name", "crs", "file"),
    [
        ("a.kml", Crs.WGS84, "a.kml"),
        ("a.kml", Crs.GCJ02, "a.gcj02.kml"),
        ("a.gcj02.kml", Crs.GCJ02, "a.gcj02.kml"),
        ("a.GCJ02.kml", Crs.GCJ02, "a.GCJ02.kml"),
        ("a", Crs.GCJ02, "a.gcj02"),
    ],
)
def test_a_name_says_gcj02(name: str, crs: Crs, file: str) -> None:
    assert file_name(Path(name), crs) == Path(file)


def broken() -> Iterator[bytes]:
    yield b"half"
    raise OSError(28, "No space left on device")


def test_a_failed_export_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "track.gpx"
    file.write_text("old")
    with pytest.raises(CannotWrite, match=r"track\.gpx: No space left on device"):
        write_file(file, broken(), force=True)
    with pytest.raises(CannotWrite, match="is there already"):
        write_file(file, [b"new"], force=False)
    assert file.read_text() == "old"
    write_file(file, [b"new"], force=True)
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def test_an_uploaded_flight_is_exported_with_what_its_pictures_raised(tmp_path: Path) -> None:
    """Flown in May, brought in September, and brought again with 25 s more at the end: the second
    file tells only those. The mutant: an export of nothing but what was sent."""
    with uploading(tmp_path) as desk:
        taken = desk.uploads().take(desk.file(flown_log(pictures=6)))
        desk.uploads().take(desk.file(flown_log(45.0, step_s=0.25), "longer.log"))
    config = Config(data=DataSection(folder=str(tmp_path / "record")))
    name = str(taken.flight_id)
    one = of_patrol(config, name, Span())
    times_s = [fix.t_device_s for fix in one.fixes]
    assert len(taken.incidents) == 1
    assert [incident.incident_id for incident in one.incidents] == list(taken.incidents)
    assert times_s == [T0_S + t for t in np.arange(0, 19.5, 0.5)] + [
        T0_S + t for t in np.arange(19.5, 45.0, 0.25)
    ]
    assert of_record(config, Span()) == one
    assert of_record(config, Span(t0_s=T0_S - 9, t1_s=T0_S + 60)) == one, "by when it was flown"
    assert not of_record(config, Span(t0_s=T0_S + 60)).fixes
    assert not of_record(config, Span(t0_s=T0_S + 60)).incidents
    with pytest.raises(NoSuchPatrol, match=rf"'nj-99'.*{re.escape(name)}"):
        of_patrol(config, "nj-99", Span())
    said = export("--format", "gpx", "--flight", name, "--data", config.data.folder,
        "--out", str(tmp_path / "t.gpx"))  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert gpxpy.parse((tmp_path / "t.gpx").read_text("utf-8")).get_track_points_no() == len(
        times_s
    )
