"""Wait or build: the widget factory of Dixit and Pindyck.

A factory costs 1,600 and makes one widget a year for ever, from the year it is bought. A
widget sells at 200 now and at 300 or 100, equally likely, from next year on; money costs
10 %. Bought now it is worth −1,600 + 2,200 = 600; bought next year, and only if the price
rose, 0.5·(−1,600 + 3,300)/1.1 = 772.73. (A. K. Dixit and R. S. Pindyck, Investment under
Uncertainty, 1994, chapter 2.)
"""

from __future__ import annotations

import numpy as np
import pytest

from offtake.plan.program import Ints, Program
from offtake.plan.solve import solve

COST, NOW, RATE = 1_600.0, 200.0, 0.1
LATER = np.array([300.0, 100.0])


def worth() -> np.ndarray:
    """What a factory bought now or next year is worth today, [price, year]."""
    for_ever = LATER / RATE
    bought_now = NOW + for_ever - COST
    bought_later = (for_ever * (1 + RATE) - COST) / (1 + RATE)
    return np.stack([bought_now, bought_later], axis=1)


def best(node: Ints) -> tuple[float, np.ndarray]:
    """The expected worth, and in which years a factory is bought, [price, year]."""
    program = Program()
    bought = program.add("bought", (int(node.max()) + 1,), upper=1.0, integer=True)[node]
    program.con("one", (2,), [(1.0, bought)], upper=1.0)
    program.gain([(0.5 * worth(), bought)])
    answer = solve(program.assemble())
    assert answer.status == "optimal"
    return answer.objective, answer.values[bought]


def test_if_nothing_is_learnt_it_is_bought_now() -> None:
    value, bought = best(np.array([[0, 1], [0, 1]]))
    assert value == pytest.approx(600.0)
    assert bought.tolist() == [[1.0, 0.0], [1.0, 0.0]]


def test_if_next_years_price_is_learnt_it_is_worth_waiting() -> None:
    value, bought = best(np.array([[0, 1], [0, 2]]))
    assert value == pytest.approx(850 / 1.1)
    assert value == pytest.approx(772.73, abs=0.005)
    assert bought.tolist() == [[0.0, 1.0], [0.0, 0.0]]


def test_if_it_were_known_today_it_would_be_bought_now_or_never() -> None:
    value, bought = best(np.arange(4).reshape(2, 2))
    assert value == pytest.approx(800.0)
    assert bought.tolist() == [[1.0, 0.0], [0.0, 0.0]]
