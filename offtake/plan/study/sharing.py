"""Limits on a mean, shared out over scenarios that are known: Dantzig and Wolfe (1960).

Who knows the scenario plans each on its own, but a limit on the mean ties them together:

    max objective(npv),   Σ_w π_w·taken[k, w] ≤ limit[k]

Every scenario offers ways to live with it, each with its net present value and what it
takes of the limits. A small master program mixes them and prices the limits (μ) and the
scenarios (q, the weight the objective gives each); at these prices every scenario offers
its best further way,

    max q_w·npv − π_w·μ·taken,

whose values add up to a bound nobody can exceed. All of it without whole blocks: what
comes out is a bound, and a share of every limit for each scenario.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np
from scipy import sparse

from offtake.plan.formulate import Risk
from offtake.plan.program import Assembled, Floats, Program
from offtake.plan.question import Part
from offtake.plan.solve import load, relaxed, run, solve

ROUNDS = 40
"""Exchanges between master and scenarios, at most."""
DEAR = 100.0
"""Price of exceeding a limit wholly, over the volume of cost: no plan would."""


@dataclass(slots=True)
class Alone:
    """The linear program of one scenario without limits on the mean, kept warm."""

    program: Assembled
    takes: sparse.csr_array
    """[K, columns]"""
    solver: highspy.Highs = field(init=False)
    ways: list[tuple[float, Floats]] = field(default_factory=list)
    """Net present value and what is taken of each limit, [K]."""

    def __post_init__(self) -> None:
        """Load it."""
        self.solver = load(relaxed(self.program))

    def offer(self, weight: float, price: Floats, least: float) -> float:
        """Add the best way at a weight and prices; give its value, weight·npv − price·taken."""
        scale = max(weight, least)
        cost = (weight * self.program.cost - self.takes.T @ price) / scale
        self.solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        run(self.solver)
        values = np.array(self.solver.getSolution().col_value)
        self.ways.append((float(self.program.cost @ values), self.takes @ values))
        return float(self.solver.getInfo().objective_function_value) * scale


def alone(part: Part) -> Alone:
    """Take the limits on the mean from the program of one scenario."""
    held = part.assembled
    upper = held.row_upper.copy()
    upper[part.means] = np.inf
    takes = held.matrix.tocsr()[part.shares.ravel()].tolil()
    takes[:, part.allowance.ravel()] = 0.0
    program = Assembled(
        cost=held.cost,
        matrix=held.matrix,
        row_lower=held.row_lower,
        row_upper=upper,
        column_lower=held.column_lower,
        column_upper=held.column_upper,
        integer=held.integer,
    )
    return Alone(program, sparse.csr_array(takes))


@dataclass(frozen=True, slots=True)
class Shared:
    """How limits on a mean are shared out."""

    allowance: Floats
    """[K, W]"""
    bound: float
    """Objective nobody can exceed, in million USD."""


@dataclass(frozen=True, slots=True)
class _Mixed:
    """What the master program says."""

    objective: float
    weight: Floats
    """[W] q"""
    price: Floats
    """[K] μ"""
    taken: Floats
    """[K, W]"""
    over: float
    """How far limits are exceeded, as shares of them."""


def share(
    scenarios: Sequence[Alone], limit: Floats, chance: Floats, risk: Risk, volume: float, gap: float
) -> Shared | None:
    """Share limits on a mean out over scenarios; None where no sharing that keeps them is found.

    Args:
        scenarios: their programs.
        limit: [K] most on the mean.
        chance: [W]
        risk: of the objective.
        volume: of cost, in million USD.
        gap: at which the exchange may end, as a share of the volume.
    """
    for one, at in zip(scenarios, chance, strict=True):
        one.offer(at, np.zeros(len(limit)), at)
    bound, mixed = np.inf, _mix(scenarios, limit, chance, risk, volume)
    for _ in range(ROUNDS):
        values = [
            one.offer(mixed.weight[row], chance[row] * mixed.price, 1e-3 * chance[row])
            for row, one in enumerate(scenarios)
        ]
        bound = min(bound, float(sum(values) + mixed.price @ limit))
        mixed = _mix(scenarios, limit, chance, risk, volume)
        if mixed.over <= 1e-9 and bound - mixed.objective <= gap * volume:
            break
    if mixed.over > 1e-9:
        return None
    spare = np.maximum(limit - mixed.taken @ chance, 0.0)
    return Shared(mixed.taken + spare[:, None], bound)


def _mix(
    scenarios: Sequence[Alone], limit: Floats, chance: Floats, risk: Risk, volume: float
) -> _Mixed:
    """Mix the ways each scenario has, so that limits hold on the mean."""
    most = max(len(one.ways) for one in scenarios)
    count, limits = len(scenarios), len(limit)
    npv, taken = np.zeros((count, most)), np.zeros((limits, count, most))
    there = np.zeros((count, most), bool)
    for row, one in enumerate(scenarios):
        for number, (value, takes) in enumerate(one.ways):
            npv[row, number], taken[:, row, number], there[row, number] = value, takes, True
    size = np.maximum(np.abs(limit), 1.0)
    made = Program()
    part = made.add("part", (count, most), where=there)
    worth = made.add("worth", (count,), lower=-np.inf, cost=(1 - risk.weight) * chance)
    over = made.add("over", (limits,), cost=-DEAR * volume)
    made.con("whole", (count,), [(1.0, part)], lower=1.0, upper=1.0)
    made.con("worth", (count,), [(1.0, worth), (-npv, part)], lower=0.0, upper=0.0)
    made.con(
        "limit",
        (limits,),
        [(taken * chance[None, :, None], part[None]), (-size, over)],
        upper=limit,
    )
    if risk.weight > 0:
        eta = made.add("eta", (1,), lower=-np.inf, cost=risk.weight)
        cost = -risk.weight / (1 - risk.alpha) * chance
        tail = made.add("tail", (count,), cost=cost)
        below = [(1.0, tail), (1.0, worth), (-1.0, np.broadcast_to(eta, (count,)))]
        made.con("tail", (count,), below, lower=0.0)
    answer = solve(made.assemble())
    mix = np.where(there, answer.values[np.maximum(part, 0)], 0.0)
    return _Mixed(
        objective=answer.objective,
        weight=np.abs(answer.row_dual[made.rows["worth"].index]),
        price=np.maximum(answer.row_dual[made.rows["limit"].index], 0.0),
        taken=(taken * mix[None]).sum(axis=2),
        over=float(answer.values[over].max(initial=0.0)),
    )
