"""A plan simulated once: the history of its fleet over its horizon, of reality's own type.

    quarter 1 ── run ──> history ─┐
    quarter 2 ── run ──> history ─┴──> one history, clusters by accelerator and site

Each quarter is asked for what it needs and what training the one before left undone, as where a
plan is put to the test; this is one replication of it, kept whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from offtake.cycle.reading import world_of
from offtake.cycle.stress import case_of
from offtake.errors import Fault, OfftakeError, Where
from offtake.model.bucket import Bucket
from offtake.model.fleet import Fleet
from offtake.model.history import History, Outcomes, Strikes
from offtake.model.job import Jobs
from offtake.model.plan import Plan
from offtake.model.portfolio import Portfolio
from offtake.simulate.fleet import run
from offtake.simulate.parameters import Parameters
from offtake.simulate.stress.case import QUARTER_HOURS, Case
from offtake.simulate.stress.load import load
from offtake.simulate.stress.replication import POLICY, parameters_of, unit_of
from offtake.simulate.stress.there import Moment, clusters

HOUR_S = 3600.0
_Part = tuple[History, float, npt.NDArray[np.int64]]
"""History of a quarter, when it begins, and the places of its clusters."""


def simulate(
    plan: Plan,
    *,
    seed: int = 1,
    world: Portfolio | None = None,
    parameters: Parameters | None = None,
) -> History:
    """Simulate what the fleet of a plan does, quarter by quarter, in one future.

    Work that is not done by the end of a quarter is not carried into the next one.

    Args:
        plan: the plan.
        seed: of the future, failures and demand.
        world: the world it was made from; None is the one that was read in this process.
        parameters: failures, checkpoints and repair; None are the usual ones.

    Raises:
        OfftakeError: the world is not known (`OTK-E110`), or is another one (`OTK-S089`).
    """
    case = case_of(plan, world or world_of(plan), parameters or Parameters(), seed)
    future = int(np.random.default_rng(case.seed).permutation(case.futures)[0])
    made = [_quarter(case, future, number) for number in range(len(case.quarters))]
    return joined([f"{p.accelerator}@{p.site}" for p in case.places], made)


def _quarter(case: Case, future: int, quarter: int) -> tuple[Sequence[int], History | None]:
    unit, at = unit_of(case), Moment(future, quarter)
    asked = np.array([need.asked[future, quarter] for need in case.needs])
    places, there = clusters(case, at, unit)
    if not there:
        return (), None
    history = run(
        Fleet(clusters=there),
        load(case, quarter, asked, places, there).jobs,
        parameters_of(case, unit),
        horizon_s=QUARTER_HOURS * HOUR_S,
        policy=POLICY,
        seed=case.seed * 1_000_003 + quarter,
    )
    return places, history


def joined(
    names: Sequence[str], quarters: Sequence[tuple[Sequence[int], History | None]]
) -> History:
    """Join histories of quarters, one after the other, with clusters by their places.

    Args:
        names: clusters of the whole, by place.
        quarters: of each, the places of its clusters and its history; None has none.

    Raises:
        OfftakeError: no quarter has a history (`OTK-S084`).
    """
    hours = int(QUARTER_HOURS)
    shape = (len(names), hours * len(quarters))
    seconds = np.zeros((*shape, len(Bucket)))
    capacity, joules = np.zeros(shape), np.zeros(shape)
    parts: list[_Part] = []
    for number, (places, history) in enumerate(quarters):
        if history is None:
            continue
        span = slice(number * hours, (number + 1) * hours)
        to = np.array(places, np.int64)
        seconds[to, span] = history.seconds[:, :hours]
        capacity[to, span] = history.capacity[:, :hours]
        joules[to, span] = history.joules[:, :hours]
        parts.append((history, number * hours * HOUR_S, to))
    if not parts:
        what, where = "the plan has nothing in service to be simulated", Where(path="plan")
        raise OfftakeError(Fault(code="OTK-S084", what=what, where=where))
    return History(
        clusters=tuple(names),
        duration_s=hours * len(quarters) * HOUR_S,
        seconds=seconds,
        capacity=capacity,
        joules=joules,
        jobs=_jobs(parts),
        outcomes=_outcomes(parts),
        strikes=_strikes(parts),
        events=sum(history.events for history, _, _ in parts),
    )


def _jobs(parts: Sequence[_Part]) -> Jobs:
    kinds: list[Any] = []
    kind, ids = [], []
    for history, since, _ in parts:
        kind.append(history.jobs.kind + len(kinds))
        kinds += history.jobs.kinds
        ids += [f"q{since:.0f}-{row}" for row in range(len(history.jobs))]
    held = [history.jobs for history, _, _ in parts]
    return Jobs(
        submitted_s=np.concatenate([h.jobs.submitted_s + since for h, since, _ in parts]),
        work_s=np.concatenate([one.work_s for one in held]),
        limit_s=np.concatenate([one.limit_s for one in held]),
        accelerator_count=np.concatenate([one.accelerator_count for one in held]),
        kinds=tuple(kinds),
        kind=np.concatenate(kind).astype(np.int16),
        tenants=held[0].tenants,
        tenant=np.concatenate([one.tenant for one in held]),
        priority=np.concatenate([one.priority for one in held]),
        preemptible=np.concatenate([one.preemptible for one in held]),
        one_pod=np.concatenate([one.one_pod for one in held]),
        ids=np.array(ids, dtype=object),
    )


def _outcomes(parts: Sequence[_Part]) -> Outcomes:
    def places(history: History, to: npt.NDArray[np.int64]) -> npt.NDArray[np.int16]:
        was = history.outcomes.cluster
        return np.where(was < 0, -1, to[np.maximum(was, 0)]).astype(np.int16)

    return Outcomes(
        started_s=np.concatenate([h.outcomes.started_s + since for h, since, _ in parts]),
        ended_s=np.concatenate([h.outcomes.ended_s + since for h, since, _ in parts]),
        cluster=np.concatenate([places(h, to) for h, _, to in parts]),
        failures=np.concatenate([h.outcomes.failures for h, _, _ in parts]),
        preemptions=np.concatenate([h.outcomes.preemptions for h, _, _ in parts]),
    )


def _strikes(parts: Sequence[_Part]) -> Strikes:
    before = np.cumsum([0, *(len(history.jobs) for history, _, _ in parts)])
    return Strikes(
        time_s=np.concatenate([h.strikes.time_s + since for h, since, _ in parts]),
        cluster=np.concatenate([to[h.strikes.cluster] for h, _, to in parts]).astype(np.int32),
        nodes=np.concatenate([h.strikes.nodes for h, _, _ in parts]),
        cause=np.concatenate([h.strikes.cause for h, _, _ in parts]),
        job=np.concatenate(
            [
                np.where(h.strikes.job < 0, -1, h.strikes.job + start)
                for (h, _, _), start in zip(parts, before[:-1], strict=True)
            ]
        ),
        causes=parts[0][0].strikes.causes,
    )
