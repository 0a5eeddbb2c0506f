"""Own, lease or rent in three figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import altair as alt

from offtake.capital.compare import Answer, Swing, own_usd_per_year
from offtake.capital.ladder import Rung
from offtake.capital.levelised import HOURS_PER_YEAR
from offtake.draw import theme, words
from offtake.draw.keys import Key, keys
from offtake.draw.layout import Frame
from offtake.draw.lending_figures import Drawn
from offtake.draw.marks import (
    Axis,
    Canvas,
    Row,
    bars,
    compose,
    dots,
    labels,
    line,
    round_axis,
    strokes,
    titled,
)
from offtake.draw.study.rows import rows
from offtake.draw.theme import Colour

_COLOURS: Mapping[str, Colour] = {"own": theme.OWN, "lease": theme.LEASE, "rent": theme.RENT}
_RUNGS = 24
"""Prices drawn; the table has all."""


def figures(answer: Answer, found: Sequence[Rung], frame: Frame) -> Iterator[Drawn]:
    """Draw cost by use, what it hangs on, and the ladder where it has a rung."""
    name = words.plain(answer.question.accelerator)
    yield Drawn(
        "use",
        f"What a used hour of {name} costs",
        "A line that falls with use for owning and for a lease, a level one for rent.",
        use(answer, frame),
    )
    yield Drawn(
        "tornado",
        f"What the cost of owning {name} hangs on",
        "A bar for each input, the longest first.",
        tornado(answer, frame),
    )
    if found:
        yield Drawn(
            "ladder",
            f"Prices of {name} by the hour",
            "A dot for each price, the cheapest first, and a line for what owning costs.",
            steps(answer, found, frame),
        )


def use(answer: Answer, frame: Frame) -> alt.LayerChart:
    """Draw what a used hour costs by the share of hours that are used."""
    asked = answer.question
    full = {"own": own_usd_per_year(asked) / HOURS_PER_YEAR}
    if asked.lease_usd_per_gpu_hour is not None:
        full["lease"] = asked.lease_usd_per_gpu_hour
    rent = asked.rent_usd_per_gpu_hour
    shares = [s / 100 for s in range(20, 101, 2)]
    top = max([*(price / shares[0] for price in full.values()), rent or 0.0])
    canvas = Canvas(
        width=frame.width,
        height=230 if frame.narrow else 280,
        left=38,
        right=96,
        top=26,
        bottom=40,
        x=Axis(0.2, 1.0, (0.2, 0.4, 0.6, 0.8, 1.0), ".0%"),
        y=round_axis(0.0, top),
    )
    drawn, ends = [], []
    for name, price in full.items():
        points: list[Row] = [{"x": s, "y": price / s} for s in shares]
        drawn.append(line(canvas, points, _COLOURS[name]))
        ends.append(Key(name, _COLOURS[name], price, "line"))
    if rent is not None:
        drawn.append(line(canvas, [{"x": s, "y": rent} for s in shares], theme.RENT))
        ends.append(Key("rent", theme.RENT, rent, "line"))
    stands: Row = {"x": asked.utilisation_share, "x2": asked.utilisation_share, "y": 0.0}
    words_at: Row = {"x": 1.0, "y": 0.0, "text": "share of hours that are used"}
    layers = [
        titled(canvas, "USD a used hour"),
        strokes(canvas, [stands | {"y2": canvas.y.high}], theme.RULE, dash=(3, 2)),
        *drawn,
        *keys(canvas, ends),
        labels(canvas, [words_at], align="right", dy=34),
    ]
    return compose(canvas, layers)


def tornado(answer: Answer, frame: Frame) -> alt.LayerChart:
    """Draw a bar for each input, from what it gives turned down to what it gives turned up."""
    shown: Sequence[Swing] = answer.swings
    base = answer.sides[0].usd_per_used_hour
    ends = [v for s in shown for v in (s.low_usd_per_used_hour, s.high_usd_per_used_hour)]
    low, high = min([base, *ends]), max([base, *ends])
    spare = (high - low) * 0.12
    placed = rows(
        frame,
        [swing.name for swing in shown],
        round_axis(low - spare, high + spare, 4 if frame.narrow else 6, zero=False),
        left=130,
    )
    boxes: list[Row] = []
    told: dict[bool, list[Row]] = {False: [], True: []}
    for index, swing in enumerate(shown):
        y = placed.middle(index)
        for value, said, colour in (
            (swing.low_usd_per_used_hour, swing.low, theme.PAYMENT),
            (swing.high_usd_per_used_hour, swing.high, theme.REVENUE),
        ):
            first, last = sorted((base, value))
            if last > first:
                box: Row = {"x": first, "x2": last, "y": y - 8, "y2": y + 8}
                boxes.append({**box, "fill": colour.light})
                told[value > base].append({"x": value, "y": y, "text": said})
    stands: Row = {"x": base, "x2": base, "y": placed.canvas.y.low, "y2": placed.canvas.y.high}
    layers = [
        placed.named(),
        placed.titled("USD a used hour of owning"),
        bars(placed.canvas, boxes, radius=1),
        strokes(placed.canvas, [stands], theme.INK),
        labels(placed.canvas, told[True], dx=5),
        labels(placed.canvas, told[False], align="right", dx=-5),
    ]
    return compose(placed.canvas, layers)


def steps(answer: Answer, found: Sequence[Rung], frame: Frame) -> alt.LayerChart:
    """Draw a dot for each price, and lines for what owning costs at full and at planned use."""
    shown = found[:_RUNGS]
    own = own_usd_per_year(answer.question) / HOURS_PER_YEAR
    used = answer.sides[0].usd_per_used_hour
    top = max([used, *(rung.usd_per_gpu_hour for rung in shown)])
    names = [f"{rung.who}, {rung.what}, {rung.observed}" for rung in shown]
    placed = rows(frame, names, round_axis(0.0, top * 1.08), row=22.0, left=300, top=22)
    points: list[Row] = [
        {
            "x": rung.usd_per_gpu_hour,
            "y": placed.middle(index),
            "fill": _COLOURS[rung.kind].light,
        }
        for index, rung in enumerate(shown)
    ]
    ends = {"y": placed.canvas.y.low, "y2": placed.canvas.y.high}
    lines: list[Row] = [{"x": at, "x2": at, **ends} for at in (own, used)]
    told: list[Row] = [
        {"x": own, "y": 0.0, "text": "owned, all hours"},
        {"x": used, "y": 0.0, "text": f"owned, {answer.question.utilisation_share:.0%} of hours"},
    ]
    near = abs(used - own) < (placed.canvas.x.high - placed.canvas.x.low) * 0.2
    layers = [
        placed.named(),
        placed.titled("USD an accelerator-hour; amber: leased, red: rented"),
        strokes(placed.canvas, lines, theme.OWN),
        labels(placed.canvas, told[:1], theme.OWN, align="right" if near else "center", dy=-10),
        labels(placed.canvas, told[1:], theme.OWN, align="left" if near else "center", dy=-10),
        dots(placed.canvas, points),
    ]
    return compose(placed.canvas, layers)
