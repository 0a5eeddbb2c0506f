"""The queue of a kind: the first of it in a sorted window, the rest in a pairing heap.

    window  a ≤ b ≤ c ≤ …  ≤ heap          a lower key stands first

A pass looks at the window alone, so the length of a queue costs nothing. A window keeps beside
each row what a pass asks of it first, side by side: most rows are never looked up.
"""

from __future__ import annotations

from offtake.policy.compiled import inner
from offtake.policy.tables import Table


@inner
def before(active: Table, a: int, b: int) -> bool:
    """Tell whether row a stands before row b: by key, then by age, then by job."""
    x, y = active[a], active[b]
    if x.key != y.key:
        return bool(x.key < y.key)
    if x.submitted != y.submitted:
        return bool(x.submitted < y.submitted)
    return bool(x.job < y.job)


@inner
def meld(active: Table, a: int, b: int) -> int:
    """Join two heaps and give the root; -1 is an empty one."""
    if a < 0:
        return b
    if b < 0:
        return a
    if before(active, b, a):
        a, b = b, a
    active[b].next = active[a].child
    active[a].child = b
    return a


@inner
def pop(active: Table, root: int) -> int:
    """Take the root off a heap and give the new root (the root's links are cleared)."""
    pairs = -1
    node = active[root].child
    active[root].child = -1
    while node >= 0:
        second = active[node].next
        rest = -1
        if second >= 0:
            rest = active[second].next
            active[second].next = -1
        active[node].next = -1
        joined = meld(active, node, second)
        active[joined].next = pairs
        pairs = joined
        node = rest
    made = -1
    while pairs >= 0:
        rest = active[pairs].next
        active[pairs].next = -1
        made = meld(active, made, pairs)
        pairs = rest
    return made


@inner
def stands(active: Table, a: int, e: Table) -> bool:
    """Tell whether row a stands before the one in a place of a window."""
    key = active[a].key
    if key != e.key:
        return bool(key < e.key)
    return before(active, a, e.active)


@inner
def put(active: Table, e: Table, a: int) -> None:
    """Put a row into a place of a window."""
    r = active[a]
    e.active = a
    e.key = r.key
    e.need = r.need
    e.nodes = r.nodes


@inner
def insert(active: Table, window: Table, at: int, count: int, a: int) -> None:
    """Put a row into its place of a sorted window that holds `count`."""
    i = count
    while i > 0 and stands(active, a, window[at, i - 1]):
        window[at, i] = window[at, i - 1]
        i -= 1
    put(active, window[at, i], a)


@inner
def enqueue(active: Table, kind: Table, window: Table, depth: int, a: int) -> None:
    """Let a row wait in the queue of its kind."""
    at = active[a].kind
    k = kind[at]
    active[a].child = -1
    active[a].next = -1
    if k.waiting < depth and (k.far < 0 or before(active, a, k.far)):
        insert(active, window, at, k.waiting, a)
        k.waiting += 1
    elif k.waiting > 0 and stands(active, a, window[at, k.waiting - 1]):
        last = window[at, k.waiting - 1].active
        insert(active, window, at, k.waiting - 1, a)
        k.far = meld(active, k.far, last)
    else:
        k.far = meld(active, k.far, a)


@inner
def refill(active: Table, kind: Table, window: Table, depth: int) -> None:
    """Fill every window from its heap."""
    for at in range(len(kind)):
        k = kind[at]
        while k.waiting < depth and k.far >= 0:
            a = k.far
            k.far = pop(active, a)
            put(active, window[at, k.waiting], a)
            k.waiting += 1


@inner
def sort(active: Table, window: Table, at: int, count: int) -> None:
    """Bring a window whose keys have changed into order."""
    for i in range(1, count):
        insert(active, window, at, i, window[at, i].active)


@inner
def close_up(active: Table, kind: Table, window: Table, waiting: int) -> int:
    """Take those that wait no longer out of every window; give how many were taken."""
    gone = 0
    for at in range(len(kind)):
        k = kind[at]
        kept = 0
        for i in range(k.waiting):
            if active[window[at, i].active].state == waiting:
                window[at, kept] = window[at, i]
                kept += 1
        gone += k.waiting - kept
        k.waiting = kept
    return gone


@inner
def close_gaps(kind: Table, window: Table) -> int:
    """Take the places a pass has cleared (-1) out of every window; give how many there were."""
    gone = 0
    for at in range(len(kind)):
        k = kind[at]
        if k.gone == 0:
            continue
        kept = 0
        for i in range(k.waiting):
            if window[at, i].active >= 0:
                window[at, kept] = window[at, i]
                kept += 1
        gone += k.gone
        k.gone = 0
        k.waiting = kept
    return gone
