"""What a curtailment costs: a cluster that may draw less for some hours.

MW ──────┐          ┌──────    full power of the cluster's nodes
         └──────────┘          less the share that is cut
         at        at + lasts
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from offtake.errors import Fault, Where
from offtake.model.bucket import Bucket
from offtake.model.fleet import Budget, Cluster
from offtake.model.history import BUCKETS, History
from offtake.model.value import Value
from offtake.simulate.fleet import run
from offtake.simulate.gang.job import Mean
from offtake.simulate.scene import HOUR_S, Scene, jobs_of
from offtake.simulate.shock.paired import (
    Change,
    Told,
    between,
    change_of,
    cluster_of,
    mean,
    outside,
    refuse,
    replicated,
    unclosed,
)
from offtake.units import Hours, PositiveShare, it_mw


@dataclass(frozen=True, slots=True, kw_only=True)
class Curtailment(Value):
    """Power that a cluster is cut by for a while."""

    cluster: str | None = None
    """Which; None is the first."""
    cut_share: PositiveShare = 0.25
    """What is cut, over the full power of its nodes."""
    at_hours: Hours = 24.0
    """When it begins."""
    lasts_hours: Hours = 3.0
    """How long it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curtailed:
    """What a curtailment cost."""

    cluster: str
    """Where."""
    curtailment: Curtailment
    """What was cut."""
    hours: float
    """Time that was simulated."""
    full_it_mw: float
    """Full power of the cluster's nodes, at the servers."""
    allowed_it_mw: float
    """Power it could draw while it was curtailed."""
    change: Change
    """What it changed by the end."""
    lost_hours: Mean
    """Productive accelerator-hours that were lost by the end."""
    lost_meanwhile_hours: Mean
    """The same while it lasted, in whole hours of the clock."""
    replications: int
    """Replications that were done."""
    unclosed: float
    """Largest gap of a ledger, as a share."""


def curtail(
    scene: Scene,
    curtailment: Curtailment,
    *,
    hours: float = 72.0,
    replications: int = 8,
    seed: int = 1,
    told: Told | None = None,
) -> Curtailed:
    """Simulate a fleet with a curtailment and without it, with the same luck.

    Raises:
        OfftakeError: there is no such cluster (`OTK-S045`), the curtailment lies outside the
            time that is simulated (`OTK-S046`), the cluster has limits on power already
            (`OTK-S052`), what is left is below idle power (`OTK-S120`), or the scene cannot be
            simulated.
    """
    cluster = cluster_of(scene, curtailment.cluster)
    refuse(scene, _faults(cluster, curtailment, hours))
    power = scene.parameters.power
    each = cluster.accelerators_per_node_count * power.tdp_watts * power.cap_share
    full = _present(cluster, curtailment.at_hours) * each / 1e6
    allowed = full * (1.0 - curtailment.cut_share)
    ends = curtailment.at_hours + curtailment.lasts_hours
    budgets = (
        Budget(from_hours=curtailment.at_hours, power_it_mw=it_mw(allowed)),
        Budget(from_hours=ends),
    )
    cut = tuple(replace(c, budgets=budgets) if c is cluster else c for c in scene.clusters)
    without, with_it = scene, replace(scene, clusters=cut)

    def one(luck: int) -> tuple[History, History]:
        jobs = jobs_of(scene, hours * HOUR_S, luck)
        first, second = (
            run(made.fleet, jobs, made.parameters, horizon_s=hours * HOUR_S, seed=luck)
            for made in (with_it, without)
        )
        return first, second

    pairs = replicated(replications, seed, one, told)
    change = change_of(pairs)
    productive = BUCKETS.index(Bucket.PRODUCTIVE)
    span = (curtailment.at_hours * HOUR_S, ends * HOUR_S)
    return Curtailed(
        cluster=cluster.id,
        curtailment=curtailment,
        hours=hours,
        full_it_mw=full,
        allowed_it_mw=allowed,
        change=change,
        lost_hours=mean(
            (without.total(Bucket.PRODUCTIVE) - cut.total(Bucket.PRODUCTIVE)) / HOUR_S
            for cut, without in pairs
        ),
        lost_meanwhile_hours=mean(
            between(without, productive, *span) - between(cut, productive, *span)
            for cut, without in pairs
        ),
        replications=len(pairs),
        unclosed=unclosed(history for pair in pairs for history in pair),
    )


def _present(cluster: Cluster, at_hours: float) -> int:
    return sum(
        d.node_count
        for d in cluster.deliveries
        if d.arrives_hours <= at_hours and (d.leaves_hours is None or d.leaves_hours > at_hours)
    )


def _faults(cluster: Cluster, curtailment: Curtailment, hours: float) -> Iterator[Fault]:
    yield from outside(curtailment.at_hours, curtailment.at_hours + curtailment.lasts_hours, hours)
    if cluster.budgets:
        yield Fault(
            code="OTK-S052",
            what="a cluster that has limits on power already is not curtailed besides",
            where=Where(path=f"clusters.{cluster.id}.budgets"),
            got=f"{len(cluster.budgets)} limits",
            hint="take them out of the scene",
        )
