"""``plumeline upload``: what it asks, and how it goes about a whole card."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import typer
from rich.console import Console
from rich.markup import escape

from ingest.errors import BadLog
from ingest.logs.report import Report, printable
from ingest.wire.keys import DEVICE_ID
from ingest.wire.table import Decoders
from plumeline import upload_show
from plumeline.brought import Options, look
from plumeline.card import Item, items_of
from plumeline.config import Config, load_config
from plumeline.judges import Judges
from plumeline.upload import Progress, Uploads
from store.store import open_store

Take = Callable[[Item, Progress], Report]


def upload(  # noqa: PLR0917 - its options
    files: Annotated[
        list[Path],
        typer.Argument(exists=True, help="Logs, videos, photos; or folders, such as a whole card."),
    ],
    device: Annotated[
        str | None, typer.Option(help="Whose they are; what the log says, else.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(help="When the first record was, ISO 8601; in the zone unless it names one."),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(help="Of local times, as Asia/Shanghai or +08:00; the station's, else."),
    ] = None,
    offset: Annotated[float, typer.Option(help="Seconds to be added to the logs' times.")] = 0.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report; keep nothing.")] = (
        False
    ),
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A TOML file.")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The record's folder.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a file for scripts, no tables.")
    ] = False,
) -> None:
    """Bring flight logs, videos and photos into the record, and say what was understood.

    Whatever is on the card: it is recognised by its content. A file joins the flight that came in
    live, if there is one; what its pictures show is marked historic and rings nobody. The same
    file twice changes nothing. Exit code 1 if files were refused.
    """
    settings = load_config(config)
    if data is not None:
        section = msgspec.structs.replace(settings.data, folder=str(data))
        settings = msgspec.structs.replace(settings, data=section)
    station_zone = settings.zone()
    own_zone = None if zone is None else _zone(zone)
    options = Options(
        device=None if device is None else _device(device),
        start_s=None if start is None else _start_s(start, own_zone or station_zone),
        zone=own_zone,
        offset_s=offset,
    )
    note = Console(stderr=True)
    items = _items(files, note)
    reports: list[Report] = []
    try:
        with _taking(settings, options, station_zone, dry_run=dry_run) as take:
            for report in _each(items, take, note):
                reports.append(report)
                if as_json:
                    print(msgspec.json.encode(report).decode(), flush=True)  # noqa: T201
    finally:  # what is in is in, whatever stops the rest: the same command goes on from there
        if not as_json:
            upload_show.reports(Console(), reports, station_zone)
    raise typer.Exit(1 if any(report.status == "refused" for report in reports) else 0)


def _items(files: Iterable[Path], note: Console) -> list[Item]:
    """What is to be taken; what is not is told."""
    skipped: list[BadLog] = []
    items = items_of([_file_or_folder(path) for path in files], skipped.append)
    for one in skipped:
        name = escape(printable(str(one.file)))
        note.print(f"skipped: {name}: {escape(one.reason)}", soft_wrap=True)
    return items


@contextmanager
def _taking(config: Config, options: Options, zone: tzinfo, *, dry_run: bool) -> Iterator[Take]:
    """What is done with each file; for a dry run no record is opened."""
    if dry_run:
        yield lambda item, _: look(item.path, replace(options, beside=item.beside), zone)
        return
    store = open_store(Path(config.data.folder), config.data.database)
    uploads = Uploads(
        store,
        partial(Judges.of, config),
        zone=zone,
        now_s=time.time,
        decoders=Decoders(config.mqtt.mappings),
    )
    try:
        yield lambda item, on_progress: uploads.take(
            item.path, options=replace(options, beside=item.beside), on_progress=on_progress
        )
    finally:
        store.close()


def _each(items: Iterable[Item], take: Take, console: Console) -> Iterator[Report]:
    items = list(items)
    with upload_show.progress(console, len(items)) as bar:
        for item in items:
            yield take(item, bar(printable(item.path.name)))


def _file_or_folder(path: Path) -> Path:
    if not path.is_file() and not path.is_dir():
        reason = f"{printable(str(path))} is neither a file nor a folder"
        raise typer.BadParameter(reason, param_hint="FILES")
    return path


def _zone(text: str) -> tzinfo:
    try:
        if text[:1] in "+-":
            sign = -1 if text[0] == "-" else 1
            hours, _, minutes = text[1:].partition(":")
            return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes or 0)))
        return ZoneInfo(text)
    except (ValueError, ZoneInfoNotFoundError, OSError) as exc:
        reason = f"{text} is no time zone; write Asia/Shanghai or +08:00"
        raise typer.BadParameter(reason, param_hint="--zone") from exc


def _start_s(text: str, zone: tzinfo) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        reason = f"{text} is no time; write 2026-05-01T10:30:00 or with its zone, +08:00 or Z"
        raise typer.BadParameter(reason, param_hint="--start") from exc
    local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return local.astimezone(UTC).timestamp()


def _device(text: str) -> str:
    if not DEVICE_ID.fullmatch(text):
        reason = "a device id is 3 to 64 letters, digits, '_' or '-', the first no '_' or '-'"
        raise typer.BadParameter(reason, param_hint="--device")
    return text
