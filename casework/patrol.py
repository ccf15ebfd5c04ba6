"""巡飞日志, the patrol log: what a flight saw of each premises, as visits like any other.

Three fields count: time, track, result. A result is normal, an anomaly, or not observable with the
reason; what could not be seen, or not enough of it, is never normal, and what was planned and not
seen is a gap. It is all worked out from the record, by a rule without a clock: the same record
gives the same log, and late data gives a revised one.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from alerts.events import Status as Meant
from alerts.incident import Incident
from alerts.lifecycle import State
from casework.words import Method, Place, Result, Visit
from geo.coverage import Coverage, Status
from geo.looking import Reason

ANOMALY_SHARE = 0.2
"""A fire or a plume belongs to premises that hold so much of its probability."""
ELSEWHERE = frozenset({Reason.OUT_OF_VIEW, Reason.NO_TELEMETRY, Reason.NO_POSE, Reason.NO_GROUND})
"""Reasons that say nothing about any one premises: only what was planned is told of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolFlight:
    """One flight in the log. Times on the device's clock."""

    flight_id: str
    device_id: str
    t0_s: float
    t1_s: float
    pictures: int = 0
    usable: int = 0
    unusable: Mapping[str, int] = field(default_factory=dict)
    """Pictures that prove nothing, by what is wrong with them."""
    plan_id: str | None = None
    """What it was to fly, where that was planned."""
    route_flown: float | None = None
    """Share of the planned route's length."""
    route_outside_s: float | None = None
    """Time outside the planned route's buffer."""
    incidents: tuple[str, ...] = ()
    """All that it shows, also those at no premises."""
    seen: int = 0
    """Premises with a result: normal or anomaly."""
    anomalies: int = 0
    not_observable: int = 0
    revision: int = 0
    """How often late data has changed the answer."""
    t_logged_s: float = 0.0
    """When the answer was last changed, on the station's clock."""


def visits_of(
    flight: PatrolFlight,
    coverage: Iterable[Coverage],
    incidents: Sequence[Incident],
    *,
    planned: AbstractSet[str],
    places: Mapping[str, Place],
    org_id: str,
    t_reported_s: float,
) -> list[Visit]:
    """One visit for each premises that the flight passed or was to see, ordered by id.

    ``org_id`` is in charge where the place names nobody.
    """
    burning = anomalies(incidents)
    known = {one.premises_id: one for one in coverage}
    lost = {place_id: _lost(place_id) for place_id in planned if place_id not in known}
    visits = []
    for _, seen in sorted((known | lost).items()):
        place_id = seen.premises_id
        fires = burning.get(place_id, ())
        if not fires and place_id not in planned and seen.reason in ELSEWHERE:
            continue
        result, reason = _result(seen, fires)
        place = places.get(place_id)
        times_s = [one.t_first_s for one in fires] + [one.t_last_s for one in fires]
        times_s += [t_s for t_s in (seen.first_s, seen.last_s) if t_s is not None]
        evidence = [one.best.sha256 for one in fires] + [proof.sha256 for proof in seen.best]
        visits.append(
            Visit(
                key=visit_key(flight.flight_id, place_id),
                place_id=place_id,
                org_id=(place and place.org_id) or org_id,
                method=Method.DRONE,
                t0_s=min(times_s, default=flight.t0_s),
                t1_s=max(times_s, default=flight.t1_s),
                result=result,
                reason=reason,
                ref=flight.flight_id,
                cls=place.cls if place else None,
                seen_share=seen.watched,
                slant_m=seen.range_m,
                dwell_s=seen.dwell_s,
                evidence=tuple(dict.fromkeys(evidence)),
                text=" ".join(one.incident_id for one in fires),
                t_reported_s=t_reported_s,
            )
        )
    return visits


def anomalies(incidents: Iterable[Incident]) -> dict[str, list[Incident]]:
    """What stands as a fire or a plume, by premises: meant, and not dismissed by a person."""
    found: dict[str, list[Incident]] = defaultdict(list)
    for one in incidents:
        if one.status is Meant.ACTUAL and one.handling.state is not State.DISMISSED:
            for place in one.best.premises:
                if place.probability >= ANOMALY_SHARE:
                    found[place.premises_id].append(one)
    return found


def visit_key(flight_id: str, place_id: str, revision: int = 0) -> str:
    """The same flight and premises give the same key; a revised answer has another."""
    text = f"{flight_id}\n{place_id}\n{revision}"
    return f"drone:{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def summed(flight: PatrolFlight, visits: Iterable[Visit]) -> PatrolFlight:
    """The flight with how many of its visits saw something, found something, could not see."""
    results = [visit.result for visit in visits]
    return replace(
        flight,
        seen=len(results) - results.count(Result.NOT_OBSERVABLE),
        anomalies=results.count(Result.ANOMALY),
        not_observable=results.count(Result.NOT_OBSERVABLE),
    )


def _lost(place_id: str) -> Coverage:
    """Planned, and not in the register any more."""
    return Coverage(
        premises_id=place_id, name="", status=Status.NOT_OBSERVABLE, reason=Reason.NO_GROUND
    )


def _result(seen: Coverage, fires: Sequence[Incident]) -> tuple[Result, str]:
    """With the kind of the anomaly, or why it could not be seen."""
    if fires:
        return Result.ANOMALY, "+".join(sorted({label for one in fires for label in one.labels}))
    if seen.status is Status.COVERED:
        return Result.NORMAL, ""
    assert seen.reason is not None, "what is not covered has a reason"
    return Result.NOT_OBSERVABLE, seen.reason.value
