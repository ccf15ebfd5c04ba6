"""The evidence report: what was seen, what was done about it, and how to check the bundle."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape

from alerts.events import Event, Kind, Status
from alerts.incident import Incident
from alerts.review import Review, Reviewed, pictures_of
from alerts.words import Language, headline, place_in_words
from plumeline.bundle_seal import Declared, LeftOut
from plumeline.report_words import EN, ZH, ReportWords
from store.evidence import About, Case

PICTURE_PT = 340
"""A picture's width on paper."""
LEFT_OUT_SHOWN = 20

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUsed:
    """A detector that judged pictures of a case."""

    identity: str
    weights_sha256: str | None
    """None where the weights are not on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report is made from."""

    case: Case
    declared: Declared
    station_zh: str
    station_en: str
    zone: tzinfo
    t_made_s: float
    program: str
    key: str
    models: tuple[ModelUsed, ...]
    left_out: tuple[LeftOut, ...]
    coarse: bool
    reviews: Mapping[str, Reviewed]
    """Of the case's pictures."""
    shown: dict[str, str]
    """By a picture's sha256, the file that shows it, as the page names it."""


def page(report: Report, language: Language) -> str:
    """One HTML document; nothing in it runs, and it loads the bundle's own pictures alone."""
    book = ZH if language == "zh" else EN
    title = f"{book.title}: {report.case.subject.name}"
    body = "\n".join(
        [
            f"<h1>{escape(book.title)}</h1>",
            _head(report, language, book),
            *_incidents(report, language, book),
            _flights(report, book),
            _models(report, book),
            *_missing(report, book),
            f"<h2>{escape(book.check)}</h2>",
            *_paragraphs(book.how),
            f"<h2>{escape(book.limits_title)}</h2>",
            *_paragraphs(book.limits),
        ]
    )
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
        f"<title>{escape(title)}</title></head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def best_pictures(case: Case) -> tuple[str, ...]:
    """The sha256 of the pictures that a report shows: one of each incident."""
    return tuple(dict.fromkeys(one.best.sha256 for one in case.incidents.values()))


def _head(report: Report, language: Language, book: ReportWords) -> str:
    case, said = report.case, report.declared
    return table(
        [
            (book.about[case.subject.about], case.subject.name),
            (book.station, report.station_zh if language == "zh" else report.station_en),
            (book.span, _span(case.t0_s, case.t1_s, report, book)),
            (book.made, moment(report.t_made_s, report.zone)),
            (book.reason, said.reason),
            (book.unit, said.unit),
            (book.name, said.name),
            *([(book.approved_by, said.approved_by)] if said.approved_by else []),
            (book.reviewed, book.reviewed_so.format(**_reviewed(report))),
            (book.program, report.program),
            (book.key, report.key),
        ]
    )


def _reviewed(report: Report) -> dict[str, int]:
    """How many pictures that events rest on have which review."""
    named = pictures_of(one.event for one in report.case.events)
    return {
        review: sum(report.reviews[name].review is review for name in named) for review in Review
    }


def _incidents(report: Report, language: Language, book: ReportWords) -> Iterator[str]:
    incidents = report.case.incidents
    if not incidents:
        yield f"<h2>{escape(book.incidents)}</h2><p>{escape(book.no_incident)}</p>"
    for name, incident in incidents.items():
        events = [one.event for one in report.case.events if one.event.incident_id == name]
        yield f"<h2>{escape(headline(incident, language))}</h2>"
        if incident.status is not Status.ACTUAL:
            yield f"<p><b>{escape(book.drill)}</b></p>"
        yield table(facts(incident, report.zone, language, book))
        yield from _picture(incident, report, book)
        yield f"<h3>{escape(book.happened)}</h3>"
        yield happened(events, report.zone, book)


def facts(
    incident: Incident, zone: tzinfo, language: Language, book: ReportWords
) -> list[tuple[str, str]]:
    """What there is to say of an incident, each with its label."""
    handling = incident.handling
    stands = book.state[handling.state]
    if handling.reason is not None:
        stands = book.comma.join([stands, book.dismissed_for[handling.reason]])
    seen = book.seen_times.format(
        count=incident.sightings,
        first=moment(incident.t_first_s, zone),
        last=moment(incident.t_last_s, zone),
    )
    told = [
        (book.about[About.INCIDENT], incident.incident_id),
        (book.status_label, book.status[incident.status]),
        (book.state_label, stands),
        (book.position, place_in_words(incident.best, language)),
        (book.seen, seen),
        (book.by_devices, book.comma.join(incident.devices)),
    ]
    return [*told, *([(book.merged, handling.merged_into)] if handling.merged_into else [])]


def _picture(incident: Incident, report: Report, book: ReportWords) -> Iterator[str]:
    best = incident.best
    if best.sha256 not in report.shown:
        return
    words = book.picture_of.format(
        time=moment(best.t_capture_s, report.zone), device=best.key.device_id, score=best.score
    )
    yield f"<h3>{escape(book.picture)}</h3>"
    yield f'<p><img src="{escape(report.shown[best.sha256])}" width="{PICTURE_PT}"></p>'
    yield f"<p>{escape(words)}<br><code>{escape(best.sha256)}</code></p>"


def _news(events: Iterable[Event]) -> Iterator[Event]:
    """What a reader asks for: not every picture, and of the places only the last one."""
    told = [event for event in events if event.kind is not Kind.SEEN]
    places = [event for event in told if event.kind is Kind.PLACED]
    yield from (e for e in told if e.kind is not Kind.PLACED or e is places[-1])


def happened(events: Iterable[Event], zone: tzinfo, book: ReportWords) -> str:
    """What happened to an incident, who did it and when, as a table."""
    return grid(
        (book.time, book.what, book.who), [_row(event, zone, book) for event in _news(events)]
    )


def _row(event: Event, zone: tzinfo, book: ReportWords) -> tuple[str, str, str]:
    time = moment(event.t_s, zone)
    act = event.act
    if act is not None:
        reason = book.dismissed_for[act.reason] if act.reason else ""
        what = book.comma.join(filter(None, [book.verbs[act.verb], reason, act.to, act.text]))
        return time, what, book.comma.join(filter(None, [act.actor, act.seat]))
    if event.kind is Kind.PLACED and event.estimate is not None:
        return time, book.placed.format(views=event.estimate.views), book.machine
    return time, book.raised, book.machine


def _flights(report: Report, book: ReportWords) -> str:
    case = report.case
    header = (book.flight, book.fixes, book.frames)
    rows = [
        (
            name,
            str(sum(fix.key.flight_id == name for fix in case.fixes)),
            str(sum(frame.key.flight_id == name for frame in case.frames)),
        )
        for name in case.flight_ids
    ]
    return f"<h2>{escape(book.flights)}</h2>" + grid(header, rows)


def _models(report: Report, book: ReportWords) -> str:
    told = f"<h2>{escape(book.models)}</h2>"
    if not report.models:
        return f"{told}<p>{escape(book.nothing_judged)}</p>"
    rows: list[tuple[str, str]] = []
    for one in report.models:
        rows.append((book.model, one.identity))
        rows.append((book.weights, one.weights_sha256 or book.weights_unknown))
    return told + table(rows)


def _missing(report: Report, book: ReportWords) -> Iterator[str]:
    if report.coarse:
        yield f"<p><b>{escape(book.coarse)}</b></p>"
    if report.left_out:
        rows = [(one.sha256, one.reason) for one in report.left_out[:LEFT_OUT_SHOWN]]
        yield f"<h2>{escape(book.left_out)} ({len(report.left_out)})</h2>"
        yield grid((book.file, book.why), rows)


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    return (f"<p>{escape(text)}</p>" for text in texts)


def _cell(text: str) -> str:
    """Digests in type whose letters are never joined, so that they can be copied."""
    said = escape(text)
    return f"<code>{said}</code>" if _DIGEST.fullmatch(text) else said


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Labels and what they label."""
    lines = (f"<tr><th>{escape(name)}</th><td>{_cell(text)}</td></tr>" for name, text in rows)
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def grid(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows under a header."""
    lines = [
        "".join(f"<th>{escape(name)}</th>" for name in header),
        *("".join(f"<td>{escape(text)}</td>" for text in row) for row in rows),
    ]
    return "<table>\n" + "\n".join(f"<tr>{line}</tr>" for line in lines) + "\n</table>"


def _span(t0_s: float, t1_s: float, report: Report, book: ReportWords) -> str:
    return moment(t0_s, report.zone) + book.until + moment(t1_s, report.zone)


def moment(t_s: float, zone: tzinfo) -> str:
    """A time with its zone."""
    return f"{datetime.fromtimestamp(t_s, zone):%Y-%m-%d %H:%M:%S %z}"
