"""``plumeline orgs``: the tree of districts, stations and departments, with their staff."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from casework.figures import CHECKLIST
from casework.words import Org, Person
from plumeline.act_cli import ConfigOption, DataOption, JsonOption
from plumeline.config import load_config
from store.store import open_store


class Tree(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file says."""

    orgs: tuple[Org, ...] = ()
    people: tuple[Person, ...] = ()


def orgs(
    file: Annotated[
        Path | None,
        typer.Argument(help="JSON of orgs and people (docs/casework.md)."),
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the org tree, or bring one in: who is new is added, who is there is made what is told.

    Nobody is taken out: the record still names them.
    """
    tree = None if file is None else _read(file)
    settings = load_config(config, data)
    store = open_store(Path(settings.data.folder), settings.data.database)
    try:
        work = store.casework
        if tree is not None:
            _check(tree, {org.org_id for org in (*work.orgs(), *tree.orgs)})
            t_s = time.time()
            work.put_orgs(tree.orgs, t_s=t_s, actor="orgs")
            work.put_people(tree.people, t_s=t_s, actor="orgs")
        found = Tree(orgs=tuple(work.orgs()), people=tuple(work.people()))
    finally:
        store.close()
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    kinds = Counter(org.kind.value for org in found.orgs)
    out = Console()
    out.print(", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "no orgs yet")
    out.print(f"{len(found.people)} people")


def _read(file: Path) -> Tree:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Tree)
    except (OSError, msgspec.DecodeError) as exc:
        reason = f"{file}: {exc}"
        raise typer.BadParameter(reason) from exc


def _check(tree: Tree, known: set[str]) -> None:
    """Every parent and every home is there, and the checklist's points are known ones."""
    for org in tree.orgs:
        if org.parent_id is not None and org.parent_id not in known:
            reason = f"org {org.org_id}: its parent {org.parent_id} is nowhere"
            raise typer.BadParameter(reason)
        for point in set(org.build) - set(CHECKLIST):
            reason = f"org {org.org_id}: {point} is none of {', '.join(CHECKLIST)}"
            raise typer.BadParameter(reason)
    for person in tree.people:
        if person.org_id not in known:
            reason = f"{person.person_id}: the org {person.org_id} is nowhere"
            raise typer.BadParameter(reason)
