"""Air conditioners made over three months: a tree with whole numbers at every node.

200 a month at 100 each, more at 300, storage of up to 100 at 50; 100 are wanted in the
first month and 100 or 300, equally likely, in each that follows; all must be met. From A.
Papavasiliou's lectures, as kept in O. Dowson's SDDP.jl (`air_conditioning.jl`): 62,500,
making 200 in the first month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from offtake.plan.program import ABSENT, Assembled, Ints, Program
from offtake.plan.solve import How, Solution, solve

WANTED = np.array([[100, b, c] for b in (100, 300) for c in (100, 300)], float)
CHANCE = np.full(4, 0.25)
MONTH_BY_MONTH = np.array([[0, 1, 3], [0, 1, 4], [0, 2, 5], [0, 2, 6]])
"""A month's demand is known when its production is decided."""


@dataclass(frozen=True)
class Factory:
    assembled: Assembled
    made: Ints
    """[N] columns by node."""


def factory(node: Ints) -> Factory:
    program, nodes = Program(), int(node.max()) + 1
    made = program.add("made", (nodes,), upper=200.0, integer=True)
    more = program.add("more", (nodes,), integer=True)
    # What is in store follows from what was made: it has a value in every scenario.
    store = program.add("store", node.shape, upper=100.0, integer=True)
    spent = [(100.0, made[node]), (300.0, more[node]), (50.0, store)]
    program.gain([(-price * CHANCE[:, None], columns) for price, columns in spent])
    before = np.concatenate([np.full((len(node), 1), ABSENT), store[:, :-1]], axis=1)
    terms = [(1.0, before), (1.0, made[node]), (1.0, more[node]), (-1.0, store)]
    program.con("balance", node.shape, terms, lower=WANTED, upper=WANTED)
    return Factory(program.assemble(), made)


def best(node: Ints) -> tuple[Factory, Solution]:
    made = factory(node)
    return made, solve(made.assembled, How(gap=1e-9))


def test_the_tree_costs_62500_and_makes_200_first() -> None:
    made, answer = best(MONTH_BY_MONTH)
    assert answer.status == "optimal"
    assert -answer.objective == pytest.approx(62_500.0, abs=1e-6)
    assert -answer.bound == pytest.approx(62_500.0, abs=1e-6)
    assert answer.values[made.made[0]] == pytest.approx(200.0)


def test_who_knows_all_months_ahead_pays_less() -> None:
    _, answer = best(np.arange(12).reshape(4, 3))
    assert answer.status == "optimal"
    assert -answer.objective < 62_500.0 - 1.0


def test_who_learns_nothing_cannot_meet_both_demands() -> None:
    """300 must be ready in each month, and 200 of them would not fit the store."""
    _, answer = best(np.broadcast_to(np.arange(3), (4, 3)))
    assert answer.status == "infeasible"
