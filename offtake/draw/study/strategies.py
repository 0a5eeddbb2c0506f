"""Strategies side by side: what each brings, and what it signs.

              P10   mean    P90             signs ahead, MW IT
Build      ├──────────●───────────┤     ████████████ 1,236
Hybrid          ├───────●──────┤        ██████▒▒▒▒▒▒▒▒▒▒▒▒ 2,704
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt

from offtake.draw import numbers, theme
from offtake.draw.layout import Frame
from offtake.draw.marks import Row, bars, compose, dots, labels, round_axis, strokes
from offtake.draw.numbers import Column
from offtake.draw.study.rows import Rows, rows
from offtake.model.contract import Tenure
from offtake.model.outlook import Outlook
from offtake.model.study import Strategy, Study

_POWERS = 240.0
"""Room for the bars of power beside the strips, on a wide screen."""
_GAP = 34.0
_TOTAL = 44.0
"""Room for the total behind the longest bar; with its unit it takes the other as well."""
_UNIT = 38.0


def draw(study: Study, frame: Frame) -> alt.LayerChart:
    """Draw a strip of net present value and a bar of power for each strategy."""
    assert study.strategies is not None, "the figure is only made of a study that has strategies"
    shown = study.strategies.strategies
    made = [s.plan for s in shown if s.plan is not None]
    values = [v for plan in made for v in _marks(plan)] or [0.0]
    unit = numbers.column(values, numbers.USD)
    axis = round_axis(
        unit.scaled(min(values)), unit.scaled(max(values)), 4 if frame.narrow else 5, zero=False
    )
    right = 26.0 if frame.narrow else _POWERS + _GAP + 8
    placed = rows(
        frame,
        [s.name for s in shown],
        axis,
        row=62.0 if frame.narrow else 46.0,
        left=120,
        right=right,
        top=24,
    )
    layers = [
        placed.named(),
        placed.titled(f"Net present value, {unit.unit}"),
        *_strips(placed, shown, unit),
        *_powers(placed, shown),
    ]
    return compose(placed.canvas, layers)


def _marks(plan: Outlook) -> tuple[float, float, float, float]:
    npv = plan.npv
    return npv.p10_usd, npv.mean_usd, npv.p90_usd, npv.cvar_usd


def _middle(placed: Rows, index: int) -> float:
    """Tell where the strip of a row is centred: on a narrow screen its bar is below it."""
    return placed.middle(index) - (12 if placed.frame.narrow else 0)


def _strips(placed: Rows, shown: Sequence[Strategy], unit: Column) -> Iterator[alt.Chart]:
    boxes: list[Row] = []
    means: list[Row] = []
    tails: list[Row] = []
    told: list[Row] = []
    missing: list[Row] = []
    for index, strategy in enumerate(shown):
        y = _middle(placed, index)
        if strategy.plan is None:
            missing.append({"x": placed.canvas.x.low, "y": y, "text": "no plan keeps the limits"})
            continue
        p10, mean, p90, tail = (unit.scaled(v) for v in _marks(strategy.plan))
        boxes.append({"x": p10, "x2": p90, "y": y - 5, "y2": y + 5})
        means.append({"x": mean, "y": y})
        tails.append({"x": tail, "y": y})
        told.append({"x": mean, "y": y, "text": unit(strategy.plan.npv.mean_usd)})
    canvas = placed.canvas
    if canvas.x.low < 0 < canvas.x.high:
        yield strokes(canvas, _zero(placed, len(shown)), theme.RULE)
    if boxes:
        yield bars(canvas, boxes, theme.ENERGY, radius=2)
        yield dots(canvas, means, theme.INK, size=60)
        yield dots(canvas, tails, theme.ALERT, shape="diamond", size=70)
        yield labels(canvas, told, theme.INK, align="center", dy=-14)
    if missing:
        yield labels(canvas, missing, theme.ALERT)


def _zero(placed: Rows, many: int) -> list[Row]:
    """Give the line at zero; on a narrow screen it is left out where names stand."""
    spans = [(_middle(placed, index) - 10, _middle(placed, index) + 10) for index in range(many)]
    if not placed.frame.narrow:
        spans = [(placed.canvas.y.low, placed.canvas.y.high)]
    return [{"x": 0.0, "x2": 0.0, "y": y, "y2": y2} for y, y2 in spans]


def _powers(placed: Rows, shown: Sequence[Strategy]) -> Iterator[alt.Chart]:
    """Stack what each signs ahead by tenure, in the colours of the tenures."""
    totals = [sum(s.plan.signed_it_mw.values()) if s.plan else 0.0 for s in shown]
    most = max(totals, default=0.0) or 1.0
    narrow = placed.frame.narrow
    begin = 0.0 if narrow else placed.canvas.plot_width + _GAP
    room = placed.canvas.plot_width - _TOTAL - _UNIT if narrow else _POWERS - _TOTAL
    boxes: list[Row] = []
    sums: list[Row] = []
    for index, (strategy, total) in enumerate(zip(shown, totals, strict=True)):
        if strategy.plan is None:
            continue
        y = _middle(placed, index) + (25 if narrow else 0)
        half, place = (5, begin) if narrow else (7, begin)
        for tenure in Tenure:
            power = float(strategy.plan.signed_it_mw.get(tenure, 0.0))
            wide = power / most * room
            if wide > 0:
                ends = {"x": placed.across(place), "x2": placed.across(place + wide)}
                fill = theme.of_tenure(tenure).light
                boxes.append({**ends, "y": y - half, "y2": y + half, "fill": fill})
            place += wide
        text = f"{numbers.power(total)}" if narrow else numbers.power(total).number
        sums.append({"x": placed.across(place + 6), "y": y, "text": text})
    if boxes:
        yield bars(placed.canvas, boxes)
    if sums:
        yield labels(placed.canvas, sums, theme.INK)
    if not narrow:
        head: Row = {"x": placed.across(begin), "y": 0.0, "text": "Signed ahead, MW IT"}
        yield labels(placed.canvas, [head], dy=-12)
