"""Room: what is free now, what will be, and which pods a gang takes.

    nodes
      │            ┌──── the first that waits fits at `shadow`
      │      ┌─────┤  ╴ ╴ ╴ ╴ ╴ ╴ ╴ ╴ ╴ ╴  nodes it wants
      │  ┌───┘     │ } spare: nodes others may hold beyond the shadow
      └──┴─────────┴──────────── time        EASY backfill, one reservation a cluster

Releases are counted in bins of time instead of being sorted: a start and an end cost one
addition each, whatever runs.
"""

from __future__ import annotations

from offtake.policy.compiled import inner
from offtake.policy.tables import BINS, NEVER, Table


@inner
def bin_of(c: Table, ends: float, bin_s: float) -> int:
    """Give the bin a release at `ends` is counted in: not before now, the last at the latest."""
    at = int(ends // bin_s)
    if at < c.bin:
        return int(c.bin)
    return int(min(at, c.bin + BINS - 1))


@inner
def turn(c: Table, release: Table, now: float, bin_s: float) -> None:
    """Bring a cluster's histogram to now; what has not come back yet is expected at any time."""
    target = int(now // bin_s)
    if target - c.bin > BINS:
        total = 0
        for i in range(BINS):
            total += release[i]
            release[i] = 0
        c.bin = target
        release[c.bin % BINS] = total
        return
    while c.bin < target:
        late = release[c.bin % BINS]
        release[c.bin % BINS] = 0
        c.bin += 1
        release[c.bin % BINS] += late


@inner
def expect(c: Table, release: Table, r: Table, bin_s: float) -> None:
    """Count the nodes of a row that begins to run as coming back at its expected end."""
    r.bin = bin_of(c, r.ends, bin_s)
    release[r.bin % BINS] += r.nodes


@inner
def forget(c: Table, release: Table, r: Table) -> None:
    """Take back what `expect` counted."""
    at = max(r.bin, c.bin)
    release[at % BINS] -= r.nodes


@inner
def reserve(c: Table, release: Table, wanted: int, now: float, bin_s: float) -> tuple[float, int]:
    """Give when so many nodes will be free, and how many are left over then."""
    free = c.free
    if free >= wanted:
        return now, free - wanted
    for i in range(BINS):
        at = c.bin + i
        free += release[at % BINS]
        if free >= wanted:
            return max(now, (at + 1) * bin_s), free - wanted
    return NEVER, 0


@inner
def free_by(c: Table, release: Table, when: float, bin_s: float) -> int:
    """Give the nodes that will be free at a time if nothing more begins."""
    free = c.free
    last = min(int(when // bin_s), c.bin + BINS)
    for at in range(c.bin, last):
        free += release[at % BINS]
    return int(free)


@inner
def fits_pod(c: Table, pod: Table, wanted: int) -> int:
    """Give the fullest pod of a cluster that has so many nodes free; -1 is none."""
    best = -1
    least = 2147483647
    for p in range(c.first_pod, c.first_pod + c.pods):
        free = pod[p].free
        if wanted <= free < least:
            least = free
            best = p
    return best


@inner
def take_pods(c: Table, pod: Table, wanted: int, take: Table, at: int) -> int:
    """Take nodes for a gang, the fewest pods first; give the row behind the last of `take`.

    In one pod where it fits, in the fullest such, so that whole pods stay whole; else whole
    empty pods, then the emptiest, and what is left over in the fullest it fits.
    """
    left = wanted
    while left > 0:
        best = fits_pod(c, pod, left)
        if best < 0:
            most = 0
            for p in range(c.first_pod, c.first_pod + c.pods):
                if pod[p].free > most:
                    most = pod[p].free
                    best = p
        n = min(left, pod[best].free)
        pod[best].free -= n
        c.free -= n
        take[at, 0] = best
        take[at, 1] = n
        at += 1
        left -= n
    return at
