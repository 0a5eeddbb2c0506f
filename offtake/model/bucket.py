"""Where an accelerator's time goes: ten buckets that add up to what there was.

    capacity · time = Σ buckets                       (to 1e-9, in every fidelity)

The same buckets are kept by closed forms, the simulation of one job, the simulation of a
fleet and the control plane, so that they can be compared (`docs/decisions/0022-*`).
"""

from __future__ import annotations

from enum import StrEnum


class Bucket(StrEnum):
    """What an accelerator was doing in a second of its time."""

    PRODUCTIVE = "productive"
    """Computing steps that were kept."""
    EXPOSED = "exposed"
    """In steps that were kept, waiting for others: network, pipeline, stragglers."""
    CHECKPOINT = "checkpoint"
    """Stopped while a checkpoint is written."""
    LOST = "lost"
    """Computing steps that were undone by a failure, communication of theirs included."""
    RESTART = "restart"
    """From a failure to the first step after it: detect, swap, reload, warm up, queue again."""
    IDLE = "idle"
    """Healthy and unused, spares among them."""
    FRAGMENTATION = "fragmentation"
    """Healthy and unused while work waits that does not fit what is free."""
    DRAINED = "drained"
    """Taken out of use on purpose: maintenance, a rack drained for a neighbour's repair."""
    DOWN = "down"
    """Broken, and waiting for repair or in it."""
    CAPPED = "capped"
    """Slowed or stopped by a limit on power, counted in time of full speed."""
