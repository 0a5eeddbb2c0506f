"""The heap of pending events: packed keys, earliest first."""

from __future__ import annotations

from offtake.policy.compiled import inner
from offtake.simulate.fleet.tables import LONGEST_S, N_HEAP, NUMBER_BITS, TICKS, Table


@inner
def tick(when: float) -> float:
    """Give the first whole tick at or after a time; what lies beyond all horizons, the last one."""
    when = min(when, LONGEST_S - 1.0 / TICKS)
    ticks = int(when * TICKS)
    if ticks < when * TICKS:
        ticks += 1
    return ticks / TICKS


@inner
def key_of(when: float, about: int) -> int:
    """Pack a time, on a tick, and a number into a key."""
    return (int(when * TICKS) << NUMBER_BITS) | about


@inner
def push(heap: Table, number: Table, key: int) -> None:
    """Add a key."""
    i = number[N_HEAP]
    number[N_HEAP] = i + 1
    rise(heap, i, key)


@inner
def drop(heap: Table, number: Table) -> None:
    """Take the earliest key off."""
    n = number[N_HEAP] - 1
    number[N_HEAP] = n
    key = heap[n]
    i = 0
    child = 1
    # The lesser child comes up all the way, chosen without a branch: the last key belongs low.
    while child + 1 < n:
        child += int(heap[child + 1] < heap[child])
        heap[i] = heap[child]
        i = child
        child = 2 * i + 1
    if child < n:
        heap[i] = heap[child]
        i = child
    rise(heap, i, key)


@inner
def rise(heap: Table, i: int, key: int) -> None:
    """Put a key into its place, from below."""
    while i > 0:
        above = (i - 1) >> 1
        if heap[above] <= key:
            break
        heap[i] = heap[above]
        i = above
    heap[i] = key
