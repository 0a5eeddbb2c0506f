"""Between services and their replicas: what a replica is as a job, and what was said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.engine import RowMapping

from offtake.model.work import JobSpec, JobState, RegionSpec, ServiceSpec
from offtake.operate.jobs import Job
from offtake.policy.elastic import Replica, Stage, wanted

SERVICE: TypeAdapter[ServiceSpec] = TypeAdapter(ServiceSpec)
"""Reads and writes the specification of a service."""
CLIENT = "service:"
"""Begins the name of who hands replicas in; no token is called so."""
RESTARTS = 1_000_000
"""How often a replica may be begun again where nodes or engines fail it: without an end."""
RENEWED_SHARE = 0.9
"""Share of the time a replica may run after which another is to take its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was last said of a service."""

    load: Mapping[str, float] = field(default_factory=dict)
    """Requests a second, by region; one that is not named asks for nothing."""
    replicas: Mapping[str, int] = field(default_factory=dict)
    """Replicas by region that somebody wants whatever the load."""
    at: float | None = None
    """When the load was said."""


SAID: TypeAdapter[Said] = TypeAdapter(Said)
"""Reads and writes what was said."""


def client_of(service: str) -> str:
    """Give who hands the replicas of a service in."""
    return f"{CLIENT}{service}"


def spec_of(row: RowMapping | Mapping[str, Any]) -> ServiceSpec:
    """Give the specification a row holds."""
    return SERVICE.validate_json(row["spec"])


def said_of(row: RowMapping | Mapping[str, Any]) -> Said:
    """Give what was said, as a row holds it."""
    return SAID.validate_json(row["said"])


def regions_of(spec: ServiceSpec) -> tuple[RegionSpec, ...]:
    """Give the regions of a service: where it names none, one without a name."""
    return spec.regions or (RegionSpec(region=""),)


def job_spec(spec: ServiceSpec, region: str) -> JobSpec:
    """Give a replica for a region as a job."""
    own = {"OFFTAKE_SERVICE": spec.name, "OFFTAKE_REGION": region}
    return JobSpec(
        name=spec.name,
        run=spec.run,
        tenant=spec.tenant,
        env={**spec.env, **own},
        folder=spec.folder,
        accelerator=spec.accelerator,
        accelerator_count=spec.accelerator_count,
        one_pod=spec.one_pod,
        clusters=spec.clusters,
        sites=spec.sites,
        countries=spec.countries,
        region=region or None,
        latency_ms=spec.latency_ms if region else None,
        priority=spec.priority,
        limit_hours=spec.replica_hours,
        grace_s=spec.grace_s,
        restarts_count=RESTARTS,
        labels={**spec.labels, "service": spec.name},
    )


def wanted_of(spec: ServiceSpec, said: Said, region: RegionSpec) -> tuple[int, int]:
    """Give the replicas wanted for a region now, and how many more it would take than may be."""
    asked = said.replicas.get(region.region)
    if asked is not None:
        return asked, 0
    load, serves = said.load.get(region.region, 0.0), spec.replica_requests_per_s
    return wanted(
        0.0 if serves is None else load,
        1.0 if serves is None else serves,
        headroom_ratio=spec.headroom_ratio,
        floor=region.floor_count,
        most=region.most_count,
    )


def replica_of(job: Job, spec: ServiceSpec, *, reached: bool, now: float) -> Replica:
    """Give a job as a replica of a service as it is now."""
    region = job.spec.region or ""
    ran = 0.0 if job.began_at is None else now - job.began_at
    worn = ran > RENEWED_SHARE * spec.replica_hours * 3600.0
    return Replica(
        id=job.id,
        stage=_STAGES[job.state],
        since=job.submitted_at,
        current=not worn and _same(job.spec, job_spec(spec, region)),
        reached=reached,
    )


def _same(one: JobSpec, other: JobSpec) -> bool:
    """Tell whether two run the same; how important they are and what they are called is no part."""
    return one == replace(other, priority=one.priority, labels=one.labels)


_STAGES = {
    JobState.QUEUED: Stage.WAITING,
    JobState.STARTING: Stage.STARTING,
    JobState.RUNNING: Stage.RUNNING,
    JobState.STOPPING: Stage.STARTING,
}
