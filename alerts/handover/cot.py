"""Cursor on Target 2.0, as TAK clients read it: one event an incident, its place and its error.

The type is ``a-u-X-i`` (atom, unknown, other, incident) of the CoT type tree. ``ce`` is the radius
of 95 % confidence in metres, taken as the long half axis of the ellipse; ``hae`` and ``le`` are
9999999.0, which CoT reads as unknown.
"""

from __future__ import annotations

from datetime import UTC, datetime

from alerts.events import Status
from alerts.export.markup import element, xml
from alerts.incident import Incident
from alerts.lifecycle import OPEN, Verb
from alerts.words import headline, place_in_words
from geo.ellipse import ellipse

UNKNOWN = "9999999.0"
STALE_S = 3600.0
"""An incident that is not told of again fades after an hour."""


def write(incident: Incident, t_s: float) -> bytes | None:
    """The event at a time, or None where the incident has no point: CoT cannot say "somewhere".

    An incident that is over is stale at once, so that clients take it off their maps.
    """
    point = incident.point
    if point is None:
        return None
    stale_s = t_s + STALE_S if incident.handling.state in OPEN else t_s
    confirmed = incident.handling.mark(Verb.CONFIRM) is not None
    name = headline(incident, "en")
    if incident.status is not Status.ACTUAL:
        name = f"{incident.status.value.upper()}: {name}"
    event = element(
        "event",
        None,
        element(
            "point",
            None,
            lat=f"{point.lat_deg:.7f}",
            lon=f"{point.lon_deg:.7f}",
            hae=UNKNOWN,
            ce=f"{ellipse(point).semi_major_m:.1f}",
            le=UNKNOWN,
        ),
        element(
            "detail",
            None,
            element("contact", None, callsign=name),
            element(
                "remarks",
                f"{headline(incident, 'zh')}。{place_in_words(incident.best, 'zh')}\n"
                f"{place_in_words(incident.best, 'en')}",
            ),
        ),
        version="2.0",
        uid=f"plumeline.{incident.incident_id}",
        type="a-u-X-i",
        how="h-e" if confirmed else "m-f",
        time=_time(t_s),
        start=_time(incident.t_first_s),
        stale=_time(stale_s),
    )
    return b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + xml(event)


def _time(t_s: float) -> str:
    return (
        datetime.fromtimestamp(t_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
