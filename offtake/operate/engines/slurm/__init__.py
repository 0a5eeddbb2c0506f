"""Slurm: told by its REST interface where there is one, else by its commands; asked by commands.

    submit ──> slurmrestd (JWT) ──┐            `dialect` fits what the server's OpenAPI says
       └─────> sbatch ────────────┴─> slurmctld
    list, nodes, stop, heal, usage ─> squeue, sinfo, scancel, scontrol, sacct

The whole list of jobs is never asked of slurmrestd: it takes seconds and megabytes where
`squeue` takes a tenth of a second. Jobs carry the token as their name, and are found by it
alone: Slurm acknowledges a job before it remembers it, and gives numbers out again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from offtake.model.installation import ClusterSpec
from offtake.operate.engines.slurm.engine import SlurmEngine
from offtake.operate.engines.yard import FolderYard

__all__ = ["SlurmEngine", "made"]


def made(
    cluster: ClusterSpec, folder: Path, clock: Callable[[], float]
) -> tuple[SlurmEngine, FolderYard]:
    """Give the engine of a cluster that Slurm drives, and its yard on the shared file system.

    Raises:
        EngineError: the yard cannot be used (`OTK-E003`), or the address of Slurm's REST
            interface is none (`OTK-E042`).
    """
    del clock
    return SlurmEngine(cluster.id, cluster.engine), FolderYard(folder, cluster.id)
