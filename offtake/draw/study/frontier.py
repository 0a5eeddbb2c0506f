"""What safety costs: the mean of net present value against its tail, plan by plan.

mean │ λ 0
     │  ●──● λ 0.2
     │       ╲
     │        ● λ 0.5         ○ the same plans in fresh scenarios
     └────────────── tail
"""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot

import altair as alt

from offtake.draw import numbers, theme
from offtake.draw.layout import Frame
from offtake.draw.marks import (
    Canvas,
    Row,
    compose,
    dots,
    labels,
    line,
    round_axis,
    strokes,
    titled,
)
from offtake.draw.numbers import Column
from offtake.model.study import FrontierPoint, Study

_SAME = 9.0
"""Dots nearer than this, in pixels, have one name."""


def draw(study: Study, frame: Frame) -> alt.LayerChart:
    """Draw a dot for each weight of the tail, joined where no other plan is better."""
    assert study.frontier is not None, "the figure is only made of a study that has a frontier"
    points = study.frontier.points
    unit = numbers.column((v for p in points for v in _values(p)), numbers.USD)
    tails = [unit.scaled(v) for p in points for v in _tails(p)]
    means = [unit.scaled(v) for p in points for v in _means(p)]
    canvas = Canvas(
        width=frame.width,
        height=300 if frame.narrow else 320,
        left=46,
        right=30,
        top=26,
        bottom=46,
        x=round_axis(min(tails), max(tails), 4, zero=False),
        y=round_axis(min(means), max(means), 4, zero=False),
    )
    return compose(canvas, _layers(canvas, study, points, unit))


def _layers(
    canvas: Canvas, study: Study, points: tuple[FrontierPoint, ...], unit: Column
) -> Iterator[alt.Chart]:
    places = [_place(p, unit) for p in points]
    yield titled(canvas, f"Mean, {unit.unit}")
    below: Row = {"x": canvas.x.high, "y": canvas.y.low, "text": f"Mean of the worst, {unit.unit}"}
    yield labels(canvas, [below], align="right", dy=36)
    fresh = list(_fresh(points, unit))
    if fresh:
        yield strokes(canvas, [row for rows, _ in fresh for row in rows], theme.FAN, width=1)
        yield dots(canvas, [dot for _, dot in fresh], theme.FAN, size=36)
    best = [place for p, place in zip(points, places, strict=True) if not p.dominated]
    best.sort(key=lambda row: float(row["x"]))
    yield line(canvas, best, theme.SOFT, width=1.4)
    yield dots(canvas, best, theme.INK, size=70)
    beaten = [place for p, place in zip(points, places, strict=True) if p.dominated]
    if beaten:
        yield dots(canvas, beaten, theme.RULE, size=70)
    chosen = [
        place
        for p, place in zip(points, places, strict=True)
        if abs(p.risk_share - study.risk_share) < 1e-9
    ]
    if chosen:
        yield dots(canvas, chosen, theme.REVENUE, size=150)
    for (right, up), rows in _labels(canvas, points, places).items():
        dx, dy = (9 if right else -9), (-9 if up else 11)
        yield labels(canvas, rows, theme.INK, align="left" if right else "right", dx=dx, dy=dy)


def _place(point: FrontierPoint, unit: Column) -> Row:
    npv = point.plan.npv
    return {"x": unit.scaled(npv.cvar_usd), "y": unit.scaled(npv.mean_usd)}


def _fresh(points: tuple[FrontierPoint, ...], unit: Column) -> Iterator[tuple[list[Row], Row]]:
    """Give the cross of intervals and the dot of each plan in fresh scenarios."""
    for point in points:
        if point.fresh is None:
            continue
        tail, mean = point.fresh.cvar, point.fresh.mean
        x, y = unit.scaled(tail.mean_usd), unit.scaled(mean.mean_usd)
        cross: list[Row] = [
            {"x": unit.scaled(tail.low_usd), "x2": unit.scaled(tail.high_usd), "y": y, "y2": y},
            {"x": x, "x2": x, "y": unit.scaled(mean.low_usd), "y2": unit.scaled(mean.high_usd)},
        ]
        yield cross, {"x": x, "y": y}


Side = tuple[bool, bool]
"""Whether a name stands to the right of its dot, and above it."""
_SIDES: tuple[Side, ...] = ((True, True), (False, False), (False, True), (True, False))


def _labels(
    canvas: Canvas, points: tuple[FrontierPoint, ...], places: list[Row]
) -> dict[Side, list[Row]]:
    """Name each dot by its λ, on the first side where nothing is named yet.

    Where plans fall together, one name tells them all.
    """
    together: list[tuple[float, float, Row]] = []
    for point, place in zip(points, places, strict=True):
        x = canvas.x.place(float(place["x"]), canvas.plot_width)
        y = canvas.plot_height - canvas.y.place(float(place["y"]), canvas.plot_height)
        same = next((row for px, py, row in together if hypot(px - x, py - y) < _SAME), None)
        if same is not None:
            same["text"] = f"{same['text']}, {point.risk_share:g}"
        else:
            together.append((x, y, {**place, "text": f"λ {point.risk_share:g}"}))
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y, _ in together]
    sides: dict[Side, list[Row]] = {}
    for x, y, row in together:
        wide = len(str(row["text"])) * 6.0
        boxes = {side: _box(x, y, wide, side) for side in _SIDES}
        free = (
            side
            for side, box in boxes.items()
            if box[0] >= -6 and box[2] <= canvas.plot_width + canvas.right and _is_free(box, taken)
        )
        side = next(free, _SIDES[0])
        taken.append(boxes[side])
        sides.setdefault(side, []).append(row)
    return sides


Box = tuple[float, float, float, float]


def _box(x: float, y: float, wide: float, side: Side) -> Box:
    """Give the room a name takes on one side of its dot: left, top, right, bottom."""
    left = x + 9 if side[0] else x - 9 - wide
    top = y - 16 if side[1] else y + 4
    return left, top, left + wide, top + 14


def _is_free(box: Box, taken: list[Box]) -> bool:
    return not any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
        for other in taken
    )


def _tails(point: FrontierPoint) -> list[float]:
    found = [point.plan.npv.cvar_usd]
    if point.fresh is not None:
        found += [point.fresh.cvar.low_usd, point.fresh.cvar.high_usd]
    return found


def _means(point: FrontierPoint) -> list[float]:
    found = [point.plan.npv.mean_usd]
    if point.fresh is not None:
        found += [point.fresh.mean.low_usd, point.fresh.mean.high_usd]
    return found


def _values(point: FrontierPoint) -> list[float]:
    return [*_tails(point), *_means(point)]
