"""A model is loaded if its weights are the ones its manifest names, and not otherwise."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from detect.detection import Label
from detect.errors import BadModel
from detect.manifest import DEFAULT_MODEL, load_model
from detect.onnx import OnnxDetector

WEIGHTS = b"\x80\x02 a pickle, as in a .pt"


def folder_with(
    folder: Path, *, file: str = "weights.onnx", sha256: str | None = None, more: str = ""
) -> Path:
    folder.mkdir()
    (folder / "weights.onnx").write_bytes(WEIGHTS)
    (folder / "manifest.toml").write_text(
        f"""
name = "mine"
version = "2.0.0"
file = "{file}"
sha256 = "{sha256 or hashlib.sha256(WEIGHTS).hexdigest()}"
size_bytes = {len(WEIGHTS)}
input_px = 640
classes = ["fire", "smoke"]
nms_iou = 0.6
licence = "CC0-1.0"
{more}
[threshold]
smoke = 0.4
fire = 0.5
""",
        "utf-8",
    )
    return folder


def test_a_folder_of_the_users_loads_and_is_known_by_name_version_and_hash(tmp_path: Path) -> None:
    model = load_model(folder_with(tmp_path / "mine"))
    assert model.identity == f"mine-2.0.0@{hashlib.sha256(WEIGHTS).hexdigest()[:12]}"
    assert model.manifest.classes == (Label.FIRE, Label.SMOKE)
    assert model.manifest.threshold.of(Label.FIRE) == 0.5


def test_keys_of_a_later_manifest_are_no_obstacle(tmp_path: Path) -> None:
    assert load_model(folder_with(tmp_path / "mine", more='trained_on = "2027-01-01"'))


def test_weights_with_another_hash_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"has sha256 .* its manifest says 0000"):
        load_model(folder_with(tmp_path / "mine", sha256="0" * 64))


def test_one_changed_byte_is_another_hash(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "mine")
    (folder / "weights.onnx").write_bytes(WEIGHTS[:-1] + b"T")
    with pytest.raises(BadModel, match="sha256"):
        load_model(folder)


@pytest.mark.parametrize(
    "file", ["../weights.onnx", "sub/../weights.onnx", "..", "", ".", "absent.onnx"]
)
def test_weights_lie_in_the_folder_itself(tmp_path: Path, file: str) -> None:
    (tmp_path / "weights.onnx").write_bytes(WEIGHTS)
    with pytest.raises(BadModel, match="is not in the folder"):
        load_model(folder_with(tmp_path / "mine", file=file))


def test_an_absolute_path_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.onnx"
    elsewhere.write_bytes(WEIGHTS)
    with pytest.raises(BadModel, match="is not in the folder"):
        load_model(folder_with(tmp_path / "mine", file=str(elsewhere)))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"fire", "smoke"', '"fire", "cat"', "classes"),
        ("input_px = 640", "", "input_px"),
        ("fire = 0.5", "", "fire"),
        ("nms_iou = 0.6", "nms_iou =", "manifest.toml"),
    ],
)
def test_a_mistake_in_the_manifest_is_named(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    file = folder_with(tmp_path / "mine") / "manifest.toml"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(BadModel, match=reason):
        load_model(file.parent)


def test_a_folder_without_a_manifest_and_an_unknown_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="manifest"):
        load_model(tmp_path)
    with pytest.raises(BadModel, match="no such model"):
        load_model("no_such_model")


def test_a_pt_is_no_weights_for_onnx_runtime_whatever_its_name(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="ONNX Runtime"):
        OnnxDetector(load_model(folder_with(tmp_path / "mine")))


@pytest.mark.parametrize("name", [DEFAULT_MODEL, f"{DEFAULT_MODEL}_int8"])
def test_the_models_of_this_package_are_whole_and_possible(name: str) -> None:
    manifest = load_model(name).manifest
    assert manifest.name == name
    assert manifest.input_px % 32 == 0
    assert set(manifest.classes) == set(Label)
    assert all(0 < manifest.threshold.of(label) < 1 for label in Label)


def with_second_look(folder: Path, *, second: bytes, hashed: bytes, file: str) -> Path:
    sha256 = hashlib.sha256(WEIGHTS + hashed).hexdigest()
    more = f'second_look_px = 320\nsecond_look_file = "{file}"'
    folder_with(folder, sha256=sha256, more=more)
    (folder / "second.onnx").write_bytes(second)
    return folder


def test_the_hash_is_of_both_networks_where_a_model_has_two(tmp_path: Path) -> None:
    right = with_second_look(tmp_path / "a", second=b"two", hashed=b"two", file="second.onnx")
    model = load_model(right)
    assert model.second_weights == right / "second.onnx"
    assert model.identity.endswith(hashlib.sha256(WEIGHTS + b"two").hexdigest()[:12])
    for hashed in (b"", b"tow"):
        name = f"b{len(hashed)}"
        wrong = with_second_look(tmp_path / name, second=b"two", hashed=hashed, file="second.onnx")
        with pytest.raises(BadModel, match=r"weights.onnx, second.onnx have together the sha256"):
            load_model(wrong)


@pytest.mark.parametrize("file", ["../second.onnx", "absent.onnx"])
def test_the_second_looks_network_lies_in_the_folder_too(tmp_path: Path, file: str) -> None:
    (tmp_path / "second.onnx").write_bytes(b"two")
    with pytest.raises(BadModel, match="is not in the folder"):
        load_model(with_second_look(tmp_path / "a", second=b"two", hashed=b"two", file=file))
