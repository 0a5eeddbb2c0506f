"""Failures of one replication: when the next strikes, what it is, and what it breaks.

Where times to failure are exponential the job has one clock, and a failure is thinned to a
cause and a kind of node; otherwise each node has its own clock, which runs while it works.
"""

from __future__ import annotations

import math

from offtake.simulate.compiled import compiled
from offtake.simulate.gang.draws import CAUSE, FAILURE, RECOVERY, exponential, lifetime, uniform
from offtake.simulate.gang.nodes import break_node, out_nodes
from offtake.simulate.gang.state import (
    CLOCK,
    FAILURES,
    LEMONS,
    NOW,
    WIDE_AT,
    WORKING,
    Facts,
    State,
    pop,
    push,
)


@compiled
def aged(facts: Facts, state: State) -> float:
    """Give what age does to hazards now."""
    days = facts.age + state.times[NOW] / 24.0
    young = math.exp(-days / facts.settling) if facts.settling > 0.0 else 0.0
    return float(1.0 + (facts.infant - 1.0) * young + facts.wear * days / 365.25)


@compiled
def rate_now(facts: Facts, state: State) -> float:
    """Give the failures an hour of the job as it stands, where hazards are constant."""
    lemons, working = state.counts[LEMONS], state.counts[WORKING]
    node = facts.node_rate * aged(facts, state) * (working - lemons + lemons * facts.lemon)
    out = out_nodes(facts, state)
    if out > 0:  # replicas that are out hold their share of lemons, and do not fail
        node *= (working - out) / working
    return float(node + facts.wide_rate)


@compiled
def until_failure(facts: Facts, state: State) -> float:
    """Draw the hours of work until the next failure."""
    if facts.law > 0:
        return float(max(min(state.fails[0], state.times[WIDE_AT]) - state.times[CLOCK], 0.0))
    rate = rate_now(facts, state)
    return exponential(state.streams, FAILURE, 1.0 / rate) if rate > 0.0 else math.inf


@compiled
def strike(facts: Facts, state: State, working: bool) -> int:
    """Draw what failed, break what it breaks, and give the nodes it struck.

    While nobody works, clocks of single nodes stand still: then a failure is drawn as if
    hazards were constant.
    """
    drawn = uniform(state.streams, CAUSE)
    if facts.law == 0 or not working:
        node = 1.0 - facts.wide_rate / rate_now(facts, state)
        is_node = drawn < node
        drawn = drawn / node if is_node else (drawn - node) / (1.0 - node)
    else:
        is_node = state.fails[0] <= state.times[WIDE_AT]
        renew(facts, state, is_node)
    which = count(facts, state, drawn, is_node)
    if facts.cause_breaks[which] == 1:
        for _ in range(min(facts.cause_nodes[which], state.counts[WORKING])):
            break_any(facts, state)
    return int(facts.cause_nodes[which])


@compiled
def count(facts: Facts, state: State, within: float, is_node: bool) -> int:
    """Count a failure, and give its cause: of those that strike one node, or of the others."""
    first, last = 0, facts.cause_until.size - 1
    share = within * facts.node_share
    if is_node:
        last = facts.node_causes - 1
    else:
        first = facts.node_causes
        share = facts.node_share + within * (1.0 - facts.node_share)
    while first < last and share >= facts.cause_until[first]:
        first += 1
    state.causes[first] += 1
    state.counts[FAILURES] += 1
    return first


@compiled
def break_any(facts: Facts, state: State) -> None:
    """Take one node from work, lemons in proportion to their hazard."""
    lemons = state.counts[LEMONS]
    weight = lemons * facts.lemon
    sound = state.counts[WORKING] - lemons
    lemon = lemons > 0 and uniform(state.streams, CAUSE) * (weight + sound) < weight
    break_node(facts, state, 1 if lemon else 0)


@compiled
def renew(facts: Facts, state: State, is_node: bool) -> None:
    """Start the clock that ran out anew, as the failed node's successor does."""
    times = state.times
    if is_node:
        pop(state.fails, state.who, facts.nodes)
        mean = 1.0 / facts.node_rate
        fresh = lifetime(state.streams, FAILURE, facts.law, mean, facts.shape)
        push(state.fails, state.who, facts.nodes - 1, times[CLOCK] + fresh, 0)
    else:
        later = exponential(state.streams, FAILURE, 1.0 / facts.wide_rate)
        times[WIDE_AT] = times[CLOCK] + later


@compiled
def noticed(facts: Facts, state: State) -> float:
    """Draw how long a failure stays unnoticed."""
    if facts.hang_share > 0.0 and uniform(state.streams, RECOVERY) < facts.hang_share:
        return facts.hang
    return facts.heartbeat


@compiled
def restarted(facts: Facts, state: State) -> float:
    """Draw how long a restart takes, the checkpoint read from near or from far."""
    if facts.remote_share > 0.0 and uniform(state.streams, RECOVERY) < facts.remote_share:
        return facts.remote
    return facts.restart
