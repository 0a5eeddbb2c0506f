"""Records as they were found: rows of one kind from one file, and where each stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Generic, TypeVar

from offtake.errors import Fault, Where
from offtake.model.event import Event
from offtake.model.reading import Fixing, Tariff
from offtake.model.records import Readings

Row = TypeVar("Row")
Place = Callable[[int, str], Where]
"""From a row of a part, counted from 0, and a field of it (or nothing) to its place."""


@dataclass(frozen=True, slots=True)
class Part(Generic[Row]):
    """Rows of one kind from one file."""

    rows: Sequence[Row]
    place: Place


@dataclass(frozen=True, slots=True)
class Metered:
    """Readings from one file, as columns."""

    rows: Readings
    place: Place


@dataclass(slots=True)
class Found:
    """Everything that was found, and what is wrong with it so far."""

    events: list[Part[Event]] = field(default_factory=list)
    fixings: list[Part[Fixing]] = field(default_factory=list)
    tariffs: list[Part[Tariff]] = field(default_factory=list)
    readings: list[Metered] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def take(self, kind: str, rows: Sequence[object], place: Place) -> None:
        """Add rows of a kind, other than readings."""
        if rows:
            getattr(self, kind).append(Part(rows, place))


def each(parts: Sequence[Part[Row]]) -> Iterator[tuple[Row, Place, int]]:
    """Go through the rows of all parts: row, what tells its place, and its number there."""
    for part in parts:
        for number, row in enumerate(part.rows):
            yield row, part.place, number


def all_of(parts: Sequence[Part[Row]] | Sequence[Metered]) -> Place:
    """Give the place of rows counted through all parts, one after the other."""
    ends = list(accumulate(len(part.rows) for part in parts))

    def place(number: int, field: str = "") -> Where:
        index = bisect_right(ends, number)
        return parts[index].place(number - (ends[index - 1] if index else 0), field)

    return place
