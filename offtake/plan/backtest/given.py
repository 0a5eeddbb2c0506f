"""What a backtest gives to both plans alike, carried to an earlier first quarter.

Demand, money and limits are not what is tested: they stay as the portfolio has them. Paths
by quarter that begin later than the earlier plan are carried back at their own first rate
of growth; ratios of named futures stay at their first value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from offtake.model.accelerator import Accelerator
from offtake.model.capital import Limits
from offtake.model.demand import Demand
from offtake.model.period import Quarter
from offtake.model.portfolio import Portfolio
from offtake.model.uncertainty import NamedScenario, PriceProcess, Uncertainty
from offtake.plan.backtest.ledger import Ledger

Number = TypeVar("Number", bound=float)


def carried_back(points: Mapping[Quarter, Number], first: Quarter) -> dict[Quarter, Number]:
    """Begin a path of amounts at an earlier quarter.

    Between its first two points a path grows at a constant rate, v = a·(b/a)^x; before the
    first it is taken to have grown at the same. A path of one point, or through 0, is level.
    """
    known = sorted(points)
    if not known or first >= known[0]:
        return dict(points)
    begins = points[known[0]]
    if len(known) > 1 and begins > 0 and points[known[1]] > 0:
        growth = points[known[1]] / begins
        begins = type(begins)(begins * growth ** ((first - known[0]) / (known[1] - known[0])))
    return {first: begins, **points}


def held_back(points: Mapping[Quarter, Number], first: Quarter) -> dict[Quarter, Number]:
    """Begin a path of ratios at an earlier quarter, at its first value."""
    known = sorted(points)
    if not known or first >= known[0]:
        return dict(points)
    return {first: points[known[0]], **points}


def demand(wanted: Demand, first: Quarter, ledger: Ledger) -> Demand:
    """Give demand from an earlier quarter on."""
    inference = []
    for need in wanted.inference:
        median = carried_back(need.median_h100e, first)
        revenue = carried_back(need.revenue_usd_per_h100e_hour, first)
        if len(median) > len(need.median_h100e):
            path = f"demand.inference.{need.id}"
            why = f"carried back to {first} at its first rate of growth: {median[first]:,.0f} H100e"
            ledger.replace(f"{path}.median_h100e", why)
        inference.append(replace(need, median_h100e=median, revenue_usd_per_h100e_hour=revenue))
    return replace(wanted, inference=tuple(inference))


def accelerators(portfolio: Portfolio, first: Quarter) -> tuple[Accelerator, ...]:
    """Give the accelerators with their prices of the quarter they were meant for."""
    before = portfolio.horizon.first
    return tuple(
        replace(kind, price_quarter=before)
        if before != first and kind.price_usd is not None and kind.price_quarter is None
        else kind
        for kind in portfolio.accelerators
    )


def limits(portfolio: Portfolio, first: Quarter, fewer: bool, ledger: Ledger) -> Limits:
    """Give the limits, their shares not sooner in force than they were meant to be.

    Shares of sellers and vendors are weighed against all that is signed and offered. Where
    some of that falls out (`fewer`) they were written for another portfolio, and fall out too.
    """
    held, before = portfolio.limits, portfolio.horizon.first
    named = [
        name
        for name in ("seller_share", "any_seller_share", "vendor_share")
        if getattr(held, name) not in (None, {})
    ]
    if fewer:
        for name in named:
            why = "weighed against contracts and offers of which some fall out"
            ledger.leave_out(f"limits.{name}", why)
        return replace(held, seller_share={}, any_seller_share=None, vendor_share={})
    if before == first or held.shares_from is not None or not named:
        return held
    return replace(held, shares_from=before)


def uncertainty(held: Uncertainty, first: Quarter, own_law: bool, ledger: Ledger) -> Uncertainty:
    """Give the processes and named futures from an earlier quarter on; delays apart.

    Args:
        held: the portfolio's own.
        first: the first quarter of the plan.
        own_law: whether lateness follows the portfolio's own processes, for which the
            ratios of its named futures were meant.
        ledger: told what changes.
    """
    return replace(
        held,
        rental_price=_price("rental_price", held.rental_price, ledger),
        spot_basis=_price("spot_basis", held.spot_basis, ledger),
        electricity_price=_price("electricity_price", held.electricity_price, ledger),
        scenarios=tuple(_future(story, first, own_law, ledger) for story in held.scenarios),
    )


def _price(name: str, process: PriceProcess, ledger: Ledger) -> PriceProcess:
    """Forget where in its cycle a price stood on a younger day."""
    days = ledger.days(process.provenance)
    if days is None or days.last <= ledger.day:
        return process
    unset = PriceProcess()
    level = replace(
        process,
        start_ratio=unset.start_ratio,
        crest_years=unset.crest_years,
        crest_spread_years=unset.crest_spread_years,
    )
    if level != process:
        ledger.replace(
            f"uncertainty.{name}.start_ratio",
            "where the price stood in its cycle was seen later: it begins on its path",
            days.last,
        )
    return level


def _future(story: NamedScenario, first: Quarter, own_law: bool, ledger: Ledger) -> NamedScenario:
    """Give a named future; where the law is not the portfolio's, without a ratio of its own."""
    ratio = story.delay_ratio if own_law else 1.0
    if story.delay_ratio != ratio:
        ledger.replace(
            f"uncertainty.scenarios.{story.id}.delay_ratio",
            f"{story.delay_ratio:g} set to 1: the law of lateness holds slow and busy times alike",
        )
    return replace(story, delay_ratio=ratio, demand_ratio=held_back(story.demand_ratio, first))
