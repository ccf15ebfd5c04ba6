"""Which images show one scene, and how to split a data set so that no scene is on both sides."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

VAL_SHARE = 0.08
NEAR_BITS = 4
"""Images whose 64-bit difference hashes differ in at most this many bits count as one scene."""
FAR_BITS = 12
LIKE = 0.92
"""Up to FAR_BITS apart they do if their 24x24 thumbnails correlate by at least this much."""
_THUMB_PX = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What of an image is compared."""

    code: int
    thumb: NDArray[np.float32] | None = None
    """Grey, mean 0 and length 1, so that a product of two is their correlation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Names of images, sorted. Images of one scene are all on one side."""

    train: tuple[str, ...]
    val: tuple[str, ...]


def look(grey: NDArray[np.uint8]) -> Look:
    """Hash and thumbnail of a grey image."""
    small = cv2.resize(grey, (_THUMB_PX, _THUMB_PX), interpolation=cv2.INTER_AREA)
    thumb = np.asarray(small, dtype=np.float32).ravel()
    thumb -= thumb.mean()
    return Look(code=dhash(grey), thumb=thumb / max(float(np.linalg.norm(thumb)), 1e-6))


def dhash(grey: NDArray[np.uint8]) -> int:
    """64 bits: is each cell of an 8x8 grid darker than the cell on its right."""
    cells = np.asarray(cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA))
    bits = np.packbits(cells[:, :-1] < cells[:, 1:])
    return int.from_bytes(bits.tobytes(), "big")


def scenes(looks: Mapping[str, Look]) -> list[list[str]]:
    """Names grouped by chains of likeness, each group sorted."""
    names = sorted(looks)
    codes = np.array([looks[name].code for name in names], dtype=np.uint64)
    thumbs = [looks[name].thumb for name in names]
    plates = np.stack([np.zeros(_THUMB_PX**2, np.float32) if t is None else t for t in thumbs])
    free = np.ones(len(names), dtype=bool)
    groups: list[list[str]] = []
    for first in range(len(names)):
        chain = [first] if free[first] else []
        free[first] = False
        for member in chain:  # grows while it is walked
            apart = np.bitwise_count(codes ^ codes[member])
            like = (apart <= FAR_BITS) & (plates @ plates[member] >= LIKE)
            found = np.flatnonzero(((apart <= NEAR_BITS) | like) & free)
            free[found] = False
            chain.extend(found.tolist())
        if chain:
            groups.append([names[member] for member in sorted(chain)])
    return groups


def split(
    looks: Mapping[str, Look],
    *,
    val_share: float | Mapping[str, float] = VAL_SHARE,
    seed: int = 0,
    apart: Collection[str] = (),
) -> Split:
    """Whole scenes to train or val by a hash of the scene, so that added images move few others.

    ``val_share`` may differ by name: a scene takes the largest of its members'. Of a scene with a
    member in ``apart`` (a test set), nothing is returned.
    """
    sides: tuple[list[str], list[str]] = ([], [])
    apart = frozenset(apart)
    for scene in scenes(looks) if looks else []:
        if not apart.isdisjoint(scene):
            continue
        share = (
            val_share
            if isinstance(val_share, float)
            else max(val_share.get(name, VAL_SHARE) for name in scene)
        )
        key = f"{seed}:{min(looks[name].code for name in scene):016x}"
        sides[draw(key) < share].extend(scene)
    train, val = sides
    return Split(train=tuple(sorted(train)), val=tuple(sorted(val)))


def draw(key: str) -> float:
    """A number in [0, 1) that depends on nothing but the key."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
