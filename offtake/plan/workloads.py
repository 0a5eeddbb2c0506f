"""Workloads: which pool may do which work, and how much of it one MW does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.model.accelerator import Workload
from offtake.model.demand import Inference, TrainingJob, along
from offtake.model.period import HOURS_PER_QUARTER
from offtake.model.portfolio import Portfolio
from offtake.plan.supply import Pool

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MILLION = 1e6
THOUSAND = 1e3


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which pool can do which work: parallel arrays over allowed pairs."""

    pool: Ints
    """[P] index of the pool."""
    work: Ints
    """[P] index of the inference demand or the training job."""
    rate: Floats
    """[P] k H100e one MW does."""


@dataclass(frozen=True, slots=True)
class Routes:
    """Inference by groups of pools that can serve the same demands.

    Work of a group flows to each demand it reaches; which pool of the group does it makes
    no difference to the demand. So a program needs a column a pool and a column a route,
    not one for every pair of pool and demand.
    """

    pool: Ints
    """[C'] pools that serve any demand."""
    group: Ints
    """[C'] group of each of them."""
    rate: Floats
    """[C'] k H100e one MW of it does."""
    source: Ints
    """[F] group a route starts from."""
    work: Ints
    """[F] demand it leads to."""

    @property
    def groups(self) -> int:
        """Number of groups."""
        return int(self.group.max()) + 1 if len(self.group) else 0


def routes(pairs: Pairs) -> Routes:
    """Group pools by the set of demands they can serve."""
    reach: dict[int, list[int]] = {}
    rates: dict[int, float] = {}
    for pool, work, rate in zip(pairs.pool, pairs.work, pairs.rate, strict=True):
        reach.setdefault(int(pool), []).append(int(work))
        rates[int(pool)] = float(rate)
    groups: dict[tuple[int, ...], int] = {}
    owner = [groups.setdefault(tuple(sorted(reach[c])), len(groups)) for c in sorted(reach)]
    ways = [(number, work) for works, number in groups.items() for work in works]
    return Routes(
        pool=np.array(sorted(reach), np.int64),
        group=np.array(owner, np.int64),
        rate=np.array([rates[c] for c in sorted(reach)], float),
        source=np.array([g for g, _ in ways], np.int64),
        work=np.array([w for _, w in ways], np.int64),
    )


def inference_pairs(portfolio: Portfolio, pools: tuple[Pool, ...]) -> Pairs:
    """List the pools each inference demand may be served by.

    A pool qualifies if its accelerator does inference (and is named, where the demand
    names some), its country is allowed, and its region is within the latency.
    """
    regions = {r.id: r.latency_ms for r in portfolio.regions}

    def allowed(pool: Pool, need: Inference) -> bool:
        away = regions.get(need.region, {}).get(pool.site.region)
        near = pool.site.region == need.region or (away is not None and away <= need.latency_ms)
        return near and _qualified(pool, need.accelerators, need.countries, Workload.INFERENCE)

    return _pairs(
        pools,
        [[allowed(p, i) for p in pools] for i in portfolio.demand.inference],
        Workload.INFERENCE,
    )


def training_pairs(portfolio: Portfolio, pools: tuple[Pool, ...]) -> Pairs:
    """List the pools each training job may run on: accelerator, country and site allowed."""

    def allowed(pool: Pool, job: TrainingJob) -> bool:
        here = job.site is None or pool.site.id == job.site
        return here and _qualified(pool, job.accelerators, job.countries, Workload.TRAINING)

    rows = [[allowed(p, j) for p in pools] for j in portfolio.demand.training]
    return _pairs(pools, rows, Workload.TRAINING)


def _qualified(
    pool: Pool, types: tuple[str, ...], countries: tuple[str, ...], workload: Workload
) -> bool:
    kind = pool.accelerator
    return (
        workload in kind.throughput_ratio
        and (not types or kind.id in types)
        and (not countries or pool.site.country in countries)
    )


def _pairs(pools: tuple[Pool, ...], allowed: list[list[bool]], workload: Workload) -> Pairs:
    mask = np.array(allowed, bool).reshape(len(allowed), len(pools))
    work, pool = np.nonzero(mask)
    rate = [
        pools[c].accelerators_per_mw * pools[c].accelerator.throughput_ratio[workload] / THOUSAND
        for c in pool
    ]
    return Pairs(pool.astype(np.int64), work.astype(np.int64), np.array(rate, float))


def windows(portfolio: Portfolio) -> npt.NDArray[np.bool_]:
    """Mark the quarters each training job may run in, [J, T]."""
    quarters = portfolio.horizon.quarters
    jobs = portfolio.demand.training
    rows = [[job.earliest <= q <= job.deadline for q in quarters] for job in jobs]
    return np.array(rows, bool).reshape(len(jobs), len(quarters))


def revenue(portfolio: Portfolio) -> tuple[Floats, Floats]:
    """Revenue [I, T] and penalty [I] of inference, in M USD per k H100e and quarter."""
    quarters = portfolio.horizon.quarters
    needs = portfolio.demand.inference
    scale = THOUSAND * HOURS_PER_QUARTER / MILLION
    earned = [along(i.revenue_usd_per_h100e_hour, quarters) for i in needs]
    lost = [i.unserved_usd_per_h100e_hour for i in needs]
    return np.array(earned).reshape(len(needs), len(quarters)) * scale, np.array(lost) * scale


def training_value(jobs: tuple[TrainingJob, ...]) -> tuple[Floats, Floats]:
    """Value [J] and penalty [J] of training, in M USD per k H100e-quarter."""
    scale = THOUSAND * HOURS_PER_QUARTER / MILLION
    worth = np.array([j.value_usd_per_h100e_hour for j in jobs], float)
    lost = np.array([j.unserved_usd_per_h100e_hour for j in jobs], float)
    return worth * scale, lost * scale
