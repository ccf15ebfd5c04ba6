"""An evidence bundle: whole, readable by others' programs, and only for a reason."""

from __future__ import annotations

import hashlib
import json
import unicodedata
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pymupdf
import pytest

from ingest.logs.report import Report
from plumeline.bundle import export_bundle, write_bundle
from plumeline.bundle_check import verify_bundle
from plumeline.bundle_errors import NotDeclared
from plumeline.bundle_seal import Declared
from plumeline.export import CannotWrite
from plumeline.flights import load_flight
from store.errors import UnknownIncident
from store.evidence import About, Subject, UnknownFlight
from store.uploads import File, Stretch
from tests.plumeline.bundle_scene import DECLARED, Scene, flown
from tools.verify_bundle import verify

mcap_reader = pytest.importorskip("mcap.reader", reason="needs the extra `evidence`")

FLIGHT = load_flight("chemical_store")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with flown(tmp_path_factory.mktemp("record")) as made:
        yield made


def write(scene: Scene, out: Path, subject: Subject | None = None, **changed: bool) -> Path:
    write_bundle(
        scene.store,
        scene.notary,
        subject or scene.incident,
        DECLARED,
        out,
        config=scene.config,
        t_s=scene.clock(),
        **changed,
    )
    return out


@pytest.fixture(scope="module")
def bundle(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(scene, tmp_path_factory.mktemp("out") / "incident.zip")


@pytest.fixture(scope="module")
def files(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as whole:
        return {name: whole.read(name) for name in whole.namelist()}


def sent_messages() -> Counter[tuple[str, int, bytes]]:
    """What the sample flight holds, read without the store."""
    return Counter((m.topic, round(m.t_received_s * 1e6), m.payload) for m in FLIGHT.messages())


def held_messages(data: bytes) -> Counter[tuple[str, int, bytes]]:
    read = mcap_reader.make_reader(BytesIO(data))
    return Counter(
        (channel.topic, message.log_time // 1000, message.data)
        for _, channel, message in read.iter_messages()
    )


def test_it_verifies_with_both_verifiers_and_the_stations_key(scene: Scene, bundle: Path) -> None:
    assert verify_bundle(bundle, scene.key) == []
    assert verify(str(bundle), scene.key) == []


def test_its_messages_are_those_that_were_sent_to_the_byte(files: dict[str, bytes]) -> None:
    held, sent = held_messages(files["messages.mcap"]), sent_messages()
    assert held and held - sent == Counter()
    read = mcap_reader.make_reader(BytesIO(files["messages.mcap"]))
    encodings = {c.message_encoding for c in read.get_summary().channels.values()}
    assert encodings == {"json", "plf1"}


def test_a_flights_bundle_has_every_message_of_it(scene: Scene, tmp_path: Path) -> None:
    file = write(scene, tmp_path / "flight.zip", scene.flight)
    with zipfile.ZipFile(file) as whole:
        assert held_messages(whole.read("messages.mcap")) == sent_messages()
        assert "sheet.pdf" not in whole.namelist()
    assert verify_bundle(file, scene.key) == [] and verify(str(file), scene.key) == []


def test_its_pictures_are_the_flights_own_files(files: dict[str, bytes]) -> None:
    own = {hashlib.sha256(f.read_bytes()).hexdigest() for f in FLIGHT.folder.rglob("*.jpg")}
    held = {name[7:-4] for name in files if name.startswith("frames/")}
    assert held and held <= own
    marked = {name[14:-4] for name in files if name.startswith("frames-marked/")}
    judged = json.loads(files["detections.json"])["pictures"]
    assert marked == {one["sha256"] for one in judged if one["detections"]} and marked <= held
    for name in marked:
        image = cv2.imdecode(np.frombuffer(files[f"frames-marked/{name}.jpg"], np.uint8), 1)
        assert image.shape == (720, 1280, 3)


def test_every_event_stands_as_it_was_stored_with_its_model(
    scene: Scene, files: dict[str, bytes]
) -> None:
    lines = files["events.jsonl"].decode().splitlines()
    assert lines == [one.body_json for one in scene.case.events]
    detections = json.loads(files["detections.json"])
    model = Path(__file__).parents[2] / "models" / "smoke_fire_n"
    networks = (model / name for name in ("weights.onnx", "second.onnx"))
    weights = hashlib.sha256(b"".join(file.read_bytes() for file in networks)).hexdigest()
    assert [model["weights_sha256"] for model in detections["models"]] == [weights]
    assert {one["sha256"] for one in detections["pictures"]} == {
        name[7:-4] for name in files if name.startswith("frames/")
    }


def test_its_tracks_are_read_by_their_own_readers(files: dict[str, bytes]) -> None:
    gpxpy = pytest.importorskip("gpxpy", reason="needs the extra `dev`")
    points = gpxpy.parse(files["track.gpx"].decode()).get_points_data()
    assert len(points) > 100
    assert ET.fromstring(files["track.kml"]).tag.endswith("kml")
    assert json.loads(files["track.geojson"])["type"] == "FeatureCollection"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("report.zh.pdf", ["证据报告", "江宁站", "青禾化工仓储", "已移交", "陈 明", "法院调取"]),
        ("report.en.pdf", ["Evidence report", "Qinghe Chemical Store", "handed over", "陈 明"]),
        ("sheet.pdf", ["119火情移交单", "Fire hand-over to 119"]),
    ],
)
def test_its_papers_say_what_happened(
    files: dict[str, bytes], scene: Scene, name: str, words: list[str]
) -> None:
    pages = pymupdf.open("pdf", files[name])
    # Printed letters may be joined, as ff is in a key: NFKC takes them apart again.
    text = unicodedata.normalize("NFKC", "".join(page.get_text() for page in pages))
    assert [word for word in words if word not in text] == []
    assert len(pages) <= 2
    if name.startswith("report"):
        assert scene.key in "".join(text.split())  # long hashes may be broken into lines
        assert len(pages[0].get_images()) == 1


def test_coarse_pictures_keep_the_fire_and_nobodys_face(scene: Scene, tmp_path: Path) -> None:
    file = write(scene, tmp_path / "coarse.zip", coarse=True)
    assert verify_bundle(file, scene.key) == [] and verify(str(file), scene.key) == []
    with zipfile.ZipFile(file) as whole:
        manifest = json.loads(whole.read("manifest.json"))
        held = {name: whole.read(name) for name in whole.namelist()}
    originals = {scene.store.blobs.get(frame.sha256) for frame in scene.case.frames}
    messages = held["messages.mcap"]
    read = mcap_reader.make_reader(BytesIO(messages))
    encodings = {c.message_encoding for c in read.get_summary().channels.values()}
    assert encodings == {"json", "plf1-header"}
    assert not any(jpeg in data for jpeg in originals for data in held.values())
    told = [one for one in manifest["files"] if one["original_sha256"]]
    assert {one["original_sha256"] for one in told} == {f.sha256 for f in scene.case.frames}
    best = scene.case.incidents[scene.incident.name].best
    before = _image(scene.store.blobs.get(best.sha256))
    after = _image(held[f"frames-coarse/{best.sha256}.jpg"])
    inside = np.s_[
        int(best.box.y0_px) + 8 : int(best.box.y1_px) - 8,
        int(best.box.x0_px) + 8 : int(best.box.x1_px) - 8,
    ]
    assert np.abs(before[inside] - after[inside]).mean() < 6
    assert np.abs(np.diff(after[:200, :200], axis=1))[:, 3:12].mean() < 4  # inside of a square


def _image(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).astype(int)


@pytest.mark.parametrize("field", ["reason", "unit", "name"])
def test_footage_leaves_only_with_reason_unit_and_name(
    scene: Scene, tmp_path: Path, field: str
) -> None:
    """ACCEPTANCE E6; Regulations on Public Security Video and Image Information Systems, §16."""
    before = scene.store.ledger.head().i
    out = tmp_path / "no.zip"
    declared = replace(DECLARED, **{field: " "})
    with pytest.raises(NotDeclared, match=field):
        export_bundle(scene.config, scene.incident, declared, out)
    assert not out.exists() and scene.store.ledger.head().i == before


def test_the_whole_export_is_one_call_with_the_configuration(scene: Scene, tmp_path: Path) -> None:
    out = tmp_path / "case.zip"
    listed = export_bundle(scene.config, scene.incident, DECLARED, out)
    data = out.read_bytes()
    assert (listed.sha256, listed.bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert verify_bundle(out, scene.key) == []


def test_the_ledger_tells_who_took_what_for_which_reason(
    scene: Scene, files: dict[str, bytes]
) -> None:
    (entry,) = [e for e in scene.store.ledger.entries() if _manifest(e.body) == _sha256(files)]
    body = json.loads(entry.body)
    assert (entry.verb, entry.actor, entry.subject) == ("export", "陈明", scene.incident.name)
    assert Declared(**{one.name: body[one.name] for one in fields(Declared)}) == DECLARED
    assert body["pictures"] == "original" and body["files"] == len(files) - 3


def _manifest(body: str) -> str | None:
    found: str | None = json.loads(body).get("manifest")
    return found


def _sha256(files: dict[str, bytes]) -> str:
    return hashlib.sha256(files["manifest.json"]).hexdigest()


def test_what_is_not_in_the_record_is_refused(scene: Scene, tmp_path: Path) -> None:
    for about, error in ((About.INCIDENT, UnknownIncident), (About.FLIGHT, UnknownFlight)):
        with pytest.raises(error, match="nobody"):
            write(scene, tmp_path / "x.zip", Subject(about=about, name="nobody.knows"))
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_that_is_there_is_not_overwritten_unasked(scene: Scene, tmp_path: Path) -> None:
    out = tmp_path / "there.zip"
    out.write_bytes(b"mine")
    before = scene.store.ledger.head().i
    with pytest.raises(CannotWrite, match="--force"):
        write(scene, out)
    assert out.read_bytes() == b"mine" and scene.store.ledger.head().i == before
    with pytest.raises(CannotWrite):
        write(scene, tmp_path / "nowhere" / "x.zip")
    write(scene, out, force=True)
    assert verify_bundle(out, scene.key) == []
    assert [file.name for file in tmp_path.iterdir()] == ["there.zip"]


def test_files_that_people_brought_are_in_it_unless_they_may_show_faces(tmp_path: Path) -> None:
    log = b"Latitude,Longitude\n" * 3
    sha256 = hashlib.sha256(log).hexdigest()
    with flown(tmp_path / "record") as scene:
        store, fix = scene.store, scene.case.fixes[0]
        later = replace(fix, key=replace(fix.key, seq=fix.key.seq + 10**6), digest=7)
        store.blobs.put([(sha256, log)])
        store.uploads.put(
            File(sha256=sha256, name="日志.CSV", size_bytes=len(log), t_uploaded_s=scene.clock()),
            [later],
            1,
            Report(file="日志.CSV", status="complete"),
            Stretch(flight=fix.key, t_first_s=fix.t_device_s, t_last_s=fix.t_device_s),
        )
        plain = write(scene, tmp_path / "plain.zip", scene.flight)
        hidden = write(scene, tmp_path / "hidden.zip", scene.flight, coarse=True)
        assert verify_bundle(plain, scene.key) == verify_bundle(hidden, scene.key) == []
    with zipfile.ZipFile(plain) as whole, zipfile.ZipFile(hidden) as without:
        assert whole.read(f"files/{sha256}.csv") == log
        assert not [name for name in without.namelist() if name.startswith("files/")]
        assert json.loads(without.read("manifest.json"))["left_out"][0]["sha256"] == sha256


def test_a_picture_that_is_gone_is_said_to_be_left_out(scene: Scene, tmp_path: Path) -> None:
    name = scene.case.frames[3].sha256
    blob = scene.store.blobs.path(name)
    data = blob.read_bytes()
    blob.unlink()
    try:
        file = write(scene, tmp_path / "gap.zip")
    finally:
        blob.write_bytes(data)
    with zipfile.ZipFile(file) as whole:
        manifest = json.loads(whole.read("manifest.json"))
        assert name in whole.read("report.en.html").decode()
    assert [one["sha256"] for one in manifest["left_out"]] == [name]
    assert verify_bundle(file, scene.key) == [] and verify(str(file), scene.key) == []
