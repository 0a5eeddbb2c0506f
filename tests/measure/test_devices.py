"""Many devices reduced: the same in any batches, and nothing filled, lost or counted twice."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.measure.devices import ENERGY, POWER, Devices

START = 1_811_808_000
T = np.arange(0, 100, 10)


def of(batches: list[tuple[list[int], list[int], dict]], count: int = 1, gap: int = 60) -> Devices:
    made = Devices(gap=gap)
    made.code([f"gpu{i}" for i in range(count)])
    for device, second, fields in batches:
        columns = {name: np.array(held, np.float64) for name, held in fields.items()}
        made.add(np.array(device), np.array(second) + START, columns)
    return made


def test_a_counter_and_its_gauge_say_the_same() -> None:
    """700 W for 90 s are 63,000 J."""
    made = of([([0] * 10, list(T), {ENERGY: 700e3 * T, POWER: [700.0] * 10})])
    assert made.totals[ENERGY].amount.tolist() == [63_000.0]
    assert made.totals[POWER].amount.tolist() == [63_000.0]
    assert made.totals[POWER].covered_s.tolist() == [90.0]
    assert (made.first, made.final) == (START, START + 90)


def test_a_reset_counts_on_from_nothing() -> None:
    made = of([([0] * 4, [0, 10, 20, 30], {ENERGY: [9e6, 10e6, 1e6, 2e6]})])
    assert made.totals[ENERGY].amount.tolist() == [1000 + 1000 + 1000]
    assert made.counts[f"{ENERGY}: resets, counted on from 0"] == 1


def test_a_gap_is_not_covered_and_what_the_counter_did_in_it_is_not_taken() -> None:
    made = of([([0] * 4, [0, 10, 1000, 1010], {ENERGY: [0, 1e6, 99e6, 100e6]})])
    assert made.totals[ENERGY].amount.tolist() == [2000]
    assert made.totals[ENERGY].covered_s.tolist() == [20]
    assert made.counts[f"{ENERGY}: gaps"] == 1


def test_negative_power_is_refused_and_counted() -> None:
    made = of([([0] * 4, [0, 40, 80, 120], {POWER: [500, -1, 500, 500]})])
    assert made.counts[f"{POWER}: refused, below 0"] == 1
    assert made.totals[POWER].covered_s.tolist() == [40]
    assert made.totals[POWER].amount.tolist() == [20_000]


def test_a_share_above_1_is_refused_and_what_was_not_read_is_no_zero() -> None:
    made = of([([0] * 4, [0, 10, 20, 30], {"sm_share": [0.5, 0.5, 1.5, np.nan]})])
    assert made.totals["sm_share"].amount.tolist() == [5.0]
    assert made.totals["sm_share"].covered_s.tolist() == [10.0]
    assert made.counts["sm_share: refused, above 1"] == 1
    assert made.counts["sm_share: not read"] == 1
    assert made.counts[f"{POWER}: not in the table"] == 4


@pytest.mark.parametrize("second", [[0, 10, 5], [0, 10, 10]])
def test_going_back_in_time_is_refused(second: list[int]) -> None:
    with pytest.raises(OfftakeError, match="OTK-Q010"):
        of([([0] * 3, second, {POWER: [1, 1, 1]})])


def test_batches_do_not_matter() -> None:
    rng = np.random.default_rng(7)
    count, steps = 7, 200
    second = np.repeat(np.arange(steps) * 10 + (rng.random(steps) < 0.05).cumsum() * 100, count)
    device = np.tile(np.arange(count), steps)
    energy = rng.integers(0, 9_000_000, count * steps).astype(float)
    power = rng.uniform(-5, 700, count * steps)
    power[rng.random(len(power)) < 0.1] = np.nan
    fields = {ENERGY: energy, POWER: power}
    whole = of([(list(device), list(second), fields)], count)
    cuts = [0, 1, 50, 333, 334, 1000, count * steps]
    pieces = [
        (list(device[a:b]), list(second[a:b]), {n: h[a:b] for n, h in fields.items()})
        for a, b in pairwise(cuts)
    ]
    apart = of(pieces, count)
    by_device = np.argsort(device, kind="stable")
    turned = of(
        [
            (
                list(device[by_device]),
                list(second[by_device]),
                {n: h[by_device] for n, h in fields.items()},
            )
        ],
        count,
    )
    for name in (ENERGY, POWER):
        for other in (apart, turned):
            assert other.totals[name].amount == pytest.approx(whole.totals[name].amount)
            assert other.totals[name].covered_s.tolist() == whole.totals[name].covered_s.tolist()
    assert apart.counts == whole.counts
