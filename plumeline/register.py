"""A premises register of any format and coordinate system becomes one in GeoJSON, WGS84.

Nothing is guessed: what has no place is kept as an address, what is wrong is refused and named, and
what lies where a GCJ-02 shift would put it is not believed. Nothing is repaired but lines that an
outline runs out and back over, which enclose nothing; that is told.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo.crs import WGS84, Crs
from geo.errors import BadPremises
from geo.geodesy import Array
from geo.mislabel import Shift, shift_between, shift_under
from geo.premises import CRS84, Premises, make_premises, without_spikes
from ingest.errors import BadMessage
from ingest.records import Home
from ingest.register.sheet import Row, Sheet
from ingest.register.table import read_register
from ingest.wire.table import Decoders
from plumeline.flights import FLIGHT_FILE, load_flight, sample_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """Premises without a position."""

    premises_id: str
    name: str
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A feature that was not taken over; ``feature`` counts from 0."""

    feature: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How far the register lies from something known."""

    known: str
    shift: Shift
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an import found."""

    file: str
    format: str
    layer: str | None
    encoding: str | None
    declared: str | None
    crs: str | None
    """What the coordinates were read as; None where there are none."""
    placed: int
    unplaced: list[Unplaced]
    refused: list[Refusal]
    comparisons: list[Comparison]
    mislabelled: bool
    notes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """An import: what it found, and the premises, placed and not."""

    report: Report
    premises: list[Premises]


def import_register(
    path: Path,
    crs: Crs | None = None,
    *,
    compare: Sequence[str] = (),
    encoding: str | None = None,
    layer: str | None = None,
    override: bool = False,
) -> Register:
    """Read a register and take it to WGS84.

    ``compare`` are registers in WGS84, and recorded flights whose home points are on premises.
    ``override`` lets ``crs`` stand against what the file declares.

    Raises:
        BadPremises: the file cannot be read, its coordinate system is not known, or the one it
            declares is not the one named.
        BadFlight: a flight to compare with cannot be read.
    """
    sheet = read_register(path, encoding=encoding, layer=layer)
    read_as = _agreed(sheet, crs, path.name, override=override)
    notes = list(sheet.notes)
    rows = sheet.rows
    if rows and all(row.fields.get("premises_id") is None for row in rows):
        notes.append("there are no ids: the names stand for them")
        rows = [
            replace(row, fields={**row.fields, "premises_id": row.fields.get("name")})
            for row in rows
        ]
    rows, spiked = _without_spikes(rows)
    notes += spiked
    premises, refused = _sorted(rows, read_as, path.name)
    placed = [one for one in premises if not one.geometry.is_empty]
    comparisons = [_compared(placed, known, read_as) for known in compare]
    if placed and not comparisons:
        notes.append("compared with nothing: a GCJ-02 shift would go unnoticed (--compare)")
    report = Report(
        file=path.name,
        format=sheet.format,
        layer=sheet.layer,
        encoding=sheet.encoding,
        declared=sheet.declared,
        crs=read_as.name if any(row.geometry is not None for row in rows) else None,
        placed=len(placed),
        unplaced=[
            Unplaced(premises_id=one.premises_id, name=one.name, address=one.address)
            for one in premises
            if one.geometry.is_empty
        ],
        refused=refused,
        comparisons=comparisons,
        mislabelled=any(one.shift.mislabelled for one in comparisons),
        notes=notes,
    )
    return Register(report=report, premises=premises)


def write_register(register: Register, file: Path) -> None:
    """The register as GeoJSON in WGS84; unplaced premises as features without a geometry.

    Each feature says which file and coordinate system it comes from.

    Raises:
        OSError: it cannot be written.
    """
    report = register.report
    source = {"source": report.file}
    if report.crs is not None:
        source["source_crs"] = report.crs
    features = [_feature(place, source) for place in register.premises]
    crs = {"type": "name", "properties": {"name": CRS84[0]}}
    head = {"type": "FeatureCollection", "crs": crs}
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    part = file.with_name(f"{file.name}.part")
    part.write_text(f'{json.dumps(head)[:-1]}, "features": [\n{lines}\n]}}\n', "utf-8")
    part.replace(file)


def _feature(place: Premises, source: dict[str, str]) -> dict[str, Any]:
    said = {
        field.name: getattr(place, field.name)
        for field in fields(place)
        if field.name != "geometry" and getattr(place, field.name) not in {None, ""}
    }
    outline = None if place.geometry.is_empty else json.loads(shapely.to_geojson(place.geometry))
    return {"type": "Feature", "properties": said | source, "geometry": outline}


def _agreed(sheet: Sheet, asked: Crs | None, source: str, *, override: bool) -> Crs:
    """The system that file and user agree on.

    Raises:
        BadPremises: neither names one, the file names an unknown one, or they differ.
    """
    if asked is None:
        if sheet.crs is not None:
            return sheet.crs
        if sheet.declared is not None:
            reason = f"declares {sheet.declared}, a coordinate system not known here"
            raise BadPremises(source, None, reason)
        if any(row.geometry is not None for row in sheet.rows):
            raise BadPremises(source, None, "names no coordinate system: say which (--crs)")
        return WGS84
    agree = sheet.declared is None or (sheet.crs is not None and sheet.crs.agrees_with(asked))
    if agree or override:
        return asked
    reason = f"declares {sheet.declared}, not {asked.name}; if that is wrong, say --override"
    raise BadPremises(source, None, reason)


def _without_spikes(rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """The rows with outlines that have none, and which had."""
    clean, notes = [], []
    for row in rows:
        geometry = None if row.geometry is None else without_spikes(row.geometry)
        if geometry is not row.geometry:
            name = row.fields.get("name") or ""
            notes.append(
                f"feature {row.number} {name}: its outline runs out and back over the same line:"
                " that was taken off, the ground inside is the same"
            )
        clean.append(replace(row, geometry=geometry))
    return clean, notes


def _sorted(rows: Sequence[Row], crs: Crs, source: str) -> tuple[list[Premises], list[Refusal]]:
    """What is premises, with a place or without, and what is refused; an id counts once."""
    taken: dict[str, Premises] = {}
    refused: list[Refusal] = []
    for row in rows:
        try:
            place = _place(row, crs, source)
            if place.premises_id in taken:
                reason = f"premises_id {place.premises_id!r} is given twice"
                raise BadPremises(source, row.number, reason)
        except BadPremises as exc:
            name = row.fields.get("name")
            refused.append(Refusal(feature=row.number, name=str(name or ""), reason=exc.reason))
        else:
            taken[place.premises_id] = place
    return list(taken.values()), refused


def _place(row: Row, crs: Crs, source: str) -> Premises:
    if row.refused is not None:
        raise BadPremises(source, row.number, row.refused)
    if row.geometry is None:
        return make_premises(row.fields, None, source, row.number)
    geometry = shapely.transform(row.geometry, crs.to_wgs84)
    lost = ~np.isfinite(shapely.get_coordinates(geometry)).all(axis=1)
    if lost.any():
        x, y = shapely.get_coordinates(row.geometry)[lost][0]
        raise BadPremises(source, row.number, f"{x}, {y} is not in {crs.name}")
    return make_premises(row.fields, geometry, source, row.number)


def _compared(ours: Sequence[Premises], known: str, crs: Crs) -> Comparison:
    """With the premises of a register of the same ids or names, else with places on premises."""
    if (Path(known) / FLIGHT_FILE).is_file() or known in sample_names():
        places: list[Premises] = []
        lonlat = _homes(known)
    else:
        places, lonlat = _known(Path(known))
    shift = shift_between(ours, places, crs)
    if shift.matched == 0 and len(lonlat):
        shift = shift_under(ours, lonlat[:, 1], lonlat[:, 0], crs)
    return Comparison(known=Path(known).name, shift=shift, says=_says(shift))


def _homes(flight: str) -> Array:
    """The home points of a recorded flight, longitude and latitude."""
    decoders, homes = Decoders(), set()
    for message in load_flight(flight).messages():
        with suppress(BadMessage):
            said = decoders.decode(message.topic, message.payload, message.t_received_s)
            found = [record for record in said.records if isinstance(record, Home)]
            homes |= {(home.lon_deg, home.lat_deg) for home in found}
    return np.array(sorted(homes), float).reshape(-1, 2)


def _known(path: Path) -> tuple[list[Premises], Array]:
    """The premises of a register to compare with, and the middle of each of its features.

    Raises:
        BadPremises: it cannot be read, or neither it nor RFC 7946 says what its coordinates are.
    """
    sheet = read_register(path)
    undeclared = WGS84 if sheet.format == "GeoJSON" and sheet.declared is None else None
    crs = _agreed(sheet, undeclared, path.name, override=False)
    outlines = [row.geometry for row in sheet.rows if row.geometry is not None]
    middles = [shapely.transform(outline, crs.to_wgs84).centroid for outline in outlines]
    lonlat = shapely.get_coordinates(middles)
    rows, _ = _without_spikes(sheet.rows)
    placed = [one for one in _sorted(rows, crs, path.name)[0] if not one.geometry.is_empty]
    return placed, lonlat[np.isfinite(lonlat).all(axis=1)]


def _says(shift: Shift) -> str:
    if shift.matched == 0:
        return "too little in common: a GCJ-02 shift would go unnoticed"
    east, north = _metres(shift.east_m), _metres(shift.north_m)
    way = f"{east} east and {north} north ({shift.matched} compared)"
    if shift.mislabelled:
        return f"lies {way}: the coordinates look like {shift.meant}, not {shift.read}"
    if shift.meant is None:
        return f"lies {way}: no shift known here explains that"
    return f"agrees: {way}"


def _metres(length_m: float | None) -> str:
    return f"{round(length_m or 0.0, 1) + 0.0:.1f} m"
