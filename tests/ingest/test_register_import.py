"""``plumeline premises import``: asked, not guessed; refused, not repaired; caught, not written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from typer.testing import CliRunner, Result

from geo.crs import GCJ02, WGS84, parse_crs
from geo.errors import BadPremises, UnknownCrs
from geo.gcj02 import gcj02_from_wgs84
from geo.premises import read_geojson
from plumeline.cli import app
from plumeline.flights import samples_folder
from plumeline.register import import_register

SAMPLES = samples_folder() / "premises.geojson"
"""The district that the sample flights fly over, WGS84."""
CROSSED = {
    "type": "Polygon",
    "coordinates": [[[118, 31], [118.1, 31.1], [118.1, 31], [118, 31.1], [118, 31]]],
}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in ("premises", "import", *arguments)])


def collection(folder: Path, *features: Any, crs: str | None = None) -> Path:
    body: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if crs is not None:
        body["crs"] = {"type": "name", "properties": {"name": crs}}
    path = folder / "town.geojson"
    path.write_text(json.dumps(body), "utf-8")
    return path


def feature(number: int, geometry: Any, **properties: Any) -> dict[str, Any]:
    said = {"id": f"P{number}", "name": f"yard {number}"} | properties
    return {"type": "Feature", "properties": said, "geometry": geometry}


def point(x: float, y: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [x, y]}


def shifted(folder: Path) -> Path:
    """The sample district in GCJ-02, declared to be WGS84: the trap."""

    def gcj02(lonlat: Any) -> Any:
        return np.stack(gcj02_from_wgs84(lonlat[:, 1], lonlat[:, 0])[::-1], axis=-1)

    body = json.loads(SAMPLES.read_text("utf-8"))
    for one in body["features"]:
        shape = shapely.transform(shapely.from_geojson(json.dumps(one["geometry"])), gcj02)
        one["geometry"] = json.loads(shapely.to_geojson(shape))
    path = folder / "trap.geojson"
    path.write_text(json.dumps(body), "utf-8")
    return path


def test_a_file_that_names_no_system_needs_one(tmp_path: Path) -> None:
    path = collection(tmp_path, feature(1, point(118.8, 31.9)))
    with pytest.raises(BadPremises, match="--crs"):
        import_register(path)
    assert import_register(path, WGS84).report.placed == 1


def test_a_declared_system_is_used_and_a_contradiction_is_an_error(tmp_path: Path) -> None:
    path = collection(tmp_path, feature(1, point(386543.0, 3535000.0)), crs="EPSG:4549")
    assert import_register(path).report.crs == "EPSG:4549"
    assert import_register(path, parse_crs("gk3:40")).report.declared == "EPSG:4549"
    with pytest.raises(BadPremises, match="declares EPSG:4549, not gk3:39"):
        import_register(path, parse_crs("gk3:39"))
    assert import_register(path, parse_crs("gk3:39"), override=True).report.crs == "gk3:39"


def test_a_declared_system_that_is_not_known_is_refused_by_name(tmp_path: Path) -> None:
    path = collection(tmp_path, feature(1, point(386543.0, 3535000.0)), crs="EPSG:2437")
    for crs in (None, WGS84):
        with pytest.raises(BadPremises, match="EPSG:2437"):
            import_register(path, crs)


@pytest.mark.parametrize(
    ("crs", "place", "reason"),
    [
        ("wgs84", (386543.0, 3535000.0), "is not a longitude and latitude"),
        ("wgs84", (31.9, 118.8), "is not a longitude and latitude"),
        ("gk3:40", (118.8, -31.9), "is not in gk3:40"),
        ("gk3:40", (39386543.0, 3535000.0), "39386543.0, 3535000.0 is not in gk3:40"),
        ("EPSG:4549", (40386543.0, 3535000.0), "is not in EPSG:4549"),
        ("gk3:40", (3535000.0, 386543.0), "is not in gk3:40"),
    ],
)
def test_coordinates_of_another_system_are_refused(
    crs: str, place: tuple[float, float], reason: str, tmp_path: Path
) -> None:
    path = collection(tmp_path, feature(1, point(*place)))
    (refusal,) = import_register(path, parse_crs(crs)).report.refused
    assert (refusal.feature, refusal.name) == (0, "yard 1")
    assert reason in refusal.reason


def test_what_is_wrong_is_refused_alone_and_the_rest_is_written(tmp_path: Path) -> None:
    path = collection(
        tmp_path,
        feature(1, CROSSED),
        feature(2, point(118.8, 31.9), risk="high"),
        feature(3, point(118.8, 31.9)),
        feature(3, point(118.9, 31.9)),
        feature(4, None, address="路4号"),
        feature(5, point(118.8, 31.9), name=None),
        7,
    )
    target = tmp_path / "out.geojson"
    said = run(path, "--crs", "wgs84", "--out", target, "--json")
    report = json.loads(said.stdout)
    assert said.exit_code == 1
    assert [(one["feature"], one["reason"].split("[")[0]) for one in report["refused"]] == [
        (0, "Self-intersection"),
        (1, "risk 'high' is not an integer"),
        (3, "premises_id 'P3' is given twice"),
        (5, "has no name"),
        (6, "not a GeoJSON Feature"),
    ]
    assert report["unplaced"] == [{"premises_id": "P4", "name": "yard 4", "address": "路4号"}]
    (one,) = read_geojson(target.read_text("utf-8"), "out")
    assert one.premises_id == "P3"


def test_the_register_written_is_read_again_as_it_is_with_its_origin(tmp_path: Path) -> None:
    path = collection(
        tmp_path,
        feature(1, point(386543.0, 3535000.0), kind="仓库", risk=2, address="路1号", height_m=9),
        feature(2, None),
    )
    target = tmp_path / "out.geojson"
    assert run(path, "--crs", "gk3:40", "--out", target).exit_code == 0
    first = import_register(path, parse_crs("gk3:40")).premises
    again = import_register(target)
    assert again.premises == first
    assert read_geojson(target.read_text("utf-8"), "out") == first[:1]
    origins = [one["properties"] for one in json.loads(target.read_text("utf-8"))["features"]]
    assert {(one["source"], one["source_crs"]) for one in origins} == {("town.geojson", "gk3:40")}


def test_names_stand_for_ids_where_a_register_has_none(tmp_path: Path) -> None:
    path = collection(tmp_path, feature(1, point(118.8, 31.9), id=None))
    register = import_register(path, WGS84)
    assert register.premises[0].premises_id == "yard 1"
    assert any("no ids" in note for note in register.report.notes)


def test_a_gcj02_file_called_wgs84_is_caught_measured_and_not_written(tmp_path: Path) -> None:
    target = tmp_path / "out.geojson"
    arguments = (shifted(tmp_path), "--crs", "wgs84", "--compare", SAMPLES, "--out", target)
    said = run(*arguments, "--json")
    report = json.loads(said.stdout)
    shift = report["comparisons"][0]["shift"]
    assert said.exit_code == 1
    assert report["mislabelled"] and shift["meant"] == "gcj02"
    assert np.hypot(shift["east_m"], shift["north_m"]) == pytest.approx(540, abs=20)
    assert not target.exists()
    assert "look like gcj02, not wgs84" in run(*arguments).stdout
    assert run(*arguments, "--override").exit_code == 1
    assert target.exists()


def test_read_as_what_it_is_the_same_file_agrees(tmp_path: Path) -> None:
    register = import_register(shifted(tmp_path), GCJ02, compare=[str(SAMPLES)], override=True)
    (against,) = register.report.comparisons
    assert against.says.startswith("agrees: 0.0 m east and 0.0 m north")
    for one, other in zip(
        register.premises, read_geojson(SAMPLES.read_text("utf-8"), "a"), strict=True
    ):
        assert shapely.hausdorff_distance(one.geometry, other.geometry) < 1e-8


def test_home_points_of_flights_tell_where_nothing_else_can(tmp_path: Path) -> None:
    """Three stations whose drones start on their own roofs, in a register shifted by GCJ-02."""
    homes = [(118.70, 31.90), (118.80, 31.95), (118.90, 32.00)]
    flight = tmp_path / "patrol"
    flight.mkdir()
    lines = [
        {
            "t_s": float(number),
            "topic": f"uav/dock-{number}/home",
            "payload": {"t_device_s": 1.7e9, "lat_deg": lat, "lon_deg": lon},
        }
        for number, (lon, lat) in enumerate(homes)
    ]
    (flight / "flight.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    stations = [gcj02_from_wgs84(lat, lon) for lon, lat in homes]
    path = collection(
        tmp_path, *(feature(n, point(float(lo), float(la))) for n, (la, lo) in enumerate(stations))
    )
    (against,) = import_register(path, WGS84, compare=[str(flight)]).report.comparisons
    assert (against.shift.matched, against.shift.meant) == (3, "gcj02")
    assert import_register(path, GCJ02, compare=[str(flight)]).report.mislabelled is False


def test_where_nothing_was_compared_the_report_says_what_that_means(tmp_path: Path) -> None:
    path = collection(tmp_path, feature(1, point(118.8, 31.9)))
    said = run(path, "--crs", "wgs84", "--dry-run")
    assert said.exit_code == 0
    assert "would go unnoticed" in said.stdout
    assert "written to: nothing" in said.stdout
    assert not (tmp_path / "premises.geojson").exists()


def test_a_register_cannot_be_compared_with_one_in_an_unknown_system(tmp_path: Path) -> None:
    path = collection(tmp_path, feature(1, point(118.8, 31.9)))
    known = tmp_path / "known.csv"
    known.write_text("id,name,lon,lat\nP1,yard 1,118.8,31.9\n", "utf-8")
    with pytest.raises(BadPremises, match=r"known\.csv: names no coordinate system"):
        import_register(path, WGS84, compare=[str(known)])


def test_a_name_of_a_system_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    path = collection(tmp_path)
    assert isinstance(run(path, "--crs", "utm50").exception, UnknownCrs)
