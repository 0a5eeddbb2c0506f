"""How outcomes are summed up: tails, quantiles, and words that go with money."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from offtake.plan.outcome import quantile, tail_mean
from offtake.plan.program import Program
from offtake.plan.reasons import money
from offtake.plan.solve import solve

COUNT = 20_000
NORMAL = ndtri((np.arange(COUNT) + 0.5) / COUNT)
EVEN = np.full(COUNT, 1 / COUNT)
VALUES = st.lists(st.floats(-100, 100), min_size=2, max_size=8)


def test_the_tail_of_a_normal() -> None:
    """CVaR95 of N(0, 1) is φ(Φ⁻¹(0.95))/0.05 = 2.0627128, on either side."""
    assert tail_mean(NORMAL, EVEN, 0.95, worst="high") == pytest.approx(2.0627128, abs=2e-3)
    assert tail_mean(NORMAL, EVEN, 0.95, worst="low") == pytest.approx(-2.0627128, abs=2e-3)


def test_a_scenario_on_the_edge_counts_in_part() -> None:
    """The worst 30 % of {1: 20 %, 5: 80 %} are 20 points of 1 and 10 of 5: 7/3."""
    values, chance = np.array([1.0, 5.0]), np.array([0.2, 0.8])
    assert tail_mean(values, chance, 0.7, worst="low") == pytest.approx(7 / 3)


@given(VALUES, st.floats(0.05, 0.9))
def test_the_tail_is_the_linear_program(values: list[float], alpha: float) -> None:
    """Sorting gives what Rockafellar and Uryasev's program gives: max η − E[(η − v)⁺]/(1 − α)."""
    chance = np.full(len(values), 1 / len(values))
    program = Program()
    eta = program.add("eta", (1,), lower=-np.inf, cost=1.0)
    short = program.add("short", chance.shape, cost=-chance / (1 - alpha))
    program.con(
        "tail",
        chance.shape,
        [(1.0, short), (-1.0, np.broadcast_to(eta, chance.shape))],
        lower=-np.array(values),
    )
    answer = solve(program.assemble())
    found = tail_mean(np.array(values), chance, alpha, worst="low")
    assert found == pytest.approx(answer.objective, abs=1e-5)


@given(VALUES, st.floats(0.0, 0.9))
def test_a_tail_is_never_better_than_the_mean(values: list[float], alpha: float) -> None:
    chance = np.full(len(values), 1 / len(values))
    worst = tail_mean(np.array(values), chance, alpha, worst="low")
    assert worst <= np.mean(values) + 1e-9
    assert worst >= min(values) - 1e-9


def test_a_quantile_has_enough_chance_below_it() -> None:
    values, chance = np.array([3.0, 1.0, 2.0]), np.array([0.2, 0.5, 0.3])
    assert [quantile(values, chance, level) for level in (0.1, 0.5, 0.51, 0.8, 0.9)] == [
        *(1.0, 1.0, 2.0, 2.0, 3.0)
    ]


def test_money_is_told_the_way_it_is_said() -> None:
    assert money(12_345_678.0) == "12.3 M USD"
    assert money(2.5e9) == "2.5 B USD"
    assert money(-4_200.0) == "-4.2 k USD"
    assert money(0.5) == "0.50 USD"
