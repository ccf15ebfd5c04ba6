"""What a run learns from is laid out as told; one tiny run gives ONNX equal to torch."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detect.datasets import BadData, TrainingUnavailable, label_file, read_dataset
from detect.detection import Box, Detection, Image, Label
from detect.lessons import divergence
from detect.preparation import Sources, prepare
from detect.scenes import look, scenes
from detect.training import Stage, data_sha256, export_onnx, run_stages

needs_ultralytics = pytest.mark.skipif(
    importlib.util.find_spec("ultralytics") is None,
    reason="ultralytics is not installed: pip install plumeline[train]",
)
ONCE = (Stage(epochs=1, input_px=64, lr=1e-4),)


def _scene(seed: int) -> NDArray[np.uint8]:
    """Soft noise with one bright patch, 96x64."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 200, (6, 8, 3), dtype=np.uint8)
    image = np.asarray(cv2.resize(coarse, (96, 64), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    image[20:40, 30:60] = 255
    return image


def _source(folder: Path, seeds: Sequence[int], labels: str = "1 0.47 0.47 0.31 0.31\n") -> Path:
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True)
    for seed in seeds:
        cv2.imwrite(str(folder / "images" / f"{seed:03d}.png"), _scene(seed))
        (folder / "labels" / f"{seed:03d}.txt").write_text(labels)
    return folder


class _Teacher:
    """Sees smoke of one score everywhere."""

    identity = "teacher"

    def __init__(self, score: float) -> None:
        self.score = score

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        box = Box(x0_px=24, y0_px=16, x1_px=72, y1_px=48)
        seen = Detection(label=Label.SMOKE, score=self.score, box=box)
        return [[seen] if self.score else [] for _ in images]


def _prepare(sources: Sources, out: Path, teacher: _Teacher | None = None) -> dict[str, list[Path]]:
    out.mkdir(exist_ok=True)
    start = out / "start.pt"
    start.write_bytes(b"weights")
    prepare(sources, out, teachers=[teacher or _Teacher(0.0)], start=start, seed=0)
    return {
        side: [Path(line) for line in (out / f"{side}.txt").read_text().split()]
        for side in ("train", "val", "test")
    }


def test_no_scene_is_on_two_sides(tmp_path: Path) -> None:
    """Two sources share every scene; one is smaller by a third, as copies on the web are."""
    one = _source(tmp_path / "one", range(40))
    copies = _source(tmp_path / "copies", range(40))
    for file in (copies / "images").iterdir():
        cv2.imwrite(str(file), cv2.resize(cv2.imread(str(file)), (64, 43)))
    sides = _prepare(Sources(train=(one, copies)), tmp_path / "out")
    at = {str(image): side for side, images in sides.items() for image in images}
    greys = {name: cv2.imread(name, cv2.IMREAD_GRAYSCALE) for name in at}
    seen = {name: look(grey) for name, grey in greys.items() if grey is not None}
    assert len(seen) == 80
    assert all(len({at[name] for name in scene}) == 1 for scene in scenes(seen))
    assert sides["train"]
    assert sides["val"]


def test_nothing_like_a_held_out_source_is_trained_on(tmp_path: Path) -> None:
    source = _source(tmp_path / "source", range(40))
    held_out = _source(tmp_path / "held_out", range(30, 60))
    sides = _prepare(Sources(train=(source,), held_out=(held_out,)), tmp_path / "out")
    assert {image.parents[1].name for image in sides["train"]} == {"source"}
    assert {image.parents[1].name for image in sides["test"]} == {"held_out"}
    assert sum(image.parents[1].name == "source" for side in sides.values() for image in side) == 30
    of_held_out = [i for i in (*sides["val"], *sides["test"]) if i.parents[1].name == "held_out"]
    assert len(of_held_out) == 30


@pytest.mark.parametrize(
    ("score", "images", "smoke"),
    [(0.0, 10, 0), (0.01, 10, 0), (0.05, 0, 0), (0.6, 10, 10)],
)
def test_smoke_nobody_boxed_is_boxed_or_its_image_left_out(
    tmp_path: Path, score: float, images: int, smoke: int
) -> None:
    labelled = _source(tmp_path / "labelled", range(20))
    fire_only = _source(tmp_path / "fire_only", range(100, 110))
    sources = Sources(train=(labelled,), unlabelled_smoke=(fire_only,))
    train = _prepare(sources, tmp_path / "out", _Teacher(score))["train"]
    of_it = [label_file(i).read_text() for i in train if i.parents[1].name == "fire_only"]
    assert len(of_it) == images
    assert sum(text.count("0 0.500000 0.500000 0.500000 0.500000\n") for text in of_it) == smoke
    assert all("1 0.47" in text for text in of_it)


def test_made_up_smoke_is_laid_over_training_views_without_any(tmp_path: Path) -> None:
    fire = _source(tmp_path / "fire", range(10))
    clean = _source(tmp_path / "clean", range(100, 140), labels="")
    train = _prepare(Sources(train=(fire, clean), plumes=5), tmp_path / "out")["train"]
    made = [image for image in train if image.parents[1].name == "made_up"]
    assert len(made) == 5
    read = read_dataset(tmp_path / "out" / "data" / "made_up").images
    assert all(box.label is Label.SMOKE for one in read for box in one.boxes)
    assert any(one.boxes for one in read)


def test_a_clean_view_the_teacher_errs_on_is_listed_more_often(tmp_path: Path) -> None:
    fire = _source(tmp_path / "fire", range(10))
    clean = _source(tmp_path / "clean", range(100, 220), labels="")
    lists = {
        score: _prepare(Sources(train=(fire, clean)), tmp_path / f"out{score}", _Teacher(score))
        for score in (0.0, 0.9)
    }
    easy, hard = (
        sum(image.parents[1].name == "clean" for image in lists[score]["train"])
        for score in (0.0, 0.9)
    )
    assert hard == 3 * easy > 0


def test_a_prepared_folder_is_used_as_it_is(tmp_path: Path) -> None:
    source = _source(tmp_path / "source", range(30))
    first = _prepare(Sources(train=(source,)), tmp_path / "out")
    (source / "images" / "000.png").unlink()
    assert _prepare(Sources(train=(source,)), tmp_path / "out") == first


def test_a_folder_prepared_for_something_else_is_refused(tmp_path: Path) -> None:
    source = _source(tmp_path / "source", range(30))
    _prepare(Sources(train=(source,)), tmp_path / "out")
    with pytest.raises(BadData, match="prepared for other sources"):
        _prepare(Sources(train=(source,), plumes=1), tmp_path / "out")
    start = tmp_path / "out" / "start.pt"
    with pytest.raises(BadData, match="checkpoints"):
        prepare(
            Sources(train=(source,)),
            tmp_path / "out",
            teachers=[],
            start=start,
            seed=0,
            distil=start,
        )


def test_a_folder_of_someone_elses_data_is_not_touched(tmp_path: Path) -> None:
    source = _source(tmp_path / "source", range(30))
    theirs = tmp_path / "out" / "data" / "theirs.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("precious")
    with pytest.raises(BadData, match="no run has made"):
        _prepare(Sources(train=(source,)), tmp_path / "out")
    assert theirs.read_text() == "precious"


def test_a_preparation_that_was_cut_is_done_again(tmp_path: Path) -> None:
    source = _source(tmp_path / "source", range(30))
    whole = _prepare(Sources(train=(source,)), tmp_path / "whole")
    bad = source / "images" / "999.png"
    bad.write_bytes(cv2.imencode(".png", _scene(999))[1].tobytes())
    (source / "labels" / "999.txt").write_text("5 0 0 0 0")
    with pytest.raises(BadData, match="line 1"):
        _prepare(Sources(train=(source,)), tmp_path / "out")
    bad.unlink()
    again = _prepare(Sources(train=(source,)), tmp_path / "out")
    assert {side: len(images) for side, images in again.items()} == {
        side: len(images) for side, images in whole.items()
    }


def test_the_sources_are_left_as_they_were(tmp_path: Path) -> None:
    source = _source(tmp_path / "source", range(30))
    _prepare(Sources(train=(source,)), tmp_path / "out")
    assert sorted(path.name for path in source.iterdir()) == ["images", "labels"]
    assert len(list(source.rglob("*.*"))) == 60


def test_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    places = (_source(tmp_path / "a" / "x", range(5)), _source(tmp_path / "b" / "x", range(5)))
    with pytest.raises(BadData, match="same name"):
        _prepare(Sources(train=places), tmp_path / "out")


def test_a_source_too_small_to_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="too few images"):
        _prepare(Sources(train=(_source(tmp_path / "x", range(1)),)), tmp_path / "out")


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
        run_stages(tmp_path / "x.pt", tmp_path / "data.yaml", tmp_path, ONCE, seed=0)
    with pytest.raises(TrainingUnavailable, match=r"pip install .plumeline\[train\]"):
        export_onnx(tmp_path / "x.pt", tmp_path / "x.onnx")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stages of one epoch at 64 px on 16 images from random weights, ended twice."""
    out = tmp_path_factory.mktemp("run")
    ultralytics: Any = importlib.import_module("ultralytics")
    start = out / "start.pt"
    ultralytics.YOLO("yolov5n.yaml").save(str(start))
    source = _source(out / "station", range(16))
    sources = Sources(train=(source,))
    data = prepare(sources, out / "out", teachers=[_Teacher(0.0)], start=start, seed=0)
    run_stages(start, data, out / "out", ONCE, seed=0)
    run_stages(start, data, out / "out", ONCE * 2, seed=0)
    export_onnx(out / "out" / "best.pt", out / "out" / "weights.onnx")
    return out


@pytest.mark.train
@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_the_run_record_tells_how_to_run_it_again(run: Path) -> None:
    record = json.loads((run / "out" / "run.json").read_text())
    assert record["tally"]["station: train"] + record["tally"]["station: val"] == 16
    assert record["seed"] == 0
    assert {"train", "val", "test"} == record["data_sha256"].keys()
    assert {"python", "torch", "numpy"} <= record["versions"].keys()


@pytest.mark.train
@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_a_stage_that_is_done_is_not_done_again(run: Path) -> None:
    for stage in ("stage1", "stage2"):
        lines = (run / "out" / stage / "epochs.jsonl").read_text().splitlines()
        assert [json.loads(line)["epoch"] for line in lines] == [1]


@pytest.mark.train
@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_a_run_that_is_cut_goes_on_after_its_last_whole_epoch(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_: object) -> None:
        message = "power failure"
        raise OSError(message)

    stages = (Stage(epochs=3, input_px=64, lr=1e-4),)
    data, start = run / "out" / "data.yaml", run / "start.pt"
    with monkeypatch.context() as cutting:
        cutting.setattr("detect.training._keep_record", cut)
        with pytest.raises(OSError, match="power failure"):
            run_stages(start, data, tmp_path, stages, seed=0)
    run_stages(start, data, tmp_path, stages, seed=0)
    lines = (tmp_path / "stage1" / "epochs.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [2, 3]


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


@pytest.mark.train
@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_a_student_comes_nearer_to_its_teacher(run: Path, tmp_path: Path) -> None:
    """To one that sees smoke wherever it looks: the same run without it learns the contrary."""
    torch: Any = importlib.import_module("torch")
    ultralytics: Any = importlib.import_module("ultralytics")
    start, data = run / "out" / "best.pt", run / "out" / "data.yaml"
    master, teacher = ultralytics.YOLO(str(start)), tmp_path / "teacher.pt"
    with torch.no_grad():
        for level in master.model.model[-1].cv3:
            level[-1].bias[0] = 2.0
    master.save(str(teacher))
    picture = torch.from_numpy(np.random.default_rng(0).random((1, 3, 64, 64), np.float32))

    def answer(checkpoint: Path) -> Any:
        with torch.no_grad():
            return ultralytics.YOLO(str(checkpoint)).model.float().eval()(picture)[1]

    def apart(student: Path) -> float:
        return sum(float(one) for one in divergence(answer(student), answer(teacher)))

    def trained(name: str, taught_by: Path | None) -> Path:
        stages = (Stage(epochs=10, input_px=64, lr=1e-2),)
        run_stages(start, data, tmp_path / name, stages, seed=0, teacher=taught_by)
        return tmp_path / name / "stage1" / "weights" / "last.pt"

    taught, alone = trained("taught", teacher), trained("alone", None)
    assert apart(taught) < apart(start) - 0.1 < apart(start) + 0.1 < apart(alone)


@pytest.mark.train
@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_a_teacher_of_other_things_is_refused(run: Path, tmp_path: Path) -> None:
    start, data = run / "start.pt", run / "out" / "data.yaml"  # the start knows COCO's 80 classes
    with pytest.raises(BadData, match="must detect smoke, fire"):
        run_stages(start, data, tmp_path, ONCE, seed=0, teacher=start)
