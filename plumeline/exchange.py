"""The exchange of one station: messages taken in once, answered; rows given out in theirs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec

from alerts.handover.cap_in import CapMessage
from casework import exchange as rules
from casework.errors import CaseworkError
from casework.exchange import BadShare, CodeLine, Message, code_list
from casework.intake import BadReport, Partner, to_finding
from casework.words import Finding, Place, Visit
from ingest.recorder import Message as Raw
from plumeline.work import Work
from store.exchange import Received, SqlExchange
from store.quarantine import Fault
from store.store import Store

FORMAT_JSON, FORMAT_CAP = "json", "cap"


class OtherContents(CaseworkError):
    """The id of a message that came before, with other contents."""

    def __init__(self, key: str) -> None:
        super().__init__(f"message {key} has come before with other contents: give it its own id")
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A part of a message that went to quarantine; rows count from 1."""

    part: str
    row: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a message: the same however often it is sent."""

    id: str
    visits_new: int = 0
    visits_known: int = 0
    findings_new: int = 0
    findings_known: int = 0
    orders: tuple[str, ...] = ()
    """Opened for new findings."""
    incident_id: str | None = None
    """The incident of ours that a CAP message is about."""
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A message to a partner, and where to go on."""

    message: Message
    next_after: int


class Exchange:
    """Takes in and gives out."""

    def __init__(
        self,
        store: Store,
        work: Work,
        *,
        station: str,
        now_s: Callable[[], float],
        incident_of: Callable[[Sequence[str]], str | None] = lambda names: None,
    ) -> None:
        """``incident_of`` finds an incident of ours among names that a CAP message refers to."""
        self._store = store
        self._work = work
        self._station = station
        self._now_s = now_s
        self._incident_of = incident_of
        self.kept = SqlExchange(store.engine)

    def codes(self, partner: str) -> list[CodeLine]:
        """事项统一. Raises NoSuchPartner."""
        return code_list(self._work.partner(partner), self._work.kinds)

    def receive(self, partner: str, message: Message, data: bytes) -> Answer:
        """数据互通: take a message in, once; what cannot be taken of it goes to quarantine.

        Raises:
            NoSuchPartner: its codes have no meaning here.
            OtherContents: its id has come before with other bytes.
        """
        who = self._work.partner(partner)
        return self._once(who, message.id, data, FORMAT_JSON, lambda: self._taken(who, message))

    def receive_cap(self, partner: str, message: CapMessage, data: bytes) -> Answer:
        """Keep a partner's alert, beside the incident of ours that it is about.

        It is shown and rings nobody: what rings here is what was seen here.

        Raises:
            NoSuchPartner, OtherContents: as `receive`.
        """
        who = self._work.partner(partner)
        incident_id = self._incident_of((*message.incidents, *message.references))
        headline = next((one.headline or one.event for one in message.infos), "")
        return self._once(
            who,
            f"{message.sender},{message.identifier}"[:128],
            data,
            FORMAT_CAP,
            lambda: Answer(id=message.identifier, incident_id=incident_id),
            status="" if message.status is None else message.status.value,
            subject=f"{message.type} {headline}".strip(),
        )

    def give(self, partner: str, after_n: int, limit: int) -> Given:
        """Our own visits and findings after a number, in the partner's codes.

        Raises:
            NoSuchPartner: its codes have no meaning here.
        """
        who = self._work.partner(partner)
        found, next_n = self.kept.own_after(after_n, limit)
        message = Message(
            version=rules.VERSION,
            id=f"{self._station}-{after_n}-{next_n}",
            sent=rules.moment(self._now_s()),
            visits=tuple(
                rules.shared_visit(one, who) for _, one in found if isinstance(one, Visit)
            ),
            findings=tuple(
                rules.shared_finding(one, who) for _, one in found if isinstance(one, Finding)
            ),
        )
        return Given(message=message, next_after=next_n)

    def hand_over(self, key: str, to: str, *, reason: str, actor: str) -> Finding:
        """隐患共治: another org or partner takes the lead; who led stays a co-owner.

        Raises:
            BadShare: there is no such finding, or it cannot go there.
        """
        finding = self._store.casework.finding(key)
        if finding is None:
            reason = f"no finding {key}"
            raise BadShare(reason)
        known = {org.org_id for org in self._store.casework.orgs()} | {*self._work.partners}
        lead, co_owners = rules.handed_over(finding.lead, finding.co_owners, to, known)
        said = {"actor": actor, "reason": reason, "from": finding.lead}
        return self.kept.hand_over(key, lead, co_owners, said, self._now_s())

    def _once(
        self,
        partner: Partner,
        key: str,
        data: bytes,
        format_: str,
        take: Callable[[], Answer],
        *,
        status: str = "",
        subject: str = "",
    ) -> Answer:
        digest = hashlib.sha256(data).hexdigest()
        known = self.kept.find(partner.name, key)
        if known is None:
            answer = take()
            received = Received(
                partner=partner.name,
                key=key,
                digest=digest,
                t_received_s=self._now_s(),
                format=format_,
                status=status,
                subject=subject or _in_words(answer),
                incident_id=answer.incident_id,
                answer_json=msgspec.json.encode(answer).decode(),
            )
            if self.kept.keep(received, data):
                return answer
            known = self.kept.find(partner.name, key)
            assert known is not None, "another was quicker"
        if known.digest != digest:
            raise OtherContents(key)
        return msgspec.json.decode(known.answer_json, type=Answer)

    def _taken(self, partner: Partner, message: Message) -> Answer:
        t_s = self._now_s()
        places = {one.place_id: one for one in self._store.casework.places()}
        refused: list[Refused] = []
        faults: list[Fault] = []

        def refuse(part: str, row: int, told: msgspec.Struct, exc: CaseworkError) -> None:
            refused.append(Refused(part=part, row=row, reason=str(exc)))
            raw = Raw(
                topic=f"exchange/{partner.name}/{part}",
                payload=msgspec.json.encode(told),
                t_received_s=t_s,
            )
            faults.append(Fault(message=raw, reason=str(exc)))

        visits: list[Visit] = []
        for row, told in enumerate(message.visits, start=1):
            try:
                visits.append(
                    rules.recognised(told, partner, places, station=self._station, t_s=t_s)
                )
            except BadShare as exc:
                refuse("visits", row, told, exc)
        findings: list[Finding] = []
        for row, hazard in enumerate(message.findings, start=1):
            try:
                findings.append(self._finding(hazard, partner, places, t_s))
            except BadReport as exc:
                refuse("findings", row, hazard, exc)
        added = self._store.casework.add_visits(visits, t_s=t_s, actor=partner.name)
        taken = self._work.take_in(findings, actor=partner.name, t_s=t_s)
        if faults:
            self._work.orders_store.refuse(faults)
        return Answer(
            id=message.id,
            visits_new=added.new,
            visits_known=added.known,
            findings_new=taken.new,
            findings_known=taken.known,
            orders=taken.orders,
            refused=tuple(refused),
        )

    def _finding(
        self, told: rules.SharedFinding, partner: Partner, places: dict[str, Place], t_s: float
    ) -> Finding:
        """Ours to lead, the partner a co-owner."""
        finding = to_finding(
            rules.as_row(told),
            partner,
            kinds=self._work.kinds,
            places=places,
            station=self._station,
            t_s=t_s,
        )
        return replace(finding, co_owners=() if partner.own else (partner.name,))


def _in_words(answer: Answer) -> str:
    said = {
        "visits": answer.visits_new,
        "findings": answer.findings_new,
        "refused": len(answer.refused),
    }
    return ", ".join(f"{count} {what}" for what, count in said.items() if count) or "nothing new"
