"""Which images show one scene, and how to split a data set so that no scene is on both sides."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

VAL_SHARE = 0.08
NEAR_BITS = 4
"""Images whose 64-bit difference hashes differ in at most this many bits count as one scene."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Names of images, sorted. Images of one scene are all on one side."""

    train: tuple[str, ...]
    val: tuple[str, ...]


def dhash(grey: NDArray[np.uint8]) -> int:
    """64 bits: is each cell of an 8x8 grid darker than the cell on its right."""
    cells = np.asarray(cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA))
    bits = np.packbits(cells[:, :-1] < cells[:, 1:])
    return int.from_bytes(bits.tobytes(), "big")


def scenes(hashes: Mapping[str, int], near_bits: int = NEAR_BITS) -> list[list[str]]:
    """Names grouped by chains of near-equal hashes, each group sorted."""
    names = sorted(hashes)
    codes = np.array([hashes[name] for name in names], dtype=np.uint64)
    free = np.ones(len(names), dtype=bool)
    groups: list[list[str]] = []
    for first in range(len(names)):
        chain = [first] if free[first] else []
        free[first] = False
        for member in chain:  # grows while it is walked
            near = np.bitwise_count(codes ^ codes[member]) <= near_bits
            found = np.flatnonzero(near & free)
            free[found] = False
            chain.extend(found.tolist())
        if chain:
            groups.append([names[member] for member in sorted(chain)])
    return groups


def split(hashes: Mapping[str, int], *, val_share: float = VAL_SHARE, seed: int = 0) -> Split:
    """Whole scenes to train or val by a hash of the scene, so that added images move few others."""
    train: list[str] = []
    val: list[str] = []
    for scene in scenes(hashes):
        key = f"{seed}:{min(hashes[name] for name in scene):016x}".encode()
        draw = int.from_bytes(hashlib.sha256(key).digest()[:8], "big") / 2**64
        (val if draw < val_share else train).extend(scene)
    return Split(train=tuple(sorted(train)), val=tuple(sorted(val)))
