"""What kind of video a file is and whether its index is there, from its bytes alone."""

from __future__ import annotations

from pathlib import Path

_MAX_INDEX_BYTES = 128 << 20
_TOP_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
_STILLS = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"avif", b"crx "})
_PACKET = 188
_PACKET_TIMED = 192
"""Of an .mts file, four bytes of time code before each packet."""


def is_quicktime(head: bytes) -> bool:
    """Whether the bytes begin an MP4 or MOV file (ISO/IEC 14496-12), and not a still picture."""
    kind = head[4:8]
    return kind in _TOP_BOXES and not (kind == b"ftyp" and head[8:12] in _STILLS)


def is_mpeg_ts(head: bytes) -> bool:
    """Whether the bytes begin an MPEG transport stream: a sync byte at every packet (H.222.0)."""
    return any(
        len(head) > first + 2 * step and all(head[first + i * step] == 0x47 for i in range(3))
        for first, step in ((0, _PACKET), (4, _PACKET_TIMED))
    )


def movie_box(path: Path) -> bytes | None:
    """The index (moov) of an MP4 or MOV file; None where there is none or it is cut.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        end = file.seek(0, 2)
        at = 0
        while at + 8 <= end:
            file.seek(at)
            head = file.read(16)
            size = int.from_bytes(head[:4], "big")
            if size == 1:
                size = int.from_bytes(head[8:16], "big")
            elif size == 0:
                size = end - at
            if size < 8:
                return None
            if head[4:8] == b"moov":
                file.seek(at)
                whole = at + size <= end and size <= _MAX_INDEX_BYTES
                return file.read(size) if whole else None
            at += size
    return None
