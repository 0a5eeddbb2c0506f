"""How well a vehicle's cash covers its debt service, year by year.

    2 |      ┬
      |  ┬   ┃ median, P10–P90
1.3 ──|──●── planned ─────────────
1.2 - | - - lock-up - - - - - - -
1.1 ──|───── covenant ────────────
    0 |  ◆ worst
"""

from __future__ import annotations

import altair as alt

from offtake.draw import theme
from offtake.draw.keys import Key, keys
from offtake.draw.layout import Frame
from offtake.draw.marks import (
    Axis,
    Canvas,
    Row,
    bars,
    compose,
    dots,
    round_axis,
    strokes,
    titled,
)
from offtake.draw.vehicle import building
from offtake.model.plan import Plan

_HALF = 0.28
"""Half the width of a year's box."""


def draw(plan: Plan, frame: Frame) -> alt.LayerChart:
    """Draw a box for each year of the vehicle that builds most."""
    line = building(plan)[0]
    years = [int(each.year) for each in line.cover]
    low, high = min(years) - 0.5, max(years) + 0.5
    top = max(
        [each.p90_ratio for each in line.cover]
        + [each.planned_ratio or 0.0 for each in line.cover]
        + [line.dscr_target_ratio]
    )
    canvas = Canvas(
        width=frame.width,
        height=230,
        left=38,
        right=90,
        top=30,
        bottom=24,
        x=Axis(low, high, tuple(float(year) for year in years)),
        y=round_axis(0, top),
    )
    boxes: list[Row] = []
    medians: list[Row] = []
    planned: list[Row] = []
    worst: list[Row] = []
    for each in line.cover:
        x = float(each.year)
        box = {"x": x - _HALF, "x2": x + _HALF}
        boxes.append({**box, "y": each.p10_ratio, "y2": each.p90_ratio})
        medians.append({**box, "y": each.p50_ratio, "y2": each.p50_ratio})
        worst.append({"x": x, "y": each.least_ratio})
        if each.planned_ratio is not None:
            planned.append({"x": x, "y": each.planned_ratio})
    across = {"x": low, "x2": high}
    lockup, covenant = line.dscr_lockup_ratio, line.dscr_covenant_ratio
    layers = [
        titled(canvas, "cash over debt service, times"),
        bars(canvas, boxes, theme.ENERGY, radius=2),
        strokes(canvas, medians, theme.INK, width=2),
        strokes(canvas, [{**across, "y": lockup, "y2": lockup}], theme.INK, dash=(3, 2)),
        strokes(canvas, [{**across, "y": covenant, "y2": covenant}], theme.ALERT, width=1.6),
        dots(canvas, planned, theme.OWN, size=60),
        dots(canvas, worst, theme.ALERT, shape="diamond", size=70),
        *keys(
            canvas,
            [
                Key("lock-up", theme.INK, lockup, "dashes"),
                Key("covenant", theme.ALERT, covenant, "line"),
            ],
        ),
    ]
    return compose(canvas, layers)
