"""A bundle's proof: files -> manifest -> the ledger's entry ``export`` -> a signed checkpoint.

docs/evidence.md describes all of it for whoever reads a bundle without Plumeline.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from io import SEEK_END, BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import msgspec

from plumeline.bundle_errors import NotApproved, NotDeclared, NotSigned
from plumeline.bundle_zip import CHUNK_BYTES, put
from plumeline.checkpoints import Notary
from plumeline.export import CannotWrite, write_file
from store.checkpoint import Checkpoint
from store.evidence import Subject
from store.store import Store

FORMAT = "plumeline-evidence-1"
MANIFEST, LEDGER, CHECKPOINTS = "manifest.json", "ledger.jsonl", "checkpoints.jsonl"
EXPORTED = "export"
"""The verb of the entry that holds the manifest's sha256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Why footage leaves the house, for which unit, and with whom."""

    reason: str
    unit: str
    name: str
    approved_by: str = ""
    """Who agrees that the pictures leave as they were taken."""
    penalty: bool = False
    """They are to prove an offence."""

    def check(self) -> None:
        """Refuse where one of the first three says nothing.

        Raises:
            NotDeclared: naming the first that is lacking.
        """
        for field in ("reason", "unit", "name"):
            if not getattr(self, field).strip():
                raise NotDeclared(field)

    def check_approval(self) -> None:
        """Refuse where no second person agrees.

        Raises:
            NotApproved: nobody, or the one who takes them.
        """
        if not self.approved_by.strip():
            reason = "nobody did"
            raise NotApproved(reason)
        if " ".join(self.approved_by.split()) == " ".join(self.name.split()):
            reason = f"{self.name} takes them himself"
            raise NotApproved(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file on its way into a bundle."""

    name: str
    role: str
    data: bytes | Path | IO[bytes]
    original_sha256: str | None = None
    """Of the picture that this one was made from, where that one stays at home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One file as the manifest names it."""

    name: str
    sha256: str
    bytes: int
    role: str
    original_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What belongs to the case and is not in the bundle."""

    sha256: str
    role: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is in a bundle, and what it is about."""

    format: str = FORMAT
    program: str
    station: str
    about: Subject
    t0_s: float
    """Of the case, on the devices' clocks, like the next; seconds since 1970 UTC."""
    t1_s: float
    t_made_s: float
    pictures: str
    """``original``, or ``coarse`` where recognisable detail was taken out."""
    files: tuple[Listed, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportBody:
    """What the ledger's entry says: what left the house, why, for whom, with whom."""

    manifest: str
    """Its sha256."""
    about: str
    reason: str
    unit: str
    name: str
    approved_by: str
    penalty: bool
    pictures: str
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Where a bundle's proof comes from."""

    store: Store
    notary: Notary
    known: Callable[[], Sequence[Checkpoint]]
    """Every checkpoint that was signed so far."""
    t_s: float
    """The station's clock."""
    first_i: int
    """The first entry of the ledger that the bundle is about."""


def seal(
    out: Path,
    contents: Iterable[Member | LeftOut],
    manifest: Manifest,
    declared: Declared,
    proof: Proof,
    *,
    force: bool = False,
) -> Listed:
    """Write a bundle, all of it or nothing; returns it as a list would name it.

    The ledger's entry is appended before the file has its name: nothing leaves untold, and what
    was told may not have left, when the disk was full at the end.

    Raises:
        NotDeclared: reason, unit or name is lacking.
        NotSigned: the ledger was not signed up to the entry.
        CannotWrite: the file is there and not to be overwritten, or the disk refuses.
    """
    declared.check()
    if out.exists() and not force:
        raise CannotWrite(out, "is there already; --force overwrites it")
    try:
        with TemporaryFile(dir=out.parent) as whole:
            with zipfile.ZipFile(whole, "w") as bundle:
                listing = _put_all(bundle, contents, manifest)
                text = _pretty(listing)
                put(bundle, MANIFEST, BytesIO(text), len(text))
                _put_proof(bundle, listing, text, declared, proof)
            digest, size = _digest(whole)
            write_file(out, _chunks(whole), force=force)
    except OSError as exc:
        raise CannotWrite(out, exc.strerror or str(exc)) from exc
    return Listed(name=out.name, sha256=digest, bytes=size, role="bundle")


def _put_all(
    bundle: zipfile.ZipFile, contents: Iterable[Member | LeftOut], manifest: Manifest
) -> Manifest:
    files: list[Listed] = []
    left_out: list[LeftOut] = []
    for item in contents:
        if isinstance(item, LeftOut):
            left_out.append(item)
        else:
            files.append(_put(bundle, item))
    return replace(manifest, files=tuple(files), left_out=tuple(left_out))


def _put(bundle: zipfile.ZipFile, member: Member) -> Listed:
    data = member.data
    if isinstance(data, Path):
        with data.open("rb") as file:
            return _put(bundle, replace(member, data=file))
    if isinstance(data, bytes):
        data = BytesIO(data)
    digest, size = _digest(data)
    put(bundle, member.name, data, size)
    return Listed(
        name=member.name,
        sha256=digest,
        bytes=size,
        role=member.role,
        original_sha256=member.original_sha256,
    )


def _put_proof(
    bundle: zipfile.ZipFile, listing: Manifest, text: bytes, declared: Declared, proof: Proof
) -> None:
    subject = listing.about
    body = ExportBody(
        manifest=hashlib.sha256(text).hexdigest(),
        about=subject.about,
        pictures=listing.pictures,
        files=len(listing.files),
        **asdict(declared),
    )
    ledger = proof.store.ledger
    own_i = ledger.say(
        t_s=proof.t_s,
        actor=declared.name[:128],
        verb=EXPORTED,
        subject=subject.name,
        body=msgspec.json.encode(body).decode(),
    )
    signed = proof.notary.sign()
    own_key = proof.notary.public_key
    known = sorted(
        (one for one in proof.known() if one.key == own_key and one.genuine), key=lambda one: one.i
    )
    last = signed or next((one for one in known if one.i >= own_i), None)
    if last is None:
        raise NotSigned(own_i)
    earlier = [one for one in known if 0 < one.i < proof.first_i]
    first = earlier[-1].i if earlier else 0
    with TemporaryFile() as lines:
        for entry in ledger.entries(first, last.i):
            lines.write(b'{"hash":"%s","text":%s}\n' % (entry.hash.hex().encode(), entry.text))
        put(bundle, LEDGER, lines, _digest(lines)[1])
    ends = [*earlier[-1:], last]
    points = b"".join(msgspec.json.encode(one) + b"\n" for one in ends)
    put(bundle, CHECKPOINTS, BytesIO(points), len(points))


def _digest(data: IO[bytes]) -> tuple[str, int]:
    """The sha256 and the size of a whole file, which stands at its beginning afterwards."""
    data.seek(0)
    digest = hashlib.file_digest(data, "sha256").hexdigest()  # type: ignore[arg-type]
    size = data.seek(0, SEEK_END)
    data.seek(0)
    return digest, size


def _chunks(data: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: data.read(CHUNK_BYTES), b"")


def _pretty(listing: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(listing), indent=1) + b"\n"
