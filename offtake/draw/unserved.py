"""The share of demand that is not served, quarter by quarter."""

from __future__ import annotations

import altair as alt

from offtake.draw import numbers, theme
from offtake.draw.layout import Frame
from offtake.draw.marks import Canvas, Row, bars, compose, labels, moment, round_axis, titled, years
from offtake.model.plan import PeriodLine, Plan

_QUARTER = 0.25
_GAP = 0.03


def draw(plan: Plan, frame: Frame) -> alt.LayerChart:
    """Draw a bar for each quarter, and write the highest one's value."""
    worst = _worst(plan)
    canvas = Canvas(
        width=frame.width,
        height=150,
        left=38,
        right=16,
        top=30,
        bottom=24,
        x=years(moment(plan.horizon.first), moment(plan.horizon.last + 1)),
        y=round_axis(0, max(worst.unserved_share * 100, 1.0), wanted=3),
    )
    boxes: list[Row] = []
    for period in plan.by_period:
        begin = moment(period.period)
        high = period.unserved_share * 100
        boxes.append({"x": begin + _GAP, "x2": begin + _QUARTER - _GAP, "y": 0, "y2": high})
    peak: Row = {
        "x": moment(worst.period) + _QUARTER / 2,
        "y": worst.unserved_share * 100,
        "text": str(numbers.share(worst.unserved_share)),
    }
    layers = [titled(canvas, "% of demand"), bars(canvas, boxes, theme.ALERT)]
    if worst.unserved_share > 0:
        layers.append(labels(canvas, [peak], theme.INK, align="center", dy=-8, bold=True))
    return compose(canvas, layers)


def _worst(plan: Plan) -> PeriodLine:
    return max(plan.by_period, key=lambda period: period.unserved_share)
