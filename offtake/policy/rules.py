"""Policies by name: how the queue is ordered, who may pass whom, who may be pushed aside.

A policy is a value; the rules it chooses between are compiled in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from annotated_types import Gt

from offtake.model.value import Value
from offtake.units import Positive, Seconds, Unit

Bin = Annotated[float, Gt(0), Unit("s", ("_s",))]


class Order(StrEnum):
    """Who stands before whom, among jobs of one priority."""

    FIRST_COME = "first-come"
    """The one handed in first."""
    SHORTEST = "shortest"
    """The one with the least work left."""
    LEAST_ATTAINED = "least-attained"
    """The one that has held the fewest node-seconds."""
    FAIREST = "fairest"
    """The one that is furthest behind the time it would have taken alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Value):
    """What decides which job begins where, and when.

    Jobs are gangs: all nodes or none, in one pod where that is possible, else in as few pods as
    can be. On which cluster is a question of cost: see `offtake.policy.place`.
    """

    order: Order = Order.FIRST_COME
    """Who stands first, after priority."""
    backfill: bool = True
    """Whether a job may pass those before it that it does not delay (EASY)."""
    preempts: bool = False
    """Whether jobs of higher priority, and tenants within their quota, push others aside."""
    grace_s: Seconds = 0.0
    """Time a job that is pushed aside has to write a checkpoint."""
    depth_count: Positive = 200
    """Waiting jobs of each kind a pass looks at."""
    bin_s: Bin = 600.0
    """Width in which expected ends are counted, 1,024 of them; what ends later than the last
    holds a reservation as if it ended there, so backfill is more careful, never less."""
    quantum_s: Seconds = 30.0
    """Time between two passes; 0 decides at every event."""


POLICIES: Mapping[str, Policy] = {
    "fifo": Policy(backfill=False),
    "easy": Policy(),
    "priority": Policy(preempts=True, grace_s=120.0),
    "srtf": Policy(order=Order.SHORTEST),
    "las": Policy(order=Order.LEAST_ATTAINED),
    "ftf": Policy(order=Order.FAIREST),
}
"""Policies by the names they have in the field."""
