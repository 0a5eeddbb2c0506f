"""One pass over the queue: who begins where, who is pushed aside, who waits and why.

for each waiting job, in order, over all kinds:
    quota, then every cluster it may run on: room, reservation, pods, bursts
    the cheapest that fits gets it; where none fits, the first that waits on a cluster
    gets a reservation that those behind it may not delay (EASY), or nobody passes (FIFO)
"""

from __future__ import annotations

from offtake.policy.compiled import compiled, inner
from offtake.policy.order import key
from offtake.policy.place import begin, explain, fits, score, spares_bursts
from offtake.policy.preempt import push_aside, reclaim
from offtake.policy.queue import before, close_up, enqueue, refill, sort
from offtake.policy.quota import allows, book
from offtake.policy.room import reserve, turn
from offtake.policy.tables import (
    CHOSEN,
    FAIREST,
    N_OUT,
    N_TAKE,
    N_WAITING,
    N_WHY,
    NEVER,
    QUOTA,
    SCORE,
    SPEED,
    WAITING,
    Tables,
)

MANY = 2147483647
"""More nodes than there are."""


@compiled
def decide(t: Tables, now: float) -> None:
    """Fill `out` with what to do now, and change the tables as if it were done."""
    prepare(t, now)
    while True:
        best = -1
        head = -1
        for at in range(len(t.kind)):
            k = t.kind[at]
            if k.shut or k.cursor >= k.waiting:
                continue
            a = t.window[at, k.cursor]
            if best < 0 or before(t.active, a, head):
                best = at
                head = a
        if best < 0:
            break
        t.kind[best].cursor += 1
        if t.active[head].nodes <= t.kind[best].most:
            consider(t, head, now)
    let_go(t)
    if t.count[N_OUT]:
        t.count[N_WAITING] -= close_up(t.active, t.kind, t.window, WAITING)


@compiled
def line_up(t: Tables, first: int, last: int, now: float) -> None:
    """Let rows wait in the queues of their kinds, in the policy's order."""
    o = t.option[0]
    for a in range(first, last):
        t.active[a].state = WAITING
        t.active[a].key = key(o.order, t.active[a], now)
        enqueue(t.active, t.kind, t.window, o.depth, a)
        t.count[N_WAITING] += 1


@inner
def let_go(t: Tables) -> None:
    """Give back the quota that was kept in this pass for jobs that others are stopped for."""
    for at in range(len(t.kind)):
        for i in range(t.kind[at].waiting):
            r = t.active[t.window[at, i]]
            if r.kept:
                r.kept = 0
                book(t.tenant, t.cohort, r.tenant, -float(r.accelerators))


@inner
def prepare(t: Tables, now: float) -> None:
    """Forget what the last pass decided, and bring windows and histograms to now."""
    t.count[N_OUT] = 0
    t.count[N_TAKE] = 0
    t.count[N_WHY] = 0
    o = t.option[0]
    refill(t.active, t.kind, t.window, o.depth)
    for at in range(len(t.cluster)):
        c = t.cluster[at]
        turn(c, t.release[at], now, o.bin_s)
        c.shadow = NEVER
        c.spare = 0
        c.blocked = 0
    for at in range(len(t.kind)):
        if o.order == FAIREST:
            # How far a job is behind changes while it waits; of those far back, when they came.
            for i in range(t.kind[at].waiting):
                a = t.window[at, i]
                t.active[a].key = key(o.order, t.active[a], now)
            sort(t.active, t.window, at, t.kind[at].waiting)
        t.kind[at].cursor = 0
        t.kind[at].shut = 0
        t.kind[at].most = MANY
        t.kind[at].hopeless = MANY
    for who in range(len(t.tenant)):
        t.tenant[who].hopeless = MANY


@inner
def consider(t: Tables, a: int, now: float) -> None:
    """Begin a job where it is cheapest, or let it wait."""
    r = t.active[a]
    allowed = allows(t.tenant, t.cohort, r.tenant, float(r.accelerators))
    if allowed < r.accelerators:
        explain(t, a, -1, QUOTA, float(r.accelerators), allowed)
        if t.option[0].preempts and reclaim(t, a, now):
            # Those behind it may not take what is coming for it.
            book(t.tenant, t.cohort, r.tenant, float(r.accelerators))
            r.kept = 1
        return
    at = cheapest(t, a, now)
    if at >= 0:
        explain(t, a, at, CHOSEN, 0.0, 0.0)
        begin(t, a, at, now)
    else:
        wait(t, a, now)


@inner
def cheapest(t: Tables, a: int, now: float) -> int:
    """Give the cluster a job costs least on, of those it fits; -1 is none."""
    r = t.active[a]
    best = -1
    least = 0.0
    for at in range(len(t.cluster)):
        speed = t.speed[r.kind, at]
        if speed <= 0.0:
            explain(t, a, at, SPEED, 0.0, 0.0)
            continue
        c = t.cluster[at]
        ends = now + r.need / speed
        code, x, y = fits(c, t.pod, r, ends)
        if code == CHOSEN and len(t.burst):
            code, x, y = spares_bursts(t, at, r, now, ends)
        if code != CHOSEN:
            explain(t, a, at, code, x, y)
            continue
        cost = score(c, speed, t.dislike[r.kind, at])
        if best < 0 or cost < least:
            if best >= 0:
                explain(t, a, best, SCORE, least, cost)
            best = at
            least = cost
        else:
            explain(t, a, at, SCORE, cost, least)
    return best


@inner
def wait(t: Tables, a: int, now: float) -> None:
    """Let a job wait: reserve for it where it fits first, preempt for it where that is allowed."""
    r = t.active[a]
    r.ends = NEVER
    if t.option[0].preempts:
        push_aside(t, a, now)
    best = -1
    extra = 0
    room = False
    for at in range(len(t.cluster)):
        if t.speed[r.kind, at] <= 0.0:
            continue
        c = t.cluster[at]
        c.blocked = 1
        if c.shadow == NEVER:
            if t.option[0].backfill:
                when, spare = reserve(c, t.release[at], r.nodes, now, t.option[0].bin_s)
                if when < r.ends:
                    r.ends, extra, best = when, spare, at
            else:
                c.shadow = -NEVER
                c.spare = -1
        room = room or (c.free > 0 and c.spare >= 0)
    if best >= 0:
        t.cluster[best].shadow = r.ends
        t.cluster[best].spare = extra
    o = t.option[0]
    if not room and not o.preempts and not o.explains:
        t.kind[r.kind].shut = 1
    elif not o.preempts and not o.explains:
        t.kind[r.kind].most = largest(t, r.kind)


@inner
def largest(t: Tables, kind: int) -> int:
    """Give the nodes a job of a kind may want at most to begin, now that one like it waits."""
    most = 0
    for at in range(len(t.cluster)):
        c = t.cluster[at]
        if t.speed[kind, at] > 0.0:
            if c.shadow == NEVER:
                return MANY
            most = max(most, c.free)
    return int(most)
