"""Metrics of one unit side by side: shares of a whole, or amounts that compare.

sold, site fjord           ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓ 100.0 %
allocated, contract B      ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░  78.3 %
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt

from offtake.draw import measure_tables as tables
from offtake.draw import theme
from offtake.draw.layout import Frame
from offtake.draw.marks import Axis, Row, bars, compose, labels, round_axis
from offtake.draw.study.rows import Rows, rows
from offtake.measure.definitions import DEFINITIONS
from offtake.model.metric import Metric

_HUNDRED = Axis(0, 100, (0, 25, 50, 75, 100))


def draw(found: Sequence[Metric], frame: Frame) -> alt.LayerChart:
    """Draw metrics of one unit as bars; shares on a scale of 0 to 100 %."""
    is_share = found[0].unit == "share"
    scale = 100.0 if is_share else 1.0
    largest = max(metric.value for metric in found)
    axis = _HUNDRED if is_share else round_axis(0.0, largest * 1.2 if largest else 1.0, 5)
    names = [_name(metric) for metric in found]
    right = 26.0 if frame.narrow else 84.0
    placed = rows(frame, names, axis, row=30, left=300, right=right)
    return compose(placed.canvas, _layers(placed, found, scale))


_SHORT = {
    "scope-2-location": "Location",
    "scope-2-market-annual": "Market, period",
    "scope-2-market-hourly": "Market, hourly",
    "usd-per-million-tokens-billed": "Billed",
    "usd-per-million-tokens-effective": "Effective",
    "mfu": "MFU",
    "hfu": "HFU",
    "goodput-lost-to-response": "Lost to response",
}


def _name(metric: Metric) -> str:
    name = DEFINITIONS[metric.id].name.removeprefix("Utilisation: ")
    short = _SHORT.get(metric.id, f"{name[0].upper()}{name[1:]}")
    return f"{short}: {metric.of.name}"


def _layers(placed: Rows, found: Sequence[Metric], scale: float) -> Iterator[alt.Chart]:
    unit = "%" if found[0].unit == "share" else found[0].unit
    yield placed.named()
    yield placed.titled(unit)
    yield bars(placed.canvas, list(_boxes(placed, found, scale)), radius=1)
    narrow = placed.frame.narrow
    told = list(_told(placed, found, scale))
    yield labels(placed.canvas, told, align="right" if narrow else "left", dx=0 if narrow else 6)


def _boxes(placed: Rows, found: Sequence[Metric], scale: float) -> Iterator[Row]:
    for index, metric in enumerate(found):
        y = placed.middle(index)
        if metric.value > 0.0:
            end = metric.value * scale
            fill = theme.PAYMENT.light if metric.covered_share < 1.0 else theme.REVENUE.light
            yield {"x": 0.0, "x2": end, "y": y - 8, "y2": y + 8, "fill": fill}


def _told(placed: Rows, found: Sequence[Metric], scale: float) -> Iterator[Row]:
    for index, metric in enumerate(found):
        text = tables.amount(metric)
        if placed.frame.narrow:
            above = index * placed.height + 11
            yield {"x": placed.canvas.x.high, "y": above, "text": text}
        else:
            yield {"x": metric.value * scale, "y": placed.middle(index), "text": text}
