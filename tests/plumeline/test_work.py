"""Hazards become orders that go round until they are closed, in the record, with nothing lost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from casework.errors import CaseworkError, StepRefused
from casework.figures import Figure
from casework.intake import BadReport, read_csv
from casework.life import FivePoints, Standing, Step, Verb
from casework.powers import NoPower, Power
from casework.words import Place, PlaceClass, Source
from ingest.recorder import Arrival, Message
from plumeline.casework import CaseworkSection, PartnerSection
from plumeline.work import ByHand, NoSuchPartner, Work
from store import tally
from store.casework_check import wrong_standings
from store.order_lists import Filter
from store.retention import SqlRetention
from store.standings import NoSuchWork
from store.statistics import Scope, SqlStatistics
from store.store import Store, open_store
from store.verify import verify
from tests.records import frame

NOW_S = datetime(2026, 6, 1, 2, 0, tzinfo=UTC).timestamp()
DAY_S = 86_400.0
PICTURE = b"\xff\xd8\xff a picture"
SHA256 = hashlib.sha256(PICTURE).hexdigest()
POWER = Power(
    power_id="P-1",
    item="消防通道",
    from_org="d-1",
    to_org="s-1",
    basis="宁应急委〔2026〕1号",
    valid_from=date(2026, 1, 1),
    valid_until=date(2026, 6, 30),
    published=True,
)
SECTION = CaseworkSection(
    station="s-1",
    partners={
        "grid": PartnerSection(kinds={"A01": "blocked_exit", "A02": "ebike"}, own=True),
        "police": PartnerSection(source=Source.PARTNER, kinds={"7": "gas"}),
    },
    powers=(POWER, replace(POWER, power_id="P-2", published=False)),
)


class Clock:
    t_s = NOW_S

    def __call__(self) -> float:
        return self.t_s


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    place = Place(place_id="p-1", name="餐馆", cls=PlaceClass.SMALL_PLACE, org_id="s-1")
    opened.casework.put_places([place], t_s=NOW_S, actor="test")
    opened.blobs.put([(SHA256, PICTURE)])
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def work(store: Store, clock: Clock) -> Work:
    return Work(store, SECTION, now_s=clock)


def row(number: str, **said: str) -> dict[str, str]:
    return {"number": number, "kind": "A01", "found": "2026-06-01T09:30", "place_id": "p-1"} | said


def reported(work: Work, number: str = "1", **said: str) -> str:
    (key,) = work.receive([row(number, **said)], "grid", actor="grid").orders
    return key


def step(verb: Verb, actor: str, clock: Clock, **said: object) -> Step:
    return Step(verb=verb, actor=actor, t_s=clock(), **said)  # type: ignore[arg-type]


LIFE: tuple[tuple[Verb, str, dict[str, object]], ...] = (
    (Verb.ACCEPT, "陈明", {}),
    (Verb.DISPATCH, "陈明", {"to": "业主"}),
    (Verb.SIGN, "业主", {}),
    (Verb.START, "业主", {}),
    (Verb.REPORT, "业主", {"evidence": (SHA256,)}),
    (Verb.VERIFY, "Li Na", {}),
    (Verb.CLOSE, "Li Na", {}),
)


def closed(work: Work, key: str, clock: Clock) -> Standing:
    for verb, actor, said in LIFE:
        standing = work.step(key, step(verb, actor, clock, **said))
    return standing


def counted(store: Store, figure: Figure) -> int:
    scope = Scope(first=date(2026, 1, 1), last=date(2026, 12, 31))
    rows = SqlStatistics(store.engine).rows(figure, scope, after_n=0, limit=1)
    with store.engine.begin() as connection:
        assert tally.kept(connection) == tally.recount(connection)
    return rows.total


def test_a_report_becomes_an_order_that_is_somebody_s_from_its_birth(
    work: Work, store: Store
) -> None:
    key = reported(work)
    order = store.order_lists.order(key)
    assert (order.standing.state, order.standing.owner) == ("collected", "desk:s-1")
    assert order.standing.due == date(2026, 6, 2)
    finding = store.casework.finding(key)
    assert finding is not None
    assert (finding.kind, finding.cls, finding.origin) == ("blocked_exit", "small_place", None)
    assert finding.t_found_s == datetime(2026, 6, 1, 1, 30, tzinfo=UTC).timestamp()  # Beijing's


def test_the_same_report_five_times_is_one_order(work: Work, store: Store) -> None:
    for _ in range(5):
        work.receive([row("1"), row("2")], "grid", actor="grid")
    assert counted(store, Figure.FOUND) == 2


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({"kind": "Z9"}, "'Z9' of grid has no meaning here"),
        ({"number": ""}, "no number"),
        ({"place_id": "p-9"}, "not in the register"),
        ({"found": "yesterday"}, "is no time"),
        ({"found": "2027-06-01T09:30"}, "in the future"),
        ({"level": "hm"}, "level 'hm'"),
        ({"place_id": ""}, "neither the place"),
        ({"lat_deg": "95", "lon_deg": "118"}, "not on Earth"),
    ],
)
def test_what_is_not_understood_goes_to_quarantine_and_the_rest_comes_in(
    work: Work, store: Store, bad: dict[str, str], why: str
) -> None:
    received = work.receive([row("1") | bad, row("2")], "grid", actor="grid")
    assert [one.row for one in received.refused] == [1]
    assert why in received.refused[0].reason
    assert received.new == 1
    kept = store.reader.quarantine(10)
    assert [one.topic for one in kept] == ["findings/grid"]
    assert why in kept[0].reason
    work.receive([row("1") | bad], "grid", actor="grid")
    assert len(store.reader.quarantine(10)) == 1


def test_a_code_that_gets_its_meaning_later_comes_in_then(store: Store, clock: Clock) -> None:
    before = Work(store, SECTION, now_s=clock)
    assert before.receive([row("1", kind="B07")], "grid", actor="grid").new == 0
    partners = SECTION.partners | {"grid": PartnerSection(kinds={"B07": "gas"})}
    after = Work(store, CaseworkSection(station="s-1", partners=partners), now_s=clock)
    assert after.receive([row("1", kind="B07")], "grid", actor="grid").new == 1


def test_nobody_reports_without_being_set_up(work: Work) -> None:
    with pytest.raises(NoSuchPartner, match=r"\[casework.partners.stranger\]"):
        work.receive([row("1")], "stranger", actor="x")


@pytest.mark.parametrize(
    "said",
    [
        {"order_days": {"acepted": 2}},
        {"order_days": {"accepted": 0}},
        {"listing_days": {"accepted": 2}},
        {"rectify_days": {"huge": 3}},
        {"days_off": ["2027-02-30"]},
        {"partners": {"grid": {"source": "martian"}}},
        {"powers": [{"power_id": "P"}]},
    ],
)
def test_a_mistake_in_the_configuration_is_named(said: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(said, CaseworkSection)


def test_a_city_s_own_terms_and_holidays_are_kept_to(store: Store, clock: Clock) -> None:
    said = {"order_days": {"collected": 3}, "days_off": ["2026-06-02"], "partners": {"grid": {}}}
    work = Work(store, msgspec.convert(said, CaseworkSection), now_s=clock)
    (key,) = work.receive([row("1", kind="gas")], "grid", actor="grid").orders
    assert store.order_lists.order(key).standing.due == date(2026, 6, 5)


def test_csv_in_chinese_and_in_gbk_is_read() -> None:
    table = "工单编号,隐患类型,发现时间,场所编号,别的\n7,A01,2026-06-01 09:30,p-1,x\n"
    expected = [{"number": "7", "kind": "A01", "found": "2026-06-01 09:30", "place_id": "p-1"}]
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        assert list(read_csv(table.encode(encoding))) == expected
    with pytest.raises(BadReport, match="are needed"):
        list(read_csv(b"a,b\n1,2\n"))


def test_an_order_goes_round_and_its_hazard_counts_as_rectified(
    work: Work, store: Store, clock: Clock
) -> None:
    key = reported(work)
    standing = closed(work, key, clock)
    assert (standing.state, standing.due, standing.owner) == ("closed", None, "Li Na")
    assert counted(store, Figure.RECTIFIED) == 1
    assert [told.step.verb for told in store.order_lists.history(f"task/{key}")] == [
        "collect", "accept", "dispatch", "sign", "start", "report", "verify", "close",
    ]  # fmt: skip
    work.step(key, step(Verb.REOPEN, "王强", clock, reason="假性整改"))
    assert counted(store, Figure.RECTIFIED) == 0
    assert closed(work, key, clock).state == "closed"
    assert counted(store, Figure.RECTIFIED) == 1


def test_a_refused_step_changes_nothing(work: Work, store: Store, clock: Clock) -> None:
    key = reported(work)
    head = store.ledger.head()
    with pytest.raises(StepRefused, match="collected cannot"):
        work.step(key, step(Verb.CLOSE, "陈明", clock))
    with pytest.raises(NoSuchWork):
        work.step("grid/none", step(Verb.ACCEPT, "陈明", clock))
    assert store.ledger.head() == head
    assert store.order_lists.order(key).standing.state == "collected"


def test_evidence_has_to_be_in_the_record(work: Work, clock: Clock) -> None:
    key = reported(work)
    for verb, actor in ((Verb.ACCEPT, "陈明"), (Verb.DISPATCH, "陈明"), (Verb.SIGN, "业主"),
                        (Verb.START, "业主")):  # fmt: skip
        work.step(key, step(verb, actor, clock, to="业主"))
    for wrong in ("ab" * 32, "../../etc/passwd"):
        with pytest.raises(StepRefused, match="no picture"):
            work.step(key, step(Verb.REPORT, "业主", clock, evidence=(wrong,)))


def test_the_same_kind_at_the_same_place_within_180_days_is_a_repeat(
    work: Work, store: Store, clock: Clock
) -> None:
    first = reported(work)
    other = reported(work, "2", kind="A02")
    clock.t_s += 100 * DAY_S
    again = reported(work, "3", found="2026-09-01T09:30")
    clock.t_s += 181 * DAY_S
    later = reported(work, "4", found="2027-03-01T09:30")
    repeats = {key: store.order_lists.order(key).repeat_of for key in (first, other, again, later)}
    assert repeats == {first: None, other: None, again: first, later: None}


def test_a_listing_is_counted_on_its_days_and_two_people_do_it(
    work: Work, store: Store, clock: Clock
) -> None:
    key = reported(work)
    work.propose(key, actor="王强", reason="重大隐患")
    five = FivePoints(
        measures="拆", money="2 万元", deadline=date(2026, 9, 1), person="业主", plan="p"
    )
    with pytest.raises(StepRefused, match="is its proposer"):
        work.list_step(key, step(Verb.LIST, "王强", clock, five=five))
    work.list_step(key, step(Verb.LIST, "陈明", clock, five=five))
    assert counted(store, Figure.LISTED) == 1
    work.list_step(key, step(Verb.ANNOUNCE, "陈明", clock))
    work.list_step(key, step(Verb.ASK_VERIFICATION, "业主", clock, evidence=(SHA256,)))
    work.list_step(key, step(Verb.CONFIRM_GONE, "Li Na", clock))
    with pytest.raises(StepRefused, match="is its judge"):
        work.list_step(key, step(Verb.DELIST, "Li Na", clock))
    assert counted(store, Figure.DELISTED) == 0
    work.list_step(key, step(Verb.DELIST, "陈明", clock))
    assert counted(store, Figure.DELISTED) == 1
    with pytest.raises(StepRefused, match="delisted"):
        work.propose(key, actor="王强", reason="再来")


def test_a_case_rests_on_a_power_that_is_valid_that_day(
    work: Work, store: Store, clock: Clock
) -> None:
    key = reported(work)
    for power_id, why in (("P-9", "none of this name"), ("P-2", "never published")):
        with pytest.raises(NoPower, match=why):
            work.file_case(key, "立1", power_id=power_id, actor="陈明")
    work.file_case(key, "立1", power_id="P-1", actor="陈明")
    assert counted(store, Figure.CASES) == 1
    with pytest.raises(StepRefused, match="filed already"):
        work.file_case(key, "立2", power_id="P-1", actor="陈明")
    second = reported(work, "2")
    clock.t_s = datetime(2026, 6, 30, 16, 0, tzinfo=UTC).timestamp()  # 1 July in Beijing
    with pytest.raises(NoPower, match="not on 2026-07-01"):
        work.file_case(second, "立3", power_id="P-1", actor="陈明")


def test_a_standing_that_no_step_has_left_is_found(work: Work, store: Store, clock: Clock) -> None:
    key = reported(work)
    closed(work, key, clock)
    work.propose(key, actor="王强", reason="r")
    assert verify(store.engine, store.blobs, []).ok
    for change, what in (
        ("UPDATE task SET state = 'rejected'", "has a column that was changed"),
        ("UPDATE task SET standing_json = replace(standing_json, 'Li Na', 'Zhao')", "no step"),
        ("UPDATE finding SET standing_json = replace(standing_json, '王强', 'Zhao')", "no step"),
        ("DELETE FROM task", "is missing"),
    ):
        with store.engine.connect() as connection:
            connection.execute(text(change))
            found = list(wrong_standings(connection))
            connection.rollback()
        assert len(found) == 1
        assert what in found[0]


def test_many_steps_are_one_transaction_and_each_is_judged(
    work: Work, store: Store, clock: Clock
) -> None:
    keys = [reported(work, str(i)) for i in range(3)]
    wanted = [
        (key, step(verb, "陈明", clock)) for key in keys for verb in (Verb.ACCEPT, Verb.CLOSE)
    ]
    results = store.orders.steps(wanted, work.orders.take)
    refused = [isinstance(one, CaseworkError) for one in results]
    assert refused == [False, True] * 3
    assert {store.order_lists.order(key).standing.state for key in keys} == {"accepted"}


def test_who_waits_for_a_flight_is_found(work: Work, store: Store, clock: Clock) -> None:
    key = reported(work)
    for verb, actor, said in LIFE[:5]:
        work.step(key, step(verb, actor, clock, **said))

    def waiting() -> int:
        found = store.order_lists.list(Filter(refly=True), date(2026, 6, 1), skip=0, limit=9)
        return found.total

    assert waiting() == 0
    work.step(key, step(Verb.ASK_REFLY, "Li Na", clock, evidence=(SHA256,)))
    assert waiting() == 1
    work.step(key, step(Verb.REFLY_DONE, "Li Na", clock, evidence=(SHA256,)))
    assert waiting() == 0


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE finding SET kind = 'gas'", "findings of batch"),
        ("UPDATE finding SET born_json = '{}'", "findings of batch"),
        ("UPDATE finding SET born_json = 'x'", "findings of batch"),
        ("UPDATE task SET text = 'x'", "tasks of batch"),
        ("DELETE FROM finding", "findings of batch"),
        ("UPDATE task SET owner = 'nobody'", "has a column that was changed"),
    ],
)
def test_verify_names_what_was_changed_in_the_daily_work(
    work: Work, store: Store, change: str, what: str
) -> None:
    reported(work)
    assert verify(store.engine, store.blobs, []).ok
    with store.engine.begin() as connection:
        connection.execute(text(change))
    found = verify(store.engine, store.blobs, []).findings
    assert {one.what for one in found} == {"daily work"}
    assert any(what in one.where for one in found)


def test_evidence_of_an_open_hazard_is_kept_and_of_a_closed_one_goes(
    work: Work, store: Store, clock: Clock
) -> None:
    picture = replace(frame(0.0), t_received_s=NOW_S - 60 * DAY_S)
    message = Message(topic="t", payload=b"", t_received_s=picture.t_received_s)
    store.shelf.put([Arrival(message=message, records=(picture,))])
    told = ByHand(number="1", kind="gas", address="某路", evidence=(picture.sha256,))
    work.report_by_hand(told, actor="陈明")
    purge = SqlRetention(store.engine, store.blobs).purge
    assert purge(NOW_S, 30.0, dry_run=True).kept_tied == 1
    closed(work, "hand/1", clock)
    assert purge(NOW_S, 30.0, dry_run=True).deleted == 1
    work.step("hand/1", step(Verb.REOPEN, "王强", clock, reason="again"))
    assert purge(NOW_S, 30.0, dry_run=True).kept_tied == 1
    closed(work, "hand/1", clock)
    work.file_case("hand/1", "立1", power_id="P-1", actor="陈明")
    assert purge(NOW_S, 30.0, dry_run=True).kept_tied == 1


def test_evidence_that_was_changed_is_found(work: Work, store: Store, clock: Clock) -> None:
    closed(work, reported(work), clock)
    assert verify(store.engine, store.blobs, []).ok
    store.blobs.path(SHA256).write_bytes(b"another picture")
    (found,) = verify(store.engine, store.blobs, []).findings
    assert (found.what, SHA256 in found.where) == ("blob", True)
