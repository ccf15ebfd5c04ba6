"""Pictures larger than a network's input: a full view, and tiles where they pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from detect.detection import Box, Detection, Detector, Image
from detect.errors import UnreadablePicture
from detect.manifest import Model, Thresholds
from detect.picture import decode_jpeg, jpeg_size
from detect.tiles import (
    GLANCE_PX,
    Glance,
    Tile,
    choose,
    contrast_of,
    grid,
    holding,
    merged,
    moved_back,
    small_grey,
    stirred,
)

LARGE = 3.0
"""Times the input: a picture's long side from which on it is large. 1344 px for 448."""
WEAK = 0.5
"""Of the threshold: a box of this score counts for nothing but calls for a closer look."""
MOST_SOURCES = 1000


def with_weak_boxes(model: Model) -> Model:
    """The same model, answering with boxes from ``WEAK`` of its thresholds on."""
    at = model.manifest.threshold
    weak = Thresholds(smoke=at.smoke * WEAK, fire=at.fire * WEAK)
    return replace(model, manifest=replace(model.manifest, threshold=weak))


@dataclass(frozen=True, slots=True, kw_only=True)
class TileRules:
    """What a model's manifest and the configuration say of tiles."""

    input_px: int
    threshold: Thresholds
    """Of what counts; the detector inside may answer with weaker boxes too."""
    budget: int
    """Tiles looked at in each large picture of a camera; 0 for none."""


class TiledDetector:
    """A detector of the seam around another, with a memory of each camera's last picture.

    The same pictures of a camera in the same order give the same boxes. What has no camera, and a
    camera's first picture, is looked at in every tile: nothing there depends on what came before.
    """

    def __init__(self, detector: Detector, rules: TileRules) -> None:
        self._detector = detector
        self._rules = rules
        self._glances: dict[str, Glance] = {}

    @property
    def identity(self) -> str:
        """The inner detector's, and how many tiles."""
        tiles = f" tiles-{self._rules.budget}" if self._rules.budget else ""
        return f"{self._detector.identity}{tiles}"

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        """The detections of each picture, best first; large ones are seen in every tile."""
        return [self._in_all(image) for image in images]

    def detect_jpeg(self, data: bytes, source: str | None = None) -> list[Detection]:
        """The detections of one JPEG, in pixels of its full size, best first.

        Args:
            data: of a large one the full view is decoded at a reduced scale, and tiles in full.
            source: the camera it comes from, whose last picture tells what stirs.

        Raises:
            UnreadablePicture: not a JPEG, too large, or nothing comes out.
        """
        height, width = jpeg_size(data)
        if not self._is_large(width, height):
            return self._in_all(decode_jpeg(data))
        small = decode_jpeg(data, least_px=self._rules.input_px)
        whole = _stretched(self._detector.detect([small])[0], small, width, height)
        if not self._rules.budget:
            return self._counting(whole)
        image = decode_jpeg(data)
        tiles = grid(width, height, self._rules.input_px)
        if source is not None:
            return self._in_turn(image, small, whole, tiles, source)
        return self._counting(merged(self._looks(image, whole, tiles)))

    def _is_large(self, width: int, height: int) -> bool:
        return max(width, height) >= LARGE * self._rules.input_px

    def _counting(self, found: Sequence[Detection]) -> list[Detection]:
        return [one for one in found if one.score >= self._rules.threshold.of(one.label)]

    def _in_all(self, image: Image) -> list[Detection]:
        height, width = image.shape[:2]
        (whole,) = self._detector.detect([image])
        if not (self._rules.budget and self._is_large(width, height)):
            return self._counting(whole)
        tiles = grid(width, height, self._rules.input_px)
        return self._counting(merged(self._looks(image, whole, tiles)))

    def _in_turn(
        self,
        image: Image,
        small: Image,
        whole: Sequence[Detection],
        tiles: Sequence[Tile],
        source: str,
    ) -> list[Detection]:
        grey, scale = small_grey(small), GLANCE_PX / max(image.shape)
        before = self._glances.pop(source, None)
        if before is None or before.grey.shape != grey.shape:
            chosen, turn = tuple(range(len(tiles))), 0
        else:
            stirs = stirred(tiles, grey, scale, before)
            calling = [*before.watched, *holding(tiles, whole), *stirs]
            chosen, turn = choose(len(tiles), calling, before.turn, self._rules.budget)
        found = self._counting(merged(self._looks(image, whole, [tiles[i] for i in chosen])))
        self._glances[source] = Glance(
            grey=grey,
            contrast=contrast_of(tiles, grey, scale),
            watched=tuple(holding(tiles, found)),
            turn=turn,
        )
        if len(self._glances) > MOST_SOURCES:
            del self._glances[next(iter(self._glances))]
        return found

    def _looks(
        self, image: Image, whole: Sequence[Detection], tiles: Sequence[Tile]
    ) -> list[tuple[Tile, Sequence[Detection]]]:
        height, width = image.shape[:2]
        full = Tile(x_px=0, y_px=0, width_px=width, height_px=height)
        in_tiles = self._detector.detect([tile.cut(image) for tile in tiles])
        closer = [(tile, moved_back(f, tile)) for tile, f in zip(tiles, in_tiles, strict=True)]
        return [(full, whole), *closer]


def look(detector: Detector, data: bytes, source: str | None = None) -> list[Detection]:
    """What any detector sees in a JPEG, best first, in pixels of its full size.

    Raises:
        UnreadablePicture: not a JPEG, too large, or nothing comes out.
    """
    if isinstance(detector, TiledDetector):
        return detector.detect_jpeg(data, source)
    return detector.detect([decode_jpeg(data)])[0]


def looks(
    detector: Detector, pictures: Sequence[tuple[bytes, str]]
) -> list[list[Detection] | UnreadablePicture]:
    """Several JPEGs with their cameras, judged together: a batch, or one for each of Ray's workers.

    The same as ``look`` at one after the other; what cannot be read is an answer of its own.
    """
    if isinstance(detector, TiledDetector):  # which tiles it takes depends on the picture before
        return [_look_or_why_not(detector, data, source) for data, source in pictures]
    decoded = [_decoded_or_why_not(data) for data, _ in pictures]
    images = [one for one in decoded if not isinstance(one, UnreadablePicture)]
    found = iter(detector.detect(images))
    return [one if isinstance(one, UnreadablePicture) else next(found) for one in decoded]


def _look_or_why_not(
    detector: TiledDetector, data: bytes, source: str
) -> list[Detection] | UnreadablePicture:
    try:
        return detector.detect_jpeg(data, source)
    except UnreadablePicture as exc:
        return exc


def _decoded_or_why_not(data: bytes) -> Image | UnreadablePicture:
    try:
        return decode_jpeg(data)
    except UnreadablePicture as exc:
        return exc


def _stretched(
    found: Sequence[Detection], seen: Image, width_px: int, height_px: int
) -> list[Detection]:
    """Detections in a picture decoded at a reduced scale, in pixels of the full one."""
    x, y = width_px / seen.shape[1], height_px / seen.shape[0]
    return [
        Detection(
            label=one.label,
            score=one.score,
            box=Box(
                x0_px=one.box.x0_px * x,
                y0_px=one.box.y0_px * y,
                x1_px=one.box.x1_px * x,
                y1_px=one.box.y1_px * y,
            ),
        )
        for one in found
    ]
