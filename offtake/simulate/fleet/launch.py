"""Beginning a stretch: how fast the job is now, and what happens to it first."""

from __future__ import annotations

import math

from offtake.policy.compiled import inner
from offtake.policy.tables import NEVER, Table, Tables
from offtake.simulate.fleet.chance import uniform
from offtake.simulate.fleet.heap import key_of, push, tick
from offtake.simulate.fleet.stretch import lasts
from offtake.simulate.fleet.tables import (
    FAIL,
    FINISH,
    LEAVE,
    N_SEED,
    NOTICE,
    OWN,
    World,
)

CROWD_STEPS = 16.0
"""Steps in which crowding of a pod's uplinks is counted."""

FIXED, YOUNG_DALY, ADAPTIVE = range(3)
"""Rules of `parameters.Interval`."""


@inner
def launch(t: Tables, w: World, a: int, now: float) -> None:
    """Begin a stretch of a job that holds its nodes, and await the first event of it."""
    r, j = w.run[a], t.active[a]
    s = w.site[j.cluster]
    r.began = now
    pace(t, w, a)
    due = now + lasts(r, max(0.0, j.left - r.unsaved))
    r.event = FINISH
    if r.fails < due:
        due = max(now, r.fails)
        r.event = FAIL
    own = own_rate(w, s, j.nodes)
    if own > 0.0:
        u = uniform(w.number[N_SEED], j.job, r.draws)
        r.draws += 1
        struck = now - math.log(u) / own
        if struck < due:
            due = struck
            r.event = OWN
    if r.notice < due:
        due = r.notice
        r.event = NOTICE
    if r.stops <= due:
        due = r.stops
        r.event = LEAVE
    if due >= NEVER:
        r.key = -1
        return
    r.due = tick(due)
    r.key = key_of(r.due, len(w.node) + len(w.domain) + a)
    push(w.heap, w.number, r.key)


@inner
def own_rate(w: World, s: Table, nodes: int) -> float:
    """Give how often a job of so many nodes is struck by what only small jobs suffer."""
    rate = 0.0
    for i in range(s.first_hazard, s.first_hazard + s.hazards):
        h = w.hazard[i]
        if h.most >= nodes:
            rate += h.rate * nodes
    return rate


@inner
def pace(t: Tables, w: World, a: int) -> None:
    """Set a job's speed from its placement and its cluster's power, and its checkpoints.

    productive = cap's speed / (1 + exposed),  work a second = productive · speed of its kind
    """
    r, j = w.run[a], t.active[a]
    s = w.site[j.cluster]
    waits = waiting(t, w, s, r)
    r.rate = s.speed / (1.0 + waits)
    r.exposed = r.rate * waits
    r.pace = r.rate * t.speed[j.kind, j.cluster]
    r.power = s.watts * (s.cap if s.speed > 0.0 else s.idle_share)
    r.delta = s.delta
    r.drain = s.drain
    r.tau = s.tau
    if s.interval == YOUNG_DALY:
        rate = s.node_rate * j.nodes + own_rate(w, s, j.nodes)
        r.tau = math.sqrt(2.0 * s.delta / rate) if rate > 0.0 else NEVER
    elif s.interval == ADAPTIVE and s.failures > 0.0:
        r.tau = math.sqrt(2.0 * s.delta * s.exposure / (s.failures * j.nodes))
    j.cycle = r.tau + r.delta if r.tau > 0.0 else 0.0
    j.saved = r.began + r.over - r.phase


@inner
def waiting(t: Tables, w: World, s: Table, r: Table) -> float:
    """Give what a job waits for other pods over what it computes.

    exposed · max(1, oversubscription · share of the pod's nodes that reach out), in the pod
    where that is most: the slowest sets the pace. Counted in sixteenths, to the nearest, so that
    jobs are not slowed and sped up by every small neighbour.
    """
    if r.span < 0 or s.exposed <= 0.0:
        return 0.0
    most = 0
    i = r.span
    while i >= 0:
        if w.span[i].nodes > 0:
            most = max(most, crowd(s, t.pod[w.span[i].pod]))
        i = w.span[i].next
    return float(s.exposed * most / CROWD_STEPS)


@inner
def crowd(s: Table, p: Table) -> int:
    """Give how crowded a pod's uplinks are, in sixteenths; 16 where all find room."""
    level = math.floor(s.oversubscription * p.crossing / p.size * CROWD_STEPS + 0.5)
    return int(max(CROWD_STEPS, level))
