"""What the API answers, besides the record's own types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from alerts.events import NumberedEvent
from alerts.incident import Incident
from alerts.words import headline, place_in_words
from detect.detection import Label
from geo.ellipse import ellipse
from geo.ground import Ellipse
from store.status import TrackPoint

FRESH_S = 600.0
"""A live incident stays at the top this long after its last picture came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The same in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldIncident:
    """An incident, its best evidence in words, and the 95 % ellipse of its point."""

    incident: Incident
    headline: Words
    place: Words
    ellipse: Ellipse | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentList:
    """The queue, in the order it should be worked through, as of event ``last_n``."""

    t_s: float
    last_n: int
    total: int
    historic: int
    """Of the total: those that belong in the log and wait for nobody."""
    incidents: tuple[ToldIncident, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentStory:
    """One incident with its latest events, in order of number."""

    told: ToldIncident
    events: Sequence[NumberedEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTrack:
    """Where one device flew, on its own clock."""

    device_id: str
    points: Sequence[TrackPoint]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """The first message of a stream: what was there when it began."""

    t_s: float
    last_n: int
    resumed: bool
    """Whether the events since the number asked for follow; else load the list again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The stream is alive, and everything up to ``last_n`` has been sent."""

    t_s: float
    last_n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """Why there is no other answer."""

    error: str


@lru_cache(maxsize=2048)
def tell(incident: Incident) -> ToldIncident:
    """The incident with everything a reader wants worked out."""
    best = incident.best
    return ToldIncident(
        incident=incident,
        headline=Words(zh=headline(incident, "zh"), en=headline(incident, "en")),
        place=Words(zh=place_in_words(best, "zh"), en=place_in_words(best, "en")),
        ellipse=None if best.point is None else ellipse(best.point, probability=0.95),
    )


def by_urgency(incidents: Iterable[Incident], now_s: float) -> list[Incident]:
    """Fresh ones first, fire before smoke among them; then the rest; each newest first."""

    def rank(incident: Incident) -> tuple[bool, bool, float]:
        old = incident.historic or now_s - incident.latest.t_received_s > FRESH_S
        return old, not old and Label.FIRE not in incident.labels, -incident.t_first_s

    return sorted(incidents, key=rank)
