"""Whom a job may push aside: lower priority, and borrowers of its own quota.

    lacks room    jobs of lower priority, on the cluster where the fewest nodes are lacking
    lacks quota   jobs of its own tenant of lower priority, whatever the tenant uses, and jobs of
                  any priority on quota that others borrow while it stays within its own

Those are Kueue's rules (LowerPriority within a queue, Any in a cohort). What others borrow is taken
back in the turn of those within their own quota alone (`owns`; see `decide`).

Among those the lowest priority goes first, and of one priority the one that loses least:
node-seconds since its last checkpoint. They are given a grace to write another.
"""

from __future__ import annotations

from offtake.policy.compiled import compiled, inner
from offtake.policy.place import say
from offtake.policy.quota import guaranteed, promise, will_allow
from offtake.policy.tables import N_OUT, N_RUNNING, RUNNING, STOP, STOPPING, Table, Tables

MANY = 1e15
"""More accelerators than there are."""


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
    if theirs.used - theirs.coming <= theirs.nominal:
        return False
    return bool(mine.used - mine.coming + r.accelerators <= mine.nominal)


@inner
def yields(t: Tables, v: Table, r: Table, owns: bool, now: float) -> bool:
    """Tell whether job v has to give its quota back for job r, which `owns` quota or borrows."""
    if v.tenant == r.tenant:
        return outranked(v, r, now)
    return bool(owns and borrows(t, v, r, now))


@inner
def worst(t: Tables, at: int, r: Table, reclaims: bool, owns: bool, now: float) -> int:
    """Give the job that gives way first, of a cluster or of all for `at` -1; -1 is none."""
    found = -1
    for i in range(t.count[N_RUNNING]):
        v = t.active[t.running[i]]
        if at >= 0 and v.cluster != at:
            continue
        if not (yields(t, v, r, owns, now) if reclaims else outranked(v, r, now)):
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
    k = t.kind[r.kind]
    if r.nodes >= k.hopeless:
        return
    at = where(t, r, now)
    if at < 0:
        k.hopeless = r.nodes
        return
    c = t.cluster[at]
    while c.free + c.coming < r.nodes:
        v = worst(t, at, r, False, False, now)
        if v < 0:
            return
        halt(t, v, a)


@inner
def reclaim(t: Tables, a: int, owns: bool, now: float) -> bool:
    """Preempt for the quota a job lacks, and tell whether there will be enough; else nobody."""
    r = t.active[a]
    mine = t.tenant[r.tenant]
    if r.accelerators >= mine.hopeless:
        return False
    first = t.count[N_OUT]
    enough = frees(t, r, owns, now) >= r.accelerators
    while enough and will_allow(t.tenant, t.cohort, r.tenant) < r.accelerators:
        v = worst(t, -1, r, True, owns, now)
        if v < 0:
            enough = False
        else:
            halt(t, v, a)
    if not enough:
        while t.count[N_OUT] > first:
            t.count[N_OUT] -= 1
            go_on(t, t.out[t.count[N_OUT], 1])
        mine.hopeless = r.accelerators
    return bool(enough)


@inner
def frees(t: Tables, r: Table, owns: bool, now: float) -> float:
    """Give what a job's tenant could take at most if all gave way that may have to."""
    mine = t.tenant[r.tenant]
    own, others = 0.0, 0.0
    for i in range(t.count[N_RUNNING]):
        v = t.active[t.running[i]]
        if v.tenant == r.tenant:
            if outranked(v, r, now):
                own += v.accelerators
        elif (
            owns and v.state == RUNNING and v.gives > 0 and t.tenant[v.tenant].cohort == mine.cohort
        ):
            others += v.accelerators
    would = will_allow(t.tenant, t.cohort, r.tenant) + own
    if mine.cohort < 0:
        return float(min(would, guaranteed(mine)))
    return float(would + others)


@inner
def halt(t: Tables, v: int, a: int) -> None:
    """Begin to stop job v for job a."""
    giving(t, v)
    say(t, STOP, v, t.active[v].cluster, a)
    for who in range(len(t.tenant)):
        t.tenant[who].hopeless = MANY


@compiled
def giving(t: Tables, a: int) -> None:
    """Count what a running job holds as coming back: it is being stopped."""
    r = t.active[a]
    r.state = STOPPING
    t.cluster[r.cluster].coming += r.nodes
    promise(t.tenant, t.cohort, r.tenant, float(r.accelerators))


@inner
def go_on(t: Tables, a: int) -> None:
    """Let a job run on that was to be stopped."""
    halted(t, a)
    t.active[a].state = RUNNING


@inner
def halted(t: Tables, a: int) -> None:
    """Count a preempted job no longer among those that are coming; it has left its nodes."""
    r = t.active[a]
    t.cluster[r.cluster].coming -= r.nodes
    promise(t.tenant, t.cohort, r.tenant, -float(r.accelerators))
