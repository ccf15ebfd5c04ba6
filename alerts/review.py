"""Whether a picture may be evidence of an offence: not before a second person has reviewed it.

Source: Law on Administrative Penalties (2021), article 41: what a technical device has recorded
proves an offence only after legal and technical review.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from alerts.errors import ActRefused, ActWhy, AlertsError
from alerts.events import Event
from alerts.incident import Incident
from alerts.lifecycle import Verb

REVIEW = "review"


class Review(StrEnum):
    """What a picture is worth as evidence of an offence."""

    NONE = "none"
    """Nobody has reviewed it."""
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """The newest review of a picture."""

    review: Review = Review.NONE
    by: str = ""
    t_s: float | None = None
    """The station's clock."""


class NotReviewed(AlertsError):
    """Pictures that are to prove an offence, and may not."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"no evidence of an offence: {reason} (Law on Administrative Penalties, article 41)"
        )
        self.reason = reason


def pictures_of(events: Iterable[Event]) -> frozenset[str]:
    """The pictures that events rest on, by their sha256."""
    return frozenset(one.evidence.sha256 for one in events if one.evidence is not None)


def check_reviewer(actor: str, incidents: Iterable[Incident]) -> str:
    """The name of who reviews, without blanks that make one person look like two.

    Raises:
        ActRefused: nobody, or who has confirmed what the pictures show.
    """
    name = " ".join(actor.split())
    if not name:
        raise ActRefused(REVIEW, ActWhy.NO_REVIEWER)
    for incident in incidents:
        confirmed = incident.handling.mark(Verb.CONFIRM)
        if confirmed is not None and confirmed.actor == name:
            known = incident.incident_id
            raise ActRefused(REVIEW, ActWhy.REVIEWER_CONFIRMED, actor=name, incident_id=known)
    return name


def check_evidence(reviews: Iterable[Reviewed], taken_by: str) -> None:
    """Refuse unless every picture was reviewed, by another than who takes them, and one passed.

    Raises:
        NotReviewed: with the reason.
    """
    known = list(reviews)
    waiting = sum(one.review is Review.NONE for one in known)
    if waiting:
        reason = f"{waiting} of {len(known)} pictures were not reviewed"
        raise NotReviewed(reason)
    if not any(one.review is Review.PASSED for one in known):
        reason = "no picture has passed its review"
        raise NotReviewed(reason)
    if " ".join(taken_by.split()) in {one.by for one in known}:
        reason = f"{taken_by} has reviewed them: another person has to take them out"
        raise NotReviewed(reason)
