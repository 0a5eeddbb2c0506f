"""Evidence: what a probe measured on one node, so that a delivery can be accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from offtake.model.clause import Scope
from offtake.model.value import Value
from offtake.units import Count, Seed, Threshold

MATMUL = "matrix-multiply"
"""How the names of matrix products begin: `matrix-multiply bf16`."""
COPY, TRIAD = "memory copy", "memory triad"
REDUCE = "all-reduce bandwidth"
"""Bus bandwidth: bytes · 2(n − 1)/n / time, as nccl-tests counts it."""
POWER, CLOCK = "power under load", "clock under load"
CORRECTED, UNCORRECTED, XID = "corrected memory errors", "uncorrected memory errors", "xid errors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Value):
    """One thing that was measured, or could not be: then all amounts are None."""

    name: str
    """What it is, such as `matrix-multiply bf16`; acceptance tests name the same."""
    metric: str
    """Unit of the amounts, such as `TFLOP/s`."""
    scope: Scope
    """What was measured as one: an accelerator, the node, or several nodes as a cluster."""
    part: str = ""
    """Scope GPU: which accelerator of the node."""
    median_amount: Threshold | None = None
    """Middle of the repetitions: what is held against a threshold; None is unknown."""
    least_amount: Threshold | None = None
    """Smallest of the repetitions."""
    most_amount: Threshold | None = None
    """Largest of the repetitions."""
    repetition_count: Count = 0
    """How often it was measured, after warming up."""
    unknown: str = ""
    """Why there is no amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Value):
    """What one run of the probe found on one node."""

    node: str
    """Which node, as the contract's host list calls it."""
    starts: datetime
    """First second of the run."""
    ends: datetime
    """First second after it."""
    device: str
    """What was measured, as it calls itself."""
    part_count: Count
    """Accelerators of the node that took part; a processor is one."""
    software: str
    """What did the arithmetic, and the release of offtake."""
    seed: Seed
    """Fixes the numbers that were multiplied."""
    measured: tuple[Measured, ...] = ()
    """All that was looked at, also what stayed unknown."""
