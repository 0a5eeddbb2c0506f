"""Traces of jobs in any of the formats there are readers for, found out by their columns."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.meters.times import Clock
from offtake.files.traces.columns import Columns, Floats, Ints
from offtake.files.traces.jobs import Jobs, read_csv, read_gavel, read_philly, read_sacct


class Form(StrEnum):
    """A format of a trace of jobs."""

    CSV = "csv"
    """`id, submit_s, duration_s, accelerators_count`, and `tenant, priority` where there."""
    PHILLY = "philly"
    """`submit_s, duration_s, num_gpus, vc`."""
    GAVEL = "gavel"
    """`job_id, unit_arrival, job_type, gpus, total_steps`, with speeds in a second file."""
    OPENB = "openb"
    """Alibaba 2023: `name, num_gpu, gpu_milli, creation_time, deletion_time`."""
    SACCT = "sacct"
    """Slurm's accounting, `sacct --parsable2`."""


_COLUMNS: Mapping[Form, frozenset[str]] = {
    Form.CSV: frozenset(("id", "submit_s", "duration_s", "accelerators_count")),
    Form.PHILLY: frozenset(("submit_s", "duration_s", "num_gpus")),
    Form.GAVEL: frozenset(("job_id", "unit_arrival", "job_type", "gpus", "total_steps")),
    Form.OPENB: frozenset(("name", "num_gpu", "gpu_milli", "creation_time", "deletion_time")),
    Form.SACCT: frozenset(("Start", "End", "State")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A trace to read, and what its format needs besides."""

    path: Path
    form: Form | None = None
    """None finds out."""
    speeds: Path | None = None
    """Gavel's speeds by type."""
    per_hour: float | None = None
    """Gavel's arrivals an hour."""
    clock: Clock = Clock()
    """What times of sacct are in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Jobs of any format: columns of one length, in order of arrival."""

    form: Form
    arrival_s: Floats
    work_s: Floats
    """Time each ran, or in Gavel's traces its steps."""
    accelerators_count: Ints
    priority: Ints
    speed: Floats | None
    """Steps a second on each type, a row a job; None where the trace has none."""
    left_out: Mapping[str, int]
    """Rows not taken, by reason."""
    changed: Mapping[str, int]
    """Rows taken otherwise than they stand, by how."""


def form_of(path: Path) -> Form:
    """Find the format of a trace by the names of its columns.

    Raises:
        OfftakeError: it cannot be read (`OTK-S300`), or has no columns that are known
            (`OTK-S061`).
    """
    names = frozenset(_header(path))
    for form, needed in _COLUMNS.items():
        if needed <= names:
            return form
    raise OfftakeError(
        Fault(
            code="OTK-S061",
            what="the format of a trace cannot be told by its columns",
            where=Where(file=str(path)),
            got=", ".join(sorted(names)[:12]),
            hint="rename them to id, submit_s, duration_s, accelerators_count, or give --format "
            "to be told what lacks",
        )
    )


def _header(path: Path) -> list[str]:
    try:
        if path.suffix == ".parquet":
            return list(pyarrow.parquet.read_schema(path).names)
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="") as lines:
            first = lines.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        what = f"the trace cannot be read: {str(error).splitlines()[0]}"
        raise OfftakeError(Fault(code="OTK-S300", what=what, where=Where(file=str(path)))) from None
    return next(csv.reader([first], delimiter="|" if "|" in first else ","), [])


def read_trace(source: Source, types: tuple[str, ...], most: int | None) -> Found:
    """Read a trace of any format.

    Args:
        source: the file.
        types: types of accelerator, as Gavel's speeds name them.
        most: accelerators of the largest place; a job that asks for more is a fault.

    Raises:
        OfftakeError: the format is not known (`OTK-S061`), Gavel's needs are missing
            (`OTK-S062`), or the file is wrong (`OTK-S300` to `OTK-S307`, `OTK-M104`).
    """
    form = form_of(source.path) if source.form is None else source.form
    if form is Form.GAVEL:
        return _gavel(source, types, most)
    if form is Form.OPENB:
        jobs = _openb(source.path, most)
    elif form is Form.SACCT:
        jobs = read_sacct(source.path, source.clock, most)
    else:
        jobs = (read_philly if form is Form.PHILLY else read_csv)(source.path, most)
    return _with_time(form, jobs)


def _gavel(source: Source, types: tuple[str, ...], most: int | None) -> Found:
    if source.speeds is None or source.per_hour is None or not source.per_hour > 0.0:
        raise OfftakeError(
            Fault(
                code="OTK-S062",
                what="a trace of Gavel needs the speeds of its jobs and its arrivals an hour",
                where=Where(file=str(source.path)),
                hint="add --speeds FILE --per-hour RATE, the rate above 0",
            )
        )
    told = read_gavel(source.path, source.speeds, types, most)
    return Found(
        form=Form.GAVEL,
        arrival_s=told.arrival_units * 3_600.0 / source.per_hour,
        work_s=told.steps,
        accelerators_count=told.accelerators_count,
        priority=np.zeros(len(told.id), np.int64),
        speed=told.speed,
        left_out={},
        changed={},
    )


def _openb(path: Path, most: int | None) -> Jobs:
    """Read Alibaba's tasks as jobs; a task that asks for a part of an accelerator gets it all."""
    told = Columns(path, ("name", "num_gpu", "gpu_milli", "creation_time", "deletion_time"))
    ids, counts, milli = told.unique("name"), told.counts("num_gpu"), told.counts("gpu_milli")
    begins, ends = told.numbers("creation_time"), told.numbers("deletion_time")
    told.in_order("creation_time", begins)
    told.not_before("deletion_time", ends, begins)
    told.at_most("num_gpu", counts, most)
    told.raise_faults()
    kept = np.flatnonzero(counts > 0)
    return Jobs(
        id=tuple(ids[row] for row in kept),
        submit_s=begins[kept] - begins[kept[:1]],
        duration_s=(ends - begins)[kept],
        accelerators_count=counts[kept],
        tenant=("",) * len(kept),
        priority=np.zeros(len(kept), np.int64),
        left_out={"tasks without an accelerator": int((counts == 0).sum())},
        changed={
            "tasks that ask for a part of an accelerator, given a whole one": int(
                ((counts > 0) & (milli < 1_000)).sum()
            )
        },
    )


def _with_time(form: Form, jobs: Jobs) -> Found:
    """Leave jobs out that took no time, and count them."""
    kept = jobs.duration_s > 0.0
    left = dict(jobs.left_out)
    left["jobs that took no time"] = int((~kept).sum())
    if not kept.any():
        raise OfftakeError(Fault(code="OTK-S307", what="no job of the trace can be used"))
    return Found(
        form=form,
        arrival_s=jobs.submit_s[kept],
        work_s=jobs.duration_s[kept],
        accelerators_count=jobs.accelerators_count[kept],
        priority=jobs.priority[kept],
        speed=None,
        left_out={reason: count for reason, count in left.items() if count},
        changed={reason: count for reason, count in jobs.changed.items() if count},
    )
