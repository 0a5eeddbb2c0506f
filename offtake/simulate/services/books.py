"""The ledger of inference, and of the whole fleet: both close to what there was.

productive  nodes that give tokens, in time at full output
restart     nodes that load a model
down        broken, and waiting for repair
idle        headroom, and nodes whose replica lacks another
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from offtake.model.bucket import Bucket
from offtake.model.history import BUCKETS, History
from offtake.simulate.scene import HOUR_S, Scene
from offtake.simulate.services.asked import STEP_S
from offtake.simulate.services.shift import Held, present


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What inference held, over all services and clusters."""

    seconds: Mapping[Bucket, float]
    """Accelerator-seconds by bucket."""
    held: float
    """Accelerator-seconds it held, counted by themselves."""
    joules: float
    """Energy of its nodes at the servers."""
    usd: float
    """Cost of what it held."""
    share: float
    """Share of the fleet's time it held."""

    @property
    def busy_share(self) -> float:
        """Share of what it held in which it gave tokens."""
        return self.seconds[Bucket.PRODUCTIVE] / self.held if self.held else 0.0


def booked(scene: Scene, held: Sequence[Held]) -> Booked:
    """Book what services held.

    A node that serves draws idle power and, of the rest, as much as it is used; one that is
    down draws nothing, as in training.
    """
    power = scene.parameters.power
    seconds = dict.fromkeys(BUCKETS, 0.0)
    total = joules = usd = 0.0
    for one in held:
        for place, cluster in enumerate(scene.clusters):
            each = cluster.accelerators_per_node_count * STEP_S
            all_of = float(one.held[:, place].sum()) * each
            serving = one.serving[:, place]
            loading = float((one.held[:, place] - serving).sum()) * each
            down = float(serving.sum()) * each * (1.0 - one.well_share)
            used = float((serving * one.used_share[:, place]).sum()) * each * one.replica_share
            idle = all_of - loading - down - used
            parts = {
                Bucket.PRODUCTIVE: used,
                Bucket.RESTART: loading,
                Bucket.DOWN: down,
                Bucket.IDLE: idle,
            }
            for bucket, amount in parts.items():
                seconds[bucket] += amount
            total += all_of
            drawn = used * power.cap_share + loading * power.checkpoint_share
            joules += (drawn + idle * power.idle_share) * power.tdp_watts
            price = cluster.price
            usd += all_of / HOUR_S * price.usd_per_gpu_hour
            usd += used / HOUR_S * price.running_usd_per_gpu_hour
    there = capacity(scene, len(held[0].demand)) if held else 0.0
    return Booked(
        seconds=seconds,
        held=total,
        joules=joules,
        usd=usd,
        share=total / there if there else 0.0,
    )


def capacity(scene: Scene, times: int) -> float:
    """Give the accelerator-seconds of the whole fleet, from its deliveries alone."""
    each = np.array([cluster.accelerators_per_node_count for cluster in scene.clusters])
    return float((present(scene.clusters, times) * each).sum()) * STEP_S


def together(
    scene: Scene, inference: Booked, training: History | None, times: int
) -> tuple[dict[Bucket, float], float]:
    """Give the shares of the whole fleet's time in each bucket, and how far they are from 1."""
    there = capacity(scene, times)
    made = {
        bucket: (inference.seconds[bucket] + (training.total(bucket) if training else 0.0)) / there
        for bucket in BUCKETS
    }
    gap = abs(sum(made.values()) - 1.0)
    return made, max(gap, training.unclosed() if training else 0.0)
