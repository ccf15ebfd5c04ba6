"""Looking at recorded pictures takes a reason, and is registered. See docs/access.md.

What comes in now is watched, and what an alarm shows is looked at to answer it: neither asks. Every
other picture is footage: it opens for who has said why, for a while.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from alerts.incident import Incident
from alerts.lifecycle import State
from plumeline.web.api import AFTER_S, BEFORE_S, as_json
from plumeline.web.asking import Said, asked
from plumeline.web.may import READERS, Me, may
from plumeline.web.projection import Incidents
from plumeline.web.refusals import AskWhy, Refused
from store.people import Account
from store.viewing import SqlViewing, Taken

WATCHED_S = 600.0
"""Pictures that came in so lately are watched, not looked up."""
ANSWERED_S = 86_400.0
"""So long after its last picture an alarm that is not closed is a reason of its own."""
REASON_S = 1800.0
"""How long a reason holds."""
ALARM = "alarm"

Reason = Annotated[str, msgspec.Meta(min_length=2, max_length=500, pattern=r"\S.*\S")]


class Wanted(Said, frozen=True):
    """Why somebody looks at footage."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Until when footage opens for who has asked."""

    reason: str
    until_s: float


class Footage:
    """Who may see which picture now, and the register of who did."""

    def __init__(
        self, viewing: SqlViewing, incidents: Incidents, *, now_s: Callable[[], float]
    ) -> None:
        self._viewing = viewing
        self._incidents = incidents
        self._now_s = now_s
        self._lock = threading.Lock()
        self._granted: dict[str, Granted] = {}
        """By login."""
        self._kept: set[tuple[str, str, str]] = set()
        """Login, content and reason of what is in the register already."""

    def say_why(self, who: Account, reason: str) -> Granted:
        """From now on footage opens for this person, who has a reason."""
        granted = Granted(reason=reason.strip(), until_s=self._now_s() + REASON_S)
        with self._lock:
            self._granted[who.login] = granted
            self._kept = {one for one in self._kept if one[0] != who.login}
        return granted

    def open(self, who: Account, sha256: str) -> None:
        """Let this person see a picture, and register it the first time of each flight or incident.

        Raises:
            HTTPException: 428, nobody has said why.
        """
        taken, now_s = self._viewing.taken(sha256), self._now_s()
        if not taken and not self._viewing.was_brought(sha256):
            return  # a picture that somebody has added to a hazard is no footage
        if any(now_s - one.t_received_s < WATCHED_S for one in taken):
            return
        for incident in self._incidents.now().incidents.values():
            lately = now_s - incident.latest.t_received_s < ANSWERED_S
            if lately and _shows(incident, taken):
                self._keep(who, incident.incident_id, ALARM)
                return
        granted = self._granted.get(who.login)
        if granted is None or granted.until_s < now_s:
            raise Refused(HTTPStatus.PRECONDITION_REQUIRED, AskWhy.SAY_WHY_FIRST)
        content = taken[0].flight_id if taken else f"file {sha256}"
        self._keep(who, content, granted.reason)

    def _keep(self, who: Account, content: str, reason: str) -> None:
        entry = who.login, content, reason
        with self._lock:
            if entry in self._kept:
                return
            self._viewing.keep(
                content=content, reason=reason, unit=who.seat, name=who.name, t_s=self._now_s()
            )
            self._kept.add(entry)


def _shows(incident: Incident, taken: list[Taken]) -> bool:
    """Whether a picture belongs to an alarm that somebody still has to deal with."""
    if incident.historic or incident.handling.state is State.CLOSED:
        return False
    since_s, until_s = incident.t_first_s - BEFORE_S, incident.t_last_s + AFTER_S
    return any(
        one.flight_id in incident.flights and since_s <= one.t_capture_s <= until_s for one in taken
    )


def viewing_routes(footage: Footage) -> APIRouter:
    """Saying why."""
    router = APIRouter(prefix="/api/viewings")

    @router.post("")
    @may(READERS, scoped=True)
    async def say(request: Request, me: Me) -> Response:
        wanted = await asked(request, Wanted)
        granted = await run_in_threadpool(footage.say_why, me, wanted.reason)
        return as_json(granted, HTTPStatus.CREATED)

    return router
