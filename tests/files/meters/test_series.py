"""Counters lose nothing to cuts or resets, and gaps are never filled."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.files.meters.series import Point, counted, highest, integrated

ONE = Fraction(1)


def points(*pairs: tuple[int, float]) -> list[Point]:
    return [(second, Decimal(str(value))) for second, value in pairs]


def test_a_counter_is_cut_where_hours_are_full_in_proportion() -> None:
    """3,600 in an hour: 900 s after the cut are a quarter of it."""
    made = counted(points((900, 100), (4500, 3700)), ONE, 3600, 3600)
    assert made.pieces == [((900, 3600), 2700), ((3600, 4500), 900)]
    assert (made.reset_count, made.gap_count) == (0, 0)


def test_after_a_reset_it_counts_on_from_nothing() -> None:
    made = counted(points((0, 500), (60, 560), (120, 30), (180, 90)), ONE, 300, 3600)
    assert made.pieces == [((0, 180), 60 + 30 + 60)]
    assert made.reset_count == 1


def test_a_gap_is_not_covered_and_what_it_hid_is_told() -> None:
    made = counted(points((0, 0), (60, 60), (600, 1000), (660, 1060), (9000, 5)), ONE, 300, 3600)
    assert made.pieces == [((0, 60), 60), ((600, 660), 60)]
    assert made.left_out == Fraction(940)
    assert (made.gap_count, made.alone_count) == (2, 1)


def test_samples_of_one_second_are_one() -> None:
    made = counted(points((0, 0), (60, 50), (60, 70), (3600, 3600), (3600, 3610)), ONE, 3600, 3600)
    assert made.pieces == [((0, 3600), 3610)]


RISES = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 10**9)), min_size=2, max_size=40)


@given(RISES, st.integers(0, 10**15), st.sampled_from([60, 900, 3600]))
def test_pieces_add_up_to_what_the_counter_rose_by(
    rises: list[tuple[int, int]], first: int, every: int
) -> None:
    second, value = 1_811_808_017, first
    made = []
    for step, rise in rises:
        second, value = second + step, value + rise
        made.append((second, Decimal(value)))
    unit = Fraction(1, 3_600_000)
    amounts = counted(made, unit, 400, every)
    total = sum(amount for _, amount in amounts.pieces)
    if made[0][0] < made[-1][0]:
        assert total == int(unit * value) - int(unit * int(made[0][1]))
    spans = [span for span, _ in amounts.pieces]
    assert all(a // every == (b - 1) // every for a, b in spans if a < b)
    assert all(before[1] == after[0] for before, after in pairwise(spans))


@given(RISES, st.sampled_from([900, 3600]))
def test_reading_a_later_part_again_says_the_same(rises: list[tuple[int, int]], every: int) -> None:
    second, value, made = 0, 0, []
    for step, rise in rises:
        second, value = second + step + 1, value + rise
        made.append((second, Decimal(value)))
    whole = dict(counted(made, Fraction(1, 7), 500, every).pieces)
    part = dict(counted(made[len(made) // 2 :], Fraction(1, 7), 500, every).pieces)
    inside = {span: amount for span, amount in part.items() if span[0] % every == 0}
    assert {span: whole[span] for span in inside if span in whole} == inside


def test_power_becomes_energy_by_the_mean_of_two_samples() -> None:
    made = integrated(points((0, 600), (1800, 800), (5400, 800)), ONE, 3600, 3600)
    assert made.pieces == [((0, 3600), 350 + 400), ((3600, 5400), 400)]


@pytest.mark.parametrize(("unit", "peak"), [(ONE, 901), (Fraction(1000), 900_500)])
def test_the_highest_of_each_piece_is_rounded_up(unit: Fraction, peak: int) -> None:
    made = highest(points((0, 100), (1800, 900.5), (5400, 800)), unit, 3600, 3600)
    assert made.pieces[0] == ((0, 3600), peak)
    assert made.pieces[1][0] == (3600, 5400)
