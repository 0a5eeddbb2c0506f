"""The vocabulary the figures are drawn with: a thin, typed layer over Altair.

A chart is laid out in pixels of its own: `Canvas` fixes the plot and the room around it
for labels, so that nothing depends on how wide a reader's font turns out to be. Columns
of the data are named by what they are: `x`, `x2`, `y`, `y2`, `text`, and `fill` or
`stroke` where rows of one layer differ in colour. Few layers with many rows are much
quicker than many layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any, Literal

import altair as alt

from offtake.draw import theme
from offtake.draw.theme import Colour
from offtake.model.period import Quarter

Row = dict[str, float | str]
_LEAST = 1e-9
"""Spans below this are nothing: numbers come in a unit in which the largest is about 1."""
Align = Literal["left", "center", "right"]
_QUARTER_NAME = "floor(datum.value) + 'Q' + (4 * (datum.value - floor(datum.value)) + 1)"


@dataclass(frozen=True, slots=True)
class Axis:
    """A straight scale: what it spans, and where it has ticks."""

    low: float
    high: float
    ticks: tuple[float, ...] = ()
    format: str = "d"
    words: str = ""
    """Vega expression that writes a tick's label, where `format` cannot."""

    def place(self, value: float, length: float) -> float:
        """Tell how far from the beginning of an axis of `length` pixels a value lies."""
        return (value - self.low) / (self.high - self.low) * length

    def value(self, place: float, length: float) -> float:
        """Tell the value at a place: the inverse of `place`; it may lie beyond the axis."""
        return self.low + place / length * (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Canvas:
    """A plot, and the room for labels around it, in pixels."""

    width: float
    """Of the whole, labels included."""
    height: float
    left: float
    right: float
    top: float
    bottom: float
    x: Axis
    y: Axis
    downwards: bool = False
    """Whether y grows downwards, as in a list."""

    @property
    def plot_width(self) -> float:
        """Width of the plot alone."""
        return self.width - self.left - self.right

    @property
    def plot_height(self) -> float:
        """Height of the plot alone."""
        return self.height - self.top - self.bottom


def moment(quarter: Quarter) -> float:
    """Place the first day of a quarter on a time axis: 2027Q3 is 2027.5."""
    return quarter.year + (quarter.quarter - 1) / 4


def years(first: float, last: float) -> Axis:
    """Make a time axis with a tick at the start of each year, or quarter, or few years."""
    if last - first <= 1.5:
        quarters = range(ceil(first * 4), floor(last * 4))
        return Axis(first, last, tuple(q / 4 for q in quarters), words=_QUARTER_NAME)
    step = next((s for s in (1, 2, 5, 10) if (last - first) / s <= 9), 20)
    begin = ceil(first / step) * step
    return Axis(first, last, tuple(float(y) for y in range(begin, floor(last) + 1, step)))


def round_axis(low: float, high: float, wanted: int = 5, *, zero: bool = True) -> Axis:
    """Make an axis from `low` to `high` or a little further, with round ends and ticks.

    Args:
        low: Least value shown.
        high: Greatest value shown.
        wanted: About so many steps.
        zero: Whether 0 is always on it, as bars need.
    """
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < _LEAST:
        high = low + max(abs(low), 1.0)
    step = _round_step((high - low) / wanted)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    decimals = next(d for d in range(16) if abs(step * 10**d - round(step * 10**d)) < 1e-6)
    ticks = tuple(round(step * k, 10) for k in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks, f",.{decimals}f")


def _round_step(least: float) -> float:
    power: float = 10.0 ** floor(log10(least))
    return next(power * s for s in (1, 2, 2.5, 5, 10) if power * s >= least * 0.999)


def area(
    canvas: Canvas,
    rows: Iterable[Row],
    colour: Colour | None = None,
    *,
    steps: bool = False,
    opacity: float = 1.0,
) -> alt.Chart:
    """Fill between `y` and `y2`, in steps or straight from point to point."""
    mark = _chart(rows).mark_area(fillOpacity=opacity, interpolate=_shape(steps))
    return _placed(canvas, mark, "y2", fill=colour)


def bars(
    canvas: Canvas,
    rows: Iterable[Row],
    colour: Colour | None = None,
    *,
    outline: Colour | None = None,
    radius: float = 0.0,
    opacity: float = 1.0,
) -> alt.Chart:
    """Fill the box from (`x`, `y`) to (`x2`, `y2`)."""
    edge: dict[str, Any] = {"strokeWidth": 0.8} if outline else {}
    if opacity < 1:
        edge["fillOpacity"] = opacity
    mark = _chart(rows).mark_rect(cornerRadius=radius, **edge)
    return _placed(
        canvas, mark, "x2", "y2", fill=colour, **({"stroke": outline} if outline else {})
    )


def line(
    canvas: Canvas,
    rows: Iterable[Row],
    colour: Colour | None = None,
    *,
    steps: bool = False,
    width: float = 1.8,
    dash: tuple[int, int] | None = None,
) -> alt.Chart:
    """Join the points (`x`, `y`), in steps or straight."""
    mark = _chart(rows).mark_line(strokeWidth=width, interpolate=_shape(steps), **_dashed(dash))
    return _placed(canvas, mark, stroke=colour)


def strokes(
    canvas: Canvas,
    rows: Iterable[Row],
    colour: Colour | None = None,
    *,
    width: float = 1.2,
    dash: tuple[int, int] | None = None,
) -> alt.Chart:
    """Draw straight lines from (`x`, `y`) to (`x2`, `y2`)."""
    mark = _chart(rows).mark_rule(strokeWidth=width, **_dashed(dash))
    return _placed(canvas, mark, "x2", "y2", stroke=colour)


def dots(
    canvas: Canvas,
    rows: Iterable[Row],
    colour: Colour | None = None,
    *,
    shape: str = "circle",
    size: float = 40,
) -> alt.Chart:
    """Draw a filled symbol at (`x`, `y`)."""
    mark = _chart(rows).mark_point(
        shape=shape, size=size, stroke=theme.PAPER.light, strokeWidth=1, opacity=1
    )
    return _placed(canvas, mark, fill=colour)


def labels(
    canvas: Canvas,
    rows: Iterable[Row],
    colour: Colour | None = theme.SOFT,
    *,
    align: Align = "left",
    dx: float = 0.0,
    dy: float = 0.0,
    bold: bool = False,
    size: float = 11,
) -> alt.Chart:
    """Write `text` at (`x`, `y`)."""
    weight: Any = 600 if bold else 400
    mark = _chart(rows).mark_text(
        align=align, dx=dx, dy=dy, fontSize=size, fontWeight=weight, limit=0
    )
    placed: alt.Chart = _placed(canvas, mark, fill=colour).encode(text=alt.Text("text:N"))
    return placed


def shapes(
    canvas: Canvas,
    rings: Iterable[tuple[Sequence[tuple[float, float]], str]],
    colour: Colour | None = None,
    *,
    edge: Colour | None = None,
    opacity: float = 1.0,
) -> alt.Chart:
    """Fill closed lines of points told in pixels of the plot, y growing downwards.

    Each comes with the hex of its colour, which counts where `colour` is None.
    """
    rows = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [[list(point) for point in ring]]},
            "properties": {"fill": fill},
        }
        for ring, fill in rings
    ]
    stroke: dict[str, Any] = {"stroke": edge.light, "strokeWidth": 0.8} if edge else {}
    mark = alt.Chart(alt.InlineData(values=rows)).mark_geoshape(fillOpacity=opacity, **stroke)
    fill: Any = (
        alt.FillValue(colour.light)
        if colour is not None
        else alt.Fill("properties.fill:N", scale=None, legend=None)
    )
    drawn: alt.Chart = mark.encode(fill=fill).project(type="identity", scale=1, translate=[0, 0])
    return drawn


def titled(canvas: Canvas, text: str) -> alt.Chart:
    """Write the unit of the y axis above its upper end."""
    row = {"x": canvas.x.low, "y": canvas.y.low if canvas.downwards else canvas.y.high}
    return labels(canvas, [{**row, "text": text}], dx=6 - canvas.left, dy=-14)


def compose(canvas: Canvas, layers: Iterable[alt.Chart]) -> alt.LayerChart:
    """Lay charts over each other, the first at the bottom, in the theme."""
    layered: Any = alt.layer(*layers)
    padding = {
        "left": canvas.left,
        "right": canvas.right,
        "top": canvas.top,
        "bottom": canvas.bottom,
    }
    made: alt.LayerChart = layered.properties(
        width=canvas.plot_width, height=canvas.plot_height, padding=padding
    ).configure(**theme.config())
    return made


def _chart(rows: Iterable[Row]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=[dict(row) for row in rows]))


def _placed(
    canvas: Canvas, mark: alt.Chart, *ends: Literal["x2", "y2"], **paints: Colour | None
) -> alt.Chart:
    """Place a mark on the canvas, and paint it: `fill` and `stroke` by name.

    A colour of None is told row by row, in a column of that name.
    """
    channels: dict[str, Any] = {}
    for end in ends:
        channels[end] = alt.X2("x2:Q") if end == "x2" else alt.Y2("y2:Q")
    for name, colour in paints.items():
        if colour is not None:
            channels[name] = (
                alt.FillValue(colour.light) if name == "fill" else alt.StrokeValue(colour.light)
            )
        elif name == "fill":
            channels[name] = alt.Fill("fill:N", scale=None, legend=None)
        else:
            channels[name] = alt.Stroke("stroke:N", scale=None, legend=None)
    placed: alt.Chart = mark.encode(
        x=alt.X("x:Q", scale=_scale(canvas.x), axis=_axis(canvas.x)),
        y=alt.Y("y:Q", scale=_scale(canvas.y, canvas.downwards), axis=_axis(canvas.y), stack=None),
        **channels,
    )
    return placed


def _shape(steps: bool) -> Any:
    return "step-after" if steps else "linear"


def _dashed(dash: tuple[int, int] | None) -> dict[str, Any]:
    return {"strokeDash": list(dash)} if dash else {}


def _scale(axis: Axis, reverse: bool = False) -> alt.Scale:
    return alt.Scale(domain=[axis.low, axis.high], nice=False, zero=False, reverse=reverse)


def _axis(axis: Axis) -> alt.Axis | None:
    if not axis.ticks:
        return None
    if axis.words:
        return alt.Axis(values=list(axis.ticks), labelExpr=axis.words)
    return alt.Axis(values=list(axis.ticks), format=axis.format)
