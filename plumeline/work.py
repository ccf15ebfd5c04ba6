"""The daily work at a station's desk: reports taken in, orders and listings moved, cases filed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.errors import Fact, Reasoned
from alerts.events import Status
from alerts.incident import Incident
from alerts.lifecycle import OPEN
from casework import listing, orders
from casework.days import BEIJING, day_of
from casework.intake import KINDS, BadReport, Partner, ReportWhy, key_of_incident, to_finding
from casework.life import Standing, Step, Terms, Verb
from casework.listing import ListingState
from casework.orders import RECTIFY_DAYS, OrderState
from casework.powers import check_power
from casework.recount import recounted
from casework.steps import Machine
from casework.words import Finding, Level, Place, Source
from ingest.recorder import Message
from plumeline.casework import CaseworkSection
from store.calendar import Recount, SqlCalendar
from store.orders import Intake, SqlOrders
from store.quarantine import Fault
from store.store import Store


class NoSuchPartner(Exception):
    """Nobody has said what this partner's codes mean."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no partner {name}: set up [casework.partners.{name}]")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A reported row that went to quarantine; rows count from 1."""

    row: int
    reason: str
    code: str
    """Of the reason, for programs: docs/api.md."""
    facts: Mapping[str, Fact]


def refused(row: int, exc: Reasoned) -> Refused:
    """A row that was refused, and why."""
    return Refused(row=row, reason=str(exc), code=exc.code, facts=exc.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a report."""

    new: int
    known: int
    orders: tuple[str, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """A hazard that one of our own people reports."""

    number: str
    kind: str
    level: Level = Level.GENERAL
    place_id: str | None = None
    address: str = ""
    text: str = ""
    evidence: tuple[str, ...] = ()


class Work:
    """The rules of this station over its record."""

    def __init__(
        self, store: Store, section: CaseworkSection, *, now_s: Callable[[], float]
    ) -> None:
        self._store = store
        self._section = section
        self._now_s = now_s
        self.orders_store: SqlOrders = store.orders
        calendar = self.calendar = section.calendar()
        self.orders = orders.machine(calendar, _terms(orders.TERMS, section.order_days))
        self.listings = listing.machine(calendar, _terms(listing.TERMS, section.listing_days))
        self.kinds = KINDS | section.kinds
        self.powers = section.powers
        self.partners = tuple(section.partners)

    def settle_calendar(self) -> int:
        """Count the days of what is open again where the calendar is known better than when they
        were counted; returns how many were moved."""
        machines = {"task": self.orders, "listing": self.listings}

        def recount(machine: Machine) -> Recount:
            return lambda standing, steps, before: recounted(standing, steps, machine, before)

        return SqlCalendar(self._store.engine).settle(
            self.calendar,
            {subject: recount(machine) for subject, machine in machines.items()},
            t_s=self._now_s(),
        )

    def receive(self, rows: Iterable[Mapping[str, str]], partner: str, *, actor: str) -> Received:
        """Take a partner's rows in; what is not understood goes to quarantine with the reason.

        Raises:
            NoSuchPartner: its codes have no meaning here.
            BadReport: the rows cannot be read at all.
        """
        who = self.partner(partner)
        t_s = self._now_s()
        places = {one.place_id: one for one in self._store.casework.places()}
        found: list[Finding] = []
        left: list[Refused] = []
        faults: list[Fault] = []
        for number, row in enumerate(rows, start=1):
            try:
                found.append(self._finding(row, who, places, t_s))
            except BadReport as exc:
                left.append(refused(number, exc))
                faults.append(_fault(row, partner, str(exc), t_s))
        taken = self.take_in(found, actor=actor, t_s=t_s)
        if faults:
            self.orders_store.refuse(faults)
        return Received(new=taken.new, known=taken.known, orders=taken.orders, refused=tuple(left))

    def report_by_hand(
        self, told: ByHand, incident: Incident | None = None, *, actor: str
    ) -> Received:
        """Take in what a person reports, of an incident with its picture and its premises.

        Raises:
            BadReport: the kind is not known, the place neither named nor known, or the incident
                still an open alarm, or an exercise.
        """
        t_s = self._now_s()
        if incident is not None:
            _check_over(incident)
        row = {
            "number": told.number,
            "kind": told.kind,
            "level": told.level.value,
            "found": datetime.fromtimestamp(t_s, BEIJING).isoformat(),
            "place_id": self._premises_of(incident) if told.place_id is None else told.place_id,
            "address": told.address,
            "text": told.text,
            "person": actor,
        }
        where = None if incident is None else incident.best.point
        if where is not None:
            row |= {"lat_deg": str(where.lat_deg), "lon_deg": str(where.lon_deg)}
        place = self._store.casework.place(row["place_id"])
        places = {} if place is None else {place.place_id: place}
        found = self._finding(row, BY_HAND, places, t_s)
        if incident is not None:
            found = replace(
                found,
                key=key_of_incident(incident.incident_id),
                source=Source.INCIDENT,
                incident_id=incident.incident_id,
                evidence=tuple(dict.fromkeys((incident.best.sha256, *told.evidence))),
            )
        else:
            found = replace(found, evidence=told.evidence)
        taken = self.take_in([found], actor=actor, t_s=t_s)
        return Received(
            new=taken.new, known=taken.known, orders=taken.orders or (found.key,), refused=()
        )

    def take_in(self, findings: list[Finding], *, actor: str, t_s: float) -> Intake:
        """Store findings and open an order for each new one."""

        def opened(finding: Finding) -> tuple[Standing, Step]:
            standing = orders.opened(finding.org_id, day_of(t_s), self.orders)
            return standing, Step(verb=Verb.COLLECT, actor=actor, t_s=t_s)

        return self.orders_store.take_in(findings, opened, t_s=t_s, actor=actor)

    def step(self, key: str, step: Step) -> Standing:
        """Take one step of an order; a dispatch without days gets those of the hazard's level.

        Raises:
            NoSuchWork, StepRefused: nothing was changed.
        """
        return self.orders_store.step(key, self.filled(key, step), self.orders.take)

    def filled(self, key: str, step: Step) -> Step:
        """A dispatch with its term, where it names none."""
        if step.verb is not Verb.DISPATCH or step.days is not None:
            return step
        finding = self._store.casework.finding(key)
        level = finding.level if finding else Level.GENERAL
        days = self._section.rectify_days.get(level, RECTIFY_DAYS[level])
        return replace(step, days=days)

    def propose(self, key: str, *, actor: str, reason: str) -> Standing:
        """Propose a finding for listing.

        Raises:
            NoSuchWork, StepRefused: nothing was changed.
        """
        t_s = self._now_s()
        finding = self._store.casework.finding(key)
        org_id = finding.org_id if finding else self._section.station
        step = Step(verb=Verb.PROPOSE, actor=actor, t_s=t_s, reason=reason)
        standing = listing.proposed(org_id, actor, day_of(t_s), self.listings)
        return self.orders_store.propose(key, standing, step)

    def list_step(self, key: str, step: Step) -> Standing:
        """Take one step of a listing.

        Raises:
            NoSuchWork, StepRefused: nothing was changed.
        """
        return self.orders_store.list_step(key, step, self.listings.take)

    def file_case(self, key: str, case_no: str, *, power_id: str, actor: str) -> None:
        """File a case under a power that is valid today.

        Raises:
            NoPower, NoSuchWork, StepRefused: nothing was changed.
        """
        t_s = self._now_s()
        finding = self._store.casework.finding(key)
        org_id = finding.org_id if finding else ""
        check_power(self._section.powers, power_id, org_id, day_of(t_s))
        self.orders_store.file_case(key, case_no, power_id=power_id, t_s=t_s, actor=actor)

    def partner(self, name: str) -> Partner:
        """Who reports.

        Raises:
            NoSuchPartner: nobody has set it up.
        """
        said = self._section.partners.get(name)
        if said is None:
            raise NoSuchPartner(name)
        return Partner(
            name=name,
            source=said.source,
            kinds=said.kinds,
            results=dict(said.results),
            own=said.own,
        )

    def _premises_of(self, incident: Incident | None) -> str:
        """The likeliest premises of an incident, where they are a place here; else empty."""
        premises = incident.best.premises if incident else ()
        known = premises and self._store.casework.place(premises[0].premises_id)
        return premises[0].premises_id if known else ""

    def _finding(
        self, row: Mapping[str, str], who: Partner, places: Mapping[str, Place], t_s: float
    ) -> Finding:
        return to_finding(
            row,
            who,
            kinds=self.kinds,
            places=places,
            station=self._section.station,
            t_s=t_s,
        )


def _check_over(incident: Incident) -> None:
    """Whether a hazard may be made of it.

    Raises:
        BadReport: it is an open alarm, or no real one.
    """
    name, state = incident.incident_id, incident.handling.state
    if state in OPEN:
        raise BadReport(ReportWhy.STILL_OPEN, incident_id=name, state=state)
    if incident.status is not Status.ACTUAL:
        raise BadReport(ReportWhy.NOT_ACTUAL, incident_id=name, status=incident.status)


BY_HAND = Partner(name="hand", source=Source.INSPECTOR, own=True)


def _terms(terms: Terms, days: Mapping[OrderState, int] | Mapping[ListingState, int]) -> Terms:
    own = {str(state): count for state, count in days.items()}
    return replace(terms, days={**terms.days, **own})


def _fault(row: Mapping[str, str], partner: str, reason: str, t_s: float) -> Fault:
    payload = json.dumps(dict(row), ensure_ascii=False, sort_keys=True).encode()
    message = Message(topic=f"findings/{partner}", payload=payload, t_received_s=t_s)
    return Fault(message=message, reason=reason)
