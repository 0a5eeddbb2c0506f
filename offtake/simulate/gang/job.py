"""What one big gang job is asked to do, and what came of it over many replications."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from offtake.model.bucket import Bucket
from offtake.model.value import Value
from offtake.simulate.parameters import Cause
from offtake.units import Hours, Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Gang(Value):
    """One job that runs on all its accelerators or on none."""

    accelerators_count: Positive
    """Accelerators it runs on; whole nodes."""
    work_hours: Hours | None = None
    """Hours of undisturbed stepping after which it is done; None runs as long as it may."""
    limit_hours: Hours = 90 * 24.0
    """Hours after which it is stopped, done or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """The mean over replications, with how sure it is."""

    mean: float
    """Mean, in the unit of what was averaged."""
    half_width: float
    """Half the 95 % confidence interval of the mean, by Student's t."""
    low: float
    """One replication in ten lies below."""
    high: float
    """One replication in ten lies above."""

    def __str__(self) -> str:
        """Print the mean and the half-width."""
        return f"{self.mean:,.6g} ± {self.half_width:.2g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a gang job: means over replications.

    `ettr` is progress kept over wall time, the *effective training time ratio*. Shares of the
    ledger are of all capacity, spares and broken nodes included, so they say less.
    """

    gang: Gang
    """What was asked."""
    seed: int
    """Seed of the draws."""
    replications: int
    """Replications that were run to their end."""
    done: int
    """Replications in which the work was done before the limit."""
    wall: Mean
    """Hours from the start to the end."""
    kept: Mean
    """Hours of stepping that were kept."""
    ettr: Mean
    """Hours kept over hours passed."""
    failures: Mean
    """Failures that struck."""
    selections: Mean
    """Times hosts were selected anew, the first among them."""
    borrowed: Mean
    """Nodes taken from others."""
    shares: Mapping[Bucket, float] = field(default_factory=dict)
    """Mean share of capacity in each bucket; they add up to 1."""
    causes: Mapping[Cause, Mean] = field(default_factory=dict)
    """Failures by cause."""
    unclosed: float = 0.0
    """Largest relative gap between the buckets of a replication and its capacity."""

    @property
    def mean_hours_between(self) -> float:
        """Hours on the clock from failure to failure."""
        return self.wall.mean / self.failures.mean if self.failures.mean else math.inf
