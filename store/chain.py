"""A chain of entries, each hashed with the one before it: pure, so that anybody can check it.

``hash_i = SHA-256(hash_{i-1} || text_i)``, where the text of an entry is the JSON array
``[i, n, t_us, actor, verb, subject, body]`` without blanks, in UTF-8, and the first entry follows
32 zero bytes. tools/verify_bundle.py is a second implementation of this page.

A chain alone proves little: whoever can write can compute all of it anew, or cut its end off. It is
held by checkpoints (`store.checkpoint`): its length and last hash, signed, and kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

import msgspec

GENESIS = bytes(32)
_ENCODER = msgspec.json.Encoder(enc_hook=str)
"""The hook is for subclasses of str, such as the names that SQLAlchemy gives to tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened, and where it stands in the chain."""

    i: int
    """Counted from 1 without gaps."""
    n: int
    """The number of what it is about, from the record's one counter."""
    t_us: int
    """The station's clock, microseconds since 1970 UTC."""
    actor: str
    verb: str
    subject: str
    body: str
    """JSON: what happened, or the digests of what was stored."""
    hash: bytes

    @property
    def text(self) -> bytes:
        """What is hashed."""
        return _ENCODER.encode(
            (self.i, self.n, self.t_us, self.actor, self.verb, self.subject, self.body)
        )


def link(before: bytes, text: bytes) -> bytes:
    """The hash of an entry after the hash before it."""
    return sha256(before + text).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Where the chain does not hold."""

    i: int
    reason: str


def breaks(entries: Iterable[Entry], before: bytes = GENESIS, first_i: int = 1) -> Iterator[Break]:
    """Every place where entries, in order of ``i``, do not follow from those before them.

    After a break the chain is taken up again from the hash that stands there, so that one change
    is one finding, and a second change further on another.
    """
    expected_i = first_i
    for entry in entries:
        if entry.i != expected_i:
            yield Break(i=expected_i, reason=_missing(expected_i, entry.i))
        elif link(before, entry.text) != entry.hash:
            yield Break(i=entry.i, reason=f"entry {entry.i} was changed, or the one before it")
        before, expected_i = entry.hash, entry.i + 1


def _missing(expected_i: int, found_i: int) -> str:
    if found_i < expected_i:
        return f"entry {found_i} stands twice"
    last = found_i - 1
    which = f"entry {expected_i} is" if last == expected_i else f"entries {expected_i}-{last} are"
    return f"{which} missing"
