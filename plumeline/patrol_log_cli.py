"""``plumeline patrol-log``: what flights saw, premises by premises."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from casework.patrol import PatrolFlight
from casework.patrol_plan import Proposed, proposal
from casework.words import Result, Visit
from plumeline.casework import settle
from plumeline.config import Config, load_config
from plumeline.coverage import NoSuchPatrol
from plumeline.flights import FLIGHT_FILE, load_flight, sample_names
from plumeline.judges import Judges, make_placer
from plumeline.patrol_log import PatrolLogger
from plumeline.replay import analysed, recorded, with_sample_premises
from store.analysis import RunKind
from store.evidence import UnknownFlight
from store.patrols import flight_ids
from store.store import Store, open_store
from store.visits import SqlVisits

_STYLES = {
    Result.NORMAL: "[green]normal[/]",
    Result.ANOMALY: "[red]anomaly[/]",
    Result.NOT_OBSERVABLE: "[yellow]not observable[/]",
}
SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One flight of the log."""

    flight: PatrolFlight
    visits: Sequence[Visit]
    earlier: Sequence[Visit]
    """What was said before late data corrected it."""


def patrol_log(
    flight: Annotated[
        str | None,
        typer.Option(metavar="ID", help="One flight: device.boot, or a recorded one's folder."),
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A TOML file.")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The record's folder.")] = None,
    next_: Annotated[
        bool, typer.Option("--next", help="What should be flown next, re-flies first.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")] = False,
) -> None:
    """Tell the patrol log: which flights there were; of one, time and result at each premises.

    A flight that is not in the log yet is worked out now. What was planned and not seen is a gap;
    "not observable" never means that nothing was there. Exit code 1 if nothing was seen.
    """
    settings = load_config(config, data)
    if next_:
        _tell_next(settings, as_json)
    if flight is None:
        with _opened(settings) as store:
            flights = store.patrol_log.flights(0.0, 1e11, SHOWN)
        if as_json:
            print(msgspec.json.encode(flights).decode())  # noqa: T201 - this is the output
        else:
            _show_flights(Console(), flights, settings.zone())
        raise typer.Exit(0 if flights else 1)
    told = _of_folder(flight, settings) if _is_folder(flight) else _of_record(flight, settings)
    if as_json:
        print(msgspec.json.encode(told).decode())  # noqa: T201 - this is the output
    else:
        _show(Console(), told, settings.zone())
    raise typer.Exit(0 if told.flight.seen else 1)


def _tell_next(config: Config, as_json: bool) -> NoReturn:
    """What should be flown next. Exit code 1 where there is nothing."""
    with _opened(config) as store:
        proposed = proposal(
            store.casework.places(),
            SqlVisits(store.engine).last_seen_s(),
            now_s=time.time(),
            intervals_days=config.casework.unseen_days,
            reflights=store.reflights.open(),
        )[:SHOWN]
    if as_json:
        print(msgspec.json.encode(proposed).decode())  # noqa: T201 - this is the output
    else:
        _show_proposed(Console(), proposed, config.zone())
    raise typer.Exit(0 if proposed else 1)


def _is_folder(name: str) -> bool:
    return name in sample_names() or (Path(name) / FLIGHT_FILE).is_file()


def _of_folder(name: str, config: Config) -> Logged:
    """A recorded flight, analysed in a record of its own."""
    config = with_sample_premises(config)
    judges = Judges.of(config)
    with recorded(load_flight(name)) as store:
        analysed(store, judges, kind=RunKind.LIVE)
        return _answered(store, config, flight_ids(store.engine)[-1])


def _of_record(name: str, config: Config) -> Logged:
    """A flight of the station's record.

    Raises:
        NoSuchPatrol: there is none of this name.
    """
    with _opened(config) as store:
        if store.patrol_log.flight(name) is not None:
            return _told(store, name)
        return _answered(store, config, name)


def _answered(store: Store, config: Config, flight_id: str) -> Logged:
    placer = make_placer(config)
    settle(
        store.casework,
        config.casework,
        placer.premises or (),
        name_zh=config.station.name_zh,
        name_en=config.station.name_en,
        t_s=time.time(),
    )
    logger = PatrolLogger(store, placer, org_id=config.casework.station, now_s=time.time)
    try:
        logger.answer(flight_id)
    except UnknownFlight as exc:
        raise NoSuchPatrol(flight_id, flight_ids(store.engine)) from exc
    return _told(store, flight_id)


def _told(store: Store, flight_id: str) -> Logged:
    flight = store.patrol_log.flight(flight_id)
    assert flight is not None, "it has just been answered"
    return Logged(
        flight=flight,
        visits=store.casework.visits_of_ref(flight_id),
        earlier=store.patrol_log.earlier(flight_id),
    )


@contextmanager
def _opened(config: Config) -> Iterator[Store]:
    store = open_store(Path(config.data.folder), config.data.database)
    try:
        yield store
    finally:
        store.close()


def _show_flights(console: Console, flights: Sequence[PatrolFlight], zone: tzinfo) -> None:
    table = Table("flight", "from", "minutes", "seen", "anomalies", "not observable", "route", "")
    for one in flights:
        table.add_row(
            escape(one.flight_id),
            _clock(one.t0_s, zone),
            f"{(one.t1_s - one.t0_s) / 60:.1f}",
            *(str(count) for count in (one.seen, one.anomalies, one.not_observable)),
            "" if one.route_flown is None else f"{one.route_flown:.0%}",
            "revised" if one.revision else "",
        )
    console.print(table)


def _show_proposed(console: Console, proposed: Sequence[Proposed], zone: tzinfo) -> None:
    table = Table("premises", "class", "risk", "last seen", "urgency", "why")
    for one in proposed:
        asked = [
            f"re-fly for {it.key} ({it.kind}), asked by {it.asked_by}, due {it.due} {it.reason}"
            for it in one.reflights
        ]
        table.add_row(
            escape(one.place_id or one.name),
            one.cls or "",
            "" if one.risk is None else str(one.risk),
            "never" if one.last_seen_s is None else _clock(one.last_seen_s, zone),
            "" if one.urgency is None else f"{one.urgency:.1f}",
            escape("; ".join(asked).strip()),
        )
    console.print(table)


def _show(console: Console, told: Logged, zone: tzinfo) -> None:
    flight = told.flight
    console.print(
        f"{escape(flight.flight_id)}: {_clock(flight.t0_s, zone)} to {_clock(flight.t1_s, zone)},"
        f" {flight.usable} of {flight.pictures} pictures count"
    )
    table = Table("premises", "class", "from", "seconds", "result", "why", "seen", "closest", "")
    for one in told.visits:
        table.add_row(
            escape(one.place_id),
            one.cls or "",
            _clock(one.t0_s, zone)[-8:],
            f"{one.t1_s - one.t0_s:.0f}",
            _STYLES[one.result],
            escape(one.reason.replace("_", " ")),
            "" if one.seen_share is None else f"{one.seen_share:.1%}",
            "" if one.slant_m is None else f"{one.slant_m:.0f} m",
            "revised" if one.revises else "",
        )
    console.print(table)


def _clock(t_s: float, zone: tzinfo) -> str:
    return datetime.fromtimestamp(t_s, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
