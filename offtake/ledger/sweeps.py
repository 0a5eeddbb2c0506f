"""Spans of many units at once: the arithmetic of `offtake.ledger.spans` over arrays.

A fleet has 50,000 nodes and few of them share a fate, so spans of nodes are kept as three
columns (unit, start, end) and worked on by numpy; times are whole seconds, and exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from offtake.ledger.spans import Span, Spans, union

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marks:
    """Spans of units: row i says that `unit[i]` is marked over `[start[i], end[i])`."""

    unit: Ints
    """Which unit."""
    start: Ints
    """First second."""
    end: Ints
    """First second after it."""

    def __len__(self) -> int:
        """Count the spans."""
        return len(self.unit)

    def where(self, mask: npt.NDArray[Any]) -> Marks:
        """Give the rows a mask or an index picks."""
        return Marks(unit=self.unit[mask], start=self.start[mask], end=self.end[mask])

    def spans(self, unit: int) -> Spans:
        """Give the united spans of one unit."""
        rows = self.where(self.unit == unit)
        return union(zip(rows.start.tolist(), rows.end.tolist(), strict=True))


def marks(unit: npt.ArrayLike, start: npt.ArrayLike, end: npt.ArrayLike) -> Marks:
    """Make marks of columns; rows without length vanish."""
    columns = [np.asarray(column, np.int64) for column in (unit, start, end)]
    made = Marks(unit=columns[0], start=columns[1], end=columns[2])
    return made.where(made.end > made.start)


def cut(left: Marks, spans: Spans) -> Marks:
    """Give the parts of marks that lie in a set of disjoint spans."""
    parts = [
        marks(left.unit, np.maximum(left.start, start), np.minimum(left.end, end))
        for start, end in spans
    ]
    return joined(*parts)


def joined(*parts: Marks) -> Marks:
    """Give the rows of several marks."""
    if not parts:
        return marks((), (), ())
    return Marks(
        unit=np.concatenate([p.unit for p in parts]),
        start=np.concatenate([p.start for p in parts]),
        end=np.concatenate([p.end for p in parts]),
    )


def united(left: Marks) -> Marks:
    """Unite spans of one unit that overlap or touch; sorted by unit, then start."""
    if not len(left):
        return left
    rows = left.where(np.lexsort((left.start, left.unit)))
    first = int(rows.start.min())
    # Units are laid one after the other on a line, with a gap, so that the running end of
    # one never reaches the next.
    width = int(rows.end.max()) - first + 2
    shift = rows.unit * width - first
    reached = np.maximum.accumulate(rows.end + shift)
    fresh = np.ones(len(rows), bool)
    fresh[1:] = rows.start[1:] + shift[1:] > reached[:-1]
    at = np.flatnonzero(fresh)
    return Marks(unit=rows.unit[at], start=rows.start[at], end=np.maximum.reduceat(rows.end, at))


def at_least_long(left: Marks, seconds: Fraction) -> Marks:
    """Give the spans that last at least so long."""
    # end - start >= p/q, in whole numbers.
    return left.where((left.end - left.start) * seconds.denominator >= seconds.numerator)


def lengths(left: Marks, count: int) -> Ints:
    """Add up the seconds of each of `count` units, whose spans are disjoint."""
    total = np.zeros(count, np.int64)
    np.add.at(total, left.unit, left.end - left.start)
    return total


def falls_short(
    down: Marks, weight: Ints, standing: Iterable[tuple[Span, int]], up_share: Fraction
) -> Spans:
    """Tell when less than a share of what stands is up.

    Args:
        down: When which unit is down: disjoint spans, inside its standing.
        weight: How many nodes each unit stands for.
        standing: When how many nodes are there at all; these add up.
        up_share: Up while up nodes ≥ share · standing nodes; without any it is not down.
    """
    if not len(down):
        return ()
    there = list(standing)
    counts = np.array([count for _, count in there], np.int64)
    times, total = _steps(
        marks(range(len(there)), [s for (s, _), _ in there], [e for (_, e), _ in there]), counts
    )
    moments, fallen = _steps(down, weight)
    both = np.union1d(times, moments)
    stand = _at(both, times, total)
    up = stand - _at(both, moments, fallen)
    short = (up * up_share.denominator < up_share.numerator * stand)[:-1]
    pairs = zip(both[:-1][short].tolist(), both[1:][short].tolist(), strict=True)
    return union(pairs)


def _steps(rows: Marks, weight: Ints) -> tuple[Ints, Ints]:
    """Give the moments at which a number of nodes changes, and the number from then on."""
    moments = np.concatenate((rows.start, rows.end))
    change = np.concatenate((weight[rows.unit], -weight[rows.unit]))
    times, place = np.unique(moments, return_inverse=True)
    by_time = np.zeros(len(times), np.int64)
    np.add.at(by_time, place, change)
    return times, np.cumsum(by_time)


def _at(moments: Ints, times: Ints, values: Ints) -> Ints:
    place = np.searchsorted(times, moments, side="right") - 1
    return np.where(place < 0, 0, values[np.maximum(place, 0)])
