"""Whom a job may push aside: lower priority, and borrowers of its own quota.

Among those the lowest priority goes first, and of one priority the one that loses least:
node-seconds since its last checkpoint. They are given a grace to write another.
"""

from __future__ import annotations

from offtake.policy.compiled import compiled
from offtake.policy.place import say
from offtake.policy.tables import N_RUNNING, RUNNING, STOP, STOPPING, Table, Tables


@compiled
def loss(r: Table, now: float) -> float:
    """Give the node-seconds of work that stopping a job now would undo."""
    if r.cycle <= 0.0:
        return 0.0
    return float(r.nodes * (max(0.0, now - r.saved) % r.cycle))


@compiled
def yields(t: Tables, v: Table, r: Table, reclaims: bool) -> bool:
    """Tell whether job v has to give way to job r."""
    if v.state != RUNNING or v.gives == 0:
        return False
    if v.priority < r.priority and not reclaims:
        return True
    if v.tenant == r.tenant or t.tenant[r.tenant].cohort < 0:
        return False
    if t.tenant[v.tenant].cohort != t.tenant[r.tenant].cohort:
        return False
    mine, theirs = t.tenant[r.tenant], t.tenant[v.tenant]
    return bool(theirs.used > theirs.nominal and mine.used + r.accelerators <= mine.nominal)


@compiled
def worst(t: Tables, at: int, r: Table, reclaims: bool, now: float) -> int:
    """Give the job of a cluster that gives way first; -1 is none."""
    found = -1
    for i in range(t.count[N_RUNNING]):
        v = t.active[t.running[i]]
        if v.cluster != at or not yields(t, v, r, reclaims):
            continue
        if found < 0:
            found = t.running[i]
            continue
        w = t.active[found]
        if v.priority < w.priority or (v.priority == w.priority and loss(v, now) < loss(w, now)):
            found = t.running[i]
    return found


@compiled
def where(t: Tables, r: Table, reclaims: bool) -> int:
    """Give the cluster on which a job has to push aside the fewest nodes; -1 is none."""
    for at in range(len(t.cluster)):
        t.cluster[at].gives = 0
    for i in range(t.count[N_RUNNING]):
        v = t.active[t.running[i]]
        if yields(t, v, r, reclaims):
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


@compiled
def push_aside(t: Tables, a: int, now: float, reclaims: bool) -> bool:
    """Preempt as many as a blocked job needs, or none; tell whether it now has a claim.

    Where quota is reclaimed at least one borrower stops, even if nodes are free.
    """
    r = t.active[a]
    if r.claimed >= 0:
        c = t.cluster[r.claimed]
        if c.coming > 0 and c.free + c.coming >= r.nodes:
            return True
    at = where(t, r, reclaims)
    if at < 0:
        return False
    c = t.cluster[at]
    freed = 0
    while c.free + c.coming < r.nodes or (reclaims and freed < r.nodes):
        v = worst(t, at, r, reclaims, now)
        if v < 0:
            break
        t.active[v].state = STOPPING
        c.coming += t.active[v].nodes
        freed += t.active[v].nodes
        say(t, STOP, v, at, a)
    r.claimed = at
    return bool(c.free + c.coming >= r.nodes)
