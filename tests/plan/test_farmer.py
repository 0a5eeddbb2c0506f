"""The farmer of Birge and Louveaux, Introduction to Stochastic Programming (2011), 1.1.

500 acres of wheat, corn and sugar beets; yields of 80, 100 or 120 % of the mean, each with
one chance in three. 200 t of wheat and 240 t of corn are needed for cattle and may be
bought; beets sell at 36 up to a quota of 6,000 t and at 10 beyond. The book's answers, as
costs: recourse problem −108,390 with 170/80/250 acres, wait and see −115,405.56, expected
result of the mean-value plan −107,240. Here all is maximised, so the signs are turned.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

from offtake.plan.blocks import cut_out, split
from offtake.plan.master import Master, first_stage
from offtake.plan.program import Assembled, Ints, Program
from offtake.plan.solve import Solution, solve
from offtake.plan.worker import Answer

ACRES = 500.0
PLANTING = np.array([150.0, 230.0, 260.0])
YIELDS = np.array([2.5, 3.0, 20.0])
NEEDED = np.array([200.0, 240.0])
BUYING = np.array([238.0, 210.0])
SELLING = np.array([170.0, 150.0])
RATIOS = np.array([0.8, 1.0, 1.2])

RP, WS, EEV = 108_390.0, 115_405.0 + 5 / 9, 107_240.0


@dataclass(frozen=True)
class Farm:
    assembled: Assembled
    acres: Ints
    """[N, crop] columns by node."""


def farm(node: Ints, ratios: np.ndarray = RATIOS) -> Farm:
    """Write the farm under an information structure `node[w]`."""
    program, count = Program(), len(ratios)
    chance = np.full(count, 1 / count)
    share = np.bincount(node, weights=chance)[:, None]
    acres = program.add("acres", (len(share), 3), cost=-PLANTING * share)
    x = acres[node]
    buy = program.add("buy", (count, 2), cost=-BUYING * chance[:, None])
    sell = program.add("sell", (count, 2), cost=SELLING * chance[:, None])
    beets = program.add("beets", (count,), upper=6000.0, cost=36 * chance)
    more = program.add("more", (count,), cost=10 * chance)
    program.con("land", (len(share),), [(1.0, acres)], upper=ACRES)
    grown = ratios[:, None] * YIELDS
    program.con(
        "cattle", (count, 2), [(grown[:, :2], x[:, :2]), (1.0, buy), (-1.0, sell)], lower=NEEDED
    )
    program.con("quota", (count,), [(grown[:, 2], x[:, 2]), (-1.0, beets), (-1.0, more)], lower=0.0)
    return Farm(program.assemble(), acres)


HERE_AND_NOW = np.zeros(3, np.int64)
WAIT_AND_SEE = np.arange(3)


def best(node: Ints, ratios: np.ndarray = RATIOS) -> tuple[Farm, Solution]:
    made = farm(node, ratios)
    answer = solve(made.assembled)
    assert answer.status == "optimal"
    return made, answer


def mean_value_result() -> float:
    """EEV: plant what is best at mean yields, and live with the yields that come."""
    made, answer = best(np.zeros(1, np.int64), np.ones(1))
    planted = answer.values[made.acres[0]]
    stuck = farm(HERE_AND_NOW)
    for bounds in (stuck.assembled.column_lower, stuck.assembled.column_upper):
        bounds[stuck.acres[0]] = planted
    return solve(stuck.assembled).objective


def test_the_recourse_problem_is_the_books() -> None:
    made, answer = best(HERE_AND_NOW)
    assert answer.objective == pytest.approx(RP, abs=1e-6)
    assert answer.values[made.acres[0]] == pytest.approx([170, 80, 250])
    assert made.assembled.violation(answer.values) < 1e-9


def test_waiting_is_one_other_array_of_nodes() -> None:
    """The value of perfect information: EVPI = WS − RP = 7,015.56."""
    _, answer = best(WAIT_AND_SEE)
    assert answer.objective == pytest.approx(WS, abs=1e-3)
    assert answer.objective - RP == pytest.approx(7_015 + 5 / 9, abs=1e-3)


def test_the_stochastic_solution_is_worth_1150() -> None:
    """VSS = RP − EEV."""
    eev = mean_value_result()
    assert eev == pytest.approx(EEV, abs=1e-6)
    assert RP - eev == pytest.approx(1_150, abs=1e-6)


def test_decomposition_gives_the_same() -> None:
    """Blocks are found, and cuts agree: wheat, corn and beets of each year stand alone."""
    made = farm(HERE_AND_NOW)
    program, acres = made.assembled, made.acres[0]
    parts = split(program, acres)
    assert len(parts.columns) == 9
    nothing = np.empty((0, 9), np.int64)
    blocks = cut_out(program, parts, np.empty(0, np.int64), nothing, np.ones(9))
    master = Master(first_stage(program, acres, parts.own), groups=9)
    best, bound = -np.inf, np.inf
    point = kept = np.zeros(3)
    answer = solve(program)
    for _ in range(60):
        with ThreadPoolExecutor(1) as pool:
            list(pool.map(lambda block, at=point: block.ask(at, np.empty(0)), blocks))
        value = np.array([b.value for b in blocks])
        master.add(Answer(value, np.array([b.slope for b in blocks]), np.zeros(9)), point)
        reached = float(program.cost[acres] @ point + value.sum())
        if reached > best:
            best, kept = reached, point
        answer = master.solve()
        bound = answer.objective
        if bound - best < 1e-6:
            break
        point = (answer.values + kept) / 2
    assert best == pytest.approx(RP, abs=1e-5)
    assert bound == pytest.approx(RP, abs=1e-5)
    assert kept == pytest.approx([170, 80, 250], abs=1e-3)
    assert answer.row_dual == pytest.approx(solve(program).row_dual[parts.own], abs=1e-3)


def test_duplicated_years_change_nothing() -> None:
    """Each year twice at half its chance is the same farm."""
    _, answer = best(np.zeros(6, np.int64), np.repeat(RATIOS, 2))
    assert answer.objective == pytest.approx(RP, abs=1e-6)
