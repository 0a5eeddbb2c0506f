"""Room: what is free now, what will be, and which pods a gang takes.

    nodes
      │            ┌──── the first that waits fits at `shadow`
      │      ┌─────┤  ╴ ╴ ╴ ╴ ╴ ╴ ╴ ╴ ╴ ╴  nodes it wants
      │  ┌───┘     │ } spare: nodes others may hold beyond the shadow
      └──┴─────────┴──────────── time        EASY backfill, one reservation a cluster

Releases are counted in bins of time instead of being sorted: a start and an end cost two
additions each, whatever runs. Blocks of bins have sums, so that most bins are never read.
"""

from __future__ import annotations

from offtake.policy.compiled import inner
from offtake.policy.tables import BINS, BLOCK, NEVER, RELEASES, Table


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
        release[:] = 0
        c.bin = target
        count(release, c.bin, total)
        return
    while c.bin < target:
        late = release[c.bin % BINS]
        count(release, c.bin, -late)
        c.bin += 1
        count(release, c.bin, late)


@inner
def count(release: Table, at: int, nodes: int) -> None:
    """Count nodes in a bin, and in the sum of its block."""
    release[at % BINS] += nodes
    release[BINS + at % BINS // BLOCK] += nodes


@inner
def expect(c: Table, release: Table, r: Table, bin_s: float) -> None:
    """Count the nodes of a row that begins to run as coming back at its expected end."""
    r.bin = bin_of(c, r.ends, bin_s)
    count(release, r.bin, r.nodes)


@inner
def forget(c: Table, release: Table, r: Table) -> None:
    """Take back what `expect` counted."""
    count(release, max(r.bin, c.bin), -r.nodes)


@inner
def all_of(c: Table, release: Table) -> int:
    """Give the nodes that are free or will be."""
    total = c.free
    for i in range(BINS, RELEASES):
        total += release[i]
    return int(total)


@inner
def reserve(
    c: Table, release: Table, wanted: int, now: float, sooner: float, bin_s: float
) -> tuple[float, int]:
    """Give when so many nodes will be free, and how many are left over then.

    Only what comes `sooner` than a time is wanted; what does not is said never to come.
    """
    free = c.free
    if free >= wanted:
        return now, free - wanted
    if c.total < wanted:
        return NEVER, 0
    at = c.bin
    while at < c.bin + BINS:
        if at % BLOCK == 0 and at + BLOCK <= c.bin + BINS:
            block = release[BINS + at % BINS // BLOCK]
            if free + block < wanted:
                free += block
                at += BLOCK
                continue
        if (at + 1) * bin_s >= sooner:
            return NEVER, 0
        free += release[at % BINS]
        if free >= wanted:
            return max(now, (at + 1) * bin_s), free - wanted
        at += 1
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
            if free == wanted:
                break
    return best


@inner
def take_pods(c: Table, pod: Table, wanted: int, take: Table, at: int) -> int:
    """Take nodes for a gang, the fewest pods first; give the row behind the last of `take`.

    In one pod where it fits, in the fullest such, so that whole pods stay whole; else whole
    empty pods, then the emptiest, and what is left over in the fullest it fits.
    """
    left = wanted
    best = fits_pod(c, pod, left)
    while best < 0:
        most = 0
        for p in range(c.first_pod, c.first_pod + c.pods):
            most = max(most, pod[p].free)
        p = c.first_pod
        while left > most:
            # The emptiest that are alike, one after the other: one look for all of them.
            if pod[p].free == most:
                at = take_of(c, pod, p, most, take, at)
                left -= most
            p += 1
            if p == c.first_pod + c.pods:
                break
        best = fits_pod(c, pod, left)
    return take_of(c, pod, best, left, take, at)


@inner
def take_of(c: Table, pod: Table, p: int, nodes: int, take: Table, at: int) -> int:
    """Take nodes of one pod; give the row of `take` behind it."""
    pod[p].free -= nodes
    c.free -= nodes
    take[at, 0] = p
    take[at, 1] = nodes
    return at + 1
