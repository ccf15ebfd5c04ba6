"""The daily work, held against what the ledger keeps of it: rows as they were born, standings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, Table, select

from store import schema_casework as schema
from store.blobs import Blobs
from store.casework import ADD, born, digest
from store.contents import Wrong, wrong_blob
from store.corrections_check import wrong_corrections, wrong_leads
from store.schema import ledger
from store.standings import ENTRY, LISTINGS, ORDERS, STANDING, columns_of, evidence

TABLES: dict[str, Table] = {
    table.name: table for table in (schema.visit, schema.finding, schema.task)
}


class _Births(msgspec.Struct):
    casework: str
    upto: int


def wrong_work(connection: Connection, blobs: Blobs, purged: set[str]) -> Iterator[Wrong]:
    """Whatever is not as the ledger says, and evidence that is gone or has other bytes."""
    for sha256, key in sorted(evidence(connection).items()):
        if sha256 not in purged and (fault := wrong_blob(blobs, sha256)):
            yield Wrong(what="blob", where=f"evidence {sha256} of {key} {fault}", i=None)
    yield from _wrong_births(connection)
    for where in (
        *wrong_standings(connection), *wrong_corrections(connection), *wrong_leads(connection)
    ):  # fmt: skip
        yield Wrong(what="daily work", where=where, i=None)


def _wrong_births(connection: Connection) -> Iterator[Wrong]:
    """Batches of visits, findings or orders that are not what they were when they came in."""
    own = (ledger.c.verb == ADD, ledger.c.subject.in_(TABLES))
    query = select(ledger.c.i, ledger.c.n, ledger.c.subject, ledger.c.body).where(*own)
    for i, n, subject, body in connection.execute(query.order_by(ledger.c.i)).all():
        said, table = msgspec.json.decode(body, type=_Births), TABLES[subject]
        rows = select(table).where(table.c.n > n, table.c.n <= said.upto).order_by(table.c.n)
        found = connection.execute(rows).mappings()
        if digest(born(dict(row), table) for row in found) != said.casework:
            where = f"{subject}s of batch {n} were changed, added or taken away"
            yield Wrong(what="daily work", where=where, i=i)


def wrong_standings(connection: Connection) -> Iterator[str]:
    """What stands as no step has left it, one line each."""
    for kept in (ORDERS, LISTINGS):
        said: dict[str, str] = {}
        t = kept.table
        subjects = ledger.c.subject.startswith(f"{kept.subject}/", autoescape=True)
        query = select(ledger.c.subject, ledger.c.body).where(subjects).order_by(ledger.c.i)
        for subject, body in connection.execute(query):
            said[subject.partition("/")[2]] = ENTRY.decode(body).standing
        rows = select(t).where(t.c.standing_json.is_not(None)).order_by(t.c.n)
        for row in connection.execution_options(yield_per=10_000).execute(rows).mappings():
            digest = said.pop(row["key"], None)
            standing = row["standing_json"]
            if hashlib.sha256(standing.encode()).hexdigest() != digest:
                yield f"{kept.subject} {row['key']} stands as no step has left it"
            elif any(row[c] != v for c, v in columns_of(kept, STANDING.decode(standing)).items()):
                yield f"{kept.subject} {row['key']} has a column that was changed"
        yield from (f"{kept.subject} {key} is missing" for key in said)
