"""The configuration: one TOML file, every key optional, every mistake named.

docs/configuration.md lists the keys; ``plumeline doctor`` shows what is in force.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from alerts.equipment import Equipment, Mount
from alerts.watch import Rules
from geo.errors import BadGrid
from geo.premises import Premises, PremisesIndex, read_geojson
from geo.relief import Relief
from ingest.mqtt import Address, Tls
from plumeline.casework import CaseworkSection
from plumeline.districts import Districts
from plumeline.ground import GroundSection
from plumeline.out.section import OutSection
from plumeline.pace import Pace
from plumeline.section import Section
from plumeline.sections import (
    BasemapSection,
    DataSection,
    DetectorSection,
    DeviceSection,
    EscalationSection,
    LedgerSection,
    MqttSection,
    RetentionSection,
    StationSection,
    WebSection,
)
from plumeline.web.seams import Station

FILE_NAME = "plumeline.toml"


class ConfigError(Exception):
    """A configuration that cannot be used: says which file, which key, and why."""

    def __init__(self, file: Path | None, reason: str) -> None:
        super().__init__(f"{file or 'configuration'}: {reason}")
        self.file = file
        self.reason = reason


class Config(Section, frozen=True):
    """Everything that can be set."""

    station: StationSection = StationSection()
    data: DataSection = DataSection()
    mqtt: MqttSection = MqttSection()
    devices: dict[str, DeviceSection] = msgspec.field(default_factory=dict)
    only_listed_devices: bool = False
    """Messages of devices that are not under [devices] go to quarantine."""
    rules: Rules = Rules()
    pace: Pace = Pace()
    detector: DetectorSection = DetectorSection()
    web: WebSection = WebSection()
    basemap: BasemapSection = BasemapSection()
    ground: GroundSection = GroundSection()
    ledger: LedgerSection = LedgerSection()
    retention: RetentionSection = RetentionSection()
    escalation: EscalationSection = EscalationSection()
    out: OutSection = OutSection()
    casework: CaseworkSection = CaseworkSection()

    def checkpoints(self) -> tuple[Path, Path | None]:
        """The folder of the signed checkpoints, and the witness' where there is one."""
        section = self.ledger
        own = Path(section.folder) if section.folder else Path(self.data.folder) / "checkpoints"
        return own, Path(section.witness) if section.witness else None

    def place(self) -> Station:
        """The station as the page names it."""
        station = self.station
        return Station(
            name_zh=station.name_zh,
            name_en=station.name_en,
            time_zone=station.time_zone,
            seats=station.seats,
        )

    def districts(self, premises: Iterable[Premises]) -> Districts:
        """What belongs to which district."""
        devices = {name: one.district for name, one in self.devices.items() if one.district}
        return Districts(
            station=self.station.district,
            premises=Districts.of_register(premises),
            devices=devices,
        )

    def zone(self) -> tzinfo:
        """The station's time zone.

        Raises:
            ConfigError: there is no such zone.
        """
        name = self.station.time_zone
        try:
            return ZoneInfo(name)
        except (ValueError, OSError, ZoneInfoNotFoundError) as exc:
            raise ConfigError(None, f"[station] time_zone: {name!r} is no time zone") from exc

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
        return _areas("premises", self.station.premises)

    def addresses(self) -> dict[str, str | None]:
        """The addresses of the register, by the id of the premises.

        Raises:
            ConfigError, BadPremises: as `premises`.
        """
        return {one.premises_id: one.address for one in self.premises() or ()}

    def no_image(self) -> PremisesIndex | None:
        """The areas that no picture may show, None where none are set.

        Raises:
            ConfigError, BadPremises: as `premises`.
        """
        return _areas("no_image", self.station.no_image)


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
    "station": ("no_image", "premises", "zones"),
    "data": ("folder",),
    "mqtt": ("password_file", "ca_file", "cert_file", "key_file"),
    "detector": ("model",),
    "basemap": ("path",),
    "ground": ("dem", "geoid"),
    "ledger": ("folder", "witness"),
}
_PARTNER_PATHS = ("secret_file", "password_file", "ca_file", "cert_file", "key_file")


def _resolve_paths(said: dict[str, Any], folder: Path) -> None:
    for section, keys in _PATHS.items():
        _resolve(said.get(section), keys, folder)
    out = said.get("out")
    partners = out.get("partners") if isinstance(out, dict) else None
    for partner in partners.values() if isinstance(partners, dict) else ():
        _resolve(partner, _PARTNER_PATHS, folder)


def _resolve(table: object, keys: tuple[str, ...], folder: Path) -> None:
    if isinstance(table, dict):
        for key in keys:
            if isinstance(table.get(key), str) and not _names_a_model(key, table[key]):
                table[key] = str(folder / table[key])


def _names_a_model(key: str, text: str) -> bool:
    return key == "model" and "/" not in text and not text.endswith(".pt")


def _areas(key: str, name: str | None) -> PremisesIndex | None:
    if name is None:
        return None
    file = Path(name)
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(None, f"[station] {key}: {file}: {exc}") from exc
    return PremisesIndex(read_geojson(text, file.name))


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
    return Equipment(
        camera=device.camera,
        hfov_deg=device.hfov_deg,
        calibration=None if device.calibration is None else device.calibration.camera(),
        mount=mount,
        status=device.status,
    )
