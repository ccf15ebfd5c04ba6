"""Reading Common Alerting Protocol 1.2 (OASIS, 2010): valid as its schema has it, or refused.

Nothing is repaired: a message out of order, with an unknown word, a time without its offset or an
update that refers to nothing is refused with the place and the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from alerts.errors import AlertsError
from alerts.events import Status
from alerts.handover.cap import NAMESPACE

MAX_BYTES = 1_000_000
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_WHOLE, _REFERENCES = "message", "references"
_CAP, _SIGNATURE = f"{{{NAMESPACE}}}", "{http://www.w3.org/2000/09/xmldsig#}"

_ORDER: dict[str, str] = {
    "alert": "identifier sender sent status msgType source? scope restriction? addresses? code*"
    " note? references? incidents? info*",
    "info": "language? category+ event responseType* urgency severity certainty audience?"
    " eventCode* effective? onset? expires? senderName? headline? description? instruction? web?"
    " contact? parameter* resource* area*",
    "eventCode": "valueName value",
    "parameter": "valueName value",
    "geocode": "valueName value",
    "resource": "resourceDesc mimeType size? uri? derefUri? digest?",
    "area": "areaDesc polygon* circle* geocode* altitude? ceiling?",
}
"""What each element holds, in this order."""
_WORDS: dict[str, str] = {
    "status": "Actual Exercise System Test Draft",
    "msgType": "Alert Update Cancel Ack Error",
    "scope": "Public Restricted Private",
    "category": "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other",
    "responseType": "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None",
    "urgency": "Immediate Expected Future Past Unknown",
    "severity": "Extreme Severe Moderate Minor Unknown",
    "certainty": "Observed Likely Possible Unlikely Unknown",
}
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d"
"""With its offset: "Z" is not allowed."""
_FORMS: dict[str, str] = {
    **dict.fromkeys(("sent", "effective", "onset", "expires"), _TIME),
    **dict.fromkeys(("identifier", "sender"), r"[^\s,<&]+"),
    **{tag: "|".join(words.split()) for tag, words in _WORDS.items()},
    **dict.fromkeys(("altitude", "ceiling"), r"[-+]?(\d+(\.\d*)?|\.\d+)"),
    "size": r"[-+]?\d+",
    "language": r"([a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*)?",
    "references": rf"[^\s,]+,[^\s,]+,{_TIME}(\s+[^\s,]+,[^\s,]+,{_TIME})*",
}
_STATUS = {"Exercise": Status.EXERCISE, "Test": Status.TEST, "Actual": Status.ACTUAL}


def _pattern(order: str) -> re.Pattern[str]:
    """A regular expression over tags with a space after each."""
    parts = (re.fullmatch(r"(\w+)([?*+]?)", word) for word in order.split())
    return re.compile("".join(f"({part[1]} ){part[2]}" for part in parts if part))


_PATTERNS = {tag: _pattern(order) for tag, order in _ORDER.items()}


class BadCap(AlertsError):
    """A message that is no CAP 1.2: says where, and why."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"CAP {where}: {reason}")
        self.where = where
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class CapInfo:
    """What the message says in one language."""

    language: str
    event: str
    urgency: str
    severity: str
    certainty: str
    headline: str
    description: str
    areas: tuple[str, ...]
    polygons: tuple[str, ...]
    """As CAP writes them: latitude first, the ring closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapMessage:
    """A valid message."""

    identifier: str
    sender: str
    sent_s: float
    status: Status | None
    """None for system messages and drafts, which are no alarm either."""
    type: str
    references: tuple[str, ...]
    """The identifiers of the messages that it is about."""
    incidents: tuple[str, ...]
    note: str
    infos: tuple[CapInfo, ...]


def read(data: bytes) -> CapMessage:
    """The message.

    Raises:
        BadCap: too large, no XML, with entities or a document type, or not valid.
    """
    if len(data) > MAX_BYTES:
        raise BadCap(_WHOLE, f"more than {MAX_BYTES} bytes")
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as exc:
        raise BadCap(_WHOLE, f"no XML that is read here: {exc}") from exc
    if root.tag != f"{_CAP}alert":
        raise BadCap(_WHOLE, f"the root is {root.tag}, not an alert of {NAMESPACE}")
    _check(root, "alert")
    type_, references = _text(root, "msgType"), _text(root, "references").split()
    if (type_ == "Alert") == bool(references):
        raise BadCap(_REFERENCES, f"{len(references)} of them in a message of type {type_}")
    return CapMessage(
        identifier=_text(root, "identifier"),
        sender=_text(root, "sender"),
        sent_s=_moment(root),
        status=_STATUS.get(_text(root, "status")),
        type=type_,
        references=tuple(one.split(",")[1] for one in references),
        incidents=tuple(_text(root, "incidents").split()),
        note=_text(root, "note"),
        infos=tuple(_info(one) for one in root.findall(f"{_CAP}info")),
    )


def _check(element: Element, where: str) -> None:
    """What it holds, and everything inside it."""
    name = element.tag.removeprefix(_CAP)
    if any(not key.startswith(_INSTANCE) for key in element.attrib):
        raise BadCap(where, f"an attribute {', '.join(element.attrib)}")
    if name not in _ORDER:
        if len(element):
            raise BadCap(where, "elements where a text should be")
        _check_text(name, element.text or "", where)
        return
    own = [one for one in element if not one.tag.startswith(_SIGNATURE)]
    if list(element)[: len(own)] != own or (len(own) < len(element) and name != "alert"):
        raise BadCap(where, "a signature that does not stand at the end")
    tags = "".join(f"{one.tag.removeprefix(_CAP)} " for one in own)
    if not _PATTERNS[name].fullmatch(tags):
        raise BadCap(
            where, f"holds {tags.strip()[:300]!r}; in this order it may hold {_ORDER[name]}"
        )
    if any(text and text.strip() for text in (element.text, *(one.tail for one in element))):
        raise BadCap(where, "a text between its elements")
    for one in own:
        _check(one, f"{where}/{one.tag.removeprefix(_CAP)}")


def _check_text(name: str, text: str, where: str) -> None:
    form = _FORMS.get(name)
    if form is not None and not re.fullmatch(form, text.strip() if form != _TIME else text):
        raise BadCap(where, f"{text[:100]!r} is not as CAP has it")
    if form == _TIME:
        _datetime(text, where)
    if name == "polygon" and text.strip():
        _check_ring(text, where)


def _check_ring(text: str, where: str) -> None:
    """Four places or more, the first again at the end."""
    try:
        ring = [tuple(map(float, place.split(","))) for place in text.split()]
        sound = all(abs(lat) <= 90 and abs(lon) <= 180 for lat, lon in ring)
    except ValueError as exc:
        raise BadCap(where, f"{text[:100]!r} is no ring of lat,lon") from exc
    if not sound or len(ring) < 4 or ring[0] != ring[-1]:
        raise BadCap(where, f"{text[:100]!r} is no closed ring on Earth")


def _datetime(text: str, where: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as exc:
        raise BadCap(where, f"{text!r} is no time") from exc


def _moment(root: Element) -> float:
    return _datetime(_text(root, "sent"), "alert/sent").timestamp()


def _text(element: Element, name: str) -> str:
    return (element.findtext(f"{_CAP}{name}") or "").strip()


def _info(info: Element) -> CapInfo:
    areas = info.findall(f"{_CAP}area")
    rings = [one.text or "" for area in areas for one in area.findall(f"{_CAP}polygon")]
    return CapInfo(
        language=_text(info, "language") or "en-US",
        event=_text(info, "event"),
        urgency=_text(info, "urgency"),
        severity=_text(info, "severity"),
        certainty=_text(info, "certainty"),
        headline=_text(info, "headline"),
        description=_text(info, "description"),
        areas=tuple(_text(area, "areaDesc") for area in areas),
        polygons=tuple(filter(None, (ring.strip() for ring in rings))),
    )
