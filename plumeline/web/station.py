"""The page of one station: the application over its record, with everything people can do there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import APIRouter, FastAPI

from alerts.placing import Placer
from ingest.trouble import Trouble
from plumeline.basemap import open_basemap
from plumeline.casework import settle
from plumeline.config import Config
from plumeline.exchange import Exchange
from plumeline.inquirer import Inquirer
from plumeline.judges import make_placer
from plumeline.shapes import station_shapes
from plumeline.web.acts import act_routes, known_routes, response_routes
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.chart import Chart
from plumeline.web.desk import Desk
from plumeline.web.door import StationDoor
from plumeline.web.exchange import exchange_routes
from plumeline.web.inquiries import inquiry_routes
from plumeline.web.letters import letter_routes
from plumeline.web.orders import order_routes, report_routes
from plumeline.web.past import past_routes
from plumeline.web.patrol_plans import plan_routes
from plumeline.web.patrols import patrol_routes, visit_routes
from plumeline.web.people import people_routes
from plumeline.web.planning import planning_routes
from plumeline.web.projection import Incidents
from plumeline.web.reviews import review_routes
from plumeline.web.sessions import session_routes
from plumeline.web.sheets import sheet_routes
from plumeline.web.statistics import statistics_routes
from plumeline.web.viewing import Footage
from plumeline.web.visits_in import visit_intake_routes
from plumeline.work import Work
from store.inquiries import SqlInquiries
from store.response import SqlResponse
from store.reviews import SqlReviews
from store.statistics import SqlStatistics
from store.store import Store
from store.viewing import SqlViewing


def make_app(
    config: Config,
    store: Store,
    bell: Bell,
    desk: Desk,
    door: StationDoor,
    *,
    now_s: Callable[[], float],
    health: Callable[[], list[Trouble]],
    ring: Callable[[], None],
) -> FastAPI:
    """The application; ``ring`` is called when somebody has done something.

    Raises:
        ConfigError, BadPremises: the register, the elevation model, the geoid or
            the tiles cannot be read.
    """
    placer, zone = make_placer(config), config.zone()
    _settle(config, store, placer, now_s())
    addresses = {one.premises_id: one.address for one in placer.premises or ()}
    responses = SqlResponse(store.engine)

    def more(incidents: Incidents) -> Sequence[APIRouter]:
        return (
            session_routes(door),
            people_routes(door.people, now_s=now_s),
            letter_routes(store.outbox, now_s=now_s, ring=ring),
            review_routes(SqlReviews(store.engine), incidents, now_s=now_s),
            act_routes(store.acts, incidents, now_s=now_s, ring=ring),
            known_routes(incidents, now_s=now_s),
            response_routes(responses, incidents, zone=zone, now_s=now_s),
            inquiry_routes(
                _inquirer(store, placer, incidents, now_s), incidents, zone=zone, ring=ring
            ),
            sheet_routes(
                incidents,
                zone=zone,
                now_s=now_s,
                page_url=config.out.page_url,
                address_of=addresses.get,
            ),
            *_work_routes(config, store, incidents, now_s),
            *past_routes(config, store, placer, incidents, now_s),
        )

    return create_app(
        store.reader,
        bell,
        station=config.place(),
        now_s=now_s,
        door=door,
        districts=config.districts(placer.premises or ()),
        health=health,
        desk=desk,
        chart=_chart(config, placer),
        footage=lambda incidents: Footage(SqlViewing(store.engine), incidents, now_s=now_s),
        more=more,
    )


def _work_routes(
    config: Config, store: Store, incidents: Incidents, now_s: Callable[[], float]
) -> Sequence[APIRouter]:
    work, counts = Work(store, config.casework, now_s=now_s), SqlStatistics(store.engine)
    work.settle_calendar()

    def incident_of(names: Sequence[str]) -> str | None:
        return next((name for name in names if name in incidents.now().incidents), None)

    exchange = Exchange(
        store, work, station=config.casework.station, now_s=now_s, incident_of=incident_of
    )
    return (
        visit_routes(store, zone=config.zone(), now_s=now_s),
        visit_intake_routes(store, config.casework, now_s=now_s),
        patrol_routes(store, config.casework, now_s=now_s),
        plan_routes(store, now_s=now_s, districts=incidents.districts),
        planning_routes(work.calendar, now_s=now_s),
        exchange_routes(exchange, counts),
        order_routes(work, store.order_lists, counts, store.blobs, incidents, now_s=now_s),
        report_routes(work),
        statistics_routes(counts, config.place(), now_s=now_s),
    )


def _inquirer(
    store: Store, placer: Placer, incidents: Incidents, now_s: Callable[[], float]
) -> Inquirer:
    return Inquirer(
        SqlInquiries(store.engine),
        SqlResponse(store.engine),
        placer,
        lambda: incidents.now().incidents,
        now_s=now_s,
        districts=incidents.districts,
    )


def _chart(config: Config, placer: Placer) -> Chart:
    return Chart(
        tiles=open_basemap(config.basemap),
        shapes=station_shapes(placer.premises, config.station.zones),
    )


def _settle(config: Config, store: Store, placer: Placer, t_s: float) -> None:
    settle(
        store.casework,
        config.casework,
        placer.premises or (),
        name_zh=config.station.name_zh,
        name_en=config.station.name_en,
        t_s=t_s,
    )
