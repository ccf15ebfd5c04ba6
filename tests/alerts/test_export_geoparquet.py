"""GeoParquet as pyarrow and shapely read it."""

from __future__ import annotations

import json
import sys
from io import BytesIO
from typing import Any

import pytest
import shapely

from alerts.export import geoparquet
from alerts.export.errors import CannotSay, MissingExtra
from alerts.export.terms import Crs
from alerts.export.track import segments_of
from tests.alerts.export_scene import EVIL, MAPPABLE, content, file_of, fixes

GEOMETRY_TYPES = {"Point", "LineString", "Polygon", "MultiPolygon"}


@pytest.fixture(scope="module")
def table() -> Any:
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra `geoparquet`")
    return parquet.read_table(BytesIO(file_of(geoparquet.write(content()))))


def test_the_metadata_are_those_of_geoparquet(table: Any) -> None:
    geo = json.loads(table.schema.metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["primary_column"] == "geometry"
    assert geo["columns"]["geometry"]["geometry_types"] == ["Point"]
    for name, column in geo["columns"].items():
        assert str(table.schema.field(name).type) == "binary"
        assert column["encoding"] == "WKB"
        assert set(column["geometry_types"]) <= GEOMETRY_TYPES
        assert len(column["bbox"]) == 4
        assert "crs" not in column, "absent means OGC:CRS84"


def test_every_fix_is_a_row(table: Any) -> None:
    rows = [row for row in table.to_pylist() if row["kind"] == "fix"]
    flown = [fix for segment in segments_of(fixes()) for fix in segment.fixes]
    assert len(rows) == MAPPABLE
    for row, fix in zip(rows, flown, strict=True):
        point = shapely.from_wkb(row["geometry"])
        assert (point.x, point.y) == (fix.lon_deg, fix.lat_deg)
        assert row["time"].timestamp() == pytest.approx(fix.t_device_s, abs=1e-6)
        assert row["height_msl_m"] == fix.height_msl_m
        assert row["height_ellipsoid_m"] == fix.height_ellipsoid_m
        assert row["height_takeoff_m"] == fix.height_takeoff_m


def test_incidents_are_rows_with_an_outline(table: Any) -> None:
    point, sector, lost = (row for row in table.to_pylist() if row["kind"] == "incident")
    assert shapely.from_wkb(point["outline"]).contains(shapely.from_wkb(point["geometry"]))
    assert json.loads(point["premises"])[0]["name"] == EVIL
    assert sector["geometry"] is None and sector["outline"] is not None
    assert lost["geometry"] is None and lost["outline"] is None


def test_gcj02_is_refused_with_the_reason() -> None:
    with pytest.raises(CannotSay, match="GCJ-02: its crs field"):
        file_of(geoparquet.write(content(Crs.GCJ02)))


def test_a_missing_extra_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtra, match=r"pip install 'plumeline\[geoparquet\]'"):
        geoparquet.check(Crs.WGS84)
