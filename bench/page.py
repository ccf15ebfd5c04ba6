"""The command page in Debian's Chromium without a GPU: 200 incidents and a track of 20,000 points.

Software rendering (SwiftShader) is the worst a station's screen can have. Measured: until the
queue stands, until the map is idle for the first time, frames while the map is moved at the
track's start and at its end, one alarm from its append until the queue shows it, the JavaScript
heap after so many minutes of events. Prints one JSON line.

Run: python -m bench.page [--minutes 1]      needs Playwright and chromium
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from alerts.events import Event, Kind
from store.status import TrackPoint
from tests.fakes import MemoryRecord
from tests.plumeline.web_browser import chromium, opened
from tests.plumeline.web_scene import T0_S, event, located, scene
from tests.plumeline.web_served import Served, served

INCIDENTS, POINTS = 200, 20_000
FRAMES = """async ([lon, lat]) => {
  const { gl } = document.getElementById("map").map;
  gl.jumpTo({ center: [lon, lat], zoom: 15 });
  await new Promise((resolve) => { gl.once("idle", resolve); setTimeout(resolve, 5000); });
  const times = [];
  let last = performance.now();
  for (let i = 0; i < 60; i += 1) {
    gl.panBy([i % 2 ? 8 : -6, 3], { duration: 0 });
    await new Promise((resolve) => { requestAnimationFrame(resolve); });
    const now = performance.now();
    times.push(now - last);
    last = now;
  }
  return times.slice(5).sort((a, b) => a - b);
}"""
SHOWN = """(id) => new Promise((resolve) => {
  const there = () => document.querySelector(`[data-incident="${id}"]`);
  if (there()) return resolve(Date.now());
  new MutationObserver((_, observer) => {
    if (!there()) return;
    observer.disconnect();
    resolve(Date.now());
  }).observe(document.getElementById("queue"), { childList: true, subtree: true });
})"""


def track() -> list[TrackPoint]:
    """Twenty minutes at 16 Hz in a growing spiral."""
    return [
        TrackPoint(
            t_s=T0_S - 100 + i / 200,
            lat_deg=31.95 + 0.0000016 * i * math.cos(i / 400),
            lon_deg=118.84 + 0.0000018 * i * math.sin(i / 400),
            height_takeoff_m=80.0,
        )
        for i in range(POINTS)
    ]


def alarm(number: int) -> Event:
    seen = located(number % 97, key=replace(located(0).key, seq=1000 + number))
    assert seen.point is not None
    lat, lon = 31.93 + 0.002 * (number % 20), 118.82 + 0.004 * (number // 20)
    apart = replace(seen, point=replace(seen.point, lat_deg=lat, lon_deg=lon))
    return event(f"bench-{number:03d}", apart, Kind.RAISED)


def record(folder: Path) -> MemoryRecord:
    kept = scene(folder)
    kept.tracks["UAV-07"] = track()
    for number in range(INCIDENTS - 3):
        kept.append(alarm(number))
    return kept


def measure(here: Served, page: Any, minutes: float) -> dict[str, object]:
    """Of one page that has just been opened."""
    page.locator("#map[data-map='ready']").wait_for(timeout=60_000)
    times = page.evaluate("window.marks")
    first, last = here.record.tracks["UAV-07"][0], here.record.tracks["UAV-07"][-1]
    frames = {
        name: page.evaluate(FRAMES, [at.lon_deg, at.lat_deg])
        for name, at in (("start", first), ("end", last))
    }
    delays = [delay_ms(here, page, number) for number in range(900, 910)]
    heaps = [heap(page)]
    ends_s = time.monotonic() + 60 * minutes
    while time.monotonic() < ends_s:
        here.record.append(replace(alarm(0), kind=Kind.SEEN))
        here.bell.ring()
        page.wait_for_timeout(500)
    heaps.append(heap(page))
    return {
        "queue_ms": round(times["queue"]),
        "map_idle_ms": round(times["map"]),
        **{f"frames_{name}_ms": _middle_and_95(times) for name, times in frames.items()},
        "alarm_to_queue_ms": [round(statistics.median(delays)), round(max(delays))],
        "heap_mb": heaps,
        "minutes": minutes,
    }


def _middle_and_95(ordered: list[float]) -> list[int]:
    return [round(ordered[len(ordered) // 2]), round(ordered[int(0.95 * len(ordered))])]


def delay_ms(here: Served, page: Any, number: int) -> float:
    one = alarm(number)
    seen = one.evidence
    assert seen is not None
    page.evaluate(f"window.shown = ({SHOWN})({json.dumps(one.incident_id)}); null")
    begun_s = time.time()
    here.record.append(replace(one, evidence=replace(seen, t_received_s=0.0)))  # waits longest
    here.bell.ring()
    shown_ms = float(page.evaluate("window.shown"))
    page.wait_for_timeout(700)
    return shown_ms - 1000 * begun_s


def heap(page: Any) -> float:
    """MB after collecting garbage."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    return round(float(used) / 1e6, 1)


MARKS = """
window.marks = {};
new MutationObserver(() => {
  const now = performance.now();
  if ("ready" in (document.documentElement?.dataset ?? {})) window.marks.queue ??= now;
  if (document.getElementById("map")?.dataset.map) window.marks.map ??= now;
}).observe(document, { attributes: true, subtree: true, childList: true });
"""


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=1.0)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        served(record(Path(folder))) as here,
        chromium() as browser,
        opened(browser, here, before=MARKS) as page,
    ):
        result = measure(here, page, asked.minutes)
    print(json.dumps({"bench": "page", "incidents": INCIDENTS, "points": POINTS, **result}))


if __name__ == "__main__":
    main()
