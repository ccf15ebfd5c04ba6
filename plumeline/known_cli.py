"""``plumeline known``: the places that dismissals made known, and how to forget one."""

from __future__ import annotations

import sys
import time
from datetime import datetime

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from alerts.incident import fold
from alerts.lifecycle import Verb
from plumeline.act_cli import (
    ByOption,
    ConfigOption,
    DataOption,
    JsonOption,
    SeatOption,
    TextOption,
    incident,
    opened,
)
from plumeline.config import load_config
from plumeline.known_places import known_places

known_app = typer.Typer(
    no_args_is_help=True,
    help="Places that are known for what was dismissed there: alarms like it ring no more.",
)


@known_app.command(name="list")
def list_(
    config: ConfigOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Show them, the newest first, with their author and end. Exit code 1 if there is none."""
    settings = load_config(config, data)
    with opened(settings) as store:
        told = store.reader.events_after(0, sys.maxsize)
    places = known_places(fold(one.event for one in told).values(), time.time())
    if as_json:
        typer.echo(msgspec.json.encode(places).decode())
    else:
        table = Table(*(Column(name, no_wrap=True) for name in ("incident", "reason")))
        for name in ("rings not for", "around", "by", "until", "explained"):
            table.add_column(name)
        for place in places:
            area = place.area
            until = datetime.fromtimestamp(area.until_s, settings.zone())
            table.add_row(
                place.incident_id,
                place.reason,
                ", ".join(area.labels),
                f"{area.lat_deg:.5f} {area.lon_deg:.5f}, {area.radius_m:.0f} m",
                escape(place.dismissed.actor),
                f"{until:%Y-%m-%d %H:%M}" + ("" if place.in_force else " (over)"),
                str(place.explained),
            )
        Console().print(table)
    raise typer.Exit(0 if places else 1)


@known_app.command()
def revoke(
    incident_id: str = typer.Argument(metavar="ID", help="Of the dismissed incident, as listed."),
    *,
    by: ByOption,
    seat: SeatOption = "",
    text: TextOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget a place: the next alarm there rings. Exit code 1 if there is no such place."""
    incident(
        incident_id,
        Verb.FORGET,
        by,
        seat=seat,
        text=text,
        config=config,
        data=data,
        as_json=as_json,
    )
