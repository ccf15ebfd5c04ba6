"""Every key optional, every mistake named."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.pose import Datum
from ingest.wire.mapping import Mapping
from plumeline.config import Config, ConfigError, load_config


def written(folder: Path, text: str) -> Path:
    file = folder / "plumeline.toml"
    file.write_text(text, "utf-8")
    return file


def test_nothing_set_is_a_whole_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config(None) == Config()


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, '[data]\nfolder = "record"\n[station]\npremises = "p.geojson"\n')
    config = load_config(file)
    assert config.data.folder == str(tmp_path / "record")
    assert config.station.premises == str(tmp_path / "p.geojson")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[mqtt]\nprot = 1883", "unknown field `prot`"),
        ("[mqtt]\nport = 'x'", "mqtt.port"),
        ("[mqtt]\nbroker = 'mosquitto'", "mosquitto"),
        ("[web", "Expected"),
        ("[[mqtt.mappings]]\ntopic = 'no/plus'", "exactly one '\\+' level"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, text: str, reason: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError, match=reason) as caught:
        load_config(file)
    assert str(file) in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml"):
        load_config(tmp_path / "absent.toml")


def test_the_documented_example_can_be_loaded() -> None:
    example = Path(__file__).parents[2] / "docs" / "plumeline.example.toml"
    config = load_config(example)
    assert config.mqtt.broker == "external"
    assert isinstance(config.mqtt.mappings[0], Mapping)
    assert [terrain.datum for terrain in config.ground.flats()] == [Datum.TAKEOFF, Datum.MSL]


def test_passwords_come_from_a_file_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n", "utf-8")
    file = written(tmp_path, '[mqtt]\nusername = "u"\npassword_file = "secret"\n')
    assert load_config(file).address().password == "hunter2"


def test_only_listed_devices(tmp_path: Path) -> None:
    file = written(tmp_path, "only_listed_devices = true\n[devices.nj-01]\nhfov_deg = 70\n")
    config = load_config(file)
    assert config.known_devices() == {"nj-01"}
    assert config.equipment()["nj-01"].hfov_deg == 70
    assert Config().known_devices() is None


def test_the_embedded_broker_speaks_3_1_1() -> None:
    assert Config().address().protocol == 4
