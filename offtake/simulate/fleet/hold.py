"""Which nodes a job holds: taking them off the stacks of pods, and giving them back."""

from __future__ import annotations

import math

from offtake.policy.compiled import inner
from offtake.policy.tables import NEVER, Table, Tables
from offtake.simulate.fleet.chance import spread, uniform
from offtake.simulate.fleet.tables import FREE, HELD, N_CROSSING, N_CROWDED, N_SPAN, N_SPANS, World

_NODE_STREAM = 1 << 40


@inner
def new_life(s: Table, n: Table, about: int, seed: int, now: float) -> float:
    """Draw the seconds of use until a node fails, at the age it has now."""
    if s.node_rate <= 0.0:
        return NEVER
    u = uniform(seed, _NODE_STREAM + about, 2 * n.draws)
    v = uniform(seed, _NODE_STREAM + about, 2 * n.draws + 1)
    n.draws += 1
    rate = s.node_rate
    if n.lemon:
        rate *= s.lemon_ratio
    age = s.age + now - n.born
    young = math.exp(-age / s.settling) if s.settling > 0.0 else 0.0
    rate *= 1.0 + (s.infant - 1.0) * young + s.wear * age
    return float(spread(s.law, s.law_shape, u, v) / rate)


@inner
def push_free(t: Tables, w: World, i: int) -> None:
    """Lay a node on the stack of its pod."""
    n = w.node[i]
    p = t.pod[n.pod]
    n.state = FREE
    n.owner = -1
    n.place = w.first[n.pod] + p.free
    w.stack[n.place] = i
    p.free += 1
    t.cluster[p.cluster].free += 1
    w.site[p.cluster].idle += 1


@inner
def pull_free(t: Tables, w: World, i: int) -> None:
    """Take a certain free node off the stack of its pod."""
    n = w.node[i]
    p = t.pod[n.pod]
    p.free -= 1
    t.cluster[p.cluster].free -= 1
    w.site[p.cluster].idle -= 1
    last = w.stack[w.first[n.pod] + p.free]
    w.stack[n.place] = last
    w.node[last].place = n.place


@inner
def attach(w: World, a: int, i: int, now: float) -> None:
    """Give a node to a job; its use begins."""
    n, r = w.node[i], w.run[a]
    n.state = HELD
    n.owner = a
    n.dies += now
    n.next = r.head
    r.head = i
    r.held += 1
    if n.dies < r.fails:
        r.fails = n.dies
        r.failing = i


@inner
def hold(t: Tables, w: World, a: int, first: int, last: int, now: float) -> None:
    """Give a job the nodes that rows of `take` speak of; pods count them as taken already.

    They lie on the stacks above what is still free; `popped` are those handed out before.
    """
    r = w.run[a]
    r.head = -1
    r.held = 0
    r.fails = NEVER
    r.failing = -1
    r.span = -1
    for row in range(first, last):
        pod = t.take[row, 0]
        count = t.take[row, 1]
        top = w.first[pod] + t.pod[pod].free + w.popped[pod]
        w.popped[pod] += count
        for j in range(count):
            attach(w, a, w.stack[top + j], now)
        if last - first > 1 and w.site[t.pod[pod].cluster].exposed > 0.0:
            reach_out(t, w, a, pod, count)
            lay_span(w, a, pod, count)


@inner
def add_span(t: Tables, w: World, a: int, pod: int, count: int) -> None:
    """Note that a job that reaches over pods has so many nodes more in one."""
    reach_out(t, w, a, pod, count)
    i = w.run[a].span
    while i >= 0:
        if w.span[i].pod == pod:
            w.span[i].nodes += count
            return
        i = w.span[i].next
    lay_span(w, a, pod, count)


@inner
def reach_out(t: Tables, w: World, a: int, pod: int, count: int) -> None:
    """Count nodes of a job among those of a pod that reach into others."""
    r = w.run[a]
    touch(t, w, pod, count)
    if r.span < 0:
        r.cross = w.number[N_CROSSING]
        w.crossing[r.cross] = a
        w.number[N_CROSSING] += 1


@inner
def touch(t: Tables, w: World, pod: int, count: int) -> None:
    """Count nodes that reach out of a pod, and note that its uplinks may be crowded otherwise."""
    p = t.pod[pod]
    p.crossing += count
    if p.touched == 0:
        p.touched = 1
        w.touched[w.number[N_CROWDED]] = pod
        w.number[N_CROWDED] += 1


@inner
def lay_span(w: World, a: int, pod: int, count: int) -> None:
    """Lay nodes in a pod a job did not lie in before its others."""
    r = w.run[a]
    i = w.number[N_SPAN]
    w.number[N_SPAN] = w.span[i].next
    w.number[N_SPANS] -= 1
    w.span[i].pod = pod
    w.span[i].nodes = count
    w.span[i].next = r.span
    r.span = i


@inner
def drop_spans(t: Tables, w: World, a: int) -> None:
    """Forget in which pods a job lies."""
    r = w.run[a]
    if r.span >= 0:
        w.number[N_CROSSING] -= 1
        last = w.crossing[w.number[N_CROSSING]]
        w.crossing[r.cross] = last
        w.run[last].cross = r.cross
    while r.span >= 0:
        i = r.span
        touch(t, w, w.span[i].pod, -w.span[i].nodes)
        r.span = w.span[i].next
        w.span[i].next = w.number[N_SPAN]
        w.number[N_SPAN] = i
        w.number[N_SPANS] += 1


@inner
def detach(t: Tables, w: World, i: int, now: float) -> None:
    """Take one node from the job that holds it."""
    n = w.node[i]
    r = w.run[n.owner]
    n.dies -= now
    if r.head == i:
        r.head = n.next
    else:
        at = r.head
        while w.node[at].next != i:
            at = w.node[at].next
        w.node[at].next = n.next
    r.held -= 1
    w.site[t.pod[n.pod].cluster].held -= 1
    if r.span >= 0:
        add_span(t, w, n.owner, n.pod, -1)


@inner
def soonest(w: World, a: int) -> None:
    """Find anew which node of a job fails first."""
    r = w.run[a]
    r.fails = NEVER
    r.failing = -1
    i = r.head
    while i >= 0:
        if w.node[i].dies < r.fails:
            r.fails = w.node[i].dies
            r.failing = i
        i = w.node[i].next


@inner
def give_back(t: Tables, w: World, a: int, at: int, now: float) -> None:
    """Free all nodes of a job of a cluster."""
    r = w.run[a]
    drop_spans(t, w, a)
    w.site[at].held -= r.held
    i = r.head
    while i >= 0:
        n = w.node[i]
        after = n.next
        n.dies -= now
        push_free(t, w, i)
        i = after
    r.head = -1
    r.held = 0


@inner
def spare(t: Tables, w: World, a: int, at: int, pod: int, now: float) -> bool:
    """Give a job a free node of its cluster, of the pod it lacks one in where there is one."""
    c = t.cluster[at]
    if c.free == 0:
        return False
    if t.pod[pod].free == 0:
        if t.active[a].whole:
            return False
        pod = c.first_pod
        while t.pod[pod].free == 0:
            pod += 1
    i = w.stack[w.first[pod] + t.pod[pod].free - 1]
    pull_free(t, w, i)
    r = w.run[a]
    if r.span < 0 and r.head >= 0 and w.node[r.head].pod != pod and w.site[at].exposed > 0.0:
        add_span(t, w, a, w.node[r.head].pod, r.held)
    attach(w, a, i, now)
    w.site[at].held += 1
    if r.span >= 0:
        add_span(t, w, a, pod, 1)
    return True
