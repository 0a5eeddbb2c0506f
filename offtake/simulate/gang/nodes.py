"""Nodes of one replication: break, get repaired, come back, and take others' places.

at work ── breaks ──> repair ──> standby (while there is room), else idle in the pool
   ^                                  │                              │
   └───────────── swap ───────────────┘          selection anew ─────┘
"""

from __future__ import annotations

from offtake.simulate.compiled import compiled
from offtake.simulate.gang.draws import HOSTS, REPAIR, lifetime, uniform
from offtake.simulate.gang.state import (
    B_DOWN,
    B_FRAGMENT,
    B_IDLE,
    B_RESTART,
    BORROWED,
    BROKEN,
    CAPACITY,
    ENDED,
    HEAD,
    HELD,
    IDLE_LEMON,
    IDLE_SOUND,
    LEMONS,
    LENT_LEMON,
    LENT_SOUND,
    MISSING,
    NOW,
    OUT,
    SELECTIONS,
    WORKING,
    Facts,
    State,
    pop,
    push,
)


@compiled
def elapse(facts: Facts, state: State, hours: float, bucket: int) -> bool:
    """Let time pass, nodes at work counted in a bucket; tell whether the limit was met."""
    times, counts = state.times, state.counts
    until = times[NOW] + hours
    if until >= facts.limit:
        until = facts.limit
        counts[ENDED] = 1
    if facts.standbys >= 0:
        while counts[BROKEN] > 0 and state.due[0] <= until:
            pass_time(facts, state, max(state.due[0] - times[NOW], 0.0), bucket)
            come_back(facts, state)
    pass_time(facts, state, until - times[NOW], bucket)
    times[NOW] = until
    return bool(counts[ENDED] == 1)


@compiled
def pass_time(facts: Facts, state: State, hours: float, bucket: int) -> None:
    """Count a time in which no node comes or goes."""
    times, counts = state.times, state.counts
    held = counts[HELD] + counts[IDLE_SOUND] + counts[IDLE_LEMON]
    out = out_nodes(facts, state)
    times[bucket] += hours * (counts[WORKING] - out)
    times[B_RESTART] += hours * out
    times[B_IDLE] += hours * held
    times[B_DOWN] += hours * counts[BROKEN]
    if facts.standbys < 0:
        times[CAPACITY] += hours * facts.nodes
    else:
        times[CAPACITY] += hours * (facts.nodes + facts.standbys + facts.pool + counts[BORROWED])
    times[NOW] += hours


@compiled
def out_nodes(facts: Facts, state: State) -> int:
    """Count the whole nodes of replicas that are out."""
    if state.counts[OUT] == 0:
        return 0
    return int(state.counts[OUT] * facts.replica - state.counts[MISSING])


@compiled
def come_back(facts: Facts, state: State) -> None:
    """Take the next node out of repair."""
    counts = state.counts
    lemon = pop(state.due, state.kind, counts[BROKEN])
    counts[BROKEN] -= 1
    if counts[HELD] < facts.standbys:
        state.ring[(counts[HEAD] + counts[HELD]) % facts.standbys] = lemon
        counts[HELD] += 1
    else:
        counts[IDLE_SOUND + lemon] += 1


@compiled
def break_node(facts: Facts, state: State, lemon: int) -> None:
    """Take a node from work to repair."""
    counts = state.counts
    counts[LEMONS] -= lemon
    if facts.standbys < 0:  # another is at hand, as good as any
        if uniform(state.streams, HOSTS) < facts.lemons_share:
            counts[LEMONS] += 1
        return
    hours, fixed = repaired(facts, state)
    if fixed and facts.cured:
        lemon = 0
    push(state.due, state.kind, counts[BROKEN], state.times[NOW] + hours, lemon)
    counts[BROKEN] += 1
    counts[MISSING] += 1
    counts[WORKING] -= 1


@compiled
def repaired(facts: Facts, state: State) -> tuple[float, bool]:
    """Draw how long a repair takes and whether it works."""
    streams = state.streams
    law, shape = facts.repair_law, facts.repair_shape
    hours = lifetime(streams, REPAIR, law, facts.automatic, shape)
    fixed = uniform(streams, REPAIR) >= facts.automatic_silent
    if facts.only_unfixed and fixed:
        return hours, True
    if uniform(streams, REPAIR) < facts.manual_share:
        hours += lifetime(streams, REPAIR, law, facts.manual, shape)
        fixed = uniform(streams, REPAIR) >= facts.manual_silent
    return hours, fixed


@compiled
def fill(facts: Facts, state: State) -> None:
    """Put nodes in the places of those that broke: standbys first, else select anew."""
    counts = state.counts
    while counts[MISSING] > 0 and counts[ENDED] == 0:
        if counts[HELD] == 0:
            select(facts, state)
            continue
        lemon = state.ring[counts[HEAD]]
        counts[HEAD] = (counts[HEAD] + 1) % facts.standbys
        counts[HELD] -= 1
        counts[LEMONS] += lemon
        counts[MISSING] -= 1
        counts[WORKING] += 1


@compiled
def select(facts: Facts, state: State) -> None:
    """Select hosts anew among all that are there; borrow, else wait for repairs.

    While fewer are there than the job needs, it borrows one after the other; with nobody to
    borrow from, it waits for the next repair.
    """
    counts = state.counts
    wanted = facts.nodes + (facts.standbys if facts.refilled else 0)
    if here(state) < facts.nodes:
        while here(state) < wanted and counts[ENDED] == 0:
            lent = counts[LENT_SOUND] + counts[LENT_LEMON]
            if lent > 0:
                if elapse(facts, state, facts.borrow, B_FRAGMENT):
                    return
                lemon = 1 if uniform(state.streams, HOSTS) * lent < counts[LENT_LEMON] else 0
                counts[LENT_SOUND + lemon] -= 1
                counts[IDLE_SOUND + lemon] += 1
                counts[BORROWED] += 1
            else:
                elapse(facts, state, max(state.due[0] - state.times[NOW], 0.0), B_FRAGMENT)
    if counts[ENDED] == 0:
        shuffle(facts, state)
        counts[SELECTIONS] += 1
        elapse(facts, state, facts.select, B_RESTART)


@compiled
def here(state: State) -> int:
    """Count the nodes that are whole: at work, standing by and idle."""
    counts = state.counts
    return int(counts[WORKING] + counts[HELD] + counts[IDLE_SOUND] + counts[IDLE_LEMON])


@compiled
def shuffle(facts: Facts, state: State) -> None:
    """Draw who works, who stands by and who is idle, all alike, from all that are whole."""
    counts = state.counts
    lemons = counts[LEMONS] + counts[IDLE_LEMON]
    for place in range(counts[HELD]):
        lemons += state.ring[(counts[HEAD] + place) % facts.standbys]
    left = here(state)
    spare = left - facts.nodes
    counts[HEAD], counts[HELD] = 0, min(spare, facts.standbys)
    for place in range(spare):  # the spares are fewer: draw those, the rest works
        lemon = 1 if uniform(state.streams, HOSTS) * left < lemons else 0
        lemons -= lemon
        left -= 1
        if place < counts[HELD]:
            state.ring[place] = lemon
        elif place == counts[HELD]:
            counts[IDLE_SOUND], counts[IDLE_LEMON] = 1 - lemon, lemon
        else:
            counts[IDLE_SOUND + lemon] += 1
    if spare <= counts[HELD]:
        counts[IDLE_SOUND], counts[IDLE_LEMON] = 0, 0
    counts[LEMONS] = lemons
    counts[WORKING] = facts.nodes
    counts[MISSING] = 0
