"""One batch, one transaction, each record once; nothing half done, nothing started over damage."""

from __future__ import annotations

import random
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from alerts.look import Look, LookStatus
from ingest.errors import ShelfUnavailable
from ingest.recorder import Arrival, Message, Stored
from ingest.records import Fix, Frame, Key, Note
from store.analysis import RunKind
from store.blobs import Blobs
from store.engine import migrate, open_engine, sqlite_url
from store.errors import DamagedStore, MissingBlob, NewerStore
from store.shelf import SqlShelf
from store.store import Store, open_store
from tests.records import T0_S, fix, frame, home


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "record")
    yield opened
    opened.close()


def arrival(record: Fix | Frame | Note, payload: bytes | None = None) -> Arrival:
    body = payload or (b"PLF1head" + record.jpeg if isinstance(record, Frame) else b"{}")
    message = Message(topic="uav/nj-01/fix", payload=body, t_received_s=T0_S)
    return Arrival(message=message, records=(record,))


def put(store: Store, *records: Fix | Frame) -> Stored:
    return store.shelf.put([arrival(record) for record in records])


def count(store: Store, table: str) -> int:
    with store.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_what_was_stored_comes_back_in_order_and_whole(store: Store) -> None:
    records = [fix(0.0), frame(0.25), fix(0.5)]
    put(store, *records)
    came = [record for _, record in store.analysis.records(0)]
    assert came == [replace(r, jpeg=b"") if isinstance(r, Frame) else r for r in records]
    assert store.analysis.jpeg(records[1].sha256) == records[1].jpeg  # type: ignore[union-attr]


def test_redelivery_changes_nothing_and_is_receipted_again(store: Store) -> None:
    put(store, fix(0.0), fix(0.5))
    again = put(store, fix(0.0), fix(0.5), fix(1.0))
    assert (again.new, again.redelivered) == (1, 2)
    assert len(again.keys) == 3
    assert count(store, "fix") == 3


def test_a_message_twice_in_one_batch_is_stored_once(store: Store) -> None:
    stored = put(store, fix(0.0), fix(0.0))
    assert (stored.new, stored.redelivered) == (1, 1)


def test_one_key_with_other_contents_goes_to_quarantine_and_is_shown(store: Store) -> None:
    put(store, fix(0.0))
    other = arrival(fix(0.0, digest=99, lat_deg=10.0), b'{"another": "drone"}')
    stored = store.shelf.put([other])
    assert (stored.new, stored.quarantined, stored.keys) == (0, 1, ())
    (kept,) = store.reader.quarantine(10)
    assert kept.reason.startswith("clash: nj-01.b1 already has another fix")
    assert store.reader.status().devices[0].clash


def test_two_boots_at_once_are_shown_as_two_devices_with_one_id(store: Store) -> None:
    for i in range(4):
        boot = f"b{i % 2}"
        put(store, fix(float(i), key=Key(device_id="nj-01", boot_id=boot, seq=i)))
    assert store.reader.status().devices[0].clash


def test_a_frozen_feed_is_told_until_something_new_comes(store: Store) -> None:
    frames = [frame(float(i)) for i in range(6)]
    put(store, *frames)
    numbers = [n for n, _ in store.analysis.records(0)]
    run = store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live")

    def judged(status: LookStatus, *which: int) -> bool:
        looks = [
            Look(
                frame_n=numbers[i],
                key=frames[i].key,
                t_capture_s=frames[i].t_capture_s,
                status=status,
            )
            for i in which
        ]
        store.analysis.append(run, looks, [], 0, T0_S)
        return store.reader.status().devices[0].frozen

    assert not judged(LookStatus.NOTHING, 0)
    assert not judged(LookStatus.FROZEN, 1, 2)
    assert judged(LookStatus.FROZEN, 3)
    assert not judged(LookStatus.SEEN, 4)


def test_a_reboot_is_not_a_clash(store: Store) -> None:
    for i in range(6):
        boot = f"b{i // 3}"
        put(store, fix(float(i), key=Key(device_id="nj-01", boot_id=boot, seq=i)))
    assert not store.reader.status().devices[0].clash


def test_what_cannot_be_understood_is_kept_whole_with_its_reason(store: Store) -> None:
    message = Message(topic="uav/x/fix", payload=b"\x00not json\xff", t_received_s=T0_S)
    for _ in range(2):
        store.shelf.put([Arrival(message=message, fault="not JSON")])
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT reason, payload FROM quarantine")).all()
    assert [tuple(row) for row in rows] == [("not JSON", message.payload)], "once, not twice"


def test_raw_payloads_are_kept_compressed_without_the_pictures(store: Store) -> None:
    picture = frame(0.5)
    store.shelf.put([arrival(fix(0.0), b'{"raw": 1}'), arrival(picture)])
    with store.engine.connect() as connection:
        body = connection.execute(text("SELECT body FROM raw")).scalar_one()
    kept = msgspec.msgpack.decode(zlib.decompress(body))
    assert [payload for _, _, payload in kept] == [b'{"raw": 1}', b"PLF1head"]


def test_a_batch_that_fails_leaves_nothing(store: Store) -> None:
    bad = arrival(fix(1.0, t_device_s=None))
    with pytest.raises(Exception, match="NOT NULL"):
        store.shelf.put([arrival(fix(0.0)), bad])
    assert (count(store, "fix"), count(store, "raw"), count(store, "flight")) == (0, 0, 0)


def test_a_full_disk_is_told_as_one_that_may_be_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(_self: Blobs, _blobs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Blobs, "put", no_space)
    with pytest.raises(ShelfUnavailable, match="No space left"):
        put(store, frame(0.0))
    monkeypatch.undo()
    assert put(store, frame(0.0)).new == 1


def test_numbers_never_go_back(store: Store) -> None:
    rng = random.Random(1)
    last = 0
    for i in range(20):
        stored = put(store, *(fix(i + j / 100) for j in range(rng.randint(1, 5))))
        numbers = [n for n, _ in store.analysis.records(last)]
        assert numbers == sorted(numbers)
        assert all(last < n <= stored.last_n for n in numbers)
        last = stored.last_n


def test_home_points_come_with_the_stream(store: Store) -> None:
    point = home()
    message = Message(topic="uav/nj-01/home", payload=b"{}", t_received_s=T0_S)
    store.shelf.put([Arrival(message=message, records=(point,))])
    assert [record for _, record in store.analysis.records(0)] == [point]


def test_a_large_stream_is_read_in_pieces_without_a_gap(store: Store) -> None:
    put(store, *(fix(i / 10) for i in range(120)), *(frame(i + 0.05) for i in range(12)))
    seen: list[int] = []
    while page := store.analysis.records(seen[-1] if seen else 0, limit=10):
        seen += [n for n, _ in page]
    assert len(seen) == len(set(seen)) == 132
    assert seen == sorted(seen)


def test_blobs_are_never_found_half_written_or_changed(tmp_path: Path) -> None:
    blobs, picture = Blobs(tmp_path), frame(0.0)
    blobs.put([(picture.sha256, picture.jpeg)])
    assert not list(tmp_path.rglob("*.tmp"))
    blobs.path(picture.sha256).write_bytes(picture.jpeg + b"!")
    with pytest.raises(MissingBlob, match="have been changed"):
        blobs.get(picture.sha256)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63])
def test_only_a_hash_names_a_blob(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a sha256"):
        Blobs(tmp_path).path(name)


def test_a_commit_survives_a_power_cut(store: Store) -> None:
    with store.engine.connect() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2, "FULL"
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"


def _damage(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[4096 : 4096 + 200] = b"\xff" * 200
    file.write_bytes(data)


def test_a_damaged_record_is_refused_left_as_it_is_and_the_way_out_told(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    put(store, *(fix(i / 10) for i in range(500)))
    store.close()
    file = tmp_path / "plumeline.db"
    _damage(file)
    before = file.read_bytes()
    with pytest.raises(DamagedStore, match="copy the newest backup"):
        open_store(tmp_path)
    assert file.read_bytes() == before


def test_something_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plumeline.db").write_bytes(b"this is not a database, but somebody's file" * 100)
    with pytest.raises(DamagedStore, match="not a database"):
        open_store(tmp_path)


def test_a_record_of_a_later_version_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with sqlite3.connect(tmp_path / "plumeline.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(NewerStore, match="9999"):
        open_store(tmp_path)


def test_migrating_twice_does_nothing_the_second_time(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    migrate(engine)
    engine.dispose()


def test_a_shelf_on_the_same_record_knows_the_flights_of_another(store: Store) -> None:
    put(store, fix(0.0))
    SqlShelf(store.engine, store.blobs).put([arrival(fix(1.0))])
    assert count(store, "flight") == 1
