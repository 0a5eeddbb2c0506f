"""What each plan loses to the best in hindsight, story by story: the darker, the more.

              slow   base   boom │ mean  largest
hybrid        0.8    1.7    3.2  │ 2.1   4.0
build         9.7   11.2   ...
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt

from offtake.draw import numbers, theme, words
from offtake.draw.layout import Frame
from offtake.draw.marks import Axis, Canvas, Row, bars, compose, labels
from offtake.draw.numbers import Column
from offtake.draw.study import reading
from offtake.model.study import RegretLine, Study

MOST = 10
"""Plans drawn; the table has all."""
_SHADES = (0.04, 0.16, 0.3, 0.46, 0.62)
"""Opacity of a loss, from nothing to the largest."""
_ROW = 34.0
_HEAD = 40.0


def draw(study: Study, frame: Frame) -> alt.LayerChart:
    """Draw a square for each plan and story, and what it loses in it."""
    assert study.regret is not None, "the figure is only made of a study that has regret"
    lines = study.regret.lines[:MOST]
    told = reading.stories(lines)
    names = [*told, "mean", "largest"]
    above = 20.0 if frame.narrow else 0.0
    height = (_ROW + above) * len(lines)
    canvas = Canvas(
        width=frame.width,
        height=height + _HEAD + 6,
        left=4 if frame.narrow else 130,
        right=4,
        top=_HEAD,
        bottom=6,
        x=Axis(0, len(names)),
        y=Axis(0, height),
        downwards=True,
    )
    unit = numbers.column((v for one in lines for v in reading.losses(one, told)), numbers.USD)
    return compose(canvas, _layers(canvas, frame, lines, names, unit))


def _layers(
    canvas: Canvas, frame: Frame, lines: Sequence[RegretLine], names: Sequence[str], unit: Column
) -> Iterator[alt.Chart]:
    told = names[:-2]
    row = canvas.y.high / max(len(lines), 1)
    known = [v for line in lines for v in reading.losses(line, told) if v is not None]
    top = max(known, default=0.0) or 1.0
    shades: dict[float, list[Row]] = {shade: [] for shade in _SHADES}
    amounts: list[Row] = []
    for index, line in enumerate(lines):
        y = (index + 1) * row - _ROW
        for place, value in enumerate(reading.losses(line, told)):
            amounts.append({"x": place + 0.5, "y": y + _ROW / 2, "text": unit(value)})
            if value is None:
                continue
            shade = _SHADES[min(int(value / top * len(_SHADES)), len(_SHADES) - 1)]
            edge = 0.03 if place < len(told) else 0.08
            shades[shade].append(
                {"x": place + edge, "x2": place + 1 - edge, "y": y + 2, "y2": y + _ROW - 2}
            )
    for shade, boxes in shades.items():
        if boxes:
            yield bars(canvas, boxes, theme.ALERT, radius=2, opacity=shade)
    yield labels(canvas, amounts, theme.INK, align="center")
    wide = int(canvas.plot_width / len(names) / 6.6)
    heads: list[Row] = [
        {"x": place + 0.5, "y": 0.0, "text": words.shortened(words.plain(name), max(wide, 3))}
        for place, name in enumerate(names)
    ]
    yield labels(canvas, heads, align="center", dy=-10)
    unit_at: Row = {"x": 0.0, "y": 0.0, "text": f"Loss, {unit.unit}"}
    yield labels(canvas, [unit_at], dy=-28, dx=4 if frame.narrow else 4 - canvas.left)
    left = 2 if frame.narrow else 4 - canvas.left
    named: list[Row] = [
        {
            "x": canvas.x.value(left, canvas.plot_width),
            "y": index * row + (11 if frame.narrow else _ROW / 2),
            "text": words.squeezed(words.plain(line.plan), 40 if frame.narrow else 19),
        }
        for index, line in enumerate(lines)
    ]
    yield labels(canvas, named, theme.INK)
