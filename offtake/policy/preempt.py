"""Whom a job may push aside: lower priority, and borrowers of its own quota.

Among those the lowest priority goes first, and of one priority the one that loses least:
node-seconds since its last checkpoint. They are given a grace to write another.
"""

from __future__ import annotations

from offtake.policy.compiled import inner
from offtake.policy.place import say
from offtake.policy.tables import N_RUNNING, RUNNING, STOP, STOPPING, Table, Tables


@inner
def loss(r: Table, now: float) -> float:
    """Give the node-seconds of work that stopping a job now would undo."""
    if r.cycle <= 0.0:
        return 0.0
    return float(r.nodes * (max(0.0, now - r.saved) % r.cycle))


@inner
def outranked(v: Table, r: Table, now: float) -> bool:
    """Tell whether job v has to give way to job r; not in the pass it begins in."""
    return bool(v.state == RUNNING and v.gives > 0 and v.begun < now and v.priority < r.priority)


@inner
def borrows(t: Tables, v: Table, r: Table, now: float) -> bool:
    """Tell whether job v runs on quota that its tenant borrows and job r's tenant owns."""
    mine, theirs = t.tenant[r.tenant], t.tenant[v.tenant]
    if v.state != RUNNING or v.gives == 0 or v.begun >= now or v.tenant == r.tenant:
        return False
    if mine.cohort < 0 or mine.cohort != theirs.cohort:
        return False
    return bool(theirs.used > theirs.nominal and mine.used + r.accelerators <= mine.nominal)


@inner
def worst(t: Tables, at: int, r: Table, reclaims: bool, now: float) -> int:
    """Give the job that gives way first, of a cluster or of all for `at` -1; -1 is none."""
    found = -1
    for i in range(t.count[N_RUNNING]):
        v = t.active[t.running[i]]
        if at >= 0 and v.cluster != at:
            continue
        if not (borrows(t, v, r, now) if reclaims else outranked(v, r, now)):
            continue
        if found < 0 or before(v, t.active[found], now):
            found = t.running[i]
    return found


@inner
def before(v: Table, w: Table, now: float) -> bool:
    """Tell whether job v gives way before job w."""
    if v.priority != w.priority:
        return bool(v.priority < w.priority)
    return loss(v, now) < loss(w, now)


@inner
def where(t: Tables, r: Table, now: float) -> int:
    """Give the cluster on which a job has to push aside the fewest nodes; -1 is none."""
    for at in range(len(t.cluster)):
        t.cluster[at].gives = 0
    for i in range(t.count[N_RUNNING]):
        v = t.active[t.running[i]]
        if outranked(v, r, now):
            t.cluster[v.cluster].gives += v.nodes
    best = -1
    least = 2147483647
    for at in range(len(t.cluster)):
        c = t.cluster[at]
        lacking = r.nodes - c.free - c.coming
        if t.speed[r.kind, at] > 0.0 and lacking <= c.gives and lacking < least:
            least = lacking
            best = at
    return best


@inner
def push_aside(t: Tables, a: int, now: float) -> None:
    """Preempt as many of lower priority as a job that lacks room needs, or none."""
    r = t.active[a]
    at = where(t, r, now)
    if at < 0:
        return
    c = t.cluster[at]
    while c.free + c.coming < r.nodes:
        v = worst(t, at, r, False, now)
        if v < 0:
            return
        halt(t, v, a)


@inner
def reclaim(t: Tables, a: int, allowed: float, now: float) -> None:
    """Preempt borrowers of the quota a job's tenant owns, until there will be enough for it."""
    r = t.active[a]
    if t.tenant[r.tenant].cohort < 0:
        return
    cohort = t.cohort[t.tenant[r.tenant].cohort]
    while allowed + cohort.coming < r.accelerators:
        v = worst(t, -1, r, True, now)
        if v < 0:
            return
        halt(t, v, a)
        t.active[v].reclaimed = 1
        cohort.coming += t.active[v].accelerators


@inner
def halt(t: Tables, v: int, a: int) -> None:
    """Begin to stop job v for job a."""
    r = t.active[v]
    r.state = STOPPING
    t.cluster[r.cluster].coming += r.nodes
    say(t, STOP, v, r.cluster, a)


@inner
def halted(t: Tables, a: int) -> None:
    """Count a preempted job no longer among those that are coming; it has left its nodes."""
    r = t.active[a]
    t.cluster[r.cluster].coming -= r.nodes
    if r.reclaimed:
        t.cohort[t.tenant[r.tenant].cohort].coming -= r.accelerators
        r.reclaimed = 0
