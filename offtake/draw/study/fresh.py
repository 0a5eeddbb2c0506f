"""The plan in futures it was not made on, against those it was made on.

Mean, 27.9      ├────●────┤   │     │ as in the scenarios it was made on
Worst, 3.9   ├─────●─────┤    │     ● in fresh scenarios, with the 95 % interval
"""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from offtake.draw import numbers, theme
from offtake.draw.layout import Frame
from offtake.draw.marks import Row, bars, compose, dots, labels, round_axis, strokes
from offtake.draw.study import reading
from offtake.draw.study.rows import Rows, rows
from offtake.model.outlook import Estimate
from offtake.model.study import Study


def draw(study: Study, frame: Frame) -> alt.LayerChart:
    """Draw by how much mean, tail and objective miss the plan's own, with their intervals."""
    lines = reading.of_plan(study)
    own = numbers.column((other for *_, other in lines), numbers.USD)
    names = [f"{name}, {own(other)} {own.unit}" for name, _, other in lines]
    apart = [_less(estimate, other or 0.0) for _, estimate, other in lines]
    return _drawn(names, apart, frame, "Fresh less as planned", signed=True)


def rolling(study: Study, frame: Frame) -> alt.LayerChart:
    """Draw the intervals of holding the plan and of revising it."""
    lines = reading.of_rolling(study)[:2]
    return _drawn([n for n, *_ in lines], [e for _, e, _ in lines], frame, "Net present value")


def _less(estimate: Estimate, amount: float) -> Estimate:
    """Give an estimate less an amount that is known."""
    return Estimate(
        mean_usd=estimate.mean_usd - amount,
        low_usd=estimate.low_usd - amount,
        high_usd=estimate.high_usd - amount,
        confidence_share=estimate.confidence_share,
    )


def _drawn(
    names: Sequence[str],
    estimates: Sequence[Estimate],
    frame: Frame,
    what: str,
    *,
    signed: bool = False,
) -> alt.LayerChart:
    """Draw estimates with their intervals, one a row; `signed` ones from zero."""
    values = [v for e in estimates for v in (e.low_usd, e.high_usd, e.mean_usd)]
    unit = numbers.column(values, numbers.USD)
    known = [unit.scaled(v) for v in values]
    placed = rows(frame, names, round_axis(min(known), max(known), 4, zero=signed), row=44)
    boxes: list[Row] = []
    means: list[Row] = []
    for index, estimate in enumerate(estimates):
        y = placed.middle(index) + 4
        low, high = unit.scaled(estimate.low_usd), unit.scaled(estimate.high_usd)
        boxes.append({"x": low, "x2": high, "y": y - 4, "y2": y + 4})
        text = unit(estimate.mean_usd, signed=signed)
        means.append({"x": unit.scaled(estimate.mean_usd), "y": y, "text": text})
    canvas = placed.canvas
    layers = [placed.named(), placed.titled(f"{what}, {unit.unit}")]
    if signed:
        layers.append(strokes(canvas, _zero(placed, len(names)), theme.INK))
    layers += [
        bars(canvas, boxes, theme.FAN, radius=2),
        dots(canvas, means, theme.INK, size=60),
        labels(canvas, means, theme.INK, align="center", dy=-15),
    ]
    return compose(canvas, layers)


def _zero(placed: Rows, many: int) -> list[Row]:
    """Give the line at zero, left out where a name stands on a narrow screen."""
    middles = [placed.middle(index) + 4 for index in range(many)]
    spans = [(y - 9, y + 9) for y in middles]
    if not placed.frame.narrow:
        spans = [(placed.canvas.y.low, placed.canvas.y.high)]
    return [{"x": 0.0, "x2": 0.0, "y": y, "y2": y2} for y, y2 in spans]
