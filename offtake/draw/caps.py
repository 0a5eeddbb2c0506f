"""What power caps do to a fleet: work, power and work a joule, against full power.

 %
105 │        ╭──●──╮        work a joule
100 │     ╭──╯     ╰──●
    │  ╭──╯   ●────────●    work
 50 │──╯●───╯
    └──────────────────
     50    cap, %    100
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from offtake.draw import theme
from offtake.draw.keys import Key, keys
from offtake.draw.layout import Frame
from offtake.draw.marks import Axis, Canvas, Row, compose, dots, line, round_axis, titled


@dataclass(frozen=True, slots=True)
class Point:
    """A fleet under one cap; all but the cap in % of what it is under the highest."""

    cap: float
    work: float
    power: float
    per_joule: float


def draw(points: Sequence[Point], best: float, frame: Frame) -> alt.LayerChart:
    """Draw three lines over the cap, with a dot where work a joule is best."""
    ordered = sorted(points, key=lambda point: point.cap)
    lines = {
        "work a joule": (theme.GOOD, [point.per_joule for point in ordered]),
        "work": (theme.REVENUE, [point.work for point in ordered]),
        "power": (theme.PAYMENT, [point.power for point in ordered]),
    }
    values = [value for _, held in lines.values() for value in held]
    caps = [point.cap for point in ordered]
    low, high = min(caps), max(*caps, min(caps) + 1.0)
    canvas = Canvas(
        width=frame.width,
        height=280,
        left=38,
        right=110,
        top=26,
        bottom=26,
        x=Axis(low, high, tuple(caps), format=".0f"),
        y=round_axis(min(values), max(values), zero=False),
    )
    layers = [titled(canvas, "% of what it is under the highest cap, by cap in % of full power")]
    ends = []
    for name, (colour, held) in lines.items():
        rows: list[Row] = [{"x": x, "y": y} for x, y in zip(caps, held, strict=True)]
        layers.append(line(canvas, rows, colour))
        ends.append(Key(name, colour, held[-1], "line"))
    top: list[Row] = [{"x": p.cap, "y": p.per_joule} for p in ordered if p.cap == best]
    layers.append(dots(canvas, top, theme.GOOD, size=60))
    return compose(canvas, [*layers, *keys(canvas, ends)])
