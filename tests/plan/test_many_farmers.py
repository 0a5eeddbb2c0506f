"""The farmer with many years, as mpi-sppy draws them: a random yield for every year.

B. Knueven, D. Mildebrath, C. Muir, J. D. Siirola, J.-P. Watson and D. L. Woodruff, A
parallel hub-and-spoke system for large-scale scenario-based optimization under
uncertainty, Mathematical Programming Computation 15 (2023); their `examples/farmer`. Year n
is poor, average or rich by n mod 3; from the fourth on, three numbers between 0 and 1 are
added to its yields of wheat, corn and beets, drawn by NumPy's Mersenne twister with seed n.
The optima, as costs: −131,722.2106 with 30 years, −132,290.6871 with 300, −132,888.3924
with 3,000. Here all is maximised.
"""

from __future__ import annotations

import numpy as np
import pytest

from offtake.plan.program import Program
from offtake.plan.solve import How, solve

ACRES = 500.0
PLANTING = np.array([150.0, 230.0, 260.0])
YIELDS = np.array([[2.0, 2.4, 16.0], [2.5, 3.0, 20.0], [3.0, 3.6, 24.0]])
NEEDED = np.array([200.0, 240.0])
BUYING = np.array([238.0, 210.0])
SELLING = np.array([170.0, 150.0])


def years(count: int) -> np.ndarray:
    """Yields of each year, [W, crop]."""
    grown = YIELDS[np.arange(count) % 3]
    # The generator is a part of the data: the published optima are those of its numbers.
    noise = [np.random.RandomState(n).rand(3) for n in range(count)]
    return grown + np.array(noise) * (np.arange(count) >= 3)[:, None]


def farm(grown: np.ndarray, node: np.ndarray) -> tuple[Program, np.ndarray]:
    """Write the farm under an information structure `node[w]`; acres by node come back."""
    program, count = Program(), len(grown)
    chance = np.full(count, 1 / count)
    share = np.bincount(node, weights=chance)[:, None]
    acres = program.add("acres", (len(share), 3), cost=-PLANTING * share)
    x = acres[node]
    buy = program.add("buy", (count, 2), cost=-BUYING * chance[:, None])
    sell = program.add("sell", (count, 2), cost=SELLING * chance[:, None])
    beets = program.add("beets", (count,), upper=6000.0, cost=36 * chance)
    more = program.add("more", (count,), cost=10 * chance)
    program.con("land", (len(share),), [(1.0, acres)], upper=ACRES)
    program.con(
        "cattle", (count, 2), [(grown[:, :2], x[:, :2]), (1.0, buy), (-1.0, sell)], lower=NEEDED
    )
    program.con("sold", (count, 2), [(1.0, sell), (-grown[:, :2], x[:, :2])], upper=0.0)
    program.con("quota", (count,), [(grown[:, 2], x[:, 2]), (-1.0, beets), (-1.0, more)], lower=0.0)
    return program, acres


@pytest.mark.parametrize(
    ("count", "profit"), [(30, 131_722.2106), (300, 132_290.6871), (3_000, 132_888.3924)]
)
def test_the_optimum_is_the_published_one(count: int, profit: float) -> None:
    program, _ = farm(years(count), np.zeros(count, np.int64))
    assembled = program.assemble()
    answer = solve(assembled, How(method="simplex" if count < 1_000 else "ipm"))
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(profit, abs=1e-4)
    assert assembled.violation(answer.values) < 1e-9


def test_who_knows_each_year_before_planting_earns_at_least_as_much() -> None:
    grown = years(30)
    known, acres = farm(grown, np.arange(30))
    answer = solve(known.assemble())
    assert acres.shape == (30, 3)
    assert answer.objective > 131_722.2106 + 1.0
    one_by_one = [farm(grown[n : n + 1], np.zeros(1, np.int64))[0] for n in range(30)]
    mean = np.mean([solve(program.assemble()).objective for program in one_by_one])
    assert answer.objective == pytest.approx(mean, rel=1e-9)
