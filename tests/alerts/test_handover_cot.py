"""Cursor on Target, read by TAK's own protocol library."""

from __future__ import annotations

import random
from typing import Any

import pytest

from alerts.handover.cot import write
from alerts.lifecycle import Verb
from geo.ellipse import ellipse
from tests.alerts import handover_scene as scene

takproto = pytest.importorskip("takproto", reason="needs the extra `dev`")


def parsed(made: bytes | None) -> Any:
    """The event as TAK's protocol library understands it."""
    assert made is not None
    return takproto.parse_proto(takproto.xml2proto(made)).cotEvent


def test_tak_reads_the_place_its_error_and_the_name() -> None:
    incident = scene.raised()
    event = parsed(write(incident, scene.T_S))
    assert (event.type, event.how, event.uid) == ("a-u-X-i", "m-f", "plumeline.inc-a2b3")
    assert (event.lat, event.lon) == (32.04, 118.78)
    assert event.ce == pytest.approx(ellipse(incident.point).semi_major_m, abs=0.05)
    assert event.hae == event.le == 9999999.0
    assert event.detail.contact.callsign == "Smoke at Qinghe Chemical Store"
    assert event.sendTime == event.startTime == int(scene.T_S * 1000)


def test_what_is_over_is_stale_at_once_and_a_persons_word_is_told() -> None:
    confirmed = scene.done(scene.raised(), Verb.CONFIRM)
    event = parsed(write(confirmed, scene.T_S))
    assert event.how == "h-e" and event.staleTime == int((scene.T_S + 3600) * 1000)
    over = scene.done(scene.raised(), Verb.CONFIRM, Verb.HAND_OVER, Verb.RESOLVE)
    assert parsed(write(over, scene.T_S)).staleTime == int(scene.T_S * 1000)


def test_any_incident_with_a_point_parses_and_any_other_is_not_written() -> None:
    rng = random.Random(5)
    for _ in range(200):
        incident = scene.anything(rng)
        made = write(incident, scene.T_S)
        assert (made is None) == (incident.point is None)
        if made is not None:
            assert parsed(made).uid == "plumeline.inc-a2b3"
