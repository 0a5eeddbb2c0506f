"""What has been observed of a future by the time a quarter's signings are decided.

Before the signings of quarter r one has seen

    demand of inference, outages, defaults      of the quarters before r
    the size of a training job                  if it may begin before r
    prices                                      up to and with r: they are quoted when it begins
    deliveries of contracts                     how late they are by the first day of r

How late an offer's capacity will be is not among them: a scenario has one draw for all
quarters the offer may be signed in, so to know it from one delivery would be to know it
of what is not signed yet.

Numbers of all kinds are compared as shares of something: demand of all demand, prices of
their paths, what is late, down or gone of all power. So the distance of two futures is

    √ ( mean square of differences in demand, in shares of all demand
      + the same of prices over their paths
      + the same of power that is late, down or gone, in shares of all power )

means being over quarters; 0.1 is a tenth of demand, of prices or of power apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.model.portfolio import Portfolio
from offtake.plan.scenarios import Scenarios, begins
from offtake.plan.supply import DAYS_PER_QUARTER, Source, Supply

Floats = npt.NDArray[np.float64]

LEAST_SPREAD = 1e-9
"""Numbers that differ by less over all scenarios tell nothing."""
PRICES = 3
"""Rental price, price on spot, price of electricity."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One number that can be observed, in every scenario."""

    series: str
    """The same for all quarters of one thing: `inference/chat`."""
    what: str
    """What it is, in words: `demand of chat in 2027Q1`."""
    unit: str
    """Unit it is shown in."""
    values: Floats
    """[W] in that unit."""
    whole: float
    """What it is a share of, and the root of how many numbers it is one of."""


def seen(
    portfolio: Portfolio, supply: Supply, scenarios: Scenarios, until: int
) -> tuple[Seen, ...]:
    """List everything observed before the signings of quarter `until`.

    With `until` the number of quarters that is the whole future, lateness of offers apart.
    """
    return (
        *_demand(portfolio, scenarios, range(until)),
        *_jobs(portfolio, scenarios, until, over=True),
        *_prices(portfolio, scenarios, range(until + 1)),
        *_deliveries(supply, scenarios, until),
        *_outages(portfolio, supply, scenarios, until),
        *_defaults(supply, scenarios, until),
    )


def state(
    portfolio: Portfolio, supply: Supply, scenarios: Scenarios, until: int
) -> tuple[Seen, ...]:
    """List what of all that was observed still bears on what is to come.

    Demand and prices as they stand, jobs that are not over, what is due and not there, who
    has defaulted. What demand and prices were before, how late was what is there now, and
    outages that are over say little or nothing more of the future.
    """
    return (
        *_demand(portfolio, scenarios, range(until - 1, until)),
        *_jobs(portfolio, scenarios, until, over=False),
        *_prices(portfolio, scenarios, range(until, until + 1)),
        *_missing(supply, scenarios, until),
        *_defaults(supply, scenarios, until),
    )


def _demand(portfolio: Portfolio, scenarios: Scenarios, periods: range) -> Iterator[Seen]:
    quarters = portfolio.horizon.quarters
    for row, need in enumerate(portfolio.demand.inference):
        for t in periods:
            what = f"demand of {need.id} in {quarters[t]}"
            whole = _mean_demand(scenarios, t) * np.sqrt(len(periods))
            values = scenarios.inference[row, :, t]
            yield Seen(f"inference/{need.id}", what, "k H100e", values, whole)


def _mean_demand(scenarios: Scenarios, period: int) -> float:
    """All inference demand of a quarter, mean over scenarios; 1 where there is none."""
    total = scenarios.inference[:, :, period].sum(axis=0)
    return float(scenarios.probability @ total / scenarios.probability.sum()) or 1.0


def _jobs(portfolio: Portfolio, scenarios: Scenarios, until: int, *, over: bool) -> Iterator[Seen]:
    """Sizes of jobs that may have begun; those whose deadline has passed only if `over`."""
    first = portfolio.horizon.first
    for row, job in enumerate(portfolio.demand.training):
        if begins(job, portfolio) < until and (over or job.deadline - first >= until):
            window = max(job.deadline - job.earliest + 1, 1)
            whole = _mean_demand(scenarios, until - 1) * window
            values = scenarios.training[row]
            yield Seen(f"training/{job.id}", f"size of {job.id}", "k H100e-quarters", values, whole)


def _prices(portfolio: Portfolio, scenarios: Scenarios, periods: range) -> Iterator[Seen]:
    quarters = portfolio.horizon.quarters
    known = [t for t in periods if t < len(quarters)]
    for name, values in (
        ("rental price", scenarios.rental_price),
        ("price on spot", scenarios.spot_price),
        ("price of electricity", scenarios.electricity_price),
    ):
        for t in known:
            what = f"{name} in {quarters[t]}, over its path"
            yield Seen(name, what, "", values[:, t], float(np.sqrt(PRICES * len(known))))


def _all_power(supply: Supply) -> float:
    """Power under contract and on offer, MW; 1 where there is none."""
    sources = (*supply.committed, *supply.offered)
    return sum(source.power_it_mw for source in sources) or 1.0


def _share(source: Source, supply: Supply) -> float:
    return max(source.power_it_mw, 1e-9) / _all_power(supply)


def _deliveries(supply: Supply, scenarios: Scenarios, until: int) -> Iterator[Seen]:
    """Days late so far: what is not there yet is as late as the day is after its due date."""
    for source in supply.committed:
        if source.accepted or source.start >= until:
            continue
        known = max((until - source.start) * DAYS_PER_QUARTER, source.already_days)
        values = np.minimum(scenarios.late_days[source.id], known)
        what = f"lateness of {source.name} so far"
        yield lateness_of(source, supply, values, until, what)


def lateness_of(source: Source, supply: Supply, days: Floats, periods: int, what: str = "") -> Seen:
    """Give the lateness of a source as a number that is observed, in `periods` quarters."""
    whole = periods * DAYS_PER_QUARTER / _share(source, supply)
    return Seen(f"lateness/{source.id}", what or f"lateness of {source.name}", "days", days, whole)


def _missing(supply: Supply, scenarios: Scenarios, until: int) -> Iterator[Seen]:
    """Power under contract that is due by the first day of a quarter and not there."""
    missing = np.zeros(scenarios.count)
    for source in supply.committed:
        if not source.accepted and source.start < until:
            passed = (until - source.start) * DAYS_PER_QUARTER
            missing += source.power_it_mw * (scenarios.late_days[source.id] > passed)
    what = "power that is due and not there"
    yield Seen("missing", what, "MW IT", missing, _all_power(supply))


def _outages(
    portfolio: Portfolio, supply: Supply, scenarios: Scenarios, until: int
) -> Iterator[Seen]:
    for row, site in enumerate(portfolio.sites):
        lost = (1 - scenarios.site_up[row, :, :until]).sum(axis=1)
        here = sum(
            _share(source, supply)
            for source in (*supply.committed, *supply.offered)
            if supply.pools[source.pool].site.id == site.id
        )
        if here > 0:
            what = f"quarters lost to outages of {site.id}"
            yield Seen(f"outages/{site.id}", what, "quarters", lost, until / here)


def _defaults(supply: Supply, scenarios: Scenarios, until: int) -> Iterator[Seen]:
    for name, up in scenarios.party_up.items():
        gone = (1 - up[:, :until]).max(axis=1, initial=0.0)
        held = sum(
            _share(source, supply)
            for source in (*supply.committed, *supply.offered)
            if source.seller == name
        )
        if held > 0:
            yield Seen(f"default/{name}", f"default of {name}", "", gone, 1 / held)


def coordinates(found: tuple[Seen, ...], chance: Floats) -> Floats:
    """Bring what is observed to numbers whose distances can be compared, [W, F].

    Each is taken as a share of its whole, from its mean; those that are alike in all
    scenarios are left out.
    """
    weight = chance / chance.sum()
    columns = []
    for one in found:
        share = one.values / one.whole
        share = share - float(weight @ share)
        if abs(share).max(initial=0.0) > LEAST_SPREAD:
            columns.append(share)
    return np.array(columns).reshape(-1, len(chance)).T
