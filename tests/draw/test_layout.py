"""Labels are moved apart, no further than they must be."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.draw.layout import spaced
from offtake.draw.marks import round_axis, years

PLACES = st.lists(st.floats(0, 100, allow_nan=False), max_size=12)


def test_labels_that_do_not_meet_stay() -> None:
    assert spaced([10, 50, 30], 15, 0, 100) == [10, 50, 30]


def test_labels_that_meet_share_the_way() -> None:
    assert spaced([50, 50], 10, 0, 100) == [45, 55]
    assert spaced([0, 0], 10, 0, 100) == [0, 10]
    assert spaced([], 10, 0, 100) == []


@given(PLACES)
def test_no_label_overlaps_or_leaves_the_plot(wanted: list[float]) -> None:
    gap = 10.0
    places = sorted(spaced(wanted, gap, 0, 100))
    held = min(gap, 100 / max(len(wanted) - 1, 1))
    assert all(b - a >= held - 1e-6 for a, b in pairwise(places))
    assert all(-1e-6 <= place <= 100 + 1e-6 for place in places)


@given(PLACES)
def test_labels_keep_their_order(wanted: list[float]) -> None:
    places = spaced(wanted, 5, 0, 100)
    for i, a in enumerate(wanted):
        for j, b in enumerate(wanted):
            if a < b:
                assert places[i] <= places[j]


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_an_axis_is_round_and_holds_all(low: float, span: float) -> None:
    axis = round_axis(low, low + span)
    slack = 1e-9 + 1e-6 * span
    assert axis.low <= min(low, 0) + slack
    assert axis.high >= max(low + span, 0) - slack
    assert axis.low < axis.high
    assert 2 <= len(axis.ticks) <= 14


def test_ticks_of_a_time_axis() -> None:
    assert years(2026.75, 2031.25).ticks == (2027, 2028, 2029, 2030, 2031)
    assert years(2026.0, 2056.0).ticks[:2] == (2030, 2035)
    assert years(2026.5, 2027.5).ticks == (2026.5, 2026.75, 2027.0, 2027.25)


def test_ticks_have_the_decimals_they_need() -> None:
    assert round_axis(0, 12.4).format == ",.1f"
    assert round_axis(0, 12.4).ticks[1] == pytest.approx(2.5)
    assert round_axis(0, 100).format == ",.0f"
