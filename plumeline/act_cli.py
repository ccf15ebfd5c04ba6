"""``plumeline incident`` and ``plumeline ask``: what people do, from the command line."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console
from rich.markup import escape

from alerts.acts import Request, events_for
from alerts.errors import ActRefused
from alerts.incident import Incident, fold
from alerts.inquiry import Inquiry, Verdict
from alerts.inquiry_words import answer_in_words
from alerts.lifecycle import Reason, Verb
from alerts.severity import severity
from alerts.words import headline
from plumeline.config import Config, load_config
from plumeline.inquirer import Inquirer, NoSuchPremises
from plumeline.judges import make_placer
from store.errors import UnknownIncident
from store.inquiries import SqlInquiries
from store.response import SqlResponse
from store.store import Store, open_store

out, err = Console(), Console(stderr=True)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="A TOML file; ./plumeline.toml if there is one."),
]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="The record's folder, instead of the configured one.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")]
ByOption = Annotated[str, typer.Option("--by", help="The name of the person.")]
SeatOption = Annotated[str, typer.Option(help="The department's seat that person sits at.")]
TextOption = Annotated[str, typer.Option(help="In the person's own words.")]


def incident(  # noqa: PLR0917 - its options
    incident_id: Annotated[str, typer.Argument(metavar="ID", help="As `incidents` lists it.")],
    verb: Annotated[Verb, typer.Argument(help="What is done; confirming hands over too.")],
    by: ByOption,
    seat: SeatOption = "",
    reason: Annotated[Reason | None, typer.Option(help="Of a dismissal.")] = None,
    to: Annotated[
        str, typer.Option(help="Whom it is handed to (119), or the incident it is merged into.")
    ] = "",
    known_hours: Annotated[
        float | None,
        typer.Option(min=0, help="Of a dismissal: how long its place is known; 0 for not at all."),
    ] = None,
    text: TextOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Act on an incident: acknowledge, confirm, dismiss, resolve, ... docs/lifecycle.md has it all.

    Exit code 1 if it is refused, with the reason; then nothing was changed.
    """
    request = Request(
        verb=verb,
        actor=by,
        seat=seat,
        reason=reason,
        text=text,
        to=to,
        known_hours=known_hours,
    )
    with opened(load_config(config, data)) as store:

        def find(other_id: str) -> Incident | None:
            told = store.reader.events_of(other_id, sys.maxsize)
            return fold(numbered.event for numbered in told).get(other_id)

        t_s = time.time()
        try:
            store.acts.act(incident_id, lambda one: events_for(request, one, t_s, find), t_s)
            standing = store.acts.incident(incident_id)
        except (ActRefused, UnknownIncident) as exc:
            err.print(f"[bold red]refused:[/] {escape(str(exc))}", soft_wrap=True)
            raise typer.Exit(1) from exc
    if as_json:
        typer.echo(msgspec.json.encode(standing).decode())
        return
    handling = standing.handling
    merged = f", merged into {handling.merged_into}" if handling.merged_into else ""
    out.print(
        f"{incident_id} is [bold]{handling.state}[/]{merged}, with {escape(handling.owner)}, "
        f"severity {severity(standing).name.lower()}: {escape(headline(standing, 'en'))}",
        soft_wrap=True,
    )


def ask(  # noqa: PLR0917 - its options
    place: Annotated[
        list[str],
        typer.Argument(
            metavar="LAT LON | PREMISES_ID",
            help="WGS84 degrees, or premises of the register; put -- before a negative latitude.",
        ),
    ],
    by: ByOption,
    seat: SeatOption = "",
    text: TextOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask whether there is a fire at a place, and where. The question and its answer are kept.

    Exit code 1 if nothing is seen there, or if the place cannot be seen.
    """
    point = _point(place)
    settings = load_config(config, data)
    with opened(settings) as store:
        incidents = fold(told.event for told in store.reader.events_after(0, sys.maxsize))
        inquirer = Inquirer(
            SqlInquiries(store.engine),
            SqlResponse(store.engine),
            make_placer(settings),
            lambda: incidents,
            now_s=time.time,
        )
        try:
            if point is None:
                inquiry = inquirer.ask_of(place[0], actor=by, seat=seat, text=text)
            else:
                inquiry = inquirer.ask_at(*point, actor=by, seat=seat, text=text)
        except NoSuchPremises as exc:
            raise typer.BadParameter(str(exc)) from exc
    if as_json:
        typer.echo(msgspec.json.encode(inquiry).decode())
    else:
        _show(inquiry, incidents, ZoneInfo(settings.station.time_zone))
    raise typer.Exit(0 if inquiry.answer.verdict is Verdict.SEEN else 1)


def _point(place: list[str]) -> tuple[float, float] | None:
    """Latitude and longitude, None where it is the id of premises."""
    if len(place) == 1:
        return None
    try:
        lat_deg, lon_deg = (float(text) for text in place)
    except ValueError as exc:
        reason = f"{' '.join(place)} is neither a latitude and a longitude nor a premises id"
        raise typer.BadParameter(reason) from exc
    if not (abs(lat_deg) <= 90 and abs(lon_deg) <= 180):
        reason = f"{lat_deg} {lon_deg} is not on Earth: latitude first, then longitude"
        raise typer.BadParameter(reason)
    return lat_deg, lon_deg


def _show(inquiry: Inquiry, incidents: dict[str, Incident], zone: ZoneInfo) -> None:
    answer = inquiry.answer
    name = answer.position.incident_id if answer.position else ""
    for language in ("zh", "en"):
        words = answer_in_words(answer, incidents.get(name), zone, language)
        out.print(escape(words), soft_wrap=True, highlight=False)
    for near in answer.incidents:
        out.print(f"incident {near.incident_id}: {near.state}, {near.distance_m:.0f} m away")
    for drone in answer.drones:
        sees = "sees it" if drone.sees else f"came within {drone.nearest_m:.0f} m"
        out.print(f"drone {escape(drone.device_id)}: {sees}, now {drone.distance_m:.0f} m away")
    for picture in answer.pictures[:3]:
        out.print(f"picture {picture.sha256} of {escape(picture.device_id)}", soft_wrap=True)
    out.print(f"kept as {inquiry.inquiry_id}")


@contextmanager
def opened(settings: Config) -> Iterator[Store]:
    """The record, while it is needed."""
    store = open_store(Path(settings.data.folder), settings.data.database)
    try:
        yield store
    finally:
        store.close()
