"""``plumeline outbox``: what was told to partners, and what they would not take."""

from __future__ import annotations

import time
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from plumeline.config import load_config
from store.outbox import Delivery, Letter
from store.store import open_store

out, err = Console(), Console(stderr=True)


def outbox(  # noqa: PLR0917 - its options
    dead: Annotated[bool, typer.Option("--dead", help="Dead letters alone.")] = False,
    incident: Annotated[str | None, typer.Option(help="About this incident alone.")] = None,
    again: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Send this dead letter again.")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Who asks for that.")] = "",
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A TOML file.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array for scripts, no tables.")
    ] = False,
) -> None:
    """List the newest messages to partners, newest first; send again what is dead.

    A dead letter is a message that a partner refused for good, or did not take within a week.
    Exit code 1 if there are dead letters.
    """
    settings = load_config(config)
    store = open_store(Path(settings.data.folder), settings.data.database)
    try:
        if again is not None:
            if not by.strip():
                msg = "say who asks for it: --by"
                raise typer.BadParameter(msg)
            if not store.outbox.again(again, time.time(), by=by):
                err.print(f"[bold red]refused:[/] {again} is no dead letter")
                raise typer.Exit(1)
        state = Delivery.DEAD if dead else None
        letters = store.outbox.letters(incident_id=incident, state=state)
        any_dead = bool(store.outbox.letters(state=Delivery.DEAD, limit=1))
    finally:
        store.close()
    if as_json:
        typer.echo(msgspec.json.encode(letters).decode())
    else:
        _show(letters, settings.zone())
    raise typer.Exit(1 if any_dead else 0)


def _show(letters: list[Letter], zone: tzinfo) -> None:
    table = Table("number", "to", "incident", "message", "planned", "state", "tries", "why not")
    for one in letters:
        planned = datetime.fromtimestamp(one.t_planned_s, zone)
        table.add_row(
            str(one.n),
            escape(one.channel),
            one.incident_id,
            one.message,
            f"{planned:%m-%d %H:%M:%S}",
            one.state,
            str(one.attempts),
            escape(one.error or ""),
        )
    out.print(table)
