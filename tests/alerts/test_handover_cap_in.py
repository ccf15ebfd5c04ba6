"""CAP coming in: what we write is read back, and what the OASIS schema refuses is refused."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest

from alerts.events import Status
from alerts.handover.cap import Issuer, Letter, MessageType, write
from alerts.handover.cap_in import MAX_BYTES, BadCap, read
from tests.alerts import handover_scene as scene
from tests.alerts.test_handover_cap import SCHEMA

OFFICE = Issuer(code="32010001000100", sender="plumeline@station-101", contact="025-000000")


def letters(count: int) -> Iterator[Letter]:
    """Messages about any incidents, some of them about messages before."""
    rng = random.Random(8)
    before: list[Letter] = []
    for i in range(count):
        type_ = rng.choice(list(MessageType)) if before else MessageType.ALERT
        references = tuple(one.sent for one in before[-2:]) if type_ != MessageType.ALERT else ()
        made = Letter(
            incident=scene.anything(rng),
            type=type_,
            issuer=OFFICE,
            t_s=scene.T_S + i,
            serial=i % 10,
            references=references,
            picture_uri=rng.choice([None, "https://example.org/a?b=1&c=2"]),
        )
        before.append(made)
        yield made


PLAIN = write(Letter(incident=scene.raised(), type=MessageType.ALERT, issuer=OFFICE, t_s=scene.T_S))


def test_what_we_write_we_read() -> None:
    for letter in letters(200):
        told = read(write(letter))
        assert told.identifier == letter.sent.identifier
        assert (told.sender, told.sent_s, told.type) == (OFFICE.sender, letter.t_s, letter.type)
        assert told.status is letter.incident.status
        assert told.references == tuple(one.identifier for one in letter.references)
        assert told.incidents == (letter.incident.incident_id,)
        assert [one.language for one in told.infos] == ["zh-CN", "en-US"]
        assert all(len(one.polygons) == (letter.incident.point is not None) for one in told.infos)


CHANGES = ("gone", "twice", "swap", "name", "empty", "words", "attribute", "tail")
WORDS = ("Z", "2026-01-01T00:00:00Z", "x y", "-1")


def mutants(count: int) -> Iterator[bytes]:
    """Messages with one element taken out, doubled, swapped, renamed, emptied or given words."""
    rng = random.Random(3)
    made = [write(one).decode() for one in letters(20)]
    for _ in range(count):
        text = rng.choice(made)
        found = list(re.finditer(r"<(\w+)>([^<>]*)</\1>", text))
        one, other = rng.choice(found), rng.choice(found)
        change = rng.choice(
            ["gone", "twice", "swap", "name", "empty", "words", "attribute", "tail"]
        )
        match change:
            case "gone":
                part = ""
            case "twice":
                part = one[0] * 2
            case "swap":
                part = other[0]
            case "name":
                part = f"<{other[1]}>{one[2]}</{other[1]}>"
            case "empty":
                part = f"<{one[1]}></{one[1]}>"
            case "words":
                part = (
                    f"<{one[1]}>{rng.choice(['Z', '2026-01-01T00:00:00Z', 'x y', '-1'])}</{one[1]}>"
                )
            case "attribute":
                part = f'<{one[1]} a="b">{one[2]}</{one[1]}>'
            case _:
                part = one[0] + "words"
        yield (text[: one.start()] + part + text[one.end() :]).encode()


@pytest.mark.skipif(not SCHEMA.is_file(), reason="../shared/data/cap is not on this machine")
def test_nothing_that_the_oasis_schema_refuses_is_accepted() -> None:
    """And what it allows we refuse only for the rules that stand in the text of the standard."""
    xmlschema = pytest.importorskip("xmlschema", reason="needs the extra `dev`")
    schema = xmlschema.XMLSchema(SCHEMA)
    stricter = ("references", "identifier", "sender", "polygon")
    counts = {True: 0, False: 0}
    for data in mutants(600):
        valid = schema.is_valid(data.decode())
        counts[valid] += 1
        refused_at = refusal(data)
        assert valid or refused_at is not None, data.decode()
        assert not valid or refused_at in (None, *stricter), data.decode()
    assert min(counts.values()) > 50


def refusal(data: bytes) -> str | None:
    """The last step of the place where it is refused; None where it is not."""
    try:
        read(data)
    except BadCap as exc:
        return exc.where.rpartition("/")[2]
    return None


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b"+08:00</sent>", b"Z</sent>", "alert/sent"),
        (b"<msgType>Alert<", b"<msgType>Update<", "references"),
        (b"<status>Actual<", b"<status>Real<", "alert/status"),
        (b"plumeline@station-101</sender>", b"a b</sender>", "alert/sender"),
        (b"</alert>", b"<info/></alert>", "alert/info"),
        (b"emergency:cap:1.2", b"emergency:cap:1.1", "message"),
        (b"<alert ", b"<!DOCTYPE a [<!ENTITY x 'y'>]><alert ", "message"),
        (b"</alert>", b"", "message"),
    ],
)  # fmt: skip
def test_faults_are_refused_with_their_place(old: bytes, new: bytes, where: str) -> None:
    assert old in PLAIN
    with pytest.raises(BadCap) as told:
        read(PLAIN.replace(old, new, 1) if old != b"</alert>" else PLAIN.replace(old, new))
    assert told.value.where == where


def test_an_exercise_stays_one_and_a_draft_is_no_alarm() -> None:
    for word, status in (("Exercise", Status.EXERCISE), ("Test", Status.TEST), ("Draft", None)):
        told = read(PLAIN.replace(b"<status>Actual<", f"<status>{word}<".encode()))
        assert told.status is status


def test_a_message_without_end_is_not_even_parsed() -> None:
    with pytest.raises(BadCap, match="more than"):
        read(b"<" * (MAX_BYTES + 1))
