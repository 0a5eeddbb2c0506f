"""Where accelerator time goes: a bar for each fleet, stacked by bucket.

 %
100 │ ░░░░  ▒▒▒▒  ████ idle
    │ ▓▓▓▓  ▓▓▓▓  ▓▓▓▓ restart
    │ ████  ████  ████ productive
     16,384 100,000 300,000
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import altair as alt

from offtake.draw import theme, words
from offtake.draw.keys import Key, keys
from offtake.draw.layout import Frame
from offtake.draw.marks import Axis, Canvas, Row, bars, compose, round_axis, titled
from offtake.model.bucket import Bucket

Fleet = tuple[str, Mapping[Bucket, float]]
"""The name of a fleet, and the share of its time in each bucket."""
NAMES: Mapping[Bucket, str] = {
    Bucket.PRODUCTIVE: "productive",
    Bucket.EXPOSED: "waiting in steps",
    Bucket.CAPPED: "power-capped",
    Bucket.CHECKPOINT: "checkpoint",
    Bucket.LOST: "lost work",
    Bucket.RESTART: "restart",
    Bucket.FRAGMENTATION: "waiting for nodes",
    Bucket.IDLE: "idle",
    Bucket.DRAINED: "drained",
    Bucket.DOWN: "down",
}
"""What each bucket is called, from the ground up."""
_WIDTH = 0.36
_LEAST = 5e-4
"""Shares below this are not drawn: they would be thinner than a line."""


def draw(fleets: Sequence[Fleet], frame: Frame) -> alt.LayerChart:
    """Draw a bar for each fleet, each bucket in its colour."""
    names = ",".join(f"'{words.plain(name)}'" for name, _ in fleets)
    ticks = tuple(float(place) for place in range(len(fleets)))
    canvas = Canvas(
        width=frame.width,
        height=280,
        left=38,
        right=136,
        top=26,
        bottom=26,
        x=Axis(-0.6, len(fleets) - 0.4, ticks, words=f"[{names}][datum.value]"),
        y=round_axis(0.0, 100.0, wanted=5),
    )
    boxes = [row for place, fleet in enumerate(fleets) for row in _stacked(place, fleet[1])]
    layers = [titled(canvas, "% of accelerator time"), bars(canvas, boxes)]
    return compose(canvas, [*layers, *keys(canvas, list(_ends(boxes)))])


def _stacked(place: int, shares: Mapping[Bucket, float]) -> Iterator[Row]:
    floor = 0.0
    for bucket, name in NAMES.items():
        share = 100.0 * shares.get(bucket, 0.0)
        if share > 100.0 * _LEAST:
            box: Row = {"x": place - _WIDTH, "x2": place + _WIDTH, "y": floor, "y2": floor + share}
            yield {**box, "fill": theme.of_bucket(bucket).light, "name": name}
        floor += share


def _ends(boxes: Sequence[Row]) -> Iterator[Key]:
    """Name each bucket beside the last bar that has it."""
    for bucket, name in NAMES.items():
        mine = [row for row in boxes if row["name"] == name]
        if mine:
            middle = (float(mine[-1]["y"]) + float(mine[-1]["y2"])) / 2
            yield Key(name, theme.of_bucket(bucket), middle)
