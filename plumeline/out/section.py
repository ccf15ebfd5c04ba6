"""``[out]`` of the configuration: who is told, in which format, by which way."""

from __future__ import annotations

from typing import Literal

import msgspec

from alerts.handover.dispatch import From
from plumeline.out.compose import Format
from plumeline.section import Section


class PartnerSection(Section, frozen=True):
    """One partner, under a name of its own: ``[out.partners.fire-119]``."""

    way: Literal["webhook", "mqtt", "tak", "mail"]
    format: Format = "json"
    since: From = From.HANDED_OVER
    """From when on he is told: raised, confirmed, handed_over."""
    url: str | None = None
    """Of a webhook."""
    secret_file: str | None = None
    """With the key that a webhook is signed with; required there."""
    host: str | None = None
    """Of the MQTT broker, the TAK server or the mail server; the station's own broker for mqtt."""
    port: int | None = None
    transport: Literal["tcp", "udp", "tls"] = "tcp"
    """Of tak."""
    security: Literal["tls", "starttls", "none"] = "starttls"
    """Of mail."""
    prefix: str = "plumeline"
    """Of mqtt: the first words of its topics."""
    sender: str | None = None
    """Of mail: the address it comes from."""
    to: tuple[str, ...] = ()
    """Of mail."""
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None


class OutSection(Section, frozen=True):
    """Everything that leaves the station."""

    allow: tuple[str, ...] = ()
    """Hosts and networks that webhooks may reach; nothing else is ever connected to."""
    page_url: str | None = None
    """How partners reach the page, for links to pictures."""
    issuer: str | None = None
    """GB/T 35965.1 code of the station, 14 digits; needed by CAP."""
    sender: str = "plumeline"
    """CAP's name of the sender."""
    contact: str = ""
    partners: dict[str, PartnerSection] = msgspec.field(default_factory=dict)
