"""Planned routes as GeoJSON, KML and DJI's WPML, and how a flight kept to one."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest
from pyproj import Geod

from geo.planned import Waypoint
from plumeline.config import ConfigError
from plumeline.flights import samples_folder
from plumeline.plan import read_plan

LINE = '{"type":"LineString","coordinates":[[118.84,31.95,120],[118.85,31.95,120]]}'
FEATURE = f'{{"type":"Feature","properties":{{}},"geometry":{LINE}}}'
POINT = '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2]}}'
KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
KML_LINE = (
    "<LineString><coordinates>\n118.84,31.95,120 118.85,31.95,120\n</coordinates></LineString>"
)
WPML = "".join(
    f"<Placemark><Point><coordinates>{lon},31.95</coordinates></Point>"
    f"<wpml:index xmlns:wpml='http://www.dji.com/wpmz/1.0.2'>{i}</wpml:index></Placemark>"
    for i, lon in enumerate((118.84, 118.85))
)


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        FEATURE,
        f'{{"type":"FeatureCollection","features":[{POINT},{FEATURE}]}}',
        "\ufeff" + KML.format(f"<Placemark>{KML_LINE}</Placemark>"),
        KML.format(WPML),
    ],
    ids=["line", "feature", "collection", "KML", "WPML"],
)
def test_a_route_is_read_whatever_it_is_written_in(text: str, tmp_path: Path) -> None:
    file = tmp_path / "route"
    file.write_text(text, "utf-8")
    assert read_plan(file) == (
        Waypoint(lat_deg=31.95, lon_deg=118.84),
        Waypoint(lat_deg=31.95, lon_deg=118.85),
    )


def test_the_route_of_a_kmz_is_that_of_its_mission(tmp_path: Path) -> None:
    """As DJI's planners write it: a template without waypoints, and what is flown."""
    file = tmp_path / "mission.kmz"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("wpmz/template.kml", KML.format(""))
        packed.writestr("wpmz/waylines.wpml", KML.format(WPML))
    assert [place.lon_deg for place in read_plan(file)] == [118.84, 118.85]
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("readme.txt", "")
    with pytest.raises(ConfigError, match="a zip without"):
        read_plan(file)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a planned route"),
        ("{", "not a planned route"),
        ("<kml>", "not a planned route"),
        (POINT, "0 lines where there should be one"),
        (f'{{"type":"FeatureCollection","features":[{FEATURE},{FEATURE}]}}', "2 lines"),
        (KML.format(""), "a route of 0 points has no leg"),
        (KML.format(KML_LINE.replace("118.84", "x")), "not a planned route"),
        (LINE.replace("118.84,31.95", "31.95,118.84"), "not on Earth"),
        ('<!DOCTYPE kml [<!ENTITY a "b">]>' + KML.format(WPML), "not a planned route"),
    ],
)
def test_what_is_no_route_is_refused_by_name(text: str, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "route.json"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=reason) as caught:
        read_plan(file)
    assert str(file) in str(caught.value)


def coverage(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "plumeline.cli", "coverage", "chemical_store", *arguments]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_command_holds_a_flight_against_its_plan(tmp_path: Path) -> None:
    """Of a route over every tenth fix and a leg far away, that leg alone is skipped."""
    lines = (samples_folder() / "chemical_store" / "flight.jsonl").read_text("utf-8").splitlines()
    told = (json.loads(line).get("payload") or {} for line in lines)
    fixes = [(one["lon_deg"], one["lat_deg"]) for one in told if "gimbal" in str(one)][::10]
    route = [*fixes, (fixes[-1][0], fixes[-1][1] + 0.02)]
    file = tmp_path / "route.geojson"
    file.write_text(json.dumps({"type": "LineString", "coordinates": route}), "utf-8")
    said = coverage("--plan", str(file), "--json", cwd=tmp_path)
    plan = json.loads(said.stdout)["plan"]
    assert [leg["skipped"] for leg in plan["legs"]] == [False] * (len(route) - 2) + [True]
    metres = [Geod(ellps="WGS84").inv(*a, *b)[2] for a, b in pairwise(route)]
    assert [leg["length_m"] for leg in plan["legs"]] == pytest.approx(metres, abs=0.01)
    assert plan["max_m"] < 5.0 and plan["outside_s"] == 0.0
    table = coverage("--plan", str(file), cwd=tmp_path).stdout
    assert f"skipped legs {len(route) - 1};" in table


def test_what_counts_as_covered_can_be_set(tmp_path: Path) -> None:
    strict = coverage("--json", cwd=tmp_path)
    options = ("--max-gsd-m", "1", "--covered-share", "0.3", "--dwell-s", "0.5")
    options += ("--max-range-m", "500", "--min-depression-deg", "3", "--max-gap-s", "2.5")
    loose = coverage("--json", *options, cwd=tmp_path)
    assert (strict.returncode, loose.returncode) == (1, 0)
    limits = json.loads(loose.stdout)["limits"]
    assert (limits["max_gsd_m"], limits["covered_share"], limits["max_gap_s"]) == (1.0, 0.3, 2.5)
