"""Spans as arrays say what spans one by one say."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from offtake.ledger.spans import intersect, seconds, union
from offtake.ledger.sweeps import at_least_long, cut, falls_short, lengths, marks, united

_SPAN = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda p: (min(p), max(p)))
_ROWS = st.lists(st.tuples(st.integers(0, 3), _SPAN), max_size=30)
_COUNT = 4


@given(rows=_ROWS, window=st.lists(_SPAN, max_size=4))
def test_units_are_united_and_cut_as_one_by_one(
    rows: list[tuple[int, tuple[int, int]]], window: list[tuple[int, int]]
) -> None:
    made = united(marks([u for u, _ in rows], [s for _, (s, _) in rows], [e for _, (_, e) in rows]))
    inside = union(window)
    lasting = cut(made, inside)
    for unit in range(_COUNT):
        alone = union(span for u, span in rows if u == unit)
        assert made.spans(unit) == alone
        assert lasting.spans(unit) == intersect(alone, inside)
    assert lengths(made, _COUNT).tolist() == [seconds(made.spans(u)) for u in range(_COUNT)]


@given(rows=_ROWS, share=st.sampled_from(["0", "0.25", "0.5", "0.98", "1"]))
def test_a_whole_falls_short_when_too_few_are_up(
    rows: list[tuple[int, tuple[int, int]]], share: str
) -> None:
    weight = [3, 1, 2, 4]
    standing = [((0, 50), 7), ((20, 60), 3)]
    down = united(marks([u for u, _ in rows], [s for _, (s, _) in rows], [e for _, (_, e) in rows]))
    there = [(0, 50), (20, 60)]
    kept = cut(down, union(there))
    found = falls_short(kept, np.array(weight), standing, Fraction(share))
    for second in range(60):
        stand = sum(count for (start, end), count in standing if start <= second < end)
        away = sum(
            weight[u] for u in range(_COUNT) if any(s <= second < e for s, e in kept.spans(u))
        )
        short = stand - away < Fraction(share) * stand
        assert short == any(s <= second < e for s, e in found)


def test_short_spans_are_left_out_exactly() -> None:
    rows = marks([0, 0], [0, 100], [60, 161])
    assert at_least_long(rows, Fraction(121, 2)).spans(0) == ((100, 161),)
    assert at_least_long(rows, Fraction(60)).spans(0) == ((0, 60), (100, 161))


def test_nothing_is_nothing() -> None:
    empty = marks((), (), ())
    assert united(empty).spans(0) == ()
    assert cut(empty, ()).spans(0) == ()
    assert falls_short(empty, np.array([1]), [((0, 9), 1)], Fraction(1)) == ()
