"""Changes to tables that stay: jobs that come, are withdrawn, or leave what they held.

`step` fills tables anew for every question; a control plane keeps them and changes what changed.
"""

from __future__ import annotations

from offtake.policy.compiled import compiled, inner
from offtake.policy.decide import consider, within
from offtake.policy.order import key
from offtake.policy.place import end
from offtake.policy.preempt import halted
from offtake.policy.queue import close_up, enqueue, meld
from offtake.policy.room import turn
from offtake.policy.tables import (
    GONE,
    N_OUT,
    N_TAKE,
    N_WAITING,
    N_WHY,
    STOPPING,
    WAITING,
    Table,
    Tables,
)

LOOKED_AT = -2
"""Mark of a row that stands in a window."""


@compiled
def join(t: Tables, given: Table, now: float) -> None:
    """Let rows wait in the queues of their kinds, in the policy's order."""
    o = t.option[0]
    for i in range(len(given)):
        r = t.active[given[i]]
        r.state = WAITING
        r.key = key(o.order, r, now)
        enqueue(t.active, t.kind, t.window, o.depth, given[i])
        t.count[N_WAITING] += 1


@compiled
def withdraw(t: Tables, given: Table) -> None:
    """Let rows wait no longer; queues are put together anew, in one look at all rows."""
    for i in range(len(given)):
        t.active[given[i]].state = GONE
    t.count[N_WAITING] -= len(given)
    close_up(t.active, t.kind, t.window, WAITING)
    mark(t, LOOKED_AT)
    for at in range(len(t.kind)):
        t.kind[at].far = -1
    for a in range(len(t.active)):
        r = t.active[a]
        if r.state == WAITING and r.place != LOOKED_AT:
            r.child = -1
            r.next = -1
            k = t.kind[r.kind]
            k.far = meld(t.active, k.far, a)
    mark(t, -1)


@inner
def mark(t: Tables, place: int) -> None:
    """Mark the rows that stand in windows."""
    for at in range(len(t.kind)):
        for i in range(t.kind[at].waiting):
            t.active[t.window[at, i].active].place = place


@compiled
def leave(t: Tables, given: Table, now: float) -> None:
    """Take rows off what runs; their nodes are given back by whoever holds them."""
    for at in range(len(t.cluster)):
        turn(t.cluster[at], t.release[at], now, t.option[0].bin_s)
    for i in range(len(given)):
        a = given[i]
        if t.active[a].state == STOPPING:
            halted(t, a)
        end(t, a)
        t.active[a].state = GONE


@compiled
def look(t: Tables, a: int, now: float) -> None:
    """Look at one row as if it came next, after a pass; for tables that are thrown away then."""
    t.count[N_OUT] = 0
    t.count[N_TAKE] = 0
    t.count[N_WHY] = 0
    r = t.active[a]
    consider(t, a, within(t.tenant[r.tenant], r), now)
