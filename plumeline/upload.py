"""Files that people bring become part of the record: rows, a flight, history.

A file is read, put in time, joined to the flight it belongs to, and stored with all of its records
in one transaction. Then its pictures are judged by the very watch that live ones go through, as a
run of its own, all of it marked historic: it belongs in the log and rings nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import tzinfo
from functools import cache
from pathlib import Path

import msgspec

from alerts.events import NumberedEvent
from alerts.incidents import MERGE_S
from alerts.look import Judgement
from alerts.watch import Outcome, Watch
from casework.patrol_plan import make_route
from geo.planned import Waypoint
from ingest.errors import BadLog
from ingest.logs.place import Placed, reach_s
from ingest.logs.report import Report, printable, refusal
from ingest.records import Frame
from ingest.wire.table import Decoders
from plumeline import isolated
from plumeline.analyst import judge
from plumeline.brought import NOTHING_SAID, Brought, Options, Read, bring, shift_s, span_s
from plumeline.footage import Footage
from plumeline.judges import Judges
from plumeline.material import Material, of_capture, of_log, photos_of
from store.analysis import RunKind
from store.store import Store
from store.stream import Arrived
from store.uploads import File, Taken

Progress = Callable[[float], None]
Judgements = dict[str, Judgement]
"""By the picture's sha256."""

READ, STORED = 0.3, 0.7
"""Shares of the work, for a progress bar."""
VIDEOS = {"mp4", "mov", "ts"}


class Uploads:
    """Takes files into the record, one at a time."""

    def __init__(
        self,
        store: Store,
        judges: Callable[[], Judges],
        *,
        zone: tzinfo,
        now_s: Callable[[], float],
        decoders: Decoders | None = None,
        read: Read = isolated.read,
        tell: Callable[[Sequence[NumberedEvent]], None] = lambda events: None,
    ) -> None:
        """``judges`` is asked once, and only when there are pictures to be judged.

        ``zone`` is the station's, for wall clocks that name none; ``tell`` hears of new events.
        """
        self._store = store
        self._judges = cache(judges)
        self._zone = zone
        self._now_s = now_s
        self._decoders = decoders or Decoders()
        self._read = read
        self._tell = tell

    def report(self, sha256: str) -> Report | None:
        """Of the file with this hash; None too while it is not in the track, and may be taken."""
        taken = self._store.uploads.find(sha256)
        if taken is None or taken.report.flight_id is None:
            return None
        return replace(taken.report, already_known=False)

    def take(
        self,
        path: Path,
        *,
        name: str | None = None,
        options: Options = NOTHING_SAID,
        on_progress: Progress = lambda share: None,
    ) -> Report:
        """Read a file and keep it, all of it or nothing; the same file twice changes nothing.

        A file that is refused leaves nothing behind. One whose time is not known is kept with its
        report and not put in the track; taken again with the time it lacked, it is.

        Raises:
            OSError: the file cannot be read, or the disk is full.
            DetectError, ConfigError, BadPremises: its pictures cannot be judged here.
        """
        name = printable(Path(name or path.name).name)
        sha256 = _sha256(path)
        known = self._store.uploads.find(sha256)
        if known is None or known.report.flight_id is None:
            size_bytes, now_s = path.stat().st_size, self._now_s()
            file = File(sha256=sha256, name=name, size_bytes=size_bytes, t_uploaded_s=now_s)
            try:
                brought = bring(path, self._with_telemetry(name, options), read=self._read)
                on_progress(READ)
                taken, judgements = self._keep(brought, file, options, on_progress)
            except BadLog as exc:
                return refusal(exc, file=name, sha256=sha256)
        else:
            taken, judgements = known, {}
        on_progress(STORED)
        told = self._analysed(taken, judgements, on_progress)
        on_progress(1.0)
        return told

    def list(self) -> Sequence[Report]:
        """What was taken, newest first."""
        return self._store.uploads.newest()

    def _with_telemetry(self, name: str, options: Options) -> Options:
        """For a video that comes alone: the log of the same name that came before."""
        stem, _, ending = name.rpartition(".")
        if options.beside is not None or ending.lower() not in VIDEOS:
            return options
        logs = [f for f in self._store.uploads.named(stem) if not _is_video(f.name)]
        beside = self._store.blobs.path(logs[0].sha256) if logs else None
        return replace(options, beside=beside)

    def _keep(
        self, brought: Brought, file: File, options: Options, on_progress: Progress
    ) -> tuple[Taken, Judgements]:
        blobs = self._store.blobs
        judgements: Judgements = {}
        if brought.flight.messages:
            placed = brought.place(options, self._zone)
            material = of_capture(brought.flight, self._decoders, blobs)
            report = brought.report(placed, file=file.name, sha256=file.sha256)
        else:
            placed = self._placed(brought, options)
            report = brought.report(placed, file=file.name, sha256=file.sha256)
            pictures = photos_of(brought, placed, blobs)
            if brought.video is not None and span_s(placed) is not None:
                footage = Footage(self._judges().detector, blobs)
                half = _part(on_progress, READ, STORED)
                pictures = footage.pictures(brought, shift_s(brought, placed), half)
                judgements, report = footage.judged, footage.told(report)
            material = of_log(
                brought,
                placed,
                pictures,
                options,
                sha256=file.sha256,
                t_received_s=file.t_uploaded_s,
            )
        return self._put(brought, file, material, report), judgements

    def _placed(self, brought: Brought, options: Options) -> Placed:
        """In time, and among the flights that are known."""
        placed = brought.place(options, self._zone)
        span = span_s(placed)
        if span is None:
            return placed
        reach = reach_s(brought.flight.clock, brought.said(options, self._zone))
        known = self._store.uploads.flights(span[0] - reach, span[1] + reach, options.device)
        return brought.join(placed, known, options, self._zone)

    def _put(self, brought: Brought, file: File, material: Material, report: Report) -> Taken:
        self._store.blobs.put_file(brought.path, file.sha256)
        self._keep_route(brought, file)
        taken = self._store.uploads.put(
            file, material.records, material.size, material.told(report), material.at
        )
        if not taken.clashing:
            return taken
        note = f"{taken.clashing} records left out: others with their keys are in the record"
        told = replace(taken.report, notes=(*taken.report.notes, note))
        self._store.uploads.retell(taken.n, told)
        return replace(taken, report=told)

    def _keep_route(self, brought: Brought, file: File) -> None:
        """A mission's points become a route that patrols can be planned on."""
        corners = [
            Waypoint(lat_deg=one.lat_deg, lon_deg=one.lon_deg) for one in brought.flight.plan
        ]
        if len(corners) > 1:
            route = make_route(f"route-{file.sha256[:12]}", Path(file.name).stem, corners)
            self._store.casework.put_places([route], t_s=file.t_uploaded_s, actor="upload")

    def _analysed(self, taken: Taken, judgements: Judgements, on_progress: Progress) -> Report:
        """Judge the pictures of a file, once, and say what they show."""
        store, report = self._store.analysis, taken.report
        arrived = store.upload_records(taken.n, taken.last_n)
        if not arrived:
            return report
        judges = self._judges()
        run = store.open_run(
            RunKind.UPLOAD,
            detector=judges.detector.identity,
            rules_json=msgspec.json.encode(judges.rules).decode(),
            name=f"upload {report.sha256}",
            start_n=taken.n,
        )
        if run.cursor_n >= taken.last_n:
            return report
        progress = _part(on_progress, STORED, 1.0)
        outcomes = list(self._watched(arrived, judges, judgements, taken, progress))
        own = range(taken.n, taken.last_n + 1)
        looks = [look for outcome in outcomes for look in outcome.looks if look.frame_n in own]
        events = [event for outcome in outcomes for event in outcome.events]
        new = store.append(run, looks, events, taken.last_n, self._now_s())
        told = replace(report, incidents=tuple(dict.fromkeys(e.incident_id for e in events)))
        self._store.uploads.retell(taken.n, replace(told, already_known=False))
        if new:
            self._tell(new)
        return told

    def _watched(
        self,
        arrived: Sequence[Arrived],
        judges: Judges,
        judgements: Judgements,
        taken: Taken,
        on_progress: Progress,
    ) -> Iterable[Outcome]:
        """The file's frames, among those that other files of the flight brought just beside."""
        frames = [(n, record) for n, record in arrived if isinstance(record, Frame)]
        beside = [n for n, _ in frames if not taken.n <= n <= taken.last_n]
        times_s = [frame.t_capture_s for _, frame in frames]
        known, told = self._store.analysis.told_by_uploads(
            beside, min(times_s) - MERGE_S, max(times_s) + MERGE_S
        )
        watch = Watch(judges.placer, judges.rules, told, historic=True)
        for i, (n, record) in enumerate(arrived):
            if not isinstance(record, Frame):
                yield watch.feed(n, record, None)
                continue
            if taken.n <= n <= taken.last_n:
                on_progress(i / len(arrived))
                judgement = judgements.get(record.sha256)
                known[n] = judgement or judge(self._store.analysis, judges.detector, [record])[0]
            if n in known:
                yield watch.feed(n, record, known[n])
        yield watch.flush()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_video(name: str) -> bool:
    return name.rpartition(".")[2].lower() in VIDEOS


def _part(on_progress: Progress, from_share: float, to_share: float) -> Progress:
    """A part of a larger progress."""
    return lambda share: on_progress(from_share + share * (to_share - from_share))
