"""Intervals hold the truth about as often as they say, on samples with a known answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from offtake.plan.formulate import Risk
from offtake.plan.intervals import (
    chance_of,
    mean_of,
    mixture_of,
    share_of,
    standard_error,
    strata,
)
from offtake.plan.outcome import tail_mean
from offtake.plan.scenarios import draw
from offtake.plan.supply import compile_supply
from tests.plan.portfolios import drawn, futures
from tests.plan.study.settings import newsvendor

MILLION = 1e6
TAIL = Risk(1.0, 0.8)
# Mean of the worst fifth of a standard normal: −φ(Φ⁻¹(0.8)) / 0.2.
WORST_FIFTH = -1.3998


def whole(count: int) -> list:
    return [np.arange(count)]


def test_a_mean_is_covered_at_its_level() -> None:
    rng = np.random.default_rng(1)
    chance = np.full(30, 1 / 30)
    held = 0
    for _ in range(400):
        found = mean_of(rng.standard_normal(30), chance, whole(30))
        held += found.low_usd <= 0 <= found.high_usd
    # 380 of 400 expected; three standard errors are 13.
    assert 367 <= held <= 393


def test_a_tail_is_covered_at_about_its_level() -> None:
    rng = np.random.default_rng(2)
    chance = np.full(300, 1 / 300)
    held = 0
    for number in range(60):
        found = mixture_of(rng.standard_normal(300), chance, whole(300), TAIL, number)
        held += found.low_usd <= WORST_FIFTH * MILLION <= found.high_usd
    # 57 of 60 expected; drawing again is a little narrow in a tail.
    assert held >= 52


def test_the_estimate_of_a_tail_is_the_tail_of_the_sample() -> None:
    rng = np.random.default_rng(3)
    values, chance = rng.standard_normal(50), rng.dirichlet(np.ones(50))
    found = mixture_of(values, chance, whole(50), Risk(0.3, 0.7), 0)
    by_hand = 0.7 * (chance @ values) + 0.3 * tail_mean(values, chance, 0.7, worst="low")
    assert found.mean_usd == pytest.approx(by_hand * MILLION)
    assert found.low_usd <= found.mean_usd <= found.high_usd


def test_named_futures_are_strata() -> None:
    """Between futures at known weights there is no chance: two sure futures have no error."""
    values = np.array([1.0, 1.0, 5.0, 5.0])
    chance = np.full(4, 0.25)
    apart = [np.array([0, 1]), np.array([2, 3])]
    assert standard_error(values, chance, apart)[0] == 0
    assert standard_error(values, chance, whole(4))[0] == pytest.approx(np.sqrt(16 / 3 / 4))


def test_a_single_draw_of_a_future_falls_back_to_the_whole_sample() -> None:
    values = np.array([1.0, 2.0, 3.0])
    chance = np.full(3, 1 / 3)
    lonely = [np.array([0]), np.array([1, 2])]
    assert standard_error(values, chance, lonely) == standard_error(values, chance, whole(3))


def test_strata_are_stories_of_equal_chance() -> None:
    portfolio = replace(drawn(0), uncertainty=futures((0.5, 1.5), (0.25, 0.75), 4))
    samples = draw(portfolio, compile_supply(portfolio), 8, 0)
    assert sorted(len(rows) for rows in strata(samples)) == [2, 6]
    one = newsvendor()
    assert [len(rows) for rows in strata(draw(one, compile_supply(one), 5, 0))] == [1] * 5


def test_wilson_by_hand() -> None:
    """3 of 20: Wilson's 95 % interval is 5.2 to 36.0 % (Newcombe 1998, by his formula)."""
    hit = np.array([1.0] * 3 + [0.0] * 17)
    share, low, high = chance_of(hit, np.full(20, 0.05))
    assert share == pytest.approx(0.15)
    assert low == pytest.approx(0.0524, abs=2e-4)
    assert high == pytest.approx(0.3604, abs=2e-4)


def test_nothing_broken_is_not_certainty() -> None:
    share, low, high = chance_of(np.zeros(100), np.full(100, 0.01))
    assert share == 0
    assert low == pytest.approx(0, abs=1e-12)
    assert high == pytest.approx(0.0370, abs=2e-4)


def test_shares_stay_shares() -> None:
    share, low, high = share_of(np.array([0.0, 0.02, 0.9, 0.0]), np.full(4, 0.25), whole(4))
    assert share == pytest.approx(0.23)
    assert low == 0
    assert high < 1


def test_one_scenario_tells_no_spread() -> None:
    with pytest.raises(ValueError, match="at least two"):
        mean_of(np.ones(1), np.ones(1), whole(1))
