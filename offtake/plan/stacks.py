"""Stacks: what may power each site, from which day, as numbers the program can mix.

site ── option ── stretch: supplies that run together, and the share of each quarter they do
└── points: ways to run them (see `dispatch`), by calendar quarter
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.model.period import HOURS_PER_QUARTER, quarters_since
from offtake.model.portfolio import Portfolio
from offtake.model.power import (
    CarbonBasis,
    CleanPurchase,
    PowerOption,
)
from offtake.model.site import Site
from offtake.plan.dispatch import PLAIN, Point, Ways, Weights
from offtake.plan.program import Floats, Ints
from offtake.plan.purchases import made_gwh, offset_kt
from offtake.plan.stretches import Dated, Stretch, cut_up

MILLION = 1e6
NO_OPTION = -1
"""Stands for what a site has without choosing any of its options."""
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
    stretches: tuple[Stretch, ...]
    payers: tuple[Payer, ...]
    firm: Floats
    """[S', 1 + O, T] largest flat load of each such site, without and with each option, MW;
    0 for options of other sites."""
    stretch: Ints
    """[D] stretch of each draw."""
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
    stretches = tuple(
        stretch
        for row in sites
        for number, supplies, bought in _stacked(portfolio.sites[row], row, choices)
        for stretch in cut_up(portfolio, (row, number), supplies, bought, (weights, basis))
    )
    payers = tuple(payer for row in sites for payer in _payers(portfolio.sites[row], row, pools))
    stretch, payer, point = _draws(stretches, payers, len(quarters))
    gaps = [w.gap_share for s in stretches for w in s.ways if w is not None]
    bought, offset, premium = _purchases(portfolio, sites, choices, basis)
    return Power(
        sites=sites,
        choices=choices,
        stretches=stretches,
        payers=payers,
        firm=_firm(sites, choices, stretches, len(quarters)),
        stretch=stretch,
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


def _payers(site: Site, row: int, pools: Sequence[tuple[str, float]]) -> Iterator[Payer]:
    terms: dict[float, list[int]] = {}
    for number, (where, ratio) in enumerate(pools):
        if where == site.id:
            terms.setdefault(ratio, []).append(number)
    for ratio, numbers in terms.items():
        yield Payer(row, ratio, np.array(numbers, np.int64))


def _draws(
    stretches: Sequence[Stretch], payers: Sequence[Payer], periods: int
) -> tuple[Ints, Ints, Objects]:
    """List what each payer may draw of each stretch: [D] stretch, [D] payer, [D, T] point.

    Whoever pays may mix all ways to run. Energy that a rent includes is drawn as the stack
    runs at full load: nobody outside knows what its landlord would choose.
    """
    stretch: list[int] = []
    payer: list[int] = []
    point: list[list[Point | None]] = []
    for number, each in enumerate(stretches):
        for who, pays in enumerate(payers):
            if pays.site != each.site:
                continue
            lists = [_mixed(w, pays.price_ratio > 0) for w in each.ways]
            for slot in range(max(map(len, lists), default=0)):
                stretch.append(number)
                payer.append(who)
                point.append([held[slot] if slot < len(held) else None for held in lists])
    made = np.empty((len(stretch), periods), object)
    for row, held in enumerate(point):
        made[row, :] = held
    return np.array(stretch, np.int64), np.array(payer, np.int64), made


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
    sites: Sequence[int], choices: Sequence[Choice], stretches: Sequence[Stretch], periods: int
) -> Floats:
    """Largest flat load of a site in each quarter, nothing cut off, [S', 1 + O, T] MW."""
    firm = np.zeros((len(sites), 1 + len(choices), periods))
    for stretch in stretches:
        if stretch.whole:
            most = np.array([0.0 if w is None else w.firm_mw for w in stretch.ways])
            firm[sites.index(stretch.site), 1 + stretch.option] += (
                stretch.share / stretch.within * most
            )
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
        offset[at] = offset_kt(site, [p for _, p in held], basis)
    return bought, offset, premium
