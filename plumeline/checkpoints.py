"""Signing the ledger on a schedule, and handing what was signed to a witness.

The checkpoints lie outside of the database: in a file of the station's, and where the configuration
names a witness (a folder on another machine or disk), there too. Who cuts or replaces the ledger
would have to change both.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from store.checkpoint import Checkpoint, Signer, append, read
from store.store import Store

FILE_NAME = "checkpoints.jsonl"
KEY_NAME = "checkpoint.pem"


class Notary:
    """Signs the ledger as it stands."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        *,
        station: str,
        now_s: Callable[[], float],
        witness: Path | None = None,
    ) -> None:
        """``folder`` holds the key and the checkpoints.

        Raises:
            BadKey: the signing key cannot be read or made.
        """
        self._store = store
        self._file = folder / FILE_NAME
        self._witness = witness
        self._station = station
        self._now_s = now_s
        self._signer = Signer(folder / KEY_NAME)
        self._signed_i = -1

    @property
    def public_key(self) -> str:
        """In hexadecimal: what an auditor writes down."""
        return self._signer.public

    def sign(self) -> Checkpoint | None:
        """One more checkpoint, where the ledger has grown since the last one.

        Raises:
            OSError: it cannot be written where it belongs.
        """
        head = self._store.ledger.head()
        if head.i == self._signed_i:
            return None
        told = self._signer.sign(
            self._station, i=head.i, n=head.n, t_us=round(self._now_s() * 1e6), hash_=head.hash
        )
        append(self._file, told)
        self._signed_i = head.i
        if self._witness is not None:
            append(self._witness / FILE_NAME, told)
        return told


def known_checkpoints(folder: Path, witness: Path | None = None) -> list[Checkpoint]:
    """Those of the station and of the witness, each once.

    Raises:
        BadCheckpoint: a line of one of the files is none.
    """
    found: dict[Checkpoint, None] = {}
    for place in (folder, witness):
        if place is not None and (place / FILE_NAME).is_file():
            found.update(dict.fromkeys(read(place / FILE_NAME)))
    return list(found)
