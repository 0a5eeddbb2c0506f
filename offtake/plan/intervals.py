"""How sure a figure from a sample is: intervals for means, tails, mixtures and chances.

Scenarios of a portfolio with named futures are a stratified sample: every future has its
own draws, at weights that are known. Within a stratum draws are independent and equal.

    var(mean) = Σ_s P_s²·s_s²/n_s        (Cochran, Sampling Techniques, 1977, chapter 5)

A tail has no such formula, so it is drawn again: B samples of the same strata with
replacement, and the interval between their percentiles (Efron 1979).
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri, stdtrit

from offtake.model.outlook import Estimate
from offtake.plan.formulate import Risk
from offtake.plan.processes import Streams
from offtake.plan.program import Floats, Ints
from offtake.plan.scenarios import Scenarios
from offtake.plan.workloads import MILLION

CONFIDENCE = 0.95
REDRAWN = 1000
"""Samples drawn again for the interval of a tail."""


def strata(scenarios: Scenarios) -> list[Ints]:
    """Group scenarios that are equal draws of one future: same story, same chance."""
    groups: dict[tuple[str, float], list[int]] = {}
    for row, story in enumerate(scenarios.story):
        key = (story, round(float(scenarios.probability[row]), 12))
        groups.setdefault(key, []).append(row)
    return [np.array(rows, np.int64) for rows in groups.values()]


def standard_error(values: Floats, chance: Floats, groups: list[Ints]) -> tuple[float, int]:
    """Give the standard error of the weighted mean, and its degrees of freedom.

    Where a stratum has a single draw its own spread is unknown; the whole sample is then
    taken as one stratum, which is never too narrow by more than chance.
    """
    if min(len(rows) for rows in groups) < 2:
        groups = [np.arange(len(values), dtype=np.int64)]
        mean = float(chance @ values)
        spread = float(chance**2 @ (values - mean) ** 2) * len(values) / max(len(values) - 1, 1)
        return float(np.sqrt(spread)), len(values) - 1
    variance = sum(
        float(chance[rows].sum()) ** 2 * float(values[rows].var(ddof=1)) / len(rows)
        for rows in groups
    )
    return float(np.sqrt(variance)), len(values) - len(groups)


def mean_of(values: Floats, chance: Floats, groups: list[Ints]) -> Estimate:
    """Estimate a mean, in million USD, with a t-interval.

    Raises:
        ValueError: a single scenario tells nothing of the spread.
    """
    error, freedom = standard_error(values, chance, groups)
    if freedom < 1:
        raise ValueError("an interval needs at least two scenarios")
    half = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * error
    mean = float(chance @ values)
    return _estimate(mean, mean - half, mean + half)


def mixture_of(
    values: Floats, chance: Floats, groups: list[Ints], risk: Risk, seed: int
) -> Estimate:
    """Estimate (1 − λ)·mean + λ·CVaR_α, in million USD, drawing the sample again.

    λ = 1 is the tail alone.
    """
    rng = Streams(seed).of("study", "interval")
    rows = np.concatenate(groups)
    drawn = np.concatenate(
        [group[rng.integers(0, len(group), (REDRAWN, len(group)))] for group in groups], axis=1
    )
    again = _mixtures(values[drawn], chance[rows], risk)
    low, high = np.quantile(again, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    found = float(_mixtures(values[rows][None], chance[rows], risk)[0])
    return _estimate(found, min(float(low), found), max(float(high), found))


def _mixtures(values: Floats, chance: Floats, risk: Risk) -> Floats:
    """(1 − λ)·mean + λ·CVaR of every row; scenarios on the edge of the tail count in part."""
    mean = values @ chance
    order = np.argsort(values, axis=1)
    weight = chance[order]
    mass = np.cumsum(weight, axis=1)
    inside = np.clip(1 - risk.alpha - (mass - weight), 0.0, weight)
    tail = (inside * np.take_along_axis(values, order, axis=1)).sum(axis=1) / inside.sum(axis=1)
    mixed: Floats = (1 - risk.weight) * mean + risk.weight * tail
    return mixed


def chance_of(hit: Floats, chance: Floats) -> tuple[float, float, float]:
    """Estimate the chance of something, with Wilson's interval (1927)."""
    share = float(np.clip(chance @ hit, 0.0, 1.0))
    count = 1.0 / float(chance @ chance)
    z = float(ndtri((1 + CONFIDENCE) / 2))
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = (
        z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    )
    return share, float(max(middle - half, 0.0)), float(min(middle + half, 1.0))


def share_of(values: Floats, chance: Floats, groups: list[Ints]) -> tuple[float, float, float]:
    """Estimate a mean share with a t-interval; a share lies between 0 and 1."""
    error, freedom = standard_error(values, chance, groups)
    half = float(stdtrit(max(freedom, 1), (1 + CONFIDENCE) / 2)) * error
    mean = float(np.clip(chance @ values, 0.0, 1.0))
    return mean, max(mean - half, 0.0), min(mean + half, 1.0)


def _estimate(mean: float, low: float, high: float) -> Estimate:
    return Estimate(
        mean_usd=mean * MILLION,
        low_usd=low * MILLION,
        high_usd=high * MILLION,
        confidence_share=CONFIDENCE,
    )
