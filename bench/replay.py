"""The replay in Debian's Chromium without a GPU: a flight of 20,000 positions, 200 incidents in it.

Software rendering (SwiftShader) is the worst a station's screen can have. Measured on the page as
it is served from a record on disk: until the replay stands, until its map is idle for the first
time; frames while it plays at 16 times near the start and near the end of the track, all incidents
on the map, by the clock and by the processor time of the page's main thread for each; the
JavaScript heap after so many whole replays at 64 times while news come in over the live stream.
Prints one JSON line.

Run: python -m bench.replay [--loops 3]      needs Playwright and chromium
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from alerts.events import Event, Kind
from alerts.placing import Placer
from geo.premises import PremisesIndex
from ingest.recorder import Arrival, Message
from ingest.records import Attitude, Key
from plumeline.config import Config, DataSection
from plumeline.shapes import station_shapes
from plumeline.web.bell import Bell
from plumeline.web.chart import Chart
from plumeline.web.past import past_routes
from plumeline.web.projection import Incidents
from store.analysis import RunKind
from store.store import Store, open_store
from tests.plumeline.web_browser import chromium, opened
from tests.plumeline.web_duty import YARD
from tests.plumeline.web_scene import T0_S, event, located
from tests.plumeline.web_served import Served, served
from tests.records import fix, frame

INCIDENTS, POINTS, HERTZ, STEPS = 200, 20_000, 10, 30
FLIGHT_S = POINTS / HERTZ
FLIGHT = "UAV-07.b1"
FRAMES = """async (share) => {
  const { dataset } = document.documentElement;
  const scrubber = document.getElementById("scrubber");
  const { x, bottom, width } = scrubber.getBoundingClientRect();
  const at = { clientX: x + share * width, clientY: bottom - 8, bubbles: true, pointerId: 1 };
  scrubber.setPointerCapture = () => {};
  scrubber.dispatchEvent(new PointerEvent("pointerdown", at));
  scrubber.dispatchEvent(new PointerEvent("pointerup", at));
  document.getElementById("speed").value = "16";
  document.getElementById("speed").dispatchEvent(new Event("change"));
  document.getElementById("play").click();
  const times = [];
  let last = performance.now();
  for (let i = 0; i < 30; i += 1) {
    await new Promise((resolve) => { requestAnimationFrame(resolve); });
    const now = performance.now();
    times.push(now - last);
    last = now;
  }
  document.getElementById("play").click();
  return { times: times.slice(5).sort((a, b) => a - b), t: Number(dataset.t) };
}"""
BUSY = """async () => {
  const { dataset } = document.documentElement;
  document.getElementById("speed").value = "64";
  document.getElementById("speed").dispatchEvent(new Event("change"));
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Home", bubbles: true }));
  document.getElementById("play").click();
}"""
MARKS = """
window.marks = {};
new MutationObserver(() => {
  const now = performance.now();
  if ("ready" in (document.documentElement?.dataset ?? {})) window.marks.ready ??= now;
  if (document.getElementById("map")?.dataset.map) window.marks.map ??= now;
}).observe(document, { attributes: true, subtree: true, childList: true });
"""


def fill(store: Store) -> None:
    """A growing spiral at 10 Hz, a picture every 5 s, every alarm in the first two seconds."""
    fixes = tuple(
        fix(
            0.0,
            key=Key(device_id="UAV-07", boot_id="b1", seq=i),
            digest=i,
            t_device_s=T0_S + i / HERTZ,
            t_received_s=T0_S + i / HERTZ,
            lat_deg=31.95 + 0.0000016 * i * math.cos(i / 400),
            lon_deg=118.84 + 0.0000018 * i * math.sin(i / 400),
            aircraft=Attitude(yaw_deg=0.0, pitch_deg=0.0),
        )
        for i in range(POINTS)
    )
    pictures = tuple(
        frame(
            float(i),
            key=Key(device_id="UAV-07", boot_id="b1", seq=i),
            t_capture_s=T0_S + 5.0 * i,
            t_received_s=T0_S + 5.0 * i,
        )
        for i in range(int(FLIGHT_S / 5))
    )
    message = Message(topic="uav/UAV-07/fix", payload=b"{}", t_received_s=T0_S)
    for start in range(0, POINTS, 500):
        store.shelf.put([Arrival(message=message, records=fixes[start : start + 500])])
    store.shelf.put([Arrival(message=message, records=pictures)])
    tell(store, [alarm(number) for number in range(INCIDENTS)])


def alarm(number: int) -> Event:
    """One of the flight's incidents, each at a place of its own."""
    first = located(0)
    key = replace(first.key, device_id="UAV-07", boot_id="b1", seq=1000 + number)
    seen = replace(first, key=key, t_capture_s=T0_S + 0.01 * (number % INCIDENTS))
    assert seen.point is not None
    lat, lon = 31.93 + 0.002 * (number % 20), 118.82 + 0.004 * (number // 20)
    apart = replace(seen, point=replace(seen.point, lat_deg=lat, lon_deg=lon))
    return event(f"bench-{number:03d}", apart, Kind.RAISED)


def tell(store: Store, events: Sequence[Event]) -> None:
    run = store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live d")
    store.analysis.append(run, [], list(events), 0, T0_S)


def measure(here: Served, page: Any, store: Store, loops: int) -> dict[str, object]:
    """Of one page that has just been opened."""
    page.locator("#map[data-map='ready']").wait_for(timeout=120_000)
    times = page.evaluate("window.marks")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    frames: dict[str, list[float]] = {"start": [], "end": []}
    cpu_ms = {"start": 0.0, "end": 0.0}
    for share in (0.02, 0.82) * 3:  # by turns: the machine may be busy with something else
        where, before_s = "start" if share < 0.5 else "end", busy_s(session)
        found = page.evaluate(FRAMES, share)
        cpu_ms[where] += 1000 * (busy_s(session) - before_s)
        frames[where] += found["times"]
        assert abs(found["t"] - T0_S - FLIGHT_S * share) < 0.18 * FLIGHT_S, "it went too far"
    heaps = [heap(page)]
    number = INCIDENTS
    for _ in range(loops):
        page.evaluate(BUSY)
        while page.locator("#play .pause").count():
            again = alarm(number % INCIDENTS)
            tell(store, [replace(again, key=f"again-{number}", kind=Kind.SEEN)])
            here.bell.ring()
            number += 1
            page.wait_for_timeout(500)
        heaps.append(heap(page))
    return {
        "ready_ms": round(times["ready"]),
        "map_idle_ms": round(times["map"]),
        **{f"frames_{name}_ms": _middle_and_95(sorted(times)) for name, times in frames.items()},
        **{f"cpu_{name}_ms": round(spent_ms / 3 / STEPS, 1) for name, spent_ms in cpu_ms.items()},
        "heap_mb": heaps,
        "flown_s": round(loops * FLIGHT_S),
        "live_events": number - INCIDENTS,
    }


def _middle_and_95(ordered: list[float]) -> list[int]:
    return [round(ordered[len(ordered) // 2]), round(ordered[int(0.95 * len(ordered))])]


def busy_s(session: Any) -> float:
    """Processor time of the page's main thread."""
    told = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in told if one["name"] == "TaskDuration"))


def heap(page: Any) -> float:
    """MB after collecting garbage."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return round(float(used) / 1e6, 1)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--loops", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(folder)
        fill(store)
        index = PremisesIndex([YARD])

        def more(_bell: Bell, incidents: Incidents) -> Sequence[APIRouter]:
            config = Config(data=DataSection(folder=str(folder)))
            return past_routes(config, store, Placer(premises=index), incidents, lambda: T0_S)

        begun_s = time.monotonic()
        with (
            served(
                store.reader, chart=Chart(shapes=station_shapes(index, None)), more=more
            ) as here,
            chromium() as browser,
            opened(browser, here, path=f"/replay#f={FLIGHT}", before=MARKS, lossy=True) as page,
        ):
            result = measure(here, page, store, asked.loops)
        store.close()
    took_s = round(time.monotonic() - begun_s)
    print(
        json.dumps(
            {
                "bench": "replay",
                "incidents": INCIDENTS,
                "points": POINTS,
                **result,
                "took_s": took_s,
            }
        )
    )


if __name__ == "__main__":
    main()
