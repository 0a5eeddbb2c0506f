"""Work as a user hands it in: a job or a service as data, and the states it goes through.

    name: finetune-7b
    accelerator: [H100, MI300X]        # either will do
    accelerator_count: 8
    run: |
      torchrun train.py

The same fields stand in YAML, in Python, on the command line and in the API. Nothing in them is
ever put together into a line of shell: `run` is written to a file, the environment is data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from offtake.model.value import Value
from offtake.units import (
    USD,
    Count,
    Hours,
    Milliseconds,
    Minutes,
    Overhead,
    Positive,
    Rank,
    RequestsPerSecond,
    Seconds,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec(Value):
    """A finite piece of work: what to run, on what, where it may and how long."""

    name: str
    """Short name people know it by; it need not be unique."""
    run: str
    """Script of what to run; `/bin/sh` reads it unless its first line names another (`#!`)."""
    tenant: str = ""
    """Who asks, and whose quota and budget it counts on; empty where there are no tenants."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment it runs in, added to the engine's."""
    folder: str | None = None
    """Folder it runs in, as nodes see it; None is one of its own."""
    accelerator: tuple[str, ...] = ()
    """Types of accelerators that will do; empty is any."""
    accelerator_count: Positive = 1
    """Accelerators it holds from begin to end, all at once."""
    one_pod: bool = False
    """Whether they must lie within one pod."""
    clusters: tuple[str, ...] = ()
    """Clusters it may run on; empty is any."""
    sites: tuple[str, ...] = ()
    """Sites it may run at, because its data are there; empty is any."""
    countries: tuple[str, ...] = ()
    """Countries it may run in (ISO 3166 codes); empty is any."""
    region: str | None = None
    """Region its users are in."""
    latency_ms: Milliseconds | None = None
    """Longest round trip from `region`; None is any."""
    priority: Rank = 0
    """A higher one stands first."""
    preemptible: bool = False
    """Whether it may be stopped for others and begun again later."""
    limit_hours: Hours = 24.0
    """Longest it may run; then it is stopped. Backfill believes it."""
    checkpoint_minutes: Minutes | None = None
    """How often it saves what it did; None never, and it begins anew after each stop."""
    grace_s: Seconds = 30.0
    """From the signal to stop (TERM) until it is killed."""
    restarts_count: Count = 10
    """How often it may begin again after its nodes or its engine failed it."""
    retries_count: Count = 0
    """How often it may begin again after it ended with an error of its own."""
    budget_usd: USD | None = None
    """Most it may cost; one that would cost more does not begin. None is no limit."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Whatever else users want to find it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionSpec(Value):
    """Users of a service in one region, and the replicas kept for them."""

    region: str
    """Where they are; clusters say how far it is."""
    floor_count: Count = 1
    """Replicas that are kept whatever is asked."""
    most_count: Positive | None = None
    """Replicas there may be; None is as many as are needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec(Value):
    """Endless work: what a replica runs, on what, and how many of them there are to be.

    A replica is a job of its own: placed, begun once an attempt, metered like any other.
    """

    name: str
    """Short name it is known by: small letters, digits and `-`. There is one of each name."""
    run: str
    """Script of what one replica runs, without an end; `/bin/sh` reads it unless its first line
    names another (`#!`)."""
    tenant: str = ""
    """Who asks, and whose quota and budget it counts on; empty where there are no tenants."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment it runs in, added to the engine's."""
    folder: str | None = None
    """Folder it runs in, as nodes see it; None is one of each attempt's own."""
    accelerator: tuple[str, ...] = ()
    """Types of accelerators that will do; empty is any."""
    accelerator_count: Positive = 1
    """Accelerators of one replica."""
    one_pod: bool = False
    """Whether they must lie within one pod."""
    clusters: tuple[str, ...] = ()
    """Clusters it may run on; empty is any."""
    sites: tuple[str, ...] = ()
    """Sites it may run at; empty is any."""
    countries: tuple[str, ...] = ()
    """Countries it may run in (ISO 3166 codes); empty is any."""
    regions: tuple[RegionSpec, ...] = ()
    """Where its users are; empty is one region without a name, with one replica at least."""
    latency_ms: Milliseconds | None = None
    """Longest round trip from a region to its replicas; None is any."""
    replica_requests_per_s: RequestsPerSecond | None = None
    """What one replica serves; None scales by no load, only by what somebody says."""
    headroom_ratio: Overhead = 0.2
    """Capacity beyond what users ask for now, over that."""
    keep_minutes: Minutes = 30.0
    """How long replicas are kept that are no longer wanted, before others get their place."""
    priority: Rank = 500
    """A higher one stands first; preemptible jobs below it give way to its replicas."""
    reclaim_s: Seconds = 60.0
    """Longest a preemptible job may take to give way to a replica: those that want a longer
    grace begin on no cluster within the service's reach."""
    grace_s: Seconds = 30.0
    """From the signal to stop a replica (TERM) until it is killed."""
    replica_hours: Hours = 720.0
    """Longest one replica runs: before that another takes its place. Budgets count it whole."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Whatever else users want to find it by."""


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    """It waits for a place."""
    STARTING = "starting"
    """It has a place and its attempt is on its way to the engine."""
    RUNNING = "running"
    """Its body runs."""
    STOPPING = "stopping"
    """It is being stopped: for another job, or because somebody cancelled it."""
    SUCCEEDED = "succeeded"
    """It ended with status 0."""
    FAILED = "failed"
    """It ended with another status and has no tries left."""
    CANCELLED = "cancelled"
    """Somebody cancelled it."""

    @property
    def final(self) -> bool:
        """Whether nothing happens to it any more."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class AttemptState(StrEnum):
    """Where one attempt to run a job stands; `docs/understanding/attempts.md` draws it."""

    INTENT = "intent"
    """Committed; the engine may or may not have heard of it."""
    SUBMITTED = "submitted"
    """The engine said that it has it: a hint."""
    BEGUN = "begun"
    """Its token was taken by its wrapper: the body began, here and nowhere else."""
    ENDED = "ended"
    """Its wrapper wrote down how it ended."""
    LOST = "lost"
    """It was revoked before it began: it never ran and never will."""
    VANISHED = "vanished"
    """It began, and the engine no longer knows it, and nobody wrote down its end."""

    @property
    def final(self) -> bool:
        """Whether nothing happens to it any more."""
        return self in (AttemptState.ENDED, AttemptState.LOST, AttemptState.VANISHED)
