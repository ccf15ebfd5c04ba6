"""A paho client whose network thread does not die unnoticed."""

from __future__ import annotations

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode


class WatchedClient(Client):
    """A paho client that remembers what its network thread died of; paho itself tells nobody."""

    died_of: Exception | None = None

    def loop_forever(
        self, timeout: float = 1.0, retry_first_connection: bool = False
    ) -> MQTTErrorCode:
        """What the network thread runs."""
        try:
            return super().loop_forever(timeout, retry_first_connection)
        except Exception as exc:  # noqa: BLE001  # the thread's last words, whatever they are
            self.died_of = exc
            return MQTTErrorCode.MQTT_ERR_UNKNOWN
