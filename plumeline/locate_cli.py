"""``plumeline locate``: JSON lines of poses and pixels in, JSON lines of places or refusals out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from geo.ellipse import circle_m
from geo.errors import BadGrid, GeoError
from geo.foot import Foot
from geo.geoid import Geoid, height_in, pose_in
from geo.ground import GroundPoint
from geo.locate import locate as locate_foot
from geo.pose import Datum, Pose, PoseSigmas
from geo.terrain import FlatTerrain, RasterTerrain, Terrain
from plumeline.optics import Optics
from plumeline.terrain_files import read_geoid, read_terrain

_GROUND = "terrain"


class Ground(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The terrain of a question: one height above the ellipsoid, or a file and its datum."""

    ellipsoid_height_m: float | None = None
    dem: str | None = None
    datum: Datum | None = None
    crs: str | None = None


class Sigmas(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One standard deviation of each; those not given are the defaults of docs/units.md."""

    horizontal_m: float = PoseSigmas().horizontal_m
    height_m: float = PoseSigmas().height_m
    yaw_deg: float = PoseSigmas().yaw_deg
    pitch_deg: float = PoseSigmas().pitch_deg
    roll_deg: float = PoseSigmas().roll_deg
    pixel_px: float = 8.0
    terrain_m: float = FlatTerrain().sigma_m

    def of_pose(self) -> PoseSigmas:
        """Those of the pose."""
        return PoseSigmas(
            horizontal_m=self.horizontal_m,
            height_m=self.height_m,
            yaw_deg=self.yaw_deg,
            pitch_deg=self.pitch_deg,
            roll_deg=self.roll_deg,
        )


class Question(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One line in."""

    lat_deg: float
    lon_deg: float
    height_m: float
    height_datum: Datum
    yaw_deg: float
    pitch_deg: float
    camera: Optics
    pixel: tuple[float, float]
    terrain: Ground
    roll_deg: float = 0.0
    sigmas: Sigmas = Sigmas()

    def pose(self) -> Pose:
        """As geo knows it."""
        return Pose(
            t_s=0.0,
            lat_deg=self.lat_deg,
            lon_deg=self.lon_deg,
            height_m=self.height_m,
            datum=self.height_datum,
            yaw_deg=self.yaw_deg,
            pitch_deg=self.pitch_deg,
            roll_deg=self.roll_deg,
            sigmas=self.sigmas.of_pose(),
        )


class Answer(msgspec.Struct, frozen=True):
    """One line out: the height is from the question's own datum."""

    lat_deg: float
    lon_deg: float
    height_m: float
    cov_en_m2: tuple[tuple[float, float], tuple[float, float]]
    ce95_m: float
    method: str


class Refused(msgspec.Struct, frozen=True):
    """One line out: no honest place, and why."""

    refused: str


@dataclass(slots=True, kw_only=True)
class Locator:
    """Answers questions; each elevation model is read once."""

    geoid: Geoid | None = None
    models: dict[tuple[Ground, float], RasterTerrain] = field(default_factory=dict)

    def lines(self, questions: Iterable[bytes | str]) -> Iterator[Answer | Refused]:
        """An answer or a refusal for each line that is not blank; never an error."""
        return (self.line(question) for question in questions if question.strip())

    def line(self, question: bytes | str) -> Answer | Refused:
        """The answer to one question in JSON."""
        try:
            return self.answer(msgspec.json.decode(question, type=Question))
        except (msgspec.DecodeError, UnicodeDecodeError, GeoError) as exc:
            return Refused(str(exc))

    def answer(self, question: Question) -> Answer | Refused:
        """The place under a pixel.

        Raises:
            GeoError: a terrain that cannot be read, a datum that cannot be converted.
        """
        u_px, v_px = question.pixel
        optics = question.camera
        if not (0 <= u_px <= optics.width_px and 0 <= v_px <= optics.height_px):
            size = f"{optics.width_px} x {optics.height_px}"
            return Refused(f"pixel {u_px:g}, {v_px:g} is outside of the picture of {size} px")
        terrain = self._terrain(question)
        pose = pose_in(question.pose(), terrain.datum, self.geoid)
        foot = Foot(u_px=u_px, v_px=v_px, sigma_px=question.sigmas.pixel_px)
        place = locate_foot(
            pose=pose,
            camera=optics.camera(),
            foot=foot,
            terrain=terrain,
            min_depression_deg=0.0,
        )
        if not isinstance(place, GroundPoint):
            return Refused(place.reason)
        height_m = height_in(
            terrain.height_m(place.lat_deg, place.lon_deg),
            place.lat_deg,
            place.lon_deg,
            start=terrain.datum,
            end=question.height_datum,
            geoid=self.geoid,
        )
        return Answer(
            lat_deg=place.lat_deg,
            lon_deg=place.lon_deg,
            height_m=float(height_m),
            cov_en_m2=(
                (place.cov_ee_m2, place.cov_en_m2),
                (place.cov_en_m2, place.cov_nn_m2),
            ),
            ce95_m=circle_m(place, 0.95),
            method=place.method,
        )

    def _terrain(self, question: Question) -> Terrain:
        ground, sigma_m = question.terrain, question.sigmas.terrain_m
        match ground:
            case Ground(ellipsoid_height_m=float(height_m), dem=None):
                return FlatTerrain(ground_m=height_m, datum=Datum.ELLIPSOID, sigma_m=sigma_m)
            case Ground(ellipsoid_height_m=None, dem=str(file), datum=Datum() as datum):
                key = (ground, sigma_m)
                if key not in self.models:
                    self.models[key] = read_terrain(
                        Path(file), datum=datum, crs=ground.crs, sigma_m=sigma_m
                    )
                return self.models[key]
            case Ground(ellipsoid_height_m=None, dem=str(file)):
                raise BadGrid(file, "say what its heights are measured from: ellipsoid or msl")
        raise BadGrid(_GROUND, "give either ellipsoid_height_m, or dem and datum")


def locate(
    questions: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, help="A file of JSON lines; standard input without it."
        ),
    ] = None,
    geoid: Annotated[
        Path | None, typer.Option(help="A GTX grid (egm96_15.gtx): to convert msl and ellipsoid.")
    ] = None,
) -> None:
    """Say where pixels are on the ground: one JSON line in, one JSON line out.

    A line with no honest answer gives {"refused": reason}; what a line holds is in docs/terrain.md.
    Exit code 1 if no line had an answer.
    """
    locator = Locator(geoid=None if geoid is None else read_geoid(geoid))
    found = False
    with sys.stdin.buffer if questions is None else questions.open("rb") as lines:
        for answer in locator.lines(lines):
            found |= isinstance(answer, Answer)
            sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
            sys.stdout.flush()
    raise typer.Exit(0 if found else 1)
