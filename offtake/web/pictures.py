"""Figures on a page: drawn once for a wide and once for a narrow screen, and their numbers.

shown = pictures.shown(app, key, held, figures)           # for the macro `figures`
pictures.numbers(table)                                   # Arrow, for CSV and Parquet
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from fastapi import FastAPI
from markupsafe import Markup

from offtake.draw.figure import Figure, Held
from offtake.draw.numbers import MINUS, NOTHING
from offtake.draw.tables import Table
from offtake.errors import Fault, OfftakeError, Where
from offtake.report.page import drawn

_ONE = threading.Lock()
_MOST = 96
"""Figures that are kept drawn."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure as the macro of a page wants it."""

    figure: Figure[Any]
    wide: Markup
    narrow: Markup
    data: tuple[tuple[str, str], ...]
    """Where its numbers are, each form with its address."""


@dataclass(slots=True)
class Album:
    """Figures that were drawn; those least asked for are let go."""

    held: OrderedDict[tuple[str, str], tuple[Markup, Markup]] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    under_way: dict[tuple[str, str], threading.Lock] = field(default_factory=dict)
    """Figures that are being drawn: who wants one of them waits for it."""

    def of(self, key: str, held: Held, figure: Figure[Held]) -> tuple[Markup, Markup]:
        """Give a figure, wide and narrow; `key` tells what it is of from everything else."""
        name = (key, figure.key)
        with self.lock:
            if name in self.held:
                self.held.move_to_end(name)
                return self.held[name]
            mine = self.under_way.setdefault(name, threading.Lock())
        with mine:
            with self.lock:
                if name in self.held:
                    return self.held[name]
            try:
                made = drawn(held, figure)
                self._keep(name, (made.wide, made.narrow))
            finally:
                with self.lock:
                    self.under_way.pop(name, None)
        return made.wide, made.narrow

    def _keep(self, name: tuple[str, str], made: tuple[Markup, Markup]) -> None:
        with self.lock:
            self.held[name] = made
            while len(self.held) > _MOST:
                self.held.popitem(last=False)


def shown(
    app: FastAPI, key: str, held: Held, figures: Iterable[Figure[Held]], address: str
) -> list[Picture]:
    """Draw figures, each with links to its numbers below an address.

    Args:
        app: the application that keeps what was drawn.
        key: tells what the figures are of from everything else.
        held: what they are of.
        figures: which.
        address: `{key}` in it stands for the figure's name, `{form}` for csv or parquet.
    """
    album = _album(app)
    return [_picture(album, key, held, figure, address) for figure in figures]


def _album(app: FastAPI) -> Album:
    """Give the one place of an application that keeps what was drawn."""
    with _ONE:
        if not hasattr(app.state, "album"):
            app.state.album = Album()
        album: Album = app.state.album
    return album


def _picture(album: Album, key: str, held: Held, figure: Figure[Held], address: str) -> Picture:
    wide, narrow = album.of(key, held, figure)
    return Picture(figure, wide, narrow, links(address, figure.key))


def links(address: str, key: str) -> tuple[tuple[str, str], ...]:
    """Give the addresses of the numbers of a figure or a table."""
    forms = (("CSV", "csv"), ("Parquet", "parquet"))
    return tuple((name, address.format(key=key, form=form)) for name, form in forms)


def numbers(table: Table) -> pa.Table:
    """Give a table as Arrow: columns of numbers as numbers, what is not known as null.

    Numbers are as exact as the table writes them; a column one of whose cells is no number
    stays text.
    """
    columns = {}
    for index, name in enumerate(_named(table.head)):
        cells = [row[index] for row in table.rows]
        columns[name] = _column(cells, text=index in table.texts)
    return pa.table(columns)


def _named(head: Sequence[str]) -> list[str]:
    """Name columns so that no two are alike and none is empty."""
    seen: dict[str, int] = {}
    names = []
    for index, name in enumerate(head):
        name = name or f"column {index + 1}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def _column(cells: Sequence[str], *, text: bool) -> pa.Array:
    known = [None if cell in ("", NOTHING) else cell for cell in cells]
    if not text:
        try:
            return pa.array(
                [None if cell is None else _number(cell) for cell in known], pa.float64()
            )
        except ValueError:
            pass
    return pa.array(known, pa.string())


def _number(cell: str) -> float:
    return float(cell.replace(",", "").replace(MINUS, "-"))


def chosen(tables: Mapping[str, Table], key: str, where: str) -> pa.Table:
    """Give the numbers of one of several tables by its name.

    Raises:
        OfftakeError: there is none of that name (`OTK-W031`).
    """
    if key not in tables:
        what, hint = "this page has no such figure or table", f"it has {', '.join(tables)}"
        fault = Fault(code="OTK-W031", what=what, where=Where(path=where), got=key, hint=hint)
        raise OfftakeError(fault)
    return numbers(tables[key])


def nothing(where: str) -> OfftakeError:
    """Make the error of numbers asked for where nothing is shown (`OTK-W006`)."""
    what = "there is nothing to show here yet"
    return OfftakeError(Fault(code="OTK-W006", what=what, where=Where(path=where)))
