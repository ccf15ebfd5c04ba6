"""The configuration: one TOML file, every key optional, every mistake named.

docs/configuration.md lists the keys; ``plumeline doctor`` shows what is in force.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from alerts.placing import Equipment, Mount
from alerts.watch import Rules
from geo.errors import BadGrid
from geo.premises import PremisesIndex, read_geojson
from geo.relief import Relief
from ingest.mqtt import Address, Tls
from ingest.wire.mapping import Mapping
from plumeline.ground import GroundSection
from plumeline.pace import Pace
from plumeline.web.seams import Station

FILE_NAME = "plumeline.toml"
Engine = Literal["auto", "onnx", "openvino", "ultralytics", "ray"]
Count = Annotated[int, msgspec.Meta(ge=1)]


class ConfigError(Exception):
    """A configuration that cannot be used: says which file, which key, and why."""

    def __init__(self, file: Path | None, reason: str) -> None:
        super().__init__(f"{file or 'configuration'}: {reason}")
        self.file = file
        self.reason = reason


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; a key it does not know is an error, not a silence."""


class StationSection(_Section, frozen=True):
    """Whose system this is."""

    name_zh: str = "示范站"
    name_en: str = "Demonstration station"
    time_zone: str = "Asia/Shanghai"
    premises: str | None = None
    """GeoJSON register, WGS84."""


class DataSection(_Section, frozen=True):
    """Where the record lies."""

    folder: str = "plumeline-data"
    database: str | None = None
    """A SQLAlchemy URL, postgresql+psycopg://...; SQLite in the folder without it."""


class MqttSection(_Section, frozen=True):
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


class DeviceSection(_Section, frozen=True):
    """What a device does not say of itself."""

    camera: str | None = None
    hfov_deg: float | None = None
    mount_pitch_deg: float | None = None
    """Of a camera fixed to the aircraft; straight down is -90."""
    mount_yaw_deg: float = 0.0


class DetectorSection(_Section, frozen=True):
    """What judges the frames."""

    engine: Engine = "auto"
    model: str = "smoke_fire_n"
    """A model of this package, or a folder with a manifest.toml; for ultralytics a .pt file."""
    threads: Count | None = None
    """Of onnx and openvino, None for every core; of each worker of ray, None for one."""
    precision: Literal["f32", "bf16"] = "f32"
    """Of openvino."""
    trust_pt: bool = False
    """Loading a .pt can run any code hidden in it; the other formats hold numbers only."""
    ray_address: str | None = None
    """Of a running Ray cluster; None starts Ray here."""
    ray_actors: Count = 2


class WebSection(_Section, frozen=True):
    """Where the page is."""

    host: str = "127.0.0.1"
    port: int = 8080


class LedgerSection(_Section, frozen=True):
    """Where the ledger's signed checkpoints go."""

    folder: str | None = None
    """Of the signing key and the checkpoints; ``checkpoints`` in the data folder without it."""
    witness: str | None = None
    """A folder on another disk or machine that gets every checkpoint too."""
    interval_s: Annotated[float, msgspec.Meta(gt=0)] = 300.0


class Config(_Section, frozen=True):
    """Everything that can be set."""

    station: StationSection = StationSection()
    data: DataSection = DataSection()
    mqtt: MqttSection = MqttSection()
    devices: dict[str, DeviceSection] = {}
    only_listed_devices: bool = False
    """Messages of devices that are not under [devices] go to quarantine."""
    rules: Rules = Rules()
    pace: Pace = Pace()
    detector: DetectorSection = DetectorSection()
    web: WebSection = WebSection()
    ground: GroundSection = GroundSection()
    ledger: LedgerSection = LedgerSection()

    def checkpoints(self) -> tuple[Path, Path | None]:
        """The folder of the signed checkpoints, and the witness' where there is one."""
        section = self.ledger
        own = Path(section.folder) if section.folder else Path(self.data.folder) / "checkpoints"
        return own, Path(section.witness) if section.witness else None

    def place(self) -> Station:
        """The station as the page names it."""
        station = self.station
        return Station(
            name_zh=station.name_zh, name_en=station.name_en, time_zone=station.time_zone
        )

    def address(self) -> Address:
        """The broker's address.

        Raises:
            ConfigError: a password file that cannot be read.
        """
        mqtt = self.mqtt
        tls = None
        if mqtt.tls:
            tls = Tls(
                ca_file=_path(mqtt.ca_file),
                cert_file=_path(mqtt.cert_file),
                key_file=_path(mqtt.key_file),
            )
        return Address(
            host=mqtt.host,
            port=mqtt.port,
            client_id=mqtt.client_id,
            protocol=4 if mqtt.broker == "embedded" else mqtt.protocol,
            username=mqtt.username,
            password=_secret(mqtt.password_file),
            tls=tls,
            share=mqtt.share,
        )

    def known_devices(self) -> frozenset[str] | None:
        """The devices that may speak; None for any."""
        return frozenset(self.devices) if self.only_listed_devices else None

    def equipment(self) -> dict[str, Equipment]:
        """What is set for each device."""
        return {name: _equipment(device) for name, device in self.devices.items()}

    def relief(self) -> Relief | None:
        """The station's elevation model, None where none is set.

        Raises:
            ConfigError: a terrain or geoid file that cannot be used, or a model without its datum.
        """
        try:
            return self.ground.relief()
        except BadGrid as exc:
            raise ConfigError(None, f"[ground] {exc}") from exc

    def premises(self) -> PremisesIndex | None:
        """The station's register, None where none is set.

        Raises:
            ConfigError: the file cannot be read.
            BadPremises: it is not a register.
        """
        if self.station.premises is None:
            return None
        file = Path(self.station.premises)
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(None, f"[station] premises: {file}: {exc}") from exc
        return PremisesIndex(read_geojson(text, file.name))


def load_config(file: Path | None, data: Path | None = None) -> Config:
    """The configuration of a file, or of ``plumeline.toml`` in this folder, or the defaults.

    Paths inside the file are relative to the file. ``data`` replaces the record's folder.

    Raises:
        ConfigError: the file is not there, not TOML, or has a key that is unknown or wrong.
    """
    config = _read(file)
    if data is None:
        return config
    section = msgspec.structs.replace(config.data, folder=str(data))
    return msgspec.structs.replace(config, data=section)


def _read(file: Path | None) -> Config:
    if file is None:
        file = Path(FILE_NAME)
        if not file.is_file():
            return Config()
    try:
        said = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        raise ConfigError(file, str(exc)) from exc
    _resolve_paths(said, file.parent)
    try:
        return msgspec.convert(said, Config)
    except msgspec.ValidationError as exc:
        raise ConfigError(file, str(exc)) from exc


_PATHS = {
    "station": ("premises",),
    "data": ("folder",),
    "mqtt": ("password_file", "ca_file", "cert_file", "key_file"),
    "detector": ("model",),
    "ground": ("dem", "geoid"),
}


def _resolve_paths(said: dict[str, Any], folder: Path) -> None:
    for section, keys in _PATHS.items():
        table = said.get(section)
        if isinstance(table, dict):
            for key in keys:
                if isinstance(table.get(key), str) and not _names_a_model(key, table[key]):
                    table[key] = str(folder / table[key])


def _names_a_model(key: str, text: str) -> bool:
    return key == "model" and "/" not in text and not text.endswith(".pt")


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _secret(file: str | None) -> str | None:
    if file is None:
        return None
    try:
        return Path(file).read_text("utf-8").strip()
    except OSError as exc:
        raise ConfigError(None, f"[mqtt] password_file: {exc}") from exc


def _equipment(device: DeviceSection) -> Equipment:
    mount = None
    if device.mount_pitch_deg is not None:
        mount = Mount(pitch_deg=device.mount_pitch_deg, yaw_deg=device.mount_yaw_deg)
    return Equipment(camera=device.camera, hfov_deg=device.hfov_deg, mount=mount)
