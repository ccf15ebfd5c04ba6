"""Messages a second through the decoders, beside plain ``json.loads`` in the same run.

Run: python -m bench.wire_decode
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from time import perf_counter

from ingest.wire.table import Decoders

T = 1_767_600_000.25
NATIVE = {
    "boot_id": "b7",
    "seq": 12,
    "t_device_s": T,
    "lat_deg": 32.0603,
    "lon_deg": 118.7969,
    "height_takeoff_m": 80.5,
    "height_ellipsoid_m": 101.25,
    "yaw_deg": -91.4,
    "pitch_deg": 2.1,
    "roll_deg": 0.4,
    "gimbal_yaw_deg": 88.2,
    "gimbal_pitch_deg": -45.0,
    "gimbal_roll_deg": 0.0,
    "camera": "M30T",
    "zoom": 2.0,
    "fix": "ok",
}
OSD = {
    "tid": "43d2e632-1558-4c4e-83d2-eeb51b7a377a",
    "bid": "7578f2ac-1f12-4d47-9ab6-5de146ed7b8a",
    "timestamp": 1_767_600_000_250,
    "gateway": "4TADKAQ000002J",
    "data": {
        "mode_code": 5,
        "longitude": 118.7969,
        "latitude": 32.0603,
        "height": 134.17,
        "elevation": 100.0,
        "attitude_head": -91.4,
        "attitude_pitch": -3.1,
        "attitude_roll": 0.4,
        "horizontal_speed": 8.2,
        "vertical_speed": 0.0,
        "home_distance": 412.0,
        "wind_speed": 31,
        "position_state": {"is_fixed": 2, "quality": 5, "gps_number": 19, "rtk_number": 25},
        "battery": {"capacity_percent": 67, "remain_flight_time": 1210, "batteries": []},
        "cameras": [{"payload_index": "53-0-0", "camera_mode": 1, "zoom_factor": 5.0}],
        "53-0-0": {
            "payload_index": "53-0-0",
            "gimbal_pitch": -32.9,
            "gimbal_roll": 0.0,
            "gimbal_yaw": -106.6,
            "zoom_factor": 5.0,
            "measure_target_error_state": 3,
        },
    },
}


def best_rate(work: Callable[[], object], count: int = 5_000, rounds: int = 5) -> float:
    """Calls a second in the best of several rounds."""
    best_s = float("inf")
    for _ in range(rounds):
        start = perf_counter()
        for _ in range(count):
            work()
        best_s = min(best_s, perf_counter() - start)
    return count / best_s


def main() -> None:
    """Print one line per dialect: messages a second, those of json.loads, the ratio of times."""
    decoders = Decoders()
    for name, topic, body in (
        ("native fix", "uav/uav-01/fix", NATIVE),
        ("DJI osd", "thing/product/1581F5BKD225D00BP891/osd", OSD),
    ):
        payload = json.dumps(body).encode()
        decode = best_rate(partial(decoders.decode, topic, payload, T))
        loads = best_rate(partial(json.loads, payload))
        print(
            f"{name:10} {len(payload):5} B  decode {decode:9,.0f}/s"
            f"  json.loads {loads:9,.0f}/s  time ratio {loads / decode:.2f}"
        )


if __name__ == "__main__":
    main()
