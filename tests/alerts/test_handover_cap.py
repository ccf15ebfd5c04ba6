"""CAP 1.2 against the OASIS schema itself, read by a validator that is not ours."""

from __future__ import annotations

import random
import re
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest

from alerts.events import Status
from alerts.handover.cap import BadIssuer, Issuer, Letter, MessageType, write
from alerts.lifecycle import Verb
from tests.alerts import handover_scene as scene

SCHEMA = Path(__file__).parents[2].parent / "shared" / "data" / "cap" / "CAP-v1.2.xsd"
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
OFFICE = Issuer(code="32010001000100", sender="plumeline@station-101", contact="025-000000")


def read(letter: Letter) -> Element:
    return fromstring(write(letter))


def text(root: Element, path: str) -> str:
    found = root.find("/".join(CAP + step for step in path.split("/")))
    assert found is not None and found.text is not None, path
    return found.text


def letter(type_: MessageType = MessageType.ALERT, **rest: object) -> Letter:
    values: dict[str, object] = {"incident": scene.raised(), "type": type_, "issuer": OFFICE}
    return Letter(**(values | {"t_s": scene.T_S} | rest))  # type: ignore[arg-type]


@pytest.mark.skipif(not SCHEMA.is_file(), reason="../shared/data/cap is not on this machine")
def test_a_thousand_exports_of_any_incident_are_valid_against_the_oasis_schema() -> None:
    xmlschema = pytest.importorskip("xmlschema", reason="needs the extra `dev`")
    schema = xmlschema.XMLSchema(SCHEMA)
    rng = random.Random(12)
    before: list[Letter] = []
    for i in range(1000):
        type_ = rng.choice(list(MessageType))
        references = (
            tuple(one.sent for one in before[-2:]) if type_ is not MessageType.ALERT else ()
        )
        if type_ is not MessageType.ALERT and not references:
            type_ = MessageType.ALERT
        made = letter(
            type_,
            incident=scene.anything(rng),
            t_s=scene.T_S + i,
            serial=i % 10,
            references=references,
            picture_uri=rng.choice([None, "https://example.org/a?b=1&c=2"]),
        )
        before.append(made)
        schema.validate(write(made).decode())


def test_the_identifier_has_the_31_characters_of_gb_t_35965_in_beijing_time() -> None:
    identifier = text(read(letter(serial=3)), "identifier")
    assert identifier == "32010001000100_20260301160000_3"
    assert re.fullmatch(r"\d{14}_\d{14}_\d", identifier) and len(identifier) == 31


def test_sent_carries_its_offset() -> None:
    assert text(read(letter()), "sent") == "2026-03-01T16:00:00+08:00"


@pytest.mark.parametrize("status", list(Status))
def test_the_status_of_birth_leaves_with_every_message(status: Status) -> None:
    root = read(letter(incident=scene.raised(status)))
    assert text(root, "status") == status.value.capitalize()
    assert (root.find(CAP + "note") is None) == (status is Status.ACTUAL)


def test_an_update_and_a_cancellation_refer_to_what_went_before() -> None:
    first = letter()
    update = letter(MessageType.UPDATE, references=(first.sent,), t_s=scene.T_S + 60)
    wanted = "plumeline@station-101,32010001000100_20260301160000_0,2026-03-01T16:00:00+08:00"
    assert text(read(update), "references") == wanted
    cancel = letter(MessageType.CANCEL, references=(first.sent, update.sent), t_s=scene.T_S + 90)
    assert text(read(cancel), "references").split(" ")[0] == wanted
    for type_, references in ((MessageType.UPDATE, ()), (MessageType.ALERT, (first.sent,))):
        with pytest.raises(ValueError, match="references"):
            write(letter(type_, references=references))


def test_a_persons_word_turns_likely_into_observed() -> None:
    assert text(read(letter()), "info/certainty") == "Likely"
    confirmed = scene.done(scene.raised(), Verb.CONFIRM)
    assert text(read(letter(incident=confirmed)), "info/certainty") == "Observed"


def test_the_area_is_the_ellipse_closed_and_latitude_first() -> None:
    corners = text(read(letter()), "info/area/polygon").split(" ")
    assert len(corners) >= 4 and corners[0] == corners[-1]
    latitude, longitude = map(float, corners[0].split(","))
    assert abs(latitude - 32.04) < 0.01 and abs(longitude - 118.78) < 0.01


@pytest.mark.parametrize(
    ("code", "sender"), [("3201", "a"), ("32010001000100", "a b"), ("3201000100010x", "a")]
)
def test_an_issuer_that_the_standards_cannot_name_is_refused(code: str, sender: str) -> None:
    with pytest.raises(BadIssuer, match="14 digits"):
        Issuer(code=code, sender=sender)
