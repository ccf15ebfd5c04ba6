"""What was, wired: flights to be replayed, incidents in lists and on paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from fastapi import APIRouter

from alerts.placing import Placer
from plumeline.checkpoints import KEY_NAME, known_checkpoints
from plumeline.config import Config
from plumeline.flown import Flown
from plumeline.web.flights import flight_routes
from plumeline.web.incident_log import incident_log_routes
from plumeline.web.papers import paper_routes
from plumeline.web.projection import Incidents
from store.checkpoint import Signer
from store.store import Store
from store.verify_flight import FlightVerdict, verify_flight


def past_routes(
    config: Config,
    store: Store,
    placer: Placer,
    incidents: Incidents,
    now_s: Callable[[], float],
) -> Sequence[APIRouter]:
    """The routes of the replay, of the list of incidents, and of the printed report."""
    zone, verdict = config.zone(), partial(_verdict, config, store)
    premises = tuple(placer.premises or ())
    districts = {one.premises_id: one.district for one in premises}
    return (
        flight_routes(Flown(store, placer), incidents, store.reader, now_s=now_s, verdict=verdict),
        incident_log_routes(
            incidents,
            zone=zone,
            now_s=now_s,
            district_of=districts.get,
            districts=sorted({one for one in districts.values() if one}),
        ),
        paper_routes(
            store,
            incidents,
            station=config.place(),
            premises=premises,
            zone=zone,
            now_s=now_s,
            verdict=verdict,
            page_url=config.out.page_url,
        ),
    )


def _verdict(
    config: Config, store: Store, flight_id: str, incident_ids: Sequence[str]
) -> FlightVerdict:
    """Held against the checkpoints there are, and the key that signs them on this machine."""
    own, witness = config.checkpoints()
    key = own / KEY_NAME
    return verify_flight(
        store.engine,
        store.blobs,
        known_checkpoints(own, witness),
        flight_id,
        incidents=incident_ids,
        trusted_key=Signer(key).public if key.is_file() else None,
    )
