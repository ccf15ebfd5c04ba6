"""The report of one incident, to be printed on A4 from the browser: zh or en, on white.

What is in it comes from the record (`store.evidence.Case`) and says of itself how to check it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from html import escape

import segno

from alerts.events import Evidence, Status
from alerts.incident import Incident
from alerts.phrases import EN as PHRASES_EN
from alerts.phrases import ZH as PHRASES_ZH
from alerts.response_clock import Clock
from alerts.words import Language, headline
from casework.orders import OrderState
from geo.premises import Premises
from plumeline.order_table import STATES_ZH
from plumeline.paper_words import PaperWords, paper_words
from plumeline.plan_svg import Plan, draw
from plumeline.report_pages import facts, grid, happened, moment, table
from plumeline.report_words import EN, ZH
from store.evidence import Case
from store.order_lists import Listed
from store.verify_flight import FlightVerdict

PICTURES = 4
"""The clearest, and others spread over the time it was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What the report is made from."""

    case: Case
    """Of one incident."""
    premises: Sequence[Premises]
    """Of the register."""
    clock: Clock | None
    order: Listed | None = None
    """The work order of the hazard that it left behind."""
    verdicts: Sequence[FlightVerdict]
    """One for each flight that saw it."""
    station_zh: str
    station_en: str
    zone: tzinfo
    t_made_s: float
    program: str
    link: str
    """Where the replay shows it."""
    replayed: bool = True
    """Whether it does so to who opens the report."""

    @property
    def incident(self) -> Incident:
        """The one it is about."""
        return self.case.incidents[self.case.subject.name]


def page(paper: Paper, language: Language) -> str:
    """One HTML document; its style sheet, script and pictures are the station's own."""
    book, words = (ZH if language == "zh" else EN), paper_words(language)
    incident = paper.incident
    events = [one.event for one in paper.case.events]
    body = [
        _bar(paper, language, words),
        f"<h1>{escape(words.title)}</h1>",
        f'<p class="headline">{escape(headline(incident, language))}</p>',
        *([f'<p class="drill">{escape(book.drill)}</p>'] if _is_drill(incident) else []),
        _head(paper, language, words),
        table(facts(incident, paper.zone, language, book)),
        *_plan(paper, language, words),
        f"<h2>{escape(words.pictures)}</h2>",
        *_pictures(paper, language, words),
        f"<h2>{escape(book.happened)}</h2>",
        happened(events, paper.zone, book),
        *_clock(paper, words),
        *_order(paper, language, words),
        f"<h2>{escape(words.record)}</h2>",
        *_record(paper, words),
        *(f"<p>{escape(text)}</p>" for text in book.limits),
    ]
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if language == "zh" else "en"}">\n<head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<link rel="icon" href="/static/icon.svg" type="image/svg+xml">'
        '<link rel="stylesheet" href="/static/paper.css">'
        '<script type="module" src="/static/paper.js"></script>'
        f"<title>{escape(words.title)} {escape(incident.incident_id)}</title></head>\n<body>"
        f"<main>\n{chr(10).join(body)}\n</main></body>\n</html>\n"
    )


def _is_drill(incident: Incident) -> bool:
    return incident.status is not Status.ACTUAL


def _bar(paper: Paper, language: Language, words: PaperWords) -> str:
    """What is on the screen and not on the paper."""
    other: Language = "en" if language == "zh" else "zh"
    replay = f'<a href="{escape(paper.link)}">{escape(words.replay)}</a>' if paper.replayed else ""
    return (
        '<nav class="screen">'
        f'<button type="button" id="print">{escape(words.print)}</button>'
        f'<a href="?lang={other}">{escape(words.other)}</a>{replay}</nav>'
    )


def _head(paper: Paper, language: Language, words: PaperWords) -> str:
    code = segno.make(paper.link, error="m", micro=False)
    svg = code.svg_inline(scale=1, border=2, omitsize=True, svgclass="qr", lineclass=None)
    station = paper.station_zh if language == "zh" else paper.station_en
    rows = [
        (words.station, station),
        (words.made, moment(paper.t_made_s, paper.zone)),
        (words.program, paper.program),
        (words.link, paper.link),
    ]
    return f'<div class="head">{table(rows)}{svg}</div>'


def _plan(paper: Paper, language: Language, words: PaperWords) -> Iterator[str]:
    best = paper.incident.best
    plan = Plan(best=best, fixes=paper.case.fixes, premises=paper.premises)
    drawn = draw(plan, language, words.plan)
    if drawn is not None:
        yield f"<h2>{escape(words.plan)}</h2><figure>{drawn}"
        yield f"<figcaption>{escape(words.legend)}</figcaption></figure>"
    if best.premises:
        rows = [
            (
                (one.name_en if language == "en" else None) or one.name,
                one.premises_id,
                f"{int(one.probability * 100 + 1e-9)} %",
                f"{one.distance_m:.0f} m",
            )
            for one in best.premises
        ]
        yield grid(words.ranking, rows)


def _pictures(paper: Paper, language: Language, words: PaperWords) -> Iterator[str]:
    yield '<div class="pictures">'
    for seen in chosen(paper):
        yield _picture(seen, paper.zone, language, words)
    yield "</div>"


def chosen(paper: Paper) -> list[Evidence]:
    """The clearest view first, then others in order of time, each picture once."""
    views: dict[str, Evidence] = {}
    for one in paper.case.events:
        if one.event.evidence is not None:
            views.setdefault(one.event.evidence.sha256, one.event.evidence)
    best = paper.incident.best
    views.pop(best.sha256, None)
    others = sorted(views.values(), key=lambda seen: seen.t_capture_s)
    if len(others) >= PICTURES:
        last = len(others) - 1
        others = [others[round(i * last / (PICTURES - 2))] for i in range(PICTURES - 1)]
    return [best, *others]


def _picture(seen: Evidence, zone: tzinfo, language: Language, words: PaperWords) -> str:
    box = seen.box
    labels = (PHRASES_ZH if language == "zh" else PHRASES_EN).labels
    said = words.picture.format(
        time=moment(seen.t_capture_s, zone),
        device=seen.key.device_id,
        label=labels[seen.label],
        score=seen.score,
    )
    return (
        f'<figure><div class="shot"><img src="/api/blobs/{escape(seen.sha256)}"'
        f' alt="{escape(said)}" width="{seen.width_px}" height="{seen.height_px}">'
        f'<svg viewBox="0 0 {seen.width_px} {seen.height_px}" aria-hidden="true">'
        f'<rect x="{box.x0_px:.0f}" y="{box.y0_px:.0f}" width="{box.x1_px - box.x0_px:.0f}"'
        f' height="{box.y1_px - box.y0_px:.0f}"/></svg></div>'
        f"<figcaption>{escape(said)}<br><code>{escape(seen.sha256)}</code></figcaption></figure>"
    )


def _clock(paper: Paper, words: PaperWords) -> Iterator[str]:
    reached = [one for one in (paper.clock.stages if paper.clock else ()) if one.t_s is not None]
    if reached:
        rows = [(words.stages[one.stage], moment(one.t_s or 0.0, paper.zone)) for one in reached]
        yield f"<h2>{escape(words.response)}</h2>"
        yield table(rows)


def _order(paper: Paper, language: Language, words: PaperWords) -> Iterator[str]:
    if paper.order is None:
        return
    task, standing = paper.order.order.task, paper.order.order.standing
    state = STATES_ZH[OrderState(standing.state)] if language == "zh" else standing.state
    due = "–" if standing.due is None else standing.due.isoformat()
    yield f"<h2>{escape(words.order)}</h2>"
    yield table(list(zip(words.order_rows, (task.key, state, due), strict=True)))


def _record(paper: Paper, words: PaperWords) -> Iterator[str]:
    rows = [
        (
            one.flight_id,
            words.sound if one.ok else words.changed.format(n=len(one.findings)),
            f"{one.first_i} – {one.last_i}",
            words.unsigned if one.signed_s is None else moment(one.signed_s, paper.zone),
        )
        for one in paper.verdicts
    ]
    yield grid(words.verdict, rows)
    yield f"<p>{escape(words.check.format(incident=paper.case.subject.name))}</p>"
    models = sorted({one.detector for one in paper.case.looks})
    if models:
        yield table([(words.models, ", ".join(models))])
