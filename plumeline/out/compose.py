"""Writing a message in the format that a partner reads."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Literal

import msgspec

from alerts.events import NumberedEvent
from alerts.handover import cap, cot, sheet
from alerts.handover.cap import Issuer, Letter, MessageType, Sent
from alerts.incident import Incident
from alerts.severity import severity
from alerts.words import headline, place_in_words
from geo.ellipse import ellipse
from geo.ground import Ellipse
from store.outbox import Planned

Format = Literal["json", "cap", "cot", "sheet"]
AddressOf = Callable[[str], str | None]
"""The address of premises by their id, None where it is not known."""
VERSION = 1
"""Of the JSON message."""


def no_address(_premises_id: str) -> str | None:
    """Nothing is known."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The JSON message: the incident as it stands, with everything a reader wants worked out."""

    version: int
    key: str
    message: MessageType
    event_n: int
    t_s: float
    severity: str
    headline_zh: str
    headline_en: str
    place_zh: str
    place_en: str
    ellipse: Ellipse | None
    """95 %."""
    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes for one channel."""

    channel: str
    format: Format
    issuer: Issuer | None = None
    """Needed by CAP."""
    zone: tzinfo = UTC
    page_url: str | None = None
    """Where receivers find the pictures: the station's page."""
    address_of: AddressOf = no_address

    def write(
        self,
        incident: Incident,
        numbered: NumberedEvent,
        message: MessageType,
        story: Sequence[tuple[MessageType, Sent | None]],
        taken: Container[str] = (),
    ) -> Planned | None:
        """The message that an event makes; None where the format cannot say it.

        ``story`` is what the channel was told of this incident before; ``taken`` are the CAP
        identifiers of the station that are in use at this time or later.
        """
        key = f"{incident.incident_id}.{numbered.n}.{self.channel}"
        t_s = numbered.t_logged_s or numbered.event.t_s
        sent: Sent | None = None
        match self.format:
            case "json":
                kind, body = "application/json", self._json(incident, numbered, message, key, t_s)
            case "cot":
                kind, event = "application/xml", cot.write(incident, t_s)
                if event is None:
                    return None
                body = event
            case "sheet":
                kind, body = "text/html; charset=utf-8", self._sheet(incident, t_s)
            case "cap":
                letter = self._letter(incident, message, story, t_s, taken)
                kind, body, sent = "application/cap+xml", cap.write(letter), letter.sent
        return Planned(
            channel=self.channel,
            key=key,
            incident_id=incident.incident_id,
            event_n=numbered.n,
            message=message,
            content_type=kind,
            subject=f"{message}: {headline(incident, 'zh')} / {headline(incident, 'en')}",
            body=body,
            sent=sent,
        )

    def _json(
        self,
        incident: Incident,
        numbered: NumberedEvent,
        message: MessageType,
        key: str,
        t_s: float,
    ) -> bytes:
        point = incident.point
        return msgspec.json.encode(
            Told(
                version=VERSION,
                key=key,
                message=message,
                event_n=numbered.n,
                t_s=t_s,
                severity=severity(incident).name.lower(),
                headline_zh=headline(incident, "zh"),
                headline_en=headline(incident, "en"),
                place_zh=place_in_words(incident.best, "zh"),
                place_en=place_in_words(incident.best, "en"),
                ellipse=ellipse(point) if point else None,
                incident=incident,
            )
        )

    def _sheet(self, incident: Incident, t_s: float) -> bytes:
        near = incident.best.premises
        made = sheet.Sheet(
            incident=incident,
            t_s=t_s,
            zone=self.zone,
            address=self.address_of(near[0].premises_id) if near else None,
            picture=self._picture(incident),
        )
        return sheet.page(made).encode()

    def _letter(
        self,
        incident: Incident,
        message: MessageType,
        story: Sequence[tuple[MessageType, Sent | None]],
        t_s: float,
        taken: Container[str],
    ) -> Letter:
        """CAP refers to every message since the last cancellation."""
        assert self.issuer is not None, "the configuration has looked"
        references: list[Sent] = []
        for kind, sent in story:
            if kind is MessageType.CANCEL:
                references = []
            elif sent is not None:
                references.append(sent)
        t_s, serial = _free(self.issuer, t_s, taken)
        return Letter(
            incident=incident,
            type=message,
            issuer=self.issuer,
            t_s=t_s,
            serial=serial,
            references=tuple(references),
            picture_uri=self._picture(incident),
        )

    def _picture(self, incident: Incident) -> str | None:
        if self.page_url is None:
            return None
        return f"{self.page_url.rstrip('/')}/api/blobs/{incident.best.sha256}"


def _free(issuer: Issuer, t_s: float, taken: Container[str]) -> tuple[float, int]:
    """A second and a serial that no message bears yet: ten fit into each second."""
    second = float(int(t_s))
    while True:
        for serial in range(10):
            if issuer.identifier(second, serial) not in taken:
                return second, serial
        second += 1
