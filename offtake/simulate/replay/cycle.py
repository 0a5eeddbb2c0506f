"""The inside of rounds: who runs in the next one, and what it leaves undone.

Structure of arrays, compiled: a row a job, a column a type of accelerator.

    priority = allocation · time of all on the type / own time on the type

since the last change of allocation; both times start from half a round, so that a job due
much runs first. What a job was due and did not get before that (`owed`) breaks ties.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from offtake.simulate.compiled import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
DONE, ALLOCATE, SHORT = 0, 1, 2
"""Why rounds stop: watched jobs are done, an allocation is due, or jobs ran out."""
IDLE, WAITS = -1, -2
"""What a job does that does not run: nothing, or holding a place."""
NOW, RESET, STALE = 0, 1, 2
"""Cells of `clock`: the time, the last change of allocation, and whether one is wanted."""
NEXT, LIVE, ROUNDS, LEFT = 0, 1, 2, 3
"""Cells of `tally`: next job to arrive, jobs alive, rounds so far, watched jobs not done."""


class State(NamedTuple):
    """All that rounds change, and the jobs and rules they follow."""

    arrival: Floats
    gpus: Ints
    speed: Floats
    steps: Floats
    """Steps left of each job."""
    due: Floats
    """The allocation: 0 for jobs that came after it."""
    used: Floats
    """Seconds of each job on each type since the last change, from half a round."""
    owed: Floats
    ended: Floats
    watched: Ints
    live: Ints
    """Jobs alive, in order of arrival; the first `tally[LIVE]` count."""
    order: Ints
    """Jobs alive by priority on each type, as they were last."""
    priority: Floats
    known: Ints
    """1 once an allocation counted the job: until then it holds its place, but does not run."""
    on: Ints
    """Type a job runs on in this round, -1 for none, or -2 for a place held idle."""
    was: Ints
    """The same in the round before."""
    stops: Ints
    """Times each job was stopped, or moved to another type, before its end."""
    began: Floats
    """When each first ran, or -1."""
    held: Floats
    """Seconds of each job on each type, in all."""
    busy: Floats
    """Seconds of all jobs on each type since the last change."""
    capacity: Ints
    kinds: Ints
    """Orders types may be gone through in, one row after another."""
    clock: Floats
    tally: Ints


@compiled
def admit(s: State, round_s: float) -> None:
    """Take in the jobs that have arrived by now."""
    while s.tally[0] < len(s.arrival) and s.arrival[s.tally[0]] <= s.clock[0]:
        job = s.tally[0]
        at = s.tally[1]
        s.live[at] = job
        for kind in range(len(s.capacity)):
            s.order[kind, at] = job
            s.due[job, kind] = 0.0
            s.used[job, kind] = 0.5 * round_s
            s.owed[job, kind] = 0.0
        s.tally[0] += 1
        s.tally[1] += 1
        s.clock[2] = 1.0


@compiled
def reset(s: State, round_s: float) -> None:
    """Begin to count anew, and remember what each job was due and did not get."""
    elapsed = s.clock[0] - s.clock[1]
    for kind in range(len(s.capacity)):
        s.busy[kind] = 0.0
        for at in range(s.tally[1]):
            job = s.live[at]
            got = s.used[job, kind] - 0.5 * round_s
            s.owed[job, kind] += s.due[job, kind] * elapsed - got
            s.used[job, kind] = 0.5 * round_s
            s.busy[kind] += 0.5 * round_s
    s.clock[1] = s.clock[0]
    s.clock[2] = 0.0


@compiled
def rank(s: State, kind: int) -> None:
    """Order the jobs alive by priority on a type; last round's order is nearly right."""
    count = s.tally[1]
    for at in range(count):
        job = s.live[at]
        value = 0.0
        if s.due[job, kind] > 0.0 and s.speed[job, kind] > 0.0:
            value = s.due[job, kind] * s.busy[kind] / s.used[job, kind]
        s.priority[job] = value
    order = s.order[kind]
    for at in range(1, count):
        job = order[at]
        to = at
        while to > 0 and before(s, kind, job, order[to - 1]):
            order[to] = order[to - 1]
            to -= 1
        order[to] = job


@compiled
def before(s: State, kind: int, one: int, other: int) -> bool:
    """Tell whether one job goes before another on a type."""
    if s.priority[one] != s.priority[other]:
        return bool(s.priority[one] > s.priority[other])
    if s.owed[one, kind] != s.owed[other, kind]:
        return bool(s.owed[one, kind] > s.owed[other, kind])
    if s.due[one, kind] != s.due[other, kind]:
        return bool(s.due[one, kind] > s.due[other, kind])
    return one < other


@compiled
def fill(s: State, strict: bool) -> None:
    """Choose who runs in the next round; `strict` leaves what nobody is due idle."""
    for at in range(s.tally[1]):
        s.was[s.live[at]] = s.on[s.live[at]]
        s.on[s.live[at]] = IDLE
    turn = s.tally[2] % len(s.kinds)
    for step in range(len(s.capacity)):
        kind = s.kinds[turn, step]
        rank(s, kind)
        room = s.capacity[kind]
        for at in range(s.tally[1]):
            job = s.order[kind, at]
            if room == 0 or (strict and s.priority[job] <= 0.0):
                break
            if s.on[job] != IDLE or s.speed[job, kind] <= 0.0 or s.gpus[job] > room:
                continue
            room -= s.gpus[job]
            s.on[job] = kind if s.known[job] > 0 else WAITS


@compiled
def work(s: State, round_s: float) -> bool:
    """Run a round: whole steps only, and it ends with its last job. Tell if anyone ran."""
    start, end = s.clock[0], s.clock[0]
    for at in range(s.tally[1]):
        job = s.live[at]
        kind = s.on[job]
        if s.was[job] >= 0 and s.was[job] != kind:
            s.stops[job] += 1
        if kind < 0:
            continue
        if s.began[job] < 0.0:
            s.began[job] = start
        speed = s.speed[job, kind]
        steps = min(np.floor(speed * round_s), s.steps[job])
        took = steps / speed
        s.steps[job] -= steps
        s.used[job, kind] += took
        s.held[job, kind] += took
        s.busy[kind] += took
        s.ended[job] = start + took
        end = max(end, start + took)
    s.clock[0] = end
    s.tally[2] += 1
    return bool(end > start)


@compiled
def leave(s: State) -> None:
    """Let jobs go that have no step left."""
    for kind in range(len(s.capacity)):
        kept = 0
        for at in range(s.tally[1]):
            job = s.order[kind, at]
            if s.steps[job] > 0.0:
                s.order[kind, kept] = job
                kept += 1
    kept = 0
    for at in range(s.tally[1]):
        job = s.live[at]
        if s.steps[job] > 0.0:
            s.live[kept] = job
            kept += 1
        else:
            s.tally[3] -= s.watched[job]
            s.clock[2] = 1.0
    s.tally[1] = kept


@compiled
def advance(s: State, round_s: float, reset_s: float, strict: bool) -> int:
    """Run rounds until an allocation is due or the watched jobs are done.

    Gives 0 (done), 1 (an allocation is due: it is counted anew from now), or 2 (no job is
    left that could run).
    """
    while True:
        fill(s, strict)
        if work(s, round_s):
            leave(s)
        elif s.clock[2] > 0.0:
            s.clock[0] = s.clock[1] + reset_s
        elif s.tally[0] < len(s.arrival):
            s.clock[0] = s.arrival[s.tally[0]]
        else:
            return 2
        if s.tally[3] == 0:
            return 0
        admit(s, round_s)
        since = s.clock[0] - s.clock[1]
        if s.clock[2] > 0.0 and (since >= reset_s or s.clock[1] == 0.0):
            reset(s, round_s)
            return 1
