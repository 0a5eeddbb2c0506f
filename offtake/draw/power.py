"""How sites are powered: energy by supply, year by year, and the options there were.

TWh        mesa                 fjord
  │     ▄▄▄▄  ▓▓▓▓ wind          ▄▄▄▄
  │     ████  ████ gas     ████  ████
  │ ████████  ████ grid    ████  ████
    2027  2028             2027  2028
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import altair as alt

from offtake.draw import numbers, theme, words
from offtake.draw.keys import Key, keys
from offtake.draw.layout import Frame
from offtake.draw.marks import Axis, Canvas, Row, bars, compose, labels, round_axis, titled
from offtake.draw.numbers import Column
from offtake.draw.power_told import powered
from offtake.draw.theme import Colour
from offtake.model.plan import Plan, PowerYear, SitePower
from offtake.model.power import PowerKind

_FOSSIL = (PowerKind.GAS_TURBINE, PowerKind.FUEL_CELL)
_KINDS: tuple[tuple[str, Colour, tuple[PowerKind, ...]], ...] = (
    ("grid", theme.POWER_GRID, (PowerKind.GRID,)),
    ("gas", theme.POWER_GAS, _FOSSIL),
    ("steady, clean", theme.POWER_STEADY, (PowerKind.HYDRO, PowerKind.NUCLEAR)),
    ("wind", theme.POWER_WIND, (PowerKind.WIND,)),
    ("sun", theme.POWER_SUN, (PowerKind.SOLAR,)),
)
"""What is told apart in the figure, from the ground up; what is left is steady and clean."""
_WIDTH = 0.42
_GAP = 0.5
"""Room between two sites, in bars."""


@dataclass(frozen=True, slots=True)
class _Bar:
    """One year of one site, and where it stands."""

    at: float
    site: SitePower
    year: PowerYear


def _places(sites: list[SitePower]) -> list[_Bar]:
    found: list[_Bar] = []
    at = 0.0
    for site in sites:
        for year in site.by_year:
            found.append(_Bar(at, site, year))
            at += 1.0
        at += _GAP
    return found


def draw(plan: Plan, frame: Frame) -> alt.LayerChart:
    """Draw a bar for each year of each site, stacked by kind of supply."""
    places = _places(powered(plan))
    tops = [sum(bar.year.energy_mwh.values()) for bar in places]
    unit = numbers.column(tops, numbers.ENERGY)
    names = "[" + ",".join(f"'{words.plain(bar.year.year)[:4]}'" for bar in places) + "]"
    ticks = tuple(bar.at for bar in places)
    canvas = Canvas(
        width=frame.width,
        height=230,
        left=38,
        right=96,
        top=26,
        bottom=24,
        x=Axis(
            -_WIDTH - 0.1,
            places[-1].at + _WIDTH + 0.1,
            ticks if len(ticks) <= (8 if frame.narrow else 16) else (),
            words=f"{names}[indexof({list(ticks)},datum.value)]",
        ),
        y=round_axis(0, unit.scaled(max(tops, default=0.0)), wanted=4),
    )
    boxes = [row for bar in places for row in _stacked(bar, unit)]
    layers = [titled(canvas, f"{unit.unit} a year"), bars(canvas, boxes)]
    names_of = list(_names(places, canvas))
    if len(names_of) > 1:
        layers.append(labels(canvas, names_of, theme.INK, bold=True, dy=10))
    return compose(canvas, [*layers, *keys(canvas, list(_ends(boxes)))])


def _stacked(bar: _Bar, unit: Column) -> Iterator[Row]:
    floor = 0.0
    for kind, colour, mwh in _by_kind(bar):
        if mwh > 0:
            ends = {"y": unit.scaled(floor), "y2": unit.scaled(floor + mwh)}
            box: Row = {"x": bar.at - _WIDTH, "x2": bar.at + _WIDTH, **ends}
            yield {**box, "fill": colour.light, "name": kind}
            floor += mwh


def _by_kind(bar: _Bar) -> Iterator[tuple[str, Colour, float]]:
    known = {kind for _, _, kinds in _KINDS for kind in kinds}
    for name, colour, kinds in _KINDS:
        total = 0.0
        for supply, mwh in bar.year.energy_mwh.items():
            kind = bar.site.kinds.get(supply, PowerKind.GRID)
            other = kind not in known and colour is theme.POWER_STEADY
            total += mwh if kind in kinds or other else 0.0
        yield name, colour, total


def _names(places: list[_Bar], canvas: Canvas) -> Iterator[Row]:
    seen: set[str] = set()
    for bar in places:
        if bar.site.site not in seen:
            seen.add(bar.site.site)
            text = words.shortened(words.plain(bar.site.site), 24)
            yield {"x": bar.at - _WIDTH, "y": canvas.y.high, "text": text}


def _ends(boxes: list[Row]) -> Iterator[Key]:
    """Name each kind of supply beside its last bar."""
    for name, colour, _ in _KINDS:
        mine = [row for row in boxes if row["name"] == name]
        if mine:
            yield Key(name, colour, (float(mine[-1]["y"]) + float(mine[-1]["y2"])) / 2)
