"""Fifty screens of one station: does each get every alert, and how soon?

The station's web is a process of its own over a real SQLite record with 140 incidents; alarms are
raised in it one after the other. Every screen does what the page does: it holds a stream, and
after an event it loads the list, at most four times a second. What is timed is each alarm from
before its transaction until it has arrived (a) on the stream, (b) in the list that the page draws.
Prints one JSON line.

Run: python -m bench.screens [--screens 50] [--alarms 60] [--every 1.0]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path

import uvicorn

from alerts.events import Event, Kind
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.seams import Station
from plumeline.web.server import Server
from store.analysis import RunKind
from store.store import open_store
from tests.plumeline.web_door import FakeDoor, on_duty
from tests.plumeline.web_scene import T0_S, event, located

BEFORE = 140
"""With the alarms at most the 200 that the list holds."""
PAUSE_S = 0.25


def alarm(number: int) -> Event:
    """Each somewhere else, so that none is merged."""
    seen = located(number, key=replace(located(0).key, seq=number))
    return event(f"alarm-{number}", replace(seen, t_capture_s=T0_S + number), Kind.RAISED)


def station(folder: str, alarms: int, every_s: float, pipe: Connection) -> None:
    """Serve, and raise an alarm whenever it is time; tells the port, then when each was raised."""
    store = open_store(Path(folder))
    run = store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="bench")
    store.analysis.append(run, [], [alarm(i) for i in range(BEFORE)], 0, time.time())
    bell = Bell()
    app = create_app(
        store.reader,
        bell,
        station=Station(name_zh="站", name_en="bench"),
        now_s=time.time,
        door=FakeDoor(),
    )
    server = Server(uvicorn.Config(on_duty(app), port=0, log_config=None, lifespan="off"), bell)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    pipe.send(server.servers[0].sockets[0].getsockname()[1])
    pipe.recv()
    raised_s = {}
    for i in range(BEFORE, BEFORE + alarms):
        raised_s[f"alarm-{i}"] = time.time()
        store.analysis.append(run, [], [alarm(i)], 0, time.time())
        bell.ring()
        time.sleep(every_s)
    pipe.send(raised_s)
    pipe.recv()
    server.should_exit = True
    thread.join()
    store.close()


@dataclass
class Screen:
    """One browser's connections, without the browser."""

    port: int
    streamed_s: dict[str, float] = field(default_factory=dict)
    listed_s: dict[str, float] = field(default_factory=dict)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def stream(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**24)
        writer.write(b"GET /api/stream HTTP/1.1\r\nHost: s\r\n\r\n")
        while line := await reader.readline():
            if line.startswith(b"event: hello"):
                self.ready.set()
            elif line.startswith(b"data:") and b'"incident_id"' in line:
                name = json.loads(line[5:])["event"]["incident_id"]
                self.streamed_s.setdefault(name, time.time())
                self.news.set()

    async def list(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**24)
        while True:
            await self.news.wait()
            self.news.clear()
            writer.write(b"GET /api/incidents?limit=200 HTTP/1.1\r\nHost: s\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            now_s = time.time()
            for name in self.streamed_s:
                if f'"{name}"'.encode() in body:
                    self.listed_s.setdefault(name, now_s)
            await asyncio.sleep(PAUSE_S)


async def watch(screens: list[Screen], pipe: Connection) -> dict[str, float]:
    """Open every screen, let the alarms begin, wait until they are over."""
    work = [asyncio.create_task(part) for one in screens for part in (one.stream(), one.list())]
    for one in screens:
        await one.ready.wait()
    pipe.send("begin")
    raised_s: dict[str, float] = await asyncio.to_thread(pipe.recv)
    await asyncio.sleep(3)
    for one in work:
        one.cancel()
    return raised_s


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--screens", type=int, default=50)
    parser.add_argument("--alarms", type=int, default=60)
    parser.add_argument("--every", type=float, default=1.0)
    asked = parser.parse_args()
    here, there = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        run = (folder, asked.alarms, asked.every, there)
        process = multiprocessing.get_context("spawn").Process(target=station, args=run)
        process.start()
        screens = [Screen(here.recv())]
        screens += [Screen(screens[0].port) for _ in range(asked.screens - 1)]
        raised_s = asyncio.run(watch(screens, here))
        here.send("end")
        process.join()
    result: dict[str, object] = {"bench": "screens", "screens": asked.screens}
    result["alarms"] = len(raised_s)
    for what in ("streamed_s", "listed_s"):
        came = [getattr(one, what) for one in screens]
        late = sorted(1000 * (one[name] - raised_s[name]) for one in came for name in one)
        result[what.removesuffix("_s")] = {
            "missed": asked.screens * len(raised_s) - len(late),
            "p50_ms": round(late[len(late) // 2]),
            "p95_ms": round(late[int(0.95 * len(late))]),
            "max_ms": round(late[-1]),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
