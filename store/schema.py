"""The tables. Everything carries a number ``n`` from one counter, given in commit order.

One counter for arrivals and for events makes "what came after" a single comparison, for the
analyst's cursor and for the event stream alike. Taking numbers locks the counter's row until the
commit, so numbers become visible in order on PostgreSQL too, where a sequence would not do that.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def _key() -> tuple[Column[int], ...]:
    """What identifies a record by nature, its number, and a digest that tells a clash."""
    return (
        Column("flight_n", Integer, ForeignKey("flight.flight_n"), nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("tie", BigInteger, nullable=False),
        Column("n", BigInteger, nullable=False),
        Column("raw_n", BigInteger, nullable=False),
        Column("digest", BigInteger, nullable=False),
    )


def _reals(*names: str) -> tuple[Column[float], ...]:
    return tuple(Column(name, Double) for name in names)


counter = Table(
    "counter",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

flight = Table(
    "flight",
    metadata,
    Column("flight_n", Integer, primary_key=True, autoincrement=True),
    Column("device_id", String(64), nullable=False),
    Column("boot_id", String(64), nullable=False),
    Column("t_first_received_s", Double, nullable=False),
    UniqueConstraint("device_id", "boot_id"),
)

raw = Table(
    "raw",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("t_first_s", Double, nullable=False),
    Column("t_last_s", Double, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    comment="One batch as it arrived: zlib of msgpack [[topic, t_received_s, payload], ...]",
)

fix = Table(
    "fix",
    metadata,
    *_key(),
    Column("t_device_s", Double, nullable=False),
    Column("t_received_s", Double, nullable=False),
    Column("quality", String(8), nullable=False),
    *_reals("lat_deg", "lon_deg", "height_takeoff_m", "height_ellipsoid_m", "height_msl_m"),
    *_reals("yaw_deg", "pitch_deg", "roll_deg"),
    *_reals("gimbal_yaw_deg", "gimbal_pitch_deg", "gimbal_roll_deg"),
    Column("camera", String(64)),
    *_reals("zoom", "hfov_deg"),
    PrimaryKeyConstraint("flight_n", "seq", "tie"),
    Index(None, "n", unique=True),
    sqlite_with_rowid=False,
)

frame = Table(
    "frame",
    metadata,
    *_key(),
    Column("t_capture_s", Double, nullable=False),
    Column("t_sent_s", Double),
    Column("t_received_s", Double, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("camera", String(64)),
    *_reals("hfov_deg", "gimbal_yaw_deg", "gimbal_pitch_deg", "gimbal_roll_deg"),
    PrimaryKeyConstraint("flight_n", "seq", "tie"),
    Index(None, "n", unique=True),
    Index(None, "sha256"),
    comment="The picture itself is the blob named by sha256",
)

note = Table(
    "note",
    metadata,
    *_key(),
    Column("t_device_s", Double, nullable=False),
    Column("t_received_s", Double, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("body_json", Text, nullable=False),
    PrimaryKeyConstraint("flight_n", "seq", "tie", "kind"),
    Index(None, "n", unique=True),
    comment="Home points (kind home), state changes, device events, topology",
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("t_received_s", Double, nullable=False),
    Column("topic", Text, nullable=False),
    Column("device_id", String(64)),
    Column("reason", Text, nullable=False),
    Column("digest", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Index(None, "digest"),
    comment="Messages not understood, and records whose key was taken by other contents",
)

run = Table(
    "run",
    metadata,
    Column("run_n", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(8), nullable=False),
    Column("name", Text, nullable=False, unique=True),
    Column("detector", Text, nullable=False),
    Column("rules_json", Text, nullable=False),
    Column("start_n", BigInteger, nullable=False),
    Column("cursor_n", BigInteger, nullable=False),
    comment="One analysis: live, or over a past range, by one detector under one set of rules",
)

look = Table(
    "look",
    metadata,
    Column("run_n", Integer, ForeignKey("run.run_n"), nullable=False),
    Column("frame_n", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("body_json", Text, nullable=False),
    Column("told_n", BigInteger),
    PrimaryKeyConstraint("run_n", "frame_n"),
    Index(None, "told_n"),
    sqlite_with_rowid=False,
    comment="What the analysis made of one frame; told_n is the number of its entry in the ledger",
)

event = Table(
    "event",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("run_n", Integer, ForeignKey("run.run_n"), nullable=False),
    Column("key", String(128), nullable=False),
    Column("incident_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("t_s", Double, nullable=False),
    Column("body_json", Text, nullable=False),
    UniqueConstraint("run_n", "key"),
    Index(None, "incident_id"),
    comment="Append-only: what the screen shows and the auditor replays",
)

upload = Table(
    "upload",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("last_n", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("t_uploaded_s", Double, nullable=False),
    Column("flight_n", Integer, ForeignKey("flight.flight_n")),
    *_reals("t_first_s", "t_last_s"),
    Column("status", String(16), nullable=False),
    Column("report_json", Text, nullable=False),
    comment="One file: its bytes are the blob sha256, its records bear its n as raw_n and the "
    "numbers up to last_n",
)

ledger = Table(
    "ledger",
    metadata,
    Column("i", BigInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, nullable=False),
    Column("t_us", BigInteger, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("verb", String(32), nullable=False),
    Column("subject", String(256), nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Index(None, "n"),
    comment="Append-only and hash-chained: every change, or the digests of what was stored",
)

outbox = Table(
    "outbox",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", String(64), nullable=False),
    Column("key", String(160), nullable=False),
    Column("incident_id", String(64), nullable=False),
    Column("event_n", BigInteger, nullable=False),
    Column("message", String(16), nullable=False),
    Column("identifier", String(64)),
    Column("sender", String(128)),
    Column("content_type", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("t_planned_s", Double, nullable=False),
    Column("due_s", Double, nullable=False),
    Column("t_done_s", Double),
    Column("error", Text),
    UniqueConstraint("channel", "key"),
    Index(None, "state", "due_s"),
    comment="Messages to partners: written with the cursor that made them, kept when delivered",
)

outbox_cursor = Table(
    "outbox_cursor",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("event_n", BigInteger, nullable=False),
    comment="Up to which event each channel has been planned",
)
