"""What DJI's drones write into a photo's XMP, in either of its spellings.

Tags stand as attributes of ``rdf:Description`` or as elements under it; numbers carry a sign
("+22.596"). They are known by their local names, which other makers take over under a namespace of
their own; ``GpsLongtitude`` is how some firmware spells it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

MARK = b"http://ns.adobe.com/xap/1.0/\0"
"""What an APP1 segment with XMP begins with (XMP part 3, 1.1.3)."""
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"


def read_xmp(packet: bytes) -> Mapping[str, str]:
    """Tags by their local names.

    Raises:
        ValueError: it is not well-formed XML, or holds entities.
    """
    start, end = packet.find(b"<x:xmpmeta"), packet.rfind(b"</x:xmpmeta>")
    if 0 <= start < end:
        packet = packet[start : end + len(b"</x:xmpmeta>")]
    try:
        root = fromstring(packet)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as exc:
        msg = f"XMP that is not well-formed: {exc}"
        raise ValueError(msg) from exc
    tags: dict[str, str] = {}
    for description in root.iter(f"{_RDF}Description"):
        for name, value in description.attrib.items():
            tags.setdefault(_local(name), value.strip())
        for element in description:
            if isinstance(element.tag, str) and element.text and element.text.strip():
                tags.setdefault(_local(element.tag), element.text.strip())
    return tags


def number(tags: Mapping[str, str], *names: str) -> float:
    """The first of these tags that is a finite number, else NaN."""
    for name in names:
        try:
            value = float(tags.get(name, ""))
        except ValueError:
            continue
        if math.isfinite(value):
            return value
    return math.nan


def _local(name: str) -> str:
    return name.rpartition("}")[2]
