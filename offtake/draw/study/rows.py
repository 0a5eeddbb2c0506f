"""Rows with a name each, and marks on one scale: what most figures of a study are made of.

Hybrid        ├───────●────────┤       wide: the name stands left of its marks
Lease first      ├────●──┤

On a narrow screen the name stands above its marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from offtake.draw import theme, words
from offtake.draw.layout import Frame
from offtake.draw.marks import Axis, Canvas, Row, labels

_ABOVE = 20.0
"""Room for a name above its marks, on a narrow screen."""
_LETTER = 6.3
"""Width of a letter of a name, in pixels, a little more than most fonts take."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Where each row stands."""

    canvas: Canvas
    frame: Frame
    names: tuple[str, ...]
    height: float
    """Of one row, in pixels."""

    def middle(self, index: int) -> float:
        """Tell where on the y axis the marks of a row are centred."""
        above = _ABOVE if self.frame.narrow else 0.0
        return index * self.height + above + (self.height - above) / 2

    def across(self, pixels: float) -> float:
        """Give the x value so many pixels right of the plot's left edge."""
        return self.canvas.x.value(pixels, self.canvas.plot_width)

    def named(self) -> alt.Chart:
        """Write the names."""
        narrow = self.frame.narrow
        x = self.across(0 if narrow else 4 - self.canvas.left)
        most = int((self.canvas.plot_width if narrow else self.canvas.left - 12) / _LETTER)
        return labels(
            self.canvas,
            [
                {
                    "x": x,
                    "y": index * self.height + 11 if narrow else self.middle(index),
                    "text": words.squeezed(words.plain(name), most),
                }
                for index, name in enumerate(self.names)
            ],
            theme.INK,
        )

    def titled(self, text: str) -> alt.Chart:
        """Write what the x axis shows below its right end."""
        row: Row = {"x": self.canvas.x.high, "y": self.canvas.y.high, "text": text}
        return labels(self.canvas, [row], align="right", dy=36)


def rows(
    frame: Frame,
    names: Sequence[str],
    x: Axis,
    *,
    row: float = 34.0,
    left: float = 150.0,
    right: float = 26.0,
    top: float = 8.0,
) -> Rows:
    """Lay rows out in a frame.

    Args:
        frame: The place the figure has.
        names: A name for each row, from the top.
        x: The scale of the marks.
        row: Height of a row without a name above it.
        left: Room for the names on a wide screen.
        right: Room for labels beyond the plot.
        top: Room above the first row.
    """
    height = row + (_ABOVE if frame.narrow else 0.0)
    canvas = Canvas(
        width=frame.width,
        height=height * len(names) + top + 46,
        left=10 if frame.narrow else left,
        right=right,
        top=top,
        bottom=46,
        x=x,
        y=Axis(0, height * len(names)),
        downwards=True,
    )
    return Rows(canvas, frame, tuple(names), height)
