"""Stacks: what may power each site, from which day, as numbers the program can mix.

    site ── option ── part: supplies that run together, and the share of each quarter they do
                       └── points: ways to run them (see `dispatch`), by calendar quarter

A part ends where a supply comes or goes. Where a supply may be cut off for some hours, the
same days give two parts: one with it, and one without it for the share of hours it is out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from offtake.model.period import HOURS_PER_QUARTER, Quarter, quarters_since
from offtake.model.portfolio import Portfolio
from offtake.model.power import (
    MONTHS_PER_YEAR,
    CarbonBasis,
    CleanPurchase,
    PowerKind,
    PowerOption,
    PowerSupply,
    Profile,
)
from offtake.model.site import Site
from offtake.plan.dispatch import PLAIN, Plant, Point, Stack, Store, Ways, Weights, ways
from offtake.plan.program import Floats, Ints

MILLION = 1e6
NO_OPTION = -1
"""Stands for what a site has without choosing any of its options."""
MONTHS_PER_QUARTER = 3
TINY = 1e-9
DEAR_CARBON = (100.0, 400.0)
"""USD a tonne at which further ways to run are sought where carbon is limited."""
DEAR_CLEAN = (40.0, 200.0)
"""USD a MWh of clean energy, where its share is limited."""
GRID_PRICES = (0.6, 1.6)
"""Ratios of the grid's price at which further ways are sought where that price moves."""
ACCOUNTS = ("load", "grid_cost", "other_cost", "location", "market", "grid", "clean", "matched")
"""What a point brings in a quarter: MW, M USD, M USD, kt, kt, GWh, GWh, GWh."""

Objects = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Part:
    """Supplies that run together at a site under one option, and when they do."""

    site: int
    option: int
    """Index into all options; `NO_OPTION` without one."""
    share: Floats
    """[T] share of each quarter."""
    within: float
    """Share of the hours of those days it holds in: below 1 where supplies may be cut off."""
    whole: bool
    """Whether nothing is cut off."""
    names: tuple[str, ...]
    """Supplies without storage, in the order points tell them."""
    ways: tuple[Ways | None, ...]
    """[T]"""


@dataclass(frozen=True, slots=True)
class Payer:
    """Work at a site whose energy is paid for on the same terms."""

    site: int
    price_ratio: float
    """What the lab pays over what the energy costs; 0 where the rent includes it."""
    pools: Ints


@dataclass(frozen=True, slots=True)
class Choice:
    """A power option as money and energy by quarter."""

    site: int
    option: PowerOption
    invested: Floats
    """[T] M USD of capital expenditure."""
    running: Floats
    """[T] M USD."""
    residual: float
    """M USD left at the end of the horizon."""


@dataclass(frozen=True, slots=True)
class Power:
    """Everything about stacks that is known before the first variable is made."""

    sites: tuple[int, ...]
    """Rows of the portfolio's sites that have a stack."""
    choices: tuple[Choice, ...]
    parts: tuple[Part, ...]
    payers: tuple[Payer, ...]
    firm: Floats
    """[S', 1 + O, T] largest flat load of each such site, without and with each option, MW;
    0 for options of other sites."""
    part: Ints
    """[D] part of each draw."""
    payer: Ints
    """[D] payer of each draw."""
    point: Objects
    """[D, T] the `Point` of each draw; None where there is none."""
    account: dict[str, Floats]
    """[D, T] what a whole quarter of a draw brings, by `ACCOUNTS`."""
    bought: Floats
    """[S', 1 + O, T] GWh of clean energy bought elsewhere, without option, and more by option."""
    offset: Floats
    """[S'] kt of market-based carbon one GWh of it takes away."""
    premium: Floats
    """[S', T] M USD paid for what is bought at sites whatever option is chosen."""
    gap_share: float
    """By how much the cost of energy may be overstated, over a stack's cost at full load."""

    @property
    def there(self) -> bool:
        """Whether any site has a stack."""
        return bool(self.sites)

    @property
    def fixed(self) -> Floats:
        """What is paid for power whatever is decided, [T] M USD."""
        total: Floats = self.premium.sum(axis=0)
        return total

    @property
    def is_bought(self) -> bool:
        """Whether any clean energy is bought elsewhere."""
        return bool(self.bought.any())


def compile_power(portfolio: Portfolio, pools: Sequence[tuple[str, float]]) -> Power:
    """Work out the stacks of a portfolio; without any there is nothing in it.

    Args:
        portfolio: with the stacks, and with what limits them.
        pools: for each pool its site, and what the lab pays over what its energy costs.
    """
    sites = tuple(row for row, site in enumerate(portfolio.sites) if site.has_stack)
    quarters = portfolio.horizon.quarters
    choices = tuple(
        _choice(portfolio, row, option)
        for row in sites
        for option in portfolio.sites[row].power_options
    )
    weights, basis = _weights(portfolio), portfolio.carbon_basis
    parts = tuple(
        part
        for row in sites
        for number, supplies, bought in _stacked(portfolio.sites[row], row, choices)
        for part in _parts(portfolio, (row, number), supplies, bought, (weights, basis))
    )
    payers = tuple(payer for row in sites for payer in _payers(portfolio.sites[row], row, pools))
    part, payer, point = _draws(parts, payers, len(quarters))
    gaps = [w.gap_share for p in parts for w in p.ways if w is not None]
    bought, offset, premium = _purchases(portfolio, sites, choices, basis)
    return Power(
        sites=sites,
        choices=choices,
        parts=parts,
        payers=payers,
        firm=_firm(sites, choices, parts, len(quarters)),
        part=part,
        payer=payer,
        point=point,
        account=_accounts(point),
        bought=bought,
        offset=offset,
        premium=premium,
        gap_share=max(gaps, default=0.0),
    )


def _weights(portfolio: Portfolio) -> tuple[Weights, ...]:
    """Choose by what ways to run are sought: price, and whatever the portfolio limits."""
    limits, process = portfolio.limits, portfolio.uncertainty.electricity_price
    moves = process.per_root_year > 0 or process.start_ratio != 1 or any(
        s.electricity_price_ratio != 1 for s in portfolio.uncertainty.scenarios
    )  # fmt: skip
    found = [PLAIN]
    if moves:
        found += [Weights(grid_price_ratio=ratio) for ratio in GRID_PRICES]
    if limits.carbon_t_co2:
        found += [Weights(location_usd_per_t=usd) for usd in DEAR_CARBON]
    if limits.carbon_market_t_co2:
        found += [Weights(market_usd_per_t=usd) for usd in DEAR_CARBON]
    if limits.least_clean_share or limits.least_hourly_clean_share:
        found += [Weights(clean_usd_per_mwh=usd) for usd in DEAR_CLEAN]
    return tuple(found)


Dated = tuple[PowerSupply, date | None]
"""A supply and the day it comes at the earliest."""


def _stacked(
    site: Site, row: int, choices: Sequence[Choice]
) -> Iterator[tuple[int, tuple[Dated, ...], tuple[CleanPurchase, ...]]]:
    """Yield (option, supplies, purchases) of a site, without an option and with each."""
    own: tuple[Dated, ...] = tuple((s, s.available) for s in site.supplies)
    yield NO_OPTION, own, site.purchases
    for number, choice in enumerate(choices):
        if choice.site == row:
            more = tuple(
                (s, s.available or choice.option.available) for s in choice.option.supplies
            )
            yield number, (*own, *more), (*site.purchases, *choice.option.purchases)


def _choice(portfolio: Portfolio, row: int, option: PowerOption) -> Choice:
    """Spread the money of an option over the quarters of the plan.

    Capital expenditure is drawn evenly up to the day it is available; what should have been
    drawn before the plan begins is drawn in its first quarter. What is left at the end is
    written off in a straight line over its life, counted from that day.
    """
    quarters = portfolio.horizon.quarters
    periods = len(quarters)
    edges = np.arange(periods + 1, dtype=float)
    due = quarters_since(quarters[0], option.available)
    length = max(float(option.capex_quarters), TINY)
    passed = np.clip((edges - due + option.capex_quarters) / length, 0.0, 1.0)
    passed[0] = 0.0
    invested = np.diff(passed) * option.capex_usd / MILLION
    lived = max(periods - due, 0.0)
    life = max(option.capex_life_quarters, 1)
    running = np.diff(np.clip(edges - due, 0.0, None)) * option.running_usd_per_year / 4 / MILLION
    for purchase in option.purchases:
        running = running + made_gwh(portfolio, purchase) * purchase.premium_usd_per_mwh / 1e3
    return Choice(
        site=row,
        option=option,
        invested=invested,
        running=running,
        residual=float(invested.sum()) * max(1.0 - lived / life, 0.0),
    )


def share_of(quarters: Sequence[Quarter], begin: date | None, end: date | None) -> Floats:
    """Share of each quarter's days from `begin` on and before `end`, [T]."""
    edges = np.arange(len(quarters) + 1, dtype=float)
    first = quarters_since(quarters[0], begin) if begin is not None else -np.inf
    last = quarters_since(quarters[0], end) if end is not None else np.inf
    share: Floats = np.diff(np.clip(edges, first, max(first, last)))
    return share


def _parts(
    portfolio: Portfolio,
    where: tuple[int, int],
    supplies: Sequence[Dated],
    bought: Sequence[CleanPurchase],
    by: tuple[tuple[Weights, ...], CarbonBasis | None],
) -> Iterator[Part]:
    """Cut the horizon where supplies come and go, and hours where one may be cut off."""
    quarters = portfolio.horizon.quarters
    days = {day for s, comes in supplies for day in (comes, s.until) if day is not None}
    days |= {day for p in bought for day in (p.available, p.until) if day is not None}
    edges: list[date | None] = [None, *sorted(days), None]
    cache: dict[tuple[object, ...], Ways] = {}
    for begin, end in pairwise(edges):
        share = share_of(quarters, begin, end)
        if not share.any():
            continue
        here = [s for s, comes in supplies if _holds(comes, s.until, begin)]
        held = [p for p in bought if _holds(p.available, p.until, begin)]
        for within, running in _conditions(here):
            plain = [s for s in running if s.kind is not PowerKind.BATTERY]
            found = []
            for t, quarter in enumerate(quarters):
                key = (tuple(map(id, running)), tuple(map(id, held)), quarter.quarter)
                if share[t] > 0 and plain and key not in cache:
                    cache[key] = ways(_stack(portfolio, running, held, quarter, by[1]), by[0])
                found.append(cache.get(key) if share[t] > 0 else None)
            if plain:
                whole = len(running) == len(here)
                names = tuple(s.name for s in plain)
                yield Part(*where, share * within, within, whole, names, tuple(found))


def _holds(comes: date | None, goes: date | None, begin: date | None) -> bool:
    """Whether something is there from a day on (None: from the start)."""
    if comes is not None and (begin is None or comes > begin):
        return False
    return goes is None or begin is None or goes > begin


def _conditions(
    supplies: Sequence[PowerSupply],
) -> Iterator[tuple[float, list[PowerSupply]]]:
    """Yield (share of hours, what runs): all, then without what may be cut off that long.

    Supplies that may be cut off are cut together: the one with the least hours is out only
    while the others are out too.
    """
    cuts = sorted({s.curtailed_share for s in supplies if s.curtailed_share > 0})
    if not cuts:
        yield 1.0, list(supplies)
        return
    yield 1.0 - cuts[-1], list(supplies)
    for low, high in pairwise([0.0, *cuts]):
        yield high - low, [s for s in supplies if s.curtailed_share < high]


def _stack(
    portfolio: Portfolio,
    supplies: Sequence[PowerSupply],
    bought: Sequence[CleanPurchase],
    quarter: Quarter,
    basis: CarbonBasis | None,
) -> Stack:
    """Write supplies as the dispatch sees them, in the hours of one calendar quarter."""
    profiles = {p.id: p for p in portfolio.profiles}
    used = [n for s in supplies for n in (s.profile, s.price_profile, s.carbon_profile) if n]
    used += [p.profile for p in bought if p.profile]
    stores = tuple(_battery(s) for s in supplies if s.kind is PowerKind.BATTERY)
    days = max((profiles[n].days_a_month for n in used), default=1 if stores else 0)
    hours = days * MONTHS_PER_QUARTER * 24 or 1

    def by_hour(name: str | None) -> Floats:
        return np.ones(hours) if name is None else shape(profiles[name], quarter, days)

    attributes = np.zeros(hours)
    for each in bought:
        attributes = attributes + float(each.power_facility_mw) * by_hour(each.profile)

    def plant(supply: PowerSupply) -> Plant:
        location, market = _factor(supply, basis)
        carbon = by_hour(supply.carbon_profile)
        return Plant(
            name=supply.name,
            power_mw=float(supply.power_facility_mw or 0.0),
            output=tuple(by_hour(supply.profile)),
            price=tuple(supply.energy_usd_per_mwh * by_hour(supply.price_profile)),
            location=tuple(location * carbon),
            market=tuple(market * carbon),
            clean=supply.clean,
            grid=supply.kind is PowerKind.GRID,
        )

    plants = tuple(plant(s) for s in supplies if s.kind is not PowerKind.BATTERY)
    return Stack(plants, stores, tuple(attributes), hours)


def _battery(supply: PowerSupply) -> Store:
    return Store(
        name=supply.name,
        power_mw=float(supply.power_facility_mw or 0.0),
        energy_mwh=float(supply.energy_mwh or 0.0),
        round_trip=float(supply.round_trip_share or 1.0),
        price=supply.energy_usd_per_mwh,
    )


def _factor(supply: PowerSupply, basis: CarbonBasis | None) -> tuple[float, float]:
    """Carbon in g/kWh, location- and market-based; as stated where no basis is common."""
    on = basis if basis is not None else supply.carbon_basis
    location, market = supply.carbon(on), supply.carbon_market(on)
    stated = supply.carbon_g_per_kwh
    return stated if location is None else location, stated if market is None else market


def shape(profile: Profile, quarter: Quarter, days: int) -> Floats:
    """Give the hours of a calendar quarter, each month with `days` days.

    A profile with one day a month repeats it beside one with more.
    """
    held = np.array(profile.hourly_ratio).reshape(MONTHS_PER_YEAR, -1, 24)
    months = held[MONTHS_PER_QUARTER * (quarter.quarter - 1) :][:MONTHS_PER_QUARTER]
    return np.broadcast_to(months, (MONTHS_PER_QUARTER, days, 24)).ravel()


def _payers(site: Site, row: int, pools: Sequence[tuple[str, float]]) -> Iterator[Payer]:
    terms: dict[float, list[int]] = {}
    for number, (where, ratio) in enumerate(pools):
        if where == site.id:
            terms.setdefault(ratio, []).append(number)
    for ratio, numbers in terms.items():
        yield Payer(row, ratio, np.array(numbers, np.int64))


def _draws(
    parts: Sequence[Part], payers: Sequence[Payer], periods: int
) -> tuple[Ints, Ints, Objects]:
    """List what each payer may draw of each part: [D] part, [D] payer, [D, T] point.

    Whoever pays may mix all ways to run. Energy that a rent includes is drawn as the stack
    runs at full load: nobody outside knows what its landlord would choose.
    """
    part: list[int] = []
    payer: list[int] = []
    point: list[list[Point | None]] = []
    for number, each in enumerate(parts):
        for who, pays in enumerate(payers):
            if pays.site != each.site:
                continue
            lists = [_mixed(w, pays.price_ratio > 0) for w in each.ways]
            for slot in range(max(map(len, lists), default=0)):
                part.append(number)
                payer.append(who)
                point.append([held[slot] if slot < len(held) else None for held in lists])
    made = np.empty((len(part), periods), object)
    for row, held in enumerate(point):
        made[row, :] = held
    return np.array(part, np.int64), np.array(payer, np.int64), made


def _mixed(found: Ways | None, pays: bool) -> tuple[Point, ...]:
    if found is None or not found.points:
        return ()
    return found.points if pays else found.points[found.plain_count - 1 : found.plain_count]


def _accounts(point: Objects) -> dict[str, Floats]:
    """Give what a quarter of each draw brings, [D, T] each."""
    money, gwh = HOURS_PER_QUARTER / MILLION, HOURS_PER_QUARTER / 1e3
    scale = {
        "load": (1.0, "load_mw"),
        "grid_cost": (money, "grid_usd_per_h"),
        "other_cost": (money, "other_usd_per_h"),
        "location": (HOURS_PER_QUARTER / 1e6, "location_kg_per_h"),
        "market": (HOURS_PER_QUARTER / 1e6, "market_kg_per_h"),
        "grid": (gwh, "grid_mw"),
        "clean": (gwh, "clean_mw"),
        "matched": (gwh, "matched_mw"),
    }
    found = {}
    for name in ACCOUNTS:
        ratio, field = scale[name]
        held = [0.0 if p is None else ratio * getattr(p, field) for p in point.ravel()]
        found[name] = np.array(held, float).reshape(point.shape)
    return found


def _firm(
    sites: Sequence[int], choices: Sequence[Choice], parts: Sequence[Part], periods: int
) -> Floats:
    """Largest flat load of a site in each quarter, nothing cut off, [S', 1 + O, T] MW."""
    firm = np.zeros((len(sites), 1 + len(choices), periods))
    for part in parts:
        if part.whole:
            most = np.array([0.0 if w is None else w.firm_mw for w in part.ways])
            firm[sites.index(part.site), 1 + part.option] += part.share / part.within * most
    return firm


def _purchases(
    portfolio: Portfolio,
    sites: Sequence[int],
    choices: Sequence[Choice],
    basis: CarbonBasis | None,
) -> tuple[Floats, Floats, Floats]:
    """Clean energy bought elsewhere [S', 1 + O, T], its carbon [S'] and its price [S', T]."""
    quarters = portfolio.horizon.quarters
    bought = np.zeros((len(sites), 1 + len(choices), len(quarters)))
    offset, premium = np.zeros(len(sites)), np.zeros((len(sites), len(quarters)))
    for at, row in enumerate(sites):
        site = portfolio.sites[row]
        held = [(0, p) for p in site.purchases]
        held += [
            (1 + number, p)
            for number, choice in enumerate(choices)
            for p in choice.option.purchases
            if choice.site == row
        ]
        for column, purchase in held:
            made = made_gwh(portfolio, purchase)
            bought[at, column] += made
            if column == 0:
                premium[at] += made * purchase.premium_usd_per_mwh / 1e3
        offset[at] = _offset(site, [p for _, p in held], basis)
    return bought, offset, premium


def made_gwh(portfolio: Portfolio, purchase: CleanPurchase) -> Floats:
    """Energy a purchase makes in each quarter, [T] GWh."""
    quarters = portfolio.horizon.quarters
    whole = float(purchase.power_facility_mw) * HOURS_PER_QUARTER / 1e3
    share = share_of(quarters, purchase.available, purchase.until)
    if purchase.profile is None:
        return whole * share
    profile = next(p for p in portfolio.profiles if p.id == purchase.profile)
    mean = [shape(profile, q, profile.days_a_month).mean() for q in quarters]
    made: Floats = whole * share * np.array(mean)
    return made


def _offset(site: Site, purchases: Sequence[CleanPurchase], basis: CarbonBasis | None) -> float:
    """Market-based carbon that one GWh bought takes away, in kt.

    Where grids or purchases differ, the cleanest grid and the dirtiest purchase count.
    """
    grids = [_factor(s, basis)[1] for s in site.any_supplies if s.kind is PowerKind.GRID]
    made = [
        p.carbon_g_per_kwh if (factor := p.carbon(basis or p.carbon_basis)) is None else factor
        for p in purchases
    ]
    return max(min(grids) - max(made), 0.0) / 1e3 if grids and made else 0.0
