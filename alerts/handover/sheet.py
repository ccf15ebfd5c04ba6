"""The 119 hand-over sheet: eleven items, the same in Chinese and English, on paper and aloud."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape

from alerts.events import Status
from alerts.handover.sheet_words import EN, ZH, SheetWords
from alerts.incident import Incident
from alerts.lifecycle import Verb
from alerts.severity import GROWS, HAZCHEM
from alerts.words import LIKELY, Language, headline, place_in_words

_LONG = re.compile(r"[!-~]{40,}")
"""A word that has to be set small, or it would push the labels aside: addresses of pictures."""
NO_BREAK = "\u00a0"
"""Keeps a label in one piece, and its column as wide."""
ON_SCENE_S = 120.0
"""A drone that saw it so lately is still there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the sheet is made from: the incident, and what only people know."""

    incident: Incident
    t_s: float
    """When it is written, seconds since 1970 UTC."""
    zone: tzinfo
    address: str | None = None
    """Of the likely premises."""
    picture: str | None = None
    """A link to the best picture."""
    phone: str | None = None
    """Of the person who confirmed it."""
    people_at_risk: bool | None = None
    """None where nobody knows."""
    access: str | None = None
    """How to get there: gates, narrow lanes, hydrants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the sheet."""

    label: str
    text: str


def items(sheet: Sheet, language: Language) -> tuple[Item, ...]:
    """The eleven items, in the order in which 119 asks for them."""
    book = _book(language)
    return tuple(
        Item(label=label, text=text)
        for label, text in zip(book.labels, _texts(sheet, language, book), strict=True)
    )


def spoken(sheet: Sheet, language: Language) -> str:
    """The sheet in sentences, to be read out over the telephone."""
    book = _book(language)
    incident = sheet.incident
    growing = _growing(incident, book)
    sentences = [
        _seen(incident, language, book),
        place_in_words(incident.best, language),
        _premises(sheet, language, book),
        *([growing] if growing != book.growth_unknown else []),
        book.at_risk[sheet.people_at_risk],
        book.told_by.format(who=_confirmed(sheet, book)),
    ]
    opening = book.opening if incident.status is Status.ACTUAL else book.drill
    return opening + "".join(f"{one[0].upper()}{one[1:]}{book.stop}" for one in sentences).strip()


def page(sheet: Sheet) -> str:
    """Both languages as one HTML document of two A4 pages at most; nothing in it runs or loads."""
    parts = "\n".join(_part(sheet, language) for language in ("zh", "en"))
    return (
        '<!doctype html>\n<html lang="zh">\n<head><meta charset="utf-8">'
        f"<title>{escape(sheet.incident.incident_id)}</title></head>\n<body>\n{parts}\n</body>\n</html>\n"
    )


def _part(sheet: Sheet, language: Language) -> str:
    book = _book(language)
    rows = "\n".join(
        f"<tr><th>{i}</th><th>{escape(item.label.replace(' ', NO_BREAK))}</th>"
        f"<td>{_cell(item.text)}</td></tr>"
        for i, item in enumerate(items(sheet, language), start=1)
    )
    drill = "" if sheet.incident.status is Status.ACTUAL else f"<p><b>{escape(book.drill)}</b></p>"
    written = book.written.format(time=_when(sheet.t_s, sheet.zone))
    return (
        f'<section lang="{language}"><h1>{escape(book.title)}</h1>{drill}'
        f"<table>\n{rows}\n</table><p>{escape(spoken(sheet, language))}</p>"
        f"<p>{escape(written)}</p></section>"
    )


def _cell(text: str) -> str:
    return _LONG.sub(r"<code>\g<0></code>", escape(text))


def _texts(sheet: Sheet, language: Language, book: SheetWords) -> tuple[str, ...]:
    incident = sheet.incident
    return (
        incident.incident_id,
        _when(incident.t_first_s, sheet.zone),
        place_in_words(incident.best, language),
        _premises(sheet, language, book),
        _seen(incident, language, book),
        _growing(incident, book),
        sheet.picture or book.none,
        _on_scene(sheet, book),
        _confirmed(sheet, book),
        book.at_risk[sheet.people_at_risk],
        sheet.access or book.none_known,
    )


def _book(language: Language) -> SheetWords:
    return ZH if language == "zh" else EN


def _when(t_s: float, zone: tzinfo) -> str:
    moment = datetime.fromtimestamp(t_s, zone)
    return f"{moment:%Y-%m-%d %H:%M:%S} (UTC{moment:%z})"


def _premises(sheet: Sheet, language: Language, book: SheetWords) -> str:
    """Hazardous chemicals are told however unlikely: a doubt weighs for the worse."""
    near = sheet.incident.best.premises
    dangerous = book.hazchem[any(p.category == HAZCHEM and p.probability > 0 for p in near)]
    if not near or near[0].probability < LIKELY:
        return book.comma.join([book.no_premises, dangerous])
    first = near[0]
    name = (first.name_en if language == "en" else None) or first.name
    parts = [name, sheet.address or "", book.categories.get(first.category, first.category)]
    return book.comma.join([*filter(None, parts), dangerous])


def _seen(incident: Incident, language: Language, book: SheetWords) -> str:
    return book.seen.format(what=headline(incident, language), times=incident.sightings)


def _growing(incident: Incident, book: SheetWords) -> str:
    if incident.first_size_m is None or incident.size_m is None:
        return book.growth_unknown
    size_m = round(incident.size_m)
    return (book.growing if incident.growth >= GROWS else book.not_growing).format(size_m=size_m)


def _on_scene(sheet: Sheet, book: SheetWords) -> str:
    last_s = sheet.t_s - sheet.incident.latest.t_received_s
    devices = book.comma.join(sheet.incident.devices)
    words = book.on_scene if last_s <= ON_SCENE_S else book.gone
    return words.format(devices=devices, minutes=max(0, round(last_s / 60)))


def _confirmed(sheet: Sheet, book: SheetWords) -> str:
    mark = sheet.incident.handling.mark(Verb.CONFIRM)
    if mark is None:
        return book.unconfirmed
    return book.comma.join(filter(None, [mark.actor, mark.seat, sheet.phone or book.no_phone]))
