"""What is always built and what is optional, among plans that are nearly as good.

               always  │ may be
Own    ▓▓▓▓▓▓▓▓▓▓▓▓●▒▒▒▒▒▒▒▒▒           ● the plan
Reserve        ▒▒●▒▒▒▒▒▒▒
"""

from __future__ import annotations

import altair as alt

from offtake.draw import numbers, theme
from offtake.draw.layout import Frame
from offtake.draw.marks import Row, bars, compose, dots, labels, round_axis
from offtake.draw.study import reading
from offtake.draw.study.rows import rows
from offtake.draw.theme import Colour
from offtake.model.contract import Tenure
from offtake.model.study import Study
from offtake.model.what_if import AlternativeRange

_TENURES = frozenset(tenure.value for tenure in Tenure)


def draw(study: Study, frame: Frame) -> alt.LayerChart:
    """Draw the range of each group: solid what every such plan signs, pale what some do."""
    shown = reading.ranges(study)
    most = max((max(r.most_it_mw, r.plan_it_mw) for r in shown), default=0.0) or 1.0
    placed = rows(
        frame,
        [f"{r.group}" + (", always" if r.always else "") for r in shown],
        round_axis(0, most),
        row=24,
        left=190,
        right=26 if frame.narrow else 92,
    )
    sure: list[Row] = []
    maybe: list[Row] = []
    plan: list[Row] = []
    for index, one in enumerate(shown):
        y, colour = placed.middle(index), _colour(one)
        box = {"y": y - 5, "y2": y + 5}
        if one.least_it_mw > 0:
            sure.append({**box, "x": 0.0, "x2": float(one.least_it_mw), "fill": colour.light})
        ends = {"x": float(one.least_it_mw), "x2": float(one.most_it_mw)}
        maybe.append({**box, **ends, "fill": colour.light})
        plan.append({"x": float(one.plan_it_mw), "y": y})
    layers = [
        placed.named(),
        placed.titled("Signed ahead, MW IT"),
        bars(placed.canvas, maybe, radius=1, opacity=0.35),
        *([bars(placed.canvas, sure, radius=1)] if sure else []),
        dots(placed.canvas, plan, theme.INK, size=46),
    ]
    if not frame.narrow:
        told: list[Row] = [
            {"x": max(float(r.most_it_mw), float(r.plan_it_mw)), "y": placed.middle(i),
             "text": _told(r)}
            for i, r in enumerate(shown)
        ]  # fmt: skip
        layers.append(labels(placed.canvas, told, dx=7))
    return compose(placed.canvas, layers)


def _told(one: AlternativeRange) -> str:
    least, most = numbers.power(one.least_it_mw).number, numbers.power(one.most_it_mw).number
    return least if least == most else f"{least} to {most}"


def _colour(one: AlternativeRange) -> Colour:
    """Colour is tenure; what is no tenure is grey."""
    if one.kind == "tenure" and one.group in _TENURES:
        return theme.of_tenure(Tenure(one.group))
    return theme.INVESTMENT
