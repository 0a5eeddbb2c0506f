"""The layer between a portfolio and a solver: named blocks of columns and rows.

A block of columns is an array of indices; a constraint is written over index arrays:

    k = program.add("use", (C, W, T), upper=10.0)               # 3-d array of columns
    program.con("capacity", (C, W, T), [(1.0, k), (-a, x)], upper=b)

Each term is `(coefficient, index)`. Both broadcast to the shape of the rows followed by
any further axes, which are summed. An index of −1 is a column that does not exist: the
term falls out there. Rows know the entry of the portfolio they come from, so that a dual
or a shortfall can be told in the file's own names.

Inside are flat arrays (structure of arrays), never an object a row: two million columns
are assembled in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Number = float | Floats
Term = tuple[Number, Ints]

ABSENT = -1
"""Index of a column that does not exist."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a block of rows is called in the portfolio, for people.

    `paths` holds one path for each row (same shape as the rows), `unit` is the unit of
    the right-hand side and `scale` how many such units one row unit is. `allowed` is the
    limit as the portfolio states it, where the right-hand side has other things in it.
    """

    kind: str
    paths: npt.NDArray[np.object_]
    unit: str
    scale: float = 1.0
    periods: npt.NDArray[np.object_] | None = None
    allowed: Floats | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A block of constraints: where it stands in the program and what it stands for."""

    name: str
    index: Ints
    """Row numbers in the shape the block was written in; −1 where masked out."""
    limit: Limit | None


@dataclass(slots=True)
class Assembled:
    """A program as the solver takes it: maximise cost·v, row and column bounds, CSC matrix."""

    cost: Floats
    matrix: sparse.csc_array
    row_lower: Floats
    row_upper: Floats
    column_lower: Floats
    column_upper: Floats
    integer: npt.NDArray[np.bool_]

    def violation(self, values: Floats) -> float:
        """Tell by how much `values` break a row or a bound, scaled by the row's size.

        Recomputed here with numpy, so that the solver is not its own witness. Each row's
        excess is divided by 1 + the largest term in it.
        """
        activity = self.matrix @ values
        counts = np.diff(self.matrix.indptr)
        terms = abs(self.matrix.data) * np.repeat(abs(values), counts)
        size = np.ones(len(activity))
        np.maximum.at(size, self.matrix.indices, 1.0 + terms)
        rows = np.maximum(self.row_lower - activity, activity - self.row_upper) / size
        bounds = np.maximum(self.column_lower - values, values - self.column_upper)
        worst = max(rows.max(initial=0.0), (bounds / (1.0 + abs(values))).max(initial=0.0))
        return float(max(worst, 0.0))


@dataclass(slots=True)
class Program:
    """A linear program with integers, assembled block by block."""

    columns: dict[str, Ints] = field(default_factory=dict)
    rows: dict[str, Rows] = field(default_factory=dict)
    _lower: list[Floats] = field(default_factory=list)
    _upper: list[Floats] = field(default_factory=list)
    _cost: list[Floats] = field(default_factory=list)
    _integer: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    _row_lower: list[Floats] = field(default_factory=list)
    _row_upper: list[Floats] = field(default_factory=list)
    _entries: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    _gains: list[tuple[Ints, Floats]] = field(default_factory=list)
    column_count: int = 0
    row_count: int = 0

    def add(
        self,
        name: str,
        shape: tuple[int, ...],
        *,
        lower: Number = 0.0,
        upper: Number = np.inf,
        cost: Number = 0.0,
        integer: bool | npt.NDArray[np.bool_] = False,
        where: npt.NDArray[np.bool_] | None = None,
    ) -> Ints:
        """Add a block of columns and give back their indices, in `shape`.

        Args:
            name: unique name of the block.
            shape: axes of the block.
            lower: lower bound, broadcast to `shape`.
            upper: upper bound, broadcast to `shape`.
            cost: coefficient in the objective, which is maximised.
            integer: whether only whole numbers are allowed.
            where: which of the columns exist; the others get index −1.
        """
        if name in self.columns:
            raise ValueError(f"two blocks of columns are called {name!r}")
        there = np.ones(shape, bool) if where is None else np.broadcast_to(where, shape)
        count = int(there.sum())
        index = np.full(shape, ABSENT, np.int64)
        index[there] = np.arange(self.column_count, self.column_count + count)
        self.column_count += count
        for store, held in ((self._lower, lower), (self._upper, upper), (self._cost, cost)):
            store.append(np.broadcast_to(np.asarray(held, float), shape)[there])
        self._integer.append(np.broadcast_to(np.asarray(integer, bool), shape)[there])
        self.columns[name] = index
        return index

    def con(
        self,
        name: str,
        shape: tuple[int, ...],
        terms: Sequence[Term],
        *,
        lower: Number = -np.inf,
        upper: Number = np.inf,
        where: npt.NDArray[np.bool_] | None = None,
        limit: Limit | None = None,
    ) -> Rows:
        """Add a block of rows `lower ≤ Σ terms ≤ upper`.

        Args:
            name: unique name of the block.
            shape: axes of the rows.
            terms: `(coefficient, index)`; axes beyond those of `shape` are summed.
            lower: least value, broadcast to `shape`.
            upper: most, broadcast to `shape`.
            where: which of the rows exist.
            limit: what the rows are in the portfolio; None for rows that define something.
        """
        if name in self.rows:
            raise ValueError(f"two blocks of rows are called {name!r}")
        there = np.ones(shape, bool) if where is None else np.broadcast_to(where, shape)
        count = int(there.sum())
        index = np.full(shape, ABSENT, np.int64)
        index[there] = np.arange(self.row_count, self.row_count + count)
        self.row_count += count
        self._row_lower.append(np.broadcast_to(np.asarray(lower, float), shape)[there])
        self._row_upper.append(np.broadcast_to(np.asarray(upper, float), shape)[there])
        for coefficient, columns in terms:
            self._entries.append(_entries(index, np.asarray(coefficient, float), columns))
        rows = Rows(name, index, limit)
        self.rows[name] = rows
        return rows

    def put(self, rows: Ints, coefficient: Number, columns: Ints) -> None:
        """Add entries to rows that exist: `rows`, `coefficient` and `columns` broadcast."""
        full = np.broadcast_shapes(rows.shape, np.shape(coefficient), columns.shape)
        lifted = np.broadcast_to(rows, full)
        self._entries.append(_entries(lifted, np.asarray(coefficient, float), columns))

    def gain(self, terms: Sequence[Term]) -> None:
        """Add Σ coefficient·column to the objective, which is maximised."""
        for coefficient, columns in terms:
            shape = np.broadcast_shapes(np.shape(coefficient), columns.shape)
            flat = np.broadcast_to(columns, shape).ravel()
            values = np.broadcast_to(np.asarray(coefficient, float), shape).ravel()
            keep = flat != ABSENT
            self._gains.append((flat[keep], values[keep]))

    def assemble(self) -> Assembled:
        """Put all blocks together; entries that meet in one place are added up."""
        rows, columns, values = (
            np.concatenate(part) if part else np.empty(0)
            for part in zip(*self._entries, strict=True)
        )
        shape = (self.row_count, self.column_count)
        matrix = sparse.coo_array(
            (values, (rows.astype(np.int32), columns.astype(np.int32))), shape=shape
        ).tocsc()
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        cost = _joined(self._cost)
        for flat, gained in self._gains:
            np.add.at(cost, flat, gained)
        return Assembled(
            cost=cost,
            matrix=matrix,
            row_lower=_joined(self._row_lower),
            row_upper=_joined(self._row_upper),
            column_lower=_joined(self._lower),
            column_upper=_joined(self._upper),
            integer=np.concatenate(self._integer) if self._integer else np.empty(0, bool),
        )


def _joined(parts: Sequence[Floats]) -> Floats:
    return np.concatenate(parts, dtype=float) if parts else np.empty(0)


def _entries(index: Ints, coefficient: Floats, columns: Ints) -> tuple[Ints, Ints, Floats]:
    """Expand one term of a block of rows to (row, column, value) triples."""
    full = np.broadcast_shapes(np.shape(coefficient), columns.shape)
    extra = len(full) - index.ndim
    if extra < 0:
        full, extra = (1,) * -extra + full, 0
    lifted: Any = index.reshape(index.shape + (1,) * extra)
    full = np.broadcast_shapes(full, lifted.shape)
    rows = np.broadcast_to(lifted, full).ravel()
    wanted = np.broadcast_to(columns, full).ravel()
    values = np.broadcast_to(coefficient, full).ravel()
    keep = (rows != ABSENT) & (wanted != ABSENT) & (values != 0.0)
    return rows[keep], wanted[keep], values[keep]
