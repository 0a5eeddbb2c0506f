"""How fast steps are at N accelerators, and where the time of a step goes.

    step = computing · (1 + overhead / micro-batches(N) + exposed communication)

A power cap slows computing; the rest of a step is slowed alike, as all wait for the slowest.
"""

from __future__ import annotations

from dataclasses import dataclass

from offtake.errors import Fault, OfftakeError, Where
from offtake.simulate.parameters import Parameters, Power, Speed

_LEAST = 1e-9
"""Speeds below this are none."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where the time of a step goes, as shares that add up to 1."""

    productive_share: float
    exposed_share: float
    capped_share: float


def micro_batches(speed: Speed, accelerators: int) -> float:
    """Give the micro-batches a replica works off in a step at N accelerators.

    Raises:
        OfftakeError: with a fixed batch less than one is left for each (`OTK-S010`).
    """
    if not speed.fixed_batch:
        return speed.micro_batches_ratio
    left = speed.micro_batches_ratio * speed.reference_count / accelerators
    if left < 1.0:
        fault = Fault(
            code="OTK-S010",
            what="the batch does not fill so many accelerators",
            where=Where(path="speed.fixed_batch"),
            got=f"{left:.2g} micro-batches a replica at {accelerators:,} accelerators",
            hint="let the batch grow, or use fewer",
        )
        raise OfftakeError(fault)
    return left


def waiting(parameters: Parameters, accelerators: int, batches: float | None = None) -> float:
    """Give what a step waits over what it computes, at N accelerators.

    `batches` is how many micro-batches a replica works off in a step, where it is known.
    """
    speed = parameters.speed
    pipeline = speed.overhead_ratio / (batches or micro_batches(speed, accelerators))
    return pipeline + parameters.network.exposed_ratio


def mfu(parameters: Parameters, accelerators: int, batches: float | None = None) -> float:
    """Give the utilisation of peak FLOPs by the model's own at N accelerators, uncapped.

    MFU(N) = MFU(ref) · (1 + waiting(ref)) / (1 + waiting(N)), where `mfu_share` was measured
    at the reference without what `network` adds.
    """
    speed = parameters.speed
    there = 1.0 + speed.overhead_ratio / speed.micro_batches_ratio
    return speed.mfu_share * there / (1.0 + waiting(parameters, accelerators, batches))


def at_cap(power: Power) -> float:
    """Give the speed under the cap over full speed: 1 − loss · (1 − cap)².

    Raises:
        OfftakeError: the cap is below idle power, or nothing is left of the speed (`OTK-S009`).
    """
    left = 1.0 - power.loss_ratio * (1.0 - power.cap_share) ** 2
    if power.cap_share <= power.idle_share or left <= _LEAST:
        fault = Fault(
            code="OTK-S009",
            what="the power cap leaves no speed",
            where=Where(path="power.cap_share"),
            got=f"a cap of {power.cap_share:g}, idle at {power.idle_share:g}",
            hint="raise the cap, or pause the site instead",
        )
        raise OfftakeError(fault)
    return left


def step(parameters: Parameters, accelerators: int) -> Step:
    """Split the time of a step into computing, waiting for others, and what the cap takes."""
    full = at_cap(parameters.power)
    waits = waiting(parameters, accelerators)
    return Step(
        productive_share=full / (1.0 + waits),
        exposed_share=full * waits / (1.0 + waits),
        capped_share=1.0 - full,
    )
