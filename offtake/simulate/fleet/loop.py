"""The loop: the next thing that happens, one after the other, until a time.

agenda (sorted) ─┐
heap of events  ─┼─ earliest ─> what it changes ─> a pass of the policy, on the next quantum
arrivals (sorted)┘
"""

from __future__ import annotations

import math

from offtake.policy.compiled import compiled, inner
from offtake.policy.decide import decide
from offtake.policy.tables import N_FREE, N_OUT, N_RUNNING, N_TAKE, NEVER, START, STOP, Tables
from offtake.simulate.fleet.chance import uniform
from offtake.simulate.fleet.heap import drop, key_of, push, tick
from offtake.simulate.fleet.hold import new_life, push_free, soonest
from offtake.simulate.fleet.launch import launch, own_rate
from offtake.simulate.fleet.leave import arrive, finish, leave, start
from offtake.simulate.fleet.post import flush
from offtake.simulate.fleet.rates import recount, throttle
from offtake.simulate.fleet.stretch import close
from offtake.simulate.fleet.strike import (
    hit,
    log,
    mended,
    recover_all,
    remove,
    restart_time,
    silent,
)
from offtake.simulate.fleet.tables import (
    ABSENT,
    ARRIVES,
    BUDGET,
    DONE,
    FAIL,
    FINISH,
    LEAVE,
    LEAVES,
    MONTH,
    MORE_ROOM,
    N_AGENDA,
    N_ARRIVAL,
    N_CROWDED,
    N_DIRTY,
    N_EVENTS,
    N_HEAP,
    N_HURT,
    N_LOG,
    N_PASSES,
    N_PIECES,
    N_SEED,
    N_SPANS,
    N_STALE,
    NOTICE,
    NOW,
    NUMBER_BITS,
    PASS,
    QUANTUM,
    TICKS,
    UNTIL,
    World,
)

_DOMAIN_STREAM = 1 << 43
_CAUSE_STREAM = 1 << 44


@compiled
def loop(t: Tables, w: World) -> int:
    """Run until the time `UNTIL` of the clock; come back earlier where tables are full."""
    while True:
        if full(t, w):
            return MORE_ROOM
        n, k = w.number, w.clock
        event = (w.heap[0] >> NUMBER_BITS) / TICKS if n[N_HEAP] else NEVER
        arrival = w.job_submit[n[N_ARRIVAL]] if n[N_ARRIVAL] < len(w.job_submit) else NEVER
        planned = w.agenda[n[N_AGENDA]].time if n[N_AGENDA] < len(w.agenda) else NEVER
        now = min(event, arrival, planned, k[PASS])
        if now > k[UNTIL]:
            return DONE
        k[NOW] = now
        if planned <= now:
            item(t, w, now)
            n[N_AGENDA] += 1
        elif event <= now:
            happen(t, w, now)
        elif arrival <= now:
            arrive(t, w, n[N_ARRIVAL], now)
            n[N_ARRIVAL] += 1
            n[N_EVENTS] += 1
        else:
            k[PASS] = NEVER
            act(t, w, now)
        if n[N_DIRTY]:
            n[N_DIRTY] = 0
            if k[PASS] >= NEVER:
                k[PASS] = now if k[QUANTUM] <= 0.0 else math.ceil(now / k[QUANTUM]) * k[QUANTUM]


@inner
def full(t: Tables, w: World) -> bool:
    """Tell whether what happens next might not fit the tables."""
    n = w.number
    running, nodes = t.count[N_RUNNING], len(w.node)
    return bool(
        t.count[N_FREE] < 0
        or n[N_HEAP] + running + t.window.size + nodes + 64 > len(w.heap)
        or n[N_LOG] + 2 >= len(w.log)
        or n[N_PIECES] < 2 * running + 64
        or n[N_SPANS] < nodes + 64
    )


@inner
def happen(t: Tables, w: World, now: float) -> None:
    """Do what the earliest key of the heap says, unless it was cancelled."""
    key = w.heap[0]
    about = key & ((1 << NUMBER_BITS) - 1)
    drop(w.heap, w.number)
    nodes, domains = len(w.node), len(w.domain)
    if about < nodes:
        if w.node[about].key == key:
            w.number[N_EVENTS] += 1
            w.number[N_DIRTY] = 1
            mended(t, w, about, now)
    elif about < nodes + domains:
        w.number[N_EVENTS] += 1
        strike_domain(t, w, about - nodes, now)
    else:
        a = about - nodes - domains
        if w.run[a].key == key:
            w.number[N_EVENTS] += 1
            of_job(t, w, a, now)
        else:
            w.number[N_STALE] += 1


@inner
def of_job(t: Tables, w: World, a: int, now: float) -> None:
    """Do what happens to a running job."""
    r, j = w.run[a], t.active[a]
    s = w.site[j.cluster]
    r.key = -1
    if r.event == FINISH:
        finish(t, w, a, now)
    elif r.event == LEAVE:
        leave(t, w, a, now)
    elif r.event == NOTICE:
        close(t, w, a, now, True, False)
        hurt(w, a)
        recover_all(t, w, now)
    elif r.event == FAIL:
        strike_node(t, w, a, now)
    else:
        if silent(w, s, j, r, now):
            close(t, w, a, now, False, False)
            launch(t, w, a, now)
            return
        strike_job(t, w, a, now)
    w.number[N_DIRTY] = 1


@inner
def hurt(w: World, a: int) -> None:
    """Add a job to those that are hurt."""
    w.hurt[w.number[N_HURT]] = a
    w.number[N_HURT] += 1


@inner
def strike_job(t: Tables, w: World, a: int, now: float) -> None:
    """Let a job be struck by a cause that strikes only small jobs; it may break a node."""
    r, j = w.run[a], t.active[a]
    s = w.site[j.cluster]
    r.draws += 2
    seed = w.number[N_SEED]
    pick = uniform(seed, _CAUSE_STREAM + j.job, r.draws) * own_rate(w, s, j.nodes)
    cause = -1
    for at in range(s.first_hazard, s.first_hazard + s.hazards):
        h = w.hazard[at]
        if h.most >= j.nodes and (cause < 0 or pick >= 0.0):
            cause = at
            pick -= h.rate * j.nodes
    h = w.hazard[cause]
    i = r.head
    for _ in range(int(uniform(seed, _CAUSE_STREAM + j.job, r.draws + 1) * r.held)):
        i = w.node[i].next
    log(w, now, j.cluster, 1, h.cause, j.job)
    hit(t, w, i, now, h.breaks > 0, h.drains > 0)
    recover_all(t, w, now)


@inner
def strike_node(t: Tables, w: World, a: int, now: float) -> None:
    """Let the node of a job fail whose use is over, by one of the causes that strike nodes."""
    r, j = w.run[a], t.active[a]
    s = w.site[j.cluster]
    i = r.failing
    n = w.node[i]
    pick = uniform(w.number[N_SEED], _CAUSE_STREAM + i, n.draws) * s.node_rate
    n.draws += 1
    at = s.first_hazard
    last = at
    while at < s.first_hazard + s.hazards:
        h = w.hazard[at]
        if h.most == 0:
            last = at
            pick -= h.rate
            if pick < 0.0:
                break
        at += 1
    h = w.hazard[last]
    if silent(w, s, j, r, now):
        close(t, w, a, now, False, False)
        n.dies = now + new_life(s, n, i, w.number[N_SEED], now)
        soonest(w, a)
        launch(t, w, a, now)
        return
    log(w, now, j.cluster, 1, h.cause, j.job)
    hit(t, w, i, now, h.breaks > 0, h.drains > 0)
    recover_all(t, w, now)


@inner
def strike_domain(t: Tables, w: World, at: int, now: float) -> None:
    """Let a rack, pod, hall or site go down, and set the clock of its cause anew."""
    d = w.domain[at]
    s = w.site[d.cluster]
    pick = uniform(w.number[N_SEED], _DOMAIN_STREAM + at, 2 * d.draws)
    first = s.first + int(pick * d.things) * d.size
    struck = 0
    for i in range(first, min(first + d.size, s.first + s.nodes)):
        if w.node[i].state != ABSENT:
            struck += 1
            hit(t, w, i, now, d.breaks > 0, d.drains > 0)
    if struck:
        log(w, now, d.cluster, struck, d.cause, -1)
    recover_all(t, w, now)
    w.number[N_DIRTY] = 1
    wind(w, at, now)


@inner
def wind(w: World, at: int, now: float) -> None:
    """Set the clock of a cause of domains."""
    d = w.domain[at]
    u = uniform(w.number[N_SEED], _DOMAIN_STREAM + at, 2 * d.draws + 1)
    d.draws += 1
    d.due = tick(now - math.log(u) / (d.rate * d.things))
    push(w.heap, w.number, key_of(d.due, len(w.node) + at))


@inner
def item(t: Tables, w: World, now: float) -> None:
    """Do what the agenda says: capacity comes or goes, a budget of power changes, an hour ends."""
    g = w.agenda[w.number[N_AGENDA]]
    w.number[N_EVENTS] += 1
    s = w.site[g.cluster]
    flush(s, w.ledger[g.cluster], now)
    if g.what == ARRIVES:
        for i in range(g.a, g.b):
            add_node(t, w, i, now)
        w.number[N_DIRTY] = 1
    elif g.what == LEAVES:
        for i in range(g.a, g.b):
            remove(t, w, i, now)
        recover_all(t, w, now)
        w.number[N_DIRTY] = 1
    elif g.what == BUDGET:
        s.budget = g.value
        throttle(t, w, g.cluster, now, True)
    elif g.what == MONTH:
        s.used = 0.0
        w.number[N_DIRTY] = 1
    else:
        throttle(t, w, g.cluster, now, True)
        w.number[N_DIRTY] = 1


@inner
def add_node(t: Tables, w: World, i: int, now: float) -> None:
    """Bring a node into the fleet, new if it comes after the beginning."""
    n = w.node[i]
    if n.state != ABSENT:
        return
    s = w.site[t.pod[n.pod].cluster]
    s.present += 1
    n.born = 0.0 if now <= 0.0 else now + s.age
    n.dies = new_life(s, n, i, w.number[N_SEED], now)
    push_free(t, w, i)


@inner
def act(t: Tables, w: World, now: float) -> None:
    """Run a pass of the policy and do what it says."""
    w.number[N_PASSES] += 1
    for at in range(len(w.site)):
        flush(w.site[at], w.ledger[at], now)
        t.cluster[at].used = w.site[at].used
    decide(t, now)
    out = t.count[N_OUT]
    end = t.count[N_TAKE]
    for i in range(out - 1, -1, -1):
        if t.out[i, 0] == START:
            a = t.out[i, 1]
            r, j = w.run[a], t.active[a]
            over = restart_time(w, w.site[j.cluster], j, r) if r.again else 0.0
            start(t, w, a, t.out[i, 3], end, over, now)
            end = t.out[i, 3]
    for i in range(end, t.count[N_TAKE]):
        w.popped[t.take[i, 0]] = 0
    for i in range(out):
        if t.out[i, 0] == STOP:
            stop(t, w, t.out[i, 1], now)
    for at in range(len(w.site)):
        w.site[at].fragmented = t.cluster[at].blocked
        throttle(t, w, at, now, False)
    if w.number[N_CROWDED]:
        recount(t, w, now)


@inner
def stop(t: Tables, w: World, a: int, now: float) -> None:
    """Begin the grace of a preempted job."""
    r = w.run[a]
    r.stops = min(r.stops, now + t.option[0].grace_s)
    if r.stops <= now:
        leave(t, w, a, now)
        return
    close(t, w, a, now, False, False)
    launch(t, w, a, now)


@compiled
def wind_up(t: Tables, w: World, now: float) -> None:
    """Post everything up to the end; what runs then counts as kept."""
    for i in range(t.count[N_RUNNING]):
        close(t, w, t.running[i], now, False, True)
    for at in range(len(w.site)):
        flush(w.site[at], w.ledger[at], now)


@compiled
def wind_domains(w: World) -> None:
    """Set all clocks of domains at the beginning."""
    for at in range(len(w.domain)):
        wind(w, at, 0.0)
