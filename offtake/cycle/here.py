"""Real jobs on this machine: the service, two local clusters, one of them given up on the way.

Nothing here is simulated: bodies are processes, the clock is the machine's, and what is metered
is what their wrappers wrote down.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.installation import ClusterSpec, EngineKind, EngineSpec, Installation
from offtake.model.work import JobSpec, JobState
from offtake.operate.service import Service

SITES = ("north", "south")
"""The two local clusters; each has a half of what is pretended to be there."""
SLOTS = 4
"""Accelerators each is said to have: processes that run side by side."""
COUNTED = "dd if=/dev/zero bs=1048576 count=64 2>/dev/null | cksum"
"""What short jobs do: a sum over 64 MiB of zeros, whose result is known."""
KNOWN = "3975907619 67108864"
"""What that sum is by POSIX's cksum."""
LONG_S = 4
"""How long the job sleeps whose site is given up."""
PATIENCE_S = 90.0
"""Longest to wait for all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What became of one real job."""

    name: str
    """Its name."""
    state: str
    """Where it stands."""
    clusters: tuple[str, ...]
    """Where its attempts ran, the first one first."""
    seconds: float
    """How long its last attempt ran, by its wrapper."""
    right: bool | None
    """Whether it printed the sum that is known; None has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What became of real jobs on this machine."""

    jobs: tuple[Job, ...]
    """Each of them."""
    lost: str
    """Cluster that was given up while a job ran there."""
    metered_s: float
    """Accelerator-seconds their wrappers metered."""
    wall_s: float
    """Seconds from handing in to the last end."""


def run_here(folder: Path, *, short: int = 4) -> Here:
    """Run short real jobs and a longer one, give up the site of the longer one, wait for all.

    Raises:
        OfftakeError: they had not ended after a minute and a half (`OTK-E119`).
    """
    clusters = tuple(
        ClusterSpec(
            id=name,
            site=name,
            accelerator="cpu",
            accelerator_count=SLOTS,
            accelerators_per_node_count=SLOTS,
            engine=EngineSpec(kind=EngineKind.LOCAL),
        )
        for name in SITES
    )
    service = Service(folder / "here.db", Installation(clusters=clusters), folder / "yards")
    began = time.monotonic()
    service.start()
    try:
        specs = [JobSpec(name=f"sum-{n + 1}", run=COUNTED) for n in range(short)]
        specs.append(JobSpec(name="long", run=f"sleep {LONG_S}", accelerator_count=2))
        names = service.desk.submit(specs).jobs
        lost = _lose(service, names[-1], began)
        _wait(service, names, began)
        wall = time.monotonic() - began
        found = [_told(service, name) for name in names]
    finally:
        service.close()
    jobs = tuple(job for job, _ in found)
    return Here(jobs=jobs, lost=lost, metered_s=sum(s for _, s in found), wall_s=wall)


def _lose(service: Service, name: str, began: float) -> str:
    """Give up the cluster that a job runs on, as soon as it runs."""
    while True:
        job = service.desk.job(name)
        if job["state"] == JobState.RUNNING.value and job["cluster"]:
            service.desk.say(job["cluster"], "lost")
            return str(job["cluster"])
        _patient(began, f"{name} is {job['state']}")


def _wait(service: Service, names: Sequence[str], began: float) -> None:
    while True:
        states = {name: service.desk.job(name)["state"] for name in names}
        if all(JobState(state).final for state in states.values()):
            return
        _patient(began, ", ".join(f"{name} is {state}" for name, state in states.items()))


def _patient(began: float, got: str) -> None:
    if time.monotonic() - began > PATIENCE_S:
        what = "real jobs on this machine did not end in time"
        where = Where(path="offtake cycle")
        fault = Fault(code="OTK-E119", what=what, where=where, got=got)
        raise OfftakeError(fault, exit=Exit.FAILED)
    time.sleep(0.1)


def _told(service: Service, name: str) -> tuple[Job, float]:
    job = service.desk.job(name)
    attempts: Sequence[dict[str, Any]] = job["attempts"]
    last = attempts[-1]
    summed = job["name"].startswith("sum-")
    said = service.tail(last["token"], last["cluster"], 0, 1000).decode().strip()
    ran = (last["ended"] or 0.0) - (last["began"] or 0.0)
    made = Job(
        name=job["name"],
        state=job["state"],
        clusters=tuple(each["cluster"] for each in attempts),
        seconds=ran,
        right=said == KNOWN if summed else None,
    )
    return made, float(sum(each["gpu_seconds"] or 0 for each in attempts))
