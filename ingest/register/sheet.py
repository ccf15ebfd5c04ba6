"""What a register file says, before anybody decides what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shapely.geometry.base import BaseGeometry

from geo.crs import Crs, parse_crs
from geo.errors import UnknownCrs

Value = str | int | float | bool | None
MAX_BYTES: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A feature as it is written; without a geometry it is an address."""

    number: int
    """Counts from 0."""
    fields: Mapping[str, Value]
    """Under the names `ingest.register.fields` knows."""
    geometry: BaseGeometry | None = None
    """In the file's own coordinates, x east and y north, not checked."""
    refused: str | None = None
    """Why there is no geometry although something is written there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A register file."""

    format: str
    rows: list[Row]
    declared: str | None = None
    """The coordinate system as the file itself names it."""
    crs: Crs | None = None
    """What that is; None where it says nothing, or nothing known here."""
    encoding: str | None = None
    """Of the names, and how it was found out."""
    layer: str | None = None
    notes: tuple[str, ...] = ()
    """What the reader of a report should know."""


def crs_or_none(name: str) -> Crs | None:
    """The system of a name, None if it is not known."""
    try:
        return parse_crs(name)
    except UnknownCrs:
        return None
