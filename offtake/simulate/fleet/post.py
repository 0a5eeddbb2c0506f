"""Posting accelerator-seconds to the hours and buckets they belong to."""

from __future__ import annotations

from offtake.policy.compiled import inner
from offtake.simulate.fleet.tables import (
    CAPACITY,
    CAPPED,
    CHECKPOINT,
    DOWN,
    DRAINED,
    EXPOSED,
    FRAGMENTATION,
    IDLE,
    JOULES,
    LOST,
    PRODUCTIVE,
    RESTART,
    Table,
)

HOUR_S = 3600.0


@inner
def hour_of(when: float) -> int:
    """Give the hour a time lies in: its floor, without the slow remainder of `//`."""
    hour = int(when / HOUR_S)
    return hour - 1 if hour * HOUR_S > when else hour


@inner
def stretch(
    book: Table,
    t0: float,
    t1: float,
    used: float,
    unused: float,
    rate: float,
    exposed: float,
    checkpoint: float,
    watts: float,
    lost: bool,
) -> None:
    """Post a stretch of running: shares of time, what is left of 1 was capped.

    `used` accelerators of the job, `unused` ones of its nodes that it did not ask for, watts of
    all of them.
    """
    capped = max(0.0, 1.0 - rate - exposed - checkpoint)
    while t0 < t1:
        hour = hour_of(t0)
        end = min(t1, (hour + 1) * HOUR_S)
        time = (end - t0) * used
        row = book[hour]
        if lost:
            row[LOST] += time * (rate + exposed)
        else:
            row[PRODUCTIVE] += time * rate
            row[EXPOSED] += time * exposed
        row[CHECKPOINT] += time * checkpoint
        row[CAPPED] += time * capped
        row[FRAGMENTATION] += (end - t0) * unused
        row[JOULES] += (end - t0) * watts
        t0 = end


@inner
def whole(book: Table, t0: float, t1: float, amount: float, bucket: int) -> None:
    """Post a stretch that lies in one bucket."""
    while t0 < t1:
        hour = hour_of(t0)
        end = min(t1, (hour + 1) * HOUR_S)
        book[hour, bucket] += (end - t0) * amount
        t0 = end


@inner
def flush(s: Table, book: Table, now: float) -> None:
    """Post what a cluster's nodes did that no job held, up to now."""
    t0 = s.last
    s.last = now
    s.used += (now - t0) * s.held * s.each
    unheld = FRAGMENTATION if s.fragmented else IDLE
    watts = (s.idle + s.away) * s.each * s.watts * s.idle_share
    while t0 < now:
        hour = hour_of(t0)
        end = min(now, (hour + 1) * HOUR_S)
        time = (end - t0) * s.each
        row = book[hour]
        row[unheld] += time * s.idle
        row[DOWN] += time * s.down
        row[DRAINED] += time * s.away
        row[CAPACITY] += time * s.present
        row[JOULES] += (end - t0) * watts
        t0 = end


@inner
def restarting(book: Table, t0: float, t1: float, used: float, unused: float, watts: float) -> None:
    """Post time from a failure to the first step after it."""
    whole(book, t0, t1, used, RESTART)
    whole(book, t0, t1, unused, FRAGMENTATION)
    whole(book, t0, t1, watts, JOULES)


@inner
def paused(book: Table, t0: float, t1: float, used: float, unused: float, watts: float) -> None:
    """Post time in which a limit on power let nothing run."""
    whole(book, t0, t1, used, CAPPED)
    whole(book, t0, t1, unused, FRAGMENTATION)
    whole(book, t0, t1, watts, JOULES)
