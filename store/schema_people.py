"""The tables of those who sign in. What they do stands in the ledger, not here."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, String, Table

from store.schema import metadata

account = Table(
    "account",
    metadata,
    Column("account_n", Integer, primary_key=True, autoincrement=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(128), nullable=False, unique=True),
    Column("seat", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("district", String(64), nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("password", String(256), nullable=False),
    comment="Never deleted: a name in the record is one person's for ever; password is argon2id",
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account_n", Integer, ForeignKey("account.account_n"), nullable=False),
    Column("t_begin_s", Double, nullable=False),
    Column("t_seen_s", Double, nullable=False),
    Column("idle_s", Double),
    Column("t_over_s", Double, nullable=False),
    Index(None, "account_n"),
    comment="token_hash is the sha256 of what the browser or script holds; idle_s null never idles",
)
