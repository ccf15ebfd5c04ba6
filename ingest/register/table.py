"""The register formats known, each chosen by what a file holds, not by what it is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from geo.errors import BadPremises
from ingest.register import comma, geojson, gpkg, kml, kmz, shapefile
from ingest.register.sheet import MAX_BYTES, Sheet

_Reader = Callable[[Path, bytes, str | None], Sheet]

_BY_MAGIC: tuple[tuple[bytes, _Reader], ...] = (
    (b"\0\0\x27\x0a", shapefile.read),
    (b"PK\x03\x04", kmz.read),
    (b"<", kml.read),
    (b"{", geojson.read),
)
"""By the first bytes, after a byte order mark and blanks; all that is nothing else is CSV."""
_SQLITE = b"SQLite format 3\0"
_PARTS = (".dbf", ".shx", ".prj", ".cpg")


def read_register(path: Path, *, encoding: str | None = None, layer: str | None = None) -> Sheet:
    """What a register file, or a folder with one Shapefile, says.

    Raises:
        BadPremises: it cannot be read; names the file, the place in it, and the reason.
    """
    path = _one_file(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise BadPremises(path.name, None, f"larger than {MAX_BYTES // 10**6} MB")
        data = path.read_bytes()
        if data.startswith(_SQLITE):
            return gpkg.read(path, layer)
        head = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
        reader = next((read for magic, read in _BY_MAGIC if head.startswith(magic)), comma.read)
        return reader(path, data, encoding)
    except OSError as exc:
        raise BadPremises(path.name, None, str(exc.strerror or exc)) from exc


def _one_file(path: Path) -> Path:
    """The .shp of a folder with one, or of one of its parts; any other path as it is."""
    if path.suffix.lower() in _PARTS:
        return path.with_suffix(".shp")
    if not path.is_dir():
        return path
    shapes = sorted(file for file in path.iterdir() if file.suffix.lower() == ".shp")
    if len(shapes) != 1:
        raise BadPremises(path.name, None, f"a folder with {len(shapes)} .shp files, not one")
    return shapes[0]
