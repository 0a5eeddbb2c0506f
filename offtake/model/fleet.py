"""The fleet: clusters with what is delivered to them, tenants with quotas, and what runs.

fleet ─┬─ cluster ─┬─ delivery   nodes that come and go as the plan says
       │           └─ budget     power it may draw, from when
       ├─ tenant    quota: nominal, borrow, lend
       ├─ burst     nodes kept for one tenant for a while
       └─ running   what holds nodes now
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from offtake.model.job import Job
from offtake.model.value import Value
from offtake.units import (
    Count,
    Hours,
    ItMW,
    Milliseconds,
    Positive,
    Seconds,
    UsdPerGpuHour,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Value):
    """Nodes that come together and go together: a tranche, or a part of one."""

    node_count: Positive
    """How many."""
    arrives_hours: Hours = 0.0
    """When they can be used, from the beginning."""
    leaves_hours: Hours | None = None
    """When they are gone again: the end of a term, the loss of a site; None is never."""
    tranche: str | None = None
    """Tranche they are delivered under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget(Value):
    """Power a cluster's servers may draw from a time on: a curtailment, or its end."""

    from_hours: Hours
    """When it begins to hold."""
    power_it_mw: ItMW | None = None
    """Power at the servers; None is no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price(Value):
    """What one more accelerator-hour on a cluster costs, by its contract."""

    usd_per_gpu_hour: UsdPerGpuHour = 0.0
    """Price of an hour that is not paid for anyway: rent, spot, beyond the minimum."""
    running_usd_per_gpu_hour: UsdPerGpuHour = 0.0
    """What every used hour costs besides: power that is passed on."""
    paid_hours: Hours = 0.0
    """Accelerator-hours a month that are paid for whether used or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster(Value):
    """Accelerators of one type at one site, delivered under one contract, driven by one engine."""

    id: str
    """Short name used everywhere else."""
    site: str = ""
    """Where it stands."""
    contract: str | None = None
    """Contract it is delivered under."""
    accelerator: str = ""
    """Type of its accelerators."""
    accelerators_per_node_count: Positive = 8
    """Accelerators that are given out and fail together; 72 for a rack-scale domain."""
    nodes_per_pod_count: Positive = 384
    """Nodes under one set of switches with full bandwidth."""
    deliveries: tuple[Delivery, ...]
    """Nodes, by when they come and go."""
    budgets: tuple[Budget, ...] = ()
    """Limits on power, in order of time; none before the first."""
    price: Price = Price()
    """What using it costs."""
    latency_ms: Mapping[str, Milliseconds] = field(default_factory=dict)
    """Round trip to regions; one that is not named is out of reach."""

    @property
    def nodes(self) -> int:
        """Nodes of all deliveries together."""
        return sum(delivery.node_count for delivery in self.deliveries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant(Value):
    """Who may use how much: a quota in accelerators, as Kueue's."""

    id: str
    """Short name jobs give."""
    nominal_count: Count
    """Accelerators of its own."""
    borrow_count: Count | None = None
    """Most it may borrow from its cohort; None is all there is."""
    lend_count: Count | None = None
    """Most it lends to its cohort; None is all of its own."""
    cohort: str | None = None
    """Tenants that lend to each other; None lends and borrows nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst(Value):
    """Nodes kept free for one tenant for a while: a training run that must begin on its day."""

    cluster: str
    """Where."""
    tenant: str
    """For whom."""
    node_count: Positive
    """How many."""
    from_hours: Hours
    """When it begins."""
    to_hours: Hours
    """When it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running(Value):
    """A job that holds nodes now."""

    job: Job
    """What it is; its work and attained time are as of now."""
    cluster: str
    """Where it runs."""
    pod_node_count: tuple[Count, ...]
    """Nodes it holds in each pod, the first pod first."""
    ends_s: Seconds
    """When it is expected to end."""
    saved_s: Seconds | None = None
    """When its last checkpoint was complete; None has none yet."""
    began_s: Seconds
    """When it began to run here."""
    stopping: bool = False
    """Whether it is being stopped for another already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet(Value):
    """All there is to run on, and what runs."""

    clusters: tuple[Cluster, ...]
    """What there is to run on, each of one type of accelerator."""
    tenants: tuple[Tenant, ...] = ()
    """Who shares it; without any, everybody may use everything."""
    bursts: tuple[Burst, ...] = ()
    """What is kept for whom."""
    running: tuple[Running, ...] = ()
    """What runs now."""
    unusable_node_count: Mapping[str, tuple[Count, ...]] = field(default_factory=dict)
    """For a cluster, nodes of each of its pods that are down or taken out of use now."""
