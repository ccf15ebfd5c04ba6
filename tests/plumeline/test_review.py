"""No picture proves an offence before a second person has reviewed it (E7, DOMAIN S11)."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerts import review as rules
from alerts.errors import ActRefused
from alerts.review import NotReviewed, Review
from plumeline.bundle import write_bundle
from plumeline.bundle_errors import NotApproved
from plumeline.bundle_seal import Declared
from store.reviews import SqlReviews
from tests.plumeline.bundle_scene import DECLARED, Scene, flown
from tools.verify_bundle import verify

pytest.importorskip("mcap.reader", reason="needs the extra `evidence`")
PENALTY = replace(DECLARED, penalty=True)
CONFIRMED_BY = "陈 明"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with flown(tmp_path / "record") as made:
        yield made


def write(scene: Scene, out: Path, declared: Declared, *, coarse: bool = False) -> dict[str, bytes]:
    write_bundle(
        scene.store,
        scene.notary,
        scene.incident,
        declared,
        out,
        config=scene.config,
        t_s=scene.clock(),
        coarse=coarse,
    )
    assert verify(str(out), scene.key) == []
    with zipfile.ZipFile(out) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def reviewed(scene: Scene, by: str, review: Review = Review.PASSED) -> frozenset[str]:
    return SqlReviews(scene.store.engine).keep(
        scene.incident.name, review, by=by, why="合法性、技术审核", t_s=scene.clock()
    )


def test_a_penalty_takes_a_reviewer_who_neither_confirmed_it_nor_takes_it(
    scene: Scene, tmp_path: Path
) -> None:
    with pytest.raises(NotReviewed, match="were not reviewed"):
        write(scene, tmp_path / "1.zip", PENALTY)
    with pytest.raises(ActRefused, match="second person"):
        reviewed(scene, by=CONFIRMED_BY)
    reviewed(scene, by=PENALTY.name)
    with pytest.raises(NotReviewed, match="another person"):
        write(scene, tmp_path / "1.zip", PENALTY)
    reviewed(scene, by="王五", review=Review.FAILED)
    with pytest.raises(NotReviewed, match="no picture has passed"):
        write(scene, tmp_path / "1.zip", PENALTY)

    passed = reviewed(scene, by="王五")
    files = write(scene, tmp_path / "1.zip", PENALTY)
    held = {name[7:-4] for name in files if name.startswith("frames/")}
    assert held == passed
    told = json.loads(files["detections.json"])["pictures"]
    assert {one["sha256"] for one in told if one["evidence_review"] == "passed"} == passed
    assert any(one["evidence_review"] == "none" for one in told), "and they are not in the bundle"
    assert b"\xff\xd8\xff" not in files["messages.mcap"], "nor in the messages"


def test_pictures_as_they_were_taken_leave_only_when_another_person_approves(
    scene: Scene, tmp_path: Path
) -> None:
    for nobody in ("", "  ", " 陈明"):
        with pytest.raises(NotApproved):
            write(scene, tmp_path / "1.zip", replace(DECLARED, approved_by=nobody))
    assert not (tmp_path / "1.zip").exists()
    files = write(scene, tmp_path / "1.zip", replace(DECLARED, approved_by=""), coarse=True)
    assert not any(name.startswith("frames/") for name in files)
    write(scene, tmp_path / "2.zip", DECLARED)
    last = [e for e in scene.store.ledger.entries() if e.verb == "export"][-1]
    assert json.loads(last.body)["approved_by"] == "李娜"


def test_teeth_without_the_rules_one_person_does_it_all(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plumeline.bundle.check_evidence", lambda *_: None)
    write(scene, tmp_path / "1.zip", PENALTY)
    monkeypatch.setattr(rules, "check_reviewer", lambda actor, _: actor)
    monkeypatch.setattr("store.reviews.check_reviewer", rules.check_reviewer)
    reviewed(scene, by=CONFIRMED_BY)
    monkeypatch.setattr(Declared, "check_approval", lambda _: None)
    write(scene, tmp_path / "2.zip", replace(DECLARED, approved_by=""))
