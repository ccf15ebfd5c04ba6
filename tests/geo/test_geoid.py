"""Mean sea level: NGA's published undulations, PROJ's reading of the same grid, and refusals."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from geo.errors import BadGrid, DatumRefused
from geo.geoid import Geoid, gtx, height_in, pose_in
from geo.pose import Datum, Pose
from plumeline.terrain_files import read_geoid

EGM96 = Path("/usr/share/proj/egm96_15.gtx")
needs_egm96 = pytest.mark.skipif(
    not EGM96.is_file(), reason="EGM96 is not here (Debian's proj-data)"
)  # fmt: skip
POSE = Pose(
    t_s=0.0, lat_deg=31.95, lon_deg=118.84, height_m=100.0, datum=Datum.MSL, yaw_deg=0.0,
    pitch_deg=-30.0,
)  # fmt: skip


def gtx_bytes(values: np.ndarray, south: float = 31.0, west: float = 118.0) -> bytes:
    header = struct.pack(">4d2i", south, west, 1.0, 1.0, *values.shape)
    return header + values.astype(">f4").tobytes()


SLOPE = gtx(gtx_bytes(np.array([[1.0, 2.0], [3.0, 8.0]])), "slope.gtx")
"""Undulations from the south-west: 1 and 2 m, then 3 and 8 m one degree further north."""


@pytest.mark.geoid
@needs_egm96
@pytest.mark.parametrize(
    ("lat", "lon", "undulation"),
    [
        (38.628155, 269.779155, -31.628),
        (-14.621217, 305.021114, -2.969),
        (46.874319, 102.448729, -43.575),
        (-23.617446, 133.874712, 15.871),
        (38.625473, 359.999500, 50.066),
        (-0.466744, 0.002300, 17.329),
    ],
)
def test_egm96_is_within_a_decimetre_of_nimas_test_points(
    lat: float, lon: float, undulation: float
) -> None:
    """OUTPUT.DAT beside NIMA's program F477, which works from the coefficients themselves."""
    assert float(read_geoid(EGM96).undulation_m(lat, lon)) == pytest.approx(undulation, abs=0.1)


@pytest.mark.geoid
@needs_egm96
def test_egm96_is_proj_s_reading_of_the_same_grid_all_round_the_world() -> None:
    pyproj = pytest.importorskip("pyproj")
    shift = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        f"+step +proj=vgridshift +grids={EGM96} +multiplier=1"
    )
    rng = np.random.default_rng(96)
    lat, lon = np.degrees(np.arcsin(rng.uniform(-1, 1, 500))), rng.uniform(-180, 180, 500)
    lat[:3], lon[:3] = (-17.0, 65.1, 0.0), (179.9, -179.99, 179.8)
    proj = shift.transform(lon, lat, np.zeros(500))[2]
    assert read_geoid(EGM96).undulation_m(lat, lon) == pytest.approx(proj, abs=1e-4)


def test_undulations_lie_where_the_grid_says() -> None:
    corners = SLOPE.undulation_m([31.0, 31.0, 32.0, 32.0], [118.0, 119.0, 118.0, 119.0])
    assert corners == pytest.approx([1.0, 2.0, 3.0, 8.0])
    assert np.isnan(SLOPE.undulation_m([30.9, 31.5], [118.5, 119.1])).all()


def test_a_void_is_unknown() -> None:
    holed = gtx(gtx_bytes(np.array([[1.0, -88.8888], [3.0, 8.0]])), "holed.gtx")
    assert np.isnan(holed.undulation_m(31.5, 118.5))


@pytest.mark.parametrize(
    "data",
    [b"", b"GTX", gtx_bytes(np.zeros((2, 2)))[:-1], gtx_bytes(np.zeros((1, 9))), b"\xff" * 56],
)
def test_what_is_no_grid_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(BadGrid, match=r"my\.gtx"):
        gtx(data, "my.gtx")


def test_the_ellipsoid_height_is_the_msl_height_and_the_undulation() -> None:
    lifted = pose_in(POSE, Datum.ELLIPSOID, SLOPE)
    undulation = float(SLOPE.undulation_m(POSE.lat_deg, POSE.lon_deg))
    assert (lifted.height_m, lifted.datum) == (100.0 + undulation, Datum.ELLIPSOID)
    assert undulation > 6
    assert pose_in(lifted, Datum.MSL, SLOPE).height_m == pytest.approx(100.0)


def test_the_same_datum_needs_no_grid() -> None:
    assert pose_in(POSE, Datum.MSL, None) == POSE


@pytest.mark.parametrize(
    ("start", "end", "geoid", "reason"),
    [
        (Datum.MSL, Datum.ELLIPSOID, None, "no geoid grid"),
        (Datum.ELLIPSOID, Datum.MSL, None, "no geoid grid"),
        (Datum.TAKEOFF, Datum.ELLIPSOID, SLOPE, "take-off point"),
        (Datum.MSL, Datum.TAKEOFF, SLOPE, "take-off point"),
    ],
)
def test_nothing_is_ever_converted_by_zero(
    start: Datum, end: Datum, geoid: Geoid | None, reason: str
) -> None:
    with pytest.raises(DatumRefused, match=f"{start} and from {end}: .*{reason}"):
        height_in(0.0, 31.5, 118.5, start=start, end=end, geoid=geoid)


def test_outside_the_grid_a_pose_is_refused() -> None:
    with pytest.raises(DatumRefused, match="outside the geoid grid"):
        pose_in(Pose(
            t_s=0.0, lat_deg=0.0, lon_deg=0.0, height_m=1.0, datum=Datum.MSL, yaw_deg=0.0,
            pitch_deg=0.0,
        ), Datum.ELLIPSOID, SLOPE)  # fmt: skip
