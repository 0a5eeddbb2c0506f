"""A table ready to print: its columns with their units, and its cells as values or as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from offtake.catalogue.dates import PartialDate
from offtake.catalogue.facts import Fact, columns_of
from offtake.catalogue.query import TABLES, table
from offtake.errors import Exit, Fault, OfftakeError, did_you_mean

Cell = str | int | float | None
"""What a cell holds: also what JSON and CSV can hold."""

ALL = ("*",)
"""For `columns`: every column of the table."""

_LARGE = ((1e12, "T"), (1e9, "B"), (1e6, "M"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a sheet."""

    name: str
    """The name in Python, in the files and in the API."""
    unit: str
    """What to print behind the name, such as `MW IT`; empty for text."""
    numeric: bool
    """Whether its cells are numbers, to be set flush right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Columns and rows, in the order to print them."""

    table: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def printed(self) -> tuple[tuple[str, ...], ...]:
        """Give the cells as text for people: thousands grouped, dollars as `7.99 B`."""
        return tuple(
            tuple(_text(cell, column) for cell, column in zip(row, self.columns, strict=True))
            for row in self.rows
        )


def show(
    name: str,
    as_of: date | None = None,
    columns: Sequence[str] | None = None,
    *,
    quality: str | None = None,
    history: bool = False,
) -> Sheet:
    """Give a table as a sheet.

    Args:
        name: one of `TABLES`.
        as_of: the day whose knowledge is wanted; None for all that is known.
        columns: their names in the order wanted; None for the few that matter most, `ALL`
            for all of them.
        quality: only rows of this quality.
        history: every vintage instead of the latest of each key.

    Raises:
        OfftakeError: no such table (`OTK-K201`), quality (`OTK-K202`) or column
            (`OTK-K205`).
    """
    rows = table(name, as_of, quality=quality, history=history)
    return sheet_of(TABLES[name], rows, columns)


def sheet_of(kind: type[Fact], rows: Iterable[Fact], columns: Sequence[str] | None) -> Sheet:
    """Lay out facts of one table as a sheet.

    Raises:
        OfftakeError: the table has no such column (`OTK-K205`).
    """
    there = columns_of(kind)
    names = kind.SHOWN if columns is None else tuple(columns)
    if names == ALL:
        names = tuple(there)
    faults = [
        Fault(
            code="OTK-K205",
            what=f"the table {kind.TABLE} has no such column",
            got=f"'{name}'",
            hint=did_you_mean(name, there),
        )
        for name in names
        if name not in there
    ]
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)
    heads = []
    for name in names:
        unit = there[name]
        heads.append(Column(name=name, unit=unit.label if unit else "", numeric=unit is not None))
    body = tuple(tuple(cell_of(getattr(row, name)) for name in names) for row in rows)
    return Sheet(table=kind.TABLE, columns=tuple(heads), rows=body)


def cell_of(value: object) -> Cell:
    """Turn a value of a fact into a cell: dates become text, numbers stay."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, PartialDate):
        return value.text
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no cell for {type(value).__name__}")


def _text(cell: Cell, column: Column) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str) or not column.numeric:
        return str(cell)
    if column.unit == "USD":
        for size, letter in _LARGE:
            if abs(cell) >= size:
                return f"{cell / size:,.6g} {letter}"
    if float(cell).is_integer():
        return f"{cell:,.0f}"
    return f"{cell:,.6g}"
