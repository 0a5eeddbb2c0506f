"""A hay farm over four stages and 27 weathers: states that are carried through a tree.

Plan first, then three cuttings, each in dry, normal or wet weather with chances 0.14, 0.69
and 0.17; hay is grown, bought, sold, fed to animals that need it, and kept. After R.
McCardle, Farm management optimization (master's thesis, University of Louisville, 2009), as
kept in O. Dowson's SDDP.jl (`agriculture_mccardle_farm.jl`): a cost of 4,074.1391.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from offtake.plan.program import ABSENT, Assembled, Ints, Program
from offtake.plan.solve import solve

WEATHER = np.array(list(product(range(3), repeat=3)))
"""[W, 3] weather at each cutting."""
CHANCE = np.array([0.14, 0.69, 0.17])[WEATHER].prod(axis=1)
YIELD = np.array([[30.0, 75.0, 37.5], [15.0, 37.5, 18.25], [7.5, 18.75, 9.325]])
"""Bales an acre, by cutting and weather."""
FED = np.array([210.0, 210.0, 858.0])
BUYING, SELLING = np.array([5.0, 6.0, 7.0]), np.array([4.5, 5.5, 6.5])
"""By cutting the bale comes from."""
FEEDING = np.array([[0.0, 1.0, 2.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
"""Cost of feeding a bale, by cutting it comes from and stage."""
KEEPING = 0.05 * np.array([60.0, 60.0, 245.0])
"""Cost of a bale kept through a stage."""
GROWING, ACRES, ROOM, MARKET, AMISS = 50.0, 60.0, 3_000.0, 3_000.0, 1_000.0


def farm(node: Ints) -> Assembled:
    """Write the farm; `node[w, t]` is where the decisions of stage t are made, t = 0 … 3.

    Acres and bales left behind by a stage are decided at its node too.
    """
    program, nodes = Program(), int(node.max()) + 1
    land = program.add("land", (nodes,), upper=ACRES)[node]
    bales = program.add("bales", (nodes, 3))[node]
    moves = {
        name: program.add(name, (nodes, 3))[node]
        for name in ("buy", "sell", "eat", "found", "lost")
    }
    # Of the first stage only the land is decided; nothing is in store.
    before, after = np.full_like(bales[:, 1:], ABSENT), bales[:, 1:]
    before[:, 1:] = bales[:, 1:-1]
    buy, sell, eat, found, lost = (columns[:, 1:] for columns in moves.values())
    had = land[:, :-1]
    shape = (len(node), 3)

    program.con("crop", shape, [(1.0, land[:, 1:]), (-1.0, had)], upper=0.0)
    program.con("fed", shape, [(1.0, eat)], lower=FED)
    balance = [(1.0, before), (1.0, buy), (-1.0, eat), (-1.0, sell), (1.0, found), (-1.0, lost)]
    program.con("bales", (*shape, 3), [(-1.0, after), *balance], lower=0.0, upper=0.0)
    cut = YIELD[np.arange(3), WEATHER]
    rows = program.rows["bales"].index
    program.put(rows[:, np.arange(3), np.arange(3)], cut, had)
    program.con("room", shape, [(1.0, after)], upper=ROOM)
    program.con("store", (*shape, 3), [(1.0, sell), (-1.0, before)], upper=0.0)
    program.con("market", shape, [(1.0, sell)], upper=MARKET)

    each, weight = CHANCE[:, None, None], CHANCE[:, None]
    program.gain(
        [
            (-GROWING * weight, had),
            (-KEEPING[:, None] * each, before),
            (-BUYING * each, buy),
            (-FEEDING.T * each, eat),
            (SELLING * each, sell),
            (-AMISS * each, found),
            (-AMISS * each, lost),
        ]
    )
    return program.assemble()


def season_by_season() -> Ints:
    """Number every history of the weather: 1 + 3 + 9 + 27 nodes."""
    histories: dict[tuple[int, ...], int] = {}
    return np.array(
        [
            [histories.setdefault(tuple(w[:t]), len(histories)) for t in range(4)]
            for w in WEATHER.tolist()
        ]
    )


def cost(node: Ints) -> float:
    made = farm(node)
    answer = solve(made)
    assert answer.status == "optimal"
    assert made.violation(answer.values) < 1e-9
    return -answer.objective


def test_the_farm_costs_what_the_literature_says() -> None:
    node = season_by_season()
    assert node.max() == 39
    assert cost(node) == pytest.approx(4_074.1391, abs=1e-4)


def test_weather_known_ahead_is_worth_something() -> None:
    """27 farms apart, each with a forecast that comes true."""
    known = cost(np.arange(27 * 4).reshape(27, 4))
    assert known < 4_074.1391 - 1.0
