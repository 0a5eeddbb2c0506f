"""What changes the speed of jobs that run: other jobs on the network, and limits on power."""

from __future__ import annotations

import math

from offtake.policy.compiled import inner
from offtake.policy.tables import N_RUNNING, Table, Tables
from offtake.simulate.fleet.launch import CROWD_STEPS, crowd, launch
from offtake.simulate.fleet.stretch import close
from offtake.simulate.fleet.tables import N_CROSSING, N_CROWDED, World

STEPS = 64.0
"""Power caps are set in steps of 1/64 of full power."""


@inner
def rerate(t: Tables, w: World, a: int, now: float) -> None:
    """Begin a new stretch at the speed a job has now."""
    close(t, w, a, now, False, False)
    launch(t, w, a, now)


@inner
def recount(t: Tables, w: World, now: float) -> None:
    """Set the speed anew of all jobs that reach over pods that others now crowd more, or less."""
    changed = False
    for i in range(w.number[N_CROWDED]):
        p = t.pod[w.touched[i]]
        s = w.site[p.cluster]
        p.touched = 0
        level = crowd(s, p)
        if level != p.crowd:
            p.crowd = level
            s.crowded = 1
            changed = True
    w.number[N_CROWDED] = 0
    if not changed:
        return
    for i in range(w.number[N_CROSSING]):
        a = w.crossing[i]
        r = w.run[a]
        s = w.site[t.active[a].cluster]
        if s.crowded and r.key >= 0:
            rate = s.speed / (1.0 + s.exposed * pressed(t, w, r) / CROWD_STEPS)
            if rate != r.rate:
                rerate(t, w, a, now)
    for at in range(len(w.site)):
        w.site[at].crowded = 0


@inner
def pressed(t: Tables, w: World, r: Table) -> int:
    """Give how crowded the worst of a job's pods is, as last counted."""
    most = 0
    i = r.span
    while i >= 0:
        if w.span[i].nodes > 0:
            most = max(most, t.pod[w.span[i].pod].crowd)
        i = w.span[i].next
    return int(most)


@inner
def throttle(t: Tables, w: World, at: int, now: float, up: bool) -> None:
    """Hold a cluster within its power: all jobs are capped alike.

    held · watts · cap + (idle + drained) · watts · idle share ≤ budget

    A cap comes down at once, and goes up where `up` allows. Below the cap that leaves no
    speed, jobs are paused and draw what idle nodes do.
    """
    s = w.site[at]
    cap = allowed(s)
    if cap == s.cap or (cap > s.cap and not up):
        return
    s.cap = cap
    s.speed = max(0.0, 1.0 - s.loss * (1.0 - cap) * (1.0 - cap))
    for i in range(t.count[N_RUNNING]):
        a = t.running[i]
        if t.active[a].cluster == at:
            rerate(t, w, a, now)


@inner
def allowed(s: Table) -> float:
    """Give the cap that keeps a cluster within its budget, in whole steps."""
    if s.held == 0:
        return float(s.ceiling)
    each = s.each * s.watts
    left = s.budget - (s.idle + s.away) * each * s.idle_share
    cap = min(s.ceiling, left / (s.held * each))
    if cap >= s.ceiling:
        return float(s.ceiling)
    return float(max(0.0, math.floor(cap * STEPS) / STEPS))
