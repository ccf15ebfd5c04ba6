"""Opening the whole record: database and blob folder, and the sides that work with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import URL

from store.acts import SqlActs
from store.analysis import SqlAnalysis
from store.blobs import Blobs
from store.casework import SqlCasework
from store.engine import open_engine, sqlite_url
from store.ledger import SqlLedger
from store.order_lists import SqlOrderLists
from store.orders import SqlOrders
from store.outbox import SqlOutbox
from store.patrol_log import SqlPatrolLog
from store.people import SqlPeople
from store.reading import SqlReader
from store.reflights import SqlReflights
from store.shelf import SqlShelf
from store.uploads import SqlUploads


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The record. Close it when done."""

    engine: Engine
    blobs: Blobs
    shelf: SqlShelf
    analysis: SqlAnalysis
    reader: SqlReader
    acts: SqlActs
    ledger: SqlLedger
    outbox: SqlOutbox
    uploads: SqlUploads
    casework: SqlCasework
    orders: SqlOrders
    order_lists: SqlOrderLists
    reflights: SqlReflights
    patrol_log: SqlPatrolLog
    people: SqlPeople

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def open_store(folder: Path, database: str | URL | None = None) -> Store:
    """The record in a folder, made if it is new; ``database`` names another one than SQLite's.

    Raises:
        StoreError: damaged, newer than this version, or its driver is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    engine = open_engine(database or sqlite_url(folder / "plumeline.db"))
    blobs = Blobs(folder / "blobs")
    return Store(
        engine=engine,
        blobs=blobs,
        shelf=SqlShelf(engine, blobs),
        analysis=SqlAnalysis(engine, blobs),
        reader=SqlReader(engine, blobs),
        acts=SqlActs(engine),
        ledger=SqlLedger(engine),
        outbox=SqlOutbox(engine),
        uploads=SqlUploads(engine, blobs),
        casework=SqlCasework(engine),
        orders=SqlOrders(engine, blobs),
        order_lists=SqlOrderLists(engine),
        reflights=SqlReflights(engine),
        patrol_log=SqlPatrolLog(engine),
        people=SqlPeople(engine),
    )
