"""The parts together: they start as one, tell what is wrong, and end as one."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from plumeline.broker import BrokerGone, PortTaken
from plumeline.config import Config, DataSection, MqttSection, WebSection
from plumeline.pipeline import Part, Pipeline


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def config(folder: Path, **mqtt: object) -> Config:
    return Config(
        data=DataSection(folder=str(folder)),
        mqtt=MqttSection(**({"port": 0} | mqtt)),  # type: ignore[arg-type]
        web=WebSection(port=free_port()),
    )


def health(pipeline: Pipeline, wanted: int) -> tuple[int, str]:
    """The answer of /healthz, once it is the wanted one or 10 s have gone."""
    answer = (0, "")
    for _ in range(100):
        connection = HTTPConnection("127.0.0.1", int(pipeline.url.split(":")[2].strip("/")))
        try:
            connection.request("GET", "/healthz")
            response = connection.getresponse()
            answer = response.status, response.read().decode()
        except ConnectionError:
            pass
        finally:
            connection.close()
        if answer[0] == wanted:
            break
        time.sleep(0.1)
    return answer


def test_all_parts_start_and_are_well(tmp_path: Path) -> None:
    with Pipeline(config(tmp_path)) as pipeline:
        assert health(pipeline, 200) == (200, "ok")


def test_a_broker_that_is_not_there_is_told_and_waited_for(tmp_path: Path) -> None:
    away = config(tmp_path, broker="external", port=free_port())
    with Pipeline(away, (Part.RECORDER, Part.WEB)) as pipeline:
        assert health(pipeline, 503) == (503, "not well")
        assert "broker" in " ".join(map(str, pipeline.health()))


def test_a_part_that_dies_ends_everything_and_says_of_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def die(*_: object) -> None:
        reason = "the detector fell over"
        raise RuntimeError(reason)

    monkeypatch.setattr("plumeline.analyst.Analyst.run", die)
    with Pipeline(config(tmp_path)) as pipeline, pytest.raises(RuntimeError, match="fell over"):
        pipeline.wait()
    assert "part died part=analyst" in caplog.text


def test_a_taken_broker_port_starts_nothing(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(PortTaken, match=str(port)):
            Pipeline(config(tmp_path, port=port)).__enter__()


def test_a_station_runs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "plumeline.toml").write_text(
        f"[mqtt]\nport = {free_port()}\n[web]\nport = {port}\n", "utf-8"
    )
    command = [sys.executable, "-m", "plumeline.cli", "run"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as station:
        assert station.stderr is not None
        for line in station.stderr:
            if "Devices connect to" in line:
                break
        station.send_signal(signal.SIGTERM)
        rest = station.stderr.read()
        assert station.wait(timeout=30) == 0
        assert "Traceback" not in rest
    assert (tmp_path / "plumeline-data" / "plumeline.db").is_file()


def test_a_broker_that_dies_ends_everything(tmp_path: Path) -> None:
    with Pipeline(config(tmp_path)) as pipeline:
        assert pipeline._broker is not None
        pipeline._broker.stop()
        with pytest.raises(BrokerGone):
            pipeline.wait()
