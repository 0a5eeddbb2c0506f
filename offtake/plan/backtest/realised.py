"""What happened, as scenarios: the lateness of every source as it was recorded, or by a law.

    accepted before            never late
    on record, reached         late by what it was
    on record, still open      at least as late as when anybody last looked; beyond, a law
    not on record, or offered  a law: how late things were known to come on the score date

Demand, prices and outages stay those of the scenarios the plans were made on: what they
really were is not on record. So two plans are compared on the same draws, and differ in
what was delivered alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from offtake.catalogue import Lateness, Outcome
from offtake.model.accelerator import Workload
from offtake.model.backtest import Basis
from offtake.plan.backtest.linked import Key
from offtake.plan.scenarios import Scenarios
from offtake.plan.supply import DAYS_PER_QUARTER, Pool, Source, Supply, in_service

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Record:
    """What is on record of the deliveries of a portfolio."""

    links: Mapping[str, Key]
    """The milestone of a tranche, by `contract/tranche`."""
    outcomes: Mapping[Key, Outcome]
    """What became of the milestones that were ahead."""

    def of(self, source: Source) -> Outcome | None:
        """Give what became of a source; None where nobody reported, or looked again."""
        found = self.outcomes.get(self.links.get(source.id, ()))
        return found if found is not None and found.seen is not None else None

    def basis(self, source: Source) -> Basis:
        """Say whether a source is scored on what is on record."""
        return Basis.FACT if source.accepted or self.of(source) is not None else Basis.MODEL


def realised(
    supply: Supply,
    drawn: Scenarios,
    record: Record,
    law: Lateness,
    never: frozenset[str],
    common_share: float,
    seed: int,
) -> Scenarios:
    """Give the scenarios with the lateness that is on record, and drawn where none is.

    Args:
        supply: the sources.
        drawn: scenarios of demand, prices and outages.
        record: what became of the tranches somebody reports on.
        law: how late the others are, as known on the score date.
        never: delay processes by which nothing is late.
        common_share: share of the variance of lateness that all have in common.
        seed: of the draws.
    """
    count = drawn.count
    common = _normal(seed, "hindsight", count)

    def days(source: Source) -> Floats:
        if source.accepted or (source.delay or "") in never:
            return np.zeros(count)
        own = _normal(seed, source.id, count)
        levels = ndtr(np.sqrt(common_share) * common + np.sqrt(1 - common_share) * own)
        return late_days(source, record.of(source), law, levels)

    sources = (*supply.committed, *supply.offered)
    return replace(drawn, late_days={source.id: days(source) for source in sources})


def late_days(source: Source, outcome: Outcome | None, law: Lateness, levels: Floats) -> Floats:
    """Give the days late of one source, [W]: what is on record, else the law at some levels."""
    so_far = source.already_days
    if outcome is not None and source.due is not None:
        if outcome.reached is not None:
            return np.full(len(levels), float(max((outcome.reached - source.due).days, 0)))
        if outcome.looked is not None:
            so_far = max(so_far, float((outcome.looked - source.due).days))
    given = replace(law, already_days=so_far)
    inside = np.clip(levels, 1e-9, 1 - 1e-9)
    return np.array([given.quantile(float(level)) for level in inside])


def _normal(seed: int, name: str, count: int) -> Floats:
    key = zlib.crc32(f"backtest/{name}".encode())
    return np.random.default_rng(np.random.SeedSequence([seed, key])).standard_normal(count)


def capacity(
    supply: Supply, late: Mapping[str, Floats], periods: int, basis: Mapping[str, Basis]
) -> dict[Basis, Floats]:
    """Give what signed capacity can do if it is so late, by what it is scored on.

    In k H100e, [W, T], the mean of each quarter, before anything fails.
    """
    shape = (len(next(iter(late.values()))), periods)
    total = {kind: np.zeros(shape) for kind in Basis}
    for source in supply.committed:
        start = source.start + late[source.id] / DAYS_PER_QUARTER
        share = in_service(start, source.ramp, source.term, periods)
        work = source.power_it_mw * h100e_per_mw(supply.pools[source.pool]) / 1e3
        total[basis[source.id]] += work * share
    return total


def h100e_per_mw(pool: Pool) -> float:
    """Give the H100 equivalents of a MW of IT: in inference, or training where it does none."""
    ratios = pool.accelerator.throughput_ratio
    ratio = ratios.get(Workload.INFERENCE, ratios.get(Workload.TRAINING, 0.0))
    return pool.accelerators_per_mw * ratio
