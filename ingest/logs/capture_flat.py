"""Messages that Telegraf flattened on their way into a database, put back into their shape."""

from __future__ import annotations

import re
from typing import Any

import msgspec

_STEP = re.compile(r"(\d+-\d+-\d+|cameras_\d|drone_list_\d|position_state)_", re.ASCII)
"""What decoders look inside of; everything else may stay flat."""


def unflattened(line: bytes) -> bytes:
    """``{"data_position_state_is_fixed": 2}`` is ``{"data": {"position_state": ...}}`` again.

    Text is dropped on such a way: listed drones get a stand-in for their serial number, and listed
    cameras the payload that the message tells of.

    Raises:
        ValueError: not a JSON object.
    """
    try:
        flat = msgspec.json.decode(line, type=dict[str, object])
    except RecursionError as exc:
        raise ValueError(str(exc)) from exc
    data: dict[str, Any] = {}
    for name, value in flat.items():
        if name.startswith("data_"):
            _put(data, name.removeprefix("data_"), value)
    cameras = [data.pop(key) for key in sorted(data) if key.startswith("cameras_")]
    drones = [data.pop(key) for key in sorted(data) if key.startswith("drone_list_")]
    payload = next((key for key in data if "-" in key), None)
    data["cameras"] = [{"payload_index": payload, **camera} for camera in cameras]
    data["drone_list"] = [{"sn": f"drone-{at}", **drone} for at, drone in enumerate(drones)]
    return msgspec.json.encode({"timestamp": flat.get("timestamp"), "data": data})


def _put(data: dict[str, Any], name: str, value: object) -> None:
    while step := _STEP.match(name):
        data = data.setdefault(step[1], {})
        name = name[step.end() :]
    data[name] = value
