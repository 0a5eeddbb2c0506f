"""An installation: the clusters a control plane drives, their engines, and who shares them.

    installation ─┬─ cluster ── engine   local processes, Slurm, Ray, Kubernetes, simulated
                  └─ tenant              quota, cohort, budget

It says what there is to run on; contracts and prices come from the world it belongs to, or stand
with the cluster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from offtake.model.fleet import Price, Tenant
from offtake.model.value import Value
from offtake.units import USD, Count, Milliseconds, Positive, Ratio, Seconds


class EngineKind(StrEnum):
    """What runs jobs on a cluster."""

    LOCAL = "local"
    """Processes of this machine."""
    SLURM = "slurm"
    """Slurm, by its REST interface or its commands."""
    RAY = "ray"
    """Ray Jobs."""
    KUBERNETES = "kubernetes"
    """Jobs of Kubernetes."""
    SIMULATED = "simulated"
    """Nothing is run: bodies take the time they say, in a memory that a restart clears."""
    AGENT = "agent"
    """An agent at the site that asks for what is to be done there: `offtake agent`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec(Value):
    """How the engine of a cluster is reached. What a kind does not use stays empty."""

    kind: EngineKind = EngineKind.LOCAL
    """What it is."""
    yard: str | None = None
    """Folder this machine and all nodes of the cluster see, for attempts, fences and reports;
    None is one below the folder of the store."""
    url: str | None = None
    """Where it answers: slurmrestd, Ray's dashboard, Kubernetes' API server."""
    token_file: str | None = None
    """File that holds the token to show it; None shows none."""
    user: str | None = None
    """User to act as: of Slurm's REST interface, the namespace's service account."""
    config: str | None = None
    """Its own configuration: slurm.conf for the commands, kubeconfig."""
    partition: str | None = None
    """Partition or queue that attempts are handed in to; None is its default."""
    namespace: str | None = None
    """Namespace of Kubernetes; None is `default`."""
    account: str | None = None
    """Account that Slurm charges; None is its default."""
    image: str | None = None
    """Container image of Kubernetes' jobs."""
    volume_claim: str | None = None
    """Claim of the volume that is the yard for Kubernetes' pods; None is the yard's own path on
    each node."""
    rate_ratio: Ratio = 1.0
    """How much faster than the clock simulated bodies run."""
    timeout_s: Seconds = 10.0
    """Longest one call may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSpec(Value):
    """Accelerators of one type at one site, under one contract, driven by one engine."""

    id: str
    """Short name used everywhere else."""
    site: str
    """Where it stands."""
    country: str = ""
    """Country of the site (ISO 3166 code)."""
    accelerator: str
    """Type of its accelerators, as jobs name it."""
    accelerator_count: Positive
    """Accelerators it has when all of it is delivered and healthy."""
    accelerators_per_node_count: Positive = 8
    """Accelerators that stand in one server and are given out by its engine."""
    accelerators_per_pod_count: Positive = 3072
    """Accelerators under one set of switches with full bandwidth."""
    contract: str | None = None
    """Contract it is delivered under."""
    tranche: str | None = None
    """Tranche of that contract; readings are metered on it."""
    price: Price = Price()
    """What using it costs."""
    latency_ms: Mapping[str, Milliseconds] = field(default_factory=dict)
    """Round trip to regions; one that is not named is out of reach."""
    engine: EngineSpec = EngineSpec()
    """What runs jobs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation(Value):
    """All a control plane drives, and who shares it."""

    clusters: tuple[ClusterSpec, ...]
    """What there is to run on."""
    tenants: tuple[Tenant, ...] = ()
    """Who shares it; without any, everybody may use everything."""
    budgets_usd: Mapping[str, USD] = field(default_factory=dict)
    """Most a tenant may spend in a month; one that is not named has no limit."""
    grace_s: Seconds = 30.0
    """Time a job that gives way has from the signal until it is killed."""
    lost_after_s: Seconds = 900.0
    """How long an engine may be out of reach until its cluster counts as lost, and what runs
    there is begun elsewhere; somebody who knows better may say so sooner."""
    queue_count: Count = 1_000_000
    """Most jobs that may wait; more are refused."""
