"""A job whose data-parallel replicas fail one by one: all stall, then the others go on.

n replicas ── failure ──> stall ── n − 1 replicas …… the replica is back ── n replicas
"""

from __future__ import annotations

import math

from offtake.simulate.compiled import compiled
from offtake.simulate.gang.draws import HOSTS, RECOVERY, exponential, uniform
from offtake.simulate.gang.failures import noticed, rate_now, restarted, strike, until_failure
from offtake.simulate.gang.nodes import elapse, out_nodes
from offtake.simulate.gang.state import (
    B_CHECKPOINT,
    B_RESTART,
    B_STEP,
    ENDED,
    HEAD,
    HELD,
    IDLE_LEMON,
    IDLE_SOUND,
    INTERVAL,
    LEMONS,
    MISSING,
    NOW,
    OUT,
    SAVED,
    STEPPED,
    WORKING,
    Facts,
    State,
    pop,
    push,
)


@compiled
def live_apart(facts: Facts, state: State) -> None:
    """Step with the replicas there are, until one drops out, comes back, or all is done."""
    times, counts = state.times, state.counts
    failure = until_failure(facts, state)
    back = max(state.fails[0] - times[NOW], 0.0) if counts[OUT] > 0 else math.inf
    speed = (counts[WORKING] - out_nodes(facts, state)) / facts.nodes
    if counts[OUT] * facts.replica >= facts.nodes:
        speed, failure = 0.0, math.inf
    interval = times[INTERVAL]
    stepping = interval / (interval + facts.write) if interval > 0.0 else 1.0
    left = facts.work - times[SAVED]
    wanted = left / (speed * stepping) if speed > 0.0 else math.inf
    hours = min(failure, back, wanted, facts.limit - times[NOW])
    elapse(facts, state, hours * stepping, B_STEP)
    elapse(facts, state, hours - hours * stepping, B_CHECKPOINT)
    times[SAVED] += hours * stepping * speed
    times[STEPPED] += hours * stepping * speed
    if wanted <= hours:
        counts[ENDED] = 1
    elif back <= hours:
        rejoin(facts, state)
    elif failure <= hours:
        drop_out(facts, state)


@compiled
def drop_out(facts: Facts, state: State) -> None:
    """Lose a replica: all stall, anew if another is lost meanwhile, then the rest goes on."""
    counts = state.counts
    while counts[ENDED] == 0:
        struck = strike(facts, state, True)
        for _ in range((struck + facts.replica - 1) // facts.replica):
            if (counts[OUT] + 1) * facts.replica <= facts.nodes:
                later = state.times[NOW] + noticed(facts, state) + restarted(facts, state)
                push(state.fails, state.who, counts[OUT], later, 0)
                counts[OUT] += 1
        rate = 0.0 if facts.sheltered else rate_now(facts, state)
        again = exponential(state.streams, RECOVERY, 1.0 / rate) if rate > 0.0 else math.inf
        elapse(facts, state, min(facts.stall, again), B_RESTART)
        if again >= facts.stall:
            return


@compiled
def rejoin(facts: Facts, state: State) -> None:
    """Bring a replica back once its broken nodes have successors; else it waits for them."""
    counts = state.counts
    wanted = (counts[MISSING] + counts[OUT] - 1) // counts[OUT]
    pop(state.fails, state.who, counts[OUT])
    counts[OUT] -= 1
    for _ in range(wanted):
        if not take_one(facts, state):
            push(state.fails, state.who, counts[OUT], state.due[0], 0)
            counts[OUT] += 1
            return


@compiled
def take_one(facts: Facts, state: State) -> bool:
    """Put a standby or an idle node in a broken one's place, if there is one."""
    counts = state.counts
    idle = counts[IDLE_SOUND] + counts[IDLE_LEMON]
    if counts[HELD] > 0:
        lemon = state.ring[counts[HEAD]]
        counts[HEAD] = (counts[HEAD] + 1) % facts.standbys
        counts[HELD] -= 1
    elif idle > 0:
        lemon = 1 if uniform(state.streams, HOSTS) * idle < counts[IDLE_LEMON] else 0
        counts[IDLE_SOUND + lemon] -= 1
    else:
        return False
    counts[LEMONS] += lemon
    counts[WORKING] += 1
    counts[MISSING] -= 1
    return True
