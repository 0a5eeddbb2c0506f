"""Kubernetes: an attempt is a Job of `batch/v1`, told and asked by the API server's REST interface.

    submit ──> POST   jobs/otk-TOKEN     409 says that it is there already
    list ────> GET    jobs, pods         of our label, page by page to the end
    stop ────> DELETE jobs/otk-TOKEN     pods get TERM, and KILL after their grace

Names are tokens, and the API server gives each out once. With a queue in `partition` Kueue takes
Jobs in hand. No library of Kubernetes is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from offtake.model.installation import ClusterSpec
from offtake.operate.engines.kubernetes.engine import KubernetesEngine
from offtake.operate.engines.yard import FolderYard

__all__ = ["KubernetesEngine", "made"]


def made(
    cluster: ClusterSpec, folder: Path, clock: Callable[[], float]
) -> tuple[KubernetesEngine, FolderYard]:
    """Give the engine of a cluster that Kubernetes drives, and its yard.

    Raises:
        EngineError: the yard cannot be used (`OTK-E003`), there is no way to reach the API server
            (`OTK-E094`, `OTK-E095`), or no image for its jobs (`OTK-E096`).
    """
    del clock
    yard = FolderYard(folder, cluster.id)
    return KubernetesEngine(cluster, yard=yard.folder), yard
