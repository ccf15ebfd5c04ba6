"""Who gets in, by what, until when; and that no route is without a word on who may use it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.staticfiles import StaticFiles

from plumeline.web import stream
from plumeline.web.answers import Hello
from plumeline.web.bell import Bell
from plumeline.web.door import IDLE_S, LASTS_S, StationDoor, TooSoon, WrongPassword, wait_s
from plumeline.web.may import COOKIE, SIGNED_IN, Entry, declared, may
from store.people import ALL, KEPT_S, Role
from store.verify import verify
from tests.fakes import MemoryRecord
from tests.plumeline.access_scene import PASSWORD, Access, access
from tests.plumeline.web_door import session


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Access]:
    with access(tmp_path) as made:
        yield made


def undeclared(here: Access) -> list[str]:
    return [f"{one.method} {one.path}" for one in declared(here.app.routes) if one.rule is None]


def test_every_route_says_who_may_use_it(here: Access) -> None:
    assert undeclared(here) == []


def test_a_route_that_says_nothing_is_found_and_lets_nobody_in(
    here: Access, tmp_path: Path
) -> None:
    """The mutant: a route added without a word, and one that is mounted past the gate."""

    @here.app.get("/api/leak")
    def leak() -> str:
        return "everything"

    here.app.mount("/leaks", StaticFiles(directory=tmp_path))
    assert undeclared(here) == ["GET /api/leak", "* /leaks"]
    for role in Role:
        answer = here.ask("GET", "/api/leak", **here.session(here.add(role, role)))
        assert answer.status_code == 403, role
    assert here.ask("GET", "/api/leak").status_code == 401


def test_without_accounts_the_page_says_how_to_make_the_first_and_nothing_else(
    here: Access,
) -> None:
    first = here.ask("GET", "/")
    assert (first.status_code, first.headers["location"]) == (303, "/login?to=%2F")
    assert "plumeline user add" in here.ask("GET", "/login").text
    assert here.ask("GET", "/api/incidents").status_code == 401
    here.add("chen", Role.ADMIN)
    assert "plumeline user add" not in here.ask("GET", "/login").text


def test_signing_in_gives_a_cookie_that_scripts_and_foreign_sites_do_not_see(here: Access) -> None:
    here.add("chen", Role.COMMAND, name="陈明")
    answer = here.sign_in(" Chen ")
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 204
    for word in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert word in cookie
    assert "Secure" not in cookie, "on http, which is loopback's alone"
    token = answer.cookies[COOKIE]
    assert len(token) >= 22, "128 bits in base 64"
    assert token not in Path(str(here.store.engine.url.database)).read_bytes().decode("latin1")
    me = here.ask("GET", "/api/me", **session(token)).json()
    assert (me["name"], me["role"], me["district"]) == ("陈明", "command", ALL)
    assert "POST /api/incidents/{incident_id}/acts" in me["may"]
    assert "GET /api/people" not in me["may"]


def test_a_foreign_page_cannot_sign_anybody_in_or_out(here: Access) -> None:
    here.add("chen", Role.COMMAND)
    mine = here.session(here.add("li", Role.COMMAND))
    for method, body in (("POST", {"login": "chen", "password": PASSWORD}), ("DELETE", None)):
        for headers in ({"X-Plumeline": "1", "Sec-Fetch-Site": "cross-site"}, {}):
            answer = here.client.ask(method, "/api/session", json=body, headers={**mine, **headers})
            assert answer.status_code == 403
    assert here.ask("GET", "/api/me", **mine).status_code == 200


def test_a_new_sign_in_is_a_new_session_and_ends_the_old_one(here: Access) -> None:
    here.add("chen", Role.COMMAND)
    first = here.sign_in("chen").cookies[COOKIE]
    second = here.sign_in("chen", **session(first)).cookies[COOKIE]
    assert first != second
    assert here.ask("GET", "/api/me", **session(first)).status_code == 401
    assert here.ask("GET", "/api/me", **session(second)).status_code == 200
    here.ask("DELETE", "/api/session", **session(second))
    assert here.ask("GET", "/api/me", **session(second)).status_code == 401


@pytest.mark.parametrize(
    ("role", "quiet_s"), [(Role.OPERATOR, IDLE_S), (Role.ADMIN, IDLE_S), (Role.COMMAND, LASTS_S)]
)
def test_a_session_ends_when_nobody_moves_and_after_twelve_hours_at_the_latest(
    here: Access, role: Role, quiet_s: float
) -> None:
    assert (IDLE_S, LASTS_S) == (30 * 60, 12 * 3600)
    mine = here.session(here.add("one", role))
    here.t_s += quiet_s - 1
    assert here.ask("GET", "/api/me", **mine).status_code == 200, "which is no moving"
    here.t_s += 2
    assert here.ask("GET", "/api/me", **mine).status_code == 401
    mine = here.session(here.add("two", role))
    for _ in range(int(LASTS_S / 1200) - 1):
        here.t_s += 1200
        assert here.ask("POST", "/api/me/here", **mine).status_code == 204
    here.t_s += 1201
    assert here.ask("GET", "/api/me", **mine).status_code == 401


@pytest.mark.parametrize(
    "change",
    [{"disabled": True}, {"role": "partner"}, {"district": "320115"}, {"password": "x"}],
    ids=str,
)
def test_whatever_changes_an_account_ends_its_sessions_and_tokens_at_once(
    here: Access, change: dict[str, str | bool]
) -> None:
    chen = here.add("chen", Role.COMMAND)
    mine = here.session(chen)
    script = {"Authorization": f"Bearer {here.door.give_token('chen', 86_400.0)}"}
    for headers in (mine, script):
        assert here.ask("GET", "/api/me", **headers).status_code == 200
    here.store.people.change("chen", by="li", t_s=here.t_s, **change)
    for headers in (mine, script):
        assert here.ask("GET", "/api/me", **headers).status_code == 401


def test_a_token_is_good_for_its_days_without_moving(here: Access) -> None:
    here.add("chen", Role.PARTNER)
    script = {"Authorization": f"Bearer {here.door.give_token('chen', 10 * 86_400.0)}"}
    here.t_s += 10 * 86_400.0 - 1
    assert here.ask("GET", "/api/incidents", **script).status_code == 200
    here.t_s += 2
    assert here.ask("GET", "/api/incidents", **script).status_code == 401


def test_an_open_stream_ends_before_the_next_heartbeat_when_its_reader_is_shut_out(
    here: Access, tmp_path: Path
) -> None:
    chen = here.add("chen", Role.COMMAND)
    entry = Entry(account=chen, token=here.door.let_in(chen), door=here.door)

    async def heard(*, stands: bool) -> list[str]:
        if not stands:
            here.store.people.change("chen", by="li", t_s=here.t_s, disabled=True)
        hello = Hello(t_s=0.0, last_n=0, resumed=False)
        reader = stream.Reader(
            record=MemoryRecord(tmp_path), stands=entry.stands, mine=lambda events: events
        )
        told = stream.messages(reader, Bell(), hello, 0, now_s=lambda: 0.0)
        names = [one.split(b"event: ")[1].split(b"\n")[0].decode() async for one in _first(told)]
        await told.aclose()
        return names

    assert asyncio.run(heard(stands=True)) == ["hello", "heartbeat"]
    assert asyncio.run(heard(stands=False)) == ["hello"]
    assert stream.HEARTBEAT_S < 5


async def _first(told):  # type: ignore[no-untyped-def]
    """The first two, fewer if it ends before."""
    for _ in range(2):
        message = await anext(told, None)
        if message is None:
            return
        yield message


def test_an_admin_sees_no_evidence_and_is_told_nothing_of_it(here: Access) -> None:
    mine = here.session(here.add("root", Role.ADMIN))
    paths = ("incidents", "incidents/x", "events", "stream", "blobs/" + "0" * 64, "inquiries")
    for path in paths:
        assert here.ask("GET", f"/api/{path}", **mine).status_code == 403, path
    assert ("root", "refused", "GET /api/incidents") in here.verbs()


def test_what_happens_at_the_door_is_in_the_ledger_and_no_password_is(here: Access) -> None:
    here.add("chen", Role.OPERATOR, name="陈明")
    secret = "correct horse battery staple"
    here.sign_in("chen", secret)
    here.sign_in(secret, "chen")
    token = here.sign_in("chen").cookies[COOKIE]
    new = {"old": PASSWORD, "new": secret}
    answer = here.ask("PUT", "/api/me/password", json=new, **session(token))
    assert answer.status_code == 204
    mine = session(answer.cookies[COOKIE])
    assert here.ask("GET", "/api/me", **session(token)).status_code == 401
    assert here.ask("GET", "/api/people", **mine).status_code in {403, 404}
    here.ask("DELETE", "/api/session", **mine)
    assert [verb for _, verb, about in here.verbs() if "account" in about] == [
        "account_added",
        "sign_in_failed",
        "sign_in_failed",
        "sign_in",
        "account_changed",
        "sign_in",
        "sign_out",
    ]
    told = " ".join(e.subject + e.body for e in here.store.ledger.entries())
    assert secret not in told
    assert PASSWORD not in told
    assert "argon2" not in told
    assert verify(here.store.engine, here.store.blobs, []).findings == ()


@pytest.mark.parametrize(
    ("new", "status"),
    [
        ("short", 422),
        ("password", 422),
        ("Password123", 422),
        ("aaaaaaaaaaaa", 422),
        ("一二三四五六七八", 204),
        ("only letters", 204),
        ("x" * 30 + " and " + "y" * 50, 204),
        ("z1" * 129, 422),
    ],
)
def test_length_counts_and_what_everybody_uses_is_refused(
    here: Access, new: str, status: int
) -> None:
    mine = here.session(here.add("chen", Role.OPERATOR))
    said = {"old": PASSWORD, "new": new}
    answer = here.ask("PUT", "/api/me/password", json=said, **mine)
    assert answer.status_code == status, answer.text


def test_a_login_that_is_none_and_a_disabled_one_are_answered_like_a_wrong_password(
    here: Access,
) -> None:
    here.add("chen", Role.OPERATOR)
    here.add("li", Role.OPERATOR)
    here.store.people.change("li", by="chen", t_s=here.t_s, disabled=True)
    answers = [here.sign_in("chen", "wrong"), here.sign_in("nobody.here"), here.sign_in("li")]
    assert {one.status_code for one in answers} == {401}
    assert len({one.text for one in answers}) == 1
    assert answers[0].json()["code"] == "WrongPassword"


class Guesses:
    """Ten thousand wrong passwords in ten minutes for a hundred people (ACCEPTANCE E5)."""

    def __init__(self, here: Access) -> None:
        self.looked_at: dict[str, int] = {}
        self.here = here
        self.door = StationDoor(
            here.store.people, here.store.ledger, now_s=lambda: here.t_s, matches=self.matches
        )
        self.people = [here.add(f"user{i:02d}", Role.OPERATOR) for i in range(100)]

    def matches(self, _kept: str, password: str) -> bool:
        login = password.removesuffix("!")
        self.looked_at[login] = self.looked_at.get(login, 0) + 1
        return password.endswith("!")

    def storm(self) -> None:
        for _ in range(100):
            self.here.t_s += 6.0
            for one in self.people:
                with pytest.raises((TooSoon, WrongPassword)):
                    self.door.sign_in(one.login, one.login)


def test_of_ten_thousand_guesses_few_are_looked_at_and_the_real_user_gets_in(here: Access) -> None:
    guesses = Guesses(here)
    known = guesses.door.let_in(guesses.people[0])
    here.t_s += LASTS_S + 1
    guesses.storm()
    assert max(guesses.looked_at.values()) <= 50
    assert len(guesses.looked_at) == 100
    bodies = [json.loads(e.body) for e in here.store.ledger.entries() if e.verb == "sign_in_failed"]
    waiting = sum(tries.unseen for tries in guesses.door._tries.values())
    assert len(bodies) == sum(guesses.looked_at.values())
    assert len(bodies) + sum(body["not_looked_at"] for body in bodies) + waiting == 10_000
    # In a browser that was in before, at once, however many others guess; elsewhere, after a wait.
    assert guesses.door.sign_in("user00", "user00!", known)
    with pytest.raises(TooSoon) as soon:
        guesses.door.sign_in("user01", "user01!")
    assert soon.value.wait_s <= 300.0
    here.t_s += soon.value.wait_s
    assert guesses.door.sign_in("user01", "user01!")


def test_without_the_growing_wait_every_guess_would_be_looked_at(
    here: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant."""
    monkeypatch.setattr("plumeline.web.door.wait_s", lambda failed: 0.0)
    guesses = Guesses(here)
    guesses.people = guesses.people[:1]
    guesses.storm()
    assert guesses.looked_at["user00"] > 50


def test_the_wait_begins_with_the_fifth_wrong_password_doubles_and_stops_growing() -> None:
    assert [wait_s(n) for n in (1, 4, 5, 6, 7, 13, 14, 1000)] == [0, 0, 1, 2, 4, 256, 300, 300]


def test_a_strangers_guesses_do_not_make_a_known_browser_wait_nor_its_guesses_a_stranger(
    here: Access,
) -> None:
    chen = here.add("chen", Role.OPERATOR)
    known = session(here.door.let_in(chen))
    for _ in range(6):
        here.sign_in("chen", "wrong")
    assert here.sign_in("chen").status_code == 429
    assert here.sign_in("chen", **known).status_code == 204
    forged = session("A" * 22)
    assert here.sign_in("chen", **forged).status_code == 429, "that was never anybody's"
    here.t_s += KEPT_S
    assert here.sign_in("chen").status_code == 204


def test_the_gate_asks_for_the_role_before_it_looks_at_anything_else(here: Access) -> None:
    @here.app.get("/api/probe/{number}")
    @may(SIGNED_IN - {Role.PARTNER})
    def probe(number: int) -> int:
        return number

    mine = here.session(here.add("chen", Role.PARTNER))
    assert here.ask("GET", "/api/probe/abc").status_code == 401
    assert here.ask("GET", "/api/probe/abc", **mine).status_code == 403
    assert (
        here.ask("GET", "/api/probe/1", **mine).text == here.ask("GET", "/api/probe/2", **mine).text
    )


def test_a_page_leads_to_signing_in_and_back_again(here: Access) -> None:
    answer = here.client.ask(
        "GET", httpx.URL("http://station/openapi.json?a=1"), headers={"Cookie": "none=1"}
    )
    assert answer.headers["location"] == "/login?to=%2Fopenapi.json%3Fa%3D1"


def test_the_name_in_the_record_is_one_persons_for_ever(here: Access) -> None:
    here.add("chen", Role.OPERATOR, name="陈明")
    for login, name in (("chen", "陈大明"), ("chen2", "陈明"), ("x", "y"), ("li", "system"),
                        ("li", "nobody"), ("li", "a\nb"), ("l i", "li"), ("Li", "li")):  # fmt: skip
        with pytest.raises(Exception, match=r"another account|not the name|the login"):
            here.add(login, Role.OPERATOR, name=name)
    assert [one.login for one in here.store.people.accounts()] == ["chen"]


def test_the_last_admin_stays(here: Access) -> None:
    here.add("root", Role.ADMIN)
    for change in ({"disabled": True}, {"role": "auditor"}):
        with pytest.raises(Exception, match="last admin"):
            here.store.people.change("root", by="x", t_s=here.t_s, **change)
    here.add("other", Role.ADMIN)
    here.store.people.change("root", by="x", t_s=here.t_s, disabled=True)
