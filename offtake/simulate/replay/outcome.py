"""What a policy made of a trace, in the figures policies are compared by.

    JCT = end − arrival                                     of each job
    ρ   = JCT / (time alone · max(1, N · n / accelerators))  finish-time fairness, Themis

N is the mean number of jobs there were between a job's arrival and its end, n its accelerators:
the denominator is what an equal share of the fleet would have taken. Above 1 a job finished
later than that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
HOUR_S = 3_600.0
LATE = 1.1
"""ρ above which a job counts as behind its fair share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of jobs, a row a job; all ended."""

    arrival_s: Floats
    ended_s: Floats
    waited_s: Floats
    """From arrival until it first ran."""
    alone_s: Floats
    """What it would have taken with all its accelerators at once."""
    accelerators_count: Ints
    stops_count: Ints
    held_hours: Floats
    """Accelerator-hours held on each type, of all jobs together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The figures of one policy on one trace."""

    jct_mean_hours: float
    jct_median_hours: float
    jct_p95_hours: float
    jct_p99_hours: float
    wait_mean_hours: float
    makespan_hours: float
    """From the first arrival to the last end."""
    rho_median: float
    rho_p95: float
    rho_worst: float
    behind_share: float
    """Jobs that finished later than with an equal share by more than a tenth: ρ above 1.1."""
    held_accelerator_hours: float
    cost_usd: float | None
    """Hours held at their prices; None where the fleet has no prices."""
    stops_count: int
    utilisation_share: tuple[float, ...]
    """Hours held over hours there were until the last end, of each type."""


def outcome(done: Done, capacity: Ints, prices: Floats | None) -> Outcome:
    """Give the figures of what was done; `prices` are USD an accelerator-hour of each type."""
    jct = done.ended_s - done.arrival_s
    makespan = float(done.ended_s.max() - done.arrival_s.min()) / HOUR_S
    ratio = rho(done, int(capacity.sum()))
    p50, p95, p99 = (float(value) / HOUR_S for value in np.percentile(jct, (50, 95, 99)))
    return Outcome(
        jct_mean_hours=float(jct.mean()) / HOUR_S,
        jct_median_hours=p50,
        jct_p95_hours=p95,
        jct_p99_hours=p99,
        wait_mean_hours=float(done.waited_s.mean()) / HOUR_S,
        makespan_hours=makespan,
        rho_median=float(np.median(ratio)),
        rho_p95=float(np.percentile(ratio, 95)),
        rho_worst=float(ratio.max()),
        behind_share=float((ratio > LATE).mean()),
        held_accelerator_hours=float(done.held_hours.sum()),
        cost_usd=None if prices is None else float(done.held_hours @ prices),
        stops_count=int(done.stops_count.sum()),
        utilisation_share=tuple((done.held_hours / (capacity * makespan)).tolist()),
    )


def rho(done: Done, accelerators: int) -> Floats:
    """Give each job's finish-time fairness."""
    jct = done.ended_s - done.arrival_s
    crowd = _integral(done, done.ended_s) - _integral(done, done.arrival_s)
    # A job is one of those there are while it is; rounding must not make it fewer.
    many = np.maximum(1.0, crowd / jct)
    slower = np.maximum(1.0, many * done.accelerators_count / accelerators)
    return np.asarray(jct / (done.alone_s * slower))


def _integral(done: Done, at: Floats) -> Floats:
    """Give the job-seconds there had been by these times."""
    times = np.concatenate((done.arrival_s, done.ended_s))
    change = np.concatenate((np.ones(len(done.arrival_s)), -np.ones(len(done.ended_s))))
    order = np.argsort(times, kind="stable")
    times, alive = times[order], np.cumsum(change[order])
    so_far = np.concatenate(([0.0], np.cumsum(alive[:-1] * np.diff(times))))
    return np.asarray(np.interp(at, times, so_far))
