"""Whether a job fits a cluster now, what it would cost there, and how it begins.

    score = (what the contract asks for one more hour + power and rent) / speed + dislike

What was promised anyway (take or pay) costs nothing until its minimum is used up; then, and
for power that is passed on, rent and spot, every hour costs.
"""

from __future__ import annotations

from offtake.policy.compiled import compiled, inner
from offtake.policy.quota import book
from offtake.policy.room import expect, fits_pod, forget, free_by, take_pods
from offtake.policy.tables import (
    BURST_KEPT,
    CHOSEN,
    DELAYS,
    N_OUT,
    N_RUNNING,
    N_TAKE,
    N_WHY,
    PODS,
    ROOM,
    RUNNING,
    START,
    Table,
    Tables,
)


@inner
def fits(c: Table, pod: Table, r: Table, ends: float) -> tuple[int, float, float]:
    """Tell whether a job fits a cluster; else why not, with the two numbers that decided."""
    if c.free < r.nodes:
        return ROOM, float(r.nodes), float(c.free)
    if ends > c.shadow and r.nodes > c.spare:
        return DELAYS, ends, float(c.shadow)
    if r.whole and fits_pod(c, pod, r.nodes) < 0:
        return PODS, float(r.nodes), float(c.free)
    return CHOSEN, 0.0, 0.0


@inner
def spares_bursts(
    t: Tables, at: int, r: Table, now: float, ends: float
) -> tuple[int, float, float]:
    """Tell whether a job leaves the nodes kept for bursts of others on a cluster."""
    c = t.cluster[at]
    for i in range(len(t.burst)):
        b = t.burst[i]
        if b.cluster != at or b.tenant == r.tenant or b.ends <= now or b.begins >= ends:
            continue
        there = free_by(c, t.release[at], b.begins, t.option[0].bin_s)
        wanted = max(0, b.nodes - b.used)
        if there - r.nodes < wanted:
            return BURST_KEPT, float(r.nodes), float(there - wanted)
    return CHOSEN, 0.0, 0.0


@inner
def score(c: Table, speed: float, dislike: float) -> float:
    """Give the cost of an accelerator-hour of work on a cluster, in USD; less is better."""
    price = c.running_price
    if c.used >= c.minimum:
        price += c.price
    return float(price / speed + dislike)


@inner
def burst_of(t: Tables, at: int, r: Table, now: float) -> int:
    """Give the burst a job may run in on a cluster now; -1 is none."""
    for i in range(len(t.burst)):
        b = t.burst[i]
        if b.cluster == at and b.tenant == r.tenant and b.begins <= now < b.ends:
            return i
    return -1


@inner
def begin(t: Tables, a: int, at: int, now: float) -> None:
    """Give a waiting job nodes of a cluster, and say so in `out`."""
    r = t.active[a]
    c = t.cluster[at]
    r.cluster = at
    r.begun = now
    r.ends = now + r.need / t.speed[r.kind, at]
    if r.ends > c.shadow:
        c.spare -= r.nodes
    first = t.count[N_TAKE]
    t.count[N_TAKE] = take_pods(c, t.pod, r.nodes, t.take, first)
    hold(t, a, now)
    say(t, START, a, at, first)


@compiled
def hold(t: Tables, a: int, now: float) -> None:
    """Count a row of a cluster among what runs: its release, its quota, its burst."""
    r = t.active[a]
    at = r.cluster
    r.state = RUNNING
    expect(t.cluster[at], t.release[at], r, t.option[0].bin_s)
    r.place = t.count[N_RUNNING]
    t.running[r.place] = a
    t.count[N_RUNNING] += 1
    book(t.tenant, t.cohort, r.tenant, float(r.accelerators))
    r.burst = burst_of(t, at, r, now)
    if r.burst >= 0:
        t.burst[r.burst].used += r.nodes


@inner
def end(t: Tables, a: int) -> None:
    """Take a row off what runs; its nodes are given back by whoever holds them."""
    r = t.active[a]
    forget(t.cluster[r.cluster], t.release[r.cluster], r)
    t.count[N_RUNNING] -= 1
    last = t.running[t.count[N_RUNNING]]
    t.running[r.place] = last
    t.active[last].place = r.place
    book(t.tenant, t.cohort, r.tenant, -float(r.accelerators))
    if r.burst >= 0:
        t.burst[r.burst].used -= r.nodes


@inner
def say(t: Tables, action: int, a: int, at: int, number: int) -> None:
    """Add a row to `out`."""
    i = t.count[N_OUT]
    t.out[i, 0] = action
    t.out[i, 1] = a
    t.out[i, 2] = at
    t.out[i, 3] = number
    t.count[N_OUT] = i + 1


@inner
def explain(t: Tables, a: int, at: int, code: int, x: float, y: float) -> None:
    """Keep one option that was looked at, where the policy is asked to explain itself."""
    if t.option[0].explains == 0:
        return
    i = t.count[N_WHY]
    if i == len(t.why):
        return
    w = t.why[i]
    w.active = a
    w.cluster = at
    w.code = code
    w.a = x
    w.b = y
    t.count[N_WHY] = i + 1
