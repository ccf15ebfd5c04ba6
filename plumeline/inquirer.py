"""Answers the question for a place: what the record shows of it, and who is near."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from operator import attrgetter

from alerts.incident import Incident
from alerts.inquiry import OPEN_S, Inquiry, Passage, Question, answer_to, follows
from alerts.inquiry_pictures import Glance, ground_at, pictures_of
from alerts.placing import Placer, is_historic
from geo.looking import Shot
from geo.premises import Premises
from ingest.pairing import between
from ingest.records import Fix, Frame
from plumeline.districts import NO_DISTRICTS, Districts
from store.inquiries import Lately, SqlInquiries
from store.response import SqlResponse

MAX_GAP_S = 3.0
"""Between two fixes that a camera may be judged from."""
_by_time = attrgetter("t_device_s")


class NoSuchPremises(Exception):
    """The register has none of this id, or they have no place yet."""

    def __init__(self, premises_id: str) -> None:
        super().__init__(
            f"no premises {premises_id} with a place in the register: ask by latitude and longitude"
        )
        self.premises_id = premises_id
        self.premises_id = premises_id


class Inquirer:
    """Asks the record for one station."""

    def __init__(
        self,
        inquiries: SqlInquiries,
        responses: SqlResponse,
        placer: Placer,
        incidents: Callable[[], Mapping[str, Incident]],
        *,
        now_s: Callable[[], float],
        districts: Districts = NO_DISTRICTS,
    ) -> None:
        """``incidents`` gives them all as they stand.

        A question that is asked for one of the ``districts`` is answered from what belongs to it.
        """
        self._inquiries = inquiries
        self._responses = responses
        self._placer = placer
        self._incidents = incidents
        self._now_s = now_s
        self._districts = districts
        self._register = {one.premises_id: one for one in placer.premises or ()}

    def ask_at(
        self,
        lat_deg: float,
        lon_deg: float,
        *,
        actor: str,
        seat: str = "",
        text: str = "",
        district: str | None = None,
    ) -> Inquiry:
        """The question for a point, with its answer; both are kept."""
        question = Question(
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            t_s=self._now_s(),
            actor=actor,
            seat=seat,
            text=text,
            district=district,
        )
        return self._ask(question)

    def ask_of(
        self,
        premises_id: str,
        *,
        actor: str,
        seat: str = "",
        text: str = "",
        district: str | None = None,
    ) -> Inquiry:
        """The question for premises of the register, with its answer; both are kept.

        Raises:
            NoSuchPremises: there are none, nobody knows where, or they are another district's.
        """
        place = self._register.get(premises_id)
        theirs = district in {None, *self._districts.of_premises(premises_id)}
        if place is None or place.geometry.is_empty or not theirs:
            raise NoSuchPremises(premises_id)
        inside = place.geometry.representative_point()
        question = Question(
            lat_deg=inside.y,
            lon_deg=inside.x,
            premises_id=premises_id,
            name=place.name,
            t_s=self._now_s(),
            actor=actor,
            seat=seat,
            text=text,
            district=district,
        )
        return self._ask(question)

    def find(self, inquiry_id: str) -> Inquiry | None:
        """An earlier question, None where there is none of this name."""
        return self._inquiries.find(inquiry_id)

    def latest(self, limit: int, district: str | None = None) -> list[Inquiry]:
        """The newest questions, newest first; those that were asked for one district alone."""
        return self._inquiries.latest(limit, district)

    def since(self, inquiry: Inquiry) -> list[str]:
        """The incidents that were raised within reach of a question soon after it was asked."""
        place, t_s = self._place(inquiry.question), inquiry.question.t_s
        incidents = self._seen(inquiry.question)
        return [
            began.incident_id
            for began in self._responses.began_between(t_s, t_s + OPEN_S)
            if began.incident_id in incidents
            and follows(inquiry, place, incidents[began.incident_id], began.t_raised_s)
        ]

    def _ask(self, question: Question) -> Inquiry:
        place = self._place(question)
        lately = self._within(question, self._inquiries.lately())
        glances = list(self._glances(lately))
        pictures, blind = pictures_of(place, glances, list(self._register.values()))
        answer = answer_to(
            question,
            place,
            incidents=self._seen(question),
            pictures=pictures,
            blind=blind,
            passages=_passages(lately),
            looked_back_to_s=min((one.t_received_s for one in glances), default=None),
        )
        return self._inquiries.keep(question, answer)

    def _seen(self, question: Question) -> Mapping[str, Incident]:
        """The incidents that its answer may tell of."""
        every, district = self._incidents(), question.district
        if district is None:
            return every
        of = self._districts.of_incident
        return {name: one for name, one in every.items() if district in of(one)}

    def _within(self, question: Question, lately: Lately) -> Lately:
        """The pictures and the telemetry that its answer may rest on."""
        if question.district is None:
            return lately

        def theirs(record: Frame | Fix) -> bool:
            return question.district in self._districts.of_device(record.key.device_id)

        return replace(
            lately,
            pictures=tuple(one for one in lately.pictures if theirs(one[0])),
            fixes=tuple(filter(theirs, lately.fixes)),
        )

    def _place(self, question: Question) -> Premises:
        """A point of the register is asked about like any other point: with what is around it."""
        known = self._register.get(question.premises_id or "")
        if known is None or not known.geometry.area:
            return ground_at(question.lat_deg, question.lon_deg)
        return known

    def _glances(self, lately: Lately) -> Iterator[Glance]:
        """The pictures that came in time and whose camera is known, with the ground under it."""
        flights: dict[str, list[Fix]] = {}
        for fix in lately.fixes:
            flights.setdefault(fix.key.flight_id, []).append(fix)
        for fixes in flights.values():
            fixes.sort(key=_by_time)
        for frame, look in lately.pictures:
            fixes = flights.get(frame.key.flight_id, [])
            around = _around(fixes, frame.t_capture_s)
            if look.pose is None or around is None or is_historic(frame):
                continue
            moment = between(*around, frame.t_capture_s)
            camera = self._placer.camera(frame, moment)
            if isinstance(camera, str):
                continue
            home = lately.homes.get(frame.key.flight_id)
            pose, terrain = next(self._placer.grounds(look.pose, moment, home))
            shot = Shot(
                t_s=frame.t_capture_s,
                seq=frame.key.seq,
                sha256=frame.sha256,
                pose=pose,
                camera=camera,
            )
            yield Glance(
                device_id=frame.key.device_id,
                t_received_s=frame.t_received_s,
                shot=shot,
                terrain=terrain,
                boxes=tuple(detection.box for detection in look.detections),
            )


def _around(fixes: list[Fix], t_s: float) -> tuple[Fix, Fix] | None:
    """The fixes before and after a time, None where they are far apart or there are none."""
    after = bisect_left(fixes, t_s, key=_by_time)
    before = bisect_right(fixes, t_s, key=_by_time) - 1
    if before < 0 or after == len(fixes):
        return None
    a, b = fixes[before], fixes[after]
    return (a, b) if b.t_device_s - a.t_device_s <= MAX_GAP_S else None


def _passages(lately: Lately) -> Iterator[Passage]:
    for fix in lately.fixes:
        if fix.lat_deg is not None and fix.lon_deg is not None:
            yield Passage(
                device_id=fix.key.device_id,
                t_received_s=fix.t_received_s,
                lat_deg=fix.lat_deg,
                lon_deg=fix.lon_deg,
            )
