"""The configured partners, ready to be written and sent to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path

from alerts.handover.cap import BadIssuer, Issuer
from ingest.mqtt import Address, Tls
from plumeline.out.addresses import AddressRefused, AllowList
from plumeline.out.compose import AddressOf, Writer, no_address
from plumeline.out.mail import Mail, MailAddress
from plumeline.out.outbox import Channel
from plumeline.out.post import Way
from plumeline.out.section import OutSection, PartnerSection
from plumeline.out.state_topic import StateTopic
from plumeline.out.tak import Tak, TakAddress
from plumeline.out.webhook import Webhook

PORTS = {"tak": 8087, "mail": 587}


class BadPartner(Exception):
    """A partner that cannot be told anything as he is configured: which one, which key, why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"[out.partners.{name}] {reason}")
        self.name = name
        self.reason = reason


def make_channels(
    section: OutSection,
    *,
    broker: Address,
    zone: tzinfo,
    now_s: Callable[[], float],
    address_of: AddressOf = no_address,
) -> dict[str, Channel]:
    """Every configured partner, by name; nothing is connected yet.

    ``broker`` is the station's own, for partners on MQTT that name no other.

    Raises:
        BadPartner: a key is missing, or a file cannot be read.
    """
    allowed = AllowList.of(section.allow)
    return {
        name: Channel(
            name=name,
            since=partner.since,
            writer=replace(_writer(name, partner, section, zone), address_of=address_of),
            way=_way(name, partner, allowed, broker, now_s),
        )
        for name, partner in section.partners.items()
    }


def _writer(name: str, partner: PartnerSection, section: OutSection, zone: tzinfo) -> Writer:
    issuer = None
    if partner.format == "cap":
        if section.issuer is None:
            raise BadPartner(name, "format cap needs [out] issuer, the station's 14-digit code")
        try:
            issuer = Issuer(code=section.issuer, sender=section.sender, contact=section.contact)
        except BadIssuer as exc:
            raise BadPartner(name, str(exc)) from exc
    return Writer(
        channel=name, format=partner.format, issuer=issuer, zone=zone, page_url=section.page_url
    )


def _way(
    name: str,
    partner: PartnerSection,
    allowed: AllowList,
    broker: Address,
    now_s: Callable[[], float],
) -> Way:
    match partner.way:
        case "webhook":
            return _webhook(name, partner, allowed, now_s)
        case "mqtt":
            return StateTopic(_broker(name, partner, broker), prefix=partner.prefix)
        case "tak":
            return Tak(_tak(name, partner))
        case "mail":
            return Mail(_mail(name, partner), now_s=now_s)


def _webhook(
    name: str, partner: PartnerSection, allowed: AllowList, now_s: Callable[[], float]
) -> Webhook:
    url = _needed(name, partner.url, "url")
    secret = _secret(name, _needed(name, partner.secret_file, "secret_file"))
    try:
        allowed.target(url, lambda _host, _port: ["93.184.216.34"])  # the host's name alone
    except AddressRefused as exc:
        raise BadPartner(name, f"url: {exc.reason}") from exc
    return Webhook(
        url, secret=secret.encode(), allowed=allowed, now_s=now_s, ca_file=partner.ca_file
    )


def _broker(name: str, partner: PartnerSection, broker: Address) -> Address:
    client_id = f"{broker.client_id}-out-{name}"
    if partner.host is None:
        return replace(broker, client_id=client_id, share=None)
    tls = None
    if partner.ca_file is not None:
        tls = Tls(
            ca_file=Path(partner.ca_file),
            cert_file=_path(partner.cert_file),
            key_file=_path(partner.key_file),
        )
    return Address(
        host=partner.host,
        port=partner.port or (8883 if tls else 1883),
        client_id=client_id,
        username=partner.username,
        password=_optional_secret(name, partner.password_file),
        tls=tls,
    )


def _tak(name: str, partner: PartnerSection) -> TakAddress:
    return TakAddress(
        host=_needed(name, partner.host, "host"),
        port=partner.port or PORTS["tak"],
        transport=partner.transport,
        ca_file=partner.ca_file,
        cert_file=partner.cert_file,
        key_file=partner.key_file,
    )


def _mail(name: str, partner: PartnerSection) -> MailAddress:
    if not partner.to:
        raise BadPartner(name, "to: who gets the mails?")
    return MailAddress(
        host=_needed(name, partner.host, "host"),
        port=partner.port or PORTS["mail"],
        sender=_needed(name, partner.sender, "sender"),
        to=partner.to,
        security=partner.security,
        username=partner.username,
        password=_optional_secret(name, partner.password_file),
    )


def _path(file: str | None) -> Path | None:
    return None if file is None else Path(file)


def _needed(name: str, value: str | None, key: str) -> str:
    if value is None:
        raise BadPartner(name, f"{key} is missing")
    return value


def _optional_secret(name: str, file: str | None) -> str | None:
    return None if file is None else _secret(name, file)


def _secret(name: str, file: str) -> str:
    try:
        text = Path(file).read_text("utf-8").strip()
    except OSError as exc:
        raise BadPartner(name, f"{file}: {exc.strerror}") from exc
    if len(text) < 16:
        raise BadPartner(name, f"{file}: a secret of fewer than 16 characters is none")
    return text
