"""``plumeline verify``: is the record still what was recorded?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from plumeline.bundle_check import counted, verify_bundle
from plumeline.checkpoints import KEY_NAME, known_checkpoints
from plumeline.config import Config, load_config
from store.checkpoint import Signer
from store.store import open_store
from store.verify import Verdict, verify

out, err = Console(), Console(stderr=True)


def verify_record(  # noqa: PLR0917 - its options
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="A TOML file; ./plumeline.toml if there is one."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="The record's folder, instead of the configured one."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            help="The station's public key as the auditor wrote it down; without it, that of the"
            " key file, which whoever changed the record could have changed too."
        ),
    ] = None,
    witness: Annotated[
        Path | None, typer.Option(help="A folder with the checkpoints that a witness kept.")
    ] = None,
    bundle: Annotated[
        Path | None,
        typer.Option(help="An evidence bundle instead of the record; give --key with it."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="The ledger and the events alone, no pictures.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object for scripts, no tables.")
    ] = False,
) -> None:
    """Hold the record against its ledger, and the ledger against its signed checkpoints.

    Says what was changed, where, and until when it was still right. Exit code 1 if anything was.
    Changes nothing. docs/ledger.md tells what this proves and what it cannot.
    """
    if bundle is not None:
        verdict, trusted = _of_bundle(bundle, key), key
    else:
        verdict, trusted = _of_record(load_config(config), data, key, witness, quick=quick)
    if as_json:
        typer.echo(msgspec.json.encode(verdict).decode())
    else:
        _show(verdict, trusted)
    raise typer.Exit(0 if verdict.ok else 1)


def _of_bundle(bundle: Path, key: str | None) -> Verdict:
    if key is None:
        err.print(
            "[yellow]Without --key this shows only that the bundle agrees with itself:[/] whoever"
            " forged it could have signed it with a key of his own."
        )
    findings = verify_bundle(bundle, key)
    lines = counted(bundle)
    return Verdict(
        ok=not findings,
        entries=lines["ledger.jsonl"],
        events=lines["events.jsonl"],
        checkpoints=lines["checkpoints.jsonl"],
        findings=tuple(findings),
    )


def _of_record(
    settings: Config, data: Path | None, key: str | None, witness: Path | None, *, quick: bool
) -> tuple[Verdict, str | None]:
    folder = data or Path(settings.data.folder)
    own, configured = settings.checkpoints() if data is None else (folder / "checkpoints", None)
    checkpoints = known_checkpoints(own, witness or configured)
    trusted = key or (Signer(own / KEY_NAME).public if (own / KEY_NAME).is_file() else None)
    store = open_store(folder, None if data else settings.data.database)
    columns = (SpinnerColumn(), TextColumn("{task.completed} entries"))
    try:
        with Progress(*columns, console=err, transient=True) as progress:
            task = progress.add_task("verifying", total=None)
            verdict = verify(
                store.engine,
                store.blobs,
                checkpoints,
                trusted_key=trusted,
                quick=quick,
                on_progress=lambda done: progress.update(task, completed=done),
            )
    finally:
        store.close()
    return verdict, trusted


def _show(verdict: Verdict, trusted: str | None) -> None:
    counted = (
        f"{verdict.entries} entries, {verdict.events} events, {verdict.checkpoints} checkpoints"
    )
    if verdict.ok:
        out.print(f"[bold green]It is what was recorded:[/] {counted}.")
        if not verdict.checkpoints:
            out.print("Without checkpoints a tail that was cut off would not be seen.")
    else:
        table = Table("what", "where", "still right at", title=f"{len(verdict.findings)} findings")
        for finding in verdict.findings:
            table.add_row(finding.what, escape(finding.where), finding.since or "unknown")
        out.print(table)
        out.print(f"[bold red]It was changed.[/] {counted}.")
    if trusted:
        out.print(f"key {trusted}", highlight=False)
