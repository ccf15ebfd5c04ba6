"""Splits keep scenes whole; with the extra ``train``, one tiny run gives ONNX equal to torch."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detect.scenes import dhash, scenes, split
from detect.training import (
    BadSources,
    TrainingUnavailable,
    data_sha256,
    export_onnx,
    fine_tune,
    labelled_images,
    split_sources,
)

needs_ultralytics = pytest.mark.skipif(
    importlib.util.find_spec("ultralytics") is None,
    reason="ultralytics is not installed: pip install plumeline[train]",
)


def _random_hashes(count: int, seed: int = 0) -> dict[str, int]:
    codes = np.random.default_rng(seed).integers(0, 2**64, count, dtype=np.uint64)
    return {f"{n:05d}.jpg": int(code) for n, code in enumerate(codes)}


def _scene(seed: int) -> NDArray[np.uint8]:
    """Soft noise with one bright patch, 96x64."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 200, (6, 8, 3), dtype=np.uint8)
    image = np.asarray(cv2.resize(coarse, (96, 64), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    image[20:40, 30:60] = 255
    return image


def _write_source(folder: Path, images: dict[str, NDArray[np.uint8]]) -> Path:
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True)
    for number, (name, image) in enumerate(images.items()):
        cv2.imwrite(str(folder / "images" / f"{name}.png"), image)
        box = f"{number % 2} 0.46875 0.46875 0.3125 0.3125\n" if number % 4 else ""
        (folder / "labels" / f"{name}.txt").write_text(box)
    return folder


def test_each_bit_of_the_hash_says_whether_brightness_rises_to_the_right() -> None:
    rising = np.tile(np.arange(9, dtype=np.uint8) * 20, (8, 1))
    assert dhash(rising) == 2**64 - 1
    assert dhash(np.ascontiguousarray(rising[:, ::-1])) == 0


def test_a_resized_and_brightened_copy_is_the_same_scene() -> None:
    grey = np.asarray(cv2.cvtColor(_scene(1), cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    other = np.asarray(cv2.cvtColor(_scene(2), cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    copy = np.asarray(cv2.resize(grey, (200, 140)), dtype=np.uint8) // 2 + 20
    hashes = {"a": dhash(grey), "copy": dhash(copy.astype(np.uint8)), "other": dhash(other)}
    assert scenes(hashes) == [["a", "copy"], ["other"]]


def test_near_duplicates_never_straddle_the_split() -> None:
    hashes = _random_hashes(400)
    for name, code in list(hashes.items()):
        hashes[f"near-{name}"] = code ^ 0b1111  # four bits away
        hashes[f"chained-{name}"] = code ^ 0b1111_1111  # eight away, but four from the one above
    sides = split(hashes, val_share=0.3)
    side = dict.fromkeys(sides.val, "val") | dict.fromkeys(sides.train, "train")
    assert len(side) == len(hashes) == len(sides.val) + len(sides.train)
    for name in _random_hashes(400):
        assert side[name] == side[f"near-{name}"] == side[f"chained-{name}"]


def test_five_bits_apart_are_two_scenes() -> None:
    assert len(scenes({"a": 0, "b": 0b1_1111})) == 2


def test_the_split_depends_on_seed_and_hash_but_not_on_order() -> None:
    hashes = _random_hashes(300)
    backwards = dict(reversed(hashes.items()))
    assert split(hashes) == split(backwards)
    assert split(hashes, seed=1) != split(hashes)


def test_the_split_holds_out_about_the_share_asked_for() -> None:
    sides = split(_random_hashes(5000), val_share=0.08)
    assert len(sides.val) / 5000 == pytest.approx(0.08, abs=0.016)  # four standard deviations


def test_added_images_leave_old_ones_on_their_side() -> None:
    old, new = _random_hashes(300), _random_hashes(300, seed=1)
    before = split(old)
    after = split(old | {f"new-{name}": code for name, code in new.items()})
    assert set(before.train) <= set(after.train)
    assert set(before.val) <= set(after.val)


def test_no_images_split_into_nothing() -> None:
    assert split({}) == split({}, seed=3)
    assert scenes({}) == []


def test_an_image_without_a_label_file_is_left_out(tmp_path: Path) -> None:
    source = _write_source(tmp_path / "station", {"one": _scene(1), "two": _scene(2)})
    (source / "labels" / "two.txt").unlink()
    assert [image.name for image in labelled_images(source)] == ["one.png"]


def test_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSources, match="same name"):
        split_sources([tmp_path / "a" / "station", tmp_path / "b" / "station"], seed=0)


def test_a_source_too_small_to_split_is_refused(tmp_path: Path) -> None:
    source = _write_source(tmp_path / "station", {"only": _scene(1)})
    with pytest.raises(BadSources, match="images to train on"):
        split_sources([source], seed=0)


def test_the_data_hash_knows_content_and_not_names(tmp_path: Path) -> None:
    for name, content in (("a", b"1"), ("b", b"2"), ("c", b"2"), ("d", b"1")):
        (tmp_path / name).write_bytes(content)
    one, other = ([str(tmp_path / name) for name in names] for names in ("ab", "cd"))
    assert data_sha256(one) == data_sha256(other) != data_sha256(one[:1])


@pytest.mark.skipif(
    importlib.util.find_spec("ultralytics") is not None, reason="ultralytics is installed"
)
def test_without_ultralytics_the_error_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(TrainingUnavailable, match=r"pip install .plumeline\[train\]"):
        fine_tune(tmp_path / "x.pt", [], tmp_path / "out", epochs=1, input_px=64, seed=0)
    with pytest.raises(TrainingUnavailable, match=r"pip install .plumeline\[train\]"):
        export_onnx(tmp_path / "x.pt", tmp_path / "x.onnx")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One epoch at 64 px on 16 images from random weights; seed 0 puts some in val."""
    out = tmp_path_factory.mktemp("run")
    ultralytics: Any = importlib.import_module("ultralytics")
    start = out / "start.pt"
    ultralytics.YOLO("yolov5n.yaml").save(str(start))
    images = {f"{n:02d}": _scene(n) for n in range(16)}
    source = _write_source(out / "station", images)
    fine_tune(start, [source], out / "out", epochs=1, input_px=64, seed=0)
    export_onnx(out / "out" / "best.pt", out / "out" / "weights.onnx")
    return out


@pytest.mark.train
@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_the_run_record_tells_how_to_run_it_again(run: Path) -> None:
    record = json.loads((run / "out" / "run.json").read_text())
    images = [str(image) for image in labelled_images(run / "station")]
    assert record["data_sha256"] == data_sha256(images)
    assert record["train"]["station"] + record["val"]["station"] == 16
    assert (record["seed"], record["epochs"], record["input_px"]) == (0, 1, 64)
    assert {"python", "torch", "numpy"} <= record["versions"].keys()


@pytest.mark.train
@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_training_leaves_the_source_folder_as_it_was(run: Path) -> None:
    assert sorted(path.name for path in (run / "station").iterdir()) == ["images", "labels"]


@pytest.mark.train
@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("shape", [(1, 3, 64, 64), (2, 3, 64, 96), (1, 3, 128, 64)])
def test_onnx_answers_as_torch_does_at_any_size(run: Path, shape: tuple[int, ...]) -> None:
    onnxruntime: Any = importlib.import_module("onnxruntime")
    torch: Any = importlib.import_module("torch")
    ultralytics: Any = importlib.import_module("ultralytics")
    pixels = np.random.default_rng(0).random(shape, dtype=np.float32)
    model = ultralytics.YOLO(str(run / "out" / "best.pt")).model.float().eval()
    with torch.inference_mode():
        expected = model(torch.from_numpy(pixels))[0].numpy()
    session = onnxruntime.InferenceSession(str(run / "out" / "weights.onnx"))
    (answer,) = session.run(None, {"images": pixels})
    assert answer.shape[:2] == (shape[0], 4 + 2)
    np.testing.assert_allclose(answer[:, :4], expected[:, :4], atol=0.05)  # px
    np.testing.assert_allclose(answer[:, 4:], expected[:, 4:], atol=1e-3)


@pytest.mark.train
@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_the_onnx_file_holds_no_path_of_this_machine(run: Path) -> None:
    content = (run / "out" / "weights.onnx").read_bytes()
    assert str(run).encode() not in content
    assert b"site-packages" not in content
