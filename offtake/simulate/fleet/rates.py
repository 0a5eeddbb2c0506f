"""What changes the speed of jobs that run: other jobs on the network, and limits on power."""

from __future__ import annotations

import math

from offtake.policy.compiled import inner
from offtake.policy.tables import N_RUNNING, Table, Tables
from offtake.simulate.fleet.launch import crowd, launch, waiting
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
    w.number[N_CROWDED] = 0
    changed = False
    for at in range(len(w.site)):
        s = w.site[at]
        if s.crowded:
            s.crowded = 1 if other(t, s, t.cluster[at]) else 0
            changed = changed or s.crowded > 0
    if not changed:
        return
    for i in range(w.number[N_CROSSING]):
        a = w.crossing[i]
        r = w.run[a]
        s = w.site[t.active[a].cluster]
        if s.crowded and r.key >= 0:
            rate = s.speed / (1.0 + waiting(t, w, s, r))
            if rate != r.rate:
                rerate(t, w, a, now)
    for at in range(len(w.site)):
        w.site[at].crowded = 0


@inner
def other(t: Tables, s: Table, c: Table) -> bool:
    """Tell whether pods of a cluster are crowded otherwise than when speeds were last set."""
    changed = False
    if s.exposed <= 0.0:
        return changed
    for p in range(c.first_pod, c.first_pod + c.pods):
        level = crowd(s, t.pod[p])
        if level != t.pod[p].crowd:
            t.pod[p].crowd = level
            changed = True
    return changed


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
