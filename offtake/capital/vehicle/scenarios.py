"""Random runs of a vehicle: late phases, prices, a default of the offtaker, the base rate.

    late      with a chance, by median · exp(σ · N) weeks
    price     exp(σ · W(t) − σ² t / 2), so that its mean stays as planned
    default   after an exponential time, by the chance a year
    rate      σ · W(t), added to the base rate

All are drawn independently, from a generator that is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from offtake.capital.vehicle.cash import (
    MONTHS_PER_WEEK,
    Floats,
    Shocks,
    periods_of,
)
from offtake.capital.vehicle.closing import Outcome
from offtake.capital.vehicle.waterfall import LEAST_USD
from offtake.model.finance import Finance


def sampled(finance: Finance, runs: int, rng: np.random.Generator) -> Shocks:
    """Draw what differs from the plan in each of some runs."""
    risks, months = finance.risks, finance.period.months
    shape = (len(finance.phases), runs)
    late = rng.random(shape) < risks.late_share
    weeks = risks.late_median_weeks * np.exp(risks.late_log_sigma * rng.standard_normal(shape))
    slips = np.where(late, weeks * MONTHS_PER_WEEK, 0.0)
    count = periods_of(finance) + 1 + ceil(float(slips.max(initial=0.0)) / months)
    years = np.arange(count)[:, None] * months / 12
    sigma = risks.price_per_root_year
    price = np.exp(sigma * _walk(rng, count, runs, months) - sigma**2 * years / 2)
    shift = risks.base_rate_per_root_year * _walk(rng, count, runs, months)
    hazard = -np.log1p(-risks.default_share_per_year) if risks.default_share_per_year < 1 else 1e9
    waits = rng.exponential(1.0, runs)
    never = np.full(runs, np.inf)
    return Shocks(
        slip_months=slips,
        price_ratio=price if sigma else np.ones((1, runs)),
        default_months=12 * waits / hazard if hazard > 0 else never,
        recovery_share=np.full(runs, risks.recovery_share),
        base_rate_shift=shift if risks.base_rate_per_root_year else np.zeros((1, runs)),
        running_ratio=np.ones(runs),
    )


def _walk(rng: np.random.Generator, count: int, runs: int, months: int) -> Floats:
    """A Brownian motion at the ends of periods, 0 at the close, [periods, runs]."""
    steps = rng.standard_normal((count - 1, runs)) * np.sqrt(months / 12)
    walked: Floats = np.concatenate([np.zeros((1, runs)), np.cumsum(steps, axis=0)])
    return walked


@dataclass(frozen=True, slots=True)
class Spread:
    """Where a number of many runs lies; runs that have none are counted apart."""

    mean: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    least: float | None
    runs: int
    """Runs that have the number."""


@dataclass(frozen=True, slots=True)
class Told:
    """What many runs say together."""

    runs: int
    equity_irr: Spread
    least_cover: Spread
    locked_share: float
    """Share of runs with at least one period of lock-up."""
    broken_share: float
    """Share of runs in which a covenant was broken or something was missed."""
    missed_share: float
    """Share of runs in which something due was not paid when it was."""
    unpaid_share: float
    """Share of runs that end with debt that is never paid."""
    unpaid_mean_usd: float
    """Debt never paid, in the mean of all runs."""


def told(made: Outcome) -> Told:
    """Say what many runs come to."""
    flows = made.flows
    unpaid = flows.balance[-1]
    return Told(
        runs=int(flows.cfads.shape[1]),
        equity_irr=spread(made.equity_irr),
        least_cover=spread(made.least_cover),
        locked_share=float(flows.locked.any(axis=0).mean()),
        broken_share=float(flows.broken.any(axis=0).mean()),
        missed_share=float((flows.missed > LEAST_USD).any(axis=0).mean()),
        unpaid_share=float((unpaid > LEAST_USD).mean()),
        unpaid_mean_usd=float(unpaid.mean()),
    )


def spread(values: Floats) -> Spread:
    """Give mean and percentiles of the runs that have a number."""
    held = values[np.isfinite(values)]
    if not len(held):
        return Spread(None, None, None, None, None, 0)
    low, middle, high = (float(v) for v in np.percentile(held, [10, 50, 90]))
    return Spread(float(held.mean()), low, middle, high, float(held.min()), len(held))
