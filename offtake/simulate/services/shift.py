"""The elastic shift: how many nodes inference holds at each step, and what is left to train.

wanted   what users ask for now and the headroom, routed over the clusters, in replicas
kept     the most that was wanted in the last `keep_minutes`
held     kept, `reclaim_minutes` later: until then training has the nodes
serving  held for `load_minutes` already
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.model.fleet import Cluster, Delivery
from offtake.model.service import Service
from offtake.policy.elastic import whole
from offtake.policy.routing import route
from offtake.simulate.parameters import Domain, Parameters
from offtake.simulate.scene import HOUR_S, Scene
from offtake.simulate.services.asked import STEP_S, Floats, node_rate, steps_in, trips

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Held:
    """What one service holds, and what becomes of its users, by step."""

    service: Service
    demand: Floats
    """Tokens a second asked for, by step and region."""
    flow: Floats
    """Tokens a second served, by step, region and cluster."""
    held: Ints
    """Nodes held, by step and cluster."""
    serving: Ints
    """Nodes of them that have loaded the model, well or broken."""
    used_share: Floats
    """Output over what the nodes that serve and are well can give, by step and cluster."""
    rates: Floats
    """Tokens a second of a node that is well, at the speed users are promised, by cluster."""
    well_share: float
    """Share of time a node is well."""
    replica_share: float
    """Share of time a replica is: all its nodes are well."""

    @property
    def unserved(self) -> Floats:
        """Tokens a second that found no room, by step and region."""
        left: Floats = self.demand - self.flow.sum(axis=2)
        return left


def well(parameters: Parameters) -> float:
    """Give the share of time a node in use is well: 1 / (1 + rate · repair).

    Only what strikes single nodes counts, and what breaks them.
    """
    rate = sum(
        hazard.rate_per_day
        for hazard in parameters.hazards
        if hazard.domain is Domain.NODE and hazard.breaks and hazard.job_nodes_count is None
    )
    repair = parameters.repair
    manual = repair.manual_share * repair.manual_hours
    return 1.0 / (1.0 + rate * (repair.automatic_hours + manual) / 24.0)


def present(clusters: Sequence[Cluster], times: int) -> Ints:
    """Give the nodes there are, by step and cluster."""
    made = np.zeros((times, len(clusters)), np.int64)
    for column, cluster in enumerate(clusters):
        for delivery in cluster.deliveries:
            first = round(delivery.arrives_hours * HOUR_S / STEP_S)
            gone = delivery.leaves_hours
            last = times if gone is None else round(gone * HOUR_S / STEP_S)
            made[first:last, column] += delivery.node_count
    return made


def hold(scene: Scene, demands: Sequence[Floats], *, shared: bool = True) -> list[Held]:
    """Give what each service holds and serves; the first has the first choice.

    Where nodes are not `shared`, each service holds all day what it wants at its peak, which
    it is taken to know.
    """
    times = len(demands[0])
    there = present(scene.clusters, times)
    left = there.copy()
    made = []
    for service, asked in zip(scene.services, demands, strict=True):
        found = _held(scene, service, asked, left, shared)
        left = left - found.held
        made.append(found)
    return made


def _held(scene: Scene, service: Service, asked: Floats, left: Ints, shared: bool) -> Held:
    alone = well(scene.parameters)
    each = service.nodes_per_replica_count
    rates = np.array([node_rate(service, cluster.accelerator) for cluster in scene.clusters])
    replica = each * rates * alone**each
    far = trips(service, scene.clusters)
    wanted = _wanted(service, asked, left // each, replica, far)
    held = _shifted(service, wanted, left // each) if shared else _apart(wanted, left // each)
    serving = _least(held, steps_in(service.load_minutes)) if shared else held
    room = serving * replica
    flow = route(asked, room, far)
    taken = flow.sum(axis=1)
    return Held(
        service=service,
        demand=asked,
        flow=flow,
        held=held * each,
        serving=serving * each,
        used_share=np.divide(taken, room, out=np.zeros_like(taken), where=room > 0.0),
        rates=rates,
        well_share=alone,
        replica_share=alone**each,
    )


def _wanted(service: Service, asked: Floats, most: Ints, replica: Floats, far: Floats) -> Ints:
    """Give the replicas that would serve what is asked for now, with the headroom."""
    flow = route(asked * (1.0 + service.headroom_ratio), most * replica, far).sum(axis=1)
    need = np.divide(flow, replica, out=np.zeros_like(flow), where=replica > 0.0)
    reached = np.isfinite(far).any(axis=0)
    floor = np.where(reached, service.floor_count, 0).astype(np.int64)
    return whole(need, floor, most)


def _shifted(service: Service, wanted: Ints, most: Ints) -> Ints:
    """Give the replicas held: kept for a while, and had only after training gave them up."""
    kept = _most(wanted, steps_in(service.keep_minutes))
    later = steps_in(service.reclaim_minutes)
    held = np.concatenate((np.repeat(kept[:1], later, axis=0), kept))[: len(kept)]
    made: Ints = np.minimum(held, most)
    return made


def _apart(wanted: Ints, most: Ints) -> Ints:
    peak = wanted.max(axis=0, keepdims=True)
    made: Ints = np.minimum(np.repeat(peak, len(wanted), axis=0), most)
    return made


def _most(series: Ints, back: int) -> Ints:
    """Give the most of each step and so many before it."""
    made = series.copy()
    for lag in range(1, min(back, len(series) - 1) + 1):
        made[lag:] = np.maximum(made[lag:], series[:-lag])
    return made


def _least(series: Ints, back: int) -> Ints:
    """Give the least of each step and so many before it."""
    return -_most(-series, back)


def remaining(cluster: Cluster, left: Ints) -> tuple[Delivery, ...]:
    """Give nodes that come and go, so that at each step just so many are there.

     nodes  │▓▓▓▓▓▓▓▓▓
      left  │▓▓▓▓▓▓    ▓▓▓▓     each row of nodes with the same spans is one delivery a span
            │▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓

    Nodes that come back count as others, in pods of their own.
    """
    levels = np.unique(left)
    made = []
    below = 0
    for level in levels[levels > 0]:
        there = left >= level
        edges = np.flatnonzero(np.diff(np.concatenate(([0], there.astype(np.int8), [0]))))
        for first, last in edges.reshape(-1, 2):
            ends = None if last == len(left) else last * STEP_S / HOUR_S
            made.append(
                Delivery(
                    node_count=int(level) - below,
                    arrives_hours=first * STEP_S / HOUR_S,
                    leaves_hours=ends,
                )
            )
        below = int(level)
    return tuple(made)
