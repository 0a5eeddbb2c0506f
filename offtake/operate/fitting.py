"""Whether a cluster could ever run a job, and why not: a pure function, for people to read."""

from __future__ import annotations

from collections.abc import Iterable

from offtake.model.installation import ClusterSpec
from offtake.model.work import JobSpec


def obstacle(spec: JobSpec, cluster: ClusterSpec) -> str | None:
    """Say why a cluster never runs a job, in a few words; None where it could."""
    if spec.accelerator and cluster.accelerator not in spec.accelerator:
        return f"it has {cluster.accelerator}, not {' or '.join(spec.accelerator)}"
    if spec.accelerator_count > cluster.accelerator_count:
        return f"it has {cluster.accelerator_count} accelerators, not {spec.accelerator_count}"
    if spec.one_pod and spec.accelerator_count > cluster.accelerators_per_pod_count:
        return f"a pod of it has {cluster.accelerators_per_pod_count} accelerators"
    if spec.clusters and cluster.id not in spec.clusters:
        return "the job names other clusters"
    if spec.sites and cluster.site not in spec.sites:
        return f"it stands at {cluster.site}, not at {' or '.join(spec.sites)}"
    if spec.countries and cluster.country not in spec.countries:
        return f"it stands in {cluster.country or 'no country'}, not {' or '.join(spec.countries)}"
    if spec.region is not None and spec.latency_ms is not None:
        trip = cluster.latency_ms.get(spec.region)
        if trip is None:
            return f"{spec.region} is out of its reach"
        if trip > spec.latency_ms:
            return f"{spec.region} is {trip:g} ms away, more than {spec.latency_ms:g}"
    return None


def fits(spec: JobSpec, clusters: Iterable[ClusterSpec]) -> tuple[str, ...]:
    """Give the clusters that could run a job."""
    return tuple(cluster.id for cluster in clusters if obstacle(spec, cluster) is None)
