"""Clusters that many tests of the simulator start from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from offtake.simulate.parameters import (
    Cause,
    Checkpoint,
    Hazard,
    Parameters,
    Recovery,
    Repair,
    Spares,
)

NODES = 512
COUNT = 8 * NODES


def hazard(per_day: float, **more: Any) -> Hazard:
    """A hazard of single nodes that gives a job of `NODES` so many failures a day."""
    return Hazard(cause=Cause.UNKNOWN, rate_per_day=per_day / NODES, **more)


def cluster(**changes: Any) -> Parameters:
    """A job that fails eight times a day, restarts in 10 min, keeps every half hour."""
    plain = Parameters(
        hazards=(hazard(8.0),),
        recovery=Recovery(restart_minutes=10.0),
        checkpoint=Checkpoint(interval_minutes=30.0, write_s=60.0),
        repair=Repair(automatic_hours=12.0),
        spares=Spares(),
    )
    return replace(plain, **changes)
