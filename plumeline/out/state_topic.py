"""The state of each incident on MQTT, retained, and whether this station is there at all.

``<prefix>/incidents/<incident id>`` holds the newest message, ``<prefix>/availability`` is
``online`` or, by the broker's last will, ``offline``.
"""

from __future__ import annotations

import threading

from ingest.mqtt import Address, connect_options, make_client
from plumeline.out.post import Post, SendFailed

TIMEOUT_S = 10.0


class StateTopic:
    """Publishes to one broker, and stays connected to it."""

    def __init__(self, address: Address, *, prefix: str) -> None:
        self._prefix = prefix
        self._address = address
        self._client = make_client(address, client_id=address.client_id)
        self._client.will_set(f"{prefix}/availability", b"offline", qos=1, retain=True)
        self._connected = threading.Event()
        self._client.on_connect = self._online
        self._client.on_disconnect = lambda *_: self._connected.clear()
        self._started = False

    def open(self) -> None:
        """Connect, now or as soon as the broker is there, and say that the station is online."""
        if not self._started:
            self._client.connect_async(**connect_options(self._address))
            self._client.loop_start()
            self._started = True

    def send(self, post: Post) -> None:
        """Publish with QoS 1, retained; it has arrived when the broker acknowledges it.

        Raises:
            SendFailed: no connection, or no acknowledgement in time.
        """
        self.open()
        if not self._connected.wait(TIMEOUT_S):
            reason = f"no connection to {self._address.host}:{self._address.port}"
            raise SendFailed(reason)
        topic = f"{self._prefix}/incidents/{post.incident_id}"
        told = self._client.publish(topic, post.body, qos=1, retain=True)
        try:
            told.wait_for_publish(TIMEOUT_S)
        except (RuntimeError, ValueError) as exc:
            raise SendFailed(str(exc)) from exc
        if not told.is_published():
            reason = f"{self._address.host}:{self._address.port} did not acknowledge"
            raise SendFailed(reason)

    def close(self) -> None:
        """Say goodbye, so that the will is not needed."""
        if self._started:
            if self._connected.is_set():
                gone = self._client.publish(
                    f"{self._prefix}/availability", b"offline", qos=1, retain=True
                )
                gone.wait_for_publish(TIMEOUT_S)
            self._client.disconnect()
            self._client.loop_stop()
            self._started = False

    def _online(self, *_: object) -> None:
        self._client.publish(f"{self._prefix}/availability", b"online", qos=1, retain=True)
        self._connected.set()
