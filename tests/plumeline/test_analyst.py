"""The analyst follows the record: each frame once, nothing told twice, newest first when late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from alerts.incident import fold
from alerts.look import LookStatus
from alerts.placing import Placer
from alerts.watch import Rules
from detect.detection import Box, Detection, Image, Label
from ingest.recorder import Arrival, Message
from ingest.records import Fix, Frame
from plumeline.analyst import Analyst, Scope
from plumeline.pace import Pace
from store.analysis import RunKind
from store.store import Store, open_store
from tests.records import T0_S, fix, frame

PICTURE = cv2.imencode(".jpg", np.full((90, 160, 3), 90, np.uint8))[1].tobytes()


class ScriptedDetector:
    """Sees smoke in the middle of every picture, and counts how often it was asked."""

    identity = "scripted"

    def __init__(self) -> None:
        self.asked = 0

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        self.asked += len(images)
        box = Box(x0_px=600, y0_px=260, x1_px=680, y1_px=360)
        return [[Detection(label=Label.SMOKE, score=0.9, box=box)] for _ in images]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "record")
    yield opened
    opened.close()


def picture(t_s: float, **changed: object) -> Frame:
    """A frame whose bytes are a JPEG of their own."""
    import hashlib

    jpeg = PICTURE + repr((t_s, changed.get("device_id"))).encode() + b"\xff\xd9"
    sha256 = hashlib.sha256(jpeg).hexdigest()
    return frame(t_s, jpeg=jpeg, sha256=sha256, size_bytes=len(jpeg), **changed)


def record(store: Store, *records: Fix | Frame) -> None:
    message = Message(topic="t", payload=b"", t_received_s=records[0].t_received_s)
    store.shelf.put([Arrival(message=message, records=records)])


def patrol(seconds: int, *, start_s: int = 0, device_id: str = "nj-01") -> list[Fix | Frame]:
    flown: list[Fix | Frame] = []
    for i in range(start_s, start_s + seconds):
        flown += [
            fix(i, device_id=device_id),
            picture(i + 0.25, device_id=device_id),
            fix(i + 0.5, device_id=device_id),
        ]
    return flown


def analyst(store: Store, detector: ScriptedDetector, *, now_s: float = T0_S, **changed) -> Analyst:  # type: ignore[no-untyped-def]
    options = {"now_s": lambda: now_s, **changed}
    return Analyst(store.analysis, detector, Placer(), Rules(), **options)


def statuses(store: Store, who: Analyst) -> Counter[LookStatus]:
    return Counter(look.status for look in store.analysis.looks(who.run_record, 0).values())


def test_a_patrol_becomes_looks_and_one_incident(store: Store) -> None:
    record(store, *patrol(6))
    told: list[int] = []
    who = analyst(store, ScriptedDetector(), tell=lambda events: told.extend(e.n for e in events))
    who.catch_up()
    assert statuses(store, who) == {LookStatus.SEEN: 6}
    events = store.reader.events_after(0, 100)
    assert [numbered.n for numbered in events] == told
    assert len(fold(numbered.event for numbered in events)) == 1


def test_piece_by_piece_is_the_same_as_all_at_once(tmp_path: Path) -> None:
    flown = patrol(8)
    whole, pieces = open_store(tmp_path / "a"), open_store(tmp_path / "b")
    record(whole, *flown)
    analyst(whole, ScriptedDetector()).catch_up()
    who = analyst(pieces, ScriptedDetector())
    for one in flown:
        record(pieces, one)
        who.catch_up()
    events = [[n.event for n in s.reader.events_after(0, 100)] for s in (whole, pieces)]
    assert events[0] == events[1]
    assert len(events[0]) == 8
    whole.close()
    pieces.close()


@pytest.mark.parametrize("restart_after", range(1, 24, 2))
def test_a_restart_anywhere_tells_the_same_story_once(store: Store, restart_after: int) -> None:
    flown = patrol(8)
    detector = ScriptedDetector()
    record(store, *flown[:restart_after])
    analyst(store, detector).catch_up()
    record(store, *flown[restart_after:])
    who = analyst(store, detector)
    who.catch_up()
    events = [numbered.event for numbered in store.reader.events_after(0, 100)]
    assert len({event.key for event in events}) == len(events)
    (incident,) = fold(events).values()
    assert incident.sightings == 8
    assert incident.point is not None
    assert statuses(store, who) == {LookStatus.SEEN: 8}


def test_frames_that_wait_are_judged_together_whichever_drone_sent_them(store: Store) -> None:
    """And the same is told as when each is judged by itself: test_piece_by_piece above."""
    record(store, *patrol(6), *patrol(6, device_id="nj-02"))
    batches: list[int] = []

    class Counting(ScriptedDetector):
        def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
            batches.append(len(images))
            return super().detect(images)

    who = analyst(store, Counting())
    who.catch_up()
    assert batches == [8, 4]
    assert statuses(store, who) == {LookStatus.SEEN: 12}


def test_frames_judged_before_are_not_judged_again(store: Store) -> None:
    record(store, *patrol(6))
    detector = ScriptedDetector()
    analyst(store, detector).catch_up()
    analyst(store, detector).catch_up()
    assert detector.asked == 6


def test_late_it_judges_the_newest_of_each_drone_and_counts_the_rest(store: Store) -> None:
    record(store, *patrol(10), *patrol(10, device_id="nj-02"))
    detector = ScriptedDetector()
    who = analyst(store, detector, now_s=T0_S + 3600, pace=Pace())
    who.catch_up()
    assert detector.asked == 2
    assert statuses(store, who)[LookStatus.SKIPPED] == 18
    assert store.reader.status().totals.frames_skipped == 18


def test_keeping_up_skips_nothing(store: Store) -> None:
    record(store, *patrol(3))
    who = analyst(store, ScriptedDetector(), now_s=T0_S + 3.2, pace=Pace())
    who.catch_up()
    assert statuses(store, who) == {LookStatus.SEEN: 3}


def test_a_past_range_judges_what_live_skipped_and_rings_nobody(store: Store) -> None:
    record(store, *patrol(10))
    analyst(store, ScriptedDetector(), now_s=T0_S + 3600, pace=Pace()).catch_up()
    assert store.reader.events_after(0, 10) == []
    again = analyst(store, ScriptedDetector(), kind=RunKind.RANGE)
    again.catch_up()
    assert statuses(store, again) == {LookStatus.SEEN: 10}
    assert len(store.analysis.events(again.run_record)) == 10
    assert store.reader.events_after(0, 10) == [], "the live log has live events only"


def test_one_devices_part_of_the_record(store: Store) -> None:
    record(store, *patrol(5), *patrol(5, device_id="nj-02"))
    scope = Scope(device_id="nj-02")
    who = analyst(store, ScriptedDetector(), kind=RunKind.RANGE, scope=scope)
    who.catch_up()
    looks = store.analysis.looks(who.run_record, 0).values()
    assert {look.key.device_id for look in looks} == {"nj-02"}


def test_a_lost_blob_is_a_result_not_a_crash(store: Store) -> None:
    flown = patrol(3)
    record(store, *flown)
    lost = flown[1]
    assert isinstance(lost, Frame)
    store.blobs.path(lost.sha256).unlink()
    who = analyst(store, ScriptedDetector())
    who.catch_up()
    assert statuses(store, who) == {LookStatus.UNREADABLE: 1, LookStatus.SEEN: 2}


def test_a_new_detector_goes_on_from_now_and_does_not_ring_for_the_past(store: Store) -> None:
    record(store, *patrol(6))
    analyst(store, ScriptedDetector()).catch_up()

    class Better(ScriptedDetector):
        identity = "better"

    better = Better()
    analyst(store, better).catch_up()
    assert better.asked == 0
    assert len(store.reader.events_after(0, 100)) == 6
    record(store, *patrol(4, start_s=6))
    analyst(store, better).catch_up()
    (incident,) = fold(n.event for n in store.reader.events_after(0, 100)).values()
    assert incident.sightings == 10, "it joins the incident that the other had raised"


def test_the_end_of_a_stream_settles_the_last_frames(store: Store) -> None:
    record(store, fix(0.0), picture(0.25))
    who = analyst(store, ScriptedDetector())
    who.catch_up()
    assert statuses(store, who) == {}
    who.finish()
    assert statuses(store, who) == {LookStatus.UNPLACED: 1}
