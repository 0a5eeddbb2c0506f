"""Failures: what goes down, who is hurt, how they recover, and when repair gives nodes back."""

from __future__ import annotations

import math

from offtake.policy.compiled import inner
from offtake.policy.tables import NEVER, STOPPING, Table, Tables
from offtake.simulate.fleet.chance import spread, uniform
from offtake.simulate.fleet.heap import key_of, push, tick
from offtake.simulate.fleet.hold import (
    detach,
    new_life,
    pull_free,
    push_free,
    soonest,
    spare,
)
from offtake.simulate.fleet.launch import launch
from offtake.simulate.fleet.leave import requeue
from offtake.simulate.fleet.post import flush
from offtake.simulate.fleet.stretch import close
from offtake.simulate.fleet.tables import (
    ABSENT,
    AWAY,
    BROKEN,
    FREE,
    HELD,
    N_HURT,
    N_LOG,
    N_SEED,
    World,
)

SPARE, REPLICA, REQUEUE = range(3)
"""Tiers of `parameters.Tier`."""

_REPAIR_STREAM = 1 << 41
_JOB_STREAM = 1 << 42


@inner
def log(w: World, now: float, at: int, nodes: int, cause: int, job: int) -> None:
    """Keep a strike."""
    row = w.log[w.number[N_LOG]]
    row.time = now
    row.cluster = at
    row.nodes = nodes
    row.cause = cause
    row.job = job
    w.number[N_LOG] += 1


@inner
def hit(t: Tables, w: World, i: int, now: float, breaks: bool, drains: bool) -> None:
    """Strike one node; the job on it joins those that are hurt."""
    n = w.node[i]
    at = t.pod[n.pod].cluster
    s = w.site[at]
    flush(s, w.ledger[at], now)
    if n.state == HELD:
        a = n.owner
        if w.run[a].hurt == 0:
            close(t, w, a, now, True, False)
            w.run[a].hurt = 1
            w.hurt[w.number[N_HURT]] = a
            w.number[N_HURT] += 1
        if breaks:
            detach(t, w, i, now)
        else:
            n.dies = now + new_life(s, n, i, w.number[N_SEED], now)
    elif n.state == FREE and breaks:
        pull_free(t, w, i)
    else:
        return
    if breaks:
        n.state = AWAY if drains else BROKEN
        s.away += 1 if drains else 0
        s.down += 0 if drains else 1
        mend(w, s, n, i, now)


@inner
def mend(w: World, s: Table, n: Table, i: int, now: float) -> None:
    """Draw how long the repair of a node takes, and whether it finds what was wrong."""
    seed = w.number[N_SEED]
    base = 8 * n.draws
    n.draws += 1
    where = _REPAIR_STREAM + i
    u = uniform(seed, where, base)
    v = uniform(seed, where, base + 1)
    time = s.auto * spread(s.repair_law, s.repair_shape, u, v)
    fixed = uniform(seed, where, base + 2) >= s.auto_silent
    if not (s.only_unfixed and fixed) and uniform(seed, where, base + 3) < s.manual_share:
        u = uniform(seed, where, base + 4)
        v = uniform(seed, where, base + 5)
        time += s.manual * spread(s.repair_law, s.repair_shape, u, v)
        fixed = uniform(seed, where, base + 6) >= s.manual_silent
    n.cured = 1 if fixed else 0
    n.back = tick(now + time)
    n.key = key_of(n.back, i)
    push(w.heap, w.number, n.key)


@inner
def mended(t: Tables, w: World, i: int, now: float) -> None:
    """Take a node back from repair."""
    n = w.node[i]
    at = t.pod[n.pod].cluster
    s = w.site[at]
    flush(s, w.ledger[at], now)
    s.away -= 1 if n.state == AWAY else 0
    s.down -= 0 if n.state == AWAY else 1
    n.key = -1
    if n.cured and s.lemons_cured:
        n.lemon = 0
    n.dies = new_life(s, n, i, w.number[N_SEED], now)
    push_free(t, w, i)


@inner
def remove(t: Tables, w: World, i: int, now: float) -> None:
    """Take a node out of the fleet, with what runs on it."""
    n = w.node[i]
    if n.state == ABSENT:
        return
    s = w.site[t.pod[n.pod].cluster]
    if n.state == AWAY or n.state == BROKEN:
        s.away -= 1 if n.state == AWAY else 0
        s.down -= 0 if n.state == AWAY else 1
    else:
        hit(t, w, i, now, True, False)
        s.down -= 1
    n.key = -1
    n.state = ABSENT
    s.present -= 1


@inner
def recover_all(t: Tables, w: World, now: float) -> None:
    """Let all that were hurt recover, or go back to the queue."""
    for i in range(w.number[N_HURT]):
        a = w.hurt[i]
        w.run[a].hurt = 0
        recover(t, w, a, now)
    w.number[N_HURT] = 0


@inner
def recover(t: Tables, w: World, a: int, now: float) -> None:
    """Give a struck job new nodes and let it restart; without them it goes back to the queue."""
    r, j = w.run[a], t.active[a]
    s = w.site[j.cluster]
    w.job_failures[j.job] += 1
    s.failures += 1.0
    r.frozen = 0
    r.notice = NEVER
    if j.state != STOPPING:
        r.stops = NEVER
    known, again = delays(w, s, j, r)
    r.again = 1
    lacks = j.nodes - r.held
    if lacks > 0 and s.tier == SPARE:
        pod = t.cluster[j.cluster].first_pod
        if r.head >= 0:
            pod = w.node[r.head].pod
        while r.held < j.nodes and spare(t, w, a, j.cluster, pod, now):
            lacks -= 1
    if lacks > 0 or s.tier == REQUEUE:
        r.over = known
        if known > 0.0:
            r.stops = min(r.stops, now + known)
        else:
            requeue(t, w, a, now)
            return
    else:
        r.over = known + again
    soonest(w, a)
    launch(t, w, a, now)


@inner
def delays(w: World, s: Table, j: Table, r: Table) -> tuple[float, float]:
    """Give the seconds until a failure is known, and from then to the first step."""
    seed = w.number[N_SEED]
    known = s.heartbeat
    if s.hang_share > 0.0:
        r.draws += 1
        if uniform(seed, _JOB_STREAM + j.job, r.draws) < s.hang_share:
            known = s.hang
    return known, restart_time(w, s, j, r)


@inner
def restart_time(w: World, s: Table, j: Table, r: Table) -> float:
    """Give the seconds of a restart: processes, the checkpoint read, slow first steps."""
    read = s.reload
    if s.remote_share > 0.0:
        r.draws += 1
        if uniform(w.number[N_SEED], _JOB_STREAM + j.job, r.draws) < s.remote_share:
            read = s.remote
    return float(s.restart + read + s.warm_up)


@inner
def silent(w: World, s: Table, j: Table, r: Table, now: float) -> bool:
    """Tell whether a failure goes unseen; then nothing counts as saved until it is noticed."""
    if s.silent_share <= 0.0 or r.frozen:
        return False
    r.draws += 2
    seed = w.number[N_SEED]
    if uniform(seed, _JOB_STREAM + j.job, r.draws) >= s.silent_share:
        return False
    r.frozen = 1
    r.notice = now - s.silent * math.log(uniform(seed, _JOB_STREAM + j.job, r.draws + 1))
    return True
