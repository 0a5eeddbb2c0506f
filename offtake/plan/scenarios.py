"""Scenarios: what may happen, drawn from the portfolio's processes.

Everything is an array over scenarios (structure of arrays): `W` scenarios, `T` quarters.
Each quantity has a random stream of its own, named after the entry it belongs to, so
that adding an offer leaves every other draw as it was, and two plans on one seed can be
compared number by number (common random numbers).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from offtake.model.contract import Tenure
from offtake.model.demand import TrainingJob, along
from offtake.model.portfolio import Portfolio
from offtake.model.uncertainty import NamedScenario, PriceProcess
from offtake.plan.processes import YEARS, Streams, lateness, price_paths, struck, walk
from offtake.plan.supply import Source, Supply

Floats = npt.NDArray[np.float64]

THOUSAND = 1e3


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Drawn futures, as arrays.

    Work is in thousands of H100 equivalents (k H100e), so that numbers stay near one.
    """

    probability: Floats
    """[W], adds up to 1."""
    story: tuple[str, ...]
    """[W] name of the named scenario each draw belongs to; empty text for none."""
    inference: Floats
    """[I, W, T] demand in k H100e busy on average."""
    training: Floats
    """[J, W] size in k H100e-quarters."""
    rental_price: Floats
    """[W, T] rental price over its path."""
    spot_price: Floats
    """[W, T] price on spot over its path: the rental price times exp(basis)."""
    electricity_price: Floats
    """[W, T] price of electricity over the sites' own."""
    late_days: Mapping[str, Floats]
    """Source to [W]: days late; what has arrived or is taken by the hour is never late."""
    site_up: Floats
    """[S, W, T] share of the quarter a site is up."""
    party_up: Mapping[str, Floats]
    """Party to [W, T]: 1 until it defaults, 0 after; parties that cannot are left out."""

    @property
    def count(self) -> int:
        """Number of scenarios W."""
        return len(self.probability)

    def market(self, tenure: Tenure) -> Floats:
        """Give the price over its path of what is taken by the hour, [W, T]."""
        return self.spot_price if tenure is Tenure.SPOT else self.rental_price

    def take(self, which: npt.NDArray[np.int64]) -> Scenarios:
        """Give some of the scenarios, with the chances they have among all."""
        return replace(
            self,
            probability=self.probability[which],
            story=tuple(self.story[w] for w in which),
            inference=self.inference[:, which],
            training=self.training[:, which],
            rental_price=self.rental_price[which],
            spot_price=self.spot_price[which],
            electricity_price=self.electricity_price[which],
            late_days={name: days[which] for name, days in self.late_days.items()},
            site_up=self.site_up[:, which],
            party_up={name: up[which] for name, up in self.party_up.items()},
        )

    def mean(self) -> Scenarios:
        """Give the one future in which everything that is random is at its mean."""
        chance = self.probability / self.probability.sum()
        return replace(
            self,
            probability=np.ones(1),
            story=("",),
            inference=np.einsum("w,iwt->it", chance, self.inference)[:, None],
            training=(self.training @ chance)[:, None],
            rental_price=(chance @ self.rental_price)[None],
            spot_price=(chance @ self.spot_price)[None],
            electricity_price=(chance @ self.electricity_price)[None],
            late_days={name: (chance @ days)[None] for name, days in self.late_days.items()},
            site_up=np.einsum("w,swt->st", chance, self.site_up)[:, None],
            party_up={name: (chance @ up)[None] for name, up in self.party_up.items()},
        )


def draw(portfolio: Portfolio, supply: Supply, count: int, seed: int) -> Scenarios:
    """Draw `count` scenarios of a portfolio and its sources.

    Named scenarios get draws in proportion to their chance, at least one each, and their
    chance is spread evenly over them.

    Raises:
        ValueError: fewer draws than named scenarios.
    """
    quarters = portfolio.horizon.quarters
    shape, streams = (count, len(quarters)), Streams(seed)
    chosen, probability = stories(portfolio.uncertainty.scenarios, count)
    walks, training_walks = _demand_walks(portfolio, shape, streams)
    ratio = demand_ratio(chosen, portfolio)
    uncertainty = portfolio.uncertainty

    def price(name: str, process: PriceProcess, scale: list[float]) -> Floats:
        drawn: Floats = price_paths(process, shape, streams, name) * np.array(scale)[:, None]
        return drawn

    rental = price("rental", uncertainty.rental_price, [s.rental_price_ratio for s in chosen])
    return Scenarios(
        probability=probability,
        story=tuple(s.id for s in chosen),
        inference=median_path(portfolio) * np.exp(walks) * ratio,
        training=training_sizes(portfolio, training_walks, ratio),
        rental_price=rental,
        spot_price=rental * price_paths(uncertainty.spot_basis, shape, streams, "basis"),
        electricity_price=price(
            "power", uncertainty.electricity_price, [s.electricity_price_ratio for s in chosen]
        ),
        late_days=_late_days(portfolio, supply, np.array([s.delay_ratio for s in chosen]), streams),
        site_up=sites_up(portfolio, shape, streams),
        party_up=parties_up(portfolio, shape, streams),
    )


_UNNAMED = NamedScenario(id="", probability_share=1.0)


def stories(named: tuple[NamedScenario, ...], count: int) -> tuple[list[NamedScenario], Floats]:
    """Spread draws over named scenarios in proportion to their chance, [W] each.

    Raises:
        ValueError: fewer draws than named scenarios.
    """
    known = told(named)
    if count < len(known):
        raise ValueError(f"{len(known)} named scenarios need at least as many draws, not {count}")
    chance = np.array([s.probability_share for s in known])
    chance = chance / chance.sum()
    copies = np.maximum(1, np.floor(chance * count).astype(int))
    while copies.sum() < count:
        copies[int(np.argmax(chance * count - copies))] += 1
    while copies.sum() > count:
        spare = np.where(copies > 1, copies - chance * count, -np.inf)
        copies[int(np.argmax(spare))] -= 1
    chosen = [s for s, n in zip(known, copies, strict=True) for _ in range(n)]
    return chosen, np.repeat(chance / copies, copies)


def told(named: tuple[NamedScenario, ...]) -> list[NamedScenario]:
    """Give the named scenarios that can happen; one without a name where there are none."""
    return [s for s in named if s.probability_share > 0] or [_UNNAMED]


def demand_ratio(chosen: list[NamedScenario], portfolio: Portfolio) -> Floats:
    """Give the demand of named scenarios over its median, a row each, [·, T]."""
    quarters = portfolio.horizon.quarters
    flat = [1.0] * len(quarters)
    rows = [along(s.demand_ratio, quarters) if s.demand_ratio else flat for s in chosen]
    return np.array(rows)


def _demand_walks(
    portfolio: Portfolio, shape: tuple[int, int], streams: Streams
) -> tuple[Floats, Floats]:
    """Brownian walks of the logarithm of demand: [I, W, T] and, for training, [J, W]."""
    process = portfolio.uncertainty.demand
    rho = process.common_share
    common = walk(streams.of("demand"), shape)
    own = [walk(streams.of("demand", i.id), shape) for i in portfolio.demand.inference]
    inference = np.array([np.sqrt(rho) * common + np.sqrt(1 - rho) * w for w in own])
    training = []
    for job in portfolio.demand.training:
        at = begins(job, portfolio)
        own_walk = walk(streams.of("training", job.id), shape)
        training.append(np.sqrt(rho) * common[:, at] + np.sqrt(1 - rho) * own_walk[:, at])
    return (
        process.inference_per_root_year * inference.reshape(-1, *shape),
        process.training_per_root_year * np.array(training).reshape(-1, shape[0]),
    )


def median_path(portfolio: Portfolio) -> Floats:
    """Give the median of inference demand, [I, 1, T] k H100e."""
    quarters = portfolio.horizon.quarters
    median = [along(i.median_h100e, quarters) for i in portfolio.demand.inference]
    return np.array(median).reshape(-1, 1, len(quarters)) / THOUSAND


def begins(job: TrainingJob, portfolio: Portfolio) -> int:
    """Count the quarters until a job may begin; one after the horizon begins with its end."""
    last = len(portfolio.horizon.quarters) - 1
    return min(max(job.earliest - portfolio.horizon.first, 0), last)


def training_sizes(portfolio: Portfolio, walks: Floats, ratio: Floats) -> Floats:
    """Size of each job; one that begins after the horizon asks for nothing and owes nothing.

    Args:
        portfolio: has the jobs.
        walks: [J, W] logarithm of each size over its median.
        ratio: [W, T] demand of each scenario's story over its median.
    """
    sizes = []
    for job, steps in zip(portfolio.demand.training, walks, strict=True):
        at = begins(job, portfolio)
        inside = job.earliest <= portfolio.horizon.last
        size = inside * job.size_h100e_hours / (THOUSAND * 8760 * YEARS)
        sizes.append(size * np.exp(steps) * ratio[:, at])
    return np.array(sizes).reshape(-1, len(ratio))


def sites_up(portfolio: Portfolio, shape: tuple[int, int], streams: Streams) -> Floats:
    """Draw the share of each quarter a site is up, [S, W, T]."""
    up = np.ones((len(portfolio.sites), *shape))
    for row, site in enumerate(portfolio.sites):
        rng = streams.of("outage", site.id)
        up[row] -= site.outage_lost_share * struck(site.outage_share_per_year, shape, rng)
    return up


def parties_up(
    portfolio: Portfolio, shape: tuple[int, int], streams: Streams, since: int = 0
) -> dict[str, Floats]:
    """Draw when parties default: 1 before, 0 from then on, [W, T] for each that can.

    Nobody defaults before `since`.
    """
    alive = {}
    for party in portfolio.parties:
        if party.default_share_per_year > 0:
            ends = struck(party.default_share_per_year, shape, streams.of("default", party.id))
            ends[:, :since] = 0.0
            alive[party.id] = 1.0 - np.maximum.accumulate(ends, axis=1)
    return alive


def _late_days(
    portfolio: Portfolio, supply: Supply, ratio: Floats, streams: Streams
) -> dict[str, Floats]:
    """Draw how late every source is, [W] each."""
    delays = {d.id: d for d in portfolio.uncertainty.delays}

    def days(source: Source) -> Floats:
        if source.accepted:
            return np.zeros(len(ratio))
        process = delays.get(source.delay) if source.delay else None
        return lateness(process, source.id, ratio, streams, source.already_days)

    return {source.id: days(source) for source in (*supply.committed, *supply.offered)}
