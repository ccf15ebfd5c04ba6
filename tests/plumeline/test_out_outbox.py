"""What partners hear in the course of an incident, through the outbox of a real record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from alerts.events import Event, Kind
from alerts.handover.cap import Issuer
from alerts.handover.dispatch import From
from alerts.lifecycle import Act, Reason, Verb
from ingest.mqtt import Address
from plumeline.out.channels import BadPartner, make_channels
from plumeline.out.compose import Format, Writer
from plumeline.out.outbox import GIVE_UP_S, Channel, Outbox
from plumeline.out.post import Post, SendFailed
from plumeline.out.section import OutSection, PartnerSection
from store.analysis import RunKind
from store.outbox import Delivery
from store.store import Store, open_store
from tests.alerts import handover_scene as scene

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
T0_S = scene.T_S


class Clock:
    def __init__(self) -> None:
        self.s = T0_S

    def __call__(self) -> float:
        return self.s


class Way:
    """A partner who can be out of order."""

    def __init__(self) -> None:
        self.got: list[Post] = []
        self.fails: SendFailed | None = None

    def send(self, post: Post) -> None:
        if self.fails is not None:
            raise self.fails
        self.got.append(post)

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def outbox(
    store: Store, way: Way, clock: Clock, *, format_: Format = "json", since: From = From.RAISED
) -> Outbox:
    office = Issuer(code="32010001000100", sender="plumeline@station-101")
    writer = Writer(channel="p", format=format_, issuer=office, zone=UTC, page_url="https://page/")
    channel = Channel(name="p", since=since, writer=writer, way=way)
    return Outbox(store.outbox, store.reader, {"p": channel}, now_s=clock)


def raise_(store: Store, clock: Clock, incident_id: str = "inc-a2b3") -> None:
    run = store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live")
    event = Event(
        key=f"{incident_id}/1",
        incident_id=incident_id,
        kind=Kind.RAISED,
        t_s=T0_S,
        evidence=scene.evidence(),
    )
    store.analysis.append(run, [], [event], 0, clock.s)


def act(store: Store, clock: Clock, verb: Verb, actor: str = "chen", **rest: object) -> None:
    clock.s += 5
    done = replace(Act(verb=verb, actor=actor, t_s=clock.s, to="119"), **rest)  # type: ignore[arg-type]
    event = Event(
        key=f"a{clock.s}{actor}", incident_id="inc-a2b3", kind=Kind.ACT, t_s=clock.s, act=done
    )
    store.acts.act("inc-a2b3", lambda _: [event], clock.s)


def test_a_json_partner_hears_the_whole_story_each_message_with_its_own_key(store: Store) -> None:
    way, clock = Way(), Clock()
    box = outbox(store, way, clock)
    raise_(store, clock)
    act(store, clock, Verb.ACKNOWLEDGE)
    act(store, clock, Verb.DISMISS, reason=Reason.STEAM)
    assert box.work() == 3
    told = [json.loads(post.body) for post in way.got]
    assert [t["message"] for t in told] == ["Alert", "Update", "Cancel"]
    assert [t["incident"]["handling"]["state"] for t in told] == [
        "raised",
        "acknowledged",
        "dismissed",
    ]
    assert len({post.key for post in way.got}) == 3
    assert [post.key for post in way.got] == [t["key"] for t in told]
    assert box.work() == 0, "nothing is told twice"


def test_cap_updates_refer_to_all_before_and_begin_anew_after_a_cancellation(
    store: Store,
) -> None:
    way, clock = Way(), Clock()
    box = outbox(store, way, clock, format_="cap")
    raise_(store, clock)
    act(store, clock, Verb.ACKNOWLEDGE)
    act(store, clock, Verb.DISMISS, reason=Reason.STEAM)
    act(store, clock, Verb.REOPEN)
    act(store, clock, Verb.ACKNOWLEDGE)
    box.work()
    roots = [fromstring(post.body) for post in way.got]
    types = [root.findtext(f"{CAP}msgType") for root in roots]
    assert types == ["Alert", "Update", "Cancel", "Alert", "Update"]
    counted = [len((root.findtext(f"{CAP}references") or "").split()) for root in roots]
    assert counted == [0, 1, 2, 0, 1]
    names = [root.findtext(f"{CAP}identifier") for root in roots]
    assert len(set(names)) == 5


def test_messages_of_one_second_get_ten_serials_and_then_the_next_second(store: Store) -> None:
    way, clock = Way(), Clock()
    box = outbox(store, way, clock, format_="cap")
    raise_(store, clock)
    raise_(store, clock, "inc-2")
    box.work()
    for i in range(12):
        clock.s -= 5
        act(store, clock, Verb.ACKNOWLEDGE, f"person-{i}")
    box.work()
    names = [fromstring(post.body).findtext(f"{CAP}identifier") for post in way.got]
    assert len(set(names)) == 14


def test_a_partner_who_is_down_for_a_day_misses_nothing_and_hears_it_in_order(
    store: Store,
) -> None:
    way, clock = Way(), Clock()
    way.fails = SendFailed("connection refused")
    box = outbox(store, way, clock)
    raise_(store, clock)
    act(store, clock, Verb.ACKNOWLEDGE)
    for _ in range(300):
        clock.s += 300
        box.work()
    assert way.got == []
    way.fails = None
    clock.s += 300
    assert box.work() == 2
    assert [json.loads(post.body)["message"] for post in way.got] == ["Alert", "Update"]
    alert = store.outbox.letters()[-1]
    assert alert.attempts > 200 and alert.error is None


class Deaf(Way):
    """A partner who is knocked at and does not answer."""

    def __init__(self) -> None:
        super().__init__()
        self.knocks = 0

    def send(self, post: Post) -> None:
        self.knocks += 1
        reason = "no answer in 10 s"
        raise SendFailed(reason)


def test_a_partner_who_does_not_answer_keeps_nobody_waiting(store: Store) -> None:
    deaf, well, clock = Deaf(), Way(), Clock()
    channels = {
        name: Channel(
            name=name, since=From.RAISED, writer=Writer(channel=name, format="json"), way=way
        )
        for name, way in (("deaf", deaf), ("well", well))
    }
    box = Outbox(store.outbox, store.reader, channels, now_s=clock)
    for i in range(120):  # more than are read at a time, all of them due
        raise_(store, clock, f"inc-{i}")
    assert box.work() == 120
    assert (deaf.knocks, len(well.got)) == (1, 120)


def test_what_nobody_takes_becomes_a_dead_letter_that_can_be_sent_again(store: Store) -> None:
    way, clock = Way(), Clock()
    box = outbox(store, way, clock)
    raise_(store, clock)
    way.fails = SendFailed("answered 422", for_good=True)
    box.work()
    (dead,) = store.outbox.letters()
    assert (dead.state, dead.error) == (Delivery.DEAD, "answered 422")
    assert [e.verb for e in store.ledger.entries()][-1] == "dead"
    way.fails = None
    assert store.outbox.letters(state=Delivery.DEAD) == [dead]
    assert store.outbox.again(dead.n, clock.s, by="li")
    assert [(e.verb, e.actor) for e in store.ledger.entries()][-1] == ("send_again", "li")
    assert box.work() == 1
    assert not store.outbox.again(dead.n, clock.s, by="li"), "it is no dead letter any more"


def test_after_a_week_a_message_is_given_up_in_the_open(store: Store) -> None:
    way, clock = Way(), Clock()
    way.fails = SendFailed("connection refused")
    box = outbox(store, way, clock)
    raise_(store, clock)
    box.work()
    clock.s += GIVE_UP_S + 1
    box.work()
    assert store.outbox.letters()[0].state is Delivery.DEAD


def test_a_new_channel_is_not_told_of_the_past(store: Store) -> None:
    clock = Clock()
    raise_(store, clock)
    way = Way()
    box = outbox(store, way, clock)
    box.work()
    assert way.got == []
    raise_(store, clock, "inc-2")
    assert box.work() == 1


def test_another_process_goes_on_where_the_first_one_stood(store: Store) -> None:
    way, clock = Way(), Clock()
    outbox(store, way, clock).work()
    raise_(store, clock)
    outbox(store, way, clock).work()
    act(store, clock, Verb.ACKNOWLEDGE)
    outbox(store, way, clock).work()
    assert [json.loads(post.body)["message"] for post in way.got] == ["Alert", "Update"]


def test_an_incident_without_a_place_is_not_written_as_cot_until_it_has_one(store: Store) -> None:
    way, clock = Way(), Clock()
    box = outbox(store, way, clock, format_="cot")
    raise_(store, clock)
    assert box.work() == 1
    assert way.got[0].content_type == "application/xml"
    assert b"<event" in way.got[0].body


@pytest.mark.parametrize(
    ("partner", "reason"),
    [
        ({"way": "webhook", "url": "https://a.cn/"}, "secret_file is missing"),
        ({"way": "webhook", "secret_file": "x"}, "url is missing"),
        ({"way": "tak"}, "host is missing"),
        ({"way": "mail", "host": "h", "sender": "a@b"}, "to: who gets"),
        ({"way": "tak", "host": "h", "format": "cap"}, "issuer"),
    ],
)
def test_a_partner_that_lacks_something_is_refused_by_name(
    partner: dict[str, str], reason: str
) -> None:
    section = OutSection(partners={"119": PartnerSection(**partner)})  # type: ignore[arg-type]
    with pytest.raises(BadPartner, match=reason) as caught:
        make_channels(section, broker=Address(), zone=UTC, now_s=lambda: 0.0)
    assert "out.partners.119" in str(caught.value)


def test_a_webhook_to_a_host_that_is_not_allowed_is_refused_at_the_start(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("0123456789abcdef")
    partner = PartnerSection(way="webhook", url="https://a.cn/x", secret_file=str(secret))
    with pytest.raises(BadPartner, match="not on the list"):
        make_channels(
            OutSection(partners={"p": partner}), broker=Address(), zone=UTC, now_s=lambda: 0.0
        )
    allowed = OutSection(allow=("a.cn",), partners={"p": partner})
    channels = make_channels(allowed, broker=Address(), zone=UTC, now_s=lambda: 0.0)
    assert channels["p"].since is From.HANDED_OVER
    channels["p"].way.close()
    secret.write_text("short")
    with pytest.raises(BadPartner, match="16 characters"):
        make_channels(allowed, broker=Address(), zone=UTC, now_s=lambda: 0.0)
