"""Three figures of a vehicle: cash against debt service, debt, distributions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from offtake.capital.vehicle.closing import Outcome
from offtake.draw import numbers, theme
from offtake.draw.keys import Key, keys
from offtake.draw.layout import Frame
from offtake.draw.marks import (
    Axis,
    Canvas,
    Row,
    area,
    bars,
    compose,
    labels,
    line,
    round_axis,
    strokes,
    titled,
    years,
)
from offtake.draw.numbers import Column

_GAP = 0.12
"""Share of a period left free between bars."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure with the words that stand for it."""

    key: str
    title: str
    kind: str
    chart: alt.LayerChart


def figures(made: Outcome, frame: Frame) -> Iterator[Drawn]:
    """Draw the figures of one run; without debt there are only distributions."""
    name = made.closing.vehicle.party
    if made.closing.loan_usd:
        yield Drawn(
            "cover",
            f"Cash of {name} against its debt service",
            "Bars of interest and principal under a line of cash, the cover of each year beside.",
            cover(made, frame),
        )
        kind = "An area that grows while it builds and shrinks as it repays."
        yield Drawn("debt", f"Debt of {name}", kind, balance(made, frame))
    kind = "Bars of what shareholders pay in, below zero, and are paid."
    yield Drawn("distributions", f"What shareholders of {name} pay", kind, shares(made, frame))


def cover(made: Outcome, frame: Frame) -> alt.LayerChart:
    """Draw cash as a line over bars of interest and principal; cover once a year, in figures."""
    closing, flows = made.closing, made.flows
    cash = flows.cfads[:, 0]
    tenor = int(np.flatnonzero(flows.due[:, 0] > 0.005).max()) + 1
    unit = numbers.column([float(cash.max())], numbers.USD)
    interest, due = (
        flows.interest[:tenor, 0],
        flows.interest[:tenor, 0] + flows.principal[:tenor, 0],
    )
    top = float(max(cash.max(), due.max()))
    canvas = _canvas(made, frame, unit, float(min(cash.min(), 0.0)), top * 1.08)
    wide = closing.finance.period.months / 12
    spots = [_moment(made, closing.built + 1 + t) for t in range(len(cash))]
    boxes: list[Row] = []
    for t in range(tenor):
        box = {"x": spots[t] - wide * (1 - _GAP), "x2": spots[t] - wide * _GAP}
        low, high = unit.scaled(float(interest[t])), unit.scaled(float(due[t]))
        boxes.append({**box, "y": 0.0, "y2": low, "fill": theme.PAYMENT.light})
        boxes.append({**box, "y": low, "y2": high, "fill": theme.INVESTMENT.light})
    points: list[Row] = [
        {"x": spot - wide / 2, "y": unit.scaled(float(value))}
        for spot, value in zip(spots, cash, strict=True)
    ]
    step = max(1, round(1 / wide))
    told: list[Row] = [
        {
            "x": spots[t] - wide / 2,
            "y": unit.scaled(float(cash[t])),
            "text": f"{flows.cover[t, 0]:.2f}",
        }
        for t in range(step - 1, tenor, step)
        if not np.isnan(flows.cover[t, 0])
    ]
    ends = [
        Key("interest", theme.PAYMENT, unit.scaled(float(interest[0]) / 2)),
        Key("principal", theme.INVESTMENT, unit.scaled(float(due[0]) * 0.8)),
        Key("cash", theme.REVENUE, unit.scaled(float(cash[0])), "line"),
    ]
    layers = [
        titled(
            canvas, f"{unit.unit} a {closing.finance.period.value}; figures: cover of 12 months"
        ),
        bars(canvas, boxes),
        _zero(canvas),
        line(canvas, points, theme.REVENUE),
        labels(canvas, told, theme.INK, align="center", dy=-10, size=10),
        *keys(canvas, ends),
    ]
    return compose(canvas, layers)


def balance(made: Outcome, frame: Frame) -> alt.LayerChart:
    """Draw what is owed at the end of each period, from the close on."""
    closing = made.closing
    owed = np.concatenate([np.cumsum(closing.funded.debt), made.flows.balance[:, 0]])
    unit = numbers.column([float(owed.max())], numbers.USD)
    canvas = _canvas(made, frame, unit, 0.0, float(owed.max()))
    points: list[Row] = [
        {"x": _moment(made, t), "y": unit.scaled(float(value)), "y2": 0.0}
        for t, value in enumerate(owed)
    ]
    from_on = _moment(made, closing.built)
    high = canvas.y.high
    layers = [
        titled(canvas, unit.unit),
        area(canvas, points, theme.PAYMENT, opacity=0.35),
        line(canvas, points, theme.INVESTMENT),
        strokes(canvas, [{"x": from_on, "x2": from_on, "y": 0.0, "y2": high}], theme.RULE),
        labels(canvas, [{"x": from_on, "y": high, "text": "all in service"}], dx=5, dy=8),
        _zero(canvas),
    ]
    return compose(canvas, layers)


def shares(made: Outcome, frame: Frame) -> alt.LayerChart:
    """Draw what shareholders pay in and are paid, the lab's share in the colour of owning."""
    equity, part = made.equity[:, 0], made.closing.vehicle.ownership_share
    unit = numbers.column([float(np.abs(equity).max())], numbers.USD)
    canvas = _canvas(made, frame, unit, float(equity.min()), float(equity.max()))
    wide = made.closing.finance.period.months / 12
    boxes: list[Row] = []
    for t, flow in enumerate(equity):
        spot = _moment(made, t)
        box = {"x": spot - wide * (1 - _GAP), "x2": spot - wide * _GAP}
        own, whole = unit.scaled(float(flow) * part), unit.scaled(float(flow))
        boxes.append({**box, "y": 0.0, "y2": own, "fill": theme.OWN.light})
        boxes.append({**box, "y": own, "y2": whole, "fill": theme.PAYMENT.light})
    middle = (canvas.y.low + canvas.y.high) / 2
    ends = [Key("lab", theme.OWN, middle), Key("others", theme.PAYMENT, middle * 0.8)]
    layers = [
        titled(canvas, f"{unit.unit} a {made.closing.finance.period.value}"),
        bars(canvas, boxes),
        _zero(canvas),
        *keys(canvas, ends if part < 1 else ends[:1]),
    ]
    return compose(canvas, layers)


def _zero(canvas: Canvas) -> alt.Chart:
    ends: Row = {"x": canvas.x.low, "x2": canvas.x.high, "y": 0.0, "y2": 0.0}
    return strokes(canvas, [ends], theme.SOFT, width=1)


def _moment(made: Outcome, period: int) -> float:
    """Place the end of a period on a time axis, in years."""
    close, months = made.closing.finance.close, made.closing.finance.period.months
    return close.year + (close.month - 1) / 12 + close.day / 365 + period * months / 12


def _canvas(made: Outcome, frame: Frame, unit: Column, low: float, high: float) -> Canvas:
    span: dict[str, Any] = {
        "x": years(_moment(made, 0) - 0.3, _moment(made, len(made.equity) - 1) + 0.1),
        "y": round_axis(unit.scaled(low), unit.scaled(high)),
    }
    y: Axis = span["y"]
    left = 14 + 7 * max(len(f"{tick:g}") for tick in y.ticks)
    return Canvas(
        width=frame.width,
        height=230 if frame.narrow else 280,
        left=max(38, left),
        right=96,
        top=26,
        bottom=24,
        **span,
    )
