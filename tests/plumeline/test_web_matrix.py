"""Every route for every role, in its own district and in another: as declared, nothing leaks."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import pytest

from alerts.events import Event
from plumeline.config import Config
from plumeline.districts import Districts
from plumeline.sections import DataSection, DeviceSection, StationSection
from plumeline.web.may import ANYBODY, Declared, Rule, declared
from plumeline.web.projection import Incidents
from store.people import ALL, Account, Role
from tests.plumeline.access_scene import Access, access
from tests.plumeline.web_duty import alarm, tell
from tests.plumeline.web_scene import MARKET, T0_S, WAREHOUSE, picture

OURS, THEIRS = "320115", "320104"
PLOTS = (("P-1", OURS, 118.842), ("P-2", THEIRS, 118.846))
REGISTER = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"id": name, "name": name, "category": "c", "district": district},
            "geometry": {"type": "Point", "coordinates": [lon_deg, 31.951]},
        }
        for name, district, lon_deg in PLOTS
    ],
}
PLACES = {"own": OURS, "other": THEIRS, "all": ALL}


@dataclass(frozen=True, kw_only=True)
class City:
    here: Access
    accounts: dict[tuple[Role, str], dict[str, str]]
    """The headers of one of each role in each district."""
    sha256: str
    """Of a picture taken around our incident alone."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Ours has "ours", the other district "theirs"; both have "border"; nobody's is "nowhere"."""
    folder = tmp_path_factory.mktemp("city")
    register = folder / "register.geojson"
    register.write_text(json.dumps(REGISTER), "utf-8")
    config = Config(
        data=DataSection(folder=str(folder)),
        station=StationSection(premises=str(register)),
        devices={"UAV-12": DeviceSection(district=THEIRS)},
    )
    with access(folder, config) as here:
        jpeg = picture()
        sha256 = hashlib.sha256(jpeg).hexdigest()
        here.store.blobs.put([(sha256, jpeg)])
        tell(here.store, T0_S, *alarms(sha256))
        accounts = {
            (role, place): here.session(here.add(f"{role}.{place}", role, district))
            for role, (place, district) in product(Role, PLACES.items())
        }
        yield City(here=here, accounts=accounts, sha256=sha256)


def alarms(sha256: str) -> list[Event]:
    return [
        alarm("ours", 10, sha256, premises=(WAREHOUSE,)),
        alarm("theirs", 50, "a" * 64, premises=(MARKET,)),
        alarm("border", 70, "b" * 64, premises=(WAREHOUSE, replace(MARKET, probability=0.02))),
        alarm("nowhere", 90, "c" * 64, premises=()),
    ]


def cells(city: City) -> list[tuple[Declared, Role | None, str]]:
    roles = [(None, "all"), *product(Role, PLACES)]
    return [(one, role, place) for one in declared(city.here.app.routes) for role, place in roles]


def path_of(one: Declared, login: str) -> str:
    """With something in each slot that is nowhere; a partner asks about itself."""
    path = one.path.replace("{sha256}", "f" * 64).replace(":path", "")
    return path.replace("{z}/{x}/{y}", "1/0/0").format_map(Nowhere(partner=login))


class Nowhere(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "none-such"


def test_every_route_admits_whom_it_declares_and_nobody_else(city: City) -> None:
    checked = 0
    for one, role, place in cells(city):
        if one.path in {"/api/stream", "/api/session", "/api/me/password"} and role is not None:
            continue  # the first never ends; the others end the sessions that are used here
        headers = {} if role is None else city.accounts[role, place]
        assert one.rule is not None, one
        status = city.here.ask(one.method, path_of(one, f"{role}.{place}"), **headers).status_code
        where = f"{one.method} {one.path} for {role} of {place}: {status}"
        if role is None:
            assert (status in {401, 303}) == (None not in one.rule.who) or status == 401, where
        else:
            district = PLACES[place]
            account = Account(login="x", name="x", role=role, district=district)
            refused = None not in one.rule.who and not one.rule.admits(account)
            refused |= one.path == "/" and role is Role.ADMIN and district != ALL  # no page at all
            assert (status == 403) == refused, where
            assert status != 401 or one.path == "/api/session", where
        checked += 1
    assert checked >= 600


def ids(city: City, role: Role, place: str) -> set[str]:
    told = city.here.ask("GET", "/api/incidents", **city.accounts[role, place]).json()
    assert told["total"] == len(told["incidents"])
    return {one["incident"]["incident_id"] for one in told["incidents"]}


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
def test_a_district_sees_its_incidents_and_a_fire_on_the_border_is_seen_on_both_sides(
    city: City, role: Role
) -> None:
    assert ids(city, role, "own") == {"ours", "border"}
    assert ids(city, role, "other") == {"theirs", "border"}
    assert ids(city, role, "all") == {"ours", "theirs", "border", "nowhere"}


OBJECTS = ("", "/track", "/pictures", "/clock", "/sheet", "/sheet.html", "/sheet.pdf")


@pytest.mark.parametrize("rest", OBJECTS)
def test_what_is_another_districts_is_answered_like_what_is_nowhere(city: City, rest: str) -> None:
    mine = city.accounts[Role.COMMAND, "own"]
    answers = [
        city.here.ask("GET", f"/api/incidents/{name}{rest}", **mine)
        for name in ("theirs", "nowhere", "never-was")
    ]
    assert {one.status_code for one in answers} == {404}
    names = ("theirs", "nowhere", "never-was")
    texts = {a.text.replace(name, "X") for a, name in zip(answers, names, strict=True)}
    assert len(texts) == 1
    assert city.here.ask("GET", f"/api/incidents/border{rest}", **mine).status_code == 200


def test_nobody_acts_on_another_districts_incident_nor_merges_into_it(city: City) -> None:
    mine = city.accounts[Role.COMMAND, "own"]
    path = "/api/incidents/{}/acts"
    body = {"verb": "acknowledge"}
    answer = city.here.ask("POST", path.format("theirs"), json=body, **mine)
    assert (answer.status_code, answer.json()["error"]) == (404, "no incident theirs")
    merge = {"verb": "merge", "to": "theirs"}
    answer = city.here.ask("POST", path.format("ours"), json=merge, **mine)
    assert (answer.status_code, "no incident theirs" in answer.text) == (409, True)
    told = city.here.store.reader.events_of("theirs", 10)
    assert len(told) == 1


def test_events_and_pictures_are_scoped_too(city: City) -> None:
    for place, seen in (("own", ["ours", "border"]), ("other", ["theirs", "border"])):
        mine = city.accounts[Role.AUDITOR, place]
        told = city.here.ask("GET", "/api/events?limit=1000", **mine).json()
        assert [one["event"]["incident_id"] for one in told] == seen
        assert len(city.here.ask("GET", "/api/events?limit=1", **mine).json()) == 1
    incidents = Incidents(Taken(city), Districts(premises={"P-1": OURS, "P-2": THEIRS}))
    for place, may_see in (("own", True), ("other", False), ("all", True)):
        account = Account(login="x", name="x", role=Role.PARTNER, district=PLACES[place])
        assert incidents.shows(account, city.sha256) is may_see, place
        blob = f"/api/blobs/{city.sha256}"
        answer = city.here.ask("GET", blob, **city.accounts[Role.PARTNER, place])
        assert answer.status_code == (200 if place == "all" else 404), "it is no frame of a flight"


class Taken:
    """The record, and that the picture was taken by the drone when it says so."""

    def __init__(self, city: City) -> None:
        self._city = city

    def when_taken(self, sha256: str) -> list[tuple[str, float]]:
        return [("UAV-07", T0_S + 10)] if sha256 == self._city.sha256 else []

    def __getattr__(self, name: str) -> object:
        return getattr(self._city.here.store.reader, name)


def test_a_map_shows_a_district_its_own_premises(city: City) -> None:
    for place, expected in (("own", {"P-1"}), ("other", {"P-2"}), ("all", {"P-1", "P-2"})):
        told = city.here.ask("GET", "/api/map", **city.accounts[Role.OPERATOR, place]).json()
        assert {one["properties"]["id"] for one in told["shapes"]["features"]} == expected


def test_random_names_of_anything_find_nothing_of_another_district(city: City) -> None:
    """ACCEPTANCE E2, in the process: names that were tried are as good as names that are."""
    mine = city.accounts[Role.PARTNER, "own"]
    dice = random.Random(7)
    foreign = ("theirs", "nowhere", "a" * 64, "c" * 64)
    for i in range(200):
        name = foreign[i % 4] if i % 2 else dice.randbytes(32).hex()
        path = f"/api/blobs/{name}" if len(name) == 64 else f"/api/incidents/{name}"
        answer = city.here.ask("GET", path, **mine)
        assert answer.status_code == 404, path


def test_without_the_district_everything_would_be_seen(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: an object looked up without asking whose it is."""
    monkeypatch.setattr(Incidents, "of", lambda self, me: self.now())
    mine = city.accounts[Role.PARTNER, "own"]
    assert city.here.ask("GET", "/api/incidents/theirs", **mine).status_code == 200


def test_a_route_that_is_not_for_districts_is_closed_to_them(city: City) -> None:
    rule = Rule(who=ANYBODY)
    chen = Account(login="chen", name="chen", role=Role.COMMAND, district=OURS)
    assert not rule.admits(chen)
    assert replace(rule, scoped=True).admits(chen)
    assert rule.admits(replace(chen, district=ALL))
