"""The station's pages over a record with a judged flight, in Debian's Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from plumeline.judges import make_placer
from plumeline.replay import with_sample_premises
from plumeline.shapes import station_shapes
from plumeline.web.chart import Chart
from plumeline.web.desk import Desk
from tests.plumeline.bundle_scene import Scene
from tests.plumeline.replay_scene import flown_of, routes_of
from tests.plumeline.web_served import Served, at_once, served


@contextmanager
def station(scene: Scene, *, desk: Desk | None = None) -> Iterator[Served]:
    placer = make_placer(with_sample_premises(scene.config))
    flown = flown_of(scene)
    with served(
        scene.store.reader,
        now_s=lambda: scene.t_s,
        desk=desk,
        chart=Chart(shapes=station_shapes(placer.premises, None)),
        more=lambda bell, incidents: [
            *at_once(bell, incidents),
            *routes_of(scene, flown, incidents),
        ],
    ) as running:
        yield running


def state(page: Any) -> dict[str, Any]:
    """What the page says that it shows."""
    return dict(
        page.evaluate(
            """() => ({
              t: Number(document.documentElement.dataset.t),
              frame: document.documentElement.dataset.frame,
              told: [...document.querySelectorAll("#told [aria-current] time")]
                .map((e) => e.dateTime),
            })"""
        )
    )
