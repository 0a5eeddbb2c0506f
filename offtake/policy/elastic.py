"""How many replicas a service wants, and which of those there are begin and stop.

    need     what users ask for · (1 + headroom) over what a replica serves
    wanted   need in whole replicas, at least the floor, at most what there may be
    kept     the most that was wanted lately: the rest is lent until it is wanted again

The simulator works this out for a whole day at once, the control plane at every round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from offtake.units import Count, Overhead

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_TOLERANCE = 1e-6
"""A need of 3.0000000001, as solvers give it, is 3."""


class Stage(IntEnum):
    """How far a replica is."""

    WAITING = 0
    """It has no place."""
    STARTING = 1
    """It has a place, and does not run yet."""
    RUNNING = 2
    """Its body runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """A replica there is, and that nobody stops yet."""

    id: str
    """Which."""
    stage: Stage
    """How far it is."""
    since: float
    """When it was made; of two the younger stops first."""
    current: bool = True
    """Whether it runs what the service says now, and may run on; else another takes its place."""
    reached: bool = True
    """Whether its cluster answers; one that cannot be reached is not counted on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be done about the replicas of a service in a region."""

    more: Count = 0
    """Replicas to make."""
    stop: tuple[str, ...] = ()
    """Replicas to stop."""


def whole(need: Floats, floor: Ints | int, most: Ints | int) -> Ints:
    """Give a need in whole replicas, at least the floor and at most what there may be."""
    up = np.ceil(need - _TOLERANCE).astype(np.int64)
    made: Ints = np.minimum(np.maximum(up, floor), most)
    return made


def wanted(
    load: float, serves: float, *, headroom_ratio: Overhead, floor: int, most: int | None
) -> tuple[int, int]:
    """Give the replicas a load wants, and how many more it would take than there may be.

    Args:
        load: what users ask for.
        serves: what one replica serves, in the same unit.
        headroom_ratio: capacity beyond what is asked for, over that.
        floor: replicas that are kept whatever is asked.
        most: replicas there may be; None is as many as are needed.
    """
    need = np.array([load * (1.0 + headroom_ratio) / serves])
    free = int(whole(need, floor, np.iinfo(np.int64).max)[0])
    if most is None:
        return free, 0
    return min(free, max(most, floor)), max(0, free - max(most, floor))


def kept(history: Sequence[tuple[float, int]], now: float, keep_s: float) -> int:
    """Give the most that was wanted within a time before now, and now.

    Args:
        history: from when on how many were wanted, the oldest first; not empty.
        now: the time.
        keep_s: how long what is no longer wanted is kept.
    """
    most = history[-1][1]
    later = now
    for since, count in reversed(history):
        if later < now - keep_s:
            break
        most = max(most, count)
        later = since
    return most


def change(count: int, there: Sequence[Replica]) -> Change:
    """Give what makes so many replicas of those there are.

    Replicas that cannot be reached are made up for, and stop as surplus when they are back.
    One that is not current goes on until another runs in its place: one at a time.
    """
    if count == 0:
        return Change(stop=tuple(one.id for one in there))
    reached = [one for one in there if one.reached]
    lacking = count - len(reached)
    if lacking > 0:
        return Change(more=lacking)
    old = [one for one in reached if not one.current]
    coming = [one for one in reached if one.current and one.stage is not Stage.RUNNING]
    if old and not coming and not lacking:
        return Change(more=1)
    return Change(stop=_surplus(count, reached, spared=coming[:1] if old else []))


def _surplus(count: int, reached: Sequence[Replica], spared: Sequence[Replica]) -> tuple[str, ...]:
    """Give the replicas to stop: those that do not run, then old ones, then the youngest.

    What runs is stopped only while as many as are wanted run on.
    """
    free = [one for one in reached if one not in spared]
    order = sorted(free, key=lambda one: (one.stage, one.current, -one.since))
    surplus = len(reached) - count
    running = sum(one.stage is Stage.RUNNING for one in reached)
    stops = []
    for one in order[:surplus]:
        if one.stage is Stage.RUNNING:
            if running <= count:
                break
            running -= 1
        stops.append(one.id)
    return tuple(stops)
