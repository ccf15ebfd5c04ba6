"""``plumeline review``: whether an incident's pictures may be evidence of an offence."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape

from alerts.errors import ActRefused
from alerts.review import Review
from plumeline.config import load_config
from store.errors import UnknownIncident
from store.reviews import SqlReviews
from store.store import open_store

out, err = Console(), Console(stderr=True)


def review(
    incident_id: Annotated[str, typer.Argument(metavar="ID", help="As `incidents` lists it.")],
    verdict: Annotated[
        Literal["passed", "failed"] | None,
        typer.Argument(help="What the review came to; without it, how things stand."),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Who has reviewed them.")] = "",
    why: Annotated[str, typer.Option("--why", help="Kept in the ledger.")] = "",
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A TOML file.")] = None,
) -> None:
    """Review an incident's pictures as evidence of an offence, or say how they stand.

    No picture proves an offence before a second person has reviewed it: not the one who confirmed
    the incident, nor the one who takes the pictures out (`export --penalty`). Exit code 1 if it is
    refused, or if some were not reviewed.
    """
    settings = load_config(config)
    store = open_store(Path(settings.data.folder), settings.data.database)
    try:
        reviews = SqlReviews(store.engine)
        if verdict is not None:
            reviews.keep(incident_id, Review(verdict), by=by, why=why, t_s=time.time())
        standing = Counter(one.review for one in reviews.of_incident(incident_id).values())
    except (ActRefused, UnknownIncident) as exc:
        err.print(f"[bold red]refused:[/] {escape(str(exc))}", soft_wrap=True)
        raise typer.Exit(1) from exc
    finally:
        store.close()
    out.print(f"{incident_id}: " + ", ".join(f"{standing[one]} {one}" for one in Review))
    raise typer.Exit(1 if standing[Review.NONE] else 0)
