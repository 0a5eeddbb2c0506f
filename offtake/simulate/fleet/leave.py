"""A job's way into the queue, onto its nodes, and off them: finished, or waiting again."""

from __future__ import annotations

from offtake.policy.compiled import inner
from offtake.policy.order import key
from offtake.policy.place import end
from offtake.policy.preempt import halted
from offtake.policy.queue import enqueue
from offtake.policy.tables import (
    GONE,
    N_FREE,
    N_WAITING,
    NEVER,
    STOPPING,
    WAITING,
    Table,
    Tables,
)
from offtake.simulate.fleet.hold import give_back, hold
from offtake.simulate.fleet.launch import launch
from offtake.simulate.fleet.post import flush, whole
from offtake.simulate.fleet.stretch import close
from offtake.simulate.fleet.tables import (
    CHECKPOINT,
    GIVES,
    JOULES,
    N_DIRTY,
    N_FINISHED,
    WHOLE,
    World,
)


@inner
def arrive(t: Tables, w: World, job: int, now: float) -> None:
    """Let a job join the queue."""
    a = t.count[N_FREE]
    j = t.active[a]
    t.count[N_FREE] = j.next
    j.job = job
    j.submitted = w.job_submit[job]
    j.left = w.job_work[job]
    j.need = w.job_limit[job]
    j.attained = 0.0
    j.nodes = w.job_nodes[job]
    j.accelerators = w.job_accelerators[job]
    j.priority = w.job_priority[job]
    j.kind = w.job_kind[job]
    j.tenant = w.job_tenant[job]
    j.gives = 1 if w.job_flags[job] & GIVES else 0
    j.whole = 1 if w.job_flags[job] & WHOLE else 0
    r = w.run[a]
    r.again = 0
    r.draws = 0
    r.head = -1
    r.piece = -1
    r.span = -1
    join(t, w, a, now)


@inner
def join(t: Tables, w: World, a: int, now: float) -> None:
    """Put a job into the queue of its kind, at the place the policy gives it."""
    j = t.active[a]
    j.state = WAITING
    j.cluster = -1
    j.burst = -1
    j.ends = NEVER
    j.key = key(t.option[0].order, j, now)
    enqueue(t.active, t.kind, t.window, t.option[0].depth, a)
    t.count[N_WAITING] += 1
    w.run[a].key = -1
    w.number[N_DIRTY] = 1


@inner
def start(t: Tables, w: World, a: int, first: int, last: int, over: float, now: float) -> None:
    """Put a job the policy has begun onto its nodes; a restart takes `over` seconds."""
    r, j = w.run[a], t.active[a]
    s = w.site[j.cluster]
    s.idle -= j.nodes
    s.held += j.nodes
    hold(t, w, a, first, last, now)
    r.over = over
    r.phase = 0.0
    r.unsaved = 0.0
    r.piece = -1
    r.stops = NEVER
    r.notice = NEVER
    r.frozen = 0
    r.hurt = 0
    if w.job_started[j.job] < 0.0:
        w.job_started[j.job] = now
    w.job_cluster[j.job] = j.cluster
    launch(t, w, a, now)


@inner
def vacate(t: Tables, w: World, a: int, now: float) -> None:
    """Take a job whose stretch is closed off its nodes."""
    r, j = w.run[a], t.active[a]
    at = j.cluster
    flush(w.site[at], w.ledger[at], now)
    if j.state == STOPPING:
        halted(t, a)
    end(t, a)
    give_back(t, w, a, at, now)
    r.key = -1
    w.number[N_DIRTY] = 1


@inner
def finish(t: Tables, w: World, a: int, now: float) -> None:
    """End a job that has done its work."""
    close(t, w, a, now, False, True)
    j = t.active[a]
    w.job_ended[j.job] = now
    w.number[N_FINISHED] += 1
    vacate(t, w, a, now)
    j.state = GONE
    j.next = t.count[N_FREE]
    t.count[N_FREE] = a


@inner
def requeue(t: Tables, w: World, a: int, now: float) -> None:
    """Send a job whose stretch is closed back to the queue, with what it has saved."""
    j = t.active[a]
    vacate(t, w, a, now)
    j.need = w.job_limit[j.job] * (j.left / w.job_work[j.job])
    w.run[a].again = 1
    join(t, w, a, now)


@inner
def leave(t: Tables, w: World, a: int, now: float) -> None:
    """Take a job off its nodes: a failed one, or one that was preempted.

    A preempted one spends the end of its grace writing a checkpoint; where there was not the
    time for one, what it did since the last is lost.
    """
    r, j = w.run[a], t.active[a]
    s = w.site[j.cluster]
    if j.state == STOPPING:
        w.job_preemptions[j.job] += 1
    time = t.option[0].grace_s >= r.delta and r.over <= now - r.delta - r.began
    if j.state == STOPPING and time and not r.frozen:
        until = now - r.delta
        close(t, w, a, until, False, True)
        write(w.ledger[j.cluster], s, j, until, now)
        j.attained += r.delta * j.nodes
    else:
        close(t, w, a, now, True, False)
    requeue(t, w, a, now)


@inner
def write(book: Table, s: Table, j: Table, t0: float, t1: float) -> None:
    """Post the checkpoint a preempted job writes before it leaves."""
    all_of = float(j.nodes * s.each)
    whole(book, t0, t1, all_of, CHECKPOINT)
    whole(book, t0, t1, all_of * s.watts * s.stopped_share, JOULES)
