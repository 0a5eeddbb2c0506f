"""What is wrong with a fleet, its jobs or its parameters: all of it at once, with row numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, Where, few
from offtake.model.fleet import Fleet
from offtake.model.job import Jobs
from offtake.policy.setting import speeds_of
from offtake.simulate.fleet.tables import LONGEST_S
from offtake.simulate.parameters import Parameters, Tier

HOUR_S = 3600.0


def faults(
    fleet: Fleet, jobs: Jobs, parameters: Mapping[str, Parameters], horizon_s: float
) -> list[Fault]:
    """Give everything that keeps a fleet from being simulated."""
    found = [*_of_fleet(fleet, parameters), *_of_budgets(fleet, parameters)]
    if not 0.0 < horizon_s < LONGEST_S - 1.0:
        found.append(
            Fault(
                code="OTK-S110",
                what="the horizon is above 0 and at most 8.5 years",
                where=Where(path="horizon_s"),
                got=f"{horizon_s:g} s",
            )
        )
    if not found:
        found += _of_jobs(fleet, jobs)
    return few(found)


def _of_fleet(fleet: Fleet, parameters: Mapping[str, Parameters]) -> Iterator[Fault]:
    ids = [cluster.id for cluster in fleet.clusters]
    if not ids:
        yield Fault(code="OTK-S111", what="a fleet has no cluster", where=Where(path="fleet"))
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield _fault("OTK-S112", name, "two clusters have one id", repr(name))
    each = {cluster.accelerators_per_node_count for cluster in fleet.clusters}
    if len(each) > 1:
        what = "clusters of one fleet have nodes of one size"
        yield Fault(
            code="OTK-S113",
            what=what,
            where=Where(path="accelerators_per_node_count"),
            got=", ".join(str(size) for size in sorted(each)),
            hint="simulate clusters of other nodes as a fleet of their own",
        )
    for cluster in fleet.clusters:
        p = parameters[cluster.id]
        if cluster.accelerators_per_node_count != p.topology.accelerators_per_node_count:
            yield _fault(
                "OTK-S114",
                cluster.id,
                "its nodes are not those of its parameters",
                f"{cluster.accelerators_per_node_count} accelerators a node, parameters say "
                f"{p.topology.accelerators_per_node_count}",
            )
        if p.recovery.tier is Tier.REPLICA:
            yield _fault(
                "OTK-S115",
                cluster.id,
                "a fleet does not simulate jobs that go on without a replica",
                "recovery tier replica",
                "ask `simulate train` for one job, or take spare or requeue",
            )
        if cluster.nodes == 0:
            yield _fault("OTK-S116", cluster.id, "no node is ever delivered to it", "0 nodes")
        for delivery in cluster.deliveries:
            gone = delivery.leaves_hours
            if gone is not None and gone <= delivery.arrives_hours:
                got = f"arrives at {delivery.arrives_hours:g} h, leaves at {gone:g} h"
                yield _fault("OTK-S117", cluster.id, "nodes leave before they arrive", got)
    yield from _of_bursts(fleet)


def _of_bursts(fleet: Fleet) -> Iterator[Fault]:
    clusters = {cluster.id for cluster in fleet.clusters}
    tenants = {tenant.id for tenant in fleet.tenants}
    for row, burst in enumerate(fleet.bursts):
        wrong = []
        wrong += [f"cluster {burst.cluster!r}"] if burst.cluster not in clusters else []
        wrong += [f"tenant {burst.tenant!r}"] if burst.tenant not in tenants else []
        wrong += ["it ends before it begins"] if burst.to_hours <= burst.from_hours else []
        if wrong:
            where = Where(path=f"bursts[{row}]")
            yield Fault(
                code="OTK-S118",
                what="a burst names a cluster, a tenant and a span of time",
                where=where,
                got=", ".join(wrong),
            )


def _of_budgets(fleet: Fleet, parameters: Mapping[str, Parameters]) -> Iterator[Fault]:
    for cluster in fleet.clusters:
        p = parameters[cluster.id].power
        each = cluster.accelerators_per_node_count * p.tdp_watts * p.idle_share
        idle_mw = cluster.nodes * each / 1e6
        last = -1.0
        for budget in cluster.budgets:
            if budget.power_it_mw is not None and budget.power_it_mw < idle_mw:
                yield _fault(
                    "OTK-S120",
                    cluster.id,
                    "a limit on power is below what its nodes draw idle",
                    f"{budget.power_it_mw:g} MW from {budget.from_hours:g} h, idle {idle_mw:g} MW",
                    "let nodes leave instead",
                )
            if budget.from_hours <= last:
                got = f"{budget.from_hours:g} h after {last:g} h"
                yield _fault("OTK-S121", cluster.id, "limits on power stand in order of time", got)
            last = budget.from_hours
        if p.cap_share <= p.idle_share:
            got = f"cap {p.cap_share:g}, idle {p.idle_share:g}"
            yield _fault("OTK-S122", cluster.id, "the power cap is below idle power", got)


def _of_jobs(fleet: Fleet, jobs: Jobs) -> Iterator[Fault]:
    lengths = {len(column) for column in _columns(jobs).values()}
    if len(lengths) > 1:
        got = ", ".join(f"{name}: {len(c)}" for name, c in _columns(jobs).items())
        yield Fault(code="OTK-S130", what="columns of jobs are of one length", got=got)
        return
    submitted = jobs.submitted_s
    yield from _rows(
        "OTK-S131",
        "a job is handed in at a time from 0 on",
        ~(np.isfinite(submitted) & (submitted >= 0.0)),
        submitted,
        "submitted_s",
    )
    earlier = np.zeros(len(submitted), np.bool_)
    earlier[1:] = submitted[1:] < submitted[:-1]
    yield from _rows(
        "OTK-S132", "jobs stand in order of arrival", earlier, submitted, "submitted_s"
    )
    for name in ("work_s", "limit_s"):
        column = getattr(jobs, name)
        wrong = ~(np.isfinite(column) & (column > 0.0))
        yield from _rows("OTK-S133", "a job takes a time above 0", wrong, column, name)
    count = jobs.accelerator_count
    yield from _rows(
        "OTK-S134", "a job asks for 1 accelerator or more", count < 1, count, "accelerator_count"
    )
    yield from _places(jobs)
    yield from _too_large(fleet, jobs)
    if jobs.ids is not None:
        _, first = np.unique(jobs.ids, return_index=True)
        again = np.ones(len(jobs.ids), np.bool_)
        again[first] = False
        yield from _rows("OTK-S137", "two jobs have one id", again, jobs.ids, "ids")


def _columns(jobs: Jobs) -> dict[str, npt.NDArray[np.generic]]:
    names = "submitted_s work_s limit_s accelerator_count kind tenant priority preemptible one_pod"
    made = {name: getattr(jobs, name) for name in names.split()}
    return made if jobs.ids is None else {**made, "ids": jobs.ids}


def _places(jobs: Jobs) -> Iterator[Fault]:
    for name, known in (("kind", len(jobs.kinds)), ("tenant", len(jobs.tenants))):
        column = getattr(jobs, name)
        wrong = (column < 0) | (column >= known)
        yield from _rows("OTK-S135", f"there are {known} of it, from 0", wrong, column, name)


def _too_large(fleet: Fleet, jobs: Jobs) -> Iterator[Fault]:
    """Give jobs that fit no cluster they may run on, even when all of it is free."""
    kinds, tenants = len(jobs.kinds), len(jobs.tenants)
    if np.any((jobs.kind < 0) | (jobs.kind >= kinds)):
        return
    if np.any((jobs.tenant < 0) | (jobs.tenant >= tenants)):
        return
    may = speeds_of(jobs.kinds, fleet.clusters) > 0.0
    nodes = np.array([cluster.nodes for cluster in fleet.clusters])
    pods = np.array([min(c.nodes, c.nodes_per_pod_count) for c in fleet.clusters])
    each = fleet.clusters[0].accelerators_per_node_count
    most = (may * nodes).max(axis=1) * each
    most_pod = (may * pods).max(axis=1) * each
    room = np.where(jobs.one_pod, most_pod[jobs.kind], most[jobs.kind])
    yield from _rows(
        "OTK-S136",
        "a job is larger than every place it may run",
        jobs.accelerator_count > room,
        jobs.accelerator_count,
        "accelerator_count",
    )


def _rows(
    code: str,
    what: str,
    wrong: npt.NDArray[np.bool_],
    column: npt.NDArray[np.generic],
    name: str,
) -> Iterator[Fault]:
    for row in np.flatnonzero(wrong):
        where = Where(path=f"jobs[{row}].{name}")
        yield Fault(code=code, what=what, where=where, got=f"{column[row]!s}")


def _fault(code: str, cluster: str, what: str, got: str, hint: str | None = None) -> Fault:
    where = Where(path=f"clusters.{cluster}")
    return Fault(code=code, what=what, where=where, got=got, hint=hint)
