"""From messages to a flight's folder: numbering, what goes wrong on the way, files and truth."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from flights import telemetry
from flights.render import shoot
from flights.script import Flight
from flights.telemetry import Message, tick
from flights.view import to_wgs84


def record(flight: Flight, out: Path, progress: Callable[[str], None]) -> None:
    """Write OUT/flight.jsonl, OUT/truth.json and OUT/frames/."""
    (out / "frames").mkdir(parents=True, exist_ok=True)
    for old in (out / "frames").glob("*.jpg"):
        old.unlink()
    frames, truths = _frames(flight, out, progress)
    sent = _numbered(flight, [telemetry.home(flight), *telemetry.fixes(flight), *frames])
    for truth, message in zip(truths, (m for m in sent if "jpeg" in m.line), strict=True):
        truth["seq"] = message.line["header"].get("seq")
    arrived = _disturbed(flight, sent)
    lines = [_line(message) for message in sorted(arrived, key=lambda message: message.t_s)]
    (out / "flight.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = json.dumps(_truth(flight, arrived, truths), ensure_ascii=False, indent=1)
    (out / "truth.json").write_text(text + "\n", encoding="utf-8")


def _frames(
    flight: Flight, out: Path, progress: Callable[[str], None]
) -> tuple[list[Message], list[dict[str, Any]]]:
    """Render every frame once; a frozen one repeats the file before it."""
    messages: list[Message] = []
    truths: list[dict[str, Any]] = []
    path, data, visible = "", b"", tuple[int, ...]()
    times = telemetry.frame_times_s(flight)
    for number, t_s in enumerate(times):
        defect = _defect(flight, t_s)
        if defect != "frozen":
            shot = shoot(flight, t_s)
            data, visible = shot.jpeg(), shot.visible
            if defect == "truncated":
                data = data[: len(data) * 3 // 5]
            path = f"frames/{number:04d}.jpg"
            (out / path).write_bytes(data)
        claimed = b"not this picture" if defect == "wrong_sha256" else data
        kind = {"truncated": "frame_truncated", "wrong_sha256": "malformed"}.get(defect, "frame")
        message = telemetry.frame(flight, t_s, path, sha256(claimed).hexdigest())
        messages.append(replace(message, kind=kind))
        truths.append(_frame_truth(flight, t_s, path, defect, visible))
        progress(f"{flight.name}: frame {number + 1} of {len(times)}")
    return messages, truths


def _defect(flight: Flight, t_s: float) -> str:
    plan = flight.defects
    if plan.frozen_s[0] + 1 <= t_s < plan.frozen_s[1]:
        return "frozen"
    for name, at_s in (("wrong_sha256", plan.wrong_sha256_s), ("truncated", plan.truncated_s)):
        if at_s is not None and at_s <= t_s < at_s + 1:
            return name
    return ""


def _frame_truth(
    flight: Flight, t_s: float, path: str, defect: str, visible: tuple[int, ...]
) -> dict[str, Any]:
    view = flight.path.view(t_s)
    lat, lon, height = to_wgs84(view.at_m)
    truth: dict[str, Any] = {
        "seq": None,
        "t_capture_s": flight.t0_s + t_s,
        "jpeg": path,
        "lat_deg": round(lat, 9),
        "lon_deg": round(lon, 9),
        "height_ellipsoid_m": round(height, 4),
        "yaw_deg": round(view.yaw_deg, 5),
        "pitch_deg": round(view.pitch_deg, 5),
        "roll_deg": round(view.roll_deg, 5),
        "visible_sources": list(visible) if defect not in ("frozen", "truncated") else [],
    }
    return truth | ({"defect": defect} if defect else {})


def _numbered(flight: Flight, messages: list[Message]) -> list[Message]:
    """One count for all a device sends, in the order it sends; the DJI dialect has none."""
    ordered = sorted(messages, key=lambda message: message.t_flight_s)
    if flight.dji:
        return ordered
    numbered = []
    for seq, message in enumerate(ordered):
        field = "header" if "header" in message.line else "payload"
        body = {"boot_id": message.line[field]["boot_id"], "seq": seq} | message.line[field]
        numbered.append(replace(message, line=message.line | {field: body}))
    return numbered


def _disturbed(flight: Flight, messages: list[Message]) -> list[Message]:
    """Late, broken and repeated messages, as the flight's defects say."""
    plan, random = flight.defects, np.random.default_rng([flight.seed, 6])
    arrived = []
    broken = plan.broken_fix_s
    for message in messages:
        if message.kind == "fix" and random.random() < plan.late_share:
            late = tick(random.uniform(0.3, plan.late_up_to_s))
            arrived.append(replace(message, t_s=message.line["payload"]["t_sent_s"] + late))
        elif message.kind == "fix" and broken is not None and message.t_flight_s >= broken:
            half = json.dumps(message.line["payload"]).encode()[:150]
            raw = {"raw_base64": base64.b64encode(half).decode()}
            arrived.append(replace(message, kind="malformed", line=raw))
            broken = None
        else:
            arrived.append(message)
    for kind in ("fix", "frame"):
        whole = [message for message in arrived if message.kind == kind]
        count = round(plan.redelivered_share * len(whole))
        for index in sorted(random.choice(len(whole), count, replace=False)):
            later = whole[index].t_s + tick(random.uniform(0.05, 2.0))
            arrived.append(replace(whole[index], kind=f"redelivered_{kind}", t_s=later))
    return arrived


def _line(message: Message) -> str:
    body = {"t_s": message.t_s, "topic": message.topic} | message.line
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _truth(flight: Flight, arrived: list[Message], frames: list[dict[str, Any]]) -> dict[str, Any]:
    fixes = [message for message in arrived if message.kind == "fix"]
    without = sum(message.line["payload"].get("fix") == "none" for message in fixes)
    counts = Counter(message.kind for message in arrived)
    return {
        "flight": flight.name,
        "shows": flight.shows,
        "device_id": flight.device_id,
        "t_start_s": flight.t0_s,
        "length_s": flight.length_s,
        "sources": [_source(flight, number) for number in range(len(flight.sources))],
        "distractors": list(flight.distractors),
        "counts": {
            "lines": len(arrived),
            "fix": len(fixes),
            "fix_with_position": len(fixes) - without,
            "fix_without_position": without,
            **{
                kind: counts[kind]
                for kind in ("home", "state", "frame", "frame_truncated", "malformed",
                             "redelivered_fix", "redelivered_frame")
            },
        },
        "sensor_bias": asdict(telemetry.bias(flight)),
        "defects": asdict(flight.defects),
        "frames": frames,
    }  # fmt: skip


def _source(flight: Flight, number: int) -> dict[str, Any]:
    source = flight.sources[number]
    lat, lon, height = to_wgs84(source.foot_m)
    return {
        "label": source.label,
        "lat_deg": round(lat, 9),
        "lon_deg": round(lon, 9),
        "height_m": round(height - telemetry.home_wgs84()[2], 3),
        "height_ellipsoid_m": round(height, 4),
        "premises_id": source.premises_id,
        "t_first_s": flight.t0_s + source.t_first_s,
        "t_last_s": flight.t0_s + min(source.t_last_s, flight.length_s),
    }
