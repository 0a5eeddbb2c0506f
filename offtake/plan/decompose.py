"""Decomposition: multi-cut Benders (L-shaped) between a master and the scenarios.

Hold what is signed, and every scenario is a small linear program of its own. A master
program decides what is signed; the scenarios answer with their value and their slope
there, cuts, until what the master hopes for and what the scenarios give agree:

    master  max c·x + Σ θ_g     first-stage rows, cuts θ_g ≤ Q_g(x̂) + s_g·(x − x̂)
      │ x                 ▲ cuts
      ▼                   │
    crew    Q_g(x) = Σ_w in g  max q_w·v   W_w·v ≤ h_w − T_w·x

Points are stabilised half way between the master's wish and the best point so far (in-out,
Ben-Ameur and Neto 2007).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from offtake.plan.blocks import UNLIMITED
from offtake.plan.crew import Crew
from offtake.plan.master import First, Master, first_stage
from offtake.plan.program import Floats
from offtake.plan.question import Part, Question
from offtake.plan.solve import Solution
from offtake.plan.worker import Answer

MIXED = 0.5
"""Weight of the master's wish in the point that is asked next."""

Stop = Callable[[], bool]
"""Whether to stop as soon as possible."""


def never() -> bool:
    """Never stop."""
    return False


@dataclass(slots=True)
class Work:
    """A question being decomposed: the master, the crew, and the best point so far."""

    crew: Crew
    master: Master
    example: Part
    """The program of the first scenario alone: what the first stage looks like."""
    allowance: Floats
    """[K, W] what each scenario is allowed of each limit on a mean; held, never optimised."""
    limit: Floats
    """[K] the limits on a mean."""
    best: float = -np.inf
    point: Floats = field(default_factory=lambda: np.empty(0))
    asked: Floats = field(default_factory=lambda: np.empty(0))
    answer: Answer | None = None
    reached: float = -np.inf
    """Objective at the point asked last."""

    @property
    def unlimited(self) -> bool:
        """Whether no limit on a mean was shared out yet, so that bounds hold for everything."""
        return bool(np.all(self.allowance == UNLIMITED))

    @property
    def broken(self) -> Floats:
        """[W] how far the last point asked breaks limits inside scenarios."""
        return self.answer.broken if self.answer is not None else np.zeros(1)

    def nothing_signed(self) -> Floats:
        """Give the point at which nothing is signed."""
        return np.maximum(self.master.first.program.column_lower, 0.0)

    def ask(self, point: Floats) -> float:
        """Ask every scenario at a point; adds the cuts, gives the objective there."""
        program = self.master.first.program
        # A solver gives −1e-11 for 0; times the size of a job that is no longer nothing.
        point = np.clip(point, program.column_lower, program.column_upper)
        self.asked = point
        answer = self.crew.ask(point, self.allowance)
        self.answer = answer
        self.master.add(answer, point)
        self.reached = float(program.cost @ point + answer.value.sum())
        if self.reached > self.best:
            self.best, self.point = self.reached, point
        return self.reached

    def restart(self, point: Floats) -> None:
        """Forget the best point, and begin again at another."""
        self.best, self.point = -np.inf, point
        self.ask(point)

    def reprice(self, price: Floats) -> None:
        """Charge prices [K] for limits on a mean; cuts of before hold no more."""
        self.crew.reprice(price)
        self.master.forget()
        self.best = -np.inf

    def aimless(self) -> Work:
        """Give work of the same crew that wants nothing but to keep limits inside scenarios."""
        self.crew.reprice(np.zeros(len(self.limit)), aimless=True)
        program = self.master.first.program
        first = First(replace(program, cost=np.zeros_like(program.cost)))
        return Work(
            self.crew,
            Master(first, self.crew.groups),
            self.example,
            np.full_like(self.allowance, UNLIMITED),
            self.limit,
        )


def begin(question: Question, crew: Crew) -> Work:
    """Put a question to a crew, without limits on a mean to begin with."""
    example = question.part(np.arange(1, dtype=np.int64))
    first = first_stage(example.assembled, example.first, example.own)
    _whole_cost(first.program.cost, example, question)
    allowance = np.full((len(example.means), question.scenarios.count), UNLIMITED)
    return Work(
        crew=crew,
        master=Master(first, crew.groups),
        example=example,
        allowance=allowance,
        limit=example.assembled.row_upper[example.means],
        point=np.maximum(first.program.column_lower, 0.0),
    )


def _whole_cost(cost: Floats, example: Part, question: Question) -> None:
    """Give the tail its full weight; a part carries only its scenarios' share of it."""
    columns = example.made.program.columns
    if "eta" in columns:
        place = np.searchsorted(example.first, columns["eta"])
        cost[place] = question.risk.weight * question.scenarios.probability.sum()


@dataclass(frozen=True, slots=True)
class Agreed:
    """Where master and scenarios met: a bound, and the master's solution with its duals."""

    bound: float
    master: Solution
    rounds: int


def agree(
    work: Work,
    tolerance: float,
    rounds: int,
    tell: Callable[[float, float], None],
    *,
    held: Floats | None = None,
    every: bool = False,
    stop: Stop = never,
) -> Agreed | None:
    """Exchange points and cuts until the bound is within `tolerance` of the best point.

    Args:
        work: the decomposed question; its `point` is where it begins.
        tolerance: in units of the objective.
        rounds: at most so many exchanges.
        tell: told (best, bound) after each.
        held: first-stage point whose integers are held.
        every: whether all that is signed is held too.
        stop: asked before each exchange whether to leave it at that.

    Returns:
        None if the first stage alone is infeasible.
    """
    work.master.hold(held, work.example.fixed if every else None)
    answer = work.master.solve()
    done = 0
    while done < rounds:
        if answer.status == "infeasible":
            return None
        bound = answer.objective
        tell(work.best, bound)
        if bound - work.best <= tolerance or stop():
            break
        work.ask(MIXED * answer.values + (1 - MIXED) * work.point)
        done += 1
        answer = work.master.solve()
    return Agreed(answer.objective, answer, done)
