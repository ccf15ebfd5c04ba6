"""A re-fly: whoever verifies wants a drone to show how a hazard looks now, before and after.

The request is a step of the order or of the listing. It is open until a drone has seen the place
again, after the request and after the work: then there is nothing left to fly, and the verifier
looks at what came back. Whether that is enough the verifier says (``refly_done``), or asks anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from casework.life import Step, Verb
from casework.words import Method, Result, Visit

Life = Literal["order", "listing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refly:
    """A new flight that is asked for."""

    key: str
    """Of the hazard, its order and its listing."""
    life: Life
    """Whose verifier asks."""
    kind: str
    """Of the hazard."""
    org_id: str
    place_id: str | None
    address: str
    lat_deg: float | None
    lon_deg: float | None
    asked_by: str
    t_asked_s: float
    reason: str
    since_s: float
    """Only what is seen after this counts: the request, or the work reported after it."""
    before: tuple[str, ...]
    """sha256 of the pictures to hold it against."""
    due: date | None
    """When the verification is due."""


_COUNTS_FROM = frozenset({Verb.ASK_REFLY, Verb.REPORT, Verb.ASK_VERIFICATION})


def asked(steps: Iterable[Step]) -> tuple[Step, float] | None:
    """The request that holds, and since when a flight answers it; None where nobody asked."""
    last, since_s = None, 0.0
    for step in steps:
        if step.verb in _COUNTS_FROM:
            since_s = max(since_s, step.t_s)
        if step.verb is Verb.ASK_REFLY:
            last = step
    return None if last is None else (last, since_s)


def looked(visit: Visit, since_s: float) -> bool:
    """Whether a visit is a drone's that began after a time and has pictures."""
    return visit.method is Method.DRONE and visit.t0_s > since_s and bool(visit.evidence)


def answers(visit: Visit, refly: Refly) -> bool:
    """Whether a visit is the flight that was asked for: what could not be observed is none."""
    return (
        visit.place_id == refly.place_id
        and looked(visit, refly.since_s)
        and visit.result is not Result.NOT_OBSERVABLE
    )
