"""Simulating a fleet: many tenants' jobs on clusters that fail, are repaired, and are short."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from offtake.errors import OfftakeError
from offtake.model.fleet import Fleet
from offtake.model.history import History, Outcomes, Strikes
from offtake.model.job import Jobs
from offtake.policy.packed import pack
from offtake.policy.rules import POLICIES, Policy
from offtake.policy.tables import COLUMNS, N_FREE, N_RUNNING, Tables
from offtake.simulate.fleet.faults import faults
from offtake.simulate.fleet.loop import loop, wind_domains, wind_up
from offtake.simulate.fleet.setting import CAUSES, Case, chained, set_up
from offtake.simulate.fleet.tables import (
    CAPACITY,
    COLUMNS_OF_WORLD,
    HORIZON,
    JOULES,
    MORE_ROOM,
    N_EVENTS,
    N_HEAP,
    N_LOG,
    N_PIECE,
    N_PIECES,
    N_SPAN,
    N_SPANS,
    NOW,
    UNTIL,
    World,
)
from offtake.simulate.parameters import Parameters

Progress = Callable[[float, int], None]
"""Told now and then: seconds simulated, events worked off."""

Watch = Callable[[float, Tables, World], None]
"""Shown the tables now and then, to read and not to change."""

ROOM = 4096
"""Jobs that wait or run there is room for at first; it grows as needed."""


def run(
    fleet: Fleet,
    jobs: Jobs,
    parameters: Parameters | Mapping[str, Parameters] | None = None,
    *,
    horizon_s: float,
    policy: Policy | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    watch: Watch | None = None,
    step_s: float | None = None,
) -> History:
    """Give the history of a fleet that works off jobs, event by event.

    The same seed gives the same history; another policy meets the same failures of the same
    nodes and jobs. What still runs at the horizon counts as kept.

    Args:
        fleet: clusters with their deliveries, tenants and bursts.
        jobs: what is asked for, in order of arrival.
        parameters: of all clusters, or by cluster; None is the parameters' own defaults.
        horizon_s: how long to simulate.
        policy: who begins where; EASY backfill where none is named.
        seed: of all chance.
        progress: told every `step_s` simulated seconds, a thirtieth of the horizon if not given.
        watch: shown the tables as often.
        step_s: see `progress`.

    Raises:
        OfftakeError: the fleet, a job or a parameter cannot be simulated (`OTK-S110` to `S137`).
    """
    by_cluster = _by_cluster(fleet, parameters)
    wrong = faults(fleet, jobs, by_cluster, horizon_s)
    if wrong:
        raise OfftakeError(wrong)
    chosen = POLICIES["easy"] if policy is None else policy
    case = Case(fleet, jobs, chosen, by_cluster, horizon_s, seed)
    t, w = set_up(case, ROOM)
    wind_domains(pack(COLUMNS_OF_WORLD, w._asdict()))
    step = horizon_s / 30.0 if step_s is None else step_s
    while w.clock[UNTIL] < horizon_s or w.clock[NOW] < horizon_s:
        w.clock[UNTIL] = min(horizon_s, w.clock[NOW] + step) if progress or watch else horizon_s
        t, w = advance(t, w)
        w.clock[NOW] = w.clock[UNTIL]
        if progress:
            progress(float(w.clock[NOW]), int(w.number[N_EVENTS]))
        if watch:
            watch(float(w.clock[NOW]), t, w)
    wind_up(pack(COLUMNS, t._asdict()), pack(COLUMNS_OF_WORLD, w._asdict()), horizon_s)
    return _history(case, w)


def _by_cluster(
    fleet: Fleet, parameters: Parameters | Mapping[str, Parameters] | None
) -> Mapping[str, Parameters]:
    if isinstance(parameters, Mapping):
        usual = Parameters()
        return {cluster.id: parameters.get(cluster.id, usual) for cluster in fleet.clusters}
    given = Parameters() if parameters is None else parameters
    return {cluster.id: given for cluster in fleet.clusters}


def advance(t: Tables, w: World) -> tuple[Tables, World]:
    """Run until the clock's `UNTIL`, with larger tables wherever the old ones are full."""
    while loop(pack(COLUMNS, t._asdict()), pack(COLUMNS_OF_WORLD, w._asdict())) == MORE_ROOM:
        t, w = grown(t, w)
    return t, w


def grown(t: Tables, w: World) -> tuple[Tables, World]:
    """Give the same tables with more room wherever there is too little."""
    n = w.number
    if t.count[N_FREE] < 0:
        t, w = _more_jobs(t, w)
    running, nodes = int(t.count[N_RUNNING]), len(w.node)
    if n[N_PIECES] < 4 * running + 128:
        w = w._replace(piece=_more_of(w.piece, w, N_PIECE, N_PIECES))
    if n[N_SPANS] < nodes + 64:
        w = w._replace(span=_more_of(w.span, w, N_SPAN, N_SPANS))
    if n[N_HEAP] + 2 * (running + t.window.size + nodes + 64) > len(w.heap):
        w = w._replace(heap=_longer(w.heap, len(w.heap) + 2 * t.window.size))
    if n[N_LOG] + 2 >= len(w.log):
        w = w._replace(log=_longer(w.log, len(w.log)))
    return t, w


def _more_jobs(t: Tables, w: World) -> tuple[Tables, World]:
    """Give room for twice the jobs that wait or run; all rows were taken."""
    count = len(t.active)
    active = _longer(t.active, count)
    active["next"][count:] = chained(active.dtype, count)["next"] + count
    active["next"][-1] = -1
    t.count[N_FREE] = count
    run = _longer(w.run, count)
    run["key"][count:] = -1
    t = t._replace(active=active, running=_longer(t.running, count), out=_longer(t.out, count))
    hurt, crossing = _longer(w.hurt, count), _longer(w.crossing, count)
    return t, w._replace(run=run, hurt=hurt, crossing=crossing)


def _more_of(pool: Any, w: World, head: int, free: int) -> Any:
    """Give a pool of twice the rows; the new ones are taken first."""
    count = len(pool)
    made = _longer(pool, count)
    made["next"][count:] = chained(made.dtype, count)["next"] + count
    made["next"][-1] = w.number[head] if w.number[free] > 0 else -1
    w.number[head] = count
    w.number[free] += count
    return made


def _longer(table: Any, more: int) -> Any:
    made = np.zeros((len(table) + more, *table.shape[1:]), dtype=table.dtype)
    made[: len(table)] = table
    return made


def _history(case: Case, w: World) -> History:
    log = w.log[: w.number[N_LOG]]
    return History(
        clusters=tuple(cluster.id for cluster in case.fleet.clusters),
        duration_s=float(w.clock[HORIZON]),
        seconds=w.ledger[:, :, :CAPACITY],
        capacity=w.ledger[:, :, CAPACITY],
        joules=w.ledger[:, :, JOULES],
        jobs=case.jobs,
        outcomes=Outcomes(
            started_s=np.where(w.job_started < 0.0, np.nan, w.job_started),
            ended_s=np.where(w.job_ended < 0.0, np.nan, w.job_ended),
            cluster=w.job_cluster,
            failures=w.job_failures,
            preemptions=w.job_preemptions,
        ),
        strikes=Strikes(
            time_s=log["time"].copy(),
            cluster=log["cluster"].copy(),
            nodes=log["nodes"].copy(),
            cause=log["cause"].copy(),
            job=log["job"].copy(),
            causes=tuple(cause.value for cause in CAUSES),
        ),
        events=int(w.number[N_EVENTS]),
    )
