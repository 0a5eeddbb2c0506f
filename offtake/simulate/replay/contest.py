"""One trace under several policies: the same jobs, the same failures, other queues.

events   the fleet's own kernel: a job keeps its accelerators from begin to end, unless it
         is pushed aside for one of higher priority; passes every 30 s
rounds   jobs may be stopped and moved every 6 minutes at no cost, and never fail (Gavel)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError, Where, few
from offtake.model.bucket import Bucket
from offtake.model.fleet import Cluster, Delivery, Fleet, Price
from offtake.model.history import History
from offtake.model.job import Jobs, Kind
from offtake.policy.rules import POLICIES
from offtake.simulate.fleet.front import run
from offtake.simulate.parameters import Cause, Checkpoint, Hazard, Parameters, Topology
from offtake.simulate.replay.outcome import HOUR_S, Done, Outcome, outcome
from offtake.simulate.replay.rounds import Share, Work, replay_rounds

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Said = Callable[[str], None]

YEAR_S = 365.0 * 24.0 * HOUR_S
LONGEST_S = 7.0 * YEAR_S
"""No simulation goes on for longer; with a job of a year behind it, the clock's range is used."""
_HELD = tuple(
    bucket
    for bucket in Bucket
    if bucket not in (Bucket.IDLE, Bucket.DOWN, Bucket.DRAINED, Bucket.FRAGMENTATION)
)
"""Time of accelerators that a job holds."""


class How(StrEnum):
    """What a policy is simulated by."""

    EVENTS = "events"
    ROUNDS = "rounds"


@dataclass(frozen=True, slots=True)
class Entrant:
    """A policy that can be named."""

    how: How
    says: str
    rule: str
    """Its name in `POLICIES`, or a `Share`."""


ENTRANTS: Mapping[str, Entrant] = {
    "fifo": Entrant(How.EVENTS, "first come, nobody passes", "fifo"),
    "easy": Entrant(How.EVENTS, "first come, others pass where they delay nobody", "easy"),
    "priority": Entrant(How.EVENTS, "EASY, and higher priority pushes lower aside", "priority"),
    "shortest": Entrant(How.EVENTS, "shortest job begins first, EASY", "srtf"),
    "least": Entrant(How.EVENTS, "least attained service begins first, EASY", "las"),
    "furthest": Entrant(How.EVENTS, "furthest behind begins first, EASY", "ftf"),
    "fifo-rounds": Entrant(How.ROUNDS, "first come, nobody passes", Share.FIFO),
    "srtf": Entrant(How.ROUNDS, "shortest remaining time first, preemptive", Share.SHORTEST),
    "las": Entrant(How.ROUNDS, "least attained service: equal accelerator time", Share.MAX_MIN),
    "ftf": Entrant(How.ROUNDS, "finish-time fairness: the worst ρ is least", Share.FINISH_TIME),
    "max-min": Entrant(How.ROUNDS, "max-min fairness by speed, an LP", Share.MAX_MIN_BY_SPEED),
}
"""Policies by the names the command line has for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One type of accelerator there is."""

    id: str
    accelerators_count: int
    per_node_count: int = 1
    usd_per_gpu_hour: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Jobs to be run under every policy, in order of arrival."""

    arrival_s: Floats
    work_s: Floats
    """On the first type of accelerator at speed 1, or of `steps` at a step a second."""
    accelerators_count: Ints
    priority: Ints
    speed: Floats
    """A row a job, a column a place: work seconds done a second; 0 cannot run there."""
    typed: bool = False
    """Whether speeds differ by type, so that a policy can make something of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One policy's figures."""

    policy: str
    how: How
    outcome: Outcome


def entrants(trace: Trace, failures: float) -> tuple[tuple[str, ...], dict[str, str]]:
    """Give the policies that apply, and why each other one does not."""
    left: dict[str, str] = {}
    for name, entrant in ENTRANTS.items():
        if name == "priority" and len(np.unique(trace.priority)) < 2:
            left[name] = "all jobs have one priority"
        elif entrant.rule == Share.MAX_MIN_BY_SPEED and not trace.typed:
            left[name] = "speeds do not differ by type of accelerator: it is `las` then"
        elif entrant.how is How.ROUNDS and failures > 0.0:
            left[name] = "rounds know no failures"
    return tuple(name for name in ENTRANTS if name not in left), left


def contest(
    name: str, trace: Trace, places: tuple[Place, ...], *, failures: float, seed: int, said: Said
) -> Result:
    """Run a trace under one policy.

    Args:
        name: of `ENTRANTS`.
        trace: the jobs.
        places: types of accelerator, the preferred first.
        failures: per 1000 node-days; events only.
        seed: of failures, and of the order blind rounds go through types in.
        said: told in words how far it is.

    Raises:
        OfftakeError: the jobs do not end within 7 years (`OTK-S060`), one takes longer than a
            year (`OTK-S067`), or they cannot be run (`OTK-S1..`, `OTK-S34.`).
    """
    entrant = ENTRANTS[name]
    _check(trace)
    if entrant.how is How.ROUNDS:
        done = _in_rounds(Share(entrant.rule), trace, places, seed, said)
    else:
        done = _by_events(entrant.rule, trace, places, failures, seed, said)
    prices = [place.usd_per_gpu_hour for place in places]
    known = [price for price in prices if price is not None]
    capacity = np.array([place.accelerators_count for place in places])
    paid = np.array(known) if len(known) == len(prices) else None
    return Result(policy=name, how=entrant.how, outcome=outcome(done, capacity, paid))


def _check(trace: Trace) -> None:
    slowest = np.where(trace.speed > 0.0, trace.speed, np.inf).min(axis=1)
    takes = trace.work_s / slowest
    faults = [
        Fault(
            code="OTK-S067",
            what="a job takes longer than a year",
            where=Where(path=f"job {row + 1} of those that are run"),
            got=f"{takes[row] / YEAR_S:.3g} years",
            hint="leave it out, or leave out the type of accelerator it is so slow on",
        )
        for row in np.flatnonzero(takes > YEAR_S).tolist()
    ]
    if faults:
        raise OfftakeError(few(faults))


def _in_rounds(
    share: Share, trace: Trace, places: tuple[Place, ...], seed: int, said: Said
) -> Done:
    counts = _whole(trace.accelerators_count, places)
    work = Work(
        arrival_s=trace.arrival_s,
        accelerators_count=counts,
        # Rounds do whole steps alone; so a step is a millisecond of work.
        steps=np.maximum(1.0, np.round(1_000.0 * trace.work_s)),
        speed=1_000.0 * trace.speed,
    )
    capacity = np.array([place.accelerators_count for place in places])
    made = replay_rounds(
        work,
        capacity,
        share,
        (0, len(counts)),
        seed=seed,
        told=lambda ended, all_of: said(f"{ended:,} of {all_of:,} jobs ended"),
    )
    return Done(
        arrival_s=trace.arrival_s,
        ended_s=trace.arrival_s + made.completion_s,
        waited_s=made.waited_s,
        alone_s=_alone(trace),
        accelerators_count=counts,
        stops_count=made.stops_count,
        held_hours=(made.held_s * counts[:, None]).sum(axis=0) / HOUR_S,
    )


def _by_events(
    rule: str,
    trace: Trace,
    places: tuple[Place, ...],
    failures: float,
    seed: int,
    said: Said,
) -> Done:
    jobs, fleet = _jobs(trace, places), _fleet(places)
    parameters = Parameters(
        topology=Topology(accelerators_per_node_count=places[0].per_node_count),
        hazards=(Hazard(cause=Cause.UNKNOWN, rate_per_day=failures / 1_000.0),)
        if failures > 0.0
        else (),
        checkpoint=Checkpoint(interval_minutes=60.0 if failures > 0.0 else 0.0),
    )
    horizon = _guess_s(trace, places)
    while True:
        history = run(
            fleet,
            jobs,
            parameters,
            horizon_s=horizon,
            policy=POLICIES[rule],
            seed=seed,
            progress=lambda at, events: said(f"day {at / 86_400.0:,.0f}, {events:,} events"),
        )
        open_count = int(np.isnan(history.outcomes.ended_s).sum())
        if not open_count:
            return _done(trace, places, history)
        if horizon >= LONGEST_S:
            raise OfftakeError(
                Fault(
                    code="OTK-S060",
                    what="jobs of a trace do not end within 7 years",
                    got=f"{open_count} of {len(jobs)} jobs under {rule}",
                    hint="take more accelerators, or fewer failures",
                )
            )
        horizon = min(LONGEST_S, 2.0 * horizon)


def _done(trace: Trace, places: tuple[Place, ...], history: History) -> Done:
    held = sum(history.seconds[:, :, i] for i, bucket in enumerate(Bucket) if bucket in _HELD)
    return Done(
        arrival_s=trace.arrival_s,
        ended_s=history.outcomes.ended_s,
        waited_s=history.outcomes.started_s - trace.arrival_s,
        alone_s=_alone(trace),
        accelerators_count=_whole(trace.accelerators_count, places),
        stops_count=history.outcomes.preemptions.astype(np.int64),
        held_hours=np.asarray(held).sum(axis=1) / HOUR_S,
    )


def _alone(trace: Trace) -> Floats:
    return np.asarray(trace.work_s / trace.speed.max(axis=1))


def _whole(counts: Ints, places: tuple[Place, ...]) -> Ints:
    """Round up to whole nodes, which is what is given out."""
    each = places[0].per_node_count
    return np.asarray(-(-counts // each) * each)


def _guess_s(trace: Trace, places: tuple[Place, ...]) -> float:
    """Give a time by which all is likely done: what comes, one job after another at half speed."""
    total = sum(place.accelerators_count for place in places)
    alone = _alone(trace)
    busy = float((alone * _whole(trace.accelerators_count, places)).sum()) / total
    last, longest = float(trace.arrival_s[-1]), float(alone.max())
    guess = 1.2 * (last + 2.0 * busy + 2.0 * longest) + 10.0 * HOUR_S
    return min(LONGEST_S, guess)


def _fleet(places: tuple[Place, ...]) -> Fleet:
    return Fleet(
        clusters=tuple(
            Cluster(
                id=place.id,
                accelerator=place.id,
                accelerators_per_node_count=place.per_node_count,
                nodes_per_pod_count=place.accelerators_count // place.per_node_count,
                deliveries=(Delivery(node_count=place.accelerators_count // place.per_node_count),),
                price=Price(usd_per_gpu_hour=place.usd_per_gpu_hour or 0.0),
            )
            for place in places
        )
    )


def _jobs(trace: Trace, places: tuple[Place, ...]) -> Jobs:
    rows, kind = np.unique(trace.speed, axis=0, return_inverse=True)
    kinds = tuple(
        Kind(
            id=f"{place}",
            speed_ratio={
                where.id: float(value) for where, value in zip(places, row, strict=True) if value
            },
        )
        for place, row in enumerate(rows)
    )
    return Jobs.of(
        trace.arrival_s,
        trace.work_s,
        trace.accelerators_count,
        kinds=kinds,
        kind=kind.ravel(),
        priority=trace.priority,
        preemptible=np.ones(len(trace.work_s), np.bool_),
    )
