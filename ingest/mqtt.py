"""The MQTT edge: a persistent session, QoS 1, and acknowledgements only after the commit."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.errors import IngestError, ShelfUnavailable
from ingest.inbox import Delivery, Inbox
from ingest.recorder import Message, Recorder, Stored, receipts
from ingest.records import Key, Record, Reply
from ingest.trouble import LineWhy, Trouble
from ingest.watched import WatchedClient

log = logging.getLogger(__name__)

BATCH_MESSAGES = 500
"""At most, in one transaction. What comes in while one is committed makes up the next."""
RECEIVE_MAXIMUM = 1_000
RECEIPT_EVERY_S = 0.25
"""A receipt for each batch would be nearly one for each message where many devices speak."""
SESSION_EXPIRY_S = 7 * 24 * 3600
SESSION_TAKEN = 0x8E
STEADY_S = 5.0
"""A connection that lasts shorter than this, three times over, is not the network's fault."""
SUBSCRIBE_QOS = 1


class SessionTaken(IngestError):
    """Another client connected with our client id."""

    def __init__(self, client_id: str) -> None:
        super().__init__(
            f"another client uses the MQTT client id {client_id!r}: "
            "stop it, or give this one an id of its own ([mqtt] client_id)"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Certificates for an encrypted connection; client ones where the broker asks for them."""

    ca_file: Path | None = None
    """None trusts the system's authorities."""
    cert_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the broker is and who we are to it."""

    host: str = "127.0.0.1"
    port: int = 1883
    client_id: str = "plumeline-recorder"
    """The broker keeps what arrives while we are away under this name."""
    protocol: int = 5
    """5, or 4 for MQTT 3.1.1."""
    username: str | None = None
    password: str | None = None
    tls: Tls | None = None
    keepalive_s: int = 30
    share: str | None = None
    """The name of a shared subscription, where several recorders split the work (MQTT 5)."""


def make_client(address: Address, *, client_id: str, persistent: bool = False) -> WatchedClient:
    """A paho client for this broker, not connected yet.

    A persistent one has a session that the broker keeps, and acknowledges by hand.
    """
    v5 = address.protocol == 5
    client = WatchedClient(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=MQTTProtocolVersion.MQTTv5 if v5 else MQTTProtocolVersion.MQTTv311,
        clean_session=None if v5 else not persistent,
        manual_ack=persistent,
    )
    if address.username is not None:
        client.username_pw_set(address.username, address.password)
    if address.tls is not None:
        tls = address.tls
        context = ssl.create_default_context(cafile=tls.ca_file)
        if tls.cert_file is not None:
            context.load_cert_chain(tls.cert_file, tls.key_file)
        client.tls_set_context(context)
    client.on_socket_open = _send_small_packets_at_once
    client.reconnect_delay_set(min_delay=1, max_delay=10)
    return client


def connect_options(address: Address, *, persistent: bool = False) -> dict[str, Any]:
    """The arguments of ``connect``; a persistent session is kept for a week."""
    options: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "keepalive": address.keepalive_s,
    }
    if persistent and address.protocol == 5:
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        options |= {"clean_start": False, "properties": properties}
    return options


class Consumer:
    """Feeds a recorder from a broker until told to stop."""

    def __init__(
        self,
        address: Address,
        filters: Sequence[str],
        recorder: Recorder,
        *,
        now_s: Callable[[], float],
        on_stored: Callable[[Stored], None] = lambda stored: None,
    ) -> None:
        self._address = address
        prefix = f"$share/{address.share}/" if address.share else ""
        self._topics = [(prefix + name, SUBSCRIBE_QOS) for name in filters]
        self._recorder = recorder
        self._now_s = now_s
        self._on_stored = on_stored
        self._inbox = Inbox()
        self._unreceipted: list[tuple[type[Record], Key]] = []
        self._receipted_s = 0.0
        self._line = threading.Lock()
        self._generation = 0
        self._connected = False
        self._taken = False
        self._t_connected_s = 0.0
        self._short_lived = 0
        self._line_trouble: Trouble | None = Trouble(LineWhy.NOT_CONNECTED)
        self._store_trouble: Trouble | None = None
        self.subscribed = threading.Event()
        """Set once the broker has granted every subscription: from then on nothing is missed."""
        self._client = make_client(address, client_id=address.client_id, persistent=True)
        self._client.on_connect = self._connect
        self._client.on_subscribe = self._granted
        self._client.on_disconnect = self._disconnect
        self._client.on_message = self._arrive

    @property
    def trouble(self) -> Trouble | None:
        """What keeps messages from being recorded now; None when all is well."""
        return self._store_trouble or self._line_trouble or self._unsteady()

    def _unsteady(self) -> Trouble | None:
        """MQTT 3.1.1, and mosquitto 2.0 in 5 too, tell nobody that his session was taken over."""
        if self._short_lived < 3 or self._now_s() - self._t_connected_s > STEADY_S:
            return None
        return Trouble(LineWhy.UNSTEADY, self._address.client_id)

    def run(self, stop: threading.Event) -> None:
        """Record until ``stop`` is set; reconnects by itself.

        Raises:
            SessionTaken: another client has taken our session.
            Exception: what the network thread died of, so that nobody waits for it in vain.
        """
        self._client.connect_async(**connect_options(self._address, persistent=True))
        self._client.loop_start()
        try:
            while not stop.is_set():
                batch = self._inbox.take(at_most=BATCH_MESSAGES, timeout_s=0.2)
                self._settle(batch, stop)
                self._receipt()
                if self._taken:
                    raise SessionTaken(self._address.client_id)
                if self._client.died_of is not None:
                    raise self._client.died_of
        finally:
            self._inbox.close()
            self._receipt(every_s=0.0)
            self._client.disconnect()
            self._client.loop_stop()

    def _settle(self, batch: Sequence[Delivery], stop: threading.Event) -> None:
        """Store, then acknowledge; while the store can take nothing, nothing is acknowledged."""
        if not batch:
            return
        pause_s = 0.25
        while not stop.is_set():
            try:
                stored, replies = self._recorder.store([d.message for d in batch])
            except ShelfUnavailable as exc:
                self._store_trouble = Trouble(LineWhy.NOT_STORED, str(exc))
                log.error("store unavailable retry_s=%.2f reason=%s", pause_s, exc)
                stop.wait(pause_s)
                pause_s = min(pause_s * 2, 5.0)
                continue
            self._store_trouble = None
            self._acknowledge(batch)
            self._publish(replies)
            self._unreceipted += stored.keys
            self._on_stored(stored)
            return

    def _receipt(self, every_s: float = RECEIPT_EVERY_S) -> None:
        """Tell the devices what is stored, once in a while."""
        since_s = self._now_s() - self._receipted_s
        if self._unreceipted and not 0.0 <= since_s < every_s:
            self._publish(receipts(self._unreceipted))
            self._unreceipted.clear()
            self._receipted_s += since_s

    def _publish(self, replies: Sequence[Reply]) -> None:
        for reply in replies:
            self._client.publish(reply.topic, reply.payload)

    def _acknowledge(self, batch: Sequence[Delivery]) -> None:
        with self._line:
            for delivery in batch:
                if self._connected and delivery.generation == self._generation:
                    self._client.ack(delivery.mid, delivery.qos)

    def _arrive(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        received = Message(
            topic=message.topic, payload=bytes(message.payload), t_received_s=self._now_s()
        )
        self._inbox.put(
            Delivery(
                message=received, mid=message.mid, qos=message.qos, generation=self._generation
            )
        )

    def _connect(
        self,
        client: Client,
        _data: object,
        flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._line_trouble = Trouble(LineWhy.REFUSED, str(reason))
            log.error("mqtt refused host=%s reason=%s", self._address.host, reason)
            return
        with self._line:
            self._generation += 1
            self._connected = True
            self._line_trouble = None
            self._t_connected_s = self._now_s()
        client.subscribe(self._topics)
        log.info("mqtt connected host=%s resumed=%s", self._address.host, flags.session_present)

    def _granted(
        self,
        _client: Client,
        _data: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        refused = [
            topic for (topic, _), r in zip(self._topics, reasons, strict=False) if r.is_failure
        ]
        if refused:
            self._line_trouble = Trouble(LineWhy.NO_TOPIC, ", ".join(refused))
            log.error("mqtt subscription refused topics=%s", refused)
        else:
            self.subscribed.set()

    def _disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        with self._line:
            self._generation += 1
            self._connected = False
            lasted_s = self._now_s() - self._t_connected_s
            self._short_lived = self._short_lived + 1 if lasted_s < STEADY_S else 0
            self._line_trouble = Trouble(LineWhy.LOST, str(reason))
        self._taken = self._taken or reason.value == SESSION_TAKEN
        log.warning("mqtt lost host=%s reason=%s", self._address.host, self._unsteady() or reason)


def _send_small_packets_at_once(_client: Client, _data: object, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
