"""History: what happened, simulated or real, in one form, so that both are priced alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from offtake.model.bucket import Bucket
from offtake.model.job import Jobs
from offtake.model.shown import table

Floats = npt.NDArray[np.float64]

BUCKETS = tuple(Bucket)
"""Buckets in the order of the last axis of `History.seconds`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcomes:
    """What became of each job, as columns in the order of the jobs."""

    started_s: Floats
    """When it first held nodes; not a number where it never did."""
    ended_s: Floats
    """When it was done; not a number where it was not."""
    cluster: npt.NDArray[np.int16]
    """Place of the cluster it ran on last; -1 is none."""
    failures: npt.NDArray[np.uint16]
    """Times it was struck."""
    preemptions: npt.NDArray[np.uint16]
    """Times it was stopped for others."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strikes:
    """What failed, as columns in order of time."""

    time_s: Floats
    """When."""
    cluster: npt.NDArray[np.int32]
    """Place of the cluster."""
    nodes: npt.NDArray[np.int32]
    """Nodes that were struck."""
    cause: npt.NDArray[np.int32]
    """Place of the cause in `causes`."""
    job: npt.NDArray[np.int64]
    """Row of the job it struck; -1 where it was not one alone."""
    causes: tuple[str, ...]
    """Names of causes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class History:
    """What a fleet did, hour by hour, and what became of its jobs.

    seconds[c, h, b] are the accelerator-seconds of cluster c in hour h in bucket b; over b they
    add up to capacity[c, h].
    """

    clusters: tuple[str, ...]
    """Names of clusters."""
    duration_s: float
    """Seconds from beginning to end; the last hour may be cut short."""
    seconds: Floats
    """Accelerator-seconds by cluster, hour and bucket."""
    capacity: Floats
    """Accelerator-seconds there were, by cluster and hour."""
    joules: Floats
    """Energy at the servers, by cluster and hour."""
    jobs: Jobs
    """What was asked for."""
    outcomes: Outcomes
    """What became of it."""
    strikes: Strikes
    """What failed."""
    events: int = 0
    """Events that were worked off."""

    def total(self, bucket: Bucket) -> float:
        """Give the accelerator-seconds of a bucket over all clusters and hours."""
        return float(self.seconds[:, :, BUCKETS.index(bucket)].sum())

    def share(self, bucket: Bucket) -> float:
        """Give a bucket's share of all there was."""
        whole = float(self.capacity.sum())
        return self.total(bucket) / whole if whole > 0.0 else 0.0

    def unclosed(self) -> float:
        """Give the largest gap between an hour's buckets and its capacity, as a share of it."""
        gap = np.abs(self.seconds.sum(axis=2) - self.capacity)
        return float((gap / np.maximum(self.capacity, 1.0)).max(initial=0.0))

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Give the ledger as columns, a row for each cluster and hour."""
        count, hours = self.capacity.shape
        made: dict[str, npt.NDArray[Any]] = {
            "cluster": np.repeat(np.array(self.clusters, dtype=object), hours),
            "hour": np.tile(np.arange(hours), count),
            "capacity_s": self.capacity.reshape(-1),
            "joules": self.joules.reshape(-1),
        }
        for place, bucket in enumerate(BUCKETS):
            made[f"{bucket.value}_s"] = self.seconds[:, :, place].reshape(-1)
        return made

    def _repr_html_(self) -> str:
        """Show where accelerator time went, in a notebook."""
        rows = ((b.value, self.total(b) / 3600.0, f"{self.share(b):.2%}") for b in BUCKETS)
        caption = (
            f"History of {len(self.clusters)} clusters over {self.duration_s / 3600.0:,.0f} h, "
            f"{len(self.jobs.submitted_s):,} jobs, {self.joules.sum() / 3.6e9:,.0f} MWh IT"
        )
        return table(caption, ("Bucket", "Accelerator-hours", "Share"), rows)
