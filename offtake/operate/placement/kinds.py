"""Kinds of jobs: those that may run on the same clusters and dislike them alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from offtake.model.installation import ClusterSpec
from offtake.operate.fitting import obstacle
from offtake.operate.placing import Waiting

USD_PER_MS = 1e-6
"""What a millisecond of distance weighs: the nearer wins where prices are equal."""

Asked = tuple[object, ...]
"""What of a job decides where it may run; jobs that ask alike are of one kind."""


def asked(job: Waiting) -> Asked:
    """Give what of a job decides where it may run, its size left aside."""
    spec = job.spec
    return (
        spec.accelerator,
        spec.clusters,
        spec.sites,
        spec.countries,
        spec.region,
        spec.latency_ms,
        job.barred,
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """Where jobs of a kind may run, and what they dislike there, cluster by cluster."""

    speed: tuple[float, ...]
    """1 where they may run, 0 where not."""
    dislike: tuple[float, ...]
    """USD an accelerator-hour that weigh beside the price."""


def reach(job: Waiting, clusters: Sequence[ClusterSpec]) -> Reach:
    """Give where jobs of a job's kind may run; how much room there is is asked in the pass."""
    spec = replace(job.spec, accelerator_count=1, one_pod=False)
    speeds = []
    dislikes = []
    for cluster in clusters:
        may = cluster.id not in job.barred and obstacle(spec, cluster) is None
        trip = 0.0 if spec.region is None else cluster.latency_ms.get(spec.region, 0.0)
        speeds.append(1.0 if may else 0.0)
        dislikes.append(trip * USD_PER_MS if may else 0.0)
    return Reach(tuple(speeds), tuple(dislikes))


def shadows(clusters: Sequence[ClusterSpec], prices: Mapping[str, float]) -> tuple[float, ...]:
    """Give a plan's shadow price of each cluster in USD an accelerator-hour; 0 where it says none.

    A price may be given for a cluster, else for `site/accelerator`.
    """
    return tuple(
        prices.get(cluster.id, prices.get(f"{cluster.site}/{cluster.accelerator}", 0.0))
        for cluster in clusters
    )
