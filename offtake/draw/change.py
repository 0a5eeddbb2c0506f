"""What a cause changed: a bar for each bucket of accelerator time, more to the right.

productive  ████████│             −178 ± 26
lost work           │██           +12 ± 3
"""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt

from offtake.draw import numbers, theme
from offtake.draw.bucket import NAMES
from offtake.draw.layout import Frame
from offtake.draw.marks import Axis, Canvas, Row, bars, compose, labels, strokes, titled
from offtake.model.bucket import Bucket

_ROW = 24.0
_BAR = 7.0
Interval = tuple[float, float]
"""A mean and half its 95 % interval."""


def draw(change: Mapping[Bucket, Interval], frame: Frame) -> alt.LayerChart:
    """Draw a bar for each bucket that changed, in accelerator-hours, with its interval."""
    shown = [bucket for bucket in NAMES if any(change.get(bucket, (0.0, 0.0)))]
    reach = [abs(change[bucket][0]) + change[bucket][1] for bucket in shown]
    most = max(reach, default=0.0) or 1.0
    height = _ROW * max(len(shown), 1)
    canvas = Canvas(
        width=frame.width,
        height=height + 32,
        left=116,
        right=116,
        top=26,
        bottom=6,
        x=Axis(-most, most),
        y=Axis(0, height),
        downwards=True,
    )
    boxes: list[Row] = []
    spans: list[Row] = []
    names: list[Row] = []
    values: list[Row] = []
    edge = canvas.x.value(-8, canvas.plot_width)
    end = canvas.x.value(canvas.plot_width + 8, canvas.plot_width)
    for place, bucket in enumerate(shown):
        mean, half = change[bucket]
        y = (place + 0.5) * _ROW
        fill = theme.of_bucket(bucket).light
        boxes.append({"x": 0, "x2": mean, "y": y - _BAR, "y2": y + _BAR, "fill": fill})
        spans.append({"x": mean - half, "x2": mean + half, "y": y, "y2": y})
        names.append({"x": edge, "y": y, "text": NAMES[bucket]})
        values.append({"x": end, "y": y, "text": numbers.interval(mean, half)})
    zero: list[Row] = [{"x": 0, "x2": 0, "y": 0, "y2": height}]
    layers = [
        titled(canvas, "accelerator-hours with it, less without"),
        bars(canvas, boxes),
        strokes(canvas, spans, theme.INK),
        strokes(canvas, zero, theme.RULE),
        labels(canvas, names, theme.INK, align="right"),
        labels(canvas, values, theme.INK),
    ]
    return compose(canvas, layers)
