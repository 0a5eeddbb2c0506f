"""A job that goes back together: a failure stops all, and undoes what is not kept.

step ── failure ──> notice ── restart ── reload ── swap ──> step …
  └── a checkpoint every interval: not an event, but floor(elapsed / interval)
"""

from __future__ import annotations

import math

from offtake.simulate.compiled import compiled
from offtake.simulate.gang.draws import CAUSE, RECOVERY, exponential, uniform
from offtake.simulate.gang.failures import (
    aged,
    break_any,
    count,
    noticed,
    rate_now,
    restarted,
    strike,
    until_failure,
)
from offtake.simulate.gang.nodes import elapse, fill
from offtake.simulate.gang.state import (
    B_CHECKPOINT,
    B_RESTART,
    B_STEP,
    CLOCK,
    CORRUPT,
    ENDED,
    FAILURES,
    INTERVAL,
    LEMONS,
    NOTICE,
    NOW,
    SAVED,
    STEPPED,
    WORKING,
    Facts,
    State,
)


@compiled
def live(facts: Facts, state: State) -> None:
    """Step until something happens, and see to it."""
    times = state.times
    failure = until_failure(facts, state)
    spoilt, notice = until_notice(facts, state)
    event = min(failure, notice)
    wanted = until_done(facts, state)
    stop = min(wanted, facts.limit - times[NOW])
    before, corrupt = times[SAVED], math.isfinite(times[NOTICE])
    step(facts, state, min(event, stop), event < stop)
    if event >= stop:
        state.counts[ENDED] = 1
        return
    if not corrupt and spoilt < event:
        times[CORRUPT] = before + durable(facts, state, spoilt)
        times[NOTICE] = times[NOW] + notice - event
    if notice <= failure:
        times[SAVED] = times[CORRUPT]
        times[NOTICE] = math.inf
        count(facts, state, uniform(state.streams, CAUSE), True)
        break_any(facts, state)
    else:
        strike(facts, state, True)
    recover(facts, state)


@compiled
def until_notice(facts: Facts, state: State) -> tuple[float, float]:
    """Give the hours until results are spoilt silently, and until that is noticed."""
    times, counts = state.times, state.counts
    if math.isfinite(times[NOTICE]):
        return 0.0, max(times[NOTICE] - times[NOW], 0.0)
    if facts.silent_rate <= 0.0:
        return math.inf, math.inf
    weight = counts[WORKING] + counts[LEMONS] * (facts.lemon - 1.0)
    rate = facts.silent_rate * aged(facts, state) * weight
    spoilt = exponential(state.streams, RECOVERY, 1.0 / rate)
    return spoilt, spoilt + exponential(state.streams, RECOVERY, facts.silent)


@compiled
def durable(facts: Facts, state: State, hours: float) -> float:
    """Give what is kept of so many hours of work: floor((hours − drain) / cycle) · interval."""
    interval = float(state.times[INTERVAL])
    if interval <= 0.0:
        return hours
    return max(math.floor((hours - facts.drain) / (interval + facts.write)), 0.0) * interval


@compiled
def until_done(facts: Facts, state: State) -> float:
    """Give the hours of work, checkpoints among them, until all is done."""
    left = float(facts.work - state.times[SAVED])
    if math.isinf(left):
        return left
    interval = float(state.times[INTERVAL])
    writes = math.ceil(left / interval) - 1.0 if interval > 0.0 else 0.0
    return left + max(writes, 0.0) * facts.write


@compiled
def step(facts: Facts, state: State, hours: float, undone: bool) -> None:
    """Work for some hours from the last checkpoint; a failure undoes what is not kept."""
    times = state.times
    interval, write = times[INTERVAL], facts.write
    writing = 0.0
    if interval > 0.0:
        cycle = interval + write
        writes = math.floor(hours / cycle)
        writing = writes * write + max(hours - writes * cycle - interval, 0.0)
    elapse(facts, state, hours - writing, B_STEP)
    elapse(facts, state, writing, B_CHECKPOINT)
    times[CLOCK] += hours
    times[STEPPED] += hours - writing
    times[SAVED] += durable(facts, state, hours) if undone else hours - writing


@compiled
def recover(facts: Facts, state: State) -> None:
    """Notice, restart and reload, anew if a failure strikes meanwhile; then fill the places."""
    while state.counts[ENDED] == 0:
        if elapse(facts, state, noticed(facts, state), B_RESTART):
            return
        hours = restarted(facts, state)
        rate = 0.0 if facts.sheltered else rate_now(facts, state)
        again = exponential(state.streams, RECOVERY, 1.0 / rate) if rate > 0.0 else math.inf
        if elapse(facts, state, min(hours, again), B_RESTART):
            return
        if again >= hours:
            break
        strike(facts, state, False)
    fill(facts, state)
    if facts.requeue > 0.0:
        elapse(facts, state, exponential(state.streams, RECOVERY, facts.requeue), B_RESTART)
    if facts.adaptive:
        seen = state.times[NOW] / (state.counts[FAILURES] + 1.0)
        state.times[INTERVAL] = math.sqrt(2.0 * facts.write * seen)
