"""A file becomes rows, a flight and history: once, whole, and without ringing anybody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from alerts.escalation import Unanswered, due
from alerts.handover.dispatch import From, concerns
from alerts.incident import fold
from alerts.placing import Placer
from alerts.watch import Rules
from casework.patrol_plan import waypoints
from casework.words import PlaceKind
from ingest.logs.flight import Clock, Flight, Track, Waypoint
from ingest.recorder import Arrival, Message
from ingest.records import Fix, Frame
from plumeline.analyst import Analyst
from plumeline.brought import Options
from store import schema, uploads
from store.analysis import RunKind
from store.verify import verify
from tests.plumeline.upload_scene import NOW_S, SeesSmoke, Station, flown, jpeg, live, station
from tests.records import LAT_DEG, T0_S, frame


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Station]:
    with station(tmp_path) as opened:
        yield opened


def record(desk: Station, *records: Fix | Frame) -> None:
    message = Message(topic="t", payload=repr(records).encode(), t_received_s=T0_S)
    desk.store.shelf.put([Arrival(message=message, records=records)])


def live_analyst(desk: Station, detector: SeesSmoke) -> Analyst:
    return Analyst(desk.store.analysis, detector, Placer(), Rules(), now_s=lambda: NOW_S)


# Late news


def test_an_uploaded_flight_fills_the_tracks_and_raises_historic_incidents(desk: Station) -> None:
    told: list[int] = []
    taker = desk.uploads(tell=lambda events: told.extend(event.n for event in events))
    report = taker.take(desk.file(flown(pictures=6)))
    assert (report.fixes, report.fixes_with_position, report.frames) == (40, 40, 6)
    assert report.flight_id == "1581F4ABC.log-20260921T141320Z"
    assert len(report.incidents) == 1
    track = desk.store.reader.track("1581F4ABC", T0_S - 1, T0_S + 30)
    assert len(track) == 40 and track[0].lat_deg == LAT_DEG
    totals = desk.store.reader.status().totals
    assert (totals.fixes, totals.frames, totals.frames_judged) == (40, 6, 6)
    events = desk.store.reader.events_after(0, 100)
    assert [event.n for event in events] == told and told
    (incident,) = fold(event.event for event in events).values()
    assert incident.historic and incident.point is not None


def test_it_rings_no_live_alarm(desk: Station) -> None:
    """The mutants: a stream with what files brought in it, and a watch that is not historic."""
    desk.uploads().take(desk.file(flown(pictures=6)))
    detector = SeesSmoke()
    analyst = live_analyst(desk, detector)
    assert analyst.catch_up() == 0 and detector.asked == 0
    analyst.finish()
    assert desk.store.analysis.events(analyst.run_record) == []
    assert desk.store.analysis.newest_frames(0) == {}
    events = [told.event for told in desk.store.reader.events_after(0, 100)]
    assert events and all(event.evidence and event.evidence.historic for event in events)
    (incident,) = fold(events).values()
    assert not concerns(incident, From.RAISED), "no partner is told"
    assert due([Unanswered(incident=incident, t_rings_s=NOW_S)], NOW_S + 86_400) == []


@pytest.mark.parametrize("before", [0, 7])
def test_the_live_stream_goes_on_around_a_file(desk: Station, before: int) -> None:
    sent = live(10.0, device_id="nj-09")
    if before:
        record(desk, *sent[:before])
    desk.uploads().take(desk.file(flown(pictures=6)))
    record(desk, *sent[before:], frame(4.25, device_id="nj-09"))
    desk.uploads().take(desk.file(flown(12.0, pictures=3), "b.log"))
    analyst = live_analyst(desk, SeesSmoke())
    assert analyst.catch_up() == len(sent) + 1
    assert [r.key.device_id for _, r in desk.store.analysis.records(0, limit=3)][-1] == "nj-09"
    only = desk.store.analysis.records(0, device_id="nj-09")
    assert only and {record.key.device_id for _, record in only} == {"nj-09"}


def test_liveness_is_that_of_what_was_sent(desk: Station) -> None:
    record(desk, *live(10.0))
    before = desk.store.reader.status().devices[0]
    desk.now_s = T0_S + 86_400
    report = desk.uploads().take(desk.file(flown()))
    assert report.device_id == "nj-01"
    after = desk.store.reader.status().devices[0]
    assert after.fixes == before.fixes + 40
    assert replace(after, fixes=before.fixes) == before


# Once


def test_the_same_file_twice_changes_nothing(desk: Station) -> None:
    path = desk.file(flown(pictures=6))
    taker = desk.uploads()
    first = taker.take(path)
    counts = desk.counts()
    asked = desk.detector.asked
    again = taker.take(path, name="another name.log")
    assert again == replace(first, already_known=True)
    assert desk.counts() == counts and desk.detector.asked == asked
    assert taker.report(first.sha256 or "") == first
    assert list(taker.list()) == [first]
    assert first.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert desk.store.blobs.get(first.sha256) == path.read_bytes()


def test_a_cut_log_and_then_the_whole_one_become_the_rows_of_the_whole(desk: Station) -> None:
    whole = flown(pictures=6)
    columns = {name: getattr(whole.track, name)[:25] for name in Track.__dataclass_fields__}
    cut = replace(whole, track=Track.of(25, **columns), photos=whole.photos[:2])
    taker = desk.uploads()
    first = taker.take(desk.file(cut, "cut.log"))
    second = taker.take(desk.file(whole, "whole.log"))
    assert first.flight_id == second.flight_id
    counts = desk.counts()
    assert (counts["fix"], counts["frame"], counts["flight"]) == (40, 6, 1)


def test_a_crash_before_the_pictures_were_judged_is_made_good(desk: Station) -> None:
    path = desk.file(flown(pictures=6))

    class Broken(SeesSmoke):
        def detect(self, images: object) -> list[list[object]]:  # type: ignore[override]
            raise RuntimeError

    good, desk.detector = desk.detector, Broken()
    with pytest.raises(RuntimeError):
        desk.uploads().take(path)
    assert (desk.counts()["upload"], desk.counts()["event"]) == (1, 0)
    desk.detector = good
    report = desk.uploads().take(path)
    assert report.already_known and len(report.incidents) == 1
    assert desk.counts()["event"] > 0


# One flight


def test_a_file_and_its_live_stream_become_one_flight(desk: Station) -> None:
    record(desk, *live())
    report = desk.uploads().take(desk.file(flown(clock_s=-7.25, step_s=0.2)))
    assert report.flight_id == "nj-01.b1"
    assert report.clock_offset_s == pytest.approx(7.25, abs=0.05)
    assert report.disagreements == ()
    assert desk.counts()["flight"] == 1
    track = desk.store.reader.track("nj-01", T0_S - 10, T0_S + 40)
    lat_deg = [point.lat_deg for point in track]
    assert lat_deg == sorted(lat_deg), "no zigzag between two tellings"


def test_what_a_file_and_the_live_stream_tell_differently_is_listed(desk: Station) -> None:
    record(desk, *live())
    log = flown()
    north = np.where((log.track.t_s > T0_S + 8) & (log.track.t_s < T0_S + 13), 50 / 111_132, 0)
    moved = replace(log.track, lat_deg=log.track.lat_deg + north)
    report = desk.uploads().take(desk.file(replace(log, track=moved)))
    assert report.flight_id == "nj-01.b1"
    (disagreement,) = report.disagreements
    assert "positions up to 50 m apart" in disagreement


def test_a_file_fills_the_hole_of_a_live_track(desk: Station) -> None:
    sent = [one for one in live() if not 6 < one.t_device_s - T0_S < 14]
    record(desk, *sent)
    report = desk.uploads().take(desk.file(flown()))
    assert report.flight_id == "nj-01.b1"
    assert len(desk.store.reader.track("nj-01", T0_S - 1, T0_S + 30)) == 40


def test_pictures_without_telemetry_take_the_live_one(desk: Station) -> None:
    """Photos of a camera that knows where it was, and nothing in between."""
    record(desk, *live())
    log = flown(pictures=6)
    rows = [photo.sample for photo in log.photos]
    columns = {name: getattr(log.track, name)[rows] for name in Track.__dataclass_fields__}
    photos = tuple(replace(photo, sample=i) for i, photo in enumerate(log.photos))
    card = replace(log, track=Track.of(len(rows), **columns), photos=photos)
    report = desk.uploads().take(desk.file(card))
    assert report.flight_id == "nj-01.b1" and len(report.incidents) == 1


def photo(desk: Station, t_s: float, name: str, *, north_m: float = 0.0) -> Path:
    """A single picture of the flight."""
    log = flown(t_s + 0.5, pictures=1)
    columns = {name: getattr(log.track, name)[-1:] for name in Track.__dataclass_fields__}
    columns["lat_deg"] = columns["lat_deg"] + north_m / 111_132
    photos = (replace(log.photos[0], sample=0, jpeg=jpeg(round(t_s))),)
    return desk.file(replace(log, track=Track.of(1, **columns), photos=photos), name)


def test_a_photo_joins_the_flight_that_was_there_at_its_time(desk: Station) -> None:
    record(desk, *live())
    assert desk.uploads().take(photo(desk, 9.0, "a.jpg")).flight_id == "nj-01.b1"
    away = desk.uploads().take(photo(desk, 9.0, "b.jpg", north_m=30.0))
    assert away.flight_id == "1581F4ABC.log-20260921"


def test_the_photos_of_a_day_are_one_flight(desk: Station) -> None:
    taken = [desk.uploads().take(photo(desk, t_s, f"{t_s}.jpg")) for t_s in (3.0, 90.0)]
    assert {report.flight_id for report in taken} == {"1581F4ABC.log-20260921"}


def test_photos_sent_one_by_one_raise_one_incident_together(desk: Station) -> None:
    times_s = (6.0, 2.0, 10.0, 4.0, 8.0)
    files = [photo(desk, t_s, f"{t_s}.jpg") for t_s in times_s]
    told = [desk.uploads().take(path).incidents for path in files]
    assert told[:3] == [(), (), ()], "three pictures of six confirm nothing"
    events = [one.event for one in desk.store.reader.events_after(0, 100)]
    (incident,) = fold(events).values()
    assert set(told[3:]) == {(incident.incident_id,)}
    assert incident.historic and incident.sightings == 5
    assert len({event.key for event in events}) == len(events)
    assert desk.detector.asked == 5 and desk.counts()["look"] == 5


def test_the_operator_names_the_device(desk: Station) -> None:
    record(desk, *live())
    report = desk.uploads().take(desk.file(flown()), options=Options(device="nj-02"))
    assert report.flight_id == "nj-02.log-20260921T141320Z"
    nameless = replace(flown(12.0), device="??")
    report = desk.uploads().take(desk.file(nameless, "b"), options=Options(device="nj-03"))
    assert report.device_id == "nj-03"


# Nothing half-way


def test_a_failure_between_the_rows_and_the_file_leaves_nothing(
    desk: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = desk.counts()
    path = desk.file(flown(pictures=6))
    monkeypatch.setattr(uploads, "_keep", full)
    with pytest.raises(OSError, match="No space"):
        desk.uploads().take(path)
    assert desk.counts() == before
    monkeypatch.undo()
    assert desk.uploads().take(path).frames == 6


def test_a_refused_file_leaves_nothing_and_says_what_to_do(desk: Station) -> None:
    path = desk.folder / "DJIFlightRecord.txt"
    path.write_bytes(b"unreadable")
    before = desk.counts()
    report = desk.uploads().take(path)
    assert (report.status, report.reason) == ("refused", "its body is encrypted (export it as CSV)")
    assert desk.counts() == before
    assert not list((desk.folder / "record" / "blobs").rglob("*" + (report.sha256 or "")))


def test_a_clash_is_left_out_and_quarantines_nothing(desk: Station) -> None:
    log = replace(flown(), messages=(_native(3, 31.0), _native(4, 31.0)), device="nj-01")
    other = replace(flown(), messages=(_native(3, 32.0),), device="nj-01")
    assert desk.uploads().take(desk.file(log, "a.jsonl")).flight_id == "nj-01.b1"
    report = desk.uploads().take(desk.file(other, "b.jsonl"))
    assert "1 records left out" in report.notes[-1]
    counts = desk.counts()
    assert (counts["fix"], counts["quarantine"]) == (2, 0)


def test_a_capture_lands_on_the_rows_that_came_live(desk: Station) -> None:
    from ingest.recorder import Recorder
    from ingest.wire.table import Decoders

    messages = tuple(_native(seq, 31.95) for seq in range(10))
    Recorder(desk.store.shelf, Decoders()).take(messages[:6])
    report = desk.uploads().take(desk.file(replace(flown(), messages=messages), "a.jsonl"))
    assert report.flight_id == "nj-01.b1"
    assert desk.counts()["fix"] == 10
    assert len(desk.store.analysis.records(0)) == 6, "what came live stays live"


def _native(seq: int, lat_deg: float) -> Message:
    body = {
        "boot_id": "b1",
        "seq": seq,
        "t_device_s": T0_S + seq / 2,
        "lat_deg": lat_deg,
        "lon_deg": 118.84,
    }
    topic = "uav/nj-01/fix"
    return Message(topic=topic, payload=json.dumps(body).encode(), t_received_s=T0_S + seq / 2)


# Without a time


def test_a_log_without_a_clock_is_kept_and_put_in_the_track_once_its_start_is_told(
    desk: Station,
) -> None:
    path = desk.file(replace(flown(clock_s=-T0_S), clock=Clock.RELATIVE))
    taker = desk.uploads()
    first = taker.take(path)
    assert first.status == "complete" and first.flight_id is None and first.t_first is None
    assert "--start" in (first.reason or "")
    assert desk.counts()["fix"] == 0
    assert taker.take(path) == replace(first, already_known=True)
    told = taker.take(path, options=Options(start_s=T0_S))
    assert told.flight_id == "1581F4ABC.log-20260921T141320Z" and told.reason is None
    assert (desk.counts()["fix"], desk.counts()["upload"]) == (40, 1)
    assert taker.take(path) == replace(told, already_known=True)


def test_a_planned_route_is_kept_and_is_no_flight(desk: Station) -> None:
    points = tuple(
        Waypoint(lat_deg=31.9, lon_deg=118.8, height_m=80.0, height_mode="relativeToStartPoint")
        for _ in range(5)
    )
    report = desk.uploads().take(desk.file(Flight(format="wpml", clock=Clock.NONE, plan=points)))
    assert (report.waypoints, report.flight_id, report.reason) == (5, None, None)
    (route,) = desk.store.casework.places(PlaceKind.ROUTE)
    assert [(one.lat_deg, one.lon_deg) for one in waypoints(route)] == [(31.9, 118.8)] * 5


def test_samples_with_impossible_times_are_left_out_and_counted(desk: Station) -> None:
    log = flown()
    t_s = log.track.t_s.copy()
    t_s[3], t_s[4] = np.nan, 1e18
    report = desk.uploads().take(desk.file(replace(log, track=replace(log.track, t_s=t_s))))
    assert desk.counts()["fix"] == 38
    assert [(r.reason, r.count, r.where) for r in report.rejected] == [
        ("has no time", 2, "record 4")
    ]


# Proof


def test_the_ledger_vouches_for_what_a_file_brought(desk: Station) -> None:
    record(desk, *live())
    desk.uploads().take(desk.file(flown(pictures=6)))
    desk.uploads().take(desk.file(Flight(format="wpml", clock=Clock.NONE), "plan"))
    assert verify(desk.store.engine, desk.store.blobs, []).findings == ()
    with desk.store.engine.begin() as connection:
        n = connection.scalar(select(schema.upload.c.n).limit(1))
        changed = schema.fix.update().where(schema.fix.c.raw_n == n, schema.fix.c.n == n + 5)
        connection.execute(changed.values(lat_deg=30.0))
    (finding,) = verify(desk.store.engine, desk.store.blobs, []).findings
    assert finding.what == "batch"


def test_a_brought_file_that_was_changed_afterwards_is_named(desk: Station) -> None:
    report = desk.uploads().take(desk.file(flown(pictures=2)))
    path = desk.store.blobs.path(report.sha256)
    path.write_bytes(path.read_bytes() + b"x")
    (finding,) = verify(desk.store.engine, desk.store.blobs, []).findings
    assert f"file {report.sha256} of upload" in finding.where


def test_a_run_of_its_own_bears_the_name_of_the_file(desk: Station) -> None:
    report = desk.uploads().take(desk.file(flown(pictures=6)))
    run = desk.store.analysis.latest_run(RunKind.UPLOAD)
    assert run is not None
    looks = desk.store.analysis.looks(run, 0)
    assert len(looks) == report.frames


# Over HTTP


def test_a_file_sent_to_the_page_is_in_the_record_and_on_the_list(desk: Station) -> None:
    from plumeline.web.desk import Desk
    from plumeline.web.inbox import Inbox
    from tests.fakes import MemoryRecord
    from tests.plumeline.web_served import served
    from tests.plumeline.web_uploads import Sender

    path = desk.file(flown(pictures=6))
    inbox = Inbox(desk.folder / "inbox", now_s=lambda: NOW_S)
    with (
        served(MemoryRecord(desk.folder), desk=Desk(inbox, desk.uploads())) as here,
        Sender(here.url, path.read_bytes()) as sender,
    ):
        told = sender.deliver()["report"]
        with Sender(here.url, path.read_bytes()) as second:
            again = second.deliver()["report"]
    assert told["flight_id"] == "1581F4ABC.log-20260921T141320Z"
    assert (told["file"], told["frames"], len(told["incidents"])) == ("DJI_0001.SRT", 6, 1)
    assert again["already_known"] and desk.counts()["upload"] == 1
