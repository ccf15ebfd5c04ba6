"""Where the drones are and what they took, on SQLite and on PostgreSQL."""

from __future__ import annotations

from ingest.records import Quality
from store.store import Store
from tests.records import LAT_DEG, T0_S, fix, frame
from tests.store.test_both_engines import store  # noqa: F401 - a fixture
from tests.store.test_uploads import brought, sent


def test_a_drone_is_where_it_last_said_and_not_where_a_file_or_a_bad_fix_says(
    store: Store,  # noqa: F811
) -> None:
    sent(store, fix(1.0), fix(2.0, lat_deg=LAT_DEG + 0.001), fix(1.5))
    sent(store, fix(3.0, lat_deg=0.0, lon_deg=0.0, quality=Quality.NO_FIX))
    sent(store, fix(2.0, device_id="nj-02"))
    brought(store, fix(9.0, lat_deg=LAT_DEG + 0.5))
    first, second = store.reader.drones()
    assert (first.device_id, second.device_id) == ("nj-01", "nj-02")
    assert (first.lat_deg, first.t_received_s) == (LAT_DEG + 0.001, T0_S + 2.05)
    assert (first.height_takeoff_m, first.yaw_deg) == (100.0, 0.0)


def test_a_device_that_never_had_a_position_is_nowhere(store: Store) -> None:  # noqa: F811
    sent(store, fix(1.0, quality=Quality.NO_FIX), frame(1.0))
    assert store.reader.drones() == []


def test_the_pictures_around_a_time_come_in_order_and_never_more_than_a_strip_holds(
    store: Store,  # noqa: F811
) -> None:
    sent(store, *(frame(float(i)) for i in range(130)), frame(5.0, device_id="nj-02"))
    few = store.reader.pictures("nj-01", T0_S + 3.0, T0_S + 6.0)
    assert [one.t_capture_s - T0_S for one in few] == [3.0, 4.0, 5.0, 6.0]
    assert few[0].sha256 == frame(3.0).sha256
    many = store.reader.pictures("nj-01", T0_S, T0_S + 129.0)
    assert len(many) == 44, "every third of 130"
    assert store.reader.pictures("nobody", T0_S, T0_S + 9.0) == []
