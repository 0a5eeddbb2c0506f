"""Slurm: told by its REST interface where there is one, else by its commands; asked by commands.

    submit ──> slurmrestd (JWT) ──┐            `dialect` fits what the server's OpenAPI says
       └─────> sbatch ────────────┴─> slurmctld
    list, nodes, stop, heal, usage ─> squeue, sinfo, scancel, scontrol, sacct

The whole list of jobs is never asked of slurmrestd: it takes seconds and megabytes where
`squeue` takes a tenth of a second. Jobs carry the token as their name, and are found by it
alone: Slurm acknowledges a job before it remembers it, and gives numbers out again.
"""

from __future__ import annotations

from offtake.operate.engines.slurm.engine import SlurmEngine

__all__ = ["SlurmEngine"]
