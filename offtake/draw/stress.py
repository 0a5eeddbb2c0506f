"""A plan put to the test: what was planned by the quarter, and what came and worked.

k accelerators
┌──────── planned
│▒▒▒▒▒▒▒▒ delivered, 8 of 10 replications
└──────── productive
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from offtake.draw import theme
from offtake.draw.keys import Key, keys
from offtake.draw.layout import Frame
from offtake.draw.marks import Axis, Canvas, Row, area, compose, line, round_axis, titled


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter, in thousands of accelerators on average."""

    name: str
    planned: float
    low: float
    high: float
    delivered: float
    productive: float


def draw(quarters: Sequence[Quarter], frame: Frame) -> alt.LayerChart:
    """Draw what was planned and what was productive as lines, what was delivered as a band."""
    every = max(1, len(quarters) // 6)
    names = ",".join(f"'{quarter.name}'" for quarter in quarters)
    last = max(len(quarters) - 1, 1)
    canvas = Canvas(
        width=frame.width,
        height=280,
        left=44,
        right=100,
        top=26,
        bottom=26,
        x=Axis(
            0.0,
            float(last),
            tuple(float(place) for place in range(0, len(quarters), every)),
            words=f"[{names}][datum.value]",
        ),
        y=round_axis(0.0, max(max(q.planned, q.high) for q in quarters)),
    )
    band: list[Row] = [{"x": i, "y": q.low, "y2": q.high} for i, q in enumerate(quarters)]
    lines = {
        "planned": (theme.PAYMENT, [q.planned for q in quarters]),
        "delivered": (theme.REVENUE, [q.delivered for q in quarters]),
        "productive": (theme.GOOD, [q.productive for q in quarters]),
    }
    layers = [
        titled(canvas, "k accelerators on average; band: 8 of 10 replications"),
        area(canvas, band, theme.REVENUE, opacity=0.3),
    ]
    ends = []
    for name, (colour, held) in lines.items():
        rows: list[Row] = [{"x": i, "y": value} for i, value in enumerate(held)]
        layers.append(line(canvas, rows, colour))
        ends.append(Key(name, colour, held[-1], "line"))
    return compose(canvas, [*layers, *keys(canvas, ends)])
