"""The tables of the daily work, beside those of `store.schema`.

Ids are those of the register, of the org tree and of whoever reports; days are Beijing's, as ISO
dates. What a row says at birth never changes and is covered by the ledger's digest; how a finding
or a task stands is a cache of its last step, which is an entry of the ledger.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from store.schema import ledger, metadata

Index("ix_ledger_subject", ledger.c.subject)

org = Table(
    "org",
    metadata,
    Column("org_id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("parent_id", String(64)),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("build_json", Text, nullable=False),
    Index(None, "parent_id"),
)

staff = Table(
    "staff",
    metadata,
    Column("person_id", String(64), primary_key=True),
    Column("org_id", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("party_member", Boolean, nullable=False),
    Index(None, "org_id"),
)

place = Table(
    "place",
    metadata,
    Column("place_id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("cls", String(16)),
    Column("subtype", String(64), nullable=False),
    Column("risk", Integer),
    Column("name", Text, nullable=False),
    Column("name_en", Text),
    Column("address", Text),
    Column("org_id", String(64)),
    Column("district", Text),
    Column("lat_deg", Double),
    Column("lon_deg", Double),
    Column("outline_json", Text),
    Column("valid_from", String(10)),
    Column("valid_until", String(10)),
    Index(None, "org_id", "cls"),
)


def _born() -> tuple[Column[int], Column[str]]:
    return (
        Column("n", BigInteger, primary_key=True, autoincrement=False),
        Column("key", String(128), nullable=False, unique=True),
    )


visit = Table(
    "visit",
    metadata,
    *_born(),
    Column("place_id", String(64), nullable=False),
    Column("org_id", String(64), nullable=False),
    Column("method", String(16), nullable=False),
    Column("t0_s", Double, nullable=False),
    Column("t1_s", Double, nullable=False),
    Column("day", String(10), nullable=False),
    Column("result", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("person_id", String(64)),
    Column("ref", String(128), nullable=False),
    Column("cls", String(16)),
    Column("seen_share", Double),
    Column("slant_m", Double),
    Column("dwell_s", Double),
    Column("evidence_json", Text, nullable=False),
    Column("power_id", String(64)),
    Column("origin", String(64)),
    Column("text", Text, nullable=False),
    Column("t_reported_s", Double, nullable=False),
    Column("revises", String(128)),
    Column("superseded_n", BigInteger),
    Index(None, "org_id", "day", "person_id", "method"),
    Index(None, "t0_s"),
    Index(None, "place_id", "t1_s"),
    Index(
        "ix_visit_ref", "ref", sqlite_where=text("ref != ''"), postgresql_where=text("ref != ''")
    ),
    Index(
        "ix_visit_inspection",
        "day",
        sqlite_where=text("method = 'inspection'"),
        postgresql_where=text("method = 'inspection'"),
    ),
)


def _happened(name: str) -> Index:
    given = text(f"{name} IS NOT NULL")
    return Index(f"ix_finding_{name}", name, sqlite_where=given, postgresql_where=given)


finding = Table(
    "finding",
    metadata,
    *_born(),
    Column("org_id", String(64), nullable=False),
    Column("source", String(16), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("level", String(16), nullable=False),
    Column("t_found_s", Double, nullable=False),
    Column("day", String(10), nullable=False),
    Column("t_reported_s", Double, nullable=False),
    Column("place_id", String(64)),
    Column("cls", String(16)),
    Column("person_id", String(64)),
    Column("visit_key", String(128)),
    Column("incident_id", String(64)),
    Column("lat_deg", Double),
    Column("lon_deg", Double),
    Column("address", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("evidence_json", Text, nullable=False),
    Column("origin", String(64)),
    Column("born_json", Text, nullable=False),
    Column("lead", String(64), nullable=False),
    Column("co_owners_json", Text, nullable=False),
    Column("listed", String(10)),
    Column("delisted", String(10)),
    Column("rectified", String(10)),
    Column("case_no", String(64)),
    Column("case_filed", String(10)),
    Column("listing_state", String(16)),
    Column("listing_due", String(10)),
    Column("standing_json", Text),
    Index(None, "org_id", "day", "person_id"),
    Index(None, "place_id", "t_found_s"),
    _happened("listed"),
    _happened("case_filed"),
    _happened("rectified"),
)

task = Table(
    "task",
    metadata,
    *_born(),
    Column("kind", String(16), nullable=False),
    Column("org_id", String(64), nullable=False),
    Column("finding_key", String(128)),
    Column("place_id", String(64)),
    Column("text", Text, nullable=False),
    Column("t_opened_s", Double, nullable=False),
    Column("state", String(16), nullable=False),
    Column("owner", String(128), nullable=False),
    Column("due", String(10)),
    Column("repeat_of", String(128)),
    Column("standing_json", Text, nullable=False),
    Index(None, "state", "due"),
    Index(None, "owner", "state"),
    Index(None, "org_id", "state", "due"),
    Index(None, "finding_key"),
    Index(None, "place_id"),
)

COUNTS = (
    "visits",
    "inspections",
    "found",
    "rectified",
    "listed",
    "delisted",
    "cases",
    "late_visits",
    "late_inspections",
    "late_found",
)

tally = Table(
    "tally",
    metadata,
    Column("day", String(10), nullable=False),
    Column("org_id", String(64), nullable=False),
    Column("cls", String(16), nullable=False),
    *(Column(name, Integer, nullable=False) for name in COUNTS),
    PrimaryKeyConstraint("day", "org_id", "cls"),
    sqlite_with_rowid=False,
    comment="Counts of the rows per day, station and class, changed in the transaction that "
    "changes the rows; `store.tally.recount` counts them anew",
)

place_year = Table(
    "place_year",
    metadata,
    Column("year", Integer, nullable=False),
    Column("place_id", String(64), nullable=False),
    Column("org_id", String(64), nullable=False),
    Column("cls", String(16), nullable=False),
    Column("visits", Integer, nullable=False),
    Column("inspections", Integer, nullable=False),
    Column("t_last_s", Double, nullable=False),
    PrimaryKeyConstraint("year", "place_id"),
    Index(None, "year", "org_id", "cls"),
    sqlite_with_rowid=False,
    comment="How often each place was visited in a year, and when last: kept like tally",
)
