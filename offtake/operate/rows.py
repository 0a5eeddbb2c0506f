"""Between rows of the store and values: jobs and attempts, there and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.engine import RowMapping

from offtake.model.installation import ClusterSpec
from offtake.model.work import AttemptState, JobSpec, JobState
from offtake.operate.attempts import Attempt
from offtake.operate.jobs import Job

SPEC: TypeAdapter[JobSpec] = TypeAdapter(JobSpec)
"""Reads and writes the specification of a job."""
CLUSTER: TypeAdapter[ClusterSpec] = TypeAdapter(ClusterSpec)
"""Reads and writes what a cluster is."""
Row = dict[str, Any]


def spec_text(spec: JobSpec) -> str:
    """Write a specification as JSON, without what is as usual."""
    return SPEC.dump_json(spec, exclude_defaults=True).decode()


def new_job(job: Job) -> Row:
    """Give the row a new job is added by."""
    return {
        "id": job.id,
        "name": job.spec.name,
        "tenant": job.spec.tenant,
        "client": job.client,
        "state": job.state.value,
        "version": job.version,
        "spec": spec_text(job.spec),
        "submitted": job.submitted_at,
        "restarts": job.restarts,
        "retries": job.retries,
        "preemptions": job.preemptions,
        "attained": job.attained_s,
    }


def changed_job(job: Job) -> Row:
    """Give what of a job may change, and the version it was read at."""
    return {
        "id": job.id,
        "version": job.version,
        "state": job.state.value,
        "began": job.began_at,
        "ended": job.ended_at,
        "exit_code": job.exit_code,
        "cluster": job.cluster,
        "reason": job.reason,
        "restarts": job.restarts,
        "retries": job.retries,
        "preemptions": job.preemptions,
        "attained": job.attained_s,
    }


def job_of(row: RowMapping | Mapping[str, Any]) -> Job:
    """Give the job a row holds."""
    return Job(
        id=row["id"],
        spec=SPEC.validate_json(row["spec"]),
        client=row["client"],
        submitted_at=row["submitted"],
        state=JobState(row["state"]),
        version=row["version"],
        cluster=row["cluster"],
        began_at=row["began"],
        ended_at=row["ended"],
        exit_code=row["exit_code"],
        reason=row["reason"],
        restarts=row["restarts"],
        retries=row["retries"],
        preemptions=row["preemptions"],
        attained_s=row["attained"],
    )


def new_attempt(attempt: Attempt, digest: str, decided: str) -> Row:
    """Give the row a new attempt is added by."""
    return {
        "token": attempt.token,
        "job": attempt.job,
        "number": attempt.number,
        "cluster": attempt.cluster,
        "state": attempt.state.value,
        "version": 1,
        "accelerators": attempt.accelerators,
        "digest": digest,
        "decided": decided,
        "intended": attempt.intended_at,
    }


def changed_attempt(attempt: Attempt, version: int) -> Row:
    """Give what of an attempt may change, and the version it was read at."""
    ended = attempt.state is AttemptState.ENDED
    return {
        "token": attempt.token,
        "version": version,
        "state": attempt.state.value,
        "engine_id": attempt.engine_id,
        "submitted": attempt.submitted_at,
        "began": attempt.began_at,
        "ended": attempt.ended_at,
        "exit_code": attempt.exit_code if ended else None,
        "stopped": int(attempt.stopped) if ended else None,
        "node": attempt.node,
        "reason": attempt.reason,
        "gpu_seconds": attempt.gpu_seconds if attempt.ended_at is not None else None,
    }


def attempt_of(row: RowMapping | Mapping[str, Any]) -> Attempt:
    """Give the attempt a row holds."""
    return Attempt(
        token=row["token"],
        job=row["job"],
        number=row["number"],
        cluster=row["cluster"],
        accelerators=row["accelerators"],
        intended_at=row["intended"],
        state=AttemptState(row["state"]),
        engine_id=row["engine_id"],
        submitted_at=row["submitted"],
        began_at=row["began"],
        ended_at=row["ended"],
        exit_code=row["exit_code"],
        stopped=bool(row["stopped"]),
        node=row["node"],
        reason=row["reason"],
    )
