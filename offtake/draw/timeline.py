"""Contracts and phases on a time line: what is signed, what is to be signed, when it comes.

                    MW IT   2026   ┊ 2027   2028   2029
    To sign
    Narvik B          134          ┊▨▨▨▨▨▨▨▨├──█████████
    Signed already
    Abilene II        618   ▨▨▨▨▨▨▨├─███████████████████

A bar begins on the median day of delivery; hatched is from signing until then; the
whisker goes from P10 to P90 of the delivery date; the dotted rule is the day of the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import altair as alt

from offtake.draw import numbers, theme, words
from offtake.draw.layout import Frame
from offtake.draw.marks import (
    Axis,
    Canvas,
    Row,
    bars,
    compose,
    labels,
    moment,
    strokes,
    years,
)
from offtake.model.plan import Delivery, Plan

MOST = 48
"""Rows drawn on a wide page; the table has all."""
_MOST_NARROW = 30


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things stand in a row, in pixels."""

    row: float
    """Height of a row."""
    middle: float
    """Of the bar, below the row's upper edge."""
    half: float
    """Half the bar's height."""
    head: float = 24.0
    """Height of a group's heading."""


def draw(plan: Plan, frame: Frame) -> alt.LayerChart:
    """Draw a row for each delivery: hatched before service, a whisker for its date."""
    groups = _groups(plan, _MOST_NARROW if frame.narrow else MOST)
    layout = _Layout(28, 19, 5) if frame.narrow else _Layout(19, 9.5, 5.5)
    places, height = _places(groups, layout)
    axis = _time(plan)
    canvas = Canvas(
        width=frame.width,
        height=height + 24 + 18,
        left=22 if frame.narrow else 330,
        right=22,
        top=18,
        bottom=24,
        x=axis,
        y=Axis(0, height),
        downwards=True,
    )
    today = _clipped(axis, plan.as_of)
    spans = [(top + layout.middle - 7, top + layout.middle + 7) for _, top in places]
    rules = [(0.0, height)] if not frame.narrow else [(0.0, 8.0), *spans]
    layers = [
        strokes(
            canvas,
            [{"x": today, "x2": today, "y": y, "y2": y2} for y, y2 in rules],
            theme.INK,
            dash=(2, 2),
        ),
        labels(
            canvas,
            [{"x": today, "y": 0, "text": f"as of {words.day(plan.as_of)}"}],
            dy=-9,
            align="left" if today < (axis.low + axis.high) / 2 else "right",
        ),
        *_boxes(canvas, axis, places, layout),
        *_whiskers(canvas, axis, places, layout),
        *_names(canvas, groups, places, layout, frame),
    ]
    return compose(canvas, layers)


def _groups(plan: Plan, most: int) -> list[tuple[str, list[Delivery]]]:
    """Split what to sign from what is signed, each as it comes; the largest are kept."""
    largest = sorted(plan.deliveries, key=lambda d: (d.committed, -d.power_it_mw))[:most]
    kept = sorted(largest, key=lambda d: (d.p50, d.name, d.id))
    split = (
        ("To sign", [d for d in kept if not d.committed]),
        ("Signed already", [d for d in kept if d.committed]),
    )
    return [(title, members) for title, members in split if members]


def _places(
    groups: Sequence[tuple[str, list[Delivery]]], layout: _Layout
) -> tuple[list[tuple[Delivery, float]], float]:
    """Give each delivery the upper edge of its row, and the height of all."""
    places: list[tuple[Delivery, float]] = []
    down = 0.0
    for _, members in groups:
        down += layout.head
        for delivery in members:
            places.append((delivery, down))
            down += layout.row
    return places, max(down, layout.row)


def _time(plan: Plan) -> Axis:
    """Span the horizon, and a year before the plan for what is under construction."""
    first = min(moment(plan.horizon.first), _year(plan.as_of)) - 0.75
    return years(first, moment(plan.horizon.last + 1))


def _year(when: date) -> float:
    """Place a day on the time axis."""
    begin = date(when.year, 1, 1)
    return when.year + (when - begin).days / (date(when.year + 1, 1, 1) - begin).days


def _clipped(axis: Axis, when: date | None) -> float:
    """Place a day on the axis, at its edge if it lies beyond; None is beyond its end."""
    return axis.high if when is None else min(max(_year(when), axis.low), axis.high)


def _boxes(
    canvas: Canvas, axis: Axis, places: Sequence[tuple[Delivery, float]], layout: _Layout
) -> Iterator[alt.Chart]:
    waiting: list[Row] = []
    serving: list[Row] = []
    for delivery, top in places:
        begin, end = _clipped(axis, delivery.p50), _clipped(axis, delivery.ends)
        signed = _clipped(axis, delivery.signed or delivery.due)
        middle = top + layout.middle
        bar = {"y": middle - layout.half, "y2": middle + layout.half}
        if signed < begin:
            fill = theme.not_yet(delivery.tenure).light
            waiting.append({**bar, "x": signed, "x2": begin, "fill": fill})
        if begin < end:
            fill = theme.of_tenure(delivery.tenure).light
            serving.append({**bar, "x": begin, "x2": end, "fill": fill})
    if waiting:
        yield bars(canvas, waiting)
    if serving:
        yield bars(canvas, serving)


def _whiskers(
    canvas: Canvas, axis: Axis, places: Sequence[tuple[Delivery, float]], layout: _Layout
) -> Iterator[alt.Chart]:
    rows: list[Row] = []
    for delivery, top in places:
        early, late = _clipped(axis, delivery.p10), _clipped(axis, delivery.p90)
        if early == late:
            continue
        middle = top + layout.middle
        rows.append({"x": early, "x2": late, "y": middle, "y2": middle})
        for end in (early, late):
            rows.append({"x": end, "x2": end, "y": middle - 3, "y2": middle + 3})
    if rows:
        yield strokes(canvas, rows, theme.PAPER, width=3.4)
        yield strokes(canvas, rows, theme.INK, width=1.3)


def _names(
    canvas: Canvas,
    groups: Sequence[tuple[str, list[Delivery]]],
    places: Sequence[tuple[Delivery, float]],
    layout: _Layout,
    frame: Frame,
) -> Iterator[alt.Chart]:
    left = canvas.x.value(0 if frame.narrow else 4 - canvas.left, canvas.plot_width)
    near = canvas.x.value(canvas.plot_width if frame.narrow else -8, canvas.plot_width)
    names: list[Row] = []
    powers: list[Row] = []
    unit = numbers.column((d.power_it_mw for d, _ in places), numbers.POWER)
    for delivery, top in places:
        y = top + (6 if frame.narrow else layout.middle)
        name = words.squeezed(words.name_of(delivery), 33 if frame.narrow else 42)
        names.append({"x": left, "y": y, "text": name})
        power = unit(delivery.power_it_mw) + (f" {unit.unit}" if frame.narrow else "")
        powers.append({"x": near, "y": y, "text": power})
    heads: list[Row] = []
    down = 0.0
    for title, members in groups:
        heads.append({"x": left, "y": down + 12, "text": title})
        down += layout.head + layout.row * len(members)
    yield labels(canvas, names, theme.INK)
    yield labels(canvas, powers, align="right")
    yield labels(canvas, heads, theme.INK, bold=True)
    if not frame.narrow:
        yield labels(canvas, [{"x": near, "y": 0, "text": unit.unit}], align="right", dy=-9)
