"""dBASE III tables, as far as Shapefiles use them: text and numbers."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from geo.errors import BadPremises
from ingest.register.sheet import Value
from ingest.register.text import codec_of, found_codec

_GBK_DRIVER = 0x4D  # the header's language byte
_HEADER_BYTES, _FIELD_BYTES, _END, _DELETED = 32, 32, b"\r", b"*"

Record = dict[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A dBASE table."""

    columns: list[str]
    records: list[Record | None]
    """None where deleted."""
    encoding: str
    """With how it was found out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    name: bytes
    kind: bytes
    at: int
    size: int


def read(source: str, data: bytes, told: str | None, page: str | None) -> Table:
    """A table in the encoding told by the user, or else by the ``.cpg`` page, the header, the text.

    Raises:
        BadPremises: a header or record that is cut short, a text not of that encoding.
    """
    if len(data) < _HEADER_BYTES:
        raise BadPremises(source, None, "the header is cut short")
    count, header, width = struct.unpack_from("<IHH", data, 4)
    fields = _fields(data[:header])
    if header + count * width > len(data) or sum(field.size for field in fields) + 1 != width:
        raise BadPremises(source, None, f"{count} records of {width} bytes do not fit the header")
    raw = [data[header + i * width : header + (i + 1) * width] for i in range(count)]
    codec, how = _codec(source, data[29], [*raw, *(field.name for field in fields)], told, page)
    columns = [_text(source, None, field.name, codec) for field in fields]
    records: list[Record | None] = [
        None
        if record[:1] == _DELETED
        else {
            column: _value(source, number, record, field, codec)
            for column, field in zip(columns, fields, strict=True)
        }
        for number, record in enumerate(raw)
    ]
    return Table(columns=columns, records=records, encoding=f"{codec} ({how})")


def _fields(head: bytes) -> list[_Field]:
    fields, at = [], 1
    for start in range(_HEADER_BYTES, len(head) - _FIELD_BYTES + 1, _FIELD_BYTES):
        part = head[start : start + _FIELD_BYTES]
        if part[:1] == _END:
            break
        fields.append(
            _Field(name=part[:11].split(b"\0")[0], kind=part[11:12], at=at, size=part[16])
        )
        at += part[16]
    return fields


def _codec(
    source: str, driver: int, texts: list[bytes], told: str | None, page: str | None
) -> tuple[str, str]:
    if told is not None:
        return codec_of(told, source), "as told"
    if page is not None and page.strip():
        return codec_of(page, source), ".cpg"
    if driver == _GBK_DRIVER:
        return "gb18030", "language byte"
    return found_codec(b"\n".join(texts), source), "found out"


def _text(source: str, number: int | None, raw: bytes, codec: str) -> str:
    try:
        return raw.decode(codec).strip(" \0")
    except UnicodeDecodeError as exc:
        reason = f"the text {raw.strip()!r} is not {codec}: say its encoding (--encoding)"
        raise BadPremises(source, number, reason) from exc


def _value(source: str, number: int, record: bytes, field: _Field, codec: str) -> Value:
    text = _text(source, number, record[field.at : field.at + field.size], codec)
    if field.kind not in {b"N", b"F"}:
        return text
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None  # blank or asterisks: no value
