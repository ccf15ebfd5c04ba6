"""What an exercise's drone sees is an exercise from birth, and never touches a real fire."""

from __future__ import annotations

from dataclasses import replace

from alerts.equipment import Equipment
from alerts.events import Event, Status
from alerts.incident import fold
from alerts.incidents import Incidents
from alerts.placing import Placer
from detect.confirm import Sighting
from ingest.records import Key
from tests.alerts import handover_scene as scene

PLACER = Placer(equipment={"drill-1": Equipment(status=Status.EXERCISE)})


def seen(device_id: str, seq: int) -> Sighting:  # type: ignore[type-arg]
    evidence = replace(
        scene.evidence(),
        key=Key(device_id=device_id, boot_id="b1", seq=seq),
        t_capture_s=scene.T_S + seq,
    )
    return Sighting(newly_confirmed=True, detections=(evidence,))


def told(*devices: str) -> list[Event]:
    incidents = Incidents(PLACER)
    return [e for seq, device in enumerate(devices) for e in incidents.admit(seen(device, seq))]


def test_an_exercise_is_one_from_its_first_event_on() -> None:
    assert {event.status for event in told("drill-1", "drill-1")} == {Status.EXERCISE}
    assert {event.status for event in told("real-1", "real-1")} == {Status.ACTUAL}


def test_an_exercise_and_a_real_fire_at_one_place_stay_two_incidents() -> None:
    incidents = fold(told("drill-1", "real-1", "drill-1", "real-2"))
    assert sorted((i.status, i.devices) for i in incidents.values()) == [
        (Status.ACTUAL, ("real-1", "real-2")),
        (Status.EXERCISE, ("drill-1",)),
    ]
