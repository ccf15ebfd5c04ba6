"""The places that dismissals made known, as the page and the command line list them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from alerts.incident import Incident
from alerts.known import KnownArea
from alerts.lifecycle import Mark, Reason, Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPlace:
    """One area, whose dismissal left it, and what it has explained since."""

    incident_id: str
    """The dismissed incident: forget the area by an act on this one."""
    area: KnownArea
    reason: Reason
    dismissed: Mark
    """By whom and when."""
    in_force: bool
    """Its time is not over."""
    explained: int
    """Later alarms that are marked known for it."""


def known_places(incidents: Iterable[Incident], now_s: float) -> list[KnownPlace]:
    """Those that nobody has forgotten, the newest first; ``now_s`` is the station's clock."""
    incidents = list(incidents)
    explained = Counter(one.known for one in incidents if one.known)
    places = []
    for one in incidents:
        handling = one.handling
        area, reason, dismissed = handling.leaves, handling.reason, handling.mark(Verb.DISMISS)
        if area is not None and reason is not None and dismissed is not None:
            places.append(
                KnownPlace(
                    incident_id=one.incident_id,
                    area=area,
                    reason=reason,
                    dismissed=dismissed,
                    in_force=now_s <= area.until_s,
                    explained=explained[one.incident_id],
                )
            )
    return sorted(places, key=lambda place: -place.dismissed.t_s)
