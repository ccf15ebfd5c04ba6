"""The figures of recorded flights, by a detector whose every answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from alerts.placing import Placer
from alerts.watch import Rules
from detect.detection import Box, Detection, Image, Label
from plumeline.flights import BadFlight, load_flight
from plumeline.judges import Judges
from plumeline.score_flights import RULES, curve, draw_curve, read_truth, score_flights


class Scripted:
    """Sees the same in every picture."""

    identity = "scripted"

    def __init__(self, *found: Detection) -> None:
        self.found = list(found)
        self.asked = 0

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        self.asked += len(images)
        return [self.found for _ in images]


def judges(*found: Detection) -> Judges:
    return Judges(detector=Scripted(*found), placer=Placer(), rules=Rules())


def smoke(x_px: float, y_px: float) -> Detection:
    box = Box(x0_px=x_px - 20, y0_px=y_px - 60, x1_px=x_px + 20, y1_px=y_px)
    return Detection(label=Label.SMOKE, score=0.9, box=box)


def test_a_detector_that_sees_nothing_tells_nothing_and_rings_never() -> None:
    result = score_flights([load_flight("chemical_store")], judges())
    assert [one.delay_s for one in result.sources] == [None]
    assert (result.false_alarms, result.false_alarms_per_hour) == (0, 0.0)
    assert result.median_delay_s is None


def test_an_alarm_where_nothing_burns_is_false_and_counted_by_the_hour() -> None:
    result = score_flights([load_flight("look_alikes")], judges(smoke(640, 400)))
    assert result.false_alarms >= 1 and result.sources == ()
    per_hour = result.false_alarms / (21 / 3600)
    assert result.false_alarms_per_hour == pytest.approx(per_hour, rel=0.01)


def test_a_stricter_rule_is_later_and_every_picture_is_looked_at_once(tmp_path: Path) -> None:
    """The camera of this flight looks at its source, and takes a picture a second."""
    who = judges(smoke(640, 400))
    points = curve([load_flight("chemical_store")], who)
    delays = [one.median_delay_s for one in points]
    assert delays == pytest.approx([needed - 1 for needed, _, _ in RULES], abs=0.1)
    assert who.detector.asked == 28  # type: ignore[attr-defined]
    pytest.importorskip("matplotlib", reason="the extra plots is not installed")
    assert draw_curve(points, tmp_path).read_bytes().startswith(b"\x89PNG")


def test_a_flight_without_its_truth_is_named(tmp_path: Path) -> None:
    (tmp_path / "flight.jsonl").write_text('{"t_s": 1.0, "topic": "t", "payload": {}}\n')
    with pytest.raises(BadFlight, match="truth"):
        read_truth(load_flight(str(tmp_path)))
