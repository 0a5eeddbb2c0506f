"""What planning for many futures is worth, and what knowing the future would be.

EEV ●──────────▶● RP ─────────────▶● WS
mean-value plan   this plan          knowing the future
"""

from __future__ import annotations

import altair as alt

from offtake.draw import numbers, theme
from offtake.draw.layout import Frame
from offtake.draw.marks import Row, bars, compose, dots, labels, round_axis
from offtake.draw.study import reading
from offtake.draw.study.rows import rows
from offtake.model.study import Study


def draw(study: Study, frame: Frame) -> alt.LayerChart:
    """Draw the objectives of the mean-value plan, of the plan, and of knowing the future."""
    lines = reading.steps(study)
    values = [value for _, value, _ in lines]
    unit = numbers.column(values, numbers.USD)
    known = [unit.scaled(value) for value in values]
    spare = (max(known) - min(known)) * 0.12 or 1.0
    axis = round_axis(min(known) - spare, max(known) + spare, 4, zero=False)
    placed = rows(frame, [name for name, *_ in lines], axis, row=42, left=190, right=88, top=10)
    gains: list[Row] = []
    dotted: list[Row] = []
    told: list[Row] = []
    amounts: list[Row] = []
    for index, (_, value, gain) in enumerate(lines):
        y = placed.middle(index) + 5
        x = unit.scaled(value)
        dotted.append({"x": x, "y": y})
        amounts.append({"x": x, "y": y, "text": unit(value)})
        if gain is not None:
            before = unit.scaled(lines[index - 1][1])
            low, high = sorted((before, x))
            gains.append({"x": low, "x2": high, "y": y - 4, "y2": y + 4})
            told.append({"x": x, "y": y, "text": str(numbers.usd(gain, signed=True))})
    canvas = placed.canvas
    layers = [placed.named(), placed.titled(f"Objective, {unit.unit}")]
    if gains:
        layers.append(bars(canvas, gains, theme.ENERGY, radius=1))
        layers.append(labels(canvas, told, dx=10))
    layers.append(dots(canvas, dotted, theme.INK, size=60))
    layers.append(labels(canvas, amounts, theme.INK, align="center", dy=-14))
    return compose(canvas, layers)
