"""Limits that hold the plan back: what one percent more of each would be worth.

Limits have different units, so one more of each does not compare: a bar is the worth of
one percent more, and the words beside it say what one more unit is worth.
"""

from __future__ import annotations

import altair as alt

from offtake.draw import numbers, reading, says, theme, words
from offtake.draw.layout import Frame
from offtake.draw.marks import Axis, Canvas, Row, bars, compose, labels
from offtake.model.plan import Plan

_MOST = 12
"""Bars drawn; the table has all."""
_ROW = 36.0


def draw(plan: Plan, frame: Frame) -> alt.LayerChart:
    """Draw a bar for each limit, the most valuable first, with its name above it."""
    shown = reading.ranked(plan)[:_MOST]
    unit = numbers.column((abs(bound.percent_worth) for bound in shown), numbers.USD)
    top = max((abs(bound.percent_worth) for bound in shown), default=0.0)
    height = _ROW * max(len(shown), 1)
    canvas = Canvas(
        width=frame.width,
        height=height + 6,
        left=2,
        right=76 if frame.narrow else 96,
        top=0,
        bottom=6,
        x=Axis(0, unit.scaled(top) or 1.0),
        y=Axis(0, height),
        downwards=True,
    )
    least = canvas.x.value(1.5, canvas.plot_width)
    edge = canvas.x.value(canvas.plot_width + canvas.right - 2, canvas.plot_width)
    boxes: list[Row] = []
    names: list[Row] = []
    percents: list[Row] = []
    ones: list[Row] = []
    for index, bound in enumerate(shown):
        end, y = max(unit.scaled(abs(bound.percent_worth)), least), index * _ROW
        boxes.append({"x": 0, "x2": end, "y": y + 18, "y2": y + 27})
        name = f"{says.limit_name(bound)}, {says.limit_when(bound)}"
        names.append({"x": 0, "y": y + 9, "text": words.shortened(name, 46)})
        percents.append({"x": end, "y": y + 22.5, "text": str(numbers.usd(bound.percent_worth))})
        ones.append({"x": edge, "y": y + 9, "text": words.shortened(says.rate(bound), 36)})
    layers = [
        bars(canvas, boxes, theme.INVESTMENT, radius=1.5),
        labels(canvas, names, theme.INK),
        labels(canvas, percents, theme.INK, dx=6),
    ]
    if not frame.narrow:
        layers.append(labels(canvas, ones, align="right"))
    return compose(canvas, layers)
