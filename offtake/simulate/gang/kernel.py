"""Replications of one gang job, event by event: compiled, structure of arrays (see `state`).

Time without events is one addition, so a failure with its repair costs about a microsecond.
"""

from __future__ import annotations

import math

import numpy as np

from offtake.simulate.compiled import compiled
from offtake.simulate.gang.apart import live_apart
from offtake.simulate.gang.draws import (
    FAILURE,
    HOSTS,
    STREAMS,
    Streams,
    exponential,
    residual,
    uniform,
)
from offtake.simulate.gang.nodes import elapse, shuffle
from offtake.simulate.gang.state import (
    B_CHECKPOINT,
    B_DOWN,
    B_FRAGMENT,
    B_IDLE,
    B_RESTART,
    B_STEP,
    BORROWED,
    CAPACITY,
    COUNTS,
    ENDED,
    FAILURES,
    IDLE_LEMON,
    IDLE_SOUND,
    INTERVAL,
    LEMONS,
    LENT_LEMON,
    LENT_SOUND,
    NOTICE,
    NOW,
    SAVED,
    SELECTIONS,
    STEPPED,
    TIMES,
    WIDE_AT,
    WORKING,
    Facts,
    Floats,
    State,
    push,
)
from offtake.simulate.gang.together import live

R_WALL, R_SAVED, R_STEP, R_LOST, R_CHECKPOINT, R_RESTART, R_FRAGMENT = range(7)
R_IDLE, R_DOWN, R_CAPACITY, R_FAILURES, R_SELECTIONS, R_BORROWED, R_DONE = range(7, 14)
RESULTS = 14
"""Columns of the results; behind them one a cause."""


def blank(facts: Facts, causes: int) -> State:
    """Give the arrays a replication works on, large enough for all nodes there can be."""
    whole = facts.nodes + facts.standbys + facts.pool + facts.lent
    broken = whole + 1 if facts.standbys >= 0 else 1
    own = facts.nodes + 1 if facts.law > 0 or facts.replica > 0 else 1
    return State(
        times=np.zeros(TIMES),
        counts=np.zeros(COUNTS, np.int64),
        causes=np.zeros(max(causes, 1), np.int64),
        due=np.zeros(broken),
        kind=np.zeros(broken, np.int64),
        ring=np.zeros(max(facts.standbys, 1), np.int64),
        fails=np.zeros(own),
        who=np.zeros(own, np.int64),
        streams=np.zeros(STREAMS, np.uint64),
    )


@compiled
def replicate(facts: Facts, state: State, streams: Streams, results: Floats) -> None:
    """Run one replication for each row of streams, each into its row of results."""
    for row in range(streams.shape[0]):
        state.times[:] = 0.0
        state.counts[:] = 0
        state.causes[:] = 0
        for place in range(STREAMS):
            state.streams[place] = streams[row, place]
        begin(facts, state)
        while state.counts[ENDED] == 0:
            if facts.replica > 0:
                live_apart(facts, state)
            else:
                live(facts, state)
        report(facts, state, results[row])


@compiled
def begin(facts: Facts, state: State) -> None:
    """Spread lemons over all nodes there are, select hosts, and start all clocks."""
    times, counts = state.times, state.counts
    times[INTERVAL] = facts.interval
    times[NOTICE] = math.inf
    counts[WORKING] = facts.nodes
    if facts.standbys >= 0:
        whole = facts.nodes + facts.standbys + facts.pool
        lemons = draw_lemons(facts, state, whole)
        counts[WORKING] = 0
        counts[IDLE_SOUND], counts[IDLE_LEMON] = whole - lemons, lemons
        shuffle(facts, state)
    else:
        counts[LEMONS] = int(facts.nodes * facts.lemons_share)
    counts[SELECTIONS] = 1
    if facts.law > 0:
        start_clocks(facts, state)
    elapse(facts, state, facts.select, B_RESTART)


@compiled
def draw_lemons(facts: Facts, state: State, whole: int) -> int:
    """Give the lemons among the first nodes; the others are with who lends them."""
    everywhere = whole + facts.lent
    lemons = int(everywhere * facts.lemons_share)
    lent = 0
    left, bad = everywhere, lemons
    for _ in range(facts.lent):
        if uniform(state.streams, HOSTS) * left < bad:
            lent += 1
            bad -= 1
        left -= 1
    state.counts[LENT_SOUND], state.counts[LENT_LEMON] = facts.lent - lent, lent
    return lemons - lent


@compiled
def start_clocks(facts: Facts, state: State) -> None:
    """Give each node at work the stepping hour it fails at; what strikes more nodes has one."""
    mean = 1.0 / facts.node_rate
    for place in range(facts.nodes):
        left = residual(state.streams, FAILURE, facts.law, mean, facts.shape)
        push(state.fails, state.who, place, left, 0)
    state.times[WIDE_AT] = math.inf
    if facts.wide_rate > 0.0:
        state.times[WIDE_AT] = exponential(state.streams, FAILURE, 1.0 / facts.wide_rate)


@compiled
def report(facts: Facts, state: State, row: Floats) -> None:
    """Write one replication's results."""
    times, counts = state.times, state.counts
    steps = times[B_STEP]
    kept = steps * (times[SAVED] / times[STEPPED]) if times[STEPPED] > 0.0 else 0.0
    row[R_WALL] = times[NOW]
    row[R_SAVED] = times[SAVED]
    row[R_STEP], row[R_LOST] = kept, steps - kept
    row[R_CHECKPOINT], row[R_RESTART] = times[B_CHECKPOINT], times[B_RESTART]
    row[R_FRAGMENT], row[R_IDLE] = times[B_FRAGMENT], times[B_IDLE]
    row[R_DOWN], row[R_CAPACITY] = times[B_DOWN], times[CAPACITY]
    row[R_FAILURES], row[R_SELECTIONS] = counts[FAILURES], counts[SELECTIONS]
    row[R_BORROWED] = counts[BORROWED]
    row[R_DONE] = 1.0 if times[SAVED] >= facts.work * (1.0 - 1e-12) else 0.0
    for place in range(state.causes.size):
        row[RESULTS + place] = state.causes[place]
