"""Pieces of XML and HTML in which nothing from outside can become markup."""

from __future__ import annotations

import math
import re
from html import escape
from xml.etree.ElementTree import Element, tostring

import msgspec

from alerts.export.spots import Spot
from alerts.export.terms import Crs

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, escaped or not (section 2.2)."""


def element(
    tag: str, text: str | float | None = None, /, *inside: Element, **attributes: str
) -> Element:
    """An element; ``tag`` may have a prefix that the document's root declares."""
    made = Element(tag, {name: _clean(value) for name, value in attributes.items()})
    if text is not None:
        made.text = _clean(text if isinstance(text, str) else f"{text:.3f}")
    made.extend(inside)
    return made


def xml(made: Element) -> bytes:
    """The element in UTF-8, and a line's end."""
    return tostring(made, encoding="unicode").encode() + b"\n"


def plain(value: object) -> str:
    """Text as it is, numbers and lists as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def in_html(spot: Spot, crs: Crs) -> str:
    """The balloon of an incident: viewers render it as HTML."""
    facts = spot.facts
    lines = [facts.headline_zh, facts.headline_en, facts.place_zh, facts.place_en]
    lines += [
        f"{one.name} ({one.premises_id}): {_likely(one.probability)}" for one in facts.premises
    ]
    lines.append(f"{facts.first_seen} - {facts.last_seen}, {facts.sightings} x")
    lines.append(f"{', '.join(facts.labels)}: {facts.score:g}")
    lines += [facts.outline_means] if facts.outline_means else []
    return "<br/>".join(escape(line) for line in [*lines, crs.note])


def _likely(probability: float) -> str:
    """Rounded down, as in words."""
    return f"{math.floor(probability * 100 + 1e-9)}%"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
