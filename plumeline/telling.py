"""Notifier and outbox of one station, put together from its configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alerts.events import NumberedEvent
from ingest.mqtt import Address
from plumeline.checkpoints import Notary
from plumeline.config import Config
from plumeline.escalator import Escalator
from plumeline.notifier import Notifier
from plumeline.out.channels import make_channels
from plumeline.out.outbox import Outbox
from store.retention import SqlRetention
from store.store import Store


def make_notary(config: Config, store: Store, now_s: Callable[[], float]) -> Notary:
    """Signs this record's ledger.

    Raises:
        BadKey: the signing key cannot be read or made.
    """
    folder, witness = config.checkpoints()
    return Notary(store, folder, station=config.station.name_en, now_s=now_s, witness=witness)


def make_outbox(
    config: Config, store: Store, broker: Address, *, now_s: Callable[[], float]
) -> Outbox:
    """What tells the partners.

    Raises:
        BadPartner: a partner is not configured so that he can be told anything.
        ConfigError, BadPremises: the register cannot be read.
    """
    channels = make_channels(
        config.out,
        broker=broker,
        zone=config.zone(),
        now_s=now_s,
        address_of=config.addresses().get,
    )
    return Outbox(store.outbox, store.reader, channels, now_s=now_s)


def make_notifier(
    config: Config,
    store: Store,
    *,
    now_s: Callable[[], float],
    tell: Callable[[Sequence[NumberedEvent]], None],
) -> Notifier:
    """Escalation, checkpoints and the daily purge of one station.

    Raises:
        BadKey: the signing key cannot be read or made.
    """
    ladder = config.escalation.ladder()
    retention, days = SqlRetention(store.engine, store.blobs), config.retention.pictures_days
    return Notifier(
        Escalator(store.acts, store.reader, now_s=now_s, ladder=ladder),
        make_notary(config, store, now_s),
        purge=lambda: retention.purge(now_s(), days),
        checkpoint_s=config.ledger.interval_s,
        now_s=now_s,
        tell=tell,
    )
