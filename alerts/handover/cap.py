"""Common Alerting Protocol 1.2 (OASIS, 2010), with the identifier of GB/T 35965.1-2018.

The identifier has 31 characters, ``ZZZZZZDDDUUUXX_YYYYMMDDhhmmss_N``: administrative division,
sector, unit, extension, Beijing time, and a serial digit for messages of the same second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from xml.etree.ElementTree import Element

from alerts.errors import AlertsError
from alerts.events import Status
from alerts.export.markup import element, xml
from alerts.incident import Incident
from alerts.lifecycle import State, Verb
from alerts.severity import severity
from alerts.words import Language, headline, place_in_words
from detect.detection import Label
from geo.ellipse import polygon
from geo.ground import GroundPoint

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
BEIJING = timezone(timedelta(hours=8))
CORNERS = 24
"""Of the polygon that stands for the 95 % ellipse."""

_CODE = re.compile(r"[0-9]{14}")
_SENDER = re.compile(r"[^\s,<&]+")
_STATUS = {Status.ACTUAL: "Actual", Status.EXERCISE: "Exercise", Status.TEST: "Test"}


class BadIssuer(AlertsError):
    """An issuing unit that GB/T 35965.1 or CAP cannot name."""

    def __init__(self, code: str, sender: str) -> None:
        super().__init__(
            f"issuer {code!r} of {sender!r}: the code is 14 digits, division (6), sector (3),"
            " unit (3) and extension (2); the sender has no spaces, commas, < or &"
        )
        self.code = code
        self.sender = sender


class MessageType(StrEnum):
    """What a message is to those before it."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who sends.

    Raises:
        BadIssuer: not 14 digits.
    """

    code: str
    """GB/T 35965.1: administrative division, sector, unit, extension."""
    sender: str
    """CAP's sender: a name that no other system uses, without spaces or commas."""
    contact: str = ""

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code) or not _SENDER.fullmatch(self.sender):
            raise BadIssuer(self.code, self.sender)

    def identifier(self, t_s: float, serial: int) -> str:
        """The identifier of a message sent at this time; ``serial`` is 0 to 9.

        Raises:
            ValueError: another serial.
        """
        if not 0 <= serial <= 9:
            msg = f"serial {serial} is not a digit"
            raise ValueError(msg)
        moment = datetime.fromtimestamp(t_s, UTC).astimezone(BEIJING)
        return f"{self.code}_{moment:%Y%m%d%H%M%S}_{serial}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message that went out before, as CAP refers to it."""

    identifier: str
    sender: str
    t_s: float

    def __str__(self) -> str:
        return f"{self.sender},{self.identifier},{_time(self.t_s)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message about an incident."""

    incident: Incident
    type: MessageType
    issuer: Issuer
    t_s: float
    """When it is sent, seconds since 1970 UTC."""
    serial: int = 0
    references: tuple[Sent, ...] = ()
    """The messages it updates or cancels."""
    picture_uri: str | None = None

    @property
    def sent(self) -> Sent:
        """How later messages refer to this one."""
        identifier = self.issuer.identifier(self.t_s, self.serial)
        return Sent(identifier=identifier, sender=self.issuer.sender, t_s=self.t_s)


def write(letter: Letter) -> bytes:
    """The message in UTF-8.

    Raises:
        ValueError: an update or a cancellation that refers to nothing, or an alert that does.
    """
    if (letter.type is MessageType.ALERT) == bool(letter.references):
        msg = f"a message of type {letter.type} with {len(letter.references)} references"
        raise ValueError(msg)
    sent = letter.sent
    alert = element(
        "alert",
        None,
        element("identifier", sent.identifier),
        element("sender", sent.sender),
        element("sent", _time(letter.t_s)),
        element("status", _STATUS[letter.incident.status]),
        element("msgType", letter.type.value),
        element("source", "Plumeline"),
        element("scope", "Restricted"),
        element("restriction", "For the departments it is addressed to"),
        *_note(letter),
        *([element("references", " ".join(map(str, letter.references)))] * bool(letter.references)),
        element("incidents", letter.incident.incident_id),
        _info(letter, "zh"),
        _info(letter, "en"),
        xmlns=NAMESPACE,
    )
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + xml(alert)


def _time(t_s: float) -> str:
    """With its offset, which CAP demands: "Z" is not allowed."""
    moment = datetime.fromtimestamp(t_s, UTC).astimezone(BEIJING)
    return moment.isoformat(timespec="seconds")


def _note(letter: Letter) -> list[Element]:
    """CAP wants exercises to say what they are."""
    if letter.incident.status is Status.ACTUAL:
        return []
    return [
        element("note", f"{_STATUS[letter.incident.status]}: no real fire. 演练或测试，非真实火情")
    ]


def _info(letter: Letter, speak: Language) -> Element:
    incident = letter.incident
    over = letter.type is MessageType.CANCEL or incident.handling.state in _OVER
    return element(
        "info",
        None,
        element("language", "zh-CN" if speak == "zh" else "en-US"),
        element("category", "Fire"),
        element("event", _event(incident, speak)),
        element("responseType", "AllClear" if over else "Assess"),
        element("urgency", "Past" if over else "Immediate"),
        element("severity", severity(incident).name.capitalize()),
        element("certainty", _certainty(letter)),
        element("onset", _time(incident.t_first_s)),
        element("senderName", letter.issuer.sender),
        element("headline", headline(incident, speak)),
        element("description", place_in_words(incident.best, speak)),
        *([element("contact", letter.issuer.contact)] if letter.issuer.contact else []),
        *(_parameter(name, value) for name, value in _parameters(incident)),
        *([_picture(letter.picture_uri)] if letter.picture_uri else []),
        _area(incident, speak),
    )


_OVER = frozenset({State.RESOLVED, State.CLOSED, State.DISMISSED})


def _event(incident: Incident, speak: Language) -> str:
    fire = Label.FIRE in incident.labels
    if speak == "zh":
        return "火情" if fire else "烟情"
    return "Fire" if fire else "Smoke"


def _certainty(letter: Letter) -> str:
    """Observed once a person has said so; what only the detector says is likely."""
    if letter.type is MessageType.CANCEL:
        return "Unlikely"
    return "Observed" if letter.incident.handling.mark(Verb.CONFIRM) else "Likely"


def _parameters(incident: Incident) -> list[tuple[str, str]]:
    found = [("incident", incident.incident_id), ("sightings", str(incident.sightings))]
    confirmed = incident.handling.mark(Verb.CONFIRM)
    if confirmed:
        found.append(("confirmedBy", f"{confirmed.actor} {confirmed.seat}".strip()))
    if incident.best.premises:
        first = incident.best.premises[0]
        found.append(("premises", f"{first.premises_id} {first.name}"))
        found.append(("premisesProbability", f"{first.probability:.2f}"))
    return found


def _parameter(name: str, value: str) -> Element:
    return element("parameter", None, element("valueName", name), element("value", value))


def _picture(uri: str) -> Element:
    return element(
        "resource",
        None,
        element("resourceDesc", "The picture that shows it best"),
        element("mimeType", "image/jpeg"),
        element("uri", uri),
    )


def _area(incident: Incident, speak: Language) -> Element:
    place = place_in_words(incident.best, speak)
    shape = [] if incident.point is None else [element("polygon", _polygon(incident.point))]
    return element("area", None, element("areaDesc", place), *shape)


def _polygon(point: GroundPoint) -> str:
    """CAP writes latitude first, and closes the ring."""
    ring = polygon(point, 0.95, CORNERS)
    return " ".join(f"{lat:.6f},{lon:.6f}" for lon, lat in ring)
