"""How far cost and net present value may be from their mean.

                 mean
worst ◆    ├──────●┃──────────┤
           P10    P50        P90
"""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt

from offtake.draw import numbers, reading, theme
from offtake.draw.layout import Frame, spaced
from offtake.draw.marks import (
    Axis,
    Canvas,
    Row,
    bars,
    compose,
    dots,
    labels,
    round_axis,
    strokes,
)
from offtake.draw.numbers import Column
from offtake.model.plan import Plan, Spread

_ROW = 92.0
_MIDDLE = 50.0


def draw(plan: Plan, frame: Frame) -> alt.LayerChart:
    """Draw one strip for cost and one for net present value, on one scale."""
    strips = reading.spreads(plan)
    unit = numbers.column((v for _, s in strips for v in reading.values(s)), numbers.USD)
    values = [unit.scaled(v) for _, spread in strips for v in reading.values(spread)]
    canvas = Canvas(
        width=frame.width,
        height=_ROW * len(strips) + 24 + 14,
        left=22,
        right=26,
        top=14,
        bottom=24,
        x=round_axis(min(values), max(values)),
        y=Axis(0, _ROW * len(strips)),
        downwards=True,
    )
    return compose(canvas, _layers(canvas, strips, unit))


def _layers(
    canvas: Canvas, strips: tuple[tuple[str, Spread], ...], unit: Column
) -> Iterator[alt.Chart]:
    boxes: list[Row] = []
    medians: list[Row] = []
    means: list[Row] = []
    tails: list[Row] = []
    heads: list[Row] = []
    zeros: list[Row] = []
    below: list[Row] = []
    above: list[Row] = []
    for index, (name, spread) in enumerate(strips):
        y = index * _ROW + _MIDDLE
        p10, p50, p90, mean, tail = (unit.scaled(v) for v in reading.values(spread))
        boxes.append({"x": p10, "x2": p90, "y": y - 6, "y2": y + 6})
        medians.append({"x": p50, "x2": p50, "y": y - 9, "y2": y + 9})
        zeros.append({"x": 0, "x2": 0, "y": y - 12, "y2": y + 12})
        means.append({"x": mean, "y": y})
        tails.append({"x": tail, "y": y})
        heads.append({"x": canvas.x.low, "y": y - 42, "text": f"{name}, {unit.unit}"})
        marks = (("P10", spread.p10_usd), ("P50", spread.p50_usd), ("P90", spread.p90_usd))
        below += _row(canvas, unit, y + 21, marks)
        above += _row(canvas, unit, y - 20, (("mean", spread.mean_usd), ("worst", spread.cvar_usd)))
    if canvas.x.low < 0:
        yield strokes(canvas, zeros, theme.SOFT, width=1.2)
    yield bars(canvas, boxes, theme.ENERGY, radius=2)
    yield strokes(canvas, medians, theme.INK, width=2)
    yield dots(canvas, means, theme.INK, size=60)
    yield dots(canvas, tails, theme.ALERT, shape="diamond", size=80)
    yield labels(canvas, heads, theme.INK, bold=True)
    yield labels(canvas, above, theme.INK, align="center")
    yield labels(canvas, below, align="center")


def _row(
    canvas: Canvas, unit: Column, y: float, marks: tuple[tuple[str, float], ...]
) -> Iterator[Row]:
    """Write names and numbers of marks side by side, as near to them as they fit."""
    width = canvas.plot_width
    wanted = [canvas.x.place(unit.scaled(value), width) for _, value in marks]
    for (name, value), place in zip(marks, spaced(wanted, 76, 16, width - 12), strict=True):
        yield {"x": canvas.x.value(place, width), "y": y, "text": f"{name} {unit(value)}"}
