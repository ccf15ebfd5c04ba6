"""The one way to write given files into a bundle.

A zip without compression, comments and extra fields, with one date: so a byte that was changed
outside of the files is found too, by writing them anew.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

CHUNK_BYTES = 1 << 20
DATE = (1980, 1, 1, 0, 0, 0)
"""The first that a zip can say; true dates are in the manifest."""


def put(bundle: zipfile.ZipFile, name: str, data: IO[bytes], size: int) -> None:
    """Add one file of this many bytes."""
    info = zipfile.ZipInfo(name, DATE)
    info.create_system = 3  # Unix, wherever this runs
    info.external_attr = 0o644 << 16
    info.file_size = size
    with bundle.open(info, "w") as out:
        shutil.copyfileobj(data, out, CHUNK_BYTES)


def is_canonical(file: Path) -> bool:
    """Whether a zip is, byte for byte, what `put` makes of its files in their order.

    Raises:
        BadZipFile, OSError: it cannot be read.
    """
    with TemporaryFile() as anew:
        with zipfile.ZipFile(file) as bundle, zipfile.ZipFile(anew, "w") as again:
            if len(set(bundle.namelist())) < len(bundle.namelist()):
                return False
            for info in bundle.infolist():
                with bundle.open(info) as data:
                    put(again, info.filename, data, info.file_size)
        anew.seek(0)
        with file.open("rb") as given:
            return _same(given, anew)


def _same(one: IO[bytes], other: IO[bytes]) -> bool:
    while piece := one.read(CHUNK_BYTES):
        if piece != other.read(len(piece)):
            return False
    return not other.read(1)
