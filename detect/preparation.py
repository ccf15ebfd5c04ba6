"""What a training run learns from, laid out in its folder: splits, made-up smoke, found labels.

* Scenes are on one side only, over all sources together (``detect.scenes``). A source that is
  held out is never trained on: half of its scenes help to choose the best epoch, the other half
  are the test that nothing has seen. Images like one of its scenes leave the training.
* Where a source's smoke is not boxed, looks that agree box it, and doubtful images are left out.
* Smoke is laid over views without any, and the views a detector errs on are shown more often.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from detect.datasets import (
    CLASSES,
    BadData,
    DataSet,
    LabelBox,
    LabelledImage,
    label_file,
    read_dataset,
    read_image,
    write_labels,
)
from detect.detection import Detection, Detector, Label
from detect.pseudo import agreed, looks
from detect.scenes import Look, look, split
from detect.synthesis import add_plumes, has_ground, window
from detect.training import data_sha256, versions

RECORD, DATA_FILE = "run.json", "data.yaml"
VAL_IMAGES = 150
VAL_SHARES = (0.08, 0.4)
"""To validate on: about so many images of each source, within these shares of it."""
TEST_SHARE = 0.5
"""Of a held-out source; the rest helps to choose."""
HARD_SCORE = 0.15
HARD_TIMES = 3
FEW = 100
FEW_TIMES = 6
"""A source without boxes and of fewer images is shown more often, at most so many times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the images lie; every source has a name of its own."""

    train: tuple[Path, ...]
    unlabelled_smoke: tuple[Path, ...] = ()
    """Trained on too; only their fire is boxed."""
    held_out: tuple[Path, ...] = ()
    plumes: int = 0
    """How many views get made-up smoke."""


def prepare(
    sources: Sources,
    out: Path,
    *,
    teachers: Sequence[Detector],
    start: Path,
    seed: int,
    distil: Path | None = None,
) -> Path:
    """Lay out data, lists and record under ``out``; return the data file that trains.

    Done once: a folder that holds the record of the same request is used as it is. ``teachers``
    find unboxed smoke and hard views; their thresholds should be low. ``distil``, the checkpoint
    that ``run_stages`` is to learn from, is only recorded.

    Raises:
        BadData: a source that does not read, two of one name, nothing to train or validate on, or
            a folder in use for something else.
    """
    request = _request(sources, start, seed, distil)
    if _is_ready(out, request):
        return out / DATA_FILE
    sets = _read(sources)
    sides = _sides(sets, sources, seed)
    layout = _Layout(folder=out / "data", teachers=tuple(teachers))
    for place, one in sets.items():
        for image in one.images:
            side = sides.get(str(image.image))
            layout.add(one, image, side, unlabelled=place in sources.unlabelled_smoke)
    layout.make_up(sources.plumes, seed)
    if not layout.lists["train"] or not layout.lists["val"]:
        raise BadData(out, "too few images to train and validate on")
    record = request | {
        "dropped": {one.name: dict(one.dropped) for one in sets.values() if one.dropped},
        "teachers": [teacher.identity for teacher in teachers],
        "tally": {what: count for what, count in sorted(layout.tally.items()) if count},
        "data_sha256": {side: data_sha256(sorted(set(i))) for side, i in layout.lists.items()},
        "versions": versions(),
    }
    return _write(out, layout.lists, record)


def _request(sources: Sources, start: Path, seed: int, distil: Path | None) -> dict[str, object]:
    """What was asked for, without this machine's folders."""
    return {
        "start": _file(start),
        "distil": _file(distil) if distil else None,
        "seed": seed,
        "sources": {
            "train": [place.name for place in sources.train],
            "unlabelled_smoke": [place.name for place in sources.unlabelled_smoke],
            "held_out": [place.name for place in sources.held_out],
            "made_up": sources.plumes,
        },
    }


def _file(checkpoint: Path) -> dict[str, str]:
    sha256 = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    return {"file": checkpoint.name, "sha256": sha256}


def _is_ready(out: Path, request: dict[str, object]) -> bool:
    """Whether the request was served before; if not, room is made for it."""
    if (out / RECORD).exists():
        record = json.loads((out / RECORD).read_text())
        if {key: record.get(key) for key in request} != request:
            raise BadData(
                out, "was prepared for other sources, checkpoints or seed: take a new folder"
            )
        return True
    marker = out / "preparing"
    if (out / "data").exists() and not marker.exists():
        raise BadData(out, "has a folder data that no run has made: take a new folder")
    out.mkdir(parents=True, exist_ok=True)
    marker.touch()
    shutil.rmtree(out / "data", ignore_errors=True)
    return False


def _write(out: Path, lists: Mapping[str, list[str]], record: dict[str, object]) -> Path:
    """The lists, the data file Ultralytics reads, and last the record."""
    for side, images in lists.items():
        (out / f"{side}.txt").write_text("\n".join(images) + "\n")
    where = {"path": str(out.absolute()), "train": "train.txt", "val": "val.txt"}
    told = where | {"names": dict(enumerate(CLASSES))}
    (out / DATA_FILE).write_text(json.dumps(told) + "\n")  # JSON is YAML
    (out / RECORD).write_text(json.dumps(record, indent=2) + "\n")
    (out / "preparing").unlink()
    return out / DATA_FILE


@dataclass(slots=True, kw_only=True)
class _Layout:
    """Grows image by image."""

    folder: Path
    teachers: tuple[Detector, ...]
    lists: dict[str, list[str]] = field(
        default_factory=lambda: {"train": [], "val": [], "test": []}
    )
    tally: Counter[str] = field(default_factory=Counter)

    def add(
        self, source: DataSet, image: LabelledImage, side: str | None, *, unlabelled: bool
    ) -> None:
        """One image to its side; smoke that is not boxed is looked for."""
        if side is None or (unlabelled and side != "train"):
            self.tally[f"{source.name}: left out, unreadable or like another source's"] += 1
            return
        known = _with_smoke(image, self.teachers) if unlabelled else image
        if known is None:
            self.tally[f"{source.name}: left out, smoke in doubt"] += 1
            return
        target = str(_own(known, self.folder / source.name))
        times = self._times(known, source) if side == "train" else 1
        self.lists[side] += [target] * times
        self.tally[f"{source.name}: {side}"] += 1
        self.tally[f"{source.name}: listed again"] += times - 1
        for box in known.boxes:
            self.tally[f"{source.name}: {side} boxes of {box.label}"] += 1

    def make_up(self, plumes: int, seed: int) -> None:
        """So many views with made-up smoke, from the clean ones trained on."""
        empty = sorted(
            {name for name in self.lists["train"] if not label_file(Path(name)).read_text()}
        )
        made = 0
        for number in range(plumes * 8 if empty else 0):
            rng = np.random.default_rng([seed, number])
            view = window(read_image(Path(empty[int(rng.integers(len(empty)))])), rng)
            if made == plumes or not has_ground(view):
                continue
            after, boxes = add_plumes(view, rng)
            target = self.folder / "made_up" / "images" / f"{number:06d}.jpg"
            write_labels(label_file(target), boxes)
            target.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(target), after)
            self.lists["train"].append(str(target))
            made += 1
        self.tally["made_up: train"] = made

    def _times(self, image: LabelledImage, source: DataSet) -> int:
        """How often a training image is listed: more where nothing burns and it is rare or hard."""
        if image.boxes:
            return 1
        few = not any(one.boxes for one in source.images) and len(source.images) < FEW
        found = [one for by in self.teachers for one in by.detect([read_image(image.image)])[0]]
        hard = any(one.score >= HARD_SCORE for one in found)
        return max(FEW_TIMES if few else 1, HARD_TIMES if hard else 1)


def _read(sources: Sources) -> Mapping[Path, DataSet]:
    places = (*sources.train, *sources.unlabelled_smoke, *sources.held_out)
    sets = {place: read_dataset(place) for place in places}
    if len({one.name for one in sets.values()}) < len(places):
        raise BadData(places[0], "two sources have the same name")
    return sets


def _sides(sets: Mapping[Path, DataSet], sources: Sources, seed: int) -> dict[str, str]:
    """Train, val or test for each image by its path; those that go nowhere are missing."""
    seen: dict[str, Look] = {}
    shares: dict[str, float] = {}
    apart: set[str] = set()
    for place, one in sets.items():
        share = float(np.clip(VAL_IMAGES / len(one.images), *VAL_SHARES))
        for image in one.images:
            grey = cv2.imread(str(image.image), cv2.IMREAD_GRAYSCALE)
            if grey is None:
                continue
            name = str(image.image)
            seen[name] = look(grey.astype(np.uint8, copy=False))
            # no smoke boxes to validate with where smoke is not boxed
            shares[name] = 0.0 if place in sources.unlabelled_smoke else share
            if place in sources.held_out:
                apart.add(name)
    parts = split(seen, val_share=shares, seed=seed, apart=apart)
    sides = dict.fromkeys(parts.train, "train") | dict.fromkeys(parts.val, "val")
    tested = split({name: seen[name] for name in sorted(apart)}, val_share=TEST_SHARE, seed=seed)
    return sides | dict.fromkeys(tested.val, "test") | dict.fromkeys(tested.train, "val")


def _with_smoke(image: LabelledImage, teachers: Sequence[Detector]) -> LabelledImage | None:
    """The image with the smoke its looks agree on; None where they leave a doubt."""
    picture = read_image(image.image)
    verdict = agreed(looks(teachers, picture), Label.SMOKE)
    if verdict.doubtful:
        return None
    height, width = picture.shape[:2]
    smoke = tuple(_fractions(one, width, height) for one in verdict.sure)
    return replace(image, boxes=(*image.boxes, *smoke))


def _fractions(one: Detection, width_px: int, height_px: int) -> LabelBox:
    box = one.box
    return LabelBox(
        label=one.label,
        x=(box.x0_px + box.x1_px) / 2 / width_px,
        y=(box.y0_px + box.y1_px) / 2 / height_px,
        width=(box.x1_px - box.x0_px) / width_px,
        height=(box.y1_px - box.y0_px) / height_px,
    )


def _own(image: LabelledImage, folder: Path) -> Path:
    """A copy of image and labels: Ultralytics mends odd JPEGs and writes caches where they lie.

    Named by content, so that images of one name in two folders of a source stay two.
    """
    content = image.image.read_bytes()
    name = hashlib.sha256(content).hexdigest()[:16]
    target = folder.absolute() / "images" / f"{name}{image.image.suffix.lower()}"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    write_labels(label_file(target), image.boxes)
    return target
