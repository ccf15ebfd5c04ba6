"""Values of another type than their column's: SQLite takes any, and we never write one."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import BigInteger, Boolean, Connection, Double, Integer, LargeBinary, func, select

from store import schema
from store.contents import Wrong

SHOWN = 10
"""Rows named of each column."""


def mistyped(connection: Connection) -> Iterator[Wrong]:
    """Every column with such values, and the first rows that have them."""
    if connection.dialect.name != "sqlite":
        return  # any other database refuses them
    for table in schema.metadata.sorted_tables:
        for column in table.columns:
            fitting = _fitting(column.type)
            strange = func.typeof(column).not_in([*fitting, "null"])
            keys = select(*table.primary_key.columns).where(strange).limit(SHOWN)
            for row in connection.execute(keys):
                named = " ".join(f"{name}={value!r}" for name, value in row._mapping.items())
                where = f"{table.name} {named}: {column.name} is none of {', '.join(fitting)}"
                yield Wrong(what="type", where=where, i=None)


def _fitting(kind: object) -> tuple[str, ...]:
    match kind:
        case BigInteger() | Integer() | Boolean():
            return ("integer",)
        case Double():
            return ("real", "integer")
        case LargeBinary():
            return ("blob",)
        case _:
            return ("text",)
