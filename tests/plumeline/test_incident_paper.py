"""The printed report: everything in the record about an incident, and nothing that runs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pymap3d
import pytest
import segno

from alerts.lifecycle import State
from alerts.response_clock import Stage
from alerts.words import Language
from geo.ellipse import ellipse
from plumeline.casework import CaseworkSection
from plumeline.paper_words import paper_words
from plumeline.plan_svg import HEIGHT, WIDTH, Plan, draw
from plumeline.web.papers import replay_link
from plumeline.work import ByHand, Work
from tests.plumeline.bundle_scene import Scene, flown
from tests.plumeline.replay_scene import app_of
from tests.plumeline.web_client import Client

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with flown(tmp_path_factory.mktemp("record")) as made:
        yield made


@pytest.fixture(scope="module")
def pages(scene: Scene) -> dict[str, str]:
    client = Client(app_of(scene))
    found = {}
    for lang in ("zh", "en"):
        answer = client.get(f"/report/{scene.incident.name}", params={"lang": lang})
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
        found[lang] = answer.text
    return found


class Asked(HTMLParser):
    """What a page loads or runs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.styles = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        names = {"img": "src", "image": "href", "script": "src", "link": "href"}
        if tag in names:
            self.loads.append(said[names[tag]] or "inline")
        self.styles += tag == "style" or "style" in said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_holds_pictures_hashes_acts_and_the_ledgers_word(
    scene: Scene, pages: dict[str, str], lang: str
) -> None:
    page = pages[lang]
    incident = scene.store.acts.incident(scene.incident.name)
    for text in (
        incident.incident_id,
        incident.best.sha256,
        "陈 明",
        "fire-119",
        incident.best.premises[0].premises_id,
        paper_words(lang).sound,  # type: ignore[arg-type]
        "+0800",
        scene.flight.name,
    ):
        assert text in page
    asked = Asked(page)
    blobs = [url for url in asked.loads if url.startswith("/api/blobs/")]
    assert len(blobs) == 4 and blobs[0].endswith(incident.best.sha256)
    assert all(url.startswith("/") for url in asked.loads)
    assert asked.styles == 0, "the page's policy allows none"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_stage_of_the_response_has_a_word(lang: Language) -> None:
    assert set(paper_words(lang).stages) == set(Stage)


def test_a_name_that_is_markup_stays_text(scene: Scene) -> None:
    answer = Client(app_of(scene)).get("/report/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert answer.status_code == 404
    assert "json" in answer.headers["content-type"]


def test_the_code_on_the_paper_leads_to_the_replay(scene: Scene, pages: dict[str, str]) -> None:
    """Read back by OpenCV's reader, from the drawing that is on the page."""
    link = replay_link("http://station/", scene.store.acts.incident(scene.incident.name))
    assert link.replace("&", "&amp;") in pages["zh"]
    code = segno.make(link, error="m", micro=False)
    assert (
        code.svg_inline(scale=1, border=2, omitsize=True, svgclass="qr", lineclass=None)
        in (pages["zh"])
    )
    modules = np.array([[0 if dark else 255 for dark in row] for row in code.matrix_iter(border=4)],
                       np.uint8)  # fmt: skip
    picture = cv2.resize(modules, None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST)
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == link


def test_the_plan_is_to_scale(scene: Scene) -> None:
    """Distances on the paper against pymap3d."""
    best = scene.store.acts.incident(scene.incident.name).best
    assert best.point is not None and best.drone is not None
    svg = draw(Plan(best=best, fixes=scene.case.fixes, premises=()), "en", "Where")
    assert svg is not None
    root = ET.fromstring(svg)
    (oval,) = root.iter(f"{SVG}ellipse")
    (sight,) = (one for one in root.iter(f"{SVG}line") if one.get("class") == "sight")
    x1, y1, x2, y2 = (float(sight.get(name) or "nan") for name in ("x1", "y1", "x2", "y2"))
    east, north, _ = pymap3d.geodetic2enu(
        best.point.lat_deg, best.point.lon_deg, 0, best.drone.lat_deg, best.drone.lon_deg, 0
    )
    scale = np.hypot(x2 - x1, y2 - y1) / np.hypot(east, north)
    assert (x2 - x1, y1 - y2) == pytest.approx((east * scale, north * scale), abs=0.2)
    size = ellipse(best.point, probability=0.95)
    assert float(oval.get("ry") or 0) == pytest.approx(size.semi_major_m * scale, abs=0.2)
    assert f"rotate({size.bearing_deg:.1f} " in (oval.get("transform") or "")
    bar = next(one for one in root.iter(f"{SVG}path") if one.get("class") == "scale")
    length = float((bar.get("d") or "").split("h")[1].split("v")[0])
    metres = next(t.text for t in root.iter(f"{SVG}text") if (t.text or "").endswith(" m"))
    assert length == pytest.approx(float((metres or "")[:-2]) * scale, abs=0.1)
    for x, y in ((x1, y1), (x2, y2)):
        assert 0 < x < WIDTH and 0 < y < HEIGHT


def test_where_no_place_is_known_there_is_no_plan(scene: Scene) -> None:
    best = scene.store.acts.incident(scene.incident.name).best
    lost = replace(best, point=None, sector=None, drone=None, unlocated="no pose")
    assert draw(Plan(best=lost, fixes=(), premises=()), "en", "Where") is None


def test_the_hazard_that_it_left_behind_is_on_the_paper(scene: Scene) -> None:
    work = Work(scene.store, CaseworkSection(), now_s=scene.clock)
    kind = next(iter(work.kinds))
    incident = scene.store.acts.incident(scene.incident.name)
    over = replace(incident, handling=replace(incident.handling, state=State.RESOLVED))
    told = ByHand(number="1", kind=kind)
    (key,) = work.report_by_hand(told, over, actor="陈明").orders
    client = Client(app_of(scene))
    for lang, state in (("zh", "待受理"), ("en", "collected")):
        page = client.get(f"/report/{scene.incident.name}", params={"lang": lang}).text
        assert paper_words(lang).order in page  # type: ignore[arg-type]
        assert key in page and state in page
