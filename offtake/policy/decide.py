"""One pass over the queue: who begins where, who is pushed aside, who waits and why.

for each waiting job, in order, over all kinds:
    quota, then every cluster it may run on: room, reservation, pods, bursts
    the cheapest that fits gets it; where none fits, the first that waits on a cluster
    gets a reservation that those behind it may not delay (EASY), or nobody passes (FIFO)

Where tenants lend to each other and jobs are preempted, those that stay within their own quota
come before those that borrow, as with Kueue, and they alone take back what others borrow. Else a
borrower could take what was taken back from it, and both would be stopped for ever. The order
within a tenant holds all the same: whoever stands behind one that borrows comes later too.
"""

from __future__ import annotations

from offtake.policy.compiled import compiled, inner
from offtake.policy.order import key
from offtake.policy.place import begin, explain, fits, score, spares_bursts
from offtake.policy.preempt import push_aside, reclaim
from offtake.policy.queue import before, close_gaps, enqueue, refill, sort
from offtake.policy.quota import allows, book
from offtake.policy.room import all_of, reserve, turn
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
    Table,
    Tables,
)

MANY = 2147483647
"""More nodes than there are."""

EVERY, WITHIN, BEYOND = range(3)
"""Who is looked at: all, those within their tenants' own quota, or those that are left."""
KEPT, SEEN = 1, 2
"""Marks of a waiting job in a pass: quota is kept for it, or it was looked at in vain."""
SLACK_S = 1.0
"""Work by which a job may seem too long and still is looked at: rounding decides nothing."""


@compiled
def decide(t: Tables, now: float) -> None:
    """Fill `out` with what to do now, and change the tables as if it were done."""
    prepare(t, now)
    if t.option[0].preempts and len(t.cohort):
        look_through(t, WITHIN, now)
        look_through(t, BEYOND, now)
    else:
        look_through(t, EVERY, now)
    if t.option[0].preempts:
        let_go(t)


@inner
def look_through(t: Tables, which: int, now: float) -> None:
    """Consider those that wait, in order over all kinds: all of them, or those of a turn."""
    for at in range(len(t.kind)):
        t.kind[at].cursor = 0
    live = take_turns(t)
    while live > 0:
        at = t.kind[0].turn
        k = t.kind[at]
        i = k.cursor
        a = t.window[at, i].active
        if which == EVERY or has_turn(t, a, which):
            consider(t, a, which != BEYOND, now)
            if which == WITHIN and t.active[a].state == WAITING and t.active[a].kept == 0:
                t.active[a].kept = SEEN
        if t.active[a].state != WAITING:
            t.window[at, i].active = -1
            k.gone += 1
        k.cursor = i + 1
        live = pass_on(t, at, live)
    t.count[N_WAITING] -= close_gaps(t.kind, t.window)


@inner
def has_turn(t: Tables, a: int, which: int) -> bool:
    """Tell whether a job is looked at with those within their quota, or with those that borrow."""
    r = t.active[a]
    if which == BEYOND:
        return bool(r.kept == 0)
    mine = t.tenant[r.tenant]
    if not within(mine, r):
        mine.later = 1
    return bool(mine.later == 0)


@inner
def within(mine: Table, r: Table) -> bool:
    """Tell whether a job's tenant stays within its own quota with it."""
    return bool(mine.cohort < 0 or mine.used - mine.coming + r.accelerators <= mine.nominal)


@inner
def take_turns(t: Tables) -> int:
    """Put the kinds that have somebody waiting into a heap by whom; give how many there are."""
    live = 0
    for at in range(len(t.kind)):
        k = t.kind[at]
        if k.waiting > 0:
            k.first = t.window[at, 0].key
            i = live
            live += 1
            while i > 0 and precedes(t, at, t.kind[(i - 1) >> 1].turn):
                t.kind[i].turn = t.kind[(i - 1) >> 1].turn
                i = (i - 1) >> 1
            t.kind[i].turn = at
    return live


@inner
def precedes(t: Tables, one: int, other: int) -> bool:
    """Tell whether the next of one kind stands before the next of another."""
    x, y = t.kind[one], t.kind[other]
    if x.first != y.first:
        return bool(x.first < y.first)
    return before(t.active, t.window[one, x.cursor].active, t.window[other, y.cursor].active)


@inner
def pass_on(t: Tables, at: int, live: int) -> int:
    """Go on to the next of the first kind that is worth a look; give how many kinds are left."""
    k = t.kind[at]
    i = k.waiting if k.shut else k.cursor
    while i < k.waiting:
        e = t.window[at, i]
        if e.nodes <= k.most and (e.nodes <= k.spare or e.need <= k.longest):
            break
        i += 1
    k.cursor = i
    if i < k.waiting:
        k.first = t.window[at, i].key
    else:
        live -= 1
        at = t.kind[live].turn
    sink(t, at, live)
    return live


@inner
def sink(t: Tables, at: int, live: int) -> None:
    """Put a kind into its place of the heap of kinds, from the top."""
    i = 0
    child = 1
    while child < live:
        if child + 1 < live and precedes(t, t.kind[child + 1].turn, t.kind[child].turn):
            child += 1
        if precedes(t, at, t.kind[child].turn):
            break
        t.kind[i].turn = t.kind[child].turn
        i = child
        child = 2 * i + 1
    t.kind[i].turn = at


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
            r = t.active[t.window[at, i].active]
            if r.kept == KEPT:
                book(t.tenant, t.cohort, r.tenant, -float(r.accelerators))
            r.kept = 0


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
        c.total = all_of(c, t.release[at])
        c.shadow = NEVER
        c.spare = 0
        c.blocked = 0
    for at in range(len(t.kind)):
        if o.order == FAIREST:
            # How far a job is behind changes while it waits; of those far back, when they came.
            for i in range(t.kind[at].waiting):
                a = t.window[at, i].active
                t.active[a].key = key(o.order, t.active[a], now)
                t.window[at, i].key = t.active[a].key
            sort(t.active, t.window, at, t.kind[at].waiting)
        t.kind[at].shut = 0
        t.kind[at].most = MANY
        t.kind[at].spare = MANY
        t.kind[at].hopeless = MANY
    for who in range(len(t.tenant)):
        t.tenant[who].hopeless = MANY
        t.tenant[who].later = 0


@inner
def consider(t: Tables, a: int, owns: bool, now: float) -> None:
    """Begin a job where it is cheapest, or let it wait.

    `owns` says whether it may take back what others borrow of its tenant's quota.
    """
    r = t.active[a]
    allowed = allows(t.tenant, t.cohort, r.tenant, float(r.accelerators))
    if allowed < r.accelerators:
        explain(t, a, -1, QUOTA, float(r.accelerators), allowed)
        if t.option[0].preempts and reclaim(t, a, owns, now):
            # Those behind it may not take what is coming for it.
            book(t.tenant, t.cohort, r.tenant, float(r.accelerators))
            r.kept = KEPT
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
    explains = t.option[0].explains > 0
    for i in range(len(t.cluster)):
        at = i if explains else t.places[r.kind, i]
        if at < 0:
            break
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
    o = t.option[0]
    for i in range(len(t.cluster)):
        at = t.places[r.kind, i]
        if at < 0:
            break
        c = t.cluster[at]
        c.blocked = 1
        if c.shadow == NEVER:
            if o.backfill:
                when, spare = reserve(c, t.release[at], r.nodes, now, r.ends, o.bin_s)
                if when < r.ends:
                    r.ends, extra, best = when, spare, at
            else:
                c.shadow = -NEVER
                c.spare = -1
        room = room or (c.free > 0 and c.spare >= 0)
    if best >= 0:
        t.cluster[best].shadow = r.ends
        t.cluster[best].spare = extra
    if not o.preempts and not o.explains:
        if room:
            narrow(t, r.kind, now)
        else:
            t.kind[r.kind].shut = 1


@inner
def narrow(t: Tables, kind: int, now: float) -> None:
    """Say which jobs of a kind are worth a look, now that one like them waits.

    Others can neither begin anywhere, for too little is free or they would delay those a cluster
    is reserved for, nor reserve a cluster, for none is left that will ever have so many nodes.
    """
    most, spare, longest = 0, -1, -NEVER
    for i in range(len(t.cluster)):
        at = t.places[kind, i]
        if at < 0:
            break
        c = t.cluster[at]
        if c.shadow == NEVER:
            most = max(most, c.total)
            spare = max(spare, c.total)
        else:
            most = max(most, c.free)
            spare = max(spare, c.spare)
            longest = max(longest, (c.shadow - now) * t.speed[kind, at] + SLACK_S)
    k = t.kind[kind]
    k.most = most
    k.spare = spare
    k.longest = longest
