"""Near the best: how far something signed can go in plans that are nearly as good.

    max or min  d·x     where  value(x) ≥ value of the plan − loss allowed

value(x) is known by cuts from above (where it may still be) and by the points that were
asked from below (where it surely is). It is concave without whole blocks, so between the
plan and any point asked there is a stretch that surely loses no more than allowed:

    value │   plan
          │     ●──────__ asked          loss(α) ≤ α·(value(plan) − value(asked))
          │               ‾‾‾──●
          └───────────────────────> d·x

Whole blocks may be cut in two here, so a range says what is worth looking at, not what a
builder will sell. Limits on a mean of scenarios hold at the price they have in the plan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from offtake.plan.crew import Crew
from offtake.plan.decompose import Work, begin
from offtake.plan.master import FREE, Cuts, Master, cut_rows
from offtake.plan.program import Assembled, Floats
from offtake.plan.question import Part, Question
from offtake.plan.solve import load, run

MOST_ASKED = 3
"""Points asked for one end of a range at most."""
CLOSE = 0.03
"""Width between where an end surely is and where it may be that is narrow enough, as a
share of the range known so far."""


@dataclass(frozen=True, slots=True)
class End:
    """One end of a range, in units of what is measured."""

    sure: float
    """Reached by a plan within the loss allowed."""
    possible: float
    """No plan within the loss allowed goes further."""
    point: Floats
    """[F] the plan that reaches it."""


class Near:
    """The plans near a plan."""

    def __init__(
        self, question: Question, point: Floats, price: Floats, workers: str | None = None
    ) -> None:
        """Look at the plan and what is around it.

        Args:
            question: what was asked.
            point: [F] first stage of the plan.
            price: [K] worth of limits on a mean in the plan.
            workers: who solves the scenarios.
        """
        self._crew = Crew(question, workers)
        self._work: Work = begin(question, self._crew)
        if len(price):
            self._work.reprice(price)
        self.point = point
        self.value = self._work.ask(point)
        self._outer = _Outer(self._work.master)

    @property
    def example(self) -> Part:
        """The program of one scenario: what the first stage looks like."""
        return self._work.example

    def close(self) -> None:
        """Let the crew go."""
        self._crew.close()

    def worth(self, point: Floats) -> float:
        """Ask what a first stage is worth, M USD."""
        value = self._work.ask(point)
        new = self._work.master.cuts
        count = self._work.master.groups
        self._outer.extend(Cuts(new.group[-count:], new.slope[-count:], new.constant[-count:]))
        return value

    def end(self, direction: Floats, loss: float) -> End:
        """Go as far as possible in a direction.

        Args:
            direction: [F] what is measured, as weights of the first stage.
            loss: value that may be given up, M USD.
        """
        target = self.value - loss
        sure, reached = float(direction @ self.point), self.point
        possible = sure
        for _ in range(MOST_ASKED):
            wish = self._outer.furthest(direction, target)
            possible = float(direction @ wish)
            if possible - sure <= CLOSE * max(abs(possible), abs(sure), 1.0):
                break
            value = self.worth(wish)
            part = 1.0 if value >= target else loss / (self.value - value)
            between = self.point + part * (wish - self.point)
            if float(direction @ between) > sure:
                sure, reached = float(direction @ between), between
            if value >= target:
                possible = sure
                break
        return End(sure, max(possible, sure), reached)


class _Outer:
    """What plans may be worth at most: the first stage and all cuts, kept warm."""

    def __init__(self, master: Master) -> None:
        """Begin with the master's cuts."""
        first, groups = master.first.program, master.groups
        self.size, self.groups = len(first.cost), groups
        worth = np.concatenate([first.cost, np.ones(groups)])[None, :]
        own = sparse.hstack([first.matrix, sparse.csc_array((first.matrix.shape[0], groups))])
        self._target = first.matrix.shape[0]
        program = Assembled(
            cost=np.zeros(self.size + groups),
            matrix=sparse.csc_array(sparse.vstack([own, sparse.csr_array(worth)])),
            row_lower=np.append(first.row_lower, -np.inf),
            row_upper=np.append(first.row_upper, np.inf),
            column_lower=np.concatenate([first.column_lower, np.full(groups, -FREE * 10)]),
            column_upper=np.concatenate([first.column_upper, np.full(groups, FREE * 10)]),
            integer=np.zeros(self.size + groups, bool),
        )
        self._solver = load(program)
        self._solver.setOptionValue("solver", "simplex")
        self.extend(master.cuts)

    def extend(self, cuts: Cuts) -> None:
        """Add cuts."""
        rows = cut_rows(cuts, self.groups)
        self._solver.addRows(
            len(cuts.group),
            np.full(len(cuts.group), -np.inf),
            cuts.constant,
            rows.nnz,
            rows.indptr[:-1].astype(np.int32),
            rows.indices.astype(np.int32),
            rows.data,
        )

    def furthest(self, direction: Floats, target: float) -> Floats:
        """Give the first stage that goes furthest while it may be worth the target."""
        cost = np.concatenate([direction, np.zeros(self.groups)])
        every = np.arange(len(cost), dtype=np.int32)
        self._solver.changeColsCost(len(cost), every, cost)
        self._solver.changeRowBounds(self._target, target, np.inf)
        run(self._solver)
        found: Floats = np.array(self._solver.getSolution().col_value)[: self.size]
        return found
