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
from offtake.draw.numbers import NOTHING, Column
from offtake.draw.tables import Table
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


def powered(plan: Plan) -> list[SitePower]:
    """List the sites with a stack that use any energy, the largest user first."""
    return sorted(
        (site for site in plan.power if _used(site) > 0), key=lambda site: (-_used(site), site.site)
    )


def _used(site: SitePower) -> float:
    return sum(year.load_mwh for year in site.by_year)


def says(plan: Plan) -> str:
    """Tell which option every site with options takes, and what else would cost."""
    return " ".join(sentence for site in plan.power for sentence in sentences(site))


def sentences(site: SitePower) -> Iterator[str]:
    """Tell of one site: what is taken and why, then its carbon by both methods."""
    yield f"{words.plain(site.site)}: {words.sentence(site.why)}"
    used = _used(site)
    if used > 0:
        location = sum(year.carbon_t_co2 for year in site.by_year)
        market = sum(year.carbon_market_t_co2 for year in site.by_year)
        last = site.by_year[-1]
        clean, hourly = numbers.share(last.clean_share), numbers.share(last.hourly_clean_share)
        yield (
            f"Its {numbers.energy(used)} emit {numbers.carbon(location)} by location and "
            f"{numbers.carbon(market)} by contract; in {words.plain(last.year)} {clean} of them "
            f"are carbon-free by the year and {hourly} in the hour they are used."
        )


def energy(plan: Plan) -> Table:
    """Give the energy of each supply by site and year, with carbon and clean shares."""
    sites = powered(plan)
    unit = numbers.column((mwh for s in sites for mwh in _amounts(s)), numbers.ENERGY)
    carbon = numbers.column(
        (y.carbon_t_co2 for site in sites for y in site.by_year), numbers.CARBON
    )
    money = numbers.column((y.energy_cash_usd for s in sites for y in s.by_year), numbers.USD)
    rows = [
        (
            words.plain(site.site),
            words.plain(year.year),
            _by_supply(year, unit),
            unit(year.load_mwh),
            numbers.count(year.firm_facility_mw),
            carbon(year.carbon_t_co2),
            carbon(year.carbon_market_t_co2),
            str(numbers.share(year.clean_share)),
            str(numbers.share(year.hourly_clean_share)),
            money(year.energy_cash_usd),
        )
        for site in sites
        for year in site.by_year
    ]
    return Table(
        caption=f"Modelled, mean: energy of sites with a stack, {unit.unit}; carbon by location "
        f"and by contract, {carbon.unit}; paid by the lab for power, {money.unit}",
        head=(
            *("Site", "Year", "By supply", "Used", "Firm MW at the meter"),
            *("Carbon", "By contract", "Clean", "By the hour", "Paid"),
        ),
        rows=tuple(rows),
        texts=frozenset({0, 1, 2}),
    )


def _amounts(site: SitePower) -> Iterator[float]:
    for year in site.by_year:
        yield year.load_mwh
        yield from year.energy_mwh.values()


def _by_supply(year: PowerYear, unit: Column) -> str:
    found = [(name, mwh) for name, mwh in year.energy_mwh.items() if mwh > 0]
    told = [f"{words.plain(name)} {unit(mwh)}" for name, mwh in found]
    return ", ".join(told) or NOTHING


def choices(plan: Plan) -> Table:
    """Give the options of every site, and what the plan would gain or lose with each."""
    many = len([site for site in plan.power if site.choices]) > 1
    return Table(
        caption="Modelled: options of power; what the objective would gain with each instead, all "
        "that is signed held, and what it costs beside energy",
        head=("Option", "Instead", "Fixed cost"),
        rows=tuple(
            (
                f"{words.plain(site.site)}: {words.plain(choice.name)}"
                if many
                else words.plain(choice.name),
                "taken" if choice.taken else str(numbers.usd(choice.gain_usd, signed=True)),
                str(numbers.usd(choice.cost_usd)),
            )
            for site in plan.power
            for choice in site.choices
        ),
    )


# ------------------------------------------------------------------ the figure


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
