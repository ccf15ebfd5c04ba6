"""A city at the scale of the source article, out of one seed: every count is exact.

    python -m tools.make_city FOLDER            # the whole city, some minutes
    python -m tools.make_city FOLDER --scale 0.01
    plumeline run --config FOLDER/plumeline.toml

Twelve districts with 101 one-stop stations and 2,093 staff; since New Year 1,069,000 visits, of
them 27,000 inspections; 509,000 hazards, of them 8,900 listed; 3,600 cases. Liuhe has 9 stations
with 158 staff, 51 of them party members. Names, places and days are invented.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from casework.days import start_s
from casework.figures import CHECKLIST
from casework.words import (
    Finding,
    Level,
    Method,
    Org,
    OrgKind,
    Outcome,
    Person,
    Place,
    PlaceClass,
    Result,
    Source,
    Visit,
)
from store.store import Store, open_store

CITY = "320100"
DISTRICTS: tuple[tuple[str, str, str, int], ...] = (
    ("320102", "玄武区", "Xuanwu", 7),
    ("320104", "秦淮区", "Qinhuai", 12),
    ("320105", "建邺区", "Jianye", 6),
    ("320106", "鼓楼区", "Gulou", 13),
    ("320111", "浦口区", "Pukou", 6),
    ("320113", "栖霞区", "Qixia", 9),
    ("320114", "雨花台区", "Yuhuatai", 7),
    ("320115", "江宁区", "Jiangning", 10),
    ("320116", "六合区", "Liuhe", 9),
    ("320117", "溧水区", "Lishui", 8),
    ("320118", "高淳区", "Gaochun", 8),
    ("320161", "江北新区", "Jiangbei", 6),
)
"""Code, names, stations: 101 of them."""
LIUHE, LIUHE_STAFF, LIUHE_MEMBERS = "320116", 158, 51
FIRST, DAYS = date(2026, 1, 1), 166
"""From New Year to 15 June."""
KINDS = ("blocked_exit", "overload", "no_extinguisher", "storage", "hot_work", "gas", "ebike")
CLASSES = (*PlaceClass, PlaceClass.SMALL_PLACE, PlaceClass.SMALL_PLACE, None)
LATE_DAYS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything."""

    staff: int = 2_093
    places: int = 60_000
    visits: int = 1_069_000
    inspections: int = 27_000
    findings: int = 509_000
    listed: int = 8_900
    cases: int = 3_600
    late_every: int = 500
    """Every so many-th visit was reported late."""

    def scaled(self, scale: float) -> Size:
        """A smaller city; orgs and staff stay."""
        return Size(
            places=max(round(self.places * scale), 200),
            visits=round(self.visits * scale),
            inspections=round(self.inspections * scale),
            findings=round(self.findings * scale),
            listed=round(self.listed * scale),
            cases=round(self.cases * scale),
        )


def orgs() -> Iterator[Org]:
    """The tree: city, districts, stations."""
    yield Org(org_id=CITY, kind=OrgKind.CITY, parent_id=None, name_zh="南京市", name_en="Nanjing")
    number = 0
    for code, name_zh, name_en, stations in DISTRICTS:
        yield Org(
            org_id=code,
            kind=OrgKind.DISTRICT,
            parent_id=CITY,
            name_zh=name_zh,
            name_en=name_en,
        )
        for i in range(1, stations + 1):
            done = len(CHECKLIST) - number % 3
            number += 1
            yield Org(
                org_id=f"{code}-{i:02d}",
                kind=OrgKind.STATION,
                parent_id=code,
                name_zh=f"{name_zh}第{i}一体化工作站",
                name_en=f"{name_en} station {i}",
                build=tuple(CHECKLIST)[:done],
            )


def stations() -> list[str]:
    """The ids of the stations."""
    return [org.org_id for org in orgs() if org.kind is OrgKind.STATION]


def people(size: Size) -> Iterator[Person]:
    """The staff, spread evenly inside Liuhe and outside of it."""
    liuhe = [one for one in stations() if one.startswith(LIUHE)]
    others = [one for one in stations() if not one.startswith(LIUHE)]
    counts = ((liuhe, LIUHE_STAFF, LIUHE_MEMBERS), (others, size.staff - LIUHE_STAFF, 640))
    for homes, count, members in counts:
        for i in range(count):
            yield Person(
                person_id=f"{homes[i % len(homes)]}-{i // len(homes) + 1:02d}",
                org_id=homes[i % len(homes)],
                name=f"{'王李张刘陈杨黄赵吴周'[i % 10]}{'伟芳娜敏静丽强磊军洋'[i // 10 % 10]}",
                party_member=i < members,
            )


def places(size: Size) -> Iterator[Place]:
    """Premises of the four classes and a few that no register has classified."""
    homes = stations()
    names = {code: name for code, name, *_ in DISTRICTS}
    for i in range(size.places):
        org_id = homes[i % len(homes)]
        cls = CLASSES[i // len(homes) % len(CLASSES)] if i % 50 else None
        yield Place(
            place_id=f"{org_id}-p{i // len(homes):05d}",
            cls=cls,
            risk=1 + i % 4,
            name=f"{names[org_id[:6]]}场所{i}",
            org_id=org_id,
            district=names[org_id[:6]],
            lat_deg=31.5 + (i * 7919 % 10_000) / 10_000,
            lon_deg=118.4 + (i * 104_729 % 10_000) / 12_000,
        )


def visits(size: Size, seed: int, where: list[Place], who: dict[str, list[str]]) -> Iterator[Visit]:
    """Every ``late_every``-th was reported late; the first ones are the inspections."""
    chance = random.Random(seed)
    for i in range(size.visits):
        place = where[chance.randrange(len(where))]
        assert place.org_id is not None
        staff = who[place.org_id]
        day = FIRST + timedelta(days=i * DAYS // size.visits)
        t0_s = start_s(day) + 8 * 3600 + chance.randrange(9 * 3600)
        t1_s = t0_s + 300 + chance.randrange(1500)
        late = i % size.late_every == 0
        yield Visit(
            key=f"city/v{i}",
            place_id=place.place_id,
            org_id=place.org_id,
            person_id=staff[chance.randrange(len(staff))],
            method=_method(i, size),
            t0_s=t0_s,
            t1_s=t1_s,
            result=Result.ANOMALY if chance.random() < 0.3 else Result.NORMAL,
            cls=place.cls,
            ref=f"JC-{i:07d}" if _method(i, size) is Method.INSPECTION else "",
            t_reported_s=t1_s + (LATE_DAYS * 86_400 if late else 3600),
        )


def _method(i: int, size: Size) -> Method:
    """Inspections spread evenly over the visits, exactly as many as there are."""
    if (i + 1) * size.inspections // size.visits > i * size.inspections // size.visits:
        return Method.INSPECTION
    return (Method.WALK_IN, Method.WALK_IN, Method.GRID, Method.DRONE)[i % 4]


def findings(
    size: Size, seed: int, where: list[Place], who: dict[str, list[str]]
) -> Iterator[Finding]:
    """Hazards: nearly all gone by now, some listed, some with a case."""
    chance = random.Random(seed + 1)
    for i in range(size.findings):
        place = where[chance.randrange(len(where))]
        assert place.org_id is not None
        staff = who[place.org_id]
        day = FIRST + timedelta(days=i * DAYS // size.findings)
        t_found_s = start_s(day) + 8 * 3600 + chance.randrange(9 * 3600)
        listed = _spread(i, size.listed, size.findings)
        case = _spread(i, size.cases, size.findings)
        gone = day + timedelta(days=3 + chance.randrange(40 if listed else 12))
        last = FIRST + timedelta(days=DAYS - 1)
        yield Finding(
            key=f"city/h{i}",
            org_id=place.org_id,
            source=(Source.INSPECTOR, Source.GRID, Source.GRID, Source.DRONE)[i % 4],
            kind=KINDS[i % len(KINDS)],
            level=Level.MAJOR if listed else Level.GENERAL,
            t_found_s=t_found_s,
            t_reported_s=t_found_s + 1800,
            place_id=place.place_id,
            cls=place.cls,
            person_id=staff[chance.randrange(len(staff))],
            lead=place.org_id,
            outcome=Outcome(
                listed=min(day + timedelta(days=2), last) if listed else None,
                delisted=gone if listed and gone <= last else None,
                rectified=gone if gone <= last else None,
                case_no=f"宁应急立〔2026〕{i:06d}" if case else None,
                case_filed=min(day + timedelta(days=1), last) if case else None,
            ),
        )


def _spread(i: int, count: int, of: int) -> bool:
    return (i + 1) * count // of > i * count // of


def make_city(store: Store, *, scale: float = 1.0, seed: int = 181) -> dict[str, float]:
    """Fill a record; returns how many seconds each part took."""
    size = Size() if scale == 1.0 else Size().scaled(scale)
    by = {"t_s": start_s(FIRST + timedelta(days=DAYS)), "actor": "make_city"}
    where, staff = list(places(size)), list(people(size))
    who: dict[str, list[str]] = {}
    for person in staff:
        who.setdefault(person.org_id, []).append(person.person_id)
    took: dict[str, float] = {}
    for name, fill in (
        ("orgs", lambda: store.casework.put_orgs(list(orgs()), **by)),
        ("people", lambda: store.casework.put_people(staff, **by)),
        ("places", lambda: store.casework.put_places(where, **by)),
        ("visits", lambda: store.casework.add_visits(visits(size, seed, where, who), **by)),
        ("findings", lambda: store.casework.add_findings(findings(size, seed, where, who), **by)),
    ):
        started_s = time.perf_counter()
        fill()
        took[name] = time.perf_counter() - started_s
    return took


def open_it(folder: Path) -> str:
    """Write the configuration of a station that is one of the city's; how to open it."""
    config = folder / "plumeline.toml"
    said = f'[data]\nfolder = "{folder}"\n[casework]\nstation = "{stations()[0]}"\n'
    config.write_text(said, "utf-8")
    return (
        f"open it: plumeline user add chief --role command --config {config}\n"
        f"         plumeline run --config {config}"
    )


def main() -> None:
    """Make the city in a folder and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=181)
    wanted = parser.parse_args()
    store = open_store(wanted.folder)
    took = make_city(store, scale=wanted.scale, seed=wanted.seed)
    store.close()
    for name, seconds in took.items():
        print(f"{name:10} {seconds:8.1f} s")
    print(f"{'together':10} {sum(took.values()):8.1f} s")
    print(open_it(wanted.folder.resolve()))


if __name__ == "__main__":
    main()
