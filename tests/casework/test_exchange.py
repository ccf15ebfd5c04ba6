"""The exchange's rules: codes there and back, owners at every instant."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.exchange import (
    CLASSES,
    LEVELS,
    RESULTS,
    BadShare,
    SharedVisit,
    code_list,
    handed_over,
    key_of,
    ours,
    recognised,
    theirs,
)
from casework.intake import KINDS, Partner
from casework.words import Place, PlaceClass, Result

FIRE = Partner(
    name="fire-119",
    kinds={"XF01": "blocked_exit", "XF02": "blocked_lane", "XF02-old": "blocked_lane"},
    results={"合格": "normal", "不合格": "anomaly"},
)


def test_every_code_goes_out_and_comes_back_as_itself() -> None:
    lists = {"kind": (KINDS, FIRE.kinds), "result": (RESULTS, FIRE.results)}
    lists |= {"class": (CLASSES, {}), "level": (LEVELS, {})}
    for line in code_list(FIRE):
        known, map_ = lists[line.list]
        assert line.theirs == theirs(line.code, map_)
        assert ours(line.theirs, map_, known, line.list) == line.code
    assert len(code_list(FIRE)) == sum(len(known) for known, _ in lists.values())


@given(st.text(max_size=20))
def test_a_code_without_meaning_is_never_guessed(code: str) -> None:
    if code in FIRE.kinds or code in KINDS:
        assert ours(code, FIRE.kinds, KINDS, "kind") in KINDS
    else:
        with pytest.raises(BadShare, match="has no meaning here"):
            ours(code, FIRE.kinds, KINDS, "kind")


WHO = st.sampled_from(["s-1", "s-2", "fire-119", "police", "stranger", ""])


@given(st.lists(WHO, max_size=12))
def test_a_hazard_has_a_lead_at_every_instant_and_nobody_drops_it(passes: list[str]) -> None:
    known = frozenset({"s-1", "s-2", "fire-119", "police"})
    lead, co_owners = "s-1", ()
    been = {"s-1"}
    for to in passes:
        try:
            lead, co_owners = handed_over(lead, co_owners, to, known)
        except BadShare:
            assert to == lead or to not in known
            continue
        been.add(lead)
        assert lead == to
        assert lead not in co_owners
        assert {lead, *co_owners} == been, "who has led still owns it"


def visit(**changed: object) -> SharedVisit:
    told: dict[str, object] = {
        "number": "88",
        "place_id": "P-1",
        "start": datetime.fromisoformat("2026-06-01T09:00:00+08:00"),
        "end": datetime.fromisoformat("2026-06-01T09:40:00+08:00"),
        "result": "合格",
    }
    return SharedVisit(**(told | changed))  # type: ignore[arg-type]


PLACES = {"P-1": Place(place_id="P-1", name="x", cls=PlaceClass.HAZCHEM, org_id="s-9")}
NOW_S = datetime.fromisoformat("2026-06-02T00:00:00+00:00").timestamp()


def test_a_partners_visit_is_ours_with_its_origin() -> None:
    """09:00 in Beijing is 01:00 UTC: 1780275600 (GNU date)."""
    one = recognised(visit(), FIRE, PLACES, station="s-1", t_s=NOW_S)
    assert (one.key, one.origin, one.ref, one.org_id) == ("fire-119/88", "fire-119", "88", "s-9")
    assert (one.t0_s, one.t1_s - one.t0_s) == (1_780_275_600, 2400)
    assert (one.result, one.cls) == (Result.NORMAL, PlaceClass.HAZCHEM)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"place_id": "P-2"}, "not in the register"),
        ({"result": "好"}, "'好' has no meaning"),
        ({"end": datetime.fromisoformat("2026-06-01T08:00:00+08:00")}, "cannot be"),
        ({"end": datetime.fromisoformat("2026-07-01T08:00:00+08:00")}, "cannot be"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(changed: dict[str, object], why: str) -> None:
    with pytest.raises(BadShare, match=why):
        recognised(visit(**changed), FIRE, PLACES, station="s-1", t_s=NOW_S)


@given(st.text(min_size=1, max_size=128), st.text(min_size=1, max_size=128))
def test_two_numbers_never_make_one_key(one: str, other: str) -> None:
    long = Partner(name="p" * 64)
    assert len(key_of(long, one)) <= 128
    assert (key_of(long, one) == key_of(long, other)) == (one == other)
