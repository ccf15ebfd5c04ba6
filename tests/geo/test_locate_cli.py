"""``plumeline locate`` as a script meets it: lines in, places or reasons out."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymap3d.los import lookAtSpheroid
from typer.testing import CliRunner

from geo.ellipse import circle_m
from geo.errors import BadGrid
from geo.geodesy import distance_m
from geo.ground import GroundPoint
from plumeline.cli import app

LINE: dict[str, Any] = {
    "lat_deg": 31.95, "lon_deg": 118.84, "height_m": 120.0, "height_datum": "ellipsoid",
    "yaw_deg": 30.0, "pitch_deg": -40.0, "roll_deg": 0.0,
    "camera": {"width_px": 1920, "height_px": 1080, "fx_px": 1500.0, "fy_px": 1500.0,
        "cx_px": 960.0, "cy_px": 540.0, "distortion": [0.0, 0.0, 0.0, 0.0, 0.0]},
    "pixel": [960.0, 540.0], "terrain": {"ellipsoid_height_m": 0.0}, "sigmas": {},
}  # fmt: skip
EGM96 = Path("/usr/share/proj/egm96_15.gtx")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(*lines: Any, options: tuple[str, ...] = ()) -> list[Any]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    said = CliRunner().invoke(app, ["locate", *options], input=text)
    answers = [json.loads(line) for line in said.stdout.splitlines()]
    found = any("refused" not in answer for answer in answers)
    assert said.exit_code == (0 if found else 1), said.output
    return answers


def hill(folder: Path) -> str:
    """An HGT tile around the drone, 10 m high with one void: it needs no rasterio."""
    heights = np.full((1201, 1201), 10, ">i2")
    heights[:30, :] = -32768
    (folder / "N31E118.hgt").write_bytes(heights.tobytes())
    return "N31E118.hgt"


def test_the_axis_lands_where_pymap3d_says() -> None:
    (answer,) = asked(LINE)
    lat, lon, _ = lookAtSpheroid(31.95, 118.84, 120.0, 30.0, 50.0)
    assert float(distance_m(answer["lat_deg"], answer["lon_deg"], lat, lon)) < 1e-3
    assert answer["height_m"] == 0.0
    assert answer["method"] == "flat"
    (ee, en), (ne, nn) = answer["cov_en_m2"]
    assert en == ne
    assert ee * nn > en**2
    assert 1.96 * math.sqrt(max(ee, nn)) < answer["ce95_m"] < 2.45 * math.sqrt(ee + nn)
    assert set(answer) == {"lat_deg", "lon_deg", "height_m", "cov_en_m2", "ce95_m", "method"}


def test_each_line_has_its_own_answer_in_order(folder: Path) -> None:
    level, dem = LINE | {"pitch_deg": 5.0}, {"dem": hill(folder), "datum": "ellipsoid"}
    no, low, blank, high, bad = "{", LINE, "", LINE | {"terrain": dem}, LINE | {"yaw": 3}
    answers = asked(no, low, blank, high, level, bad)
    assert [answer.get("method") for answer in answers] == [None, "flat", "terrain", None, None]
    assert answers[2]["height_m"] == pytest.approx(10.0)
    assert answers[3] == {"refused": "foot at or above the horizon"}
    assert "yaw" in answers[4]["refused"]


def test_the_sigmas_given_replace_the_defaults() -> None:
    zero = dict.fromkeys(
        ("height_m", "yaw_deg", "pitch_deg", "roll_deg", "pixel_px", "terrain_m"), 0.0
    )
    (answer,) = asked(LINE | {"sigmas": zero | {"horizontal_m": 1.5}})
    assert answer["cov_en_m2"] == [[pytest.approx(2.25), pytest.approx(0, abs=1e-4)],
        [pytest.approx(0, abs=1e-4), pytest.approx(2.25)]]  # fmt: skip
    assert answer["ce95_m"] == pytest.approx(1.5 * 2.4477, abs=1e-3)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"height_datum": "msl"}, "heights from msl and from ellipsoid: no geoid grid is given"),
        ({"height_datum": "takeoff"}, "heights from takeoff and from ellipsoid"),
        ({"height_datum": "egm2008"}, "egm2008"),
        ({"height_datum": ""}, "Invalid enum value ''"),
        ({"pitch_deg": 0.0}, "foot at or above the horizon"),
        ({"pitch_deg": -1.0}, "foot too near the horizon for its uncertainty"),
        ({"height_m": -1.0}, "drone at or below the terrain"),
        ({"lat_deg": 91.0}, "position is not on Earth"),
        ({"terrain": {"dem": "N31E118.hgt"}}, "what its heights are measured from"),
        ({"terrain": {"dem": "N31E118.hgt", "datum": "local"}}, "local"),
        ({"terrain": {"dem": "N31E118.hgt", "datum": "msl"}}, "no geoid grid is given"),
        ({"terrain": {"dem": "none.hgt", "datum": "ellipsoid"}}, "none.hgt"),
        ({"terrain": {}}, "give either ellipsoid_height_m, or dem and datum"),
        ({"pixel": [960.0]}, "Expected `array` of length 2"),
        ({"pixel": [960.0, 1080.5]}, "pixel 960, 1080.5 is outside of the picture of 1920 x 1080"),
        ({"pixel": [-0.5, 540.0]}, "outside of the picture"),
    ],
)
def test_no_honest_place_is_refused_with_the_reason(
    folder: Path, changes: Any, reason: str
) -> None:
    hill(folder)
    (answer,) = asked(LINE | changes)
    assert list(answer) == ["refused"]
    assert reason in answer["refused"]


@pytest.mark.parametrize(
    ("lat", "reason"),
    [(32.3, "no terrain under the drone"), (31.97, "no terrain where the foot is")],
)
def test_off_the_elevation_model_is_refused(folder: Path, lat: float, reason: str) -> None:
    dem = {"dem": hill(folder), "datum": "ellipsoid"}
    there = {"lat_deg": lat, "yaw_deg": 0.0, "pitch_deg": -6.0, "height_m": 900.0, "terrain": dem}
    assert asked(LINE | there) == [{"refused": reason}]


def test_a_pixel_where_the_lens_shows_nothing_is_refused() -> None:
    camera = LINE["camera"] | {"distortion": [-2.0, 0.0, 0.0, 0.0, 0.0]}
    (answer,) = asked(LINE | {"camera": camera, "pixel": [10.0, 540.0]})
    assert answer == {"refused": "foot is where the lens shows nothing"}


@pytest.mark.geoid
@pytest.mark.skipif(not EGM96.is_file(), reason="EGM96 is not here (Debian's proj-data)")
def test_with_a_geoid_grid_sea_level_and_ellipsoid_meet() -> None:
    """At Urumqi the geoid is 64 m below the ellipsoid: 184 m above the sea is 120 m above that."""
    urumqi = LINE | {"lat_deg": 43.8, "lon_deg": 87.6}
    msl, ellipsoid = asked(
        urumqi | {"height_datum": "msl", "height_m": 184.0}, urumqi,
        options=("--geoid", str(EGM96)),
    )  # fmt: skip
    apart = distance_m(msl["lat_deg"], msl["lon_deg"], ellipsoid["lat_deg"], ellipsoid["lon_deg"])
    assert float(apart) < 1.5
    assert msl["height_m"] == pytest.approx(64.0, abs=1.0)


def test_a_geoid_that_is_not_there_ends_it_by_name() -> None:
    said = CliRunner().invoke(app, ["locate", "--geoid", "no.gtx"], input="")
    assert isinstance(said.exception, BadGrid)
    assert "no.gtx" in str(said.exception)


@pytest.mark.parametrize(("ee", "en", "nn"), [(9, 0, 9), (100, 30, 25), (900, 299, 100)])
def test_the_circle_holds_95_percent_of_drawn_places(ee: float, en: float, nn: float) -> None:
    point = GroundPoint(
        lat_deg=0, lon_deg=0, range_m=1, cov_ee_m2=ee, cov_en_m2=en, cov_nn_m2=nn
    )  # fmt: skip
    drawn = np.random.default_rng(5).multivariate_normal([0, 0], [[ee, en], [en, nn]], 400_000)
    share = np.mean(np.hypot(*drawn.T) < circle_m(point, 0.95))
    assert share == pytest.approx(0.95, abs=0.0015)
