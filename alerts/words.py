"""Where it is, in words somebody can read out over the telephone: Chinese and English."""

from __future__ import annotations

import math
from typing import Literal

from alerts.events import Evidence, LikelyPremises, Place
from alerts.incident import Incident
from alerts.phrases import EN, ZH, Phrasebook
from geo import geodesy
from geo.ellipse import ellipse
from geo.ground import BearingSector, GroundPoint

Language = Literal["zh", "en"]

LIKELY = 0.5
"""From this probability on a premises is named as the place, below it only as a landmark."""
SIGMAS_95 = 1.96
"""Half width of the middle 95 % of a normal distribution."""


def place_in_words(evidence: Evidence, language: Language) -> str:
    """Position with its 95 % error, premises, and way from the take-off point.

    The error of a point is the longer half axis of its 95 % ellipse, rounded up to whole metres;
    that of a bearing is rounded up to whole degrees. A likelihood is rounded down.
    """
    book = _book(language)
    if evidence.point is not None:
        parts = [_position(evidence.point, book)]
        if evidence.premises:
            parts.append(_premises(evidence.premises[0], book))
        if evidence.home is not None:
            parts.append(_from_home(evidence.home, evidence.point, book))
        return book.then.join(parts)
    if evidence.sector is not None:
        return _sector(evidence.sector, book)
    return book.unlocated.format(reason=_reason(evidence.unlocated or "no reason recorded", book))


def headline(incident: Incident, language: Language) -> str:
    """What and where, in one short line."""
    book = _book(language)
    what = book.and_.join(book.labels[label] for label in incident.labels)
    line = book.headline.format(what=what, where=_short_place(incident.best, book))
    return line[0].upper() + line[1:]


def _book(language: Language) -> Phrasebook:
    return ZH if language == "zh" else EN


def _side(bearing_deg: float, book: Phrasebook, directions: int) -> str:
    """The nearest of eight or sixteen directions."""
    step = 360.0 / directions
    return book.compass[round(bearing_deg / step) % directions * (16 // directions)]


def _position(point: GroundPoint, book: Phrasebook) -> str:
    north, south, east, west = book.hemispheres
    return book.position.format(
        lat=abs(point.lat_deg),
        ns=north if point.lat_deg >= 0 else south,
        lon=abs(point.lon_deg),
        ew=east if point.lon_deg >= 0 else west,
        error_m=math.ceil(ellipse(point, probability=0.95).semi_major_m),
    )


def _premises(first: LikelyPremises, book: Phrasebook) -> str:
    if first.probability < LIKELY:
        return _beside(first, book)
    likely = math.floor(first.probability * 100 + 1e-9)
    said = book.categories.get(first.category, first.category)
    category = book.category.format(category=said) if said else ""
    return book.inside.format(name=_name(first, book), category=category, likely=likely)


def _name(first: LikelyPremises, book: Phrasebook) -> str:
    return (first.name_en if book.english else None) or first.name


def _beside(first: LikelyPremises, book: Phrasebook) -> str:
    if first.distance_m < 1:
        return book.edge.format(name=_name(first, book))
    side = _side(first.bearing_deg, book, 8)
    away = _length(first.distance_m, book)
    return book.beside.format(name=_name(first, book), away=away, side=side)


def _from_home(home: Place, point: GroundPoint, book: Phrasebook) -> str:
    ends = (home.lat_deg, home.lon_deg, point.lat_deg, point.lon_deg)
    return book.from_home.format(
        away=_length(float(geodesy.distance_m(*ends)), book),
        side=_side(float(geodesy.bearing_deg(*ends)), book, 8),
    )


def _sector(sector: BearingSector, book: Phrasebook) -> str:
    return book.sector.format(
        side=_side(sector.bearing_deg, book, 16),
        bearing=round(sector.bearing_deg) % 360,
        error=math.ceil(SIGMAS_95 * sector.sigma_deg),
        reason=_reason(sector.reason, book),
    )


def _short_place(best: Evidence, book: Phrasebook) -> str:
    if best.point is not None and best.premises:
        first = best.premises[0]
        likely = first.probability >= LIKELY
        return book.at.format(place=_name(first, book)) if likely else _beside(first, book)
    if best.point is not None:
        return book.at.format(place=_position(best.point, book))
    if best.sector is not None:
        return book.towards.format(side=_side(best.sector.bearing_deg, book, 16))
    return book.somewhere


def _length(distance_m: float, book: Phrasebook) -> str:
    """To the metre below 100 m, to ten metres below 1 km, then in kilometres."""
    if distance_m >= 995:
        return book.kilometres.format(distance_m / 1000)
    return book.metres.format(distance_m if distance_m < 99.5 else round(distance_m, -1))


def _reason(reason: str, book: Phrasebook) -> str:
    parts = reason.split(": ")
    return book.colon.join(book.reasons.get(part, part) for part in parts)
