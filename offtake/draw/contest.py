"""How long jobs take under each policy: mean and slowest one in a hundred, a row a policy.

easy   ████──────────────┤
srtf   ██────────┤
       0      50     100 h
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from offtake.draw import theme, words
from offtake.draw.layout import Frame
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
    titled,
)

_ROW = 30.0
_HALF = 0.26


@dataclass(frozen=True, slots=True)
class Time:
    """Completion times under one policy, in hours."""

    policy: str
    mean: float
    median: float
    p99: float


def draw(times: Sequence[Time], frame: Frame) -> alt.LayerChart:
    """Draw a bar to the mean, a dot at the median and a line to the 99th percentile."""
    names = ",".join(f"'{words.plain(time.policy)}'" for time in times)
    ticks = tuple(float(place) for place in range(len(times)))
    canvas = Canvas(
        width=frame.width,
        height=_ROW * len(times) + 60.0,
        left=92,
        right=40,
        top=26,
        bottom=30,
        x=round_axis(0.0, max(time.p99 for time in times)),
        y=Axis(-0.6, len(times) - 0.4, ticks, words=f"[{names}][datum.value]"),
        downwards=True,
    )
    means: list[Row] = [
        {"x": 0.0, "x2": time.mean, "y": at - _HALF, "y2": at + _HALF}
        for at, time in enumerate(times)
    ]
    tails: list[Row] = [
        {"x": time.mean, "x2": time.p99, "y": at, "y2": at} for at, time in enumerate(times)
    ]
    ends: list[Row] = [
        {"x": time.p99, "y": at, "text": f"{time.p99:,.0f}"} for at, time in enumerate(times)
    ]
    middles: list[Row] = [{"x": time.median, "y": at} for at, time in enumerate(times)]
    return compose(
        canvas,
        [
            titled(canvas, "hours from arrival to end: mean (bar), median (dot), 99 % (line)"),
            bars(canvas, means, theme.REVENUE),
            strokes(canvas, tails, theme.SOFT),
            dots(canvas, middles, theme.GOOD),
            labels(canvas, ends, dx=5),
        ],
    )
