"""Power stations built before demand is known, in two stages and in a tree of three.

Four kinds of station (MW built at 16, 5, 32 and 2; energy at 25, 80, 6.5 and 160) meet a
load curve of three blocks, which is low with chance 0.9 and high with 0.1. The problem is
number 5.2 of J. R. Birge and F. Louveaux's collection as kept in B. Legat's
StructDualDynProg and in O. Dowson's SDDP.jl (`StructDualDynProg.jl_prob5.2_2stages`,
`_3stages`); costs of 340,315.52 building 5,085, 1,311, 3,919 and 854, and of 406,712.49
building 2,986, 0, 7,329 and 854 first.

Building lives on nodes: what a stage has is what was built in the stages before it, at the
nodes its scenario went through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from offtake.plan.program import ABSENT, Assembled, Ints, Program
from offtake.plan.solve import solve

BUILDING = np.array([16.0, 5.0, 32.0, 2.0])
ENERGY = np.array([25.0, 80.0, 6.5, 160.0])
SHARE = np.array([8760.0, 7000.0, 1500.0]) / 8760
LOAD = np.array([[3919.0, 3410.0, 2986.0], [7086.0, 1918.0, 2165.0]])
CHANCE = np.array([0.9, 0.1])


@dataclass(frozen=True)
class Grid:
    assembled: Assembled
    built: Ints
    """[kind, N] columns by node."""


def grid(outcome: Ints, node: Ints) -> Grid:
    """Write the problem; `outcome[w, t]` is the load of stage t + 1, `node[w, t]` where it is
    decided what to build for it."""
    program = Program()
    count, stages = outcome.shape
    chance = CHANCE[outcome].prod(axis=1)
    kinds, blocks = len(BUILDING), len(SHARE)
    built = program.add("built", (kinds, int(node.max()) + 1))
    program.gain([(-BUILDING[:, None, None] * chance[:, None], built[:, node])])
    weight = chance[:, None, None, None]
    use = program.add("use", (count, stages, kinds, blocks), cost=-weight * ENERGY[:, None] * SHARE)
    load = LOAD[outcome]
    program.con("load", load.shape, [(1.0, use.transpose(0, 1, 3, 2))], lower=load, upper=load)
    # There by stage t: everything built for it or for an earlier one.
    before = np.tri(stages, dtype=bool)
    owned = np.where(before[:, None, :], built[:, node].transpose(1, 0, 2)[:, None], ABSENT)
    there = program.con("there", (count, stages, kinds), [(1.0, use)], upper=0.0)
    program.put(there.index[..., None], -1.0, owned)
    return Grid(program.assemble(), built)


def tree(stages: int) -> tuple[Ints, Ints]:
    """All outcomes of so many stages, and the node at which each stage's building is decided.

    What is built for a stage is decided when the loads of the stages before are known.
    """
    outcome = np.stack(np.meshgrid(*[[0, 1]] * stages, indexing="ij"), axis=-1)
    outcome = outcome.reshape(-1, stages)
    known = [outcome[:, :t] @ (1 << np.arange(t)) + (1 << t) - 1 for t in range(stages)]
    return outcome, np.stack(known, axis=1).astype(np.int64)


def cost(made: Grid) -> tuple[float, np.ndarray]:
    answer = solve(made.assembled)
    assert answer.status == "optimal"
    assert made.assembled.violation(answer.values) < 1e-9
    return -answer.objective, answer.values[made.built]


def test_two_stages() -> None:
    found, built = cost(grid(*tree(1)))
    assert found == pytest.approx(340_315.5217, abs=1e-3)
    assert built[:, 0] == pytest.approx([5_085, 1_311, 3_919, 854], abs=1e-6)


def test_a_tree_of_three_stages() -> None:
    outcome, node = tree(2)
    assert node.tolist() == [[0, 1], [0, 1], [0, 2], [0, 2]]
    found, built = cost(grid(outcome, node))
    assert found == pytest.approx(406_712.4927, abs=1e-3)
    assert built[:, 0] == pytest.approx([2_986, 0, 7_329, 854], abs=1e-6)


def test_only_the_array_of_nodes_differs() -> None:
    """Who knows all loads pays less; in this tree, what is learnt changes no station."""
    outcome, node = tree(2)
    at_once, _ = cost(grid(outcome, np.broadcast_to([0, 1], node.shape)))
    known, _ = cost(grid(outcome, np.arange(node.size).reshape(node.shape)))
    assert known < 406_712.4927 - 1.0
    assert at_once == pytest.approx(406_712.4927, abs=1e-3)
