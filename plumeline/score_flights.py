"""How soon a fire on a recorded flight is told, and how often something is told that is none."""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from alerts.events import Event, Kind
from alerts.incident import Incident, fold
from alerts.incidents import MERGE_M
from alerts.watch import Rules
from detect.confirm import reach_m
from detect.detection import Detection, Detector, Image, Label
from detect.score_plots import new_figure
from geo.geodesy import distance_m
from plumeline.flights import BadFlight, RecordedFlight
from plumeline.judges import Judges
from plumeline.replay import analysed, recorded
from store.store import Store

TRUTH_FILE = "truth.json"
RULES = ((1, 1, 0.0), (2, 3, 0.5), (3, 5, 1.5), (4, 6, 2.5), (5, 7, 3.5), (6, 9, 4.5), (8, 12, 6.5))
"""Of confirmation: in how many of how many pictures, over how many seconds."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Something that really burns: what its file says of it."""

    label: Label
    lat_deg: float
    lon_deg: float


class _Picture(msgspec.Struct, frozen=True, kw_only=True):
    t_capture_s: float
    visible_sources: list[int]


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """``truth.json`` beside a flight: what burns, and in which pictures it can be seen."""

    sources: list[Source]
    frames: list[_Picture]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One source: how long after it could first be seen its incident was raised."""

    flight: str
    label: Label
    delay_s: float | None
    """None where it never was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightsScore:
    """What ``plumeline score --flight ... --json`` prints."""

    detector: str
    rules: Rules
    flights: int
    flight_hours: float
    """From the first picture to the last."""
    sources: tuple[Told, ...]
    false_alarms: int
    """Incidents where nothing burns."""
    false_alarms_per_hour: float

    @property
    def median_delay_s(self) -> float | None:
        """Of the sources that were told; None where none was."""
        delays = [one.delay_s for one in self.sources if one.delay_s is not None]
        return statistics.median(delays) if delays else None


@dataclass(slots=True)
class Remembering:
    """A detector that looks at each picture once, however many rules are tried on it."""

    inner: Detector
    seen: dict[str, list[Detection]] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """The inner one's."""
        return self.inner.identity

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        """What it saw in these very pixels."""
        names = [hashlib.sha256(image.tobytes()).hexdigest() for image in images]
        for name, image in zip(names, images, strict=True):
            if name not in self.seen:
                (self.seen[name],) = self.inner.detect([image])
        return [self.seen[name] for name in names]


def read_truth(flight: RecordedFlight) -> Truth:
    """What really burns on a flight.

    Raises:
        BadFlight: there is no truth.json beside it, or it does not read.
    """
    file = flight.folder / TRUTH_FILE
    try:
        return msgspec.json.decode(file.read_bytes(), type=Truth)
    except (OSError, msgspec.DecodeError) as exc:
        raise BadFlight(file, None, str(exc)) from exc


def score_flights(flights: Iterable[RecordedFlight], judges: Judges) -> FlightsScore:
    """All flights under one set of rules.

    Raises:
        BadFlight: a flight's truth or one of its pictures is missing.
    """
    told: list[Told] = []
    count, false, seconds = 0, 0, 0.0
    for flight in flights:
        truth = read_truth(flight)
        with recorded(flight) as store:
            incidents = _raised(store, judges)
        told += [
            _told(flight.name, truth, number, incidents) for number in range(len(truth.sources))
        ]
        false += sum(not _is_true(incident, truth) for incident, _ in incidents)
        times = [picture.t_capture_s for picture in truth.frames]
        count, seconds = count + 1, seconds + (max(times) - min(times) if times else 0.0)
    hours = seconds / 3600
    return FlightsScore(
        detector=judges.detector.identity,
        rules=judges.rules,
        flights=count,
        flight_hours=hours,
        sources=tuple(told),
        false_alarms=false,
        false_alarms_per_hour=false / hours if hours else 0.0,
    )


def curve(flights: Sequence[RecordedFlight], judges: Judges) -> list[FlightsScore]:
    """The same flights under each of RULES; every picture is looked at once."""
    once = replace(judges, detector=Remembering(judges.detector))
    return [
        score_flights(
            flights,
            replace(
                once,
                rules=replace(
                    judges.rules,
                    confirm_needed=needed,
                    confirm_window=window,
                    confirm_persist_s=persist_s,
                ),
            ),
        )
        for needed, window, persist_s in RULES
    ]


def draw_curve(points: Sequence[FlightsScore], folder: Path) -> Path:
    """Delay against false alarms, one point a rule, as ``delay.png``.

    Raises:
        PlotsUnavailable: without the extra ``plots``.
    """
    figure = new_figure()
    axes = figure.add_subplot()
    for one in points:
        rules, delay_s = one.rules, one.median_delay_s
        name = f"{rules.confirm_needed} of {rules.confirm_window}, {rules.confirm_persist_s:g} s"
        told = sum(source.delay_s is not None for source in one.sources)
        if delay_s is not None:
            axes.plot(delay_s, one.false_alarms_per_hour, "o", label=f"{name}: {told} told")
    axes.set(
        xlabel="median seconds from first to be seen until told",
        ylabel="false alarms per flight-hour",
        title=f"{points[0].flights} flights, {points[0].flight_hours:.2f} h",
    )
    axes.set_ylim(-0.05, max(1.0, 1.2 * max(one.false_alarms_per_hour for one in points)))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    file = folder / "delay.png"
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)
    return file


Raised = list[tuple[Incident, Event]]


def _raised(store: Store, judges: Judges) -> Raised:
    """The incidents of a flight, each with the event that raised it."""
    events = store.analysis.events(analysed(store, judges))
    incidents = fold(events)
    return [(incidents[e.incident_id], e) for e in events if e.kind is Kind.RAISED]


def _told(flight: str, truth: Truth, number: int, incidents: Raised) -> Told:
    source = truth.sources[number]
    seen_s = [one.t_capture_s for one in truth.frames if number in one.visible_sources]
    told_s = [
        event.t_s
        for incident, event in incidents
        if source.label in incident.labels and _is_at(incident, source)
    ]
    delay_s = max(min(told_s) - min(seen_s), 0.0) if told_s and seen_s else None
    return Told(flight=flight, label=source.label, delay_s=delay_s)


def _is_true(incident: Incident, truth: Truth) -> bool:
    return any(_is_at(incident, source) for source in truth.sources)


def _is_at(incident: Incident, source: Source) -> bool:
    """As near as sightings become one incident; without a place, anywhere."""
    point = incident.point
    if point is None:
        return True
    apart_m = float(distance_m(point.lat_deg, point.lon_deg, source.lat_deg, source.lon_deg))
    return apart_m <= MERGE_M + reach_m(point)
