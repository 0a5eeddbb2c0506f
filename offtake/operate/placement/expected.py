"""When a waiting job may begin: the queue played forward, many times, with the rules that run it.

    for each sample: running jobs end after a drawn share of their limits, a pass, the next end …
    P10, P50, P90 of when the job begins                 modelled, not promised

What it leaves out: jobs that are still to come, nodes that fail, capacity that comes. Runs are
drawn from shares of the limit that ended jobs took; where none are given, evenly from 0 to 1.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from offtake.model.job import Floats
from offtake.operate.placement.kept import Core

PASSES = 500
"""Most passes one sample plays forward."""

STEP_S = 1e-3
"""Time between two passes where a job gave way at once."""


@dataclass(frozen=True, slots=True)
class Begins:
    """When a job may begin, in seconds from now; None where it did not within what was played."""

    p10_s: float | None
    """One in ten begin sooner."""
    p50_s: float | None
    """Half begin sooner."""
    p90_s: float | None
    """Nine in ten begin sooner."""
    samples: int
    """How often the queue was played forward."""
    unknown: int
    """Samples in which it did not begin within what was played."""


def begins(
    core: Core,
    job: str,
    now: float,
    *,
    seed: int,
    samples: int,
    shares: Sequence[float] = (),
) -> Begins:
    """Give when a waiting job may begin, and change nothing.

    Args:
        core: what waits and runs.
        job: one that waits.
        now: when it is asked, in the seconds of the passes.
        seed: of the drawing.
        samples: how often to play.
        shares: of their limits that ended jobs took.
    """
    rng = np.random.default_rng(seed)
    drawn = np.asarray(shares, np.float64)
    found = [_played(core.copy(), job, now, rng, drawn) for _ in range(samples)]
    waits = np.array(found)

    def share(percent: float) -> float | None:
        at = float(np.percentile(waits, percent, method="higher"))
        return at if np.isfinite(at) else None

    unknown = int(np.count_nonzero(~np.isfinite(waits)))
    return Begins(share(10.0), share(50.0), share(90.0), samples, unknown)


def _played(core: Core, job: str, now: float, rng: np.random.Generator, shares: Floats) -> float:
    """Give the seconds until a job begins in one sample; infinite where it does not."""
    ends: list[tuple[float, int, str]] = []
    due: dict[str, float] = {}
    for a in core.taken:
        _draw(core, a, now, rng, shares, ends, due)
    at = now
    for _ in range(PASSES):
        for act in core.decide(at):
            name = core.ids[act.row]
            if act.start and name == job:
                return at - now
            if act.start:
                _draw(core, act.row, at, rng, shares, ends, due)
            else:
                again = core.jobs[act.row]
                due.pop(name, None)
                core.ended([name])
                if again is not None:
                    core.add([again])
                    heapq.heappush(ends, (at, -1, ""))
        if not ends:
            break
        at = max(at + STEP_S if ends[0][0] <= at else at, ends[0][0])
        over = []
        while ends and ends[0][0] <= at:
            when, _, name = heapq.heappop(ends)
            if due.get(name) == when:
                over.append(name)
                del due[name]
        core.ended(over)
    return float("inf")


def _draw(
    core: Core,
    a: int,
    now: float,
    rng: np.random.Generator,
    shares: Floats,
    ends: list[tuple[float, int, str]],
    due: dict[str, float],
) -> None:
    """Draw when a running row ends, given how long it runs already."""
    row = core.t.active[a]
    need = max(float(row["need"]), 1e-9)
    gone = (now - float(row["begun"])) / need
    if gone >= 1.0:
        share = gone
    elif len(shares):
        left = shares[shares > gone]
        share = float(rng.choice(left)) if len(left) else 1.0
    else:
        share = float(rng.uniform(gone, 1.0))
    name = core.ids[a]
    due[name] = float(row["begun"]) + share * need
    heapq.heappush(ends, (due[name], a, name))
