"""Models: a folder each, loaded only if its weights are the ones its manifest names."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from detect.detection import Label
from detect.errors import BadModel

DEFAULT_MODEL = "smoke_fire_n"
_ROOMS = (Path(__file__).parent / "_models", Path(__file__).parent.parent / "models")
"""In an installed wheel, and in a checkout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The least score that counts, chosen from a curve (see the model's card)."""

    smoke: float
    fire: float

    def of(self, label: Label) -> float:
        """The threshold of one label."""
        return self.smoke if label is Label.SMOKE else self.fire


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What ``manifest.toml`` says of the weights beside it."""

    name: str
    version: str
    file: str
    """``.onnx``; or OpenVINO's ``.xml``, with its ``.bin`` of the same name beside it."""
    sha256: str
    """Of the file; of an ``.xml`` and its ``.bin``, one after the other; the second look's last."""
    size_bytes: int
    input_px: int
    """The long side of what the network sees; a multiple of 32."""
    second_look_px: int | None = None
    """Of a second look, mirrored, at what the first suspects (``detect.batching``); None for none.
    The thresholds are of the two together."""
    second_look_file: str | None = None
    """The network of the second look, where it is not the first one's."""
    classes: tuple[Label, ...]
    """What each score of the network is for, in its order."""
    threshold: Thresholds
    nms_iou: float
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A manifest and where its weights lie, checked."""

    manifest: Manifest
    weights: Path
    second_weights: Path | None = None
    """Of the second look, where it has a network of its own."""

    @property
    def identity(self) -> str:
        """Name, version and the start of the weights' hash."""
        return f"{self.manifest.name}-{self.manifest.version}@{self.manifest.sha256[:12]}"


def load_model(name_or_folder: str | Path = DEFAULT_MODEL) -> Model:
    """A model of this package by name, or one of the user's by its folder.

    Raises:
        BadModel: no such folder, an unreadable manifest, or weights that are not all there or
            have another sha256.
    """
    folder = _folder(name_or_folder)
    manifest_file = folder / "manifest.toml"
    try:
        said = tomllib.loads(manifest_file.read_text("utf-8"))
        manifest = msgspec.convert(said, Manifest)
    except (OSError, ValueError) as exc:
        raise BadModel(folder, f"manifest.toml: {exc}") from exc
    weights = folder / manifest.file
    second = folder / manifest.second_look_file if manifest.second_look_file else None
    files = [file for network in (weights, second) if network for file in files_of(network)]
    for file in files:
        if file.parent != folder or not file.is_file():
            raise BadModel(folder, f"{file.name} is not in the folder")
    found = sha256_of(files)
    if found != manifest.sha256:
        which = ", ".join(file.name for file in files)
        have = "have together the" if files[1:] else "has"
        raise BadModel(
            folder, f"{which} {have} sha256 {found}, its manifest says {manifest.sha256}"
        )
    return Model(manifest=manifest, weights=weights, second_weights=second)


def files_of(network: Path) -> list[Path]:
    """The file, and the ``.bin`` that belongs to an ``.xml``."""
    return [network, network.with_suffix(".bin")] if network.suffix == ".xml" else [network]


def sha256_of(files: Sequence[Path]) -> str:
    """Of their bytes, one after the other."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _folder(name_or_folder: str | Path) -> Path:
    if isinstance(name_or_folder, Path) or "/" in name_or_folder:
        return Path(name_or_folder)
    for room in _ROOMS:
        if (room / name_or_folder / "manifest.toml").is_file():
            return room / name_or_folder
    raise BadModel(_ROOMS[-1] / name_or_folder, "no such model")
