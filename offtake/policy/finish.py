"""Finish-time fairness: nobody finishes much later than with a fair share (Themis, NSDI 2020).

    ρ = time from arrival to end here / the same with an equal share of the fleet

A job that is promised ρ still has ρ · alone − elapsed seconds, so it needs the share

    s = left / (speed · (ρ · alone − elapsed))

of the time on all its accelerators. The allocation is that of the smallest ρ for which all
these fit on what there is; what is then left over goes to everybody alike. Gavel (OSDI 2020)
states it so; Themis itself holds auctions towards the same end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.policy.fairness import max_min

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

HALVINGS = 60
"""Steps of each search: the interval shrinks to 1e-18 of itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where jobs alive stand, a row a job."""

    left: Floats
    """Steps still to do."""
    elapsed_s: Floats
    """Since arrival."""
    fair_s: Floats
    """What an equal share would have taken for the steps done so far."""


def mean_speed(speed: Floats, capacity: Ints) -> Floats:
    """Give the steps a second of jobs that are moved over all types, by how many there are."""
    return np.asarray((speed * capacity).sum(axis=1) / capacity.sum())


def fair_rate(speed: Floats, gpus: Ints, capacity: Ints) -> Floats:
    """Give the steps a second of each job with an equal share of the fleet.

    Each of n jobs has accelerators / n of them, of every type in proportion, and no job more
    than it can use.
    """
    share = np.minimum(1.0, capacity.sum() / (len(gpus) * gpus))
    return np.asarray(mean_speed(speed, capacity) * share)


def finish_times(speed: Floats, gpus: Ints, capacity: Ints, standing: Standing) -> Floats:
    """Give the allocation whose worst ρ is smallest, split over types by how many there are.

    Every job must run on some type and have steps left. Jobs are due shares of the time, at
    most 1, that together fit on the accelerators.
    """
    total = float(capacity.sum())
    if gpus.sum() <= total:
        return max_min(gpus, capacity)
    alone = standing.left / mean_speed(speed, capacity)
    fair = standing.fair_s + standing.left / fair_rate(speed, gpus, capacity)
    low = float(((standing.elapsed_s + alone) / fair).max())
    high = low
    while _needed(high, alone, fair, standing.elapsed_s) @ gpus > total:
        low, high = high, 2.0 * high
    for _ in range(HALVINGS):
        tried = 0.5 * (low + high)
        if _needed(tried, alone, fair, standing.elapsed_s) @ gpus > total:
            low = tried
        else:
            high = tried
    share = _filled(_needed(high, alone, fair, standing.elapsed_s), gpus, total)
    return np.asarray(share[:, None] * (capacity / total)[None, :])


def _needed(rho: float, alone: Floats, fair: Floats, elapsed: Floats) -> Floats:
    """Give the share of the time each job needs to end at ρ; never above 1 from the least ρ on."""
    return np.minimum(1.0, alone / np.maximum(rho * fair - elapsed, alone))


def _filled(share: Floats, gpus: Ints, total: float) -> Floats:
    """Raise all shares by one factor, none above 1, until what there is is used."""
    low, high = 1.0, 2.0
    while np.minimum(1.0, share * high) @ gpus < total:
        low, high = high, 2.0 * high
    for _ in range(HALVINGS):
        tried = 0.5 * (low + high)
        if np.minimum(1.0, share * tried) @ gpus > total:
            high = tried
        else:
            low = tried
    return np.minimum(1.0, share * low)


def shortest(speed: Floats, gpus: Ints, capacity: Ints, left: Floats) -> Floats:
    """Give whole types to the jobs with the least time left, to each the first type with room.

    The time left is on the type a job is fastest on. A job that finds no room is passed by
    those behind it (shortest remaining time first).
    """
    given = np.zeros_like(speed)
    room = capacity.copy()
    for job in np.argsort(left / speed.max(axis=1), kind="stable"):
        fits = np.flatnonzero((room >= gpus[job]) & (speed[job] > 0.0))
        if len(fits):
            given[job, fits[0]] = 1.0
            room[fits[0]] -= gpus[job]
        if not room.any():
            break
    return given
