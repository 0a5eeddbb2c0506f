"""Filling the tables of the rules from values of the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from offtake.model.fleet import Cluster, Fleet
from offtake.model.job import Kind
from offtake.policy.rules import Order, Policy
from offtake.policy.tables import (
    COHORT,
    FAIREST,
    FIFO,
    LEAST,
    OPTION,
    SHORTEST,
    TENANT,
    Table,
    rows,
)

_ORDERS = {
    Order.FIRST_COME: FIFO,
    Order.SHORTEST: SHORTEST,
    Order.LEAST_ATTAINED: LEAST,
    Order.FAIREST: FAIREST,
}
UNLIMITED = 1e15
"""Quota of those who have none to keep to."""


def filled(kind: np.dtype[Any], **columns: Sequence[Any]) -> Table:
    """Give rows with these columns."""
    made = rows(kind, len(next(iter(columns.values()))))
    for name, values in columns.items():
        made[name] = values
    return made


def pods_of(cluster: Cluster) -> list[int]:
    """Give the sizes of a cluster's pods: all full, but for the last."""
    each, nodes = cluster.nodes_per_pod_count, cluster.nodes
    return [min(each, nodes - first) for first in range(0, nodes, each)]


def speeds_of(kinds: Sequence[Kind], clusters: Sequence[Cluster]) -> Table:
    """Give the speed of each kind on each cluster; 0 where it cannot or may not run."""
    return np.array([[_speed(kind, cluster) for cluster in clusters] for kind in kinds])


def places_of(speed: Table) -> Table:
    """Give the clusters each kind may run on at these speeds, in their order; -1 ends a row."""
    kinds, clusters = speed.shape
    made = np.full((kinds, clusters + 1), -1, np.int64)
    for row, able in zip(made, speed > 0.0, strict=True):
        found = np.flatnonzero(able)
        row[: len(found)] = found
    return made


def _speed(kind: Kind, cluster: Cluster) -> float:
    if _latency(kind, cluster) is None:
        return 0.0
    if not kind.speed_ratio:
        return 1.0
    by_type = kind.speed_ratio.get(cluster.accelerator, 0.0)
    return float(kind.speed_ratio.get(cluster.id, by_type))


def _latency(kind: Kind, cluster: Cluster) -> float | None:
    """Give the round trip to a kind's users, 0 where it does not matter; None is too far."""
    if kind.region is None:
        return 0.0
    trip = cluster.latency_ms.get(kind.region)
    if kind.latency_ms is None:
        return 0.0 if trip is None else trip
    return trip if trip is not None and trip <= kind.latency_ms else None


def dislikes_of(kinds: Sequence[Kind], clusters: Sequence[Cluster]) -> Table:
    """Give what each kind dislikes about each cluster: the nearer wins where prices are equal."""
    trips = [[_latency(kind, cluster) or 0.0 for cluster in clusters] for kind in kinds]
    return np.array(trips) * 1e-6


def tenants_of(fleet: Fleet, names: Sequence[str]) -> tuple[Table, tuple[str, ...]]:
    """Give the quotas of tenants in the order jobs know them, and the names of cohorts."""
    known = {tenant.id: tenant for tenant in fleet.tenants}
    cohorts = tuple(dict.fromkeys(t.cohort for t in fleet.tenants if t.cohort is not None))
    made = rows(TENANT, len(names))
    for row, name in zip(made, names, strict=True):
        tenant = known.get(name)
        row["nominal"] = UNLIMITED
        row["cohort"] = -1
        if tenant is not None:
            lend, borrow = tenant.lend_count, tenant.borrow_count
            row["nominal"] = tenant.nominal_count
            row["lend"] = tenant.nominal_count if lend is None else lend
            row["borrow"] = UNLIMITED if borrow is None else borrow
            row["cohort"] = -1 if tenant.cohort is None else cohorts.index(tenant.cohort)
    return made, cohorts


def cohorts_of(fleet: Fleet, tenants: Table, names: Sequence[str]) -> Table:
    """Give what the tenants of each cohort lend together, those without jobs among them."""
    made = rows(COHORT, max(1, len(names)))
    for tenant in fleet.tenants:
        if tenant.cohort is not None:
            lent = tenant.nominal_count if tenant.lend_count is None else tenant.lend_count
            made[names.index(tenant.cohort)]["pool"] += min(lent, tenant.nominal_count)
    return made


def option_of(policy: Policy, explains: bool = False) -> Table:
    """Give a policy in numbers."""
    made = rows(OPTION, 1)
    made["order"] = _ORDERS[policy.order]
    made["backfill"] = policy.backfill
    made["preempts"] = policy.preempts
    made["explains"] = explains
    made["depth"] = policy.depth_count
    made["grace_s"] = policy.grace_s
    made["bin_s"] = policy.bin_s
    return made
