"""What people answered becomes a training set, and tells how often each model was right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from alerts.events import Event, Evidence, Kind, Status
from alerts.look import Look, LookStatus
from detect.datasets import read_dataset
from detect.detection import Box, Detection, Label
from ingest.recorder import Arrival, Message
from plumeline.labels_cli import GONE, PRIVATE, export_labels, track_record
from store.store import Store, open_store
from tests.alerts import handover_scene
from tests.plumeline.web_acting import Desk, desk, live
from tests.records import T0_S, frame

HIT = Box(x0_px=320, y0_px=180, x1_px=640, y1_px=540)
OTHER = Box(x0_px=0, y0_px=0, x1_px=64, y1_px=72)
HERE = '{"type":"Polygon","coordinates":[[[118,32],[119,32],[119,33],[118,33],[118,32]]]}'
ELSEWHERE = HERE.replace("118", "8").replace("119", "9")

app = typer.Typer()
app.command()(export_labels)
app.command()(track_record)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "record")
    yield opened
    opened.close()


@pytest.fixture
def station(store: Store) -> Desk:
    return desk(store)


def alarm(
    store: Store,
    name: str,
    second: float,
    *,
    label: Label = Label.SMOKE,
    more: tuple[Detection, ...] = (),
    status: Status = Status.ACTUAL,
) -> Evidence:
    """A picture that raises an incident, in the record with its look and its bytes."""
    picture = frame(second)
    message = Message(topic="t", payload=b"{}", t_received_s=T0_S)
    store.shelf.put([Arrival(message=message, records=(picture,))])
    (n,) = [n for n, one in store.analysis.records(0) if one.key == picture.key]
    seen = replace(
        handover_scene.evidence(),
        key=picture.key,
        t_capture_s=picture.t_capture_s,
        t_received_s=picture.t_received_s,
        sha256=sha256(picture.jpeg).hexdigest(),
        label=label,
        box=HIT,
    )
    found = (Detection(label=label, score=0.9, box=HIT), *more)
    look = Look(
        frame_n=n,
        key=picture.key,
        t_capture_s=picture.t_capture_s,
        status=LookStatus.SEEN,
        detections=found,
    )
    event = Event(
        key=name,
        incident_id=name,
        kind=Kind.RAISED,
        t_s=seen.t_capture_s,
        evidence=seen,
        status=status,
    )
    store.analysis.append(live(store), [look], [event], n, T0_S)
    return seen


def plumeline(store: Store, *arguments: str | Path) -> Result:
    folder = Path(str(store.engine.url.database)).parent
    return CliRunner().invoke(app, [*map(str, arguments), "--data", str(folder)])


def exported(store: Store, out: Path, *options: str | Path) -> dict[str, object]:
    said = plumeline(store, "export-labels", out, "--json", *options)
    told: dict[str, object] = json.loads(said.stdout)
    return told


def test_confirmed_boxes_and_dismissed_pictures_become_a_data_set(
    station: Desk, tmp_path: Path
) -> None:
    alarm(station.store, "inc-real", 1.0)
    alarm(station.store, "inc-steam", 100.0, label=Label.FIRE)
    alarm(station.store, "inc-open", 200.0)
    station.act("inc-real", "confirm")
    station.act("inc-steam", "dismiss", reason="steam")
    told = exported(station.store, tmp_path / "set")
    assert (told["pictures"], told["clean"], told["boxes"]) == (2, 1, {"smoke": 1, "fire": 0})
    assert told["left_out"] == {"not judged yet": 1}
    images = read_dataset(tmp_path / "set").images
    assert sorted(len(one.boxes) for one in images) == [0, 1]
    (box,) = next(one.boxes for one in images if one.boxes)
    assert (box.label, box.x, box.y) == (Label.SMOKE, 0.375, 0.5)
    assert (box.width, box.height) == (0.25, 0.5)
    kept = {one.image.read_bytes() for one in images}
    assert kept == {frame(1.0).jpeg, frame(100.0).jpeg}


def test_a_picture_with_something_that_nobody_has_judged_teaches_nothing(
    station: Desk, tmp_path: Path
) -> None:
    more = (Detection(label=Label.FIRE, score=0.5, box=OTHER),)
    alarm(station.store, "inc-steam", 1.0, more=more)
    station.act("inc-steam", "dismiss", reason="steam")
    told = exported(station.store, tmp_path / "set")
    assert told["left_out"] == {"something in it that nobody has judged": 1}
    assert not (tmp_path / "set").exists()


def test_exercises_and_pictures_that_are_gone_are_left_out(station: Desk, tmp_path: Path) -> None:
    alarm(station.store, "inc-drill", 1.0, status=Status.EXERCISE)
    gone = alarm(station.store, "inc-gone", 100.0)
    station.act("inc-drill", "confirm")
    station.act("inc-gone", "confirm")
    station.store.blobs.path(gone.sha256).unlink()
    told = exported(station.store, tmp_path / "set")
    assert told["left_out"] == {"an exercise or a test": 1, GONE: 1}


@pytest.mark.parametrize(("area", "pictures"), [(HERE, 0), (ELSEWHERE, 1)])
def test_no_picture_leaves_an_area_that_is_to_be_left_out(
    area: str, pictures: int, station: Desk, tmp_path: Path
) -> None:
    alarm(station.store, "inc-real", 1.0)
    station.act("inc-real", "confirm")
    file = tmp_path / "areas.geojson"
    file.write_text(area)
    told = exported(station.store, tmp_path / "set", "--leave-out", file)
    assert told["pictures"] == pictures
    assert told["left_out"] == ({} if pictures else {PRIVATE: 1})


def test_a_folder_that_is_there_is_left_alone(station: Desk, tmp_path: Path) -> None:
    assert plumeline(station.store, "export-labels", tmp_path).exit_code == 2


def test_the_track_record_counts_what_people_said_per_model_and_month(station: Desk) -> None:
    for second, name in enumerate(("inc-a", "inc-b", "inc-c", "inc-d")):
        alarm(station.store, name, 100.0 * second)
    station.act("inc-a", "confirm")
    station.act("inc-b", "dismiss", reason="dust")
    said = plumeline(station.store, "track-record", "--json")
    (record,) = json.loads(said.stdout)
    assert (record["detector"], record["alarms"]) == ("d", 4)
    assert (record["real"], record["false"], record["unanswered"]) == (1, 1, 2)
    assert record["reasons"] == {"dust": 1}
    assert "50 %" in plumeline(station.store, "track-record").output


def test_a_record_without_alarms_says_so(store: Store) -> None:
    assert plumeline(store, "track-record").exit_code == 1
