"""``plumeline purge`` and ``plumeline hold``: how long pictures stay."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from plumeline.config import Config, load_config
from store.retention import OwnHold, SqlRetention
from store.store import open_store

out, err = Console(), Console(stderr=True)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="A TOML file; ./plumeline.toml if there is one."),
]


def purge(
    config: ConfigOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and touch nothing.")
    ] = False,
) -> None:
    """Delete the pictures that are older than the configured days and that nothing needs.

    Evidence of incidents that no second person has closed stays, and so does what is on hold.
    Telemetry, events and the ledger always stay. The station does this by itself once a day.
    """
    settings = load_config(config)
    with _retention(settings) as retention:
        done = retention.purge(time.time(), settings.retention.pictures_days, dry_run=dry_run)
    verb = "would be deleted" if dry_run else "deleted"
    out.print(
        f"{done.deleted} pictures {verb}, {done.kept_tied} kept for open incidents,"
        f" {done.kept_held} kept on hold"
    )
    if done.finished:
        out.print(f"{done.finished} of an earlier purge that was interrupted are gone now too")


def hold(
    subject: Annotated[str, typer.Argument(help="A flight, an incident, or a picture's sha256.")],
    by: Annotated[str, typer.Option("--by", help="Who asks for it: name and unit.")],
    why: Annotated[str, typer.Option("--why", help="Kept in the ledger.")],
    release: Annotated[bool, typer.Option("--release", help="Let it go instead.")] = False,
    config: ConfigOption = None,
) -> None:
    """Keep pictures past their time, for a case or an inquiry, until they are released.

    Who has put something on hold cannot release it: that takes a second person.
    """
    with _retention(load_config(config)) as retention:
        act = retention.release if release else retention.hold
        try:
            act(subject, t_s=time.time(), actor=by, why=why)
        except OwnHold as exc:
            err.print(f"[bold red]refused:[/] {escape(str(exc))}", soft_wrap=True)
            raise typer.Exit(1) from exc
        held = sorted(retention.held())
    out.print("on hold: " + (escape(", ".join(held)) or "nothing"))


@contextmanager
def _retention(settings: Config) -> Iterator[SqlRetention]:
    store = open_store(Path(settings.data.folder), settings.data.database)
    try:
        yield SqlRetention(store.engine, store.blobs)
    finally:
        store.close()
