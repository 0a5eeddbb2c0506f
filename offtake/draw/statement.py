"""Where a month's money goes: what each party is paid, what it hands on, and what it keeps.

HyperCo  ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓│░ keeps 198,686
OpCo     ▓▓▓▓▓│░░░░░░░░░░░░░░░░░░░░░░   keeps 5,353,881
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt

from offtake.draw import statement_tables as tables
from offtake.draw import theme
from offtake.draw.layout import Frame
from offtake.draw.marks import Row, bars, compose, labels, round_axis
from offtake.draw.study.rows import Rows, rows
from offtake.model.statement import Position, Statement

_SIZES = (("", 1.0), ("k ", 1e3), ("M ", 1e6), ("B ", 1e9))


def currencies(statement: Statement) -> tuple[str, ...]:
    """Give the currencies of the statement; each has a figure of its own."""
    return tuple(sorted({p.currency for p in statement.positions}))


def ordered(statement: Statement, currency: str) -> tuple[Position, ...]:
    """Give the positions of one currency from the user's end of the chain to the site's."""
    found = {p.party: p for p in statement.positions if p.currency == currency}
    order: dict[str, None] = {}
    for invoice in reversed(statement.invoices):
        order.setdefault(invoice.buyer)
        order.setdefault(invoice.seller)
    for external in statement.externals:
        order.setdefault(external.payee)
        order.setdefault(external.payer)
    return tuple(found[party] for party in order if party in found)


def draw(statement: Statement, currency: str, frame: Frame) -> alt.LayerChart:
    """Draw for each party what it hands on and what it keeps, in one currency."""
    held = ordered(statement, currency)
    largest = max((max(_in(p), _out(p)) for p in held), default=1.0)
    prefix, size = [s for s in _SIZES if largest >= s[1]][-1] if largest >= 1 else _SIZES[0]
    axis = round_axis(0.0, largest / size * (1.0 if frame.narrow else 1.25), 5)
    placed = rows(frame, [p.party for p in held], axis, row=34, left=150, right=30)
    return compose(placed.canvas, _layers(placed, held, size, f"{prefix}{currency}"))


def _in(position: Position) -> float:
    return float(position.in_minor / 10**position.places)


def _out(position: Position) -> float:
    return float(position.out_minor / 10**position.places)


def _layers(placed: Rows, held: Sequence[Position], size: float, unit: str) -> Iterator[alt.Chart]:
    canvas = placed.canvas
    yield placed.named()
    yield placed.titled(f"for the month, {unit}")
    yield bars(canvas, list(_boxes(placed, held, size)), radius=1)
    narrow = placed.frame.narrow
    told = list(_told(placed, held, size))
    yield labels(canvas, told, align="right" if narrow else "left", dx=0 if narrow else 6)


def _boxes(placed: Rows, held: Sequence[Position], size: float) -> Iterator[Row]:
    for index, position in enumerate(held):
        y = placed.middle(index)
        paid, gets = _out(position) / size, _in(position) / size
        if paid:
            yield _box(0.0, paid, y, theme.PAYMENT.light)
        if gets > paid:
            yield _box(paid, gets, y, theme.REVENUE.light)
        elif 0 < gets < paid:
            yield _box(gets, paid, y, theme.ALERT.light)


def _box(low: float, high: float, y: float, fill: str) -> Row:
    return {"x": low, "x2": high, "y": y - 9, "y2": y + 9, "fill": fill}


def _told(placed: Rows, held: Sequence[Position], size: float) -> Iterator[Row]:
    for index, position in enumerate(held):
        left = tables.money(position.in_minor - position.out_minor, position.places)
        if not position.in_minor:
            text = f"pays {tables.money(position.out_minor, position.places)}"
        elif not position.out_minor:
            text = f"is paid {tables.money(position.in_minor, position.places)}"
        else:
            text = f"keeps {left}"
        ends = max(_in(position), _out(position)) / size
        if placed.frame.narrow:
            above = index * placed.height + 11
            yield {"x": placed.canvas.x.high, "y": above, "text": text}
        else:
            yield {"x": ends, "y": placed.middle(index), "text": text}
