"""What has been observed of a future by the time a quarter's signings are decided.

Before the signings of quarter r one has seen

    demand of inference, outages, defaults      of the quarters before r
    the size of a training job                  if it may begin before r
    prices                                      up to and with r: they are quoted when it begins
    deliveries of contracts                     how late they are by the first day of r

How late an offer's capacity will be is not among them: a scenario has one draw for all
quarters the offer may be signed in, so to know it from one delivery would be to know it
of what is not signed yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.model.portfolio import Portfolio
from offtake.plan.scenarios import Scenarios, begins
from offtake.plan.supply import DAYS_PER_QUARTER, Supply

Floats = npt.NDArray[np.float64]

LEAST_SPREAD = 1e-9
"""Numbers that differ by less over all scenarios tell nothing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One number that can be observed, in every scenario."""

    kind: str
    """`demand`, `prices`, `deliveries` or `outages`: what it counts among."""
    series: str
    """The same for all quarters of one thing: `inference/chat`."""
    what: str
    """What it is, in words: `demand of chat in 2027Q1`."""
    unit: str
    """Unit it is shown in."""
    values: Floats
    """[W] in that unit."""


def seen(
    portfolio: Portfolio, supply: Supply, scenarios: Scenarios, until: int
) -> tuple[Seen, ...]:
    """List everything observed before the signings of quarter `until`.

    With `until` the number of quarters that is the whole future, lateness of offers apart.
    """
    return (
        *_demand(portfolio, scenarios, until),
        *_prices(portfolio, scenarios, until),
        *_deliveries(supply, scenarios, until),
        *_outages(portfolio, scenarios, until),
    )


def _demand(portfolio: Portfolio, scenarios: Scenarios, until: int) -> Iterator[Seen]:
    quarters = portfolio.horizon.quarters[:until]
    for row, need in enumerate(portfolio.demand.inference):
        for t, quarter in enumerate(quarters):
            what = f"demand of {need.id} in {quarter}"
            yield Seen(
                "demand", f"inference/{need.id}", what, "k H100e", scenarios.inference[row, :, t]
            )
    for row, job in enumerate(portfolio.demand.training):
        if begins(job, portfolio) < until:
            series, what = f"training/{job.id}", f"size of {job.id}"
            yield Seen("demand", series, what, "k H100e-quarters", scenarios.training[row])


def _prices(portfolio: Portfolio, scenarios: Scenarios, until: int) -> Iterator[Seen]:
    for name, values in (
        ("rental price", scenarios.rental_price),
        ("price on spot", scenarios.spot_price),
        ("price of electricity", scenarios.electricity_price),
    ):
        for t, quarter in enumerate(portfolio.horizon.quarters[: until + 1]):
            yield Seen("prices", name, f"{name} in {quarter}, over its path", "", values[:, t])


def _deliveries(supply: Supply, scenarios: Scenarios, until: int) -> Iterator[Seen]:
    """Days late so far: what is not there yet is as late as the day is after its due date."""
    for source in supply.committed:
        if source.accepted or source.start >= until:
            continue
        known = max((until - source.start) * DAYS_PER_QUARTER, source.already_days)
        values = np.minimum(scenarios.late_days[source.id], known)
        what = f"lateness of {source.name} so far"
        yield Seen("deliveries", f"lateness/{source.id}", what, "days", values)


def _outages(portfolio: Portfolio, scenarios: Scenarios, until: int) -> Iterator[Seen]:
    for row, site in enumerate(portfolio.sites):
        lost = (1 - scenarios.site_up[row, :, :until]).sum(axis=1)
        what = f"quarters lost to outages of {site.id}"
        yield Seen("outages", f"outages/{site.id}", what, "quarters", lost)
    for name, up in scenarios.party_up.items():
        gone = (1 - up[:, :until]).max(axis=1, initial=0.0)
        yield Seen("outages", f"default/{name}", f"default of {name}", "", gone)


def coordinates(found: tuple[Seen, ...], chance: Floats) -> Floats:
    """Bring what is observed to numbers whose distances can be compared, [W, F].

    Each number is divided by its standard deviation over the scenarios (weighted by their
    chance) and by the root of how many of its kind tell anything. So the distance of two
    scenarios is

        √ Σ_kinds mean over the kind's numbers of ((v − w) / s)²

    and demand, prices, deliveries and outages count alike, however many numbers each has.
    """
    weight = chance / chance.sum()
    columns: dict[str, list[Floats]] = {}
    for one in found:
        mean = float(weight @ one.values)
        spread = float(np.sqrt(weight @ (one.values - mean) ** 2))
        if spread > LEAST_SPREAD * (1 + abs(mean)):
            columns.setdefault(one.kind, []).append((one.values - mean) / spread)
    scaled = [c / np.sqrt(len(kind)) for kind in columns.values() for c in kind]
    return np.array(scaled).reshape(-1, len(chance)).T
