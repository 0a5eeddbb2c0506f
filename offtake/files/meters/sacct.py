r"""Slurm's accounting, as `sacct --parsable2` prints it: used GPU-seconds by node or tranche.

    sacct -S 2027-06-01 -E 2027-07-01 -a -X -P \
        -o JobIDRaw,State,Start,End,ElapsedRaw,AllocTRES,NodeList

A job uses the GPUs it was allocated from its start to its end, busy or not. Its steps lie
within it and are not counted again. Fields: <https://slurm.schedmd.com/sacct.html>.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.meters.exposition import read_text
from offtake.files.meters.imported import Account, Imported, Target, moment_of, stamp
from offtake.files.meters.times import Clock
from offtake.ledger.hosts import hosts
from offtake.ledger.spans import Span
from offtake.model.reading import Meter, Reading

NEEDED = ("Start", "End", "AllocTRES", "NodeList")
"""Fields that must be there, beside the job's id."""
_IDS = ("JobIDRaw", "JobID")
_GOING = ("", "RUNNING", "SUSPENDED", "STOPPED", "COMPLETING", "RESIZING", "SIGNALING")
_NOWHEN = ("", "Unknown", "None")
_NOWHERE = ("", "None assigned", "None")
_NAMES = ("JobIDRaw", "JobID", "State", "Start", "End", "ElapsedRaw", "AllocTRES", "NodeList")

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Job:
    """One allocation of GPUs."""

    id: str
    starts: int
    ends: int | None
    """None is still running."""
    gpu_count: int
    nodes: tuple[str, ...]
    elapsed: int | None
    """Seconds it ran, suspensions apart; None is not told."""


def read_sacct(paths: Iterable[Path], target: Target, clock: Clock) -> Imported:
    """Turn jobs into readings: one for each node (or the target's tranche) and cut of time.

    A reading covers all the time between two cuts, idle time too, so the file must hold
    every job of the time that is wanted; without such it is from the first start to the
    last end.

    Raises:
        OfftakeError: a file is not such output (`OTK-M104`), with every line that cannot be
            read.
    """
    account = Account()
    kept: dict[tuple[str, int], Job] = {}
    for path in paths:
        for row in _rows(path, account):
            job = _job(row, clock, account)
            if job is not None:
                _enter(kept, job, account)
    jobs = [job for job in kept.values() if _ended(job, target, account)]
    if not jobs:
        return Imported((), account, target.window)
    window = target.window or (min(j.starts for j in jobs), max(j.ends or 0 for j in jobs))
    used = _used(jobs, window, target, account)
    readings = tuple(_readings(used, window, target))
    return Imported(readings, account, target.window)


def read_jobs(path: Path, clock: Clock) -> tuple[tuple[Job, ...], Account]:
    """Give the jobs of one file that held GPUs, and an account of all other lines.

    Raises:
        OfftakeError: the file is not such output (`OTK-M104`), or has a job twice and not
            the same (`OTK-M105`).
    """
    account = Account()
    kept: dict[tuple[str, int], Job] = {}
    for row in _rows(path, account):
        job = _job(row, clock, account)
        if job is not None:
            _enter(kept, job, account)
    return tuple(kept.values()), account


def _rows(path: Path, account: Account) -> Iterator[Row]:
    lines = read_text(path).splitlines()
    header = lines[0].rstrip("|").split("|") if lines else []
    missing = [name for name in NEEDED if name not in header]
    if not any(name in header for name in _IDS):
        missing.insert(0, "JobIDRaw")
    if missing:
        raise OfftakeError(
            Fault(
                code="OTK-M104",
                what=f"sacct's output lacks {', '.join(missing)}",
                where=Where(file=str(path), line=1),
                got=f"'{'|'.join(header)[:80]}'",
                hint=f"run sacct -a -X --parsable2 -o {','.join(n for n in _NAMES if n != 'JobID')}"
                + _near(header),
            )
        )
    if "ConsumedEnergyRaw" in header:
        account.notes.append(
            "ConsumedEnergyRaw is not taken: it is of whole nodes, shared by their jobs, and 0 "
            "where no plugin measures it"
        )
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("|")
        if not line.strip():
            continue
        if len(cells) == len(header) + 1 and not cells[-1]:  # --parsable ends a line with a sign
            cells.pop()
        if len(cells) != len(header):
            what = f"the line has {len(cells)} fields, the header {len(header)}"
            raise OfftakeError(
                Fault(code="OTK-M104", what=what, where=Where(file=str(path), line=number))
            )
        yield {**dict(zip(header, cells, strict=True)), "": f"{path}:{number}"}


def _near(header: list[str]) -> str:
    near = next((n for h in header for n in _NAMES if h.lower() == n.lower() and h != n), None)
    return f"; fields are written as in {near}" if near else ""


def _job(row: Row, clock: Clock, account: Account) -> Job | None:
    ident = next(row[name] for name in _IDS if row.get(name))
    if "." in ident:
        account.merged["steps, which lie within their jobs"] += 1
        return None
    if row["Start"] in _NOWHEN or row["NodeList"] in _NOWHERE:
        account.refused["jobs that never started"] += 1
        return None
    gpus = _gpus(row["AllocTRES"])
    if not gpus:
        account.refused["jobs without GPUs"] += 1
        return None
    try:
        starts = clock.second(row["Start"])
        ends = None if row["End"] in _NOWHEN else clock.second(row["End"])
        nodes = hosts(row["NodeList"])
        elapsed = int(row["ElapsedRaw"]) if row.get("ElapsedRaw") else None
    except (ValueError, OfftakeError) as error:
        file, _, line = row[""].rpartition(":")
        where = Where(file=file, line=int(line), path=f"job {ident}")
        what = str(error) if isinstance(error, ValueError) else error.faults[0].what
        hint = "SLURM_TIME_FORMAT=%s makes sacct print times that are never in doubt"
        raise OfftakeError(Fault(code="OTK-M104", what=what, where=where, hint=hint)) from None
    if ends is None and row.get("State", "RUNNING").split(" ")[0] not in _GOING:
        account.refused["jobs without an end that do not run (see sacctmgr show runaway)"] += 1
        return None
    if ends is not None and ends <= starts:
        account.refused["jobs that took no time"] += 1
        return None
    return Job(ident, starts, ends, gpus, nodes, elapsed)


def _gpus(allocated: str) -> int:
    """Count the GPUs of `billing=8,cpu=96,gres/gpu:h100=8,gres/gpu=8,mem=1T,node=1`."""
    whole, typed = 0, 0
    for part in allocated.split(","):
        name, _, count = part.partition("=")
        if name == "gres/gpu" and count.isdecimal():
            whole = int(count)
        elif name.startswith("gres/gpu:") and count.isdecimal():
            typed += int(count)
    return whole or typed


def _enter(kept: dict[tuple[str, int], Job], job: Job, account: Account) -> None:
    """Keep a job once; of one that was still running in one file, the one that ended."""
    key = (job.id, job.starts)
    before = kept.setdefault(key, job)
    if before is job:
        return
    same = (before.gpu_count, before.nodes) == (job.gpu_count, job.nodes)
    if same and (before.ends == job.ends or None in (before.ends, job.ends)):
        account.merged["the same job again"] += 1
        kept[key] = job if before.ends is None else before
        return
    what = f"job {job.id}, started at {stamp(job.starts)}, is there twice and not the same"
    hint = "export all jobs of the time in one go"
    raise OfftakeError(Fault(code="OTK-M105", what=what, where=Where(), hint=hint))


def _ended(job: Job, target: Target, account: Account) -> bool:
    if job.ends is None and target.window is None:
        account.refused["jobs still running: name the time that is wanted to count them"] += 1
        return False
    window = target.window
    if window is not None and (job.starts >= window[1] or (job.ends or window[1]) <= window[0]):
        account.refused["jobs outside the time that is wanted"] += 1
        return False
    _suspended(job, account)
    return True


def _suspended(job: Job, account: Account) -> None:
    if job.ends is None or job.elapsed is None or job.ends - job.starts == job.elapsed:
        return
    note = (
        "jobs ran for less, or more, than from start to end (ElapsedRaw): suspended ones keep "
        "their GPUs, and are counted from start to end"
    )
    account.taken["jobs whose ElapsedRaw differs"] += 1
    if note not in account.notes:
        account.notes.append(note)


Used = dict[str | None, npt.NDArray[np.int64]]
"""GPU-seconds between cuts, by node; None is the whole tranche."""


def _used(jobs: Iterable[Job], window: Span, target: Target, account: Account) -> Used:
    first = window[0] // target.every
    count = -(-window[1] // target.every) - first
    used: Used = {}
    for job in jobs:
        share, rest = divmod(job.gpu_count, len(job.nodes))
        inside = [n for n in job.nodes if target.nodes is None or n in target.nodes]
        if not inside:
            account.refused[f"jobs on other nodes than those of {_whose(target)}"] += 1
            continue
        if rest and (len(inside) < len(job.nodes) or target.tranche is None):
            account.refused["jobs whose GPUs do not part evenly over their nodes"] += 1
            continue
        span = (max(job.starts, window[0]), min(job.ends or window[1], window[1]))
        account.taken["jobs still running" if job.ends is None else "jobs"] += 1
        if len(inside) < len(job.nodes):
            account.refused["nodes of jobs that are others' (the rest is taken)"] += len(
                job.nodes
            ) - len(inside)
        whole = len(inside) == len(job.nodes)
        parts: dict[str | None, int] = dict.fromkeys(inside, share)
        if target.tranche is not None:
            parts = {None: job.gpu_count if whole else share * len(inside)}
        for node, gpus in parts.items():
            cells = used.setdefault(node, np.zeros(count + 1, np.int64))
            _add(cells, span, gpus, first, target.every)
    return used


def _whose(target: Target) -> str:
    return target.tranche or target.site


def _add(cells: npt.NDArray[np.int64], span: Span, gpus: int, first: int, every: int) -> None:
    low, high = span[0] // every - first, (span[1] - 1) // every - first
    if low == high:
        cells[low] += gpus * (span[1] - span[0])
        return
    cells[low] += gpus * ((first + low + 1) * every - span[0])
    cells[low + 1 : high] += gpus * every
    cells[high] += gpus * (span[1] - (first + high) * every)


def _readings(used: Used, window: Span, target: Target) -> Iterator[Reading]:
    first = window[0] // target.every
    for node in sorted(used, key=str):
        for index, amount in enumerate(used[node].tolist()):
            start = max((first + index) * target.every, window[0])
            end = min((first + index + 1) * target.every, window[1])
            if start >= end:
                continue
            name = node or target.tranche or ""
            yield Reading(
                source=target.source or "slurm",
                id=f"{target.site}/{name}/{stamp(start)}",
                meter=Meter.GPU_TIME,
                site=target.site,
                tranche=target.tranche,
                node=node,
                starts=moment_of(start),
                ends=moment_of(end),
                amount=amount,
                recorded=target.recorded,
            )
