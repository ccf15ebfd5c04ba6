"""Every engine gives the answers of ONNX Runtime, or says why it cannot."""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import logging
import os
import pickle
import re
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest

from detect.detection import Detection, Detector, Image, Label
from detect.errors import BadModel, EngineFailed, EngineMissing, UnreadablePicture
from detect.manifest import Model, Thresholds, load_model
from detect.onnx import OnnxDetector
from detect.openvino import OpenVinoDetector
from detect.picture import decode_jpeg
from detect.ray import RayDetector
from detect.tiled import with_weak_boxes
from detect.ultralytics import SCORE_LEAST, UltralyticsDetector
from plumeline.config import ConfigError, DetectorSection, load_config
from plumeline.doctor import examine
from plumeline.engines import FASTER_HERE, WHY_AUTO, make_detector, why_engine
from plumeline.flights import samples_folder

PT = Path(__file__).parents[2].parent / "shared" / "data" / "fire" / "first_smoke_fire.pt"


@pytest.fixture(scope="module")
def pictures() -> list[Image]:
    """Every fourth frame of the sample flights that is a picture."""
    files = sorted(samples_folder().glob("*/frames/*.jpg"))
    found = []
    for file in itertools.islice(files, 0, None, 4):
        try:
            found.append(decode_jpeg(file.read_bytes()))
        except UnreadablePicture:
            continue
    return found


@pytest.fixture(scope="module")
def by_onnx(pictures: list[Image]) -> list[list[Detection]]:
    found = OnnxDetector(load_model(), threads=1).detect(pictures)
    assert sum(map(len, found)) > 10
    return found


def assert_same(found: Sequence[list[Detection]], expected: Sequence[list[Detection]]) -> None:
    """The same boxes within 1 px and 0.01 of score."""
    assert len(found) == len(expected)
    for mine, theirs in zip(found, expected, strict=True):
        assert [one.label for one in mine] == [one.label for one in theirs]
        for a, b in zip(mine, theirs, strict=True):
            assert a.score == pytest.approx(b.score, abs=0.01)
            for edge in ("x0_px", "y0_px", "x1_px", "y1_px"):
                assert getattr(a.box, edge) == pytest.approx(getattr(b.box, edge), abs=1.0)


def section_of(folder: Path, text: str) -> DetectorSection:
    file = folder / "plumeline.toml"
    file.write_text(f"[detector]\n{text}\n", "utf-8")
    return load_config(file).detector


def test_auto_gives_the_reference_answers_and_logs_which_engine_and_why(
    pictures: list[Image],
    by_onnx: list[list[Detection]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        detector = make_detector(DetectorSection())
    assert_same(detector.detect(pictures), by_onnx)
    (line,) = [record.getMessage() for record in caplog.records if record.name.endswith("engines")]
    assert detector.identity in line
    assert WHY_AUTO in line


@pytest.mark.parametrize(
    ("cpuinfo", "told"),
    [("flags\t\t: fpu avx512f avx512_bf16 amx_tile\n", True), ("flags\t\t: fpu avx2\n", False)],
)
def test_a_faster_way_is_told_only_where_the_cpu_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cpuinfo: str, told: bool
) -> None:
    (tmp_path / "cpuinfo").write_text(cpuinfo)
    monkeypatch.setattr("detect.openvino._CPU", tmp_path / "cpuinfo")
    assert (FASTER_HERE in why_engine(DetectorSection())) is told
    monkeypatch.setattr("detect.openvino._CPU", tmp_path / "none")
    assert why_engine(DetectorSection()) == WHY_AUTO


def test_doctor_gives_the_same_reason(tmp_path: Path) -> None:
    config = tmp_path / "plumeline.toml"
    config.write_text('[data]\nfolder = "record"\n[mqtt]\nport = 1\n[web]\nport = 2\n')
    (says,) = [one.says for one in examine(load_config(config)).checks if one.name == "detector"]
    assert WHY_AUTO in says


def test_openvino_in_full_precision_gives_the_answers_of_onnx_runtime(
    pictures: list[Image], by_onnx: list[list[Detection]]
) -> None:
    pytest.importorskip("openvino", reason="the extra `openvino` is not installed")
    detector = make_detector(DetectorSection(engine="openvino", threads=1))
    assert " f32" in detector.identity
    assert_same(detector.detect(pictures), by_onnx)


@pytest.mark.parametrize("engine", ["onnx", "openvino"])
def test_a_picture_has_the_same_boxes_whatever_else_is_in_its_batch(
    pictures: list[Image], engine: str
) -> None:
    """To the bit: a replay groups pictures otherwise than the live analysis did."""
    if engine == "openvino":
        pytest.importorskip("openvino", reason="the extra `openvino` is not installed")
        detector: Detector = OpenVinoDetector(load_model(), threads=1)
    else:
        detector = OnnxDetector(load_model(), threads=1)
    some = [pictures[0], *pictures[3:9], np.rot90(pictures[3]).copy(), pictures[3]]
    assert detector.detect(some) == [detector.detect([one])[0] for one in some]
    assert any(detector.detect(some))
    assert detector.detect([]) == []


def test_bf16_gives_the_same_to_the_bit_whatever_is_in_the_batch(pictures: list[Image]) -> None:
    pytest.importorskip("openvino", reason="the extra `openvino` is not installed")
    fast = OpenVinoDetector(load_model(), threads=2, precision="bf16")
    some = [*pictures[3:9], np.rot90(pictures[3]).copy()]
    assert fast.detect(some) == [fast.detect([one])[0] for one in some]


def openvinos_own(folder: Path) -> Path:
    """A model folder whose weights are an ``.xml`` and its ``.bin``: only their names and bytes."""
    shutil.copytree(load_model().weights.parent, folder)
    files = {"weights.xml": b"<net/>", "weights.bin": b"12345678"}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    manifest = (folder / "manifest.toml").read_text("utf-8")
    sha256 = hashlib.sha256(b"".join(files.values())).hexdigest()
    manifest = re.sub("(?m)^second_look_.*\n", "", manifest)
    manifest = re.sub("(?m)^file = .*$", 'file = "weights.xml"', manifest)
    manifest = re.sub("(?m)^sha256 = .*$", f'sha256 = "{sha256}"', manifest)
    (folder / "manifest.toml").write_text(manifest, "utf-8")
    return folder


def test_the_shipped_int8_weights_see_what_full_precision_sees(
    pictures: list[Image], by_onnx: list[list[Detection]]
) -> None:
    pytest.importorskip("openvino", reason="the extra `openvino` is not installed")
    found = make_detector(DetectorSection(model="smoke_fire_n_int8")).detect(pictures)
    seen = [{one.label for one in boxes} for boxes in found]
    expected = [{one.label for one in boxes} for boxes in by_onnx]
    assert sum(a != b for a, b in zip(seen, expected, strict=True)) <= len(pictures) // 20
    greys = [np.full((720, 1280, 3), grey, np.uint8) for grey in range(0, 256, 15)]
    weak = with_weak_boxes(load_model("smoke_fire_n_int8"))
    assert not any(OpenVinoDetector(weak).detect(greys))  # int8 without care saw smoke there


@pytest.mark.parametrize("engine", ["onnx", "ray"])
def test_what_only_openvino_runs_says_so(tmp_path: Path, engine: Literal["onnx", "ray"]) -> None:
    model = str(openvinos_own(tmp_path / "mine"))
    with pytest.raises(BadModel, match='set engine = "openvino"'):
        make_detector(DetectorSection(model=model, engine=engine))


@pytest.mark.parametrize("file", ["weights.xml", "weights.bin"])
def test_openvinos_two_files_are_both_held_to_the_hash(tmp_path: Path, file: str) -> None:
    folder = openvinos_own(tmp_path / "mine")
    load_model(folder)
    content = bytearray((folder / file).read_bytes())
    content[-1] ^= 1
    (folder / file).write_bytes(content)
    with pytest.raises(BadModel, match="sha256"):
        load_model(folder)
    (folder / file).unlink()
    with pytest.raises(BadModel, match=f"{file} is not in the folder"):
        load_model(folder)


def test_openvino_in_another_precision_has_another_identity() -> None:
    pytest.importorskip("openvino", reason="the extra `openvino` is not installed")
    fast = OpenVinoDetector(load_model(), threads=1, precision="bf16")
    assert fast.identity.endswith(" bf16")


@pytest.mark.parametrize(
    ("engine", "extra"), [("openvino", "openvino"), ("ray", "ray"), ("ultralytics", "train")]
)
def test_an_engine_that_is_not_installed_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, engine, None)
    (tmp_path / "any.pt").touch()
    more = 'model = "any.pt"\ntrust_pt = true' if engine == "ultralytics" else ""
    with pytest.raises(EngineMissing, match=rf"pip install 'plumeline\[{extra}\]'"):
        make_detector(section_of(tmp_path, f'engine = "{engine}"\n{more}'))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('engine = "tensorrt"', "engine"),
        ("ray_actors = 0", "ray_actors"),
        ("threads = -1", "threads"),
        ('precision = "int8"', "precision"),
    ],
)
def test_an_impossible_detector_is_refused_by_the_configuration(
    tmp_path: Path, text: str, reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        section_of(tmp_path, text)


def test_a_model_is_found_beside_the_configuration_that_names_it(tmp_path: Path) -> None:
    assert section_of(tmp_path, 'model = "mine/net"').model == str(tmp_path / "mine" / "net")
    assert section_of(tmp_path, 'model = "net.pt"').model == str(tmp_path / "net.pt")
    assert section_of(tmp_path, 'model = "smoke_fire_n"').model == "smoke_fire_n"


def skip_without_ultralytics() -> None:
    """Without importing it: the detector's settings come first."""
    if importlib.util.find_spec("ultralytics") is None:
        pytest.skip("the extra `train` is not installed")


class Trap:
    """Unpickled, it makes a folder: what any code hidden in a .pt could do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder),)


def test_a_pt_that_is_not_trusted_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "trap.pt").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(BadModel, match=r"can run any code .* trust_pt = true"):
        make_detector(section_of(tmp_path, 'engine = "ultralytics"\nmodel = "trap.pt"'))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("model", ["absent.pt", "smoke_fire_n"])
def test_ultralytics_takes_a_pt_that_is_there_and_nothing_else(tmp_path: Path, model: str) -> None:
    with pytest.raises(BadModel, match=r"no such \.pt"):
        UltralyticsDetector(tmp_path / model, trusted=True)


@pytest.mark.train
def test_even_a_trusted_pt_may_hold_nothing_but_layers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path))
    skip_without_ultralytics()
    import torch

    torch.save({"model": Trap(tmp_path / "sprung")}, tmp_path / "trap.pt")
    with pytest.raises(BadModel, match="outside the supported"):
        UltralyticsDetector(tmp_path / "trap.pt", trusted=True)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.train
def test_ultralytics_without_its_limits_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path))
    skip_without_ultralytics()
    import ultralytics.utils

    monkeypatch.setattr(ultralytics.utils, "SAFE_LOAD", False)
    (tmp_path / "trap.pt").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(EngineFailed, match="SAFE_LOAD"):
        UltralyticsDetector(tmp_path / "trap.pt", trusted=True)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.train
def test_a_trusted_pt_finds_smoke_and_fire_by_its_own_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not PT.is_file():
        pytest.skip(f"{PT.name} is not on this machine")
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path))
    skip_without_ultralytics()
    files = sorted((samples_folder() / "roof_fire" / "frames").glob("*.jpg"))
    images = [decode_jpeg(file.read_bytes()) for file in files[::4]]
    detector = UltralyticsDetector(PT, trusted=True)
    found = detector.detect(images)
    assert detector.detect(images[::-1]) == found[::-1]
    assert detector.detect([]) == []
    assert {one.label for picture in found for one in picture} == set(Label)
    for picture, image in zip(found, images, strict=True):
        assert picture == sorted(picture, key=lambda one: -one.score)
        for one in picture:
            assert 0 <= one.box.x0_px < one.box.x1_px <= image.shape[1]
            assert 0 <= one.box.y0_px < one.box.y1_px <= image.shape[0]


@pytest.mark.train
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch, on export
def test_ultralytics_and_onnx_runtime_find_the_same_in_one_set_of_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pictures: list[Image]
) -> None:
    """Pictures of the network's own size: the two fit others into it differently."""
    if not PT.is_file():
        pytest.skip(f"{PT.name} is not on this machine")
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path))
    skip_without_ultralytics()
    from detect.training import export_onnx

    by_torch = UltralyticsDetector(PT, trusted=True)
    weights = tmp_path / PT.name
    weights.write_bytes(PT.read_bytes())
    exported = export_onnx(weights, tmp_path / "weights.onnx")
    manifest = replace(
        load_model().manifest,
        input_px=384,
        second_look_px=None,
        threshold=Thresholds(smoke=SCORE_LEAST, fire=SCORE_LEAST),
        nms_iou=0.7,  # Ultralytics' own default
    )
    by_onnx = OnnxDetector(Model(manifest=manifest, weights=exported), threads=1)
    fitting = [np.asarray(cv2.resize(one, (384, 384)), np.uint8) for one in pictures]
    expected = by_torch.detect(fitting)
    assert sum(map(len, expected)) >= 5
    assert_same(by_onnx.detect(fitting), expected)


@pytest.mark.ray
def test_ray_workers_give_the_answers_of_one_engine_in_order_and_leave_sigterm_alone(
    pictures: list[Image], by_onnx: list[list[Detection]]
) -> None:
    pytest.importorskip("ray", reason="the extra `ray` is not installed")
    before = signal.getsignal(signal.SIGTERM)
    with RayDetector(load_model(), workers=2) as detector:
        assert signal.getsignal(signal.SIGTERM) is before
        assert detector.identity.startswith(OnnxDetector(load_model()).identity)
        assert detector.detect(pictures) == by_onnx
        assert detector.detect([]) == []


@pytest.mark.ray
def test_a_ray_cluster_that_is_not_there_is_named() -> None:
    pytest.importorskip("ray", reason="the extra `ray` is not installed")
    with pytest.raises(EngineFailed, match=r"127\.0\.0\.1:1: .*refused"):
        RayDetector(load_model(), address="127.0.0.1:1")
