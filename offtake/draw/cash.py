"""Cash by quarter: what is paid below zero, what comes in above, and the net as a line."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt

from offtake.draw import numbers, reading, theme
from offtake.draw.keys import Key, keys
from offtake.draw.layout import Frame
from offtake.draw.marks import (
    Canvas,
    Row,
    bars,
    compose,
    dots,
    line,
    moment,
    round_axis,
    strokes,
    titled,
    years,
)
from offtake.draw.numbers import Column
from offtake.draw.theme import Colour
from offtake.model.plan import PeriodLine, Plan

_QUARTER = 0.25
_GAP = 0.03


def draw(plan: Plan, frame: Frame) -> alt.LayerChart:
    """Draw stacked bars by quarter and the net as a line."""
    unit = _unit(plan)
    rows = list(_stacked(plan, unit))
    ends = [float(row[end]) for row in rows for end in ("y", "y2")]
    canvas = Canvas(
        width=frame.width,
        height=230 if frame.narrow else 270,
        left=38,
        right=90 if frame.narrow else 96,
        top=26,
        bottom=24,
        x=years(moment(plan.horizon.first), moment(plan.horizon.last + 1)),
        y=round_axis(min(ends, default=0), max(ends, default=0)),
    )
    nets: list[Row] = [
        {"x": moment(p.period) + _QUARTER / 2, "y": unit.scaled(reading.net(p))}
        for p in plan.by_period
    ]
    low, high = canvas.x.low, canvas.x.high
    layers = [
        titled(canvas, f"{unit.unit} a quarter"),
        bars(canvas, rows),
        strokes(canvas, [{"x": low, "x2": high, "y": 0, "y2": 0}], theme.SOFT, width=1),
        line(canvas, nets, theme.PAPER, width=4),
        line(canvas, nets, theme.INK),
        dots(canvas, nets, theme.INK, size=26),
        *keys(canvas, list(_ends(plan, unit, rows))),
    ]
    return compose(canvas, layers)


def _paid(line: PeriodLine) -> tuple[tuple[str, Colour, float], ...]:
    """Give what is paid in a quarter, with its name and colour; negative comes back."""
    return (
        ("payments", theme.PAYMENT, line.payment_cash_usd),
        ("energy", theme.ENERGY, line.energy_cash_usd),
        ("investment", theme.INVESTMENT, line.investment_cash_usd),
    )


def _stacked(plan: Plan, unit: Column) -> Iterator[Row]:
    """Stack what is paid downwards from zero, and what comes in upwards."""
    for period in plan.by_period:
        begin = moment(period.period)
        box = {"x": begin + _GAP, "x2": begin + _QUARTER - _GAP}
        up = down = 0.0
        flows = [("revenue", theme.REVENUE, period.revenue_cash_usd)]
        flows += [(name, colour, -amount) for name, colour, amount in _paid(period)]
        for name, colour, flow in flows:
            base = up if flow > 0 else down
            if flow:
                ends = {"y": unit.scaled(base), "y2": unit.scaled(base + flow)}
                yield {**box, **ends, "fill": colour.light, "name": name}
            up, down = (up + flow, down) if flow > 0 else (up, down + flow)


def _ends(plan: Plan, unit: Column, rows: list[Row]) -> Iterator[Key]:
    """Name each kind of cash beside its last bar."""
    colours = {"revenue": theme.REVENUE} | {n: c for n, c, _ in _paid(plan.by_period[0])}
    for name, colour in colours.items():
        mine = [row for row in rows if row["name"] == name]
        if mine:
            middle = (float(mine[-1]["y"]) + float(mine[-1]["y2"])) / 2
            yield Key(name, colour, middle)
    yield Key("net", theme.INK, unit.scaled(reading.net(plan.by_period[-1])), "line")


def _unit(plan: Plan) -> Column:
    flows = [p.revenue_cash_usd for p in plan.by_period]
    flows += [sum(abs(amount) for _, _, amount in _paid(p)) for p in plan.by_period]
    return numbers.column(flows, numbers.USD)
