"""The ledger's verdict on one flight: right while nothing was touched, and says what was."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ingest.recorder import Recorder
from ingest.wire.table import Decoders
from plumeline.flights import load_flight
from store.evidence import UnknownFlight
from store.verify_flight import FlightVerdict
from tests.plumeline.bundle_scene import Scene, flown
from tests.plumeline.replay_scene import database, verdict_of

OTHER_DEVICE = "look_alikes"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One flight judged, handled and signed; then another one, which no checkpoint stands for."""
    with flown(tmp_path_factory.mktemp("record")) as scene:
        scene.notary.sign()
        Recorder(scene.store.shelf, Decoders()).take(list(load_flight(OTHER_DEVICE).messages()))
        scene.store.engine.dispose()
        yield scene


@pytest.fixture
def scene(made: Scene, tmp_path: Path) -> Iterator[Scene]:
    """The same record before every test, whatever the one before did to it."""
    kept = tmp_path / "kept.db"
    with closing(sqlite3.connect(database(made))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(database(made), kept)
    yield made
    made.store.engine.dispose()
    for tail in ("-wal", "-shm"):
        database(made).with_name(f"plumeline.db{tail}").unlink(missing_ok=True)
    shutil.copy(kept, database(made))


def verdict(scene: Scene) -> FlightVerdict:
    return verdict_of(scene, scene.flight.name, [scene.incident.name])


def change(scene: Scene, sql: str) -> None:
    with closing(sqlite3.connect(database(scene))) as connection, connection:
        assert connection.execute(sql).rowcount > 0


def test_an_untouched_flight_is_what_was_recorded_and_a_checkpoint_stands_for_it(
    scene: Scene,
) -> None:
    found = verdict(scene)
    assert found.ok and found.findings == ()
    with closing(sqlite3.connect(database(scene))) as connection:
        pictures = connection.execute("SELECT count(DISTINCT sha256) FROM frame").fetchone()[0]
        batches = connection.execute("SELECT count(*) FROM raw").fetchone()[0]
        events = connection.execute("SELECT count(*) FROM event").fetchone()[0]
    assert 0 < found.pictures < pictures, "its own"
    assert 0 < found.batches < batches, "its own"
    assert found.events == events
    assert found.signed_s is not None


SABOTAGE: dict[str, tuple[str, str]] = {
    "a position moved": (
        "UPDATE fix SET lat_deg = lat_deg + 1e-5 WHERE n ="
        " (SELECT n FROM fix WHERE flight_n = 1 AND lat_deg IS NOT NULL LIMIT 1 OFFSET 40)",
        "fixes, frames or notes were changed",
    ),
    "a frame taken away": (
        "DELETE FROM frame WHERE n = (SELECT n FROM frame WHERE flight_n = 1 LIMIT 1 OFFSET 3)",
        "fixes, frames or notes were changed",
    ),
    "a message rewritten": (
        "UPDATE raw SET body = x'00' WHERE n = (SELECT raw_n FROM fix WHERE flight_n = 1 LIMIT 1)",
        "messages were changed",
    ),
    "an event changed": (
        "UPDATE event SET body_json = replace(body_json, 'smoke', 'fire') WHERE n ="
        " (SELECT min(n) FROM event WHERE body_json LIKE '%smoke%')",
        "was changed",
    ),
    "an entry rewritten": (
        "UPDATE ledger SET actor = 'somebody' WHERE n = (SELECT min(n) FROM event)",
        "was changed, or the one before it",
    ),
    "a batch without its entry": (
        "DELETE FROM ledger WHERE n = (SELECT max(raw_n) FROM fix WHERE flight_n = 1)",
        "is not in the ledger",
    ),
}


@pytest.mark.parametrize("name", SABOTAGE)
def test_whoever_changes_it_is_found_out(scene: Scene, name: str) -> None:
    sql, words = SABOTAGE[name]
    change(scene, sql)
    found = verdict(scene)
    assert not found.ok
    assert any(words in finding.where for finding in found.findings), found.findings


def rewrite(blob: Path) -> None:
    blob.write_bytes(b"another picture")


@pytest.mark.parametrize("harm", [Path.unlink, rewrite], ids=["gone", "rewritten"])
def test_a_picture_that_is_gone_or_another_is_found_out(
    scene: Scene, harm: Callable[[Path], None], tmp_path: Path
) -> None:
    blob = scene.store.blobs.path(scene.case.frames[0].sha256)
    shutil.copy(blob, tmp_path / "blob")
    harm(blob)
    found = verdict(scene)
    shutil.copy(tmp_path / "blob", blob)
    assert not found.ok
    assert blob.name.partition(".")[0] in found.findings[0].where


def test_a_picture_deleted_on_purpose_is_no_finding(scene: Scene, tmp_path: Path) -> None:
    sha256 = scene.case.frames[0].sha256
    blob = scene.store.blobs.path(sha256)
    shutil.copy(blob, tmp_path / "blob")
    blob.unlink()
    scene.store.ledger.say(
        t_s=scene.clock(), actor="plumeline", verb="purge", subject="pictures",
        body=f'{{"blobs":["{sha256}"]}}',
    )  # fmt: skip
    found = verdict(scene)
    shutil.copy(tmp_path / "blob", blob)
    assert found.ok and found.purged == 1


def test_a_chain_forged_whole_is_not_what_was_signed(scene: Scene) -> None:
    """Every entry from the change on rehashed, as somebody would who can write the database."""
    from store.chain import Entry, link

    with closing(sqlite3.connect(database(scene))) as connection, connection:
        rows = connection.execute("SELECT i, n, t_us, actor, verb, subject, body, hash FROM ledger"
                                  " ORDER BY i").fetchall()  # fmt: skip
        before = bytes(32)
        for i, n, t_us, actor, verb, subject, body, _ in rows:
            said = "intruder" if i == 2 else actor
            entry = Entry(i=i, n=n, t_us=t_us, actor=said, verb=verb, subject=subject, body=body,
                          hash=b"")  # fmt: skip
            before = link(before, entry.text)
            connection.execute("UPDATE ledger SET actor = ?, hash = ? WHERE i = ?",
                               (said, before, i))  # fmt: skip
    found = verdict(scene)
    assert [finding.what for finding in found.findings] == ["checkpoint"]


def test_what_no_checkpoint_stands_for_is_said_to_have_none(scene: Scene) -> None:
    with closing(sqlite3.connect(database(scene))) as connection:
        other = connection.execute(
            "SELECT device_id || '.' || boot_id FROM flight ORDER BY flight_n DESC LIMIT 1"
        ).fetchone()[0]
    found = verdict_of(scene, other)
    assert found.ok and found.signed_s is None


def test_no_flight_no_verdict(scene: Scene) -> None:
    with pytest.raises(UnknownFlight):
        verdict_of(scene, "no-such.flight")
