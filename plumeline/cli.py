"""The command line: what each command does, asked for with ``--help``, is what its docstring says.

Exit codes, for scripts: 0 done; 1 done, and the answer is no (nothing found, something is wrong);
2 the command or its configuration cannot be understood; 3 the record is damaged or cannot be
opened; 4 the network (broker, port) is in the way.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
import webbrowser
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape

from alerts.incident import fold
from plumeline import premises_cli, show, user_cli
from plumeline.act_cli import ask, incident
from plumeline.config import load_config
from plumeline.coverage_cli import coverage
from plumeline.demo import Demo
from plumeline.detect_cli import detect
from plumeline.doctor import examine
from plumeline.exits import EXIT_NO, EXITS
from plumeline.export_cli import export
from plumeline.flights import load_flight, sample_names
from plumeline.guard import check_packages
from plumeline.judges import Judges
from plumeline.known_cli import known_app
from plumeline.labels_cli import export_labels, track_record
from plumeline.locate_cli import locate
from plumeline.orgs_cli import orgs
from plumeline.outbox_cli import outbox
from plumeline.patrol_log_cli import patrol_log
from plumeline.pipeline import Part, Pipeline
from plumeline.planning_cli import joint_plan, staffing
from plumeline.publisher import publish
from plumeline.replay import Span, analyse_flight, analyse_record, with_sample_premises
from plumeline.retention_cli import hold, purge
from plumeline.review_cli import review
from plumeline.score_cli import score
from plumeline.statistics_cli import statistics_
from plumeline.summary import lines_of
from plumeline.train_cli import train
from plumeline.upload_cli import upload
from plumeline.verify_cli import verify_record
from plumeline.version import version_line
from store.store import open_store

app = typer.Typer(
    name="plumeline",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help=(
        "From a plume of smoke in a drone's picture to the door it comes from, on record.\n\n"
        "Start with [bold]plumeline demo[/]: a whole station in your browser, nothing to set up."
    ),
    epilog="Exit codes: 0 done, 1 the answer is no, 2 usage, 3 the record, 4 the network.",
)
app.add_typer(premises_cli.app, name="premises")
app.add_typer(user_cli.app, name="user")
out, err = Console(), Console(stderr=True)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="A TOML file; ./plumeline.toml if there is one."),
]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="The record's folder, instead of the configured one.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object for scripts, no tables.")]


@app.command()
def demo(
    flights: Annotated[
        list[str] | None, typer.Argument(help="Sample flights to fly, or folders; all by default.")
    ] = None,
    speed: Annotated[float, typer.Option(min=1, max=64, help="Times as fast as it was flown.")] = 1,
    port: Annotated[int, typer.Option(help="Of the page; 0 takes any free one.")] = 8080,
    keep: Annotated[
        Path | None, typer.Option(help="Keep the record in this folder; a temporary one else.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    until_incident: Annotated[
        bool, typer.Option("--until-incident", help="End after the first incident.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Fly sample patrols into a station of its own: broker, recorder, detector, page, all local.

    Nothing is installed, nothing leaves this machine, and the record goes when the demo ends
    unless you [bold]--keep[/] it.
    """
    started_s = time.monotonic()
    names = flights or ["chemical_store", *(n for n in sample_names() if n != "chemical_store")]
    with Demo(names, speed=speed, folder=keep, port=port) as running, show.publishing(err) as bar:
        flying = threading.Thread(target=running.fly, args=(bar,), daemon=True)
        flying.start()
        if until_incident:
            result = running.wait_for_incident(flying, started_s)
            show.demo_result(out, result, as_json=as_json)
            raise typer.Exit(0 if result.incident else EXIT_NO)
        _stop_on_signals(running.pipeline)
        said = f"[bold green]The page is at[/] {running.link}  (Ctrl-C ends the demo)"
        err.print(said, soft_wrap=True)
        if not no_browser:
            webbrowser.open(running.link)
        running.pipeline.wait()


@app.command()
def run(
    config: ConfigOption = None,
    data: DataOption = None,
    parts: Annotated[
        list[Part] | None,
        typer.Option("--only", help="Only this part (repeatable): several processes, one record."),
    ] = None,
) -> None:
    """Run the station: record what devices send, analyse it, show it.

    With the embedded broker, devices connect to this machine's port 1883; set [bold][[mqtt][/] in
    the configuration for a broker of your own. Ends with Ctrl-C or SIGTERM, and loses nothing.
    """
    with Pipeline(load_config(config, data), tuple(parts or Part)) as pipeline:
        _stop_on_signals(pipeline)
        if parts is None or Part.WEB in parts:
            err.print(f"[bold green]The page is at {pipeline.url}[/]")
        if parts is None or Part.RECORDER in parts:
            address = pipeline.address
            err.print(f"Devices connect to mqtt://{address.host}:{address.port}")
        pipeline.wait()


@app.command(name="publish")
def publish_flight(
    flight: Annotated[str, typer.Argument(help="A sample flight's name, or a folder.")],
    speed: Annotated[float, typer.Option(min=1, max=64, help="Times as fast as it was flown.")] = 1,
    host: Annotated[
        str | None, typer.Option(help="Of the broker; the configured one else.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Of the broker.")] = None,
    original_times: Annotated[
        bool, typer.Option("--original-times", help="Do not move the flight to now.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Play a recorded flight into a broker, as the drone did.

    The flight is moved to now by whole seconds unless you ask for its [bold]--original-times[/].
    """
    settings = load_config(config, None)
    configured = settings.address()
    address = replace(configured, host=host or configured.host, port=port or configured.port)
    recorded = load_flight(flight)
    with show.publishing(err) as bar:
        sent = publish(
            recorded,
            address,
            speed=speed,
            retime=not original_times,
            on_sent=lambda count: bar(recorded.name, count, len(recorded.lines)),
        )
    out.print(f"{sent} messages of {recorded.name} are with the broker")


@app.command()
def analyse(
    flight: Annotated[
        str | None,
        typer.Argument(help="A recorded flight; the station's own record without it."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="Only this device of the record.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Received from then on, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Received up to then, UTC.")] = None,
    model: Annotated[
        str | None, typer.Option(help="Another detector: a model's name or its folder.")
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look again at what was recorded: the same analyst, the same answer, every frame judged.

    Over a recorded [bold]FLIGHT[/], or over any stretch of the station's record, with today's
    detector or another [bold]--model[/]. Nobody is alarmed by it.
    """
    settings = load_config(config, data)
    if model is not None:
        chosen = msgspec.structs.replace(settings.detector, model=model)
        settings = msgspec.structs.replace(settings, detector=chosen)
    with show.judging(err) as tick:
        if flight is not None:
            settings = with_sample_premises(settings)
            by = Judges.of(settings)
            found = analyse_flight(load_flight(flight), by, on_frame=tick)
        else:
            span = Span.of(device, since, until)
            found = analyse_record(settings, span, on_frame=tick)
    show.findings(out, found, as_json=as_json)
    raise typer.Exit(0 if found.incidents else EXIT_NO)


@app.command()
def incidents(
    config: ConfigOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """List what the live analysis has raised, newest last. Exit code 1 if there is nothing."""
    settings = load_config(config, data)
    store = open_store(Path(settings.data.folder), settings.data.database)
    told = store.reader.events_after(0, sys.maxsize)
    store.close()
    lines = lines_of(fold(numbered.event for numbered in told).values())
    show.incidents(out, lines, zone=settings.station.time_zone, as_json=as_json)
    raise typer.Exit(0 if lines else EXIT_NO)


for command in (
    locate, export, upload, coverage, purge, hold, incident, ask, detect, score, train,
    joint_plan, patrol_log, staffing, review, export_labels, track_record, outbox, orgs,
):  # fmt: skip
    app.command()(command)
app.add_typer(known_app, name="known")
app.command(name="verify")(verify_record)
app.command(name="statistics")(statistics_)


@app.command()
def doctor(
    config: ConfigOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Check packages, detector, record, broker, disk. Exit code 1 if one of the answers is no."""
    report = examine(load_config(config, data))
    show.report(out, report, as_json=as_json)
    raise typer.Exit(0 if report.ok else EXIT_NO)


@app.command()
def version() -> None:
    """Say which Plumeline this is."""
    out.print(version_line())


def _stop_on_signals(pipeline: Pipeline) -> None:
    """Ctrl-C and SIGTERM end it in order."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: pipeline.stop())


def main() -> None:
    """Run a command; turn what it stumbles over into one line and an exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("rasterio").setLevel(logging.WARNING)
    try:
        check_packages()
        app()
    except tuple(kind for kind, _ in EXITS) as exc:
        err.print(f"[bold red]plumeline:[/] {escape(str(exc))}", soft_wrap=True)
        sys.exit(next(code for kind, code in EXITS if isinstance(exc, kind)))


if __name__ == "__main__":
    main()
