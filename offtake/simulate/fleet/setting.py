"""Setting the tables of a fleet up from values of the model, before the first event."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from offtake.model.fleet import Cluster, Fleet
from offtake.model.job import Jobs
from offtake.policy import tables as rules
from offtake.policy.rules import Policy
from offtake.policy.setting import (
    cohorts_of,
    dislikes_of,
    filled,
    option_of,
    places_of,
    pods_of,
    speeds_of,
    tenants_of,
)
from offtake.simulate.fleet import tables as world
from offtake.simulate.fleet.chance import LAWS, uniform
from offtake.simulate.fleet.tables import Table
from offtake.simulate.parameters import Cause, Domain, Interval, Parameters, Tier
from offtake.simulate.rates import nodes_in

HOUR_S = 3600.0
MONTH_S = 730.0 * HOUR_S
CAUSES = tuple(Cause)
_RULES = {Interval.FIXED: 0, Interval.YOUNG_DALY: 1, Interval.ADAPTIVE: 2}
_TIERS = {Tier.SPARE: 0, Tier.REPLICA: 1, Tier.REQUEUE: 2}
_LEMON_STREAM = 1 << 45


@dataclass(frozen=True, slots=True)
class Case:
    """All that is simulated."""

    fleet: Fleet
    jobs: Jobs
    policy: Policy
    parameters: Mapping[str, Parameters]
    """Parameters by cluster."""
    horizon_s: float
    seed: int


def chained(kind: np.dtype[Any], count: int) -> Table:
    """Give rows that hang on each other by `next`: a pool with all of them free."""
    made = rules.rows(kind, count)
    made["next"] = np.arange(1, count + 1)
    made["next"][-1] = -1
    return made


def set_up(case: Case, room: int) -> tuple[rules.Tables, world.World]:
    """Give the tables at the beginning, with room for so many jobs that wait or run."""
    clusters = case.fleet.clusters
    each = [cluster.accelerators_per_node_count for cluster in clusters]
    pods = [pods_of(cluster) for cluster in clusters]
    nodes = sum(cluster.nodes for cluster in clusters)
    t = _rules_of(case, pods, nodes, room, len(case.jobs.kinds))
    w = _world_of(case, pods, nodes, room, each)
    _place_nodes(case, pods, t, w)
    return t, w


def _rules_of(
    case: Case, pods: Sequence[Sequence[int]], nodes: int, room: int, kinds: int
) -> rules.Tables:
    clusters = case.fleet.clusters
    tenants, names = tenants_of(case.fleet, case.jobs.tenants)
    depth = case.policy.depth_count
    speed = speeds_of(case.jobs.kinds, clusters)
    kind = rules.rows(rules.KIND, kinds)
    kind["far"] = -1
    return rules.Tables(
        cluster=_clusters(clusters, pods),
        pod=_pods(pods),
        active=chained(rules.ACTIVE, room),
        running=np.zeros(room, np.int64),
        release=np.zeros((len(clusters), rules.RELEASES), np.int64),
        kind=kind,
        window=rules.rows(rules.ENTRY, (kinds, depth)),
        places=places_of(speed),
        speed=speed,
        dislike=dislikes_of(case.jobs.kinds, clusters),
        tenant=tenants,
        cohort=cohorts_of(case.fleet, tenants, names),
        burst=_bursts(case),
        service=rules.rows(rules.SERVICE, 0),
        reach=np.zeros((0, 0), np.int64),
        option=option_of(case.policy),
        out=np.zeros((kinds * depth + room, 4), np.int64),
        take=np.zeros((nodes + 64, 2), np.int64),
        why=rules.rows(rules.WHY, 1),
        count=np.zeros(6, np.int64),
    )


def _clusters(clusters: Sequence[Cluster], pods: Sequence[Sequence[int]]) -> Table:
    made = rules.rows(rules.CLUSTER, len(clusters))
    first = 0
    for row, cluster, sizes in zip(made, clusters, pods, strict=True):
        row["first_pod"] = first
        row["pods"] = len(sizes)
        row["each"] = cluster.accelerators_per_node_count
        row["price"] = cluster.price.usd_per_gpu_hour
        row["running_price"] = cluster.price.running_usd_per_gpu_hour
        row["minimum"] = cluster.price.paid_hours * HOUR_S
        first += len(sizes)
    return made


def _pods(pods: Sequence[Sequence[int]]) -> Table:
    return filled(
        rules.POD,
        size=[size for sizes in pods for size in sizes],
        cluster=[place for place, sizes in enumerate(pods) for _ in sizes],
    )


def _bursts(case: Case) -> Table:
    places = {cluster.id: place for place, cluster in enumerate(case.fleet.clusters)}
    bursts = case.fleet.bursts
    return filled(
        rules.BURST,
        begins=[burst.from_hours * HOUR_S for burst in bursts],
        ends=[burst.to_hours * HOUR_S for burst in bursts],
        cluster=[places[burst.cluster] for burst in bursts],
        tenant=[case.jobs.tenants.index(burst.tenant) for burst in bursts],
        nodes=[burst.node_count for burst in bursts],
    )


def _world_of(
    case: Case, pods: Sequence[Sequence[int]], nodes: int, room: int, each: Sequence[int]
) -> world.World:
    count, hours = len(case.jobs), int(case.horizon_s // HOUR_S) + 1
    sites, hazards = _sites(case)
    domains = _domains(case)
    number = np.zeros(world.N_NUMBERS, np.int64)
    pieces, spans = 3 * room + 64, 2 * nodes + 128
    number[world.N_SEED] = case.seed
    number[world.N_PIECES] = pieces
    number[world.N_SPANS] = spans
    clock = np.zeros(5)
    clock[[world.PASS, world.QUANTUM, world.HORIZON, world.UNTIL]] = (
        rules.NEVER,
        case.policy.quantum_s,
        case.horizon_s,
        case.horizon_s,
    )
    sizes = np.array([size for held in pods for size in held], np.int64)
    asked = _asked(case, each)
    return world.World(
        run=rules.rows(world.RUN, room),
        node=rules.rows(world.NODE, nodes),
        stack=np.zeros(nodes, np.int64),
        first=np.cumsum(sizes) - sizes,
        popped=np.zeros(len(sizes), np.int64),
        site=sites,
        hazard=hazards,
        domain=domains,
        piece=chained(world.PIECE, pieces),
        span=chained(world.SPAN, spans),
        heap=np.zeros(3 * nodes + 4 * room + 4096, np.int64),
        agenda=_agenda(case),
        ledger=np.zeros((len(sites), hours, world.COLUMNS)),
        log=rules.rows(world.LOG, 4096),
        hurt=np.zeros(room, np.int64),
        crossing=np.zeros(room, np.int64),
        touched=np.zeros(len(sizes), np.int64),
        **asked,
        job_started=np.full(count, -1.0),
        job_ended=np.full(count, -1.0),
        job_cluster=np.full(count, -1, np.int16),
        job_failures=np.zeros(count, np.uint16),
        job_preemptions=np.zeros(count, np.uint16),
        clock=clock,
        number=number,
    )


def _asked(case: Case, each: Sequence[int]) -> dict[str, Table]:
    jobs = case.jobs
    flags = jobs.preemptible * np.uint8(world.GIVES) + jobs.one_pod * np.uint8(world.WHOLE)
    return {
        "job_submit": np.ascontiguousarray(jobs.submitted_s, np.float64),
        "job_work": np.ascontiguousarray(jobs.work_s, np.float64),
        "job_limit": np.ascontiguousarray(jobs.limit_s, np.float64),
        "job_nodes": (-(-jobs.accelerator_count // each[0])).astype(np.int32),
        "job_accelerators": np.ascontiguousarray(jobs.accelerator_count, np.int32),
        "job_kind": np.ascontiguousarray(jobs.kind, np.int16),
        "job_tenant": np.ascontiguousarray(jobs.tenant, np.int16),
        "job_priority": np.ascontiguousarray(jobs.priority, np.int16),
        "job_flags": flags.astype(np.uint8),
    }


def _sites(case: Case) -> tuple[Table, Table]:
    made = rules.rows(world.SITE, len(case.fleet.clusters))
    hazards: list[tuple[float, int, int, int, int]] = []
    first = 0
    for row, cluster in zip(made, case.fleet.clusters, strict=True):
        p = case.parameters[cluster.id]
        for name, value in _numbers(p).items():
            row[name] = value
        row["each"] = cluster.accelerators_per_node_count
        row["first"], row["nodes"] = first, cluster.nodes
        first += cluster.nodes
        row["first_hazard"] = len(hazards)
        for hazard in p.hazards:
            if hazard.domain is Domain.NODE and hazard.rate_per_day > 0.0:
                planned = hazard.cause is Cause.MAINTENANCE
                rate = hazard.rate_per_day / 86400.0
                most = hazard.job_nodes_count or 0
                cause = CAUSES.index(hazard.cause)
                hazards.append((rate, cause, most, int(hazard.breaks), int(planned)))
                row["node_rate"] += 0.0 if most else rate
        row["hazards"] = len(hazards) - row["first_hazard"]
    return made, np.array(hazards, dtype=_plain(world.HAZARD)).astype(world.HAZARD)


def _plain(kind: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype([(name, kind[name]) for name in kind.names or ()])


def _numbers(p: Parameters) -> dict[str, float]:
    """Give what the kernel needs to know of a cluster's parameters, in seconds."""
    storing = p.checkpoint
    return {
        "law": LAWS[p.law],
        "law_shape": p.law_shape,
        "lemon_ratio": p.lemons.hazard_ratio,
        "lemons_cured": p.lemons.cured,
        "age": p.age.fleet_days * 86400.0,
        "infant": p.age.infant_ratio,
        "settling": p.age.settling_days * 86400.0,
        "wear": p.age.wear_share_per_year / (365.25 * 86400.0),
        "heartbeat": p.detection.heartbeat_minutes * 60.0,
        "hang_share": p.detection.hang_share,
        "hang": p.detection.hang_minutes * 60.0,
        "silent_share": p.detection.silent_share,
        "silent": p.detection.silent_hours * HOUR_S,
        "tier": _TIERS[p.recovery.tier],
        "restart": p.recovery.restart_minutes * 60.0,
        "reload": p.recovery.reload_minutes * 60.0,
        "remote_share": p.recovery.remote_share,
        "remote": p.recovery.remote_reload_minutes * 60.0,
        "warm_up": p.recovery.warm_up_minutes * 60.0,
        "auto": p.repair.automatic_hours * HOUR_S,
        "auto_silent": p.repair.automatic_silent_share,
        "manual_share": p.repair.manual_share,
        "only_unfixed": p.repair.manual_only_unfixed,
        "manual": p.repair.manual_hours * HOUR_S,
        "manual_silent": p.repair.manual_silent_share,
        "repair_law": LAWS[p.repair.law],
        "repair_shape": p.repair.repair_shape,
        "interval": _RULES[storing.interval],
        "tau": storing.interval_minutes * 60.0,
        "delta": storing.blocking_minutes * 60.0,
        "drain": storing.drain_minutes * 60.0,
        "exposed": p.network.exposed_share / p.network.balance_share,
        "oversubscription": p.network.oversubscription_ratio,
        "budget": math.inf,
        "watts": p.power.tdp_watts,
        "idle_share": p.power.idle_share,
        "stopped_share": p.power.checkpoint_share,
        "loss": p.power.loss_ratio,
        "ceiling": p.power.cap_share,
        "cap": p.power.cap_share,
        "speed": max(0.0, 1.0 - p.power.loss_ratio * (1.0 - p.power.cap_share) ** 2),
    }


def _domains(case: Case) -> Table:
    found = []
    for place, cluster in enumerate(case.fleet.clusters):
        p = case.parameters[cluster.id]
        for hazard in p.hazards:
            if hazard.domain is not Domain.NODE and hazard.rate_per_day > 0.0:
                size = nodes_in(p.topology, hazard.domain, cluster.nodes)
                found.append((place, hazard, size, math.ceil(cluster.nodes / size)))
    return filled(
        world.DOMAIN,
        rate=[hazard.rate_per_day / 86400.0 for _, hazard, _, _ in found],
        cluster=[place for place, _, _, _ in found],
        size=[size for _, _, size, _ in found],
        things=[things for _, _, _, things in found],
        cause=[CAUSES.index(hazard.cause) for _, hazard, _, _ in found],
        breaks=[int(hazard.breaks) for _, hazard, _, _ in found],
        drains=[int(hazard.cause is Cause.MAINTENANCE) for _, hazard, _, _ in found],
    )


def _agenda(case: Case) -> Table:
    rows: list[tuple[float, int, int, int, int, float]] = []
    first = 0
    for place, cluster in enumerate(case.fleet.clusters):
        for delivery in cluster.deliveries:
            last = first + delivery.node_count
            rows.append((delivery.arrives_hours * HOUR_S, world.ARRIVES, place, first, last, 0.0))
            if delivery.leaves_hours is not None:
                gone = delivery.leaves_hours * HOUR_S
                rows.append((gone, world.LEAVES, place, first, last, 0.0))
            first = last
        for budget in cluster.budgets:
            watts = math.inf if budget.power_it_mw is None else budget.power_it_mw * 1e6
            rows.append((budget.from_hours * HOUR_S, world.BUDGET, place, 0, 0, watts))
        if cluster.budgets:
            hours = range(1, int(case.horizon_s // HOUR_S) + 1)
            rows += [(hour * HOUR_S, world.HOUR, place, 0, 0, 0.0) for hour in hours]
        if cluster.price.paid_hours > 0.0:
            months = range(1, int(case.horizon_s // MONTH_S) + 1)
            rows += [(month * MONTH_S, world.MONTH, place, 0, 0, 0.0) for month in months]
    for burst in case.fleet.bursts:
        place = [cluster.id for cluster in case.fleet.clusters].index(burst.cluster)
        for hours_in in (burst.from_hours, burst.to_hours):
            rows.append((hours_in * HOUR_S, world.HOUR, place, 0, 0, 0.0))
    rows = [row for row in rows if row[0] <= case.horizon_s]
    rows.sort(key=lambda row: row[0])
    return np.array(rows, dtype=_plain(world.AGENDA)).astype(world.AGENDA)


def _place_nodes(
    case: Case, pods: Sequence[Sequence[int]], t: rules.Tables, w: world.World
) -> None:
    sizes = [size for held in pods for size in held]
    w.node["pod"] = np.repeat(np.arange(len(sizes)), sizes)
    w.node["key"] = -1
    w.run["key"] = -1
    for site, cluster in zip(w.site, case.fleet.clusters, strict=True):
        share = case.parameters[cluster.id].lemons.lemon_share
        if share > 0.0:
            for i in range(site["first"], site["first"] + site["nodes"]):
                w.node[i]["lemon"] = uniform(case.seed, _LEMON_STREAM + i, 0) < share
