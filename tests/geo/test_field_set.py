"""Clicks on surveyed cones in 49 pictures of a Skydio X2: what the model is worth outdoors.

The clicks do not say which cone was meant, so the error is that to the nearest one: biased low.
Four clicks of one picture carry a yaw that disagrees with the picture's others; the bar of
5.3 and 9.1 m is met by the 207 consistent ones with the height in the file for each click, and by
all 211 once that is taken for what it is, the ground under OpenAthena's point. The calibration is
for all 211. OpenAthena's own answers to the same clicks stand beside.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.camera import Camera
from geo.covariance import ground_covariance
from geo.ellipse import mahalanobis2, scale
from geo.geodesy import distance_m, east_north
from geo.pose import Datum, PoseSigmas
from geo.raster import Grid
from geo.rays import Hits, Views, cut, directions
from geo.terrain import FlatTerrain, RasterTerrain

FILE = (
    Path(__file__).parents[2].parent
    / "shared" / "data" / "geo" / "oa_accuracy" / "thunderstorm_dev.csv"
)  # fmt: skip
RIM_DEG = 1e-3
VIEW_FIELDS = ("drone_lat", "drone_lon", "drone_hae_m", "cam_yaw_deg", "cam_pitch_deg")


class Clicks:
    """The file's columns, its rays and where they meet the ground."""

    def __init__(self) -> None:
        with FILE.open() as lines:
            self.rows = list(csv.DictReader(lines))
        optics = {key: float(self.rows[0][key]) for key in ("fx_px", "fy_px", "cx_px", "cy_px")}
        self.camera = Camera(width_px=4056, height_px=3040, **optics)
        lat, lon, height, yaw, pitch = (self.column(key) for key in VIEW_FIELDS)
        self.views = Views(
            lat_deg=lat, lon_deg=lon, height_m=height, yaw_deg=yaw, pitch_deg=pitch,
            roll_deg=self.column("cam_roll_deg"),
        )  # fmt: skip
        self.rays = directions(self.camera, self.views, self.column("u_px"), self.column("v_px"))
        self.hits: Hits = cut(self.views, self.rays, self.column("ground_hae_m"))
        cones = {
            (float(row["nearest_gcp_lat"]), float(row["nearest_gcp_lon"])) for row in self.rows
        }
        self.cones = np.array(sorted(cones)).T
        distances = self._to_cones(self.hits.lat_deg, self.hits.lon_deg)
        nearest = distances.argmin(axis=1)
        self.error_m = distances.min(axis=1)
        self.cone = tuple(self.cones[:, nearest])

    def _to_cones(self, lat_deg: np.ndarray, lon_deg: np.ndarray) -> np.ndarray:
        return distance_m(lat_deg[:, None], lon_deg[:, None], *self.cones)

    def nearest_cone_m(self, lat_deg: np.ndarray, lon_deg: np.ndarray) -> np.ndarray:
        return self._to_cones(lat_deg, lon_deg).min(axis=1)

    def column(self, key: str) -> np.ndarray:
        return np.array([float(row[key]) for row in self.rows])


@pytest.fixture(scope="module")
def clicks() -> Clicks:
    if not FILE.exists():
        pytest.skip("needs the shared field set")
    return Clicks()


@pytest.mark.parametrize(
    ("of", "count", "ours", "openathenas"),
    [("consistent", 207, (5.3, 9.1), (7.6, 16.1)), ("all", 211, (5.4, 9.3), (7.7, 16.6))],
)
def test_half_and_nine_in_ten_of_the_clicks_fall_closer_than_openathenas_own_answers(
    clicks: Clicks, of: str, count: int, ours: tuple[float, float], openathenas: tuple[float, float]
) -> None:
    chosen = np.array([of == "all" or row["yaw_consistent"] == "True" for row in clicks.rows])
    assert chosen.sum() == count
    assert np.all(np.percentile(clicks.error_m[chosen], [50, 90]) <= ours)
    theirs = clicks.nearest_cone_m(clicks.column("oa_lat"), clicks.column("oa_lon"))
    assert np.all(np.percentile(theirs[chosen], [50, 90]) >= openathenas)


def test_on_the_sites_relief_every_click_counts_and_the_bar_is_met(clicks: Clicks) -> None:
    """The heights in the file are the ground's where OpenAthena's rays meet it, ours meet it some
    metres beside. Between these 211 heights the ground is taken as triangles; no cone is asked."""
    hits = relief(clicks).meet(clicks.views, clicks.rays)
    error_m = clicks.nearest_cone_m(hits.lat_deg, hits.lon_deg)
    assert len(error_m) == 211
    assert np.all(np.percentile(error_m, [50, 90]) <= [5.3, 9.1])
    consistent = np.array([row["yaw_consistent"] == "True" for row in clicks.rows])
    assert np.all(np.percentile(error_m[consistent], [50, 90]) <= [5.2, 8.5])


def relief(clicks: Clicks) -> RasterTerrain:
    """A grid of 3 m through the triangles between the file's heights, level beyond them."""
    lat, lon = clicks.column("oa_lat"), clicks.column("oa_lon")
    places, heights = np.stack([lon, lat], axis=-1), clicks.column("ground_hae_m")
    lats = np.append(lat, clicks.views.lat_deg)
    lons = np.append(lon, clicks.views.lon_deg)
    step_deg = 0.1 / 3600
    north, west = lats.max() + RIM_DEG, lons.min() - RIM_DEG
    rows = int((north + RIM_DEG - lats.min()) / step_deg)
    columns = int((lons.max() + RIM_DEG - west) / step_deg)
    x, y = np.meshgrid(west + step_deg * np.arange(columns), north - step_deg * np.arange(rows))
    nodes = np.stack([x.ravel(), y.ravel()], axis=-1)
    shape = np.array([np.cos(np.radians(lat.mean())), 1.0])
    nearest = np.argmin(np.sum(((nodes[:, None] - places) * shape) ** 2, axis=-1), axis=1)
    values = heights[nearest]
    known = {tuple(place): height for place, height in zip(places, heights, strict=True)}
    corners = [
        shapely.get_coordinates(triangle)[:3]
        for triangle in shapely.get_parts(shapely.delaunay_triangles(shapely.MultiPoint(places)))
    ]
    tree = shapely.STRtree([shapely.Polygon(triangle) for triangle in corners])
    for node, triangle in tree.query(shapely.points(nodes), predicate="intersects").T:
        square = np.vstack([corners[triangle].T, np.ones(3)])
        weights = np.linalg.solve(square, [*nodes[node], 1.0])
        values[node] = weights @ [known[tuple(corner)] for corner in corners[triangle]]
    grid = Grid(
        values=values.reshape(rows, columns).astype(np.float32),
        north_deg=north, west_deg=west, lat_step_deg=step_deg, lon_step_deg=step_deg,
    )  # fmt: skip
    return RasterTerrain(grid=grid, datum=Datum.ELLIPSOID)


def test_every_click_lands_where_the_reference_model_put_it(clicks: Clicks) -> None:
    assert clicks.error_m == pytest.approx(clicks.column("our_err_m"), abs=0.03)


@pytest.mark.parametrize(("probability", "least", "most"), [(0.95, 0.90, 0.99), (0.5, 0.45, 0.65)])
def test_default_sigmas_promise_what_the_cones_show(
    clicks: Clicks, probability: float, least: float, most: float
) -> None:
    covariance = ground_covariance(
        camera=clicks.camera, views=clicks.views, rays=clicks.rays, hits=clicks.hits,
        sigmas=PoseSigmas(), sigma_px=8.0, terrain_sigma_m=FlatTerrain().sigma_m,
    )  # fmt: skip
    away = east_north(*clicks.cone, clicks.hits.lat_deg, clicks.hits.lon_deg)
    distance2 = mahalanobis2(*away, covariance.ee_m2, covariance.en_m2, covariance.nn_m2)
    assert least <= np.mean(distance2 <= scale(probability) ** 2) <= most
