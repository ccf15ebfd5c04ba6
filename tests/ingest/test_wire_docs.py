"""What docs/wire.md shows is what the decoders read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import paho.mqtt.publish
import pytest

from ingest.records import Fix, Frame, Quality
from ingest.wire.envelope import FrameHeader
from ingest.wire.mapping import Mapping
from ingest.wire.native import _Fix
from ingest.wire.table import Decoders

PAGE = (Path(__file__).parents[2] / "docs" / "wire.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_bridge_on_the_page_publishes_a_fix_and_a_frame_that_decode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, Any, int, bool]] = []
    monkeypatch.setattr(paho.mqtt.publish, "multiple", lambda messages, **_: sent.extend(messages))
    monkeypatch.chdir(tmp_path)
    assert cv2.imwrite("frame.jpg", np.zeros((48, 64, 3), np.uint8))
    (snippet,) = blocks("python")
    assert len(snippet.splitlines()) <= 16
    exec(snippet, {})
    (fix,), (frame,) = (
        Decoders().decode(topic, data.encode() if isinstance(data, str) else data, 0.0).records
        for topic, data, _, _ in sent
    )
    assert isinstance(fix, Fix)
    assert isinstance(frame, Frame)
    assert fix.quality is Quality.OK
    assert fix.key == frame.key
    assert (frame.width_px, frame.height_px) == (64, 48)


def test_the_example_fix_and_mapping_on_the_page_are_read() -> None:
    (fix,) = Decoders().decode("uav/uav-01/fix", blocks("json")[0].encode(), 0.0).records
    assert isinstance(fix, Fix)
    assert (fix.quality, fix.key.seq) == (Quality.OK, 412)
    (text,) = blocks("toml")
    assert Decoders(msgspec.toml.decode(text, type=dict[str, list[Mapping]])["mappings"])


def test_every_topic_and_every_field_is_on_the_page() -> None:
    topics = [one.replace("+", "{device_id}") for one in Decoders().subscriptions()]
    for topic in topics:
        assert topic in PAGE or topic.replace("device_id", "sn") in PAGE
    for name in (*_Fix.__struct_fields__, *FrameHeader.__dataclass_fields__):
        assert f"`{name}`" in PAGE
    for name in ("topic", "t_device", "time_unit", "fix_ok", "camera"):
        assert f"`{name}`" in PAGE
