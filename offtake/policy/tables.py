"""What the rules look at, as structure-of-arrays: rows of numbers instead of objects.

The simulator of a fleet holds these tables for years of simulated time; `step` fills them
from values of the model for one decision. The rules are compiled once and see no difference.

    cluster  pod  active (jobs that wait or run)  kind (jobs that may run in the same places)
    window, one row a kind: the first of its queue, in order; the rest lies in a heap
    places, one row a kind: the clusters it may run on; -1 ends a row
    release, one row a cluster: nodes expected back, by bin of time and by block of bins
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from offtake.policy.packed import Columns, known

Table = Any
"""A numpy array of one of the row types below, or of plain numbers."""

GONE, WAITING, RUNNING, STOPPING, SERVING = range(5)
"""States of a row of `active`; a preempted job is STOPPING until its grace is over."""

START, STOP, SHIFT = 1, 2, 3
"""What a row of `out` asks for: begin a job, preempt one, give a service nodes or take them."""

BINS = 1024
"""Bins of the histogram of releases; what ends later is held in the last."""
BLOCK = 32
"""Bins of a block; the sums of blocks stand behind the bins."""
RELEASES = BINS + BINS // BLOCK
"""Length of a row of `release`."""

NEVER = 1e18
"""A time that does not come."""

ROOM, DELAYS, QUOTA, SPEED, PODS, BURST_KEPT, SCORE, DEPTH, CHOSEN = range(1, 10)
"""Why a job did not start on a cluster, or did (CHOSEN)."""

FIFO, SHORTEST, LEAST, FAIREST = range(4)
"""Orders of the queue: first come, shortest remaining, least attained, finish-time fairness."""

CLUSTER = np.dtype(
    [
        ("first_pod", "i4"),
        ("pods", "i4"),
        ("each", "i4"),
        ("free", "i4"),
        ("present", "i4"),
        ("total", "i4"),
        ("bin", "i8"),
        ("shadow", "f8"),
        ("spare", "i4"),
        ("blocked", "i4"),
        ("coming", "i4"),
        ("gives", "i4"),
        ("price", "f8"),
        ("running_price", "f8"),
        ("minimum", "f8"),
        ("used", "f8"),
    ],
    align=True,
)
"""A cluster: `each` accelerators a node, nodes free and present, all that are free or will be in a
pass (`total`: whatever begins in it), the bin its histogram stands at, the reservation of the first
that waits (`shadow`, `spare`), whether a job is `blocked` there, nodes `coming` from preempted
jobs, nodes whose jobs could be (`gives`), USD an accelerator-hour (`price` beyond the paid
`minimum` of accelerator-seconds, `running_price` always)."""

POD = np.dtype(
    [
        ("free", "i4"),
        ("size", "i4"),
        ("cluster", "i4"),
        ("crossing", "i4"),
        ("crowd", "i4"),
        ("touched", "i4"),
    ],
    align=True,
)
"""A pod: nodes free, of all, and taken by jobs that reach into other pods, how crowded its uplinks
were when speeds were last set, and whether that may have changed since (`touched`)."""

ACTIVE = np.dtype(
    [
        ("job", "i8"),
        ("key", "f8"),
        ("submitted", "f8"),
        ("need", "f8"),
        ("left", "f8"),
        ("attained", "f8"),
        ("ends", "f8"),
        ("begun", "f8"),
        ("saved", "f8"),
        ("cycle", "f8"),
        ("bin", "i8"),
        ("nodes", "i4"),
        ("accelerators", "i4"),
        ("priority", "i4"),
        ("kind", "i4"),
        ("tenant", "i4"),
        ("cluster", "i4"),
        ("child", "i4"),
        ("next", "i4"),
        ("place", "i4"),
        ("burst", "i4"),
        ("state", "i1"),
        ("gives", "i1"),
        ("whole", "i1"),
        ("kept", "i1"),
    ],
    align=True,
)
"""A job that waits or runs: `need` is the longest it is expected to hold nodes (its limit),
`left` the seconds of work left at speed 1, `attained` node-seconds held so far, `gives` whether it
may be preempted, `whole` whether it must lie in one pod. `ends` is when it is expected to end, or
to begin while it waits. It has `begun` to run, was saved at `saved` and is again every `cycle`
seconds (0: always). `child` and `next` link the heap of its kind, `place` is its row in `running`,
`burst` the reserved burst it runs in (-1 is none), `kept` whether quota is kept for it in this
pass (1), or it was looked at in vain (2)."""

KIND = np.dtype(
    [
        ("waiting", "i4"),
        ("far", "i4"),
        ("cursor", "i4"),
        ("shut", "i4"),
        ("most", "i4"),
        ("spare", "i4"),
        ("hopeless", "i4"),
        ("gone", "i4"),
        ("turn", "i4"),
        ("longest", "f8"),
        ("first", "f8"),
    ],
    align=True,
)
"""Jobs that may run in the same places at the same speeds: how many stand in the window, the root
of the heap of the rest, and in a pass where it stands, how many have `gone` from the window, and
the fewest nodes no preemption in this pass could make room for (`hopeless`). Once all its clusters
are reserved for others a job is worth a look only if it wants `most` nodes or fewer, and either
`spare` or fewer, or is done within `longest` seconds. `first` is the key of the next to be looked
at; `turn` is no field of the kind but a place of the heap of kinds by that key."""

ENTRY = np.dtype(
    [("key", "f8"), ("need", "f8"), ("active", "i4"), ("nodes", "i4")],
    align=True,
)
"""A place of a window: a row of `active`, and what a pass asks of it first."""

TENANT = np.dtype(
    [
        ("nominal", "f8"),
        ("borrow", "f8"),
        ("lend", "f8"),
        ("used", "f8"),
        ("coming", "f8"),
        ("hopeless", "f8"),
        ("cohort", "i4"),
        ("later", "i1"),
    ],
    align=True,
)
"""A tenant's quota in accelerators, as Kueue's: nominal, most it may borrow, most it lends; what
its jobs use, how much of that is `coming` back from jobs that are stopped, and the fewest that no
preemption in this pass could free (`hopeless`); `later` whether its turn in this pass is with
those that borrow."""

COHORT = np.dtype([("pool", "f8"), ("used", "f8"), ("coming", "f8")], align=True)
"""Tenants that lend to each other: what they lend together, how much of it is in use, and how
much of that is coming back from jobs that are stopped."""

BURST = np.dtype(
    [
        ("begins", "f8"),
        ("ends", "f8"),
        ("cluster", "i4"),
        ("tenant", "i4"),
        ("nodes", "i4"),
        ("used", "i4"),
    ],
    align=True,
)
"""Nodes of a cluster kept for one tenant's jobs from a time to a time, and how many of them its
jobs hold."""

SERVICE = np.dtype([("nodes", "i4"), ("held", "i4"), ("tenant", "i4"), ("short", "i4")], align=True)
"""A service: nodes it wants now, holds, and could not be given."""

OPTION = np.dtype(
    [
        ("order", "i4"),
        ("backfill", "i4"),
        ("preempts", "i4"),
        ("explains", "i4"),
        ("depth", "i4"),
        ("harvests", "i4"),
        ("bin_s", "f8"),
        ("grace_s", "f8"),
    ],
    align=True,
)
"""The policy, in numbers."""

WHY = np.dtype(
    [("active", "i4"), ("cluster", "i4"), ("code", "i4"), ("a", "f8"), ("b", "f8")], align=True
)
"""One option that was looked at: a job, a cluster, what came of it, and the two numbers that
decided: nodes wanted and free, end and reservation, score and best score."""


class Tables(NamedTuple):
    """All the rules look at; the same types in the simulator and in `step`."""

    cluster: Table
    pod: Table
    active: Table
    running: Table
    """Rows of `active` that run, in no order."""
    release: Table
    kind: Table
    window: Table
    places: Table
    speed: Table
    """Speed of a kind on a cluster, over that of a job as stated; 0 where it cannot run."""
    dislike: Table
    """Cost of a kind on a cluster beside its price: latency, distance, moving data."""
    tenant: Table
    cohort: Table
    burst: Table
    service: Table
    reach: Table
    """Order in which a service takes clusters; -1 ends a row."""
    option: Table
    out: Table
    """What is decided: action, row of `active`, cluster, first of `take`, or nodes."""
    take: Table
    """Pod and nodes taken in it."""
    why: Table
    count: Table
    """Rows in use of: running, out, take, why; free head of `active`."""


_I8, _F8 = np.dtype("i8"), np.dtype("f8")
COLUMNS: Columns = {
    "cluster": (CLUSTER, 1),
    "pod": (POD, 1),
    "active": (ACTIVE, 1),
    "running": (_I8, 1),
    "release": (_I8, 2),
    "kind": (KIND, 1),
    "window": (ENTRY, 2),
    "places": (_I8, 2),
    "speed": (_F8, 2),
    "dislike": (_F8, 2),
    "tenant": (TENANT, 1),
    "cohort": (COHORT, 1),
    "burst": (BURST, 1),
    "service": (SERVICE, 1),
    "reach": (_I8, 2),
    "option": (OPTION, 1),
    "out": (_I8, 2),
    "take": (_I8, 2),
    "why": (WHY, 1),
    "count": (_I8, 1),
}
known(COLUMNS)

N_RUNNING, N_OUT, N_TAKE, N_WHY, N_FREE, N_WAITING = range(6)
"""Places of `count`."""


def rows(kind: np.dtype[Any], count: int | tuple[int, int]) -> Table:
    """Give so many empty rows."""
    return np.zeros(count, dtype=kind)
