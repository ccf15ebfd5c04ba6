"""The tables of the configuration file. docs/configuration.md tells what each key means."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from alerts.escalation import Rung
from alerts.events import Status
from ingest.wire.mapping import Mapping
from plumeline.optics import Optics
from plumeline.section import Section
from store.retention import MIN_DAYS

Engine = Literal["auto", "onnx", "openvino", "ultralytics", "ray"]
Precision = Literal["f32", "bf16"]
Count = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class StationSection(Section, frozen=True):
    """Whose system this is."""

    name_zh: str = "示范站"
    name_en: str = "Demonstration station"
    time_zone: str = "Asia/Shanghai"
    premises: str | None = None
    """GeoJSON register, WGS84."""
    no_image: str | None = None
    """GeoJSON, WGS84, like the register: areas that no picture may show."""
    zones: str | None = None
    """GeoJSON of the station's routes and zones, for its map."""
    seats: tuple[str, ...] = ()
    """The departments' seats that should answer an alarm."""
    district: str | None = None
    """The code of the district that the station itself belongs to."""


class DataSection(Section, frozen=True):
    """Where the record lies."""

    folder: str = "plumeline-data"
    database: str | None = None
    """A SQLAlchemy URL, postgresql+psycopg://...; SQLite in the folder without it."""


class MqttSection(Section, frozen=True):
    """Which broker, and who we are to it."""

    broker: Literal["embedded", "external"] = "embedded"
    host: str = "127.0.0.1"
    port: int = 1883
    client_id: str = "plumeline-recorder"
    protocol: Literal[4, 5] = 5
    """5, or 4 for MQTT 3.1.1; the embedded broker always speaks 4."""
    username: str | None = None
    password_file: str | None = None
    tls: bool = False
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    share: str | None = None
    mappings: tuple[Mapping, ...] = ()


class DeviceSection(Section, frozen=True):
    """What a device does not say of itself."""

    camera: str | None = None
    hfov_deg: float | None = None
    calibration: Optics | None = None
    """Of its camera at zoom 1, instead of the two before."""
    mount_pitch_deg: float | None = None
    """Of a camera fixed to the aircraft; straight down is -90."""
    mount_yaw_deg: float = 0.0
    status: Status = Status.ACTUAL
    """``exercise`` or ``test``: what its pictures raise is no real alarm, from birth."""
    district: str | None = None
    """The code of the district it flies for; the station's without it."""


class DetectorSection(Section, frozen=True):
    """What judges the frames."""

    engine: Engine = "auto"
    model: str = "smoke_fire_n"
    """A model of this package, or a folder with a manifest.toml; for ultralytics a .pt file."""
    threads: Count | None = None
    """Of onnx and openvino, None for every core; of each worker of ray, None for one."""
    precision: Precision = "f32"
    """Of openvino."""
    trust_pt: bool = False
    """Loading a .pt can run any code hidden in it; the other formats hold numbers only."""
    ray_address: str | None = None
    """Of a running Ray cluster; None starts Ray here."""
    ray_actors: Count = 2
    tiles: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Looked at in each picture three times the network's input or larger, beside the full view."""


class WebSection(Section, frozen=True):
    """Where the page is."""

    host: str = "127.0.0.1"
    port: int = 8080


class BasemapSection(Section, frozen=True):
    """The station's own tiles under its map."""

    path: str | None = None
    """An .mbtiles or .pmtiles file, or a folder z/x/y.png; none is shipped."""
    crs: str = "wgs84"
    """wgs84 or gcj02: what the tiles were drawn in. Never guessed."""
    attribution: str = ""
    """Who made them; the map says so."""


class LedgerSection(Section, frozen=True):
    """Where the ledger's signed checkpoints go."""

    folder: str | None = None
    """Of the signing key and the checkpoints; ``checkpoints`` in the data folder without it."""
    witness: str | None = None
    """A folder on another disk or machine that gets every checkpoint too."""
    interval_s: Seconds = 300.0


class RetentionSection(Section, frozen=True):
    """How long pictures stay."""

    pictures_days: Annotated[float, msgspec.Meta(ge=MIN_DAYS)] = float(MIN_DAYS)
    """The law asks for thirty at the least."""


class EscalationSection(Section, frozen=True):
    """After how long without an answer who is called."""

    person_s: Seconds = 30.0
    shift_lead_s: Seconds = 60.0
    all_seats_s: Seconds = 120.0

    def ladder(self) -> tuple[Rung, ...]:
        """The rungs, the earliest first."""
        rungs = (
            Rung(after_s=self.person_s, whom="person"),
            Rung(after_s=self.shift_lead_s, whom="shift_lead"),
            Rung(after_s=self.all_seats_s, whom="all_seats"),
        )
        return tuple(sorted(rungs, key=lambda rung: rung.after_s))
