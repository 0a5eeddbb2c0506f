"""The answer to a question: a solution read back part by part, and put together.

    found ──piece(0…24)──> outcome, worth of limits, worth of offers ──┐
          ──piece(25…49)─> …                                           ├──> answer
          ──first stage──> worth of limits on what is signed ──────────┘

What a part needs is let go before the next is read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from offtake.plan.formulate import Formulation
from offtake.plan.outcome import Outcome, joined, read
from offtake.plan.program import Assembled, Ints
from offtake.plan.question import Part, Question
from offtake.plan.reasons import Margin, Worth, added, lent, margins, tied, worths
from offtake.plan.search import Found
from offtake.plan.solve import Solution
from offtake.plan.worker import Piece


@dataclass(frozen=True, slots=True)
class Size:
    """How large a program was."""

    columns: int
    rows: int
    nonzeros: int
    integers: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a plan brings in every scenario, and what holds it back."""

    made: Formulation
    """The program of the first scenario, knowing the facts of all; for names and indices."""
    outcome: Outcome
    worth: Worth
    tied: dict[str, str]
    margins: dict[tuple[int, int], Margin]
    size: Size
    residual: float
    """Largest violation of any row or bound, scaled by its row."""


def read_back(question: Question, found: Found) -> Answer:
    """Read a solution back, part by part."""
    outcomes: list[Outcome] = []
    which: list[Ints] = []
    worth: list[Worth] = []
    gains: list[dict[tuple[int, int], Margin]] = []
    sizes: list[Size] = []
    residual = 0.0
    for piece in found.pieces():
        part = question.part(piece.which)
        solution = complete(part, piece, found)
        outcomes.append(read(part.made, solution))
        which.append(piece.which)
        worth.append(worths(part.made, part.assembled, solution))
        gains.append(margins(part.made, solution))
        sizes.append(_size(part))
        checked = _without_means(part) if found.apart else part.assembled
        residual = max(residual, checked.violation(solution.values))
    example = question.part(np.arange(1, dtype=np.int64))
    first = _first(example, found)
    if found.apart:
        worth.append(worths(example.made, example.assembled, first))
        gains.append(lent(example.made, first))
    return Answer(
        made=replace(example.made, facts=question.facts(keep=False)),
        outcome=joined(outcomes, which),
        worth=added(worth),
        tied=tied(example.made, example.assembled, first),
        margins=_summed(gains),
        size=_total(sizes, example),
        residual=residual,
    )


def complete(part: Part, piece: Piece, found: Found) -> Solution:
    """Give a part's solution with the first stage and the allowances in it."""
    values = piece.values.copy()
    values[part.first] = found.point
    if part.shares.size:
        values[part.allowance] = 0.0
        taken = part.assembled.matrix.tocsr()[part.shares.ravel()] @ values
        values[part.allowance.ravel()] = taken
    objective = float(part.assembled.cost @ values)
    return Solution("optimal", objective, objective, values, piece.row_dual, piece.column_dual)


def _without_means(part: Part) -> Assembled:
    """Leave limits on a mean to the whole: a part has only its scenarios' share of them."""
    upper = part.assembled.row_upper.copy()
    upper[part.means] = np.inf
    return replace(part.assembled, row_upper=upper)


def _first(example: Part, found: Found) -> Solution:
    """Give the first stage's values and the duals of its own rows, nothing else."""
    rows, columns = example.assembled.matrix.shape
    values, row_dual = np.zeros(columns), np.zeros(rows)
    values[example.first] = found.point
    if found.apart:
        row_dual[example.own] = found.own_dual
        row_dual[example.means] = found.mean_dual
    return Solution("optimal", 0.0, 0.0, values, row_dual, np.zeros(columns))


def _size(part: Part) -> Size:
    rows, columns = part.assembled.matrix.shape
    return Size(columns, rows, part.assembled.matrix.nnz, int(part.assembled.integer.sum()))


def _total(sizes: list[Size], example: Part) -> Size:
    """Add up the parts, counting the first stage and its rows once."""
    again = len(sizes) - 1
    own = len(example.own) + len(example.means)
    held = int(example.assembled.matrix.tocsr()[example.own].nnz)
    return Size(
        sum(s.columns for s in sizes) - again * len(example.first),
        sum(s.rows for s in sizes) - again * own,
        sum(s.nonzeros for s in sizes) - again * held,
        sizes[0].integers,
    )


def _summed(parts: list[dict[tuple[int, int], Margin]]) -> dict[tuple[int, int], Margin]:
    def total(key: tuple[int, int]) -> Margin:
        return Margin(sum(p[key].worth for p in parts), sum(p[key].cost for p in parts))

    return {key: total(key) for key in parts[0]}
