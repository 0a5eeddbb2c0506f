"""Capacity in service by tenure, against the demand that nobody knows.

M H100e                       ░░░ demand, P10 to P90
  │            ▄▄▄▄▒▒▒───── median
  │     ▄▄▄▄▓▓▓▓▓▓▓▓▓  rent
  │ ▄▄▄▄▓▓▓▓▓▓▓▓▓▓▓▓▓  lease
  │ ████████████████▓  own
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt

from offtake.draw import numbers, reading, theme
from offtake.draw.keys import Key, keys
from offtake.draw.layout import Frame
from offtake.draw.marks import Canvas, Row, area, compose, line, moment, round_axis, titled, years
from offtake.draw.numbers import Column
from offtake.model.contract import Tenure
from offtake.model.plan import Plan

_QUARTER = 0.25


def draw(plan: Plan, frame: Frame) -> alt.LayerChart:
    """Draw capacity by tenure, stacked, in steps of a quarter, with the demand fan over it."""
    lines = plan.by_period
    unit = _unit(plan)
    top = max((max(p.capacity.mean_h100e, p.demand.p90_h100e) for p in lines), default=0.0)
    first, last = plan.horizon.first, plan.horizon.last + 1
    canvas = Canvas(
        width=frame.width,
        height=250 if frame.narrow else 290,
        left=38,
        right=74 if frame.narrow else 92,
        top=26,
        bottom=24,
        x=years(moment(first), moment(last)),
        y=round_axis(0, unit.scaled(top)),
    )
    layers = [titled(canvas, unit.unit)]
    ends: list[Key] = []
    steps: list[Row] = []
    for tenure, floors, tops in _stack(plan):
        colour = theme.of_tenure(tenure)
        steps += [{**row, "fill": colour.light} for row in _stairs(plan, unit, tops, floors)]
        ends.append(Key(tenure.value, colour, unit.scaled((floors[-1] + tops[-1]) / 2)))
    layers.append(area(canvas, steps, steps=True))
    layers += _demand(canvas, plan, unit)
    asked = lines[-1].demand
    ends.append(Key("demand", theme.INK, unit.scaled(asked.p50_h100e), "line"))
    ends.append(Key("P10–P90", theme.FAN, unit.scaled(asked.p90_h100e)))
    signed = [line.committed_h100e for line in lines]
    known = [amount for amount in signed if amount is not None]
    if known and len(known) == len(signed):
        layers.append(
            line(canvas, _stairs(plan, unit, known), theme.INK, steps=True, dash=(3, 3), width=1.2)
        )
        ends.append(Key("signed", theme.INK, unit.scaled(known[-1]), "dashes"))
    layers += keys(canvas, ends)
    return compose(canvas, layers)


def _stack(plan: Plan) -> Iterator[tuple[Tenure, list[float], list[float]]]:
    """Give, for each tenure in use, from where to where it reaches in each quarter."""
    floors = [0.0] * len(plan.by_period)
    splits = [reading.by_tenure(line) for line in plan.by_period]
    for tenure in Tenure:
        parts = [split[tenure] for split in splits]
        if any(parts):
            tops = [low + part for low, part in zip(floors, parts, strict=True)]
            yield tenure, floors, tops
            floors = tops


def _stairs(
    plan: Plan, unit: Column, tops: Sequence[float], floors: Sequence[float] | None = None
) -> list[Row]:
    """Give the corners of a step line, or of a stepped area; the last step gets its width."""
    starts = [moment(line.period) for line in plan.by_period]
    starts.append(starts[-1] + _QUARTER)
    below = floors or [0.0] * len(tops)
    return [
        {"x": x, "y": unit.scaled(top), "y2": unit.scaled(low)}
        for x, top, low in zip(starts, [*tops, tops[-1]], [*below, below[-1]], strict=True)
    ]


def _demand(canvas: Canvas, plan: Plan, unit: Column) -> list[alt.Chart]:
    """Draw the fan from P10 to P90 and the median, each at the middle of its quarter."""
    rows: list[Row] = []
    medians: list[Row] = []
    for period in plan.by_period:
        x, band = moment(period.period) + _QUARTER / 2, period.demand
        rows.append({"x": x, "y": unit.scaled(band.p90_h100e), "y2": unit.scaled(band.p10_h100e)})
        medians.append({"x": x, "y": unit.scaled(band.p50_h100e)})
    return [
        area(canvas, rows, theme.FAN, steps=False, opacity=0.38),
        line(canvas, medians, theme.INK),
    ]


def _unit(plan: Plan) -> Column:
    lines = plan.by_period
    tops = [max(p.capacity.p90_h100e, p.demand.p90_h100e) for p in lines]
    return numbers.column(tops, numbers.H100E)
