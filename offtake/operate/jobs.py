"""What becomes of a job when something becomes known of its attempt: a pure function.

ended, status 0                       succeeded, whatever else was wished meanwhile
ended, asked to stop, cancelled       cancelled
ended, asked to stop, not cancelled   queued again: it gave way to another
ended at its limit                    failed: limit
ended with another status             queued again while it has retries, else failed
lost                                  queued again: it never ran
vanished                              queued again while it has restarts, else failed
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from offtake.model.work import AttemptState, JobSpec, JobState
from offtake.operate.attempts import Attempt

TOLERANCE_S = 2.0
"""How far the limit of an attempt and what its wrapper metered may lie apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as the control plane holds it."""

    id: str
    """Who it is."""
    spec: JobSpec
    """What was handed in."""
    client: str = ""
    """Who handed it in."""
    submitted_at: float
    """When."""
    state: JobState = JobState.QUEUED
    """Where it stands."""
    version: int = 1
    """Grows with each change."""
    cluster: str | None = None
    """Where it runs, or ran last."""
    began_at: float | None = None
    """When its body first began."""
    ended_at: float | None = None
    """When it was over."""
    exit_code: int | None = None
    """Status of the attempt that decided."""
    reason: str | None = None
    """Why it is where it is, in a few words."""
    restarts: int = 0
    """Times it was begun again after nodes or engine failed it."""
    retries: int = 0
    """Times it was begun again after an error of its own."""
    preemptions: int = 0
    """Times it gave way to others."""
    attained_s: float = 0.0
    """Seconds of its work that are saved."""
    cancelled: bool = False
    """Whether somebody wished it cancelled."""


def after(job: Job, attempt: Attempt, *, now: float) -> Job:
    """Give the job as it is after its attempt came to stand where it stands now."""
    if job.state.final:
        return job
    match attempt.state:
        case AttemptState.INTENT | AttemptState.SUBMITTED:
            state = JobState.STOPPING if job.cancelled else JobState.STARTING
            return replace(job, state=state, cluster=attempt.cluster)
        case AttemptState.BEGUN:
            began = job.began_at if job.began_at is not None else attempt.began_at
            stops = job.state is JobState.STOPPING or job.cancelled
            state = JobState.STOPPING if stops else JobState.RUNNING
            return replace(job, state=state, cluster=attempt.cluster, began_at=began, reason=None)
        case AttemptState.ENDED:
            return _ended(job, attempt)
        case AttemptState.LOST:
            return _cancelled(job, now) or _queued(job, attempt.reason or "its attempt was lost")
        case AttemptState.VANISHED:
            return _cancelled(job, now) or _vanished(job, attempt, now)


def _ended(job: Job, attempt: Attempt) -> Job:
    ended, code = attempt.ended_at, attempt.exit_code
    began = job.began_at if job.began_at is not None else attempt.began_at
    job = replace(job, began_at=began, exit_code=code, cluster=attempt.cluster)
    if code == 0:
        return replace(job, state=JobState.SUCCEEDED, ended_at=ended, reason=None)
    if job.cancelled:
        return replace(job, state=JobState.CANCELLED, ended_at=ended, reason="cancelled")
    ran = max(0.0, (attempt.ended_at or 0.0) - (attempt.began_at or 0.0))
    if attempt.stopped and ran + TOLERANCE_S >= limit_s(job):
        reason = f"it reached its limit of {job.spec.limit_hours:g} hours"
        return replace(job, state=JobState.FAILED, ended_at=ended, reason=reason)
    if attempt.stopped:
        made = replace(job, preemptions=job.preemptions + 1, attained_s=saved_s(job, ran))
        return _queued(made, "it gave way, and waits to go on")
    if job.retries < job.spec.retries_count:
        made = replace(job, retries=job.retries + 1, attained_s=saved_s(job, ran))
        return _queued(made, f"it ended with status {code}, and is tried again")
    return replace(
        job, state=JobState.FAILED, ended_at=ended, reason=f"it ended with status {code}"
    )


def _vanished(job: Job, attempt: Attempt, now: float) -> Job:
    ran = max(0.0, now - (attempt.began_at if attempt.began_at is not None else now))
    if job.restarts >= job.spec.restarts_count:
        reason = f"it was begun again {job.restarts} times, and has no restarts left"
        return replace(job, state=JobState.FAILED, ended_at=now, reason=reason)
    made = replace(job, restarts=job.restarts + 1, attained_s=saved_s(job, ran))
    return _queued(made, attempt.reason or "its attempt vanished")


def _cancelled(job: Job, now: float) -> Job | None:
    if not job.cancelled:
        return None
    return replace(job, state=JobState.CANCELLED, ended_at=now, reason="cancelled")


def _queued(job: Job, reason: str) -> Job:
    return replace(job, state=JobState.QUEUED, reason=reason, cluster=None)


def limit_s(job: Job) -> float:
    """Give the longest one attempt of a job may run, in seconds."""
    return job.spec.limit_hours * 3600.0


def saved_s(job: Job, ran_s: float) -> float:
    """Give the seconds of a job's work that are saved after an attempt that ran so long.

    saved = attained + floor(ran / interval) · interval; nothing where it never saves.
    """
    if job.spec.checkpoint_minutes is None:
        return 0.0
    interval = job.spec.checkpoint_minutes * 60.0
    done = ran_s if interval <= 0.0 else ran_s // interval * interval
    return job.attained_s + done


def wished(job: Job, now: float) -> Job:
    """Give a job that somebody wishes cancelled: over where it waits, else being stopped."""
    if job.state is JobState.QUEUED:
        cancelled = JobState.CANCELLED
        return replace(job, state=cancelled, cancelled=True, ended_at=now, reason="cancelled")
    return replace(job, state=JobState.STOPPING, cancelled=True, reason="it was cancelled")


def gives_way(job: Job, reason: str) -> Job:
    """Give a job that is being stopped for another."""
    return replace(job, state=JobState.STOPPING, reason=reason)


def hopeless(job: Job, now: float, reason: str) -> Job:
    """Give a job that no cluster will ever run."""
    return replace(job, state=JobState.FAILED, ended_at=now, reason=reason)
