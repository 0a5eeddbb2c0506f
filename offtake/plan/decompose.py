"""Decomposition: multi-cut Benders (L-shaped) over the blocks a program falls apart into.

Hold what is signed, and every scenario is a small linear program of its own. A master
program decides what is signed; each scenario answers with its value and its slope there,
a cut, until what the master hopes for and what the scenarios give agree:

    master  max c·x + Σ θ_b     first-stage rows, cuts θ_b ≤ Q_b(x̂) + g_b·(x − x̂)
      │ x                 ▲ cuts
      ▼                   │
    blocks  Q_b(x) = max q_b·v   W_b·v ≤ h_b − T_b·x            one warm HiGHS each

Points are stabilised half way between the master's wish and the best point so far (in-out,
Ben-Ameur and Neto 2007). Blocks are found as connected components of the matrix, so any
program of this shape falls apart by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from offtake.plan.program import Assembled, Floats, Ints
from offtake.plan.solve import How, Solution, load, solve

FREE = 1e7
"""Bound on first-stage columns that have none (million USD): far beyond any plan."""
PENALTY = 100.0
"""Price of breaking a limit inside a scenario, per unit of its row; no plan may do so."""
MIXED = 0.5
"""Weight of the master's wish in the point that is asked next."""
MOST_CUTS = 25
"""Cuts added a round; blocks beyond that share cuts."""
UNLIMITED = 1e8
"""Allowance of a scenario that is not limited."""


@dataclass(frozen=True, slots=True)
class Split:
    """How a program falls apart: first-stage columns and blocks."""

    first: Ints
    """Columns of the first stage."""
    own: Ints
    """Rows of the first stage alone."""
    columns: tuple[Ints, ...]
    """Columns of each block."""
    rows: tuple[Ints, ...]
    """Rows of each block."""


def split(program: Assembled, first: Ints, most: int) -> Split:
    """Find the blocks of a program once its first-stage columns are held.

    Args:
        program: the whole.
        first: its first-stage columns.
        most: blocks to give at most; smaller ones are gathered.
    """
    rows, columns = program.matrix.shape
    inside = np.ones(columns, bool)
    inside[first] = False
    names = np.flatnonzero(inside)
    entries = program.matrix.tocsr()[:, names].tocoo()
    graph = sparse.coo_array(
        (np.ones(entries.nnz), (entries.row, rows + entries.col)),
        shape=(rows + len(names), rows + len(names)),
    )
    count, label = connected_components(graph, directed=False)
    row_label, column_label = label[:rows], label[rows:]
    size = np.bincount(column_label, minlength=count)
    if (size > 0).sum() > most:
        gathered = np.where(
            size > 0, np.minimum(np.cumsum(size) * most // size.sum(), most - 1), most
        )
        row_label, column_label = gathered[row_label], gathered[column_label]
        count = most + 1
    busy = np.bincount(column_label, minlength=count) > 0
    by_row, by_column = (_members(each, count) for each in (row_label, column_label))
    blocks = np.flatnonzero(busy)
    return Split(
        first=first,
        own=np.flatnonzero(~busy[row_label]),
        columns=tuple(names[by_column[b]] for b in blocks),
        rows=tuple(by_row[b] for b in blocks),
    )


def _members(label: npt.NDArray[np.integer], count: int) -> list[Ints]:
    """List what carries each label."""
    order = np.argsort(label, kind="stable")
    edges = np.searchsorted(label[order], np.arange(count + 1))
    return [order[edges[b] : edges[b + 1]] for b in range(count)]


@dataclass(slots=True)
class _Block:
    """One scenario's program, kept warm; its right-hand side follows the first stage."""

    columns: Ints
    rows: Ints
    technology: sparse.csr_array
    """Rows × first-stage columns."""
    touched: Ints
    """Rows the first stage enters."""
    lower: Floats
    upper: Floats
    solver: highspy.Highs
    elastic: int
    """Number of slack columns that limits inside the scenario were given."""
    value: float = 0.0
    slope: Floats = field(default_factory=lambda: np.empty(0))
    broken: float = 0.0

    def ask(self, point: Floats) -> None:
        """Solve at a first-stage point; keep value, slope and how far limits are broken."""
        shift = self.technology @ point
        rows = self.touched.astype(np.int32)
        lower = (self.lower - shift)[self.touched]
        upper = (self.upper - shift)[self.touched]
        self.solver.changeRowsBounds(len(rows), rows, lower, upper)  # type: ignore[attr-defined]
        self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self.solver.clearSolver()
            self.solver.run()
        self.value = self.solver.getInfo().objective_function_value
        solution = self.solver.getSolution()
        self.slope = -(self.technology.T @ np.array(solution.row_dual))
        slack = np.array(solution.col_value[len(self.columns) :])
        self.broken = float(slack.max(initial=0.0))


def _block(program: Assembled, parts: Split, number: int, hard: npt.NDArray[np.bool_]) -> _Block:
    columns, rows = parts.columns[number], parts.rows[number]
    whole = program.matrix[:, columns].tocsr()[rows]
    technology = program.matrix[:, parts.first].tocsr()[rows]
    limited = np.flatnonzero(hard[rows])
    sign = np.where(np.isfinite(program.row_upper[rows[limited]]), -1.0, 1.0)
    slack = sparse.csc_array(
        (sign, (limited, np.arange(len(limited)))), shape=(len(rows), len(limited))
    )
    lower, upper = program.row_lower[rows], program.row_upper[rows]
    made = Assembled(
        cost=np.concatenate([program.cost[columns], np.full(len(limited), -PENALTY)]),
        matrix=sparse.hstack([whole, slack], format="csc"),
        row_lower=lower,
        row_upper=upper,
        column_lower=np.concatenate([program.column_lower[columns], np.zeros(len(limited))]),
        column_upper=np.concatenate([program.column_upper[columns], np.full(len(limited), np.inf)]),
        integer=np.zeros(len(columns) + len(limited), bool),
    )
    solver = load(made)
    solver.setOptionValue("solver", "simplex")
    solver.setOptionValue("threads", 1)
    touched = np.flatnonzero(np.diff(technology.indptr))
    return _Block(columns, rows, technology, touched, lower, upper, solver, len(limited))


@dataclass(slots=True)
class Decomposed:
    """A decomposed program that can be asked, cut and improved; cuts stay valid throughout."""

    program: Assembled
    parts: Split
    blocks: list[_Block]
    group: Ints
    """Cut each block belongs to."""
    cuts: list[tuple[Floats, Floats, Floats]]
    """(group, slope, constant) of every round: θ_g ≤ slope·x + constant."""
    threads: int
    shared: Ints
    """Places of the allowances among the first-stage columns."""
    allowance: Floats
    """What each scenario is allowed of each limit on a mean; held, never optimised."""
    best: float = -np.inf
    point: Floats = field(default_factory=lambda: np.empty(0))
    asked: Floats = field(default_factory=lambda: np.empty(0))

    @property
    def groups(self) -> int:
        """Number of cuts a round."""
        return int(self.group.max()) + 1

    @property
    def unlimited(self) -> bool:
        """Whether no limit on a mean was shared out yet, so that bounds hold for everything."""
        return bool(np.all(self.allowance == UNLIMITED))

    def start(self) -> Floats:
        """Give the point at which nothing is signed."""
        return np.maximum(self.program.column_lower[self.parts.first], 0.0)

    def rows_of(self, count: int) -> npt.NDArray[np.bool_]:
        """Mark the rows of the first stage and of the blocks that break limits most."""
        marked = np.zeros(self.program.matrix.shape[0], bool)
        marked[self.parts.own] = True
        for block in sorted(self.blocks, key=lambda b: -b.broken)[:count]:
            marked[block.rows] = True
        return marked

    def restart(self, point: Floats) -> None:
        """Forget the best point, and begin again at another."""
        self.best, self.point = -np.inf, point
        self.ask(point)

    def values(self) -> Floats:
        """Give the solution of the blocks as they were asked last."""
        values = np.zeros(self.program.matrix.shape[1])
        values[self.parts.first] = self.asked
        for block in self.blocks:
            inside = np.array(block.solver.getSolution().col_value)
            values[block.columns] = inside[: len(block.columns)]
        return values

    def ask(self, point: Floats) -> float:
        """Ask every block at a point; adds the cuts, gives the objective there."""
        point = point.copy()
        point[self.shared] = self.allowance
        self.asked = point
        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(lambda block: block.ask(point), self.blocks))
        values = np.array([b.value for b in self.blocks])
        slopes = np.array([b.slope for b in self.blocks])
        constants = values - slopes @ point
        slope = np.zeros((self.groups, len(point)))
        constant = np.zeros(self.groups)
        np.add.at(slope, self.group, slopes)
        np.add.at(constant, self.group, constants)
        self.cuts.append((np.arange(self.groups, dtype=float), slope, constant))
        reached = float(self.program.cost[self.parts.first] @ point + values.sum())
        if reached > self.best:
            self.best, self.point = reached, point
        return reached

    @property
    def broken(self) -> float:
        """How far the last point asked breaks limits inside scenarios."""
        return max((b.broken for b in self.blocks), default=0.0)

    def master(self, held: Floats | None, mixed: bool) -> Assembled:
        """Write the master program with all cuts so far.

        Args:
            held: first-stage point whose integers are held; None holds none.
            mixed: whether integers are required to be whole.
        """
        program, first, own = self.program, self.parts.first, self.parts.own
        groups = self.groups
        slope = np.concatenate([s for _, s, _ in self.cuts])
        constant = np.concatenate([c for _, _, c in self.cuts])
        theta = sparse.csr_array(
            (
                np.ones(len(constant)),
                (np.arange(len(constant)), np.tile(np.arange(groups), len(self.cuts))),
            ),
            shape=(len(constant), groups),
        )
        rows = program.matrix[:, first].tocsr()[own]
        most = program.row_upper[own].copy()
        most[np.flatnonzero(abs(rows[:, self.shared]).sum(axis=1))] = np.inf
        above = sparse.hstack([rows, sparse.csr_array((rows.shape[0], groups))])
        below = sparse.hstack([sparse.csr_array(-slope), theta])
        matrix = sparse.csc_array(sparse.vstack([above, below]))
        lower = np.maximum(program.column_lower[first], -FREE)
        upper = np.minimum(program.column_upper[first], FREE)
        lower[self.shared] = upper[self.shared] = self.allowance
        integer = program.integer[first]
        if held is not None:
            whole = np.rint(held)
            lower, upper = np.where(integer, whole, lower), np.where(integer, whole, upper)
        return Assembled(
            cost=np.concatenate([program.cost[first], np.ones(groups)]),
            matrix=matrix,
            row_lower=np.concatenate([program.row_lower[own], np.full(len(constant), -np.inf)]),
            row_upper=np.concatenate([most, constant]),
            column_lower=np.concatenate([lower, np.full(groups, -FREE * 10)]),
            column_upper=np.concatenate([upper, np.full(groups, FREE * 10)]),
            integer=np.concatenate([integer & mixed, np.zeros(groups, bool)]),
        )


def decompose(
    program: Assembled,
    parts: Split,
    hard: npt.NDArray[np.bool_],
    shared: Ints,
    threads: int,
) -> Decomposed:
    """Make the blocks of a program.

    Args:
        program: the whole.
        parts: how it falls apart.
        hard: rows that are limits inside a scenario, which not every point satisfies.
        shared: places, among the first-stage columns, of allowances that share out a mean.
        threads: blocks solved at a time.
    """
    blocks = [_block(program, parts, number, hard) for number in range(len(parts.columns))]
    groups = min(MOST_CUTS, len(blocks))
    group = np.arange(len(blocks), dtype=np.int64) % groups
    allowance = np.full(len(shared), UNLIMITED)
    return Decomposed(program, parts, blocks, group, [], threads, shared, allowance)


@dataclass(frozen=True, slots=True)
class Agreed:
    """Where master and blocks met: a bound, and the master's solution with its duals."""

    bound: float
    master: Solution
    rounds: int


def agree(
    work: Decomposed,
    tolerance: float,
    rounds: int,
    tell: Callable[[float, float], None],
    held: Floats | None = None,
) -> Agreed | None:
    """Exchange points and cuts until the bound is within `tolerance` of the best point.

    Args:
        work: the decomposed program; its `point` is where it begins.
        tolerance: in units of the objective.
        rounds: at most so many exchanges.
        tell: told (best, bound) after each.
        held: first-stage point whose integers are held.

    Returns:
        None if the first stage alone is infeasible.
    """
    answer = solve(work.master(held, mixed=False), How(method="simplex"))
    done = 0
    while done < rounds:
        if answer.status == "infeasible" or not len(answer.values):
            return None
        bound = answer.objective
        tell(work.best, bound)
        if bound - work.best <= tolerance:
            break
        wish = answer.values[: len(work.parts.first)]
        work.ask(MIXED * wish + (1 - MIXED) * work.point)
        done += 1
        answer = solve(work.master(held, mixed=False), How(method="simplex"))
    return Agreed(answer.objective, answer, done)


def whole(work: Decomposed, seconds: float, gap: float) -> Solution:
    """Solve the master with its integers, on the cuts so far; its bound holds for everything."""
    return solve(work.master(None, mixed=True), How(gap=gap, seconds=seconds))


def collect(work: Decomposed, agreed: Agreed) -> Solution:
    """Put the solution of the whole together: first stage, blocks, duals of both.

    The point is the best one asked; blocks are solved there once more so that values
    and duals belong together.
    """
    program, parts = work.program, work.parts
    work.ask(work.point)
    values = np.zeros(program.matrix.shape[1])
    row_dual = np.zeros(program.matrix.shape[0])
    column_dual = np.zeros(program.matrix.shape[1])
    values[parts.first] = work.point
    row_dual[parts.own] = agreed.master.row_dual[: len(parts.own)]
    for block in work.blocks:
        solution = block.solver.getSolution()
        count = len(block.columns)
        values[block.columns] = np.array(solution.col_value)[:count]
        column_dual[block.columns] = np.array(solution.col_dual)[:count]
        row_dual[block.rows] = np.array(solution.row_dual)
    reached = float(program.cost @ values)
    return Solution("optimal", reached, agreed.bound, values, row_dual, column_dual)
