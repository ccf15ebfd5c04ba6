"""The tables of the patrol log and of the exchange, beside those of `store.schema_casework`.

What a flight saw is worked out from the record, and can be again; the rows here are that answer.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from store.schema import metadata

patrol = Table(
    "patrol",
    metadata,
    Column("flight_id", String(129), primary_key=True),
    Column("device_id", String(64), nullable=False),
    Column("t0_s", Double, nullable=False),
    Column("t1_s", Double, nullable=False),
    Column("plan_id", String(64)),
    Column("revision", Integer, nullable=False),
    Column("t_logged_s", Double, nullable=False),
    Column("body_json", Text, nullable=False),
    Index(None, "t0_s"),
    Index(None, "plan_id"),
)

patrol_plan = Table(
    "patrol_plan",
    metadata,
    Column("plan_id", String(64), primary_key=True),
    Column("route_id", String(64), nullable=False),
    Column("device_id", String(64)),
    Column("t0_s", Double, nullable=False),
    Column("t1_s", Double, nullable=False),
    Column("places_json", Text, nullable=False),
    Column("cancelled", Integer, nullable=False),
    Index(None, "t0_s"),
    comment="What is to be flown, and which premises it is to look at",
)

received = Table(
    "received",
    metadata,
    Column("partner", String(64), nullable=False),
    Column("key", String(128), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("t_received_s", Double, nullable=False),
    Column("format", String(8), nullable=False),
    Column("status", String(16), nullable=False),
    Column("subject", Text, nullable=False),
    Column("incident_id", String(64)),
    Column("body", LargeBinary, nullable=False),
    Column("answer_json", Text, nullable=False),
    PrimaryKeyConstraint("partner", "key"),
    Index(None, "t_received_s"),
    comment="Messages of partners, each once under its own id, with the answer it was given",
)
