"""Whether an evidence bundle is what left the station: ``plumeline verify --bundle FILE``.

tools/verify_bundle.py does the same without a line of this, for machines without Plumeline.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from alerts.events import Event
from plumeline.bundle_seal import CHECKPOINTS, EXPORTED, LEDGER, MANIFEST, Manifest
from plumeline.bundle_zip import CHUNK_BYTES, is_canonical
from store.chain import GENESIS, Entry, breaks
from store.checkpoint import Checkpoint
from store.verify import Finding

EVENTS = "events.jsonl"


class _Said(msgspec.Struct, frozen=True):
    """Of an entry `export` what counts here."""

    manifest: str | None = None


_FRAMES = "frames/"
_LINE = re.compile(rb'\{"hash":"([0-9a-f]{64})","text":(\[.*\])\}\n')
_HEX = re.compile(r"[0-9a-f]+")
_TEXT = msgspec.json.Decoder(tuple[int, int, int, str, str, str, str])
_CHECKPOINT = msgspec.json.Decoder(Checkpoint)
_MANIFEST = msgspec.json.Decoder(Manifest)
_EVENT = msgspec.json.Decoder(Event)
_BODY = msgspec.json.Decoder(_Said)
_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    RuntimeError,
    zlib.error,
    zipfile.BadZipFile,
)
"""RuntimeError: encrypted, or packed in a way that Python does not know; ValueError: bad JSON."""


def counted(path: Path) -> Counter[str]:
    """How many lines each JSON-lines file of a bundle has; none where it cannot be opened."""
    lines: Counter[str] = Counter()
    with suppress(*_UNREADABLE), zipfile.ZipFile(path) as bundle:
        for name in bundle.namelist():
            if name.endswith(".jsonl"):
                lines[name] = bundle.read(name).count(b"\n")
    return lines


@dataclass(slots=True)
class _Proof:
    """What the ledger and its checkpoints establish."""

    points: list[Checkpoint] = field(default_factory=list)
    events: set[tuple[str, str]] = field(default_factory=set)
    """Incident and sha256 of every event that the ledger tells of."""
    manifests: set[str] = field(default_factory=set)


def verify_bundle(path: Path, key: str | None = None) -> list[Finding]:
    """Everything that is wrong with a bundle; nothing with a good one.

    ``key`` is the station's public key in hexadecimal, from the auditor's own notes: without it, a
    bundle that somebody signed with a key of his own is not found. A finding is ``since`` the
    signature, where that holds.
    """
    proof = _Proof()
    try:
        with zipfile.ZipFile(path) as bundle:
            found = _read(CHECKPOINTS, _wrong_points(bundle, key, proof))
            found += _read(LEDGER, _wrong_chain(bundle, proof))
            holds = not found
            found += _read(MANIFEST, _wrong_files(bundle, proof))
            found += _read(EVENTS, _wrong_events(bundle, proof))
        if not is_canonical(path):
            found.append(f"{path.name}: has bytes that its files do not ask for")
    except _UNREADABLE as exc:
        return [_finding(f"{path.name}: cannot be read: {exc}", None)]
    since = max(one.t_us for one in proof.points) if holds else None
    return [_finding(where, since) for where in found]


def _finding(where: str, t_us: int | None) -> Finding:
    since = None
    if t_us is not None:
        with suppress(ValueError, OverflowError, OSError):  # who signs can say any time
            since = datetime.fromtimestamp(t_us / 1e6, UTC).isoformat(timespec="milliseconds")
    return Finding(what="bundle", where=where, since=since)


def _read(name: str, wrong: Iterator[str]) -> list[str]:
    """What one part finds; that it cannot be read is a finding too."""
    found: list[str] = []
    try:
        for one in wrong:
            found.append(one)
    except _UNREADABLE as exc:
        found.append(f"{name}: cannot be read: {exc}")
    return found


def _wrong_points(bundle: zipfile.ZipFile, key: str | None, proof: _Proof) -> Iterator[str]:
    """Checkpoints that are not the station's."""
    for number, line in enumerate(bundle.read(CHECKPOINTS).splitlines(keepends=True), start=1):
        one = _CHECKPOINT.decode(line)
        key = key or one.key
        exact = msgspec.json.encode(one) + b"\n" == line
        exact = exact and all(_HEX.fullmatch(text) for text in (one.key, one.hash, one.signature))
        if not exact or one.key != key or not one.genuine:
            yield f"{CHECKPOINTS}: line {number} is not signed by the station's key"
        proof.points.append(one)


def _wrong_chain(bundle: zipfile.ZipFile, proof: _Proof) -> Iterator[str]:
    """A ledger that does not lead from its beginning, or a checkpoint, to the last checkpoint."""
    entries = [_entry(line) for line in bundle.read(LEDGER).splitlines(keepends=True)]
    if not entries:
        yield f"{LEDGER}: is empty"
        return
    signed = {one.i: one.hash for one in proof.points}
    hashes = {entry.i: entry.hash.hex() for entry in entries}
    before_i = entries[0].i - 1
    before = GENESIS if before_i == 0 else bytes.fromhex(signed.get(before_i, ""))
    hashes[before_i] = before.hex()
    for one in breaks(entries, before, before_i + 1):
        yield f"{LEDGER}: {one.reason}"
    for point in proof.points:
        if hashes.get(point.i) != point.hash:
            yield f"{LEDGER}: is not the ledger that was signed at entry {point.i}"
    if {one.i for one in proof.points} != {before_i, entries[-1].i} - {0}:
        yield f"{CHECKPOINTS}: are not those of both ends of the ledger"
    for entry in entries:
        if entry.verb == EXPORTED:
            proof.manifests.add(_BODY.decode(entry.body).manifest or "")
        elif entry.body.startswith('{"event":"'):
            proof.events.add((entry.subject, entry.body[10:74]))


def _entry(line: bytes) -> Entry:
    told = _LINE.fullmatch(line)
    if told is None:
        reason = f"a line that is none: {line[:40]!r}"
        raise ValueError(reason)
    i, n, t_us, actor, verb, subject, body = _TEXT.decode(told[2])
    hash_ = bytes.fromhex(told[1].decode())
    entry = Entry(
        i=i, n=n, t_us=t_us, actor=actor, verb=verb, subject=subject, body=body, hash=hash_
    )
    if entry.text != told[2]:
        reason = f"entry {i} is not written as the ledger writes it"
        raise ValueError(reason)
    return entry


def _wrong_files(bundle: zipfile.ZipFile, proof: _Proof) -> Iterator[str]:
    """Files that are not those of the manifest, or a manifest that is not the ledger's."""
    text = bundle.read(MANIFEST)
    if hashlib.sha256(text).hexdigest() not in proof.manifests:
        yield f"{MANIFEST}: is not the one of an export that the ledger tells of"
    files = _MANIFEST.decode(text).files
    counted = Counter(bundle.namelist())
    expected = [*(one.name for one in files), MANIFEST, LEDGER, CHECKPOINTS]
    for name, count in counted.items():
        if name not in expected or count > 1:
            yield f"{name}: is not in the manifest, or stands twice"
    if list(counted) != expected:
        yield f"{MANIFEST}: has not the files of the bundle, or not in their order"
    for one in files:
        if one.name not in counted:
            yield f"{one.name}: is missing"
            continue
        sha256, size = _digest(bundle, one.name)
        if (sha256, size) != (one.sha256, one.bytes):
            yield f"{one.name}: was changed"
        elif one.name.startswith(_FRAMES) and one.name != f"{_FRAMES}{sha256}.jpg":
            yield f"{one.name}: its name is not its sha256"


def _wrong_events(bundle: zipfile.ZipFile, proof: _Proof) -> Iterator[str]:
    """Events that the ledger does not know, and pictures of theirs that are not accounted for."""
    manifest = _MANIFEST.decode(bundle.read(MANIFEST))
    pictures = {one.original_sha256 or one.sha256 for one in manifest.files}
    pictures |= {one.sha256 for one in manifest.left_out}
    for number, line in enumerate(bundle.read(EVENTS).splitlines(), start=1):
        event = _EVENT.decode(line)
        if (event.incident_id, hashlib.sha256(line).hexdigest()) not in proof.events:
            yield f"{EVENTS}: line {number} is not in the ledger"
        if event.evidence is not None and event.evidence.sha256 not in pictures:
            yield f"{EVENTS}: line {number}: its picture {event.evidence.sha256} is missing"


def _digest(bundle: zipfile.ZipFile, name: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with bundle.open(name) as data:
        while piece := data.read(CHUNK_BYTES):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size
