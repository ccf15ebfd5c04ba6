"""The files of a bundle, made one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from zoneinfo import ZoneInfo

import msgspec

from alerts.export.content import content_of
from alerts.handover import sheet
from alerts.review import NotReviewed, Review, Reviewed
from alerts.words import Language
from detect.detection import Detection
from detect.errors import BadModel, UnreadablePicture
from detect.manifest import DEFAULT_MODEL, load_model
from ingest.wire.table import Decoders
from plumeline.bundle_mcap import write_messages
from plumeline.bundle_pictures import coarse, marked
from plumeline.bundle_readme import TEXT
from plumeline.bundle_seal import Declared, LeftOut, Member
from plumeline.config import Config
from plumeline.export import WRITERS, Format
from plumeline.paper import pdf
from plumeline.report_pages import ModelUsed, Report, best_pictures, page
from plumeline.version import version_line
from store.errors import MissingBlob
from store.evidence import About, Case, messages
from store.store import Store

PICTURE, COARSE, MARKED = "picture", "coarse picture", "marked picture"
"""Roles."""
GONE = "it is not in the record any more"
SHOWS = "what it shows was neither reviewed nor made unrecognisable"
UNREVIEWED = "it has not passed its review as evidence"
TRACKS = (Format.GPX, Format.KML, Format.GEOJSON)
LANGUAGES: tuple[Language, ...] = ("zh", "en")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What a bundle is made from."""

    store: Store
    case: Case
    declared: Declared
    config: Config
    key: str
    """The station's public key."""
    t_s: float
    coarse: bool
    reviews: Mapping[str, Reviewed]
    """Of the case's pictures."""

    def picture(self, sha256: str) -> bytes:
        """A picture that may leave.

        Raises:
            MissingBlob: gone or changed.
            NotReviewed: it is to prove an offence, and has not passed its review.
        """
        if self.declared.penalty and self.reviews[sha256].review is not Review.PASSED:
            reason = f"{sha256} has not passed"
            raise NotReviewed(reason)
        return self.store.blobs.get(sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPicture:
    """What a detector made of one picture, as detections.json has it."""

    sha256: str
    flight_id: str
    seq: int
    t_capture_s: float
    t_received_s: float
    evidence_review: Review
    model: str | None = None
    """None where no analysis has come to it."""
    status: str | None = None
    reason: str | None = None
    detections: tuple[Detection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """detections.json."""

    models: tuple[ModelUsed, ...]
    pictures: tuple[JudgedPicture, ...]


def contents(making: Making) -> Iterator[Member | LeftOut]:
    """Every file of a bundle but its proof; the reports come last, as they tell what is lacking.

    Raises:
        MissingExtra: the extra ``evidence`` is not installed.
    """
    judged = _judged(making)
    yield Member(name="README.txt", role="how to check this", data=TEXT.encode())
    yield from _records(making, judged)
    yield from _messages(making)
    left_out: list[LeftOut] = []
    shown: dict[str, Member] = {}
    best = best_pictures(making.case)
    for item in chain(_files(making), _pictures(making, judged)):
        yield item
        if isinstance(item, LeftOut):
            left_out.append(item)
        elif Path(item.name).stem in best:
            shown[Path(item.name).stem] = item  # the marked one is the last of its name
    yield from _papers(making, judged, tuple(left_out), shown)


def _judged(making: Making) -> Judged:
    looks = {one.look.key: one for one in making.case.looks}
    pictures: list[JudgedPicture] = []
    for frame in making.case.frames:
        picture = JudgedPicture(
            sha256=frame.sha256,
            flight_id=frame.key.flight_id,
            seq=frame.key.seq,
            t_capture_s=frame.t_capture_s,
            t_received_s=frame.t_received_s,
            evidence_review=making.reviews[frame.sha256].review,
        )
        if frame.key in looks:
            one = looks[frame.key]
            picture = replace(
                picture,
                model=one.detector,
                status=one.look.status,
                reason=one.look.reason,
                detections=one.look.detections,
            )
        pictures.append(picture)
    identities = dict.fromkeys(picture.model for picture in pictures if picture.model)
    weights = _weights(making.config.detector.model)
    models = (
        ModelUsed(
            identity=identity,
            weights_sha256=next((w for w in weights if f"@{w[:12]}" in identity), None),
        )
        for identity in identities
    )
    return Judged(models=tuple(models), pictures=tuple(pictures))


def _weights(configured: str) -> list[str]:
    """The sha256 of the weights on this machine."""
    found: list[str] = []
    for name in dict.fromkeys((configured, DEFAULT_MODEL)):
        with suppress(BadModel):
            found.append(load_model(name).manifest.sha256)
    return found


def _records(making: Making, judged: Judged) -> Iterator[Member]:
    case = making.case
    events = "".join(f"{one.body_json}\n" for one in case.events)
    yield Member(name="events.jsonl", role="events", data=events.encode())
    told = msgspec.json.format(msgspec.json.encode(judged), indent=1)
    yield Member(name="detections.json", role="detections", data=told)
    title = f"Plumeline: {case.subject.about} {case.subject.name}"
    content = content_of(title, case.fixes, case.incidents.values())
    for kind in TRACKS:
        data = b"".join(WRITERS[kind](content))
        yield Member(name=f"track.{kind}", role="track", data=data)


def _messages(making: Making) -> Iterator[Member]:
    store = making.store
    with TemporaryFile() as out:
        write_messages(
            out,
            making.case,
            messages(store.engine, making.case.batches),
            picture=store.blobs.get,
            decoders=Decoders(making.config.mqtt.mappings),
            with_pictures=not making.coarse and not making.declared.penalty,
        )
        yield Member(name="messages.mcap", role="messages as they came", data=out)


def _files(making: Making) -> Iterator[Member | LeftOut]:
    for file in making.case.files:
        role = f"file brought as {file.name}"
        path = making.store.blobs.path(file.sha256)
        if making.coarse or making.declared.penalty:
            yield LeftOut(sha256=file.sha256, role=role, reason=SHOWS)
        elif path.is_file():
            ending = _ENDING.fullmatch(Path(file.name).suffix)
            name = f"files/{file.sha256}{ending.group().lower() if ending else ''}"
            yield Member(name=name, role=role, data=path)
        else:
            yield LeftOut(sha256=file.sha256, role=role, reason=GONE)


def _pictures(making: Making, judged: Judged) -> Iterator[Member | LeftOut]:
    boxes: dict[str, tuple[Detection, ...]] = {}
    for picture in judged.pictures:
        boxes[picture.sha256] = boxes.get(picture.sha256) or picture.detections
    for sha256, detections in boxes.items():
        yield from _picture(making, sha256, detections)


def _picture(
    making: Making, sha256: str, detections: Sequence[Detection]
) -> Iterator[Member | LeftOut]:
    """One picture, and the same with its detections."""
    try:
        jpeg = making.picture(sha256)
        if making.coarse:
            jpeg = coarse(jpeg, detections)
    except MissingBlob as exc:
        reason = "its bytes were changed" if exc.path.is_file() else GONE
        yield LeftOut(sha256=sha256, role=PICTURE, reason=reason)
        return
    except NotReviewed:
        yield LeftOut(sha256=sha256, role=PICTURE, reason=UNREVIEWED)
        return
    except UnreadablePicture as exc:
        yield LeftOut(sha256=sha256, role=PICTURE, reason=f"cannot be made coarse: {exc}")
        return
    original = sha256 if making.coarse else None
    folder, role = ("frames-coarse", COARSE) if making.coarse else ("frames", PICTURE)
    yield Member(name=f"{folder}/{sha256}.jpg", role=role, data=jpeg, original_sha256=original)
    if detections:
        with suppress(UnreadablePicture):
            yield Member(
                name=f"frames-marked/{sha256}.jpg",
                role=MARKED,
                data=marked(jpeg, detections),
                original_sha256=sha256,
            )


def _papers(
    making: Making, judged: Judged, left_out: tuple[LeftOut, ...], shown: dict[str, Member]
) -> Iterator[Member]:
    station = making.config.station
    zone = ZoneInfo(station.time_zone)
    report = Report(
        case=making.case,
        declared=making.declared,
        station_zh=station.name_zh,
        station_en=station.name_en,
        zone=zone,
        t_made_s=making.t_s,
        program=version_line(),
        key=making.key,
        models=judged.models,
        left_out=left_out,
        coarse=making.coarse,
        reviews=making.reviews,
        shown={sha256: member.name for sha256, member in shown.items()},
    )
    pictures = {one.name: one.data for one in shown.values() if isinstance(one.data, bytes)}
    for language in LANGUAGES:
        html = page(report, language)
        yield Member(name=f"report.{language}.html", role="report", data=html.encode())
        yield Member(name=f"report.{language}.pdf", role="report", data=pdf(html, pictures))
    if making.case.subject.about is About.INCIDENT:
        incident = making.case.incidents[making.case.subject.name]
        best = incident.best
        near = best.premises[0].premises_id if best.premises else ""
        handed = sheet.Sheet(
            incident=incident,
            t_s=making.t_s,
            zone=zone,
            address=making.config.addresses().get(near),
            picture=best.sha256 if best.sha256 in shown else None,
        )
        yield Member(name="sheet.pdf", role="hand-over sheet", data=pdf(sheet.page(handed)))
