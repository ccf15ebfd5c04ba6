"""Whether the record still is what was recorded: what is wrong, where, and since when.

The chain is held against itself, its length and hashes against the signed checkpoints, and what is
stored against the digests in the chain (`store.contents`). Nothing is changed by looking.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from store.blobs import Blobs
from store.casework_check import wrong_work
from store.chain import Entry, breaks
from store.checkpoint import Checkpoint
from store.contents import Look, wrong_blobs, wrong_events, wrong_rows
from store.contents_made import wrong_made
from store.dropped import DROPPED
from store.engine import reading
from store.ledger import SqlLedger
from store.mistyped import mistyped

VERIFIED = "verified"
"""The verb of an entry that says: up to here all was well."""
PURGED = "purge"
"""The verb of an entry that names the blobs which were deleted on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it was."""

    what: str
    where: str
    since: str | None
    """It was still right at this time (ISO 8601, UTC); None where nothing tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a verification found."""

    ok: bool
    entries: int
    """Of the ledger."""
    events: int
    checkpoints: int
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Chain:
    """What one pass over the chain leaves behind."""

    looks: dict[int, Look] = field(default_factory=dict)
    """By number: what an entry says of the rows that are stored under it."""
    hashes: dict[int, bytes] = field(default_factory=dict)
    """At the checkpoints."""
    t_us: list[int] = field(default_factory=list)
    """Of the entries, in order."""
    first_i: int = 1
    verified: list[tuple[int, int]] = field(default_factory=list)
    """Up to which place all was well, and when (microseconds) that was said."""
    purged: set[str] = field(default_factory=set)
    last_i: int = 0

    def since(self, i: int) -> str | None:
        """When entry ``i`` was last known to be right: when it was written, or verified since."""
        known = [t_us for upto_i, t_us in self.verified if upto_i >= i]
        place = i - self.first_i
        if 0 <= place < len(self.t_us):
            known.append(self.t_us[place])
        return _time(max(known)) if known else None


def verify(
    engine: Engine,
    blobs: Blobs,
    checkpoints: Sequence[Checkpoint],
    *,
    trusted_key: str | None = None,
    quick: bool = False,
    on_progress: Callable[[int], None] = lambda done: None,
) -> Verdict:
    """Look at everything, or with ``quick`` at the ledger, its checkpoints and the events alone.

    ``trusted_key`` is the public key that checkpoints must be signed by, in hexadecimal.
    """
    chain = _Chain()
    entries = _remembered(SqlLedger(engine).entries(), chain, checkpoints, on_progress)
    findings: list[Finding] = []
    events = 0
    with reading(engine) as connection:
        try:
            findings += [
                Finding(what="ledger", where=one.reason, since=chain.since(one.i))
                for one in list(breaks(entries))
            ]
            findings += _against(chain, checkpoints, trusted_key)
            events, wrong = wrong_events(connection)
            if not quick:
                wrong += wrong_rows(connection, chain.looks)
                wrong += wrong_made(connection)
                wrong += wrong_work(connection, blobs, chain.purged)
                wrong += wrong_blobs(connection, blobs, chain.purged)
        except (TypeError, ValueError, AttributeError, LookupError):
            wrong = list(mistyped(connection))  # such values cannot be read, only named
            if not wrong:
                raise
    findings += [
        Finding(what=one.what, where=one.where, since=chain.since(one.i) if one.i else None)
        for one in wrong
    ]
    return Verdict(
        ok=not findings,
        entries=chain.last_i,
        events=events,
        checkpoints=len(checkpoints),
        findings=tuple(findings),
    )


def _remembered(
    entries: Iterable[Entry],
    chain: _Chain,
    checkpoints: Sequence[Checkpoint],
    on_progress: Callable[[int], None],
) -> Iterator[Entry]:
    wanted = {one.i for one in checkpoints}
    for entry in entries:
        if not chain.t_us:
            chain.first_i = entry.i
        chain.t_us.append(entry.t_us)
        chain.last_i = entry.i
        if entry.i in wanted:
            chain.hashes[entry.i] = entry.hash
        _remember(entry, chain)
        if entry.i % 10_000 == 0:
            on_progress(entry.i)
        yield entry


def _remember(entry: Entry, chain: _Chain) -> None:
    match entry.verb:
        case verb if verb == VERIFIED:
            chain.verified.append((int(_said(entry, "i", 0)), entry.t_us))
        case verb if verb in {PURGED, DROPPED}:
            chain.purged.update(_said(entry, "blobs", []))
        case _ if '"rows":"' in entry.body:
            chain.looks[entry.n] = Look(i=entry.i, subject=entry.subject, body=entry.body)


def _said(entry: Entry, name: str, otherwise: Any) -> Any:
    try:
        return json.loads(entry.body)[name]
    except (ValueError, LookupError, TypeError):
        return otherwise  # the chain itself tells that somebody has been here


def _against(
    chain: _Chain, checkpoints: Sequence[Checkpoint], trusted_key: str | None
) -> list[Finding]:
    """The signed lengths and hashes against those that are there."""
    findings: list[Finding] = []
    good_t_us: int | None = None
    for one in sorted(checkpoints, key=lambda c: c.i):
        where = f"checkpoint of {_time(one.t_us)} at entry {one.i}"
        fault = None
        if not one.genuine or trusted_key not in (None, one.key):
            fault = "is not signed by the station's key"
        elif one.i > chain.last_i:
            fault = f"is cut off: the ledger ends at entry {chain.last_i}"
        elif one.i and chain.hashes.get(one.i, b"").hex() != one.hash:
            fault = "has another hash: the ledger up to here was replaced"
        if fault is None:
            good_t_us = one.t_us
            continue
        since = None if good_t_us is None else _time(good_t_us)
        findings.append(Finding(what="checkpoint", where=f"{where} {fault}", since=since))
    return findings


def _time(t_us: int) -> str:
    try:
        moment = datetime.fromtimestamp(t_us / 1e6, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{t_us} us"
    return moment.isoformat(timespec="milliseconds")
