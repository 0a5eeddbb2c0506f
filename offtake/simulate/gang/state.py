"""The state of one replication as arrays, and the heap of nodes in repair.

Structure of arrays, because a replication meets thousands of failures in a millisecond. What
stands where is named by the constants below; all times are in hours since the start, and
what is counted in buckets is node-hours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from offtake.simulate.compiled import compiled
from offtake.simulate.gang.draws import Streams

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Facts(NamedTuple):
    """What a replication is told: `Parameters` and `Gang` as plain numbers, in hours."""

    nodes: int
    standbys: int
    """Standbys wanted; −1 never runs short."""
    pool: int
    lent: int
    """Nodes that may be borrowed."""
    lemons_share: float
    lemon: float
    """Hazard of a lemon over that of a sound node."""
    cured: bool
    node_rate: float
    """Failures of a sound settled node that end something, an hour."""
    silent_rate: float
    """Failures of it that end nothing and spoil all, an hour."""
    wide_rate: float
    """Failures of the job that strike more than a node, an hour."""
    infant: float
    settling: float
    wear: float
    age: float
    law: int
    shape: float
    cause_until: Floats
    """Cumulated shares of causes, those of single nodes first."""
    cause_nodes: Ints
    cause_breaks: Ints
    node_causes: int
    """How many causes strike single nodes."""
    node_share: float
    """Cumulated share of those at first."""
    heartbeat: float
    hang_share: float
    hang: float
    silent: float
    restart: float
    remote_share: float
    remote: float
    requeue: float
    """Mean wait in the queue; 0 where the job is not queued again."""
    sheltered: bool
    stall: float
    replica: int
    """Nodes of a replica that drops out by itself; 0 where all go back together."""
    select: float
    borrow: float
    refilled: bool
    """Whether one that ran short waits for its standbys too."""
    automatic: float
    automatic_silent: float
    manual_share: float
    only_unfixed: bool
    manual: float
    manual_silent: float
    repair_law: int
    repair_shape: float
    interval: float
    adaptive: bool
    write: float
    drain: float
    work: float
    """Hours of stepping wanted; infinite where it runs as long as it may."""
    limit: float


class State(NamedTuple):
    """What a replication knows; see the names of places below."""

    times: Floats
    counts: Ints
    causes: Ints
    streams: Streams
    due: Floats
    """Heap of nodes in repair: when each comes back."""
    kind: Ints
    """Beside it: 1 for a lemon."""
    ring: Ints
    """Standbys, first in first out: 1 for a lemon."""
    fails: Floats
    """Heap: nodes at work by the working hour each fails at, where hazards are not constant;
    replicas that are out by when each may come back, where they drop out by themselves."""
    who: Ints
    """Beside it: not used but to keep the heap's form."""


# times
NOW, STEPPED, SAVED, CORRUPT, NOTICE, INTERVAL = range(6)
B_STEP, B_CHECKPOINT, B_RESTART, B_FRAGMENT, B_IDLE, B_DOWN, CAPACITY = range(6, 13)
CLOCK, WIDE_AT = 13, 14
TIMES = 15
# counts
LEMONS, MISSING, HEAD, HELD, IDLE_SOUND, IDLE_LEMON, LENT_SOUND, LENT_LEMON = range(8)
BROKEN, FAILURES, SELECTIONS, BORROWED, WORKING, ENDED, OUT = range(8, 15)
COUNTS = 15


@compiled
def push(due: Floats, kind: Ints, size: int, when: float, what: int) -> None:
    """Put into a heap of so many."""
    place = size
    while place > 0:
        above = (place - 1) >> 1
        if due[above] <= when:
            break
        due[place] = due[above]
        kind[place] = kind[above]
        place = above
    due[place] = when
    kind[place] = what


@compiled
def pop(due: Floats, kind: Ints, size: int) -> int:
    """Take the first out of a heap of so many, and give its kind."""
    first = kind[0]
    last = size - 1
    when, what = due[last], kind[last]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= last:
            break
        if below + 1 < last and due[below + 1] < due[below]:
            below += 1
        if due[below] >= when:
            break
        due[place] = due[below]
        kind[place] = kind[below]
        place = below
    due[place] = when
    kind[place] = what
    return int(first)
