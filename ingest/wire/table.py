"""Which decoder reads which topic: one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ingest.errors import BadMessage
from ingest.records import Decoded
from ingest.wire import dji, envelope, native
from ingest.wire.keys import DEVICE_ID
from ingest.wire.mapping import Mapping

Decoder = Callable[[str, str, bytes, float], Decoded]
"""Topic, device id, payload, time of arrival in seconds since 1970 UTC."""

_BUILT_IN: dict[str, Decoder] = {
    "uav/+/fix": native.decode_fix,
    "uav/+/home": native.decode_home,
    "uav/+/frame": envelope.decode,
    "thing/product/+/osd": dji.decode_osd,
    "thing/product/+/state": dji.decode_state,
    "thing/product/+/events": dji.decode_events,
    "sys/product/+/status": dji.decode_status,
}


class Decoders:
    """The built-in dialects and the configured mappings behind one function."""

    def __init__(self, mappings: Sequence[Mapping] = ()) -> None:
        """Build the table.

        Raises:
            ValueError: a mapping for a topic that already has a decoder.
        """
        table = dict(_BUILT_IN)
        for mapping in mappings:
            if mapping.topic in table:
                msg = f"two decoders for the topic {mapping.topic}"
                raise ValueError(msg)
            table[mapping.topic] = mapping.decode
        self._subscriptions = tuple(table)
        self._routes = [_split(pattern, decoder) for pattern, decoder in table.items()]

    def subscriptions(self) -> tuple[str, ...]:
        """The MQTT topic filters to subscribe to."""
        return self._subscriptions

    def decode(self, topic: str, payload: bytes, t_received_s: float) -> Decoded:
        """What one message held.

        Raises:
            BadMessage: a topic without a decoder, a device id no broker rule could name, or a
                payload its dialect does not understand; nothing else is ever raised.
        """
        for before, after, decoder in self._routes:
            if topic.startswith(before) and topic.endswith(after):
                device_id = topic[len(before) : len(topic) - len(after)]
                if DEVICE_ID.fullmatch(device_id):
                    return decoder(topic, device_id, payload, t_received_s)
        raise BadMessage(topic, "no decoder for this topic and device id")


def _split(pattern: str, decoder: Decoder) -> tuple[str, str, Decoder]:
    """A pattern cut at its ``+``: what stands before the device id, and what after."""
    before, _, after = pattern.partition("+")
    return before, after, decoder
