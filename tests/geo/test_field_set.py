"""Clicks on surveyed cones in 49 pictures of a Skydio X2: what the model is worth outdoors.

What the protocols are and why is in tools/field_set.py. OpenAthena's own answers to the same clicks
stand beside in each.
"""

from __future__ import annotations

import numpy as np
import pytest

from tools.field_set import FILE, Clicks, Line, table


@pytest.fixture(scope="module")
def clicks() -> Clicks:
    if not FILE.exists():
        pytest.skip("needs the shared field set")
    return Clicks()


@pytest.fixture(scope="module")
def lines(clicks: Clicks) -> dict[str, Line]:
    return {line.protocol: line for line in table(clicks)}


@pytest.mark.parametrize(
    ("protocol", "count", "ours_m", "openathenas_m"),
    [
        ("yaw consistent", 207, (5.3, 9.1), (7.6, 16.1)),
        ("all", 211, (5.4, 9.3), (7.7, 16.6)),
        ("yaw consistent, relief", 207, (5.2, 8.5), (7.6, 16.1)),
        ("all, relief", 211, (5.3, 9.1), (7.7, 16.6)),
    ],
)
def test_half_and_nine_in_ten_of_the_clicks_fall_closer_than_openathenas_own_answers(
    lines: dict[str, Line],
    protocol: str,
    count: int,
    ours_m: tuple[float, float],
    openathenas_m: tuple[float, float],
) -> None:
    line = lines[protocol]
    assert line.clicks == count
    assert np.all(np.less_equal(line.ours_m, ours_m))
    assert np.all(np.greater_equal(line.openathenas_m, openathenas_m))


def test_every_click_lands_where_the_reference_model_put_it(clicks: Clicks) -> None:
    assert clicks.error_m == pytest.approx(clicks.column("our_err_m"), abs=0.03)


def test_default_sigmas_promise_what_the_cones_show(lines: dict[str, Line]) -> None:
    for line in lines.values():
        in_95, in_50 = line.inside
        assert 0.90 <= in_95 <= 0.99
        assert 0.45 <= in_50 <= 0.65
