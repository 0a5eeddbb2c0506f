"""What the simulation of a fleet keeps beside the tables of the rules, as structure-of-arrays.

    run      beside `active`: the stretch a job is in, what it has saved, its nodes
    node     the smallest thing there is; free nodes lie on a stack of their pod
    site     beside `cluster`: counts, hazards, recovery, checkpoints, power
    piece    work of earlier stretches that no checkpoint holds yet
    span     nodes of a job that lies in several pods, by pod
    heap     one pending event a job, node in repair or domain, as packed 64-bit keys
    agenda   what is known beforehand, by time: capacity, caps
    ledger   accelerator-seconds by cluster, hour and bucket

A key holds the time in ticks of 1/1024 s above the number of what it is about. An event that is
not the one its row now expects was cancelled, and is passed over.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from offtake.model.bucket import Bucket
from offtake.policy.packed import Columns, known

Table = Any

BUCKETS = tuple(Bucket)
(
    PRODUCTIVE,
    EXPOSED,
    CHECKPOINT,
    LOST,
    RESTART,
    IDLE,
    FRAGMENTATION,
    DRAINED,
    DOWN,
    CAPPED,
    CAPACITY,
    JOULES,
) = range(12)
"""Columns of the ledger: the buckets in their order, what there was, and energy."""
COLUMNS = 12

TICKS = 1024.0
"""Ticks of a second: a power of two, so that every tick is an exact number."""
NUMBER_BITS = 25
"""Bits of a key below the time; 38 remain for it, 8.5 years."""
LONGEST_S = 2.0**38 / TICKS
"""Longest time that can be simulated."""

ABSENT, FREE, HELD, BROKEN, AWAY = range(5)
"""States of a node; AWAY is taken out on purpose."""

FINISH, FAIL, OWN, LEAVE, NOTICE = range(5)
"""What a running job's event is: it ends, a node of it fails, it fails of itself, it leaves its
nodes, silent corruption is noticed."""

ARRIVES, LEAVES, BUDGET, HOUR, MONTH = range(5)
"""What the agenda holds: capacity, power, an hour in which caps may rise or a burst begins or
ends, a month in which paid minimums begin anew."""

DONE, MORE_ROOM = range(2)
"""Why the loop came back."""

RUN = np.dtype(
    [
        ("began", "f8"),
        ("due", "f8"),
        ("key", "i8"),
        ("over", "f8"),
        ("phase", "f8"),
        ("rate", "f8"),
        ("exposed", "f8"),
        ("pace", "f8"),
        ("power", "f8"),
        ("tau", "f8"),
        ("delta", "f8"),
        ("drain", "f8"),
        ("unsaved", "f8"),
        ("fails", "f8"),
        ("stops", "f8"),
        ("notice", "f8"),
        ("failing", "i4"),
        ("head", "i4"),
        ("held", "i4"),
        ("piece", "i4"),
        ("span", "i4"),
        ("draws", "i4"),
        ("cross", "i4"),
        ("event", "i1"),
        ("again", "i1"),
        ("frozen", "i1"),
        ("hurt", "i1"),
    ],
    align=True,
)
"""A stretch of a job at one speed, `rate` of its time productive and `pace` of work done a
second: `over` seconds of restarting, then runs of `tau` seconds with
checkpoints of `delta` between them, the first after `phase` fewer."""

NODE = np.dtype(
    [
        ("dies", "f8"),
        ("back", "f8"),
        ("key", "i8"),
        ("next", "i4"),
        ("pod", "i4"),
        ("place", "i4"),
        ("owner", "i4"),
        ("draws", "i4"),
        ("born", "f8"),
        ("state", "i1"),
        ("lemon", "i1"),
        ("leaving", "i1"),
        ("cured", "i1"),
    ],
    align=True,
)
"""A node: `dies` is the time it fails while in use, and the use it has left while not."""

SITE = np.dtype(
    [
        ("last", "f8"),
        ("idle", "i4"),
        ("held", "i4"),
        ("down", "i4"),
        ("away", "i4"),
        ("present", "i4"),
        ("each", "i4"),
        ("first", "i4"),
        ("nodes", "i4"),
        ("fragmented", "i4"),
        ("crowded", "i4"),
        ("first_hazard", "i4"),
        ("hazards", "i4"),
        ("node_rate", "f8"),
        ("law", "i4"),
        ("law_shape", "f8"),
        ("lemon_ratio", "f8"),
        ("lemons_cured", "i4"),
        ("age", "f8"),
        ("infant", "f8"),
        ("settling", "f8"),
        ("wear", "f8"),
        ("heartbeat", "f8"),
        ("hang_share", "f8"),
        ("hang", "f8"),
        ("silent_share", "f8"),
        ("silent", "f8"),
        ("tier", "i4"),
        ("restart", "f8"),
        ("reload", "f8"),
        ("remote_share", "f8"),
        ("remote", "f8"),
        ("warm_up", "f8"),
        ("auto", "f8"),
        ("auto_silent", "f8"),
        ("manual_share", "f8"),
        ("only_unfixed", "i4"),
        ("manual", "f8"),
        ("manual_silent", "f8"),
        ("repair_law", "i4"),
        ("repair_shape", "f8"),
        ("interval", "i4"),
        ("tau", "f8"),
        ("delta", "f8"),
        ("drain", "f8"),
        ("exposed", "f8"),
        ("oversubscription", "f8"),
        ("budget", "f8"),
        ("watts", "f8"),
        ("idle_share", "f8"),
        ("stopped_share", "f8"),
        ("loss", "f8"),
        ("ceiling", "f8"),
        ("cap", "f8"),
        ("speed", "f8"),
        ("failures", "f8"),
        ("exposure", "f8"),
        ("used", "f8"),
    ],
    align=True,
)
"""A cluster's counts of nodes, the parameters of its failures, repair and checkpoints in seconds,
and its power: watts of an accelerator, the budget, the cap in force and the speed under it."""

HAZARD = np.dtype(
    [("rate", "f8"), ("cause", "i4"), ("most", "i4"), ("breaks", "i4"), ("drains", "i4")],
    align=True,
)
"""A cause that strikes nodes in use, a second; those of small jobs have their largest size."""

DOMAIN = np.dtype(
    [
        ("rate", "f8"),
        ("due", "f8"),
        ("key", "i8"),
        ("cluster", "i4"),
        ("size", "i4"),
        ("things", "i4"),
        ("cause", "i4"),
        ("breaks", "i4"),
        ("drains", "i4"),
        ("draws", "i4"),
    ],
    align=True,
)
"""The clock of one cause that takes down whole racks, pods, halls or the site."""

PIECE = np.dtype(
    [
        ("begins", "f8"),
        ("ends", "f8"),
        ("rate", "f8"),
        ("exposed", "f8"),
        ("checkpoint", "f8"),
        ("power", "f8"),
        ("next", "i4"),
    ],
    align=True,
)
"""Time of an earlier stretch, in shares; what is left of 1 was capped."""

SPAN = np.dtype([("pod", "i4"), ("nodes", "i4"), ("next", "i4")], align=True)

AGENDA = np.dtype(
    [("time", "f8"), ("what", "i4"), ("cluster", "i4"), ("a", "i4"), ("b", "i4"), ("value", "f8")],
    align=True,
)

LOG = np.dtype(
    [("time", "f8"), ("job", "i8"), ("cluster", "i4"), ("nodes", "i4"), ("cause", "i4")],
    align=True,
)
"""A strike: when, on how many nodes, why, and the job it first struck (-1 is none)."""


class World(NamedTuple):
    """All the simulation keeps beside the tables of the rules."""

    run: Table
    node: Table
    stack: Table
    first: Table
    """First node of each pod."""
    popped: Table
    """Nodes of each pod that a pass has handed out so far."""
    site: Table
    hazard: Table
    domain: Table
    piece: Table
    span: Table
    heap: Table
    agenda: Table
    ledger: Table
    log: Table
    hurt: Table
    """Jobs struck by what is happening now."""
    crossing: Table
    """Running jobs that reach over pods."""
    touched: Table
    """Pods that such jobs came to or left since speeds were last set."""
    job_submit: Table
    job_work: Table
    job_limit: Table
    job_nodes: Table
    job_accelerators: Table
    job_kind: Table
    job_tenant: Table
    job_priority: Table
    job_flags: Table
    job_started: Table
    job_ended: Table
    job_cluster: Table
    job_failures: Table
    job_preemptions: Table
    clock: Table
    """Now, the next pass, the quantum, the horizon, until when to run."""
    number: Table
    """Whole numbers of the simulation; see `N_…`."""


_I8, _F8, _I4 = np.dtype("i8"), np.dtype("f8"), np.dtype("i4")
_I2, _I1, _U2, _U1 = np.dtype("i2"), np.dtype("i1"), np.dtype("u2"), np.dtype("u1")
COLUMNS_OF_WORLD: Columns = {
    "run": (RUN, 1),
    "node": (NODE, 1),
    "stack": (_I8, 1),
    "first": (_I8, 1),
    "popped": (_I8, 1),
    "site": (SITE, 1),
    "hazard": (HAZARD, 1),
    "domain": (DOMAIN, 1),
    "piece": (PIECE, 1),
    "span": (SPAN, 1),
    "heap": (_I8, 1),
    "agenda": (AGENDA, 1),
    "ledger": (_F8, 3),
    "log": (LOG, 1),
    "hurt": (_I8, 1),
    "crossing": (_I8, 1),
    "touched": (_I8, 1),
    "job_submit": (_F8, 1),
    "job_work": (_F8, 1),
    "job_limit": (_F8, 1),
    "job_nodes": (_I4, 1),
    "job_accelerators": (_I4, 1),
    "job_kind": (_I2, 1),
    "job_tenant": (_I2, 1),
    "job_priority": (_I2, 1),
    "job_flags": (_U1, 1),
    "job_started": (_F8, 1),
    "job_ended": (_F8, 1),
    "job_cluster": (_I2, 1),
    "job_failures": (_U2, 1),
    "job_preemptions": (_U2, 1),
    "clock": (_F8, 1),
    "number": (_I8, 1),
}
known(COLUMNS_OF_WORLD)

GIVES, WHOLE = 1, 2
"""Flags of a job: it may be preempted; it must lie in one pod."""

NOW, PASS, QUANTUM, HORIZON, UNTIL = range(5)
(
    N_HEAP,
    N_ARRIVAL,
    N_AGENDA,
    N_PIECE,
    N_SPAN,
    N_LOG,
    N_HURT,
    N_EVENTS,
    N_FINISHED,
    N_PASSES,
    N_SEED,
    N_CAPS,
    N_STALE,
    N_CROSSING,
    N_CROWDED,
    N_DIRTY,
    N_PIECES,
    N_SPANS,
) = range(18)
N_NUMBERS = 18
