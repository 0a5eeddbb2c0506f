"""Blocks: what a program falls apart into once its first stage is held, each kept warm.

    part of 3 scenarios                    held      blocks
    ┌──────────────────────┐               ┌──┐      ┌──┐
    │ x │ npv₁ │ npv₂ │ npv₃│   ────>       │x̂ │  +   │v₁│   v₂   v₃
    └──────────────────────┘               └──┘      └──┘

    block   Q_b(x̂) = max q_b·v   W_b·v ≤ h_b − T_b·x̂

Blocks are connected components of the matrix, so a program of any such shape falls apart
by itself; nothing here knows what its rows mean.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from offtake.errors import Exit, Fault, OfftakeError
from offtake.plan.program import ABSENT, Assembled, Floats, Ints
from offtake.plan.solve import load, run

PENALTY = 100.0
"""Price of breaking a limit inside a scenario, per unit of its row; no plan may do so."""
UNLIMITED = 1e8
"""Allowance of a scenario that is not limited."""


@dataclass(frozen=True, slots=True)
class Split:
    """How a program falls apart: its first stage, and blocks."""

    first: Ints
    """Columns of the first stage."""
    own: Ints
    """Rows of the first stage alone."""
    columns: tuple[Ints, ...]
    """Columns of each block."""
    rows: tuple[Ints, ...]
    """Rows of each block."""


def split(
    program: Assembled, first: Ints, *, held: Ints | None = None, anchors: Ints | None = None
) -> Split:
    """Find the blocks of a program once its first-stage columns are held.

    Args:
        program: the whole.
        first: its first-stage columns.
        held: further columns that belong to no block.
        anchors: one row for each block wanted, in their order; components without one join
            the first. None makes every component a block.
    """
    rows, columns = program.matrix.shape
    inside = np.ones(columns, bool)
    inside[first] = False
    if held is not None:
        inside[held] = False
    names = np.flatnonzero(inside)
    entries = program.matrix.tocsr()[:, names].tocoo()
    graph = sparse.coo_array(
        (np.ones(entries.nnz), (entries.row, rows + entries.col)),
        shape=(rows + len(names), rows + len(names)),
    )
    count, label = connected_components(graph, directed=False)
    busy = np.bincount(label[rows:], minlength=count) > 0
    number = np.where(busy, np.cumsum(busy) - 1, ABSENT)
    if anchors is not None:
        number = np.where(busy, 0, ABSENT)
        number[label[anchors]] = np.arange(len(anchors))
    of_row, of_column = number[label[:rows]], number[label[rows:]]
    blocks = int(number.max(initial=ABSENT)) + 1
    by_row, by_column = _members(of_row, blocks), _members(of_column, blocks)
    return Split(
        first=first,
        own=np.flatnonzero(of_row == ABSENT),
        columns=tuple(names[each] for each in by_column),
        rows=tuple(by_row),
    )


def _members(label: npt.NDArray[np.integer], count: int) -> list[Ints]:
    """List what carries each label from 0 on."""
    order = np.argsort(label, kind="stable")
    edges = np.searchsorted(label[order], np.arange(count + 1))
    return [order[edges[b] : edges[b + 1]] for b in range(count)]


@dataclass(slots=True)
class Block:
    """One block's program; its right-hand side follows the first stage."""

    columns: Ints
    """Its columns in the part it comes from."""
    rows: Ints
    program: Assembled
    """Its own columns, then one slack for each limit that may be broken."""
    technology: sparse.csr_array
    """Rows × first-stage columns."""
    touched: Ints
    """Rows that the first stage or an allowance enters."""
    shares: Ints
    """[K] its row of each limit on a mean."""
    chance: float
    """Weight of its share in a mean."""
    cost: Floats
    """Cost of its columns before any price."""
    solver: highspy.Highs | None = None
    basis: tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]] | None = None
    value: float = 0.0
    slope: Floats = field(default_factory=lambda: np.empty(0))
    broken: float = 0.0
    solution: Floats = field(default_factory=lambda: np.empty(0))
    dual: Floats = field(default_factory=lambda: np.empty(0))
    reduced: Floats = field(default_factory=lambda: np.empty(0))

    def ask(self, point: Floats, allowance: Floats) -> None:
        """Solve at a first-stage point; keep value, slope and how far limits are broken.

        In one thread HiGHS knows one number of threads only, and here it is one: ask in a
        thread where nothing else was solved.

        Raises:
            OfftakeError: the block has no optimum (`OTK-P196`), which is a defect.
        """
        solver = self._ready()
        shift = self.technology @ point
        lower, upper = self.program.row_lower - shift, self.program.row_upper - shift
        upper[self.shares] += allowance
        rows = self.touched.astype(np.int32)
        solver.changeRowsBounds(len(rows), rows, lower[self.touched], upper[self.touched])  # type: ignore[attr-defined]
        run(solver)
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            solver.clearSolver()
            run(solver)
            if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                raise _failed(solver)
        found = solver.getSolution()
        self.value = solver.getInfo().objective_function_value
        self.solution = np.array(found.col_value)
        self.dual = np.array(found.row_dual)
        self.reduced = np.array(found.col_dual)
        self.slope = -(self.technology.T @ self.dual)
        self.broken = float(self.solution[len(self.columns) :].max(initial=0.0))

    def digest(self) -> str:
        """Name everything that its answers depend on; cuts of equal blocks can be shared."""
        held, matrix = self.program, self.program.matrix
        sides = (held.row_lower, held.row_upper, held.column_lower, held.column_upper)
        numbers = (self.cost, matrix.data, self.technology.data, *sides)
        places = (matrix.indices, self.technology.indices, self.technology.indptr)
        whole = hashlib.sha256()
        for values in numbers:
            whole.update(np.ascontiguousarray(values).tobytes())
        for index in places:
            whole.update(np.ascontiguousarray(index).tobytes())
        return whole.hexdigest()

    def taken(self) -> Floats:
        """Give what the last answer takes of each limit on a mean, [K]."""
        taken: Floats = self.program.matrix.tocsr()[self.shares] @ self.solution
        return taken

    def reprice(self, price: Floats, *, aimless: bool) -> None:
        """Charge a price for shares of limits on a mean; or want nothing but to keep limits."""
        count = len(self.columns)
        charged = self.program.matrix.tocsr()[self.shares].T @ (price * self.chance)
        cost = self.cost - charged
        if aimless:
            cost = np.zeros_like(cost)
        cost[count:] = -PENALTY
        self.program.cost = cost
        if self.solver is not None:
            every = np.arange(len(cost), dtype=np.int32)
            self.solver.changeColsCost(len(cost), every, cost)

    def rest(self) -> None:
        """Let go of the solver, keeping the basis to begin with next time."""
        if self.solver is not None:
            basis = self.solver.getBasis()
            self.basis = _packed(basis.col_status), _packed(basis.row_status)
            self.solver = None

    def _ready(self) -> highspy.Highs:
        if self.solver is None:
            self.solver = load(self.program)
            self.solver.setOptionValue("solver", "simplex")
            self.solver.setOptionValue("threads", 1)
            if self.basis is not None:
                self.solver.setBasis(_unpacked(*self.basis))
        return self.solver


_STATUS = (
    highspy.HighsBasisStatus.kLower,
    highspy.HighsBasisStatus.kBasic,
    highspy.HighsBasisStatus.kUpper,
    highspy.HighsBasisStatus.kZero,
    highspy.HighsBasisStatus.kNonbasic,
)
_NUMBER = {status: number for number, status in enumerate(_STATUS)}


def _packed(statuses: list[highspy.HighsBasisStatus]) -> npt.NDArray[np.int8]:
    return np.fromiter((_NUMBER[s] for s in statuses), np.int8, len(statuses))


def _unpacked(columns: npt.NDArray[np.int8], rows: npt.NDArray[np.int8]) -> highspy.HighsBasis:
    basis = highspy.HighsBasis()
    basis.col_status = [_STATUS[s] for s in columns]
    basis.row_status = [_STATUS[s] for s in rows]
    basis.valid = True
    return basis


def _failed(solver: highspy.Highs) -> OfftakeError:
    status = solver.modelStatusToString(solver.getModelStatus())
    return OfftakeError(
        Fault(
            code="OTK-P196",
            what="a scenario could not be solved; this is a defect",
            got=f"the solver says: {status}",
            hint="please report the portfolio",
        ),
        exit=Exit.FAILED,
    )


def cut_out(
    program: Assembled,
    parts: Split,
    hard: Ints,
    shares: Ints,
    chance: Floats,
) -> list[Block]:
    """Make the blocks of a program.

    Args:
        program: the whole.
        parts: how it falls apart.
        hard: rows that are limits inside a block, which not every point satisfies.
        shares: rows [K, B] that hold each block to its allowance of a limit on a mean.
        chance: [B] weight of each block in a mean.
    """
    by_row = program.matrix.tocsr()
    technology = by_row[:, parts.first]
    limited = np.zeros(program.matrix.shape[0], bool)
    limited[hard] = True
    local = np.full(program.matrix.shape[0], ABSENT, np.int64)
    made = []
    for number, (columns, rows) in enumerate(zip(parts.columns, parts.rows, strict=True)):
        local[rows] = np.arange(len(rows))
        own = _elastic(program, by_row, columns, rows, np.flatnonzero(limited[rows]))
        held = sparse.csr_array(technology[rows])
        mine = local[shares[:, number]]
        touched = np.union1d(np.flatnonzero(np.diff(held.indptr)), mine)
        made.append(
            Block(columns, rows, own, held, touched, mine, float(chance[number]), own.cost.copy())
        )
    return made


def _elastic(
    program: Assembled, by_row: sparse.csr_array, columns: Ints, rows: Ints, limited: Ints
) -> Assembled:
    """Give a block's program with one slack for each limit that may be broken."""
    sign = np.where(np.isfinite(program.row_upper[rows[limited]]), -1.0, 1.0)
    slack = sparse.csc_array(
        (sign, (limited, np.arange(len(limited)))), shape=(len(rows), len(limited))
    )
    return Assembled(
        cost=np.concatenate([program.cost[columns], np.full(len(limited), -PENALTY)]),
        matrix=sparse.hstack([by_row[rows][:, columns], slack], format="csc"),
        row_lower=program.row_lower[rows],
        row_upper=program.row_upper[rows],
        column_lower=np.concatenate([program.column_lower[columns], np.zeros(len(limited))]),
        column_upper=np.concatenate([program.column_upper[columns], np.full(len(limited), np.inf)]),
        integer=np.zeros(len(columns) + len(limited), bool),
    )


Each = Callable[[Callable[[Block], None], list[Block]], None]
"""How to do something to every block: one after the other, or several at a time."""
