"""What the record holds, read with sqlite3 alone: none of our own code judges itself here."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.delivery.journal import Journal, Name, sha256

KEPT = """SELECT device_id, boot_id, ?, seq, {table}.digest, {what}
          FROM {table} JOIN flight USING (flight_n) WHERE device_id NOT LIKE 'probe-%'"""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A journal held against a record; faults are to be 0."""

    offered: int
    receipted: int
    lost: int
    """Offered, acknowledged by the broker, and not in the record."""
    duplicates: int
    """Rows beyond the first with the same device, boot and sequence."""
    wrong: int
    """Kept with other contents than were offered, or never offered."""
    receipted_not_kept: int
    pictures_missing: int
    """Frames in the record whose file is not there, or not whole."""
    damage: int
    redelivered: int
    """Handled again by the recorder and absorbed."""

    @property
    def sound(self) -> bool:
        return not (self.faults or self.damage)

    @property
    def faults(self) -> int:
        return (
            self.lost
            + self.duplicates
            + self.wrong
            + self.receipted_not_kept
            + self.pictures_missing
        )


def judge(journal: Journal, folder: Path) -> Verdict:
    with closing(_open(folder)) as database:
        rows = Counter(name for name, _ in _rows(database))
        kept = dict(_rows(database))
        payloads = _raw_payloads(database)
        integrity = database.execute("PRAGMA integrity_check").fetchall()
        redelivered = _redelivered(database)
    mine = {name for name in journal.receipted if not name[0].startswith("probe-")}
    return Verdict(
        offered=len(journal.offered),
        receipted=len(mine),
        lost=len(journal.offered.keys() - kept.keys()),
        duplicates=rows.total() - len(rows),
        wrong=sum(
            not _is_same(name, digest, journal.offered.get(name), payloads)
            for name, digest in kept.items()
        ),
        receipted_not_kept=len(mine - kept.keys()),
        pictures_missing=sum(
            name[2] == "frame" and not _is_whole(folder, str(picture))
            for name, picture in kept.items()
        ),
        damage=integrity != [("ok",)],
        redelivered=redelivered,
    )


def count(folder: Path, table: str) -> int:
    """Different fixes or frames, those of probes left out."""
    query = (
        "SELECT count(*) FROM (SELECT DISTINCT flight_n, seq FROM "
        f"{table} JOIN flight USING (flight_n) WHERE device_id NOT LIKE 'probe-%')"
    )
    with closing(_open(folder)) as database:
        return int(database.execute(query).fetchone()[0])


def quarantine(folder: Path) -> list[tuple[str, str, bytes]]:
    """Topic, reason and payload of everything refused, in order."""
    with closing(_open(folder)) as database:
        rows = database.execute("SELECT topic, reason, payload FROM quarantine ORDER BY n")
        return list(rows)


def handled(folder: Path) -> int:
    """How far the counter is: every message that was handled moves it, redeliveries too."""
    with closing(_open(folder)) as database:
        return int(database.execute("SELECT value FROM counter").fetchone()[0])


def _is_whole(folder: Path, name: str) -> bool:
    file = folder / "blobs" / name[:2] / name
    return file.is_file() and sha256(file.read_bytes()) == name


def _open(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{folder / 'plumeline.db'}?mode=ro", uri=True, timeout=30)


def _rows(database: sqlite3.Connection) -> Iterator[tuple[Name, int | str]]:
    for kind, what in (("fix", "NULL"), ("frame", "sha256")):
        for *name, digest, picture in database.execute(KEPT.format(table=kind, what=what), [kind]):
            device, boot, kept_kind, seq = name
            yield (device, boot, kept_kind, seq), picture or digest


def _is_same(name: Name, kept: int | str, offered: str | None, payloads: dict[int, str]) -> bool:
    """A frame by the sha256 of its picture; a fix by the payload that has the row's digest."""
    if offered is None:
        return False
    return (kept if name[2] == "frame" else payloads.get(int(kept))) == offered


def _raw_payloads(database: sqlite3.Connection) -> dict[int, str]:
    """The sha256 of every payload in the raw batches, by the digest that rows carry."""
    found: dict[int, str] = {}
    for (body,) in database.execute("SELECT body FROM raw"):
        for _, _, payload in msgspec.msgpack.decode(zlib.decompress(body)):
            digest = hashlib.blake2b(payload, digest_size=8).digest()
            found[int.from_bytes(digest, "big", signed=True)] = sha256(payload)
    return found


def _redelivered(database: sqlite3.Connection) -> int:
    """At least this many: a batch of k fixes moves the counter by 1 + 3 k, and leaves a raw row
    only where one of them was new."""
    rows = sum(
        database.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("fix", "frame")
    )
    (value,) = database.execute("SELECT value FROM counter").fetchone()
    batches = list(database.execute("SELECT n, messages FROM raw ORDER BY n"))
    again = sum(messages for _, messages in batches) - rows
    ends = [*(n for n, _ in batches[1:]), value + 1]
    for (n, messages), end in zip(batches, ends, strict=True):
        again += max(0, end - n - 1 - 3 * messages) // 4
    return int(again)
