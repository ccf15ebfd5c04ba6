"""What the delivery tests share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.delivery.brokers import Running, running

Tell = Callable[..., None]


@pytest.fixture(params=["embedded", pytest.param("mosquitto", marks=pytest.mark.broker)])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    with running(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Running]:
    with running("embedded", tmp_path) as found:
        yield found


@pytest.fixture
def tell(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[Tell]:
    """One JSON line for each acceptance test: its id, whether it passed, and its numbers."""

    def say(name: str, passed: bool, **numbers: object) -> None:
        line = json.dumps({"id": name, "pass": passed, "test": request.node.name, **numbers})
        request.node.user_properties.append(("acceptance", line))
        with capsys.disabled():
            print(f"\n{line}")  # noqa: T201

    return say
