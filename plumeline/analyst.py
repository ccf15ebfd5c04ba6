"""The analyst: follows the record with a cursor, asks the detector, keeps what the watch says."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from alerts.events import NumberedEvent
from alerts.look import Judgement
from alerts.placing import Placer
from alerts.watch import Outcome, Rules, Watch
from detect.detection import Detector
from detect.errors import UnreadablePicture
from detect.tiled import looks
from ingest.records import Frame
from plumeline.pace import Pace
from store.analysis import Run, RunKind, SqlAnalysis
from store.errors import MissingBlob
from store.stream import Arrived

log = logging.getLogger(__name__)

LOOKBACK_S = 120.0
"""How much of the record is fed again after a restart, to know what led up to the present."""
SETTLE_RECORDS = 500
TOGETHER = 8
"""Frames that wait and are judged in one go, whichever drones they come from: work for every worker
of Ray, and a fifth less for OpenVINO in bf16. More would keep the first one waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which part of the record is analysed."""

    device_id: str | None = None
    after_n: int = 0
    upto_n: int | None = None


class Analyst:
    """One analysis of the record, or of a part of it."""

    def __init__(
        self,
        store: SqlAnalysis,
        detector: Detector,
        placer: Placer,
        rules: Rules,
        *,
        now_s: Callable[[], float],
        kind: RunKind = RunKind.LIVE,
        scope: Scope | None = None,
        pace: Pace | None = None,
        tell: Callable[[Sequence[NumberedEvent]], None] = lambda events: None,
        on_frame: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._detector = detector
        self._now_s = now_s
        self._scope = scope or Scope()
        self._pace = pace
        self._tell = tell
        self._on_frame = on_frame
        self._heard_s: dict[str, float] = {}
        self._run = self._open_run(kind, rules)
        self._settled_n = self._run.cursor_n
        self._read_n, self._known, self._watch = self._resume(placer, rules)

    @property
    def run_record(self) -> Run:
        """The analysis as the store knows it."""
        return self._run

    def _open_run(self, kind: RunKind, rules: Rules) -> Run:
        scope_json = msgspec.json.encode(self._scope).decode()
        rules_json = msgspec.json.encode(rules).decode()
        detector = self._detector.identity
        return self._store.open_run(
            kind,
            detector=detector,
            rules_json=rules_json,
            name=" ".join((kind, scope_json, detector, rules_json)),
            start_n=self._scope.after_n,
        )

    def _resume(self, placer: Placer, rules: Rules) -> tuple[int, dict[int, Judgement], Watch]:
        """Where to start reading: far enough back that the present is understood.

        Frames judged before are not judged again, and events told before have keys that keep
        them from being told twice.
        """
        store, cursor_n = self._store, self._run.cursor_n
        start_n = max(store.batch_before(cursor_n, LOOKBACK_S), self._run.start_n)
        known = {n: look.judgement for n, look in store.looks(self._run, start_n).items()}
        return start_n, known, Watch(placer, rules, store.events(self._run))

    def catch_up(self) -> int:
        """Work through everything that is in the record now; returns how many records."""
        worked = 0
        while records := self._store.records(
            self._read_n,
            upto_n=self._scope.upto_n,
            device_id=self._scope.device_id,
            limit=SETTLE_RECORDS,
        ):
            self._work(records)
            worked += len(records)
        return worked

    def finish(self) -> None:
        """Settle the frames that still wait: nothing more will come."""
        self._keep([self._watch.flush()])

    def run(self, wake: threading.Event, stop: threading.Event) -> None:
        """Follow the record until told to stop; ``wake`` says there is something new."""
        while not stop.is_set():
            wake.wait(timeout=0.5)
            wake.clear()
            self.catch_up()
            self._settle_the_silent()

    def _work(self, records: Sequence[Arrived]) -> None:
        """Judge the frames, feed all, and keep what comes out: at once where a frame is settled."""
        newest = self._newest_if_late(records)
        outcomes: list[Outcome] = []
        for at, (n, record) in enumerate(records):
            judgement = None
            if isinstance(record, Frame):
                self._on_frame()
                if n not in self._known:
                    self._judge(records[at:], newest)
                judgement = self._known.pop(n)
            outcome = self._watch.feed(n, record, judgement)
            self._read_n = n
            self._heard_s[record.key.device_id] = self._now_s()
            outcomes.append(outcome)
            if outcome.looks:
                self._keep(outcomes)
                outcomes = []
        self._keep(outcomes)

    def _newest_if_late(self, records: Sequence[Arrived]) -> dict[str, int]:
        """Of each device its newest frame's number; empty while the analysis keeps up."""
        if self._pace is None:
            return {}
        waited_s = (self._now_s() - r.t_received_s for _, r in records if isinstance(r, Frame))
        if max(waited_s, default=0.0) <= self._pace.max_lag_s:
            return {}
        return self._store.newest_frames(self._read_n)

    def _judge(self, records: Sequence[Arrived], newest: dict[str, int]) -> None:
        """The next few frames that nobody has judged."""
        frames = ((n, r) for n, r in records if isinstance(r, Frame) and n not in self._known)
        some = dict(islice(frames, TOGETHER))
        outrun = {n for n, frame in some.items() if self._is_outrun(n, frame, newest)}
        self._known |= dict.fromkeys(outrun, Judgement(skipped=True))
        wanted = {n: frame for n, frame in some.items() if n not in outrun}
        judged = judge(self._store, self._detector, list(wanted.values()))
        self._known |= dict(zip(wanted, judged, strict=True))

    def _is_outrun(self, n: int, frame: Frame, newest: dict[str, int]) -> bool:
        """Newest first: an old frame is skipped where its device has sent a newer one."""
        if self._pace is None or newest.get(frame.key.device_id, n) <= n:
            return False
        return self._now_s() - frame.t_received_s > self._pace.max_lag_s

    def _settle_the_silent(self) -> None:
        if self._pace is None:
            return
        now_s = self._now_s()
        silent = [d for d, t_s in self._heard_s.items() if now_s - t_s > self._pace.silence_s]
        self._keep([self._watch.flush(device_id) for device_id in silent])
        for device_id in silent:
            del self._heard_s[device_id]

    def _keep(self, outcomes: Iterable[Outcome]) -> None:
        """Store looks, events and how far they reach, then tell."""
        outcomes = list(outcomes)
        looks = [look for outcome in outcomes for look in outcome.looks]
        events = [event for outcome in outcomes for event in outcome.events]
        waiting_n = self._watch.oldest_waiting_n
        settled_n = self._read_n if waiting_n is None else waiting_n - 1
        if looks or events or settled_n >= self._settled_n + SETTLE_RECORDS:
            new = self._store.append(self._run, looks, events, settled_n, self._now_s())
            self._settled_n = settled_n
            if new:
                self._tell(new)


def judge(store: SqlAnalysis, detector: Detector, frames: Sequence[Frame]) -> list[Judgement]:
    """What a detector makes of stored pictures, or why one cannot be looked at."""
    judged: dict[int, Judgement] = {}
    pictures: dict[int, tuple[bytes, str]] = {}
    for i, frame in enumerate(frames):
        try:
            pictures[i] = store.jpeg(frame.sha256), f"{frame.key.device_id} {frame.key.flight_id}"
        except MissingBlob as exc:
            judged[i] = _faulty(frame, exc)
    for i, found in zip(pictures, looks(detector, list(pictures.values())), strict=True):
        if isinstance(found, UnreadablePicture):
            judged[i] = _faulty(frames[i], found)
        else:
            judged[i] = Judgement(detections=tuple(found))
    return [judged[i] for i in range(len(frames))]


def _faulty(frame: Frame, exc: Exception) -> Judgement:
    log.warning("frame unreadable flight=%s seq=%d: %s", frame.key.flight_id, frame.key.seq, exc)
    return Judgement(fault=str(exc))
