"""Opening the database: settings that make a commit durable, damage refused, schema brought up."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError, NoSuchModuleError

from store.errors import DamagedStore, MissingDriver, NewerStore

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 30_000


def open_engine(url: str | URL) -> Engine:
    """Connect, check, and bring the schema to this version's.

    SQLite gets WAL with ``synchronous=FULL``, so a commit survives a power cut, and a
    ``quick_check`` before anything is written.

    Raises:
        DamagedStore: the SQLite file is not whole; it is left untouched.
        NewerStore: written by a later version.
        MissingDriver: PostgreSQL without the extra ``postgres``.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        _refuse_damage(Path(address.database or ""))
    try:
        engine = create_engine(address, pool_pre_ping=address.get_backend_name() != "sqlite")
    except (NoSuchModuleError, ModuleNotFoundError) as exc:
        raise MissingDriver(address.render_as_string(), address.get_backend_name()) from exc
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
    migrate(engine)
    return engine


def reading(engine: Engine) -> Connection:
    """A connection that sees one state of the record throughout, and never queues.

    Several queries make one answer; under PostgreSQL's default each would see a later state, and
    a cursor would pass by what was committed between two of them.
    """
    level = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    return engine.connect().execution_options(reading=True, **level)


def sqlite_url(file: Path) -> URL:
    """The address of a SQLite file."""
    return URL.create("sqlite", database=str(file))


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision, in one transaction; a second run does nothing.

    Raises:
        NewerStore: the database is at a revision this version does not have.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current == script.get_current_head():
            return
        if current is not None and current not in {r.revision for r in script.walk_revisions()}:
            raise NewerStore(engine.url.render_as_string(), current)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _refuse_damage(file: Path) -> None:
    """Look before touching: a file that is there must be a whole database."""
    if not file.exists() or file.stat().st_size == 0:
        file.parent.mkdir(parents=True, exist_ok=True)
        return
    try:
        connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT_MS / 1000)
        try:
            found = connection.execute("PRAGMA quick_check(3)").fetchall()
        finally:
            connection.close()
    except sqlite3.DatabaseError as exc:
        raise DamagedStore(str(file), str(exc)) from exc
    if found != [("ok",)]:
        raise DamagedStore(str(file), "; ".join(str(row[0]) for row in found))


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where pysqlite does
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Writers queue at the start of a transaction, where waiting is safe; readers never queue."""
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


__all__ = ["DatabaseError", "migrate", "open_engine", "reading", "sqlite_url"]
