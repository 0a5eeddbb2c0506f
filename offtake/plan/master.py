"""The master program: what is decided first, and all that is known of the rest as cuts.

    max c·x + Σ_g θ_g     rows of the first stage alone,   θ_g ≤ value + slope·(x − x̂)

One HiGHS stays warm throughout; cuts that have not held anything back for a while are
dropped (aged), because the master is where a large decomposition spends its time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from offtake.plan.program import Assembled, Floats, Ints
from offtake.plan.solve import How, Solution, load, run, solve
from offtake.plan.worker import Answer

FREE = 1e7
"""Bound on first-stage columns that have none (million USD): far beyond any plan."""
OLDEST = 12
"""Rounds a cut may stand idle before it is dropped."""


@dataclass(frozen=True, slots=True)
class First:
    """The first stage: its columns, and the rows that hold nothing else."""

    program: Assembled

    @property
    def size(self) -> int:
        """Number of columns F."""
        return len(self.program.cost)


def first_stage(program: Assembled, first: Ints, own: Ints) -> First:
    """Take the first stage out of a program: its columns, and the rows of them alone."""
    return First(
        Assembled(
            cost=program.cost[first],
            matrix=sparse.csc_array(program.matrix.tocsr()[own][:, first]),
            row_lower=program.row_lower[own],
            row_upper=program.row_upper[own],
            column_lower=np.maximum(program.column_lower[first], -FREE),
            column_upper=np.minimum(program.column_upper[first], FREE),
            integer=program.integer[first],
        )
    )


@dataclass(slots=True)
class Cuts:
    """Cuts θ_g ≤ slope·x + constant, the newest last."""

    group: npt.NDArray[np.int64]
    slope: Floats
    """[N, F]"""
    constant: Floats

    def keep(self, which: npt.NDArray[np.bool_]) -> None:
        """Drop the others."""
        self.group, self.slope = self.group[which], self.slope[which]
        self.constant = self.constant[which]


def cut_rows(cuts: Cuts, groups: int) -> sparse.csr_array:
    """Write cuts as rows θ_g − slope·x ≤ constant over first-stage columns and groups."""
    count = len(cuts.group)
    theta = sparse.csr_array(
        (np.ones(count), (np.arange(count), cuts.group)), shape=(count, groups)
    )
    return sparse.csr_array(sparse.hstack([sparse.csr_array(-cuts.slope), theta], format="csr"))


@dataclass(slots=True)
class Master:
    """The master program, kept warm."""

    first: First
    groups: int
    cuts: Cuts = field(init=False)
    _age: npt.NDArray[np.int64] = field(init=False)
    _solver: highspy.Highs = field(init=False)
    _ages: bool = True

    def __post_init__(self) -> None:
        """Begin without cuts."""
        self.forget()

    def forget(self) -> None:
        """Drop every cut, as when the scenarios want something else."""
        size = self.first.size
        self.cuts = Cuts(np.empty(0, np.int64), np.empty((0, size)), np.empty(0))
        self._age = np.empty(0, np.int64)
        self._solver = load(self._without_cuts())
        self._solver.setOptionValue("solver", "simplex")

    def add(self, answer: Answer, point: Floats) -> None:
        """Add what the scenarios answered at a point."""
        constant = answer.value - answer.slope @ point
        self.extend(Cuts(np.arange(self.groups, dtype=np.int64), answer.slope, constant))

    def extend(self, new: Cuts) -> None:
        """Add cuts."""
        if not len(new.group):
            return
        self.cuts = Cuts(
            np.concatenate([self.cuts.group, new.group]),
            np.concatenate([self.cuts.slope, new.slope]),
            np.concatenate([self.cuts.constant, new.constant]),
        )
        self._age = np.concatenate([self._age, np.zeros(len(new.group), np.int64)])
        rows = cut_rows(new, self.groups)
        self._solver.addRows(
            len(new.group),
            np.full(len(new.group), -np.inf),
            new.constant,
            rows.nnz,
            rows.indptr[:-1].astype(np.int32),
            rows.indices.astype(np.int32),
            rows.data,
        )

    def solve(self) -> Solution:
        """Solve without whole numbers, and age the cuts.

        Row duals are those of the first stage's own rows.
        """
        solver = self._solver
        run(solver)
        status = solver.getModelStatus()
        if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible):
            solver.clearSolver()
            run(solver)
            status = solver.getModelStatus()
        found, info = solver.getSolution(), solver.getInfo()
        size, own = self.first.size, self.first.program.matrix.shape[0]
        values, dual = np.array(found.col_value), np.array(found.row_dual)
        optimal = status == highspy.HighsModelStatus.kOptimal
        if optimal and self._ages:
            self._grow_old(dual[own:])
        return Solution(
            "optimal" if optimal else "infeasible",
            info.objective_function_value,
            info.objective_function_value,
            values[:size],
            dual[:own],
            np.array(found.col_dual)[:size],
        )

    def hold(self, point: Floats | None, also: npt.NDArray[np.bool_] | None = None) -> None:
        """Hold the integers of a point, and further columns of it; None lets them go."""
        program = self.first.program
        # What holds nothing back at one choice of whole blocks may at the next.
        self._ages = point is None
        lower, upper = program.column_lower, program.column_upper
        if point is not None:
            held = program.integer if also is None else program.integer | also
            at = np.where(program.integer, np.rint(point), point)
            lower, upper = np.where(held, at, lower), np.where(held, at, upper)
        size = self.first.size
        every = np.arange(size, dtype=np.int32)
        self._solver.changeColsBounds(size, every, lower, upper)

    def whole(
        self,
        seconds: float,
        gap: float,
        start: Floats | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Solution:
        """Choose whole numbers on the cuts so far; the bound holds for everything.

        Args:
            seconds: time limit.
            gap: relative gap it stops at.
            start: a first-stage point to begin with.
            stop: asked now and then whether to leave it at what it has.
        """
        mixed = self._without_cuts()
        rows = cut_rows(self.cuts, self.groups)
        count = len(self.cuts.constant)
        mixed.matrix = sparse.csc_array(sparse.vstack([mixed.matrix, rows]))
        mixed.row_lower = np.concatenate([mixed.row_lower, np.full(count, -np.inf)])
        mixed.row_upper = np.concatenate([mixed.row_upper, self.cuts.constant])
        integer = self.first.program.integer
        mixed.integer = np.concatenate([integer, np.zeros(self.groups, bool)])
        begin = None if start is None else self._with_hopes(start)
        found = solve(mixed, How(gap=gap, seconds=seconds), start=begin, stop=stop)
        return Solution(
            found.status,
            found.objective,
            found.bound,
            found.values[: self.first.size],
            found.row_dual,
            found.column_dual,
        )

    def _with_hopes(self, point: Floats) -> Floats:
        """Add to a point what the cuts hope for there."""
        hopes = np.full(self.groups, FREE * 10)
        np.minimum.at(hopes, self.cuts.group, self.cuts.slope @ point + self.cuts.constant)
        return np.concatenate([point, hopes])

    def _without_cuts(self) -> Assembled:
        program, groups = self.first.program, self.groups
        aside = sparse.csc_array((program.matrix.shape[0], groups))
        return Assembled(
            cost=np.concatenate([program.cost, np.ones(groups)]),
            matrix=sparse.csc_array(sparse.hstack([program.matrix, aside])),
            row_lower=program.row_lower,
            row_upper=program.row_upper,
            column_lower=np.concatenate([program.column_lower, np.full(groups, -FREE * 10)]),
            column_upper=np.concatenate([program.column_upper, np.full(groups, FREE * 10)]),
            integer=np.zeros(len(program.cost) + groups, bool),
        )

    def _grow_old(self, dual: Floats) -> None:
        self._age = np.where(abs(dual) > 0, 0, self._age + 1)
        old = self._age > OLDEST
        # Many at a time: deleting rows unsettles the solver's factors.
        if old.sum() > max(self.groups, len(old) // 4):
            own = self.first.program.matrix.shape[0]
            rows = (np.flatnonzero(old) + own).astype(np.int32)
            self._solver.deleteRows(len(rows), rows)
            self.cuts.keep(~old)
            self._age = self._age[~old]
