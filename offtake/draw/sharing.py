"""Who holds a fleet over a day: nodes that train, and nodes that serve.

nodes
 80 │▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓  training
    │▓▓▓▓▓▓▓╭───╮▓▓▓▓▓▓▓
    │───────╯███╰───────  inference: held, and what its users fill
    └────────────────────
     0       12       24 h
"""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from offtake.draw import theme
from offtake.draw.keys import Key, keys
from offtake.draw.layout import Frame
from offtake.draw.marks import Axis, Canvas, Row, area, compose, line, round_axis, titled
from offtake.model.bucket import Bucket

_TICKS = 8


def draw(
    hours: Sequence[float],
    held: Sequence[float],
    used: Sequence[float],
    there: Sequence[float],
    frame: Frame,
) -> alt.LayerChart:
    """Draw the nodes inference holds and fills, and those there are, at each time."""
    last = hours[-1] if len(hours) > 1 else 1.0
    step = next((s for s in (1, 3, 6, 12, 24, 48) if last / s <= _TICKS), 168)
    ticks = tuple(float(hour) for hour in range(0, int(last) + 2, step))
    canvas = Canvas(
        width=frame.width,
        height=280,
        left=38,
        right=110,
        top=26,
        bottom=26,
        x=Axis(0.0, max(last, 1.0), tuple(t for t in ticks if t <= last + 0.1)),
        y=round_axis(0.0, max(there)),
    )
    trains: list[Row] = [
        {"x": x, "y": low, "y2": high} for x, low, high in zip(hours, held, there, strict=True)
    ]
    serves: list[Row] = [{"x": x, "y": 0.0, "y2": y} for x, y in zip(hours, held, strict=True)]
    fills: list[Row] = [{"x": x, "y": y} for x, y in zip(hours, used, strict=True)]
    layers = [
        titled(canvas, "nodes, by hour"),
        area(canvas, trains, theme.of_bucket(Bucket.EXPOSED), steps=True),
        area(canvas, serves, theme.of_bucket(Bucket.CHECKPOINT), steps=True),
        line(canvas, fills, theme.INK, steps=True, width=1.2),
    ]
    ends = [
        Key("training", theme.of_bucket(Bucket.EXPOSED), (held[-1] + there[-1]) / 2),
        Key("inference", theme.of_bucket(Bucket.CHECKPOINT), held[-1]),
        Key("of it filled", theme.INK, used[-1], "line"),
    ]
    return compose(canvas, [*layers, *keys(canvas, ends)])
