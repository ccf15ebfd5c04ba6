"""A record with one flight and one handled incident, and bundles of parts of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from alerts.events import Event, Kind
from alerts.lifecycle import Act, Verb
from ingest.recorder import Recorder
from ingest.wire.table import Decoders
from plumeline.analyst import Analyst
from plumeline.bundle_seal import Declared, Manifest, Member, Proof, seal
from plumeline.checkpoints import Notary, known_checkpoints
from plumeline.config import Config, DataSection, StationSection
from plumeline.flights import load_flight
from plumeline.judges import Judges
from plumeline.replay import with_sample_premises
from store.analysis import RunKind
from store.evidence import About, Case, Subject, entry_at, gather
from store.store import Store, open_store

DECLARED = Declared(
    reason="法院调取，(2026)苏0115行初12号",
    unit="江宁区消防救援大队",
    name="陈明",
    approved_by="李娜",
)
STATION = StationSection(name_zh="江宁站", name_en="Jiangning station")
FLOWN_S = 1_795_145_460.0
"""2026-11-20 11:31 in Nanjing: a little after the flight."""
BATCH = 50
"""Messages: several batches for one flight."""


class Scene:
    """The record, its notary, and its one incident."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.config = Config(data=DataSection(folder=str(folder)), station=STATION)
        self.t_s = FLOWN_S
        own, _ = self.config.checkpoints()
        self.notary = Notary(store, own, station="Jiangning station", now_s=self.clock)
        self.incident = Subject(about=About.INCIDENT, name=self._analysed())
        self.notary.sign()
        self._handled()
        self.case: Case = gather(store.engine, self.incident)
        self.flight = Subject(about=About.FLIGHT, name=self.case.flight_ids[0])

    def clock(self) -> float:
        """One second later with every look at it."""
        self.t_s += 1
        return self.t_s

    @property
    def key(self) -> str:
        """The station's public key."""
        return self.notary.public_key

    def proof(self, first_i: int) -> Proof:
        return Proof(
            store=self.store,
            notary=self.notary,
            known=partial(known_checkpoints, *self.config.checkpoints()),
            t_s=self.clock(),
            first_i=first_i,
        )

    def _analysed(self) -> str:
        judges = Judges.of(with_sample_premises(self.config))
        analyst = Analyst(
            self.store.analysis,
            judges.detector,
            judges.placer,
            judges.rules,
            now_s=self.clock,
            kind=RunKind.LIVE,
        )
        analyst.catch_up()
        analyst.finish()
        return self.store.analysis.events(analyst.run_record)[0].incident_id

    def _handled(self) -> None:
        for verb in (Verb.ACKNOWLEDGE, Verb.CONFIRM, Verb.HAND_OVER):
            to = "fire-119" if verb is Verb.HAND_OVER else ""
            act = Act(verb=verb, actor="陈 明", seat="应急", t_s=self.clock(), to=to)
            name = self.incident.name
            event = Event(key=f"{verb}", incident_id=name, kind=Kind.ACT, t_s=act.t_s, act=act)
            self.store.acts.act(name, lambda _, event=event: [event], act.t_s)


@contextmanager
def flown(folder: Path) -> Iterator[Scene]:
    """The sample flight `chemical_store`, recorded, analysed, confirmed and handed over."""
    store = open_store(folder)
    try:
        recorder = Recorder(store.shelf, Decoders())
        messages = list(load_flight("chemical_store").messages())
        for start in range(0, len(messages), BATCH):
            recorder.take(messages[start : start + BATCH])
        yield Scene(store, folder)
    finally:
        store.close()


def small_bundle(scene: Scene, rng: random.Random, out: Path) -> None:
    """A true bundle of a few of the incident's events and pictures, sealed as any other."""
    store, ledger = scene.store, scene.store.ledger
    for _ in range(rng.randrange(4)):
        ledger.say(t_s=scene.clock(), actor="测试", verb="note", subject=f"{rng.random()}")
        if rng.random() < 0.4:
            scene.notary.sign()
    events = sorted(rng.sample(scene.case.events, rng.randint(1, 5)), key=lambda one: one.n)
    pictures = {one.event.evidence.sha256 for one in events if one.event.evidence}
    members = [
        Member(name="README.txt", role="readme", data=rng.randbytes(rng.randint(1, 400))),
        Member(
            name="events.jsonl",
            role="events",
            data="".join(f"{one.body_json}\n" for one in events).encode(),
        ),
        *(
            Member(name=f"frames/{name}.jpg", role="picture", data=store.blobs.path(name))
            for name in sorted(pictures)
        ),
    ]
    manifest = Manifest(
        program="test",
        station="站 \u2028 é",
        about=scene.incident,
        t0_s=rng.random(),
        t1_s=2.0,
        t_made_s=scene.t_s,
        pictures="original",
    )
    declared = Declared(reason=f"案 {rng.random()} \"'\\", unit="单位", name=f"人{rng.random()}")
    first_i = entry_at(store.engine, events[0].n)
    seal(out, members, manifest, declared, scene.proof(first_i))
