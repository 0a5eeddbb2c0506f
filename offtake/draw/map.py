"""A map of sites: how much is held where, how, and what is not yet built.

    ┌───────────────────────────┐ ┌────────────┐
    │   ◉ ── Port Washington 902 │ │   ◍ Narvik │      a circle's area is MW at the servers;
    │  ◉◍ ── Abilene 1,265       │ │            │      filled is in service, hatched to come
    └───────────────────────────┘ └────────────┘

Sites that lie together share a window of the map; each window has its own scale, written
in kilometres. No tile and no name is fetched from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt

from offtake.draw import holdings as held
from offtake.draw import numbers, theme, words
from offtake.draw.figure import Figure
from offtake.draw.holdings import Holding
from offtake.draw.layout import FULL, Frame, spaced
from offtake.draw.marks import Axis, Canvas, Row, bars, compose, dots, labels, shapes, strokes
from offtake.draw.outlines import KM_PER_DEGREE
from offtake.draw.windows import Window, windows

_LARGEST, _LEAST = 1100.0, 36.0
"""Areas of circles in square pixels: of the largest holding, and the smallest drawn."""
_LINE = 13.0
"""Height of a line of labels."""
_BARS_KM = (100, 200, 500, 1000, 2000, 5000)
_LETTER = 6.4


def figure(holdings: tuple[Holding, ...]) -> Figure[tuple[Holding, ...]]:
    """Give the map of what is held, with its words and its numbers."""
    return Figure(
        key="map",
        title="Where it stands",
        says=held.says(holdings),
        reading="A circle's area is MW at the servers; its colour is how it is held. Filled: in "
        "service. Hatched: not yet. Red edge: behind its date. Small open circles: offered "
        "only. Outlines of countries: Natural Earth.",
        kind="Circles on outlines of countries.",
        table=held.table(holdings),
        draw=draw,
        wide=FULL,
    )


def draw(holdings: Sequence[Holding], frame: Frame) -> alt.LayerChart:
    """Draw what is held on as many windows of the map as it takes."""
    found = windows([h for h in holdings if h.latitude_degrees is not None], frame)
    height = max((w.view.box.top + w.view.box.height for w in found), default=40.0)
    canvas = Canvas(
        width=frame.width,
        height=height,
        left=0,
        right=0,
        top=0,
        bottom=0,
        x=Axis(0, frame.width),
        y=Axis(0, height),
        downwards=True,
    )
    most = max((h.held_it_mw for h in holdings), default=0.0)
    return compose(canvas, _layers(canvas, found, most))


def _layers(canvas: Canvas, found: Sequence[Window], most: float) -> Iterator[alt.Chart]:
    if not found:
        yield labels(canvas, [{"x": 4, "y": 20, "text": "No site has coordinates."}])
        return
    boxes = [w.view.box for w in found]
    yield bars(
        canvas,
        [{"x": b.left, "x2": b.left + b.width, "y": b.top, "y2": b.top + b.height} for b in boxes],
        theme.GROUND,
        radius=4,
    )
    land = [ring for w in found for ring in w.view.land()]
    yield shapes(canvas, [(ring, "") for ring in land], theme.GRID, edge=theme.PAPER)
    placed = [(w, _columns(w)) for w in found]
    lines = [row for w, told in placed for row in _leaders(w, told)]
    yield strokes(canvas, lines, theme.SOFT, width=0.8)
    yield from _circles(canvas, found, most)
    yield labels(canvas, [row for w, told in placed for row in _names(w, told)], theme.INK)
    yield strokes(canvas, [row for w in found for row in _scale_bar(w)], theme.SOFT)
    yield labels(canvas, [_scale_text(w) for w in found], size=10, align="right")


def _circles(canvas: Canvas, found: Sequence[Window], most: float) -> Iterator[alt.Chart]:
    """Draw the largest first, so that none hides another."""
    open_: list[Row] = []
    layers: list[tuple[float, Row, Row | None]] = []
    for window in found:
        for holding, (x, y) in window.placed:
            at: Row = {"x": x, "y": y, "text": told(holding)}
            if holding.held_it_mw <= 0:
                open_.append(at)
                continue
            ring, core = _areas(holding, most)
            edge = theme.ALERT if holding.late_it_mw else theme.of_tenure(holding.tenure)
            hatched = theme.not_yet(holding.tenure).light
            solid = theme.of_tenure(holding.tenure).light
            whole = {**at, "size": ring, "fill": hatched, "stroke": edge.light}
            inner = {**at, "size": core, "fill": solid, "stroke": solid} if core else None
            layers.append((ring, whole, inner))
    held_rows = [row for _, *pair in sorted(layers, key=lambda it: -it[0]) for row in pair if row]
    if open_:
        rows = [{**row, "size": 30.0, "stroke": theme.SOFT.light} for row in open_]
        yield _sized(dots(canvas, rows, theme.PAPER))
    if held_rows:
        paper = theme.PAPER.light
        yield _sized(dots(canvas, [{**row, "fill": paper, "stroke": paper} for row in held_rows]))
        yield _sized(dots(canvas, held_rows))


def _sized(chart: alt.Chart) -> alt.Chart:
    made: alt.Chart = chart.encode(
        size=alt.Size("size:Q", scale=None, legend=None),
        stroke=alt.Stroke("stroke:N", scale=None, legend=None),
        tooltip=alt.Tooltip("text:N", title="Site"),
    )
    return made


def _areas(holding: Holding, most: float) -> tuple[float, float]:
    """Give the areas of the whole and of what is in service, in square pixels.

    What is drawn larger than it is, to be seen at all, keeps its part in service.
    """
    whole = max(holding.held_it_mw / most * _LARGEST, _LEAST)
    return whole, whole * holding.serving_it_mw / holding.held_it_mw


def told(holding: Holding) -> str:
    """Write what a circle stands for: `Narvik: 105 MW IT lease, 0 in service`."""
    if holding.held_it_mw <= 0:
        return f"{holding.name}: {numbers.power(holding.offered_it_mw)} offered"
    whole, serving = numbers.power(holding.held_it_mw), numbers.power(holding.serving_it_mw)
    return f"{holding.name}: {whole} {holding.tenure.value}, {serving} in service"


def _columns(window: Window) -> list[tuple[str, float, tuple[float, float]]]:
    """Give the labels of a window: text, its place down the window, and the mark it names."""
    largest: dict[str, tuple[Holding, tuple[float, float]]] = {}
    power: dict[str, float] = {}
    for holding, place in window.placed:
        power[holding.site] = power.get(holding.site, 0.0) + holding.held_it_mw
        largest.setdefault(holding.site, (holding, place))
    box = window.view.box
    most = max(int((box.height - 24) / _LINE), 1)
    kept = sorted(largest, key=lambda site: -power[site])[:most]
    kept.sort(key=lambda site: largest[site][1][1])
    wanted = [largest[site][1][1] for site in kept]
    low, high = box.top + 10, box.top + box.height - 14
    places = spaced(wanted, _LINE, low, high)
    letters = int((box.left + box.width - window.labels_at - 4) / _LETTER)
    named = []
    for site, y in zip(kept, places, strict=True):
        holding, place = largest[site]
        amount = f" {numbers.power(power[site]).number}" if power[site] else ""
        named.append((_short(holding.name, letters - len(amount)) + amount, y, place))
    return named


def _short(name: str, most: int) -> str:
    """Shorten a name: what stands in brackets goes first."""
    return words.squeezed(name if len(name) <= most else name.partition(" (")[0], most)


def _leaders(
    window: Window, told: Sequence[tuple[str, float, tuple[float, float]]]
) -> Iterator[Row]:
    near = window.labels_at
    for _, y, (x, mark_y) in told:
        yield {"x": x, "x2": near - 8, "y": mark_y, "y2": y}
        yield {"x": near - 8, "x2": near - 3, "y": y, "y2": y}


def _names(window: Window, told: Sequence[tuple[str, float, tuple[float, float]]]) -> Iterator[Row]:
    for text, y, _ in told:
        yield {"x": window.labels_at, "y": y, "text": text}


def _bar(window: Window) -> tuple[int, float]:
    """Choose a round length that takes up to a third of the window: kilometres, pixels."""
    view = window.view
    per_km = view.pixels_per_degree / KM_PER_DEGREE
    fits = [km for km in _BARS_KM if km * per_km <= view.box.width / 3] or [_BARS_KM[0]]
    return fits[-1], fits[-1] * per_km


def _scale_bar(window: Window) -> Iterator[Row]:
    _, length = _bar(window)
    box = window.view.box
    x, y = box.left + 8, box.top + box.height - 8
    yield {"x": x, "x2": x + length, "y": y, "y2": y}
    for end in (x, x + length):
        yield {"x": end, "x2": end, "y": y - 3, "y2": y}


def _scale_text(window: Window) -> Row:
    km, length = _bar(window)
    box = window.view.box
    return {
        "x": box.left + 8 + length,
        "y": box.top + box.height - 16,
        "text": f"{km:,} km",
    }
