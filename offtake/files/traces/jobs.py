"""Traces of jobs: Gavel's, Philly's, Slurm's accounting, and any CSV with four columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.meters.sacct import read_jobs
from offtake.files.meters.times import Clock
from offtake.files.traces.columns import Columns, Floats, Ints

LARGEST_PRIORITY = 32_767
"""Priorities lie between this and its negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """Jobs in order of arrival, one entry a job in each column."""

    id: tuple[str, ...]
    submit_s: Floats
    """Seconds since the trace begins."""
    duration_s: Floats
    """Seconds of running, as recorded or on the reference accelerator."""
    accelerators_count: Ints
    tenant: tuple[str, ...]
    """Who asked; empty where the trace does not say."""
    priority: Ints
    """A higher one stands first; 0 where the trace does not say."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Rows not taken, by reason."""
    changed: Mapping[str, int] = field(default_factory=dict)
    """Rows taken otherwise than they stand, by how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedJobs:
    """Gavel's jobs: work in steps, whose speed differs by type of accelerator."""

    id: tuple[str, ...]
    arrival_units: Floats
    """Arrival at one job an hour and 3,600 units; times 3600 / rate gives seconds."""
    kind: tuple[str, ...]
    """Model and batch size."""
    accelerators_count: Ints
    steps: Floats
    speed: Floats
    """Steps a second, a row a job, a column a type; 0 cannot run there."""


def read_gavel(
    path: Path, speeds: Path, types: tuple[str, ...], most: int | None = None
) -> TypedJobs:
    """Read Gavel's jobs, with the speed each has on these types of accelerator.

    Args:
        path: `job_id, unit_arrival, job_type, gpus, total_steps`.
        speeds: `gpu_type, job_type, gpus, steps_per_s`.
        types: names of types as `speeds` writes them.
        most: accelerators of the fleet; None is not checked.

    Raises:
        OfftakeError: a file lacks columns or rows (`OTK-S300`, `OTK-S307`), or a row is
            wrong (`OTK-S301` to `OTK-S306`).
    """
    known = _speeds(speeds)
    told = Columns(path, ("job_id", "unit_arrival", "job_type", "gpus", "total_steps"))
    ids = told.unique("job_id")
    arrival = told.numbers("unit_arrival")
    told.in_order("unit_arrival", arrival)
    counts = told.counts("gpus", 1)
    told.at_most("gpus", counts, most)
    kinds = told.text("job_type")
    speed = np.zeros((len(told), len(types)))
    for row, kind in enumerate(kinds):
        found = [known.get((name, kind, int(counts[row]))) for name in types]
        if not any(found):
            told.unknown("job_type", row, f"{kind} on {counts[row]}")
        speed[row] = [value or 0.0 for value in found]
    steps = told.numbers("total_steps")
    told.raise_faults()
    return TypedJobs(
        id=ids,
        arrival_units=arrival,
        kind=kinds,
        accelerators_count=counts,
        steps=steps,
        speed=speed,
    )


def _speeds(path: Path) -> dict[tuple[str, str, int], float]:
    told = Columns(path, ("gpu_type", "job_type", "gpus", "steps_per_s"))
    counts = told.counts("gpus", 1)
    values = told.numbers("steps_per_s")
    told.raise_faults()
    names = zip(told.text("gpu_type"), told.text("job_type"), counts.tolist(), strict=True)
    return dict(zip(names, values.tolist(), strict=True))


def read_philly(path: Path, most: int | None = None) -> Jobs:
    """Read Philly's jobs: `submit_s, duration_s, num_gpus, vc`; rows have no id, so their number.

    Raises:
        OfftakeError: as `read_csv`.
    """
    return _read(path, ("submit_s", "duration_s", "num_gpus", "vc"), None, most)


def read_csv(path: Path, most: int | None = None) -> Jobs:
    """Read any CSV or Parquet with `id, submit_s, duration_s, accelerators_count`.

    Columns `tenant` and `priority` are taken where they are there. Jobs without an accelerator
    are left out, and counted.

    Raises:
        OfftakeError: the file lacks columns or rows (`OTK-S300`, `OTK-S307`), or a row is
            wrong (`OTK-S301` to `OTK-S305`).
    """
    names = ("submit_s", "duration_s", "accelerators_count", "tenant")
    return _read(path, names, "id", most)


def _read(path: Path, names: tuple[str, ...], ident: str | None, most: int | None) -> Jobs:
    needed = (*names[:3], *((ident,) if ident else ()))
    told = Columns(path, needed)
    ids = told.unique(ident) if ident else tuple(str(row + 1) for row in range(len(told)))
    submit, duration = told.numbers(names[0]), told.numbers(names[1])
    told.in_order(names[0], submit)
    counts = told.counts(names[2])
    told.at_most(names[2], counts, most)
    priority = np.zeros(len(told), np.int64)
    if told.has("priority"):
        priority = told.counts("priority", -LARGEST_PRIORITY)
        told.below("priority", priority, LARGEST_PRIORITY)
    told.raise_faults()
    tenants = told.text(names[3]) if told.has(names[3]) else ("",) * len(told)
    kept = np.flatnonzero(counts > 0)
    return Jobs(
        id=tuple(ids[row] for row in kept),
        submit_s=submit[kept],
        duration_s=duration[kept],
        accelerators_count=counts[kept],
        tenant=tuple(tenants[row] for row in kept),
        priority=priority[kept],
        left_out={"jobs without an accelerator": len(told) - len(kept)},
    )


def read_sacct(path: Path, clock: Clock, most: int | None = None) -> Jobs:
    """Read Slurm's accounting: jobs that ended, in order of their start.

    Slurm's start stands for the arrival: how long a job had queued is not taken. Lines
    left out are counted by reason.

    Raises:
        OfftakeError: it is not such output (`OTK-M104`), jobs contradict each other
            (`OTK-M105`), none ended (`OTK-S307`), or one is larger than the fleet
            (`OTK-S305`).
    """
    every, account = read_jobs(path, clock)
    jobs = sorted((j for j in every if j.ends is not None), key=lambda j: (j.starts, j.id))
    faults = [
        Fault(
            code="OTK-S305",
            what=f"the job is larger than the fleet of {most}",
            where=Where(file=str(path), path=f"job {job.id}"),
            got=str(job.gpu_count),
        )
        for job in jobs
        if most is not None and job.gpu_count > most
    ]
    if not jobs:
        what = "no job held GPUs and ended"
        faults.append(Fault(code="OTK-S307", what=what, where=Where(file=str(path))))
    if faults:
        raise OfftakeError(faults)
    begins = jobs[0].starts
    left = {**account.merged, **account.refused, "jobs still running": len(every) - len(jobs)}
    return Jobs(
        id=tuple(job.id for job in jobs),
        submit_s=np.array([float(job.starts - begins) for job in jobs]),
        duration_s=np.array([float((job.ends or 0) - job.starts) for job in jobs]),
        accelerators_count=np.array([job.gpu_count for job in jobs]),
        tenant=("",) * len(jobs),
        priority=np.zeros(len(jobs), np.int64),
        left_out=left,
    )
