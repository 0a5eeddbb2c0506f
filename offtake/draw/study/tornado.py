"""What the result hangs on: every input turned down and up, the largest swing first.

                       │ base
Demand    20 % lower ▓▓▓▓▓▓▓▓│▒▒▒▒▒▒ 25 % higher     thick: plan held
                       ▬▬▬▬▬▬│▬▬▬▬▬▬▬                thin: planned anew
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt

from offtake.draw import numbers, theme
from offtake.draw.layout import Frame
from offtake.draw.marks import Align, Row, bars, compose, labels, round_axis, strokes
from offtake.draw.numbers import Column
from offtake.draw.study.rows import Rows, rows
from offtake.draw.theme import Colour
from offtake.model.study import Study
from offtake.model.what_if import Bar, Swing, Tornado

MOST = 12
"""Bars drawn; the table has all."""
_SIDES: tuple[tuple[str, Colour], ...] = (("low", theme.PAYMENT), ("high", theme.REVENUE))


def draw(study: Study, frame: Frame) -> alt.LayerChart:
    """Draw a bar for each input, from its worst to its best objective."""
    tornado = study.tornado
    assert tornado is not None, "the figure is only made of a study that has a tornado"
    shown = tornado.bars[:MOST]
    values = [tornado.base_usd, *(v for bar in shown for v in _ends(bar))]
    unit = numbers.column(values, numbers.USD)
    low, high = unit.scaled(min(values)), unit.scaled(max(values))
    spare = 0.0 if frame.narrow else (high - low) * 0.22
    axis = round_axis(low - spare, high + spare, 4 if frame.narrow else 6, zero=False)
    placed = rows(
        frame, [b.lever.name for b in shown], axis, row=34 if frame.narrow else 38, left=225, top=22
    )
    return compose(placed.canvas, _layers(placed, tornado, shown, unit))


def _ends(bar: Bar) -> list[float]:
    known = (s for swing in (bar.low, bar.high) for s in (swing.held_usd, swing.planned_usd))
    return [value for value in known if value is not None]


def _layers(
    placed: Rows, tornado: Tornado, shown: Sequence[Bar], unit: Column
) -> Iterator[alt.Chart]:
    canvas, base = placed.canvas, unit.scaled(tornado.base_usd)
    yield placed.named()
    yield placed.titled(f"Objective, {unit.unit}")
    yield bars(canvas, list(_boxes(placed, shown, unit, base)), radius=1)
    spans = [(placed.middle(i) - 13, placed.middle(i) + 13) for i in range(len(shown))]
    spans = spans if placed.frame.narrow else [(canvas.y.low, canvas.y.high)]
    stands: list[Row] = [{"x": base, "x2": base, "y": y, "y2": y2} for y, y2 in spans]
    yield strokes(canvas, stands, theme.INK)
    said = f"as it stands {unit(tornado.base_usd)}"
    align: Align = "center" if not placed.frame.narrow else "left"
    at = base if not placed.frame.narrow else canvas.x.low
    yield labels(canvas, [{"x": at, "y": 0.0, "text": said}], align=align, dy=-11)
    for right in (False, True):
        told = list(_told(placed, shown, unit, base, right=right))
        if told:
            yield labels(canvas, told, align="left" if right else "right", dx=6 if right else -6)
    if placed.frame.narrow:
        yield labels(canvas, list(_below(placed, shown)), align="right")


def _boxes(placed: Rows, shown: Sequence[Bar], unit: Column, base: float) -> Iterator[Row]:
    """Give, for both ends of each input, the thick bar of the plan held and the thin one."""
    for index, bar in enumerate(shown):
        y = placed.middle(index)
        for side, colour in _SIDES:
            swing: Swing = getattr(bar, side)
            for value, top, bottom in (
                (swing.held_usd, y - 9, y + 3),
                (swing.planned_usd, y + 5, y + 9),
            ):
                if value is not None:
                    ends = sorted((base, unit.scaled(value)))
                    yield {
                        "x": ends[0],
                        "x2": ends[1],
                        "y": top,
                        "y2": bottom,
                        "fill": colour.light,
                    }


def _told(
    placed: Rows, shown: Sequence[Bar], unit: Column, base: float, *, right: bool
) -> Iterator[Row]:
    """Write what an input was turned to at the end of its bar, where there is room."""
    if placed.frame.narrow:
        return
    for index, bar in enumerate(shown):
        reach = {"low": [base], "high": [base]}
        for side, _ in _SIDES:
            swing: Swing = getattr(bar, side)
            known = (swing.held_usd, swing.planned_usd)
            reach[side] += [unit.scaled(v) for v in known if v is not None]
        for side, shown_text in (("low", bar.lever.low_shown), ("high", bar.lever.high_shown)):
            ends = reach[side]
            up = max(ends) - base >= base - min(ends)
            if up is right and len(ends) > 1:
                edge = max(ends) if up else min(ends)
                yield {"x": edge, "y": placed.middle(index) - 3, "text": shown_text}


def _below(placed: Rows, shown: Sequence[Bar]) -> Iterator[Row]:
    """Write what inputs were turned through beside their names, on a narrow screen."""
    for index, bar in enumerate(shown):
        text = f"{bar.lever.low_shown} to {bar.lever.high_shown}"
        yield {"x": placed.canvas.x.high, "y": index * placed.height + 11, "text": text}
