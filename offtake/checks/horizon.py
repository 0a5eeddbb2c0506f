"""What is said by the quarter covers the horizon where it must, and lies inside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offtake.checks.finding import Check, Level
from offtake.checks.walk import fault, is_year
from offtake.errors import Fault
from offtake.model.period import Quarter
from offtake.model.portfolio import Horizon, Portfolio


def _covered(portfolio: Portfolio) -> Iterator[Fault]:
    for path, points, what in _needed(portfolio):
        if not points:
            yield fault("OTK-C250", path, f"{what} has no value at any quarter")
            continue
        first, last = min(points), max(points)
        horizon = portfolio.horizon
        if first > horizon.first or last < horizon.last:
            missing = horizon.first if first > horizon.first else horizon.last
            yield fault(
                "OTK-C250",
                path,
                f"{what} does not cover the horizon, {horizon.first} to {horizon.last}",
                got=f"{first} to {last}" if first < last else str(first),
                hint=f"give a value at {missing}",
            )


def _needed(portfolio: Portfolio) -> Iterator[tuple[str, Mapping[Quarter, Any], str]]:
    """Paths that are read at every quarter."""
    for need in portfolio.demand.inference:
        path = f"demand.inference.{need.id}"
        yield f"{path}.median_h100e", need.median_h100e, "demand"
        revenue = need.revenue_usd_per_h100e_hour
        yield f"{path}.revenue_usd_per_h100e_hour", revenue, "revenue"
    for scenario in portfolio.uncertainty.scenarios:
        if scenario.demand_ratio:
            path = f"uncertainty.scenarios.{scenario.id}.demand_ratio"
            yield path, scenario.demand_ratio, "demand"


def _outside(portfolio: Portfolio) -> Iterator[Fault]:
    horizon = portfolio.horizon
    if horizon.first > horizon.last:
        return
    yield from _limits(portfolio, horizon)
    for job in portfolio.demand.training:
        path = f"demand.training.{job.id}"
        if job.earliest > horizon.last:
            yield _never(f"{path}.earliest", "begins after the horizon", job.earliest)
        elif job.deadline < horizon.first:
            yield _never(f"{path}.deadline", "is over before the horizon", job.deadline)
        elif job.deadline > horizon.last:
            what = f"the deadline lies after the horizon, which ends in {horizon.last}"
            yield fault("OTK-C252", f"{path}.deadline", what, got=str(job.deadline))
    for offer in portfolio.offers:
        path = f"offers.{offer.id}"
        first, last = offer.first_signing or horizon.first, offer.last_signing or horizon.last
        if last < horizon.first:
            yield _never(f"{path}.last_signing", "cannot be signed any more", last)
        elif first > horizon.last:
            yield _never(f"{path}.first_signing", "cannot be signed within the horizon", first)
        elif horizon.last - max(first, horizon.first) < offer.lead_quarters:
            what = f"in service after the horizon at the earliest, which ends in {horizon.last}"
            yield fault("OTK-C251", f"{path}.lead_quarters", what, got=str(offer.lead_quarters))


def _limits(portfolio: Portfolio, horizon: Horizon) -> Iterator[Fault]:
    capital, limits = portfolio.capital, portfolio.limits
    for name in ("investment_limit_usd", "spending_limit_usd", "spending_to_revenue_ratio"):
        for quarter in getattr(capital, name):
            if not horizon.first <= quarter <= horizon.last:
                yield _never(f"capital.{name}.{quarter}", "limits nothing", quarter)
    for year in limits.carbon_t_co2:
        if is_year(year) and not horizon.first.year <= int(year) <= horizon.last.year:
            yield _never(f"limits.carbon_t_co2.{year}", "limits nothing", year)
    if limits.shares_from is not None and limits.shares_from > horizon.last:
        yield _never("limits.shares_from", "no share is ever limited", limits.shares_from)


def _never(path: str, what: str, when: object) -> Fault:
    return fault("OTK-C251", path, f"{what}: it lies outside the horizon", got=str(when))


CHECKS = (
    Check(
        name="horizon",
        about="Demand, revenue and the demand of named scenarios have a value at every quarter "
        "of the horizon.",
        level=Level.ERROR,
        codes={"OTK-C250": "A path does not cover the horizon."},
        look=_covered,
    ),
    Check(
        name="outside-horizon",
        about="No limit, job or offer lies outside the horizon, where it counts for nothing.",
        level=Level.WARNING,
        codes={
            "OTK-C251": "Something lies outside the horizon.",
            "OTK-C252": "The deadline of a job lies after the horizon.",
        },
        look=_outside,
    ),
)
