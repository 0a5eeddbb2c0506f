"""Scenarios: what may happen, drawn from the portfolio's processes.

Everything is an array over scenarios (structure of arrays): `W` scenarios, `T` quarters.
Each quantity has a random stream of its own, named after the entry it belongs to, so
that adding an offer leaves every other draw as it was, and two plans on one seed can be
compared number by number (common random numbers).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from offtake.model.demand import TrainingJob, along
from offtake.model.portfolio import Portfolio
from offtake.model.uncertainty import DelayProcess, NamedScenario, PriceProcess
from offtake.plan.supply import Source, Supply

Floats = npt.NDArray[np.float64]

THOUSAND = 1e3
_YEARS = 0.25
"""Length of a quarter in years."""


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

    def take(self, which: npt.NDArray[np.int64]) -> Scenarios:
        """Give some of the scenarios, with the chances they have among all."""
        return replace(
            self,
            probability=self.probability[which],
            story=tuple(self.story[w] for w in which),
            inference=self.inference[:, which],
            training=self.training[:, which],
            rental_price=self.rental_price[which],
            electricity_price=self.electricity_price[which],
            late_days={name: days[which] for name, days in self.late_days.items()},
            site_up=self.site_up[:, which],
            party_up={name: up[which] for name, up in self.party_up.items()},
        )


def stream(seed: int, *name: str) -> np.random.Generator:
    """Give the random numbers that belong to a name, independent of all other names."""
    key = zlib.crc32("/".join(name).encode())
    return np.random.default_rng(np.random.SeedSequence([seed, key]))


def draw(portfolio: Portfolio, supply: Supply, count: int, seed: int) -> Scenarios:
    """Draw `count` scenarios of a portfolio and its sources.

    Named scenarios get draws in proportion to their chance, at least one each, and their
    chance is spread evenly over them.

    Raises:
        ValueError: fewer draws than named scenarios.
    """
    quarters = portfolio.horizon.quarters
    shape = (count, len(quarters))
    chosen, probability = _stories(portfolio.uncertainty.scenarios, count)
    demand_ratio = np.array(
        [along(s.demand_ratio, quarters) if s.demand_ratio else [1.0] * shape[1] for s in chosen]
    )
    walk, training_walk = _demand_walks(portfolio, shape, seed)
    uncertainty = portfolio.uncertainty

    def ratio(name: str, process: PriceProcess, scale: list[float]) -> Floats:
        drawn: Floats = _price(process, shape, stream(seed, name)) * np.array(scale)[:, None]
        return drawn

    return Scenarios(
        probability=probability,
        story=tuple(s.id for s in chosen),
        inference=_inference(portfolio, walk, demand_ratio),
        training=_training(portfolio, training_walk, demand_ratio),
        rental_price=ratio(
            "rental", uncertainty.rental_price, [s.rental_price_ratio for s in chosen]
        ),
        electricity_price=ratio(
            "power", uncertainty.electricity_price, [s.electricity_price_ratio for s in chosen]
        ),
        late_days=_late_days(
            portfolio, supply, np.array([s.delay_ratio for s in chosen], float), seed
        ),
        site_up=_sites(portfolio, shape, seed),
        party_up=_parties(portfolio, shape, seed),
    )


_UNNAMED = NamedScenario(id="", probability_share=1.0)


def _stories(named: tuple[NamedScenario, ...], count: int) -> tuple[list[NamedScenario], Floats]:
    known = [s for s in named if s.probability_share > 0] or [_UNNAMED]
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


def _demand_walks(portfolio: Portfolio, shape: tuple[int, int], seed: int) -> tuple[Floats, Floats]:
    """Brownian walks of the logarithm of demand: [I, W, T] and, for training, [J, W]."""
    process = portfolio.uncertainty.demand
    rho = process.common_share
    common = _walk(stream(seed, "demand"), shape)
    own = [_walk(stream(seed, "demand", i.id), shape) for i in portfolio.demand.inference]
    inference = np.array([np.sqrt(rho) * common + np.sqrt(1 - rho) * w for w in own])
    training = []
    for job in portfolio.demand.training:
        at = _begins(job, portfolio)
        own_walk = _walk(stream(seed, "training", job.id), shape)
        training.append(np.sqrt(rho) * common[:, at] + np.sqrt(1 - rho) * own_walk[:, at])
    return (
        process.inference_per_root_year * inference.reshape(-1, *shape),
        process.training_per_root_year * np.array(training).reshape(-1, shape[0]),
    )


def _walk(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    return np.cumsum(rng.standard_normal(shape) * np.sqrt(_YEARS), axis=1)


def _inference(portfolio: Portfolio, walk: Floats, ratio: Floats) -> Floats:
    quarters = portfolio.horizon.quarters
    median = [along(i.median_h100e, quarters) for i in portfolio.demand.inference]
    path = np.array(median).reshape(-1, 1, len(quarters)) / THOUSAND
    return path * np.exp(walk) * ratio


def _begins(job: TrainingJob, portfolio: Portfolio) -> int:
    """Count the quarters until a job may begin; one after the horizon begins with its end."""
    last = len(portfolio.horizon.quarters) - 1
    return min(max(job.earliest - portfolio.horizon.first, 0), last)


def _training(portfolio: Portfolio, walk: Floats, ratio: Floats) -> Floats:
    """Size of each job; one that begins after the horizon asks for nothing and owes nothing."""
    sizes = []
    for job, steps in zip(portfolio.demand.training, walk, strict=True):
        at = _begins(job, portfolio)
        inside = job.earliest <= portfolio.horizon.last
        size = inside * job.size_h100e_hours / (THOUSAND * 8760 * _YEARS)
        sizes.append(size * np.exp(steps) * ratio[:, at])
    return np.array(sizes).reshape(-1, len(ratio))


def _price(process: PriceProcess, shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Draw exp of an Ornstein-Uhlenbeck path that begins at ln(start_ratio), exactly stepped."""
    kappa = np.log(2) / process.half_life_years
    decay = np.exp(-kappa * _YEARS)
    step = process.per_root_year * np.sqrt((1 - decay**2) / (2 * kappa))
    noise = rng.standard_normal(shape)
    level = np.empty(shape)
    now = np.full(shape[0], np.log(process.start_ratio))
    for period in range(shape[1]):
        level[:, period] = now
        now = now * decay + step * noise[:, period]
    return np.exp(level)


def _sites(portfolio: Portfolio, shape: tuple[int, int], seed: int) -> Floats:
    up = np.ones((len(portfolio.sites), *shape))
    for row, site in enumerate(portfolio.sites):
        chance = 1 - (1 - site.outage_share_per_year) ** _YEARS
        struck = stream(seed, "outage", site.id).random(shape) < chance
        up[row] -= site.outage_lost_share * struck
    return up


def _parties(portfolio: Portfolio, shape: tuple[int, int], seed: int) -> dict[str, Floats]:
    alive = {}
    for party in portfolio.parties:
        if party.default_share_per_year > 0:
            chance = 1 - (1 - party.default_share_per_year) ** _YEARS
            struck = stream(seed, "default", party.id).random(shape) < chance
            alive[party.id] = 1.0 - np.maximum.accumulate(struck, axis=1)
    return alive


def _late_days(portfolio: Portfolio, supply: Supply, ratio: Floats, seed: int) -> dict[str, Floats]:
    """Draw how late every source is, [W] each."""
    delays = {d.id: d for d in portfolio.uncertainty.delays}

    def days(source: Source) -> Floats:
        if source.accepted:
            return np.zeros(len(ratio))
        process = delays.get(source.delay) if source.delay else None
        return lateness(process, source.id, ratio, seed, source.already_days)

    return {source.id: days(source) for source in (*supply.committed, *supply.offered)}


def lateness(
    process: DelayProcess | None,
    name: str,
    ratio: Floats,
    seed: int,
    already_days: float = 0.0,
) -> Floats:
    """Draw how many days late one delivery is, [W].

    `already_days` is how late it is known to be by now; the draw is conditional on being
    at least that late, by inversion of the distribution above it.
    """
    count = len(ratio)
    if process is None:
        return np.full(count, max(already_days, 0.0))
    common = stream(seed, "delay", process.id).standard_normal(count)
    own = stream(seed, "delay", process.id, name).standard_normal(count)
    rho = process.common_share
    level = ndtr(np.sqrt(rho) * common + np.sqrt(1 - rho) * own)
    known = np.maximum(already_days, 0.0) / ratio
    floor = _chance_below(process, known) if already_days > 0 else np.zeros(count)
    return np.maximum(_quantile(process, floor + (1 - floor) * level) * ratio, already_days)


def _chance_below(process: DelayProcess, days: Floats) -> Floats:
    if process.late_share == 0 or process.median_days == 0:
        return np.ones_like(days)
    z = np.log(np.maximum(days, 1e-9) / process.median_days) / max(process.log_sigma, 1e-9)
    return 1 - process.late_share + process.late_share * ndtr(z)


def _quantile(process: DelayProcess, level: Floats) -> Floats:
    if process.late_share == 0 or process.median_days == 0:
        return np.zeros_like(level)
    inside = (level - (1 - process.late_share)) / process.late_share
    late = inside > 0
    z = ndtri(np.clip(inside, 1e-12, 1 - 1e-12))
    days = np.exp(np.log(process.median_days) + process.log_sigma * z)
    return np.where(late, days, 0.0)
