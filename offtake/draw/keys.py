"""Names at the right end of what they name, moved apart where they would overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import altair as alt

from offtake.draw import theme
from offtake.draw.layout import spaced
from offtake.draw.marks import Canvas, Row, bars, labels, strokes
from offtake.draw.theme import Colour

_GAP = 15.0
_SAMPLE = 9.0


@dataclass(frozen=True, slots=True)
class Key:
    """A name, with a sample of what it names: a box of a fill, or a piece of a line."""

    text: str
    colour: Colour
    at: float
    """Where on the y axis it belongs."""
    sample: Literal["box", "line", "dashes"] = "box"


def keys(canvas: Canvas, ends: Sequence[Key]) -> list[alt.Chart]:
    """Draw the names to the right of the plot."""
    height = canvas.plot_height
    wanted = [height - canvas.y.place(key.at, height) for key in ends]
    places = spaced(wanted, _GAP, 0, height)
    begin, end = _across(canvas, 7), _across(canvas, 7 + _SAMPLE)
    text = _across(canvas, 12 + _SAMPLE)
    boxes: list[Row] = []
    lines: dict[bool, list[Row]] = {False: [], True: []}
    names: list[Row] = []
    for key, place in zip(ends, places, strict=True):
        thick = _SAMPLE / 2 if key.sample == "box" else 0
        ground = {"x": begin, "x2": end, "y": _up(canvas, place - thick)}
        sample: Row = {**ground, "y2": _up(canvas, place + thick)}
        names.append({"x": text, "y": _up(canvas, place), "text": key.text})
        if key.sample == "box":
            boxes.append({**sample, "fill": key.colour.light})
        else:
            lines[key.sample == "dashes"].append({**sample, "stroke": key.colour.light})
    layers = [bars(canvas, boxes, radius=1.5)] if boxes else []
    for dashed, rows in lines.items():
        if rows:
            layers.append(strokes(canvas, rows, width=1.8, dash=(3, 2) if dashed else None))
    return [*layers, labels(canvas, names, theme.INK)]


def _across(canvas: Canvas, beyond: float) -> float:
    """Give the x value that lies so many pixels beyond the plot's right edge."""
    return canvas.x.value(canvas.plot_width + beyond, canvas.plot_width)


def _up(canvas: Canvas, down: float) -> float:
    """Give the y value that lies so many pixels below the plot's upper edge."""
    return canvas.y.value(canvas.plot_height - down, canvas.plot_height)
