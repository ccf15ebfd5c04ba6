"""A picture that must not be is deleted and told: the record stays well and says why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.look import Look, LookStatus
from ingest.recorder import Arrival, Message
from store.analysis import RunKind
from store.retention import SqlRetention
from store.store import Store, open_store
from store.verify import verify
from tests.records import T0_S, frame


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    for t_s in (1.0, 2.0):
        picture = frame(t_s)
        message = Message(topic="t", payload=b"", t_received_s=T0_S)
        opened.shelf.put([Arrival(message=message, records=(picture,))])
    yield opened
    opened.close()


def judged(store: Store, kind: RunKind = RunKind.LIVE) -> None:
    """The first picture shows an area that none may show."""
    run = store.analysis.open_run(kind, detector="d", rules_json="{}", name=kind)
    looks = []
    for n, picture in store.analysis.records(0):
        area = "营区" if picture.key == frame(1.0).key else None
        looks.append(
            Look(
                frame_n=n,
                key=picture.key,
                t_capture_s=T0_S,
                status=LookStatus.NOTHING,
                no_image=area,
            )
        )
    store.analysis.append(run, looks, [], 9, T0_S + 5)


def there(store: Store) -> list[bool]:
    return [store.blobs.path(frame(t_s).sha256).is_file() for t_s in (1.0, 2.0)]


def test_it_goes_is_told_once_and_the_record_is_well(store: Store) -> None:
    judged(store)
    judged(store)
    assert there(store) == [False, True]
    (entry,) = [e for e in store.ledger.entries() if e.verb == "drop"]
    assert (entry.subject, entry.actor) == ("营区", "system")
    assert json.loads(entry.body)["blobs"] == [frame(1.0).sha256]
    assert verify(store.engine, store.blobs, []).ok


def test_an_analysis_of_the_past_deletes_nothing(store: Store) -> None:
    judged(store, RunKind.RANGE)
    assert there(store) == [True, True]


def test_a_drop_that_was_interrupted_is_finished_by_the_next_purge(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(path: Path, missing_ok: bool = False) -> None:
        raise OSError(5, "the plug was pulled")

    monkeypatch.setattr(Path, "unlink", failing)
    with pytest.raises(OSError, match="plug"):
        judged(store)
    monkeypatch.undo()
    assert there(store) == [True, True]
    assert SqlRetention(store.engine, store.blobs).purge(T0_S + 60, 30).finished == 1
    assert there(store) == [False, True]


def test_teeth_a_picture_that_goes_untold_is_missing(store: Store) -> None:
    store.blobs.path(frame(1.0).sha256).unlink()
    assert [f.what for f in verify(store.engine, store.blobs, []).findings] == ["blob"]
