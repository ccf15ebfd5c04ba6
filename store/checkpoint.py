"""A signed statement of how long the chain was and how it ended, kept outside of the database.

A checkpoint is one line of JSON. What is signed (Ed25519, RFC 8032) is the line's own text up to
the signature: ``plumeline checkpoint\\n<station>\\n<i>\\n<n>\\n<t_us>\\n<hash in hex>\\n``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from store.errors import StoreError


class BadKey(StoreError):
    """A signing key that cannot be used."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file


class BadCheckpoint(StoreError):
    """A line of a checkpoint file that is none."""

    def __init__(self, file: Path, line: int, reason: str) -> None:
        super().__init__(f"{file}, line {line}: {reason}")
        self.file = file
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The chain had ``i`` entries and ended in ``hash``: said at a time, signed by a key."""

    station: str
    i: int
    n: int
    """Of the last entry."""
    t_us: int
    """When this was signed, microseconds since 1970 UTC."""
    hash: str
    """Hexadecimal."""
    key: str
    """The public key, 32 bytes in hexadecimal."""
    signature: str = ""
    """64 bytes in hexadecimal."""

    @property
    def text(self) -> bytes:
        """What is signed."""
        told = (self.station, self.i, self.n, self.t_us, self.hash)
        return ("plumeline checkpoint\n" + "".join(f"{one}\n" for one in told)).encode()

    @property
    def genuine(self) -> bool:
        """Whether the named key signed it; which key to trust is asked elsewhere."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            key.verify(bytes.fromhex(self.signature), self.text)
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """The station's signing key, in a file that only its owner can read; made when it is new."""

    def __init__(self, file: Path) -> None:
        """Read the key, or make one.

        Raises:
            BadKey: the file cannot be read or written, or holds no Ed25519 key.
        """
        try:
            self._key = _read(file) if file.exists() else _make(file)
        except (OSError, ValueError) as exc:
            raise BadKey(file, str(exc)) from exc

    @property
    def public(self) -> str:
        """The public key in hexadecimal: what auditors write down."""
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    def sign(self, station: str, *, i: int, n: int, t_us: int, hash_: bytes) -> Checkpoint:
        """A checkpoint of the chain as it is."""
        unsigned = Checkpoint(
            station=station.replace("\n", " "),
            i=i,
            n=n,
            t_us=t_us,
            hash=hash_.hex(),
            key=self.public,
        )
        return replace(unsigned, signature=self._key.sign(unsigned.text).hex())


def append(file: Path, checkpoint: Checkpoint) -> None:
    """Add a line, durable when this returns.

    Raises:
        OSError: it cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as lines:
        lines.write(msgspec.json.encode(checkpoint) + b"\n")
        lines.flush()
        os.fsync(lines.fileno())


def read(file: Path) -> list[Checkpoint]:
    """Every checkpoint of a file; a last line that was cut off is left out.

    Raises:
        BadCheckpoint: a whole line that is none.
        OSError: it cannot be read.
    """
    found: list[Checkpoint] = []
    for number, line in enumerate(file.read_bytes().splitlines(keepends=True), start=1):
        if not line.endswith(b"\n"):
            break
        try:
            found.append(_DECODER.decode(line))
        except msgspec.DecodeError as exc:
            raise BadCheckpoint(file, number, str(exc)) from exc
    return found


def newest(checkpoints: Iterable[Checkpoint]) -> Checkpoint | None:
    """The one of the longest chain."""
    return max(checkpoints, key=lambda one: one.i, default=None)


_DECODER = msgspec.json.Decoder(Checkpoint)


def _read(file: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        msg = "not an Ed25519 key"
        raise ValueError(msg)
    return key


def _make(file: Path) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    file.parent.mkdir(parents=True, exist_ok=True)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(pem)
        out.flush()
        os.fsync(out.fileno())
    return key
