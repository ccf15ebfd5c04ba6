"""Pictures stay thirty days, and longer where something needs them; each purge is told first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.events import Event, Kind
from alerts.lifecycle import Act, Verb
from ingest.recorder import Arrival, Message
from ingest.records import Frame
from store.analysis import RunKind
from store.retention import DAY_S, OwnHold, SqlRetention, TooShort
from store.store import Store, open_store
from store.uploads import File, Stretch
from store.verify import verify
from tests.records import T0_S, fix, frame
from tests.store.test_ledger import raised
from tests.store.test_uploads import REPORT

HAND_OVER = (Verb.CONFIRM, Verb.HAND_OVER, Verb.RESOLVE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def received(store: Store, seq: float, days_ago: float, now_s: float) -> str:
    """One picture, received so long ago; its name."""
    picture = replace(frame(seq), t_received_s=now_s - days_ago * DAY_S)
    message = Message(topic="t", payload=b"", t_received_s=picture.t_received_s)
    store.shelf.put([Arrival(message=message, records=(picture,))])
    return picture.sha256


def there(store: Store, sha256: str) -> bool:
    return store.blobs.path(sha256).is_file()


def retention(store: Store) -> SqlRetention:
    return SqlRetention(store.engine, store.blobs)


def tied(store: Store, sha256: str, incident_id: str = "inc-1") -> None:
    run = store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live")
    event = raised(incident_id)
    assert event.evidence is not None
    event = replace(event, evidence=replace(event.evidence, sha256=sha256))
    store.analysis.append(run, [], [event], 0, T0_S)


def acted(store: Store, *verbs: Verb, actor: str = "chen") -> None:
    for verb in verbs:
        act = Act(verb=verb, actor=actor, t_s=T0_S, to="119")
        event = Event(key=f"{verb}", incident_id="inc-1", kind=Kind.ACT, t_s=T0_S, act=act)
        store.acts.act("inc-1", lambda _, told=event: [told], T0_S)  # type: ignore[misc]


NOW_S = T0_S + 400 * DAY_S


def test_exactly_what_is_older_than_it_may_be_goes(store: Store) -> None:
    ages = (29.0, 29.99, 30.01, 31.0, 91.0)
    names = [received(store, float(i), age, NOW_S) for i, age in enumerate(ages)]
    done = retention(store).purge(NOW_S, 30)
    assert [there(store, name) for name in names] == [True, True, False, False, False]
    assert (done.deleted, done.kept_tied, done.kept_held) == (3, 0, 0)
    assert retention(store).purge(NOW_S, 30).deleted == 0, "a second purge has nothing to do"


def test_less_than_the_law_asks_for_cannot_be_set(store: Store) -> None:
    with pytest.raises(TooShort, match="30 days"):
        retention(store).purge(NOW_S, 29.9)


def test_evidence_of_an_open_incident_stays_until_a_second_person_closes_it(store: Store) -> None:
    name = received(store, 1.0, 90, NOW_S)
    tied(store, name)
    assert retention(store).purge(NOW_S, 30).kept_tied == 1
    acted(store, *HAND_OVER)
    assert retention(store).purge(NOW_S, 30).kept_tied == 1
    acted(store, Verb.CLOSE, actor="li")
    assert retention(store).purge(NOW_S, 30).deleted == 1
    assert not there(store, name)


def test_a_hold_on_the_picture_the_flight_or_the_incident_keeps_it(store: Store) -> None:
    name = received(store, 1.0, 90, NOW_S)
    tied(store, name)
    acted(store, *HAND_OVER)
    acted(store, Verb.CLOSE, actor="li")
    keeper = retention(store)
    for subject in (name, frame(1.0).key.flight_id, "inc-1"):
        keeper.hold(subject, t_s=NOW_S, actor="wang", why="court case 7")
        assert keeper.purge(NOW_S, 30).kept_held == 1
        with pytest.raises(OwnHold, match="second person"):
            keeper.release(subject, t_s=NOW_S, actor=" wang", why="over")
        assert keeper.purge(NOW_S, 30).kept_held == 1
        keeper.release(subject, t_s=NOW_S, actor="zhao", why="over")
    assert keeper.purge(NOW_S, 30).deleted == 1


def test_the_same_bytes_received_again_lately_stay(store: Store) -> None:
    old = received(store, 1.0, 90, NOW_S)
    again = replace(frame(2.0), sha256=old, jpeg=frame(1.0).jpeg, t_received_s=NOW_S)
    message = Message(topic="t", payload=b"", t_received_s=NOW_S)
    store.shelf.put([Arrival(message=message, records=(again,))])
    assert retention(store).purge(NOW_S, 30).deleted == 0


def test_a_brought_video_goes_with_the_last_of_its_pictures_and_a_log_stays(store: Store) -> None:
    names = ["aa" * 32, "bb" * 32]
    for name in names:
        store.blobs.path(name).parent.mkdir(exist_ok=True)
        store.blobs.path(name).write_bytes(b"whatever")
    brought_s = NOW_S - 40 * DAY_S
    for name, records in zip(names, [(frame(1.0), frame(2.0)), (fix(1.0),)], strict=True):
        file = File(sha256=name, name="x", size_bytes=8, t_uploaded_s=brought_s)
        taken = tuple(replace(one, t_received_s=brought_s) for one in records)
        store.blobs.put((one.sha256, one.jpeg) for one in taken if isinstance(one, Frame))
        at = Stretch(flight=taken[0].key, t_first_s=0.0, t_last_s=9.0)
        store.uploads.put(file, taken, len(taken), REPORT, at)
    keeper = retention(store)
    keeper.hold(frame(2.0).sha256, t_s=NOW_S, actor="wang", why="case")
    assert keeper.purge(NOW_S, 30).deleted == 1
    assert [there(store, name) for name in names] == [True, True]
    keeper.release(frame(2.0).sha256, t_s=NOW_S, actor="li", why="over")
    assert keeper.purge(NOW_S, 30).deleted == 2
    assert [there(store, name) for name in names] == [False, True]


def test_a_purge_is_told_with_every_name_and_the_record_stays_well(store: Store) -> None:
    names = [received(store, float(i), 40, NOW_S) for i in range(3)]
    retention(store).purge(NOW_S, 30)
    last = list(store.ledger.entries())[-1]
    assert (last.verb, sorted(json.loads(last.body)["blobs"])) == ("purge", sorted(names))
    assert verify(store.engine, store.blobs, []).ok


def test_a_purge_that_was_interrupted_is_finished_by_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [received(store, float(i), 40, NOW_S) for i in range(4)]
    unlink, left = Path.unlink, [2]

    def failing(path: Path, missing_ok: bool = False) -> None:
        if left[0] == 0:
            raise OSError(5, "the plug was pulled")
        left[0] -= 1
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", failing)
    with pytest.raises(OSError, match="plug"):
        retention(store).purge(NOW_S, 30)
    monkeypatch.undo()
    assert sum(there(store, name) for name in names) == 2
    done = retention(store).purge(NOW_S, 30)
    assert (done.deleted, done.finished) == (0, 2)
    assert not any(there(store, name) for name in names)


def test_a_dry_run_says_what_would_go_and_touches_nothing(store: Store) -> None:
    name = received(store, 1.0, 40, NOW_S)
    before = store.ledger.head()
    assert retention(store).purge(NOW_S, 30, dry_run=True).deleted == 1
    assert there(store, name) and store.ledger.head() == before
