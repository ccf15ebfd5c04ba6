"""How long pictures stay: at least thirty days, then until nothing needs them any more.

Source: the Regulations on Public Security Video and Image Information Systems (2025), article 17:
thirty days at the least, and what has served its purpose is deleted after that. Telemetry, events
and the ledger stay. A purge is told in the ledger before the files go, so that one that was
interrupted can be finished and is never taken for tampering.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, Engine, select

from alerts.events import Event
from alerts.incident import Incident, fold
from alerts.lifecycle import State
from store import schema
from store.analysis import TOLD
from store.blobs import Blobs
from store.dropped import DROPPED
from store.engine import reading
from store.errors import StoreError
from store.ledger import Said, append
from store.once import take_numbers
from store.standings import evidence
from store.verify import PURGED

DAY_S = 86_400.0
MIN_DAYS = 30
BATCH = 500
"""Pictures of one entry of the ledger."""
HOLD, RELEASE = "hold", "release"


class TooShort(StoreError):
    """A retention that the law does not allow."""

    def __init__(self, days: float) -> None:
        super().__init__(
            f"pictures are kept {MIN_DAYS} days at the least, not {days:g} (article 17)"
        )
        self.days = days


class OwnHold(StoreError):
    """Nobody lets go what they have put on hold themselves."""

    def __init__(self, subject: str, actor: str) -> None:
        super().__init__(f"{subject}: {actor} has put it on hold: a second person has to let it go")
        self.subject = subject
        self.actor = actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What one purge did."""

    deleted: int
    kept_tied: int
    """Old enough, but of an incident or a hazard that is still open, or of a case."""
    kept_held: int
    """Old enough, but on hold."""
    finished: int
    """Deleted now that an earlier purge had announced and not come to."""


class SqlRetention:
    """Deletes what is due, and nothing else."""

    def __init__(self, engine: Engine, blobs: Blobs) -> None:
        self._engine = engine
        self._blobs = blobs

    def hold(self, subject: str, *, t_s: float, actor: str, why: str) -> None:
        """Keep the pictures of a flight, an incident, or one picture, until they are released."""
        self._say(HOLD, subject, t_s, actor, why)

    def release(self, subject: str, *, t_s: float, actor: str, why: str) -> None:
        """Let a hold go: what follows is a deletion, so it takes a second person.

        Raises:
            OwnHold: this person has put it on hold.
        """
        if " ".join(actor.split()) == self._holders().get(subject):
            raise OwnHold(subject, actor)
        self._say(RELEASE, subject, t_s, actor, why)

    def held(self) -> frozenset[str]:
        """What is on hold now."""
        return frozenset(self._holders())

    def _holders(self) -> dict[str, str]:
        """Who has put what on hold, of all that is now."""
        ledger = schema.ledger
        query = (
            select(ledger.c.verb, ledger.c.subject, ledger.c.actor)
            .where(ledger.c.verb.in_((HOLD, RELEASE)))
            .order_by(ledger.c.i)
        )
        held: dict[str, str] = {}
        with reading(self._engine) as connection:
            for verb, subject, actor in connection.execute(query):
                if verb == HOLD:
                    held[subject] = actor
                else:
                    held.pop(subject, None)
        return held

    def purge(self, now_s: float, days: float, *, dry_run: bool = False) -> Purge:
        """Delete the pictures received more than ``days`` ago that nothing needs.

        Raises:
            TooShort: fewer than thirty days.
            OSError: a file cannot be deleted; the next purge goes on from there.
        """
        if days < MIN_DAYS:
            raise TooShort(days)
        with reading(self._engine) as connection:
            announced = _announced(connection)
            shown = _shown(connection)
            old = _old(connection, now_s - days * DAY_S)
            brought = _brought(connection, now_s - days * DAY_S)
            needed = evidence(connection, needed=True)
        held = self.held()
        due: list[str] = []
        tied = on_hold = 0
        for sha256, flights in old.items():
            incidents = shown.get(sha256, ())
            if sha256 in announced:
                continue
            alive = (i.handling.state is not State.CLOSED and not i.known for i in incidents)
            if sha256 in needed or any(alive):
                tied += 1
            elif held & {sha256, *flights, *(one.incident_id for one in incidents)}:
                on_hold += 1
            else:
                due.append(sha256)
        gone = announced | set(due)
        stay = gone | held | set(needed)
        due += [f for f, pictures in brought.items() if pictures <= gone and f not in stay]
        finished = 0
        if not dry_run:
            finished = sum(map(self._unlink, announced))
            for start in range(0, len(due), BATCH):
                self._delete(due[start : start + BATCH], now_s)
        return Purge(deleted=len(due), kept_tied=tied, kept_held=on_hold, finished=finished)

    def _delete(self, names: Sequence[str], t_s: float) -> None:
        """First the word, then the deed."""
        body = json.dumps({"blobs": names})
        with self._engine.begin() as connection:
            n = take_numbers(connection, 1)
            subject = f"{len(names)} pictures"
            said = Said(n=n, t_s=t_s, actor="system", verb=PURGED, subject=subject, body=body)
            append(connection, [said])
        for name in names:
            self._unlink(name)

    def _unlink(self, sha256: str) -> bool:
        try:
            self._blobs.path(sha256).unlink()
        except FileNotFoundError:
            return False
        return True

    def _say(self, verb: str, subject: str, t_s: float, actor: str, why: str) -> None:
        body = json.dumps({"why": why}, ensure_ascii=False)
        name = " ".join(actor.split())
        with self._engine.begin() as connection:
            n = take_numbers(connection, 1)
            said = Said(n=n, t_s=t_s, actor=name, verb=verb, subject=subject, body=body)
            append(connection, [said])


def _announced(connection: Connection) -> set[str]:
    """Everything that a purge or a no-image area has ever named."""
    ledger = schema.ledger
    told = ledger.c.verb.in_((PURGED, DROPPED))
    bodies = connection.scalars(select(ledger.c.body).where(told))
    return {name for body in bodies for name in json.loads(body)["blobs"]}


def _shown(connection: Connection) -> dict[str, list[Incident]]:
    """Of each picture that is evidence, its incidents as they stand."""
    event, run = schema.event, schema.run
    told = (
        select(event.c.body_json)
        .join_from(event, run)
        .where(run.c.kind.in_([kind.value for kind in TOLD]))
        .order_by(event.c.n)
    )
    events = [_EVENT.decode(body) for body in connection.scalars(told)]
    incidents = fold(events)
    found: dict[str, list[Incident]] = {}
    pairs = {(e.evidence.sha256, e.incident_id) for e in events if e.evidence}
    for sha256, incident_id in pairs:
        found.setdefault(sha256, []).append(incidents[incident_id])
    return found


def _brought(connection: Connection, before_s: float) -> dict[str, set[str]]:
    """Files that were brought before a time and that pictures came from, with these pictures: a
    video goes when the last of them does, and its log stays."""
    frame, upload = schema.frame, schema.upload
    query = (
        select(upload.c.sha256, frame.c.sha256.label("picture"))
        .join_from(upload, frame, frame.c.raw_n == upload.c.n)
        .where(upload.c.t_uploaded_s < before_s)
    )
    found: dict[str, set[str]] = {}
    for file, picture in connection.execute(query):
        found.setdefault(file, set()).add(picture)
    return found


def _old(connection: Connection, before_s: float) -> dict[str, set[str]]:
    """Pictures that only came before a time, and the flights they came in."""
    frame, flight = schema.frame, schema.flight
    query = select(
        frame.c.sha256, frame.c.t_received_s, flight.c.device_id, flight.c.boot_id
    ).join_from(frame, flight)
    old: dict[str, set[str]] = {}
    fresh: set[str] = set()
    for sha256, t_s, device_id, boot_id in connection.execute(query):
        if t_s >= before_s:
            fresh.add(sha256)
        else:
            old.setdefault(sha256, set()).add(f"{device_id}.{boot_id}")
    return {sha256: flights for sha256, flights in old.items() if sha256 not in fresh}


_EVENT = msgspec.json.Decoder(Event)
