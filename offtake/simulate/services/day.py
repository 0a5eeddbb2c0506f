"""Inference and training on one fleet: what is served, what is trained, what it costs.

Inference is worked out first, in steps of five minutes. What it leaves enters the simulation
of the fleet as nodes that come and go, so training runs by the same rules as ever; the ledger
of both together closes. Beside it stands the same luck with a fleet that is not shared, where
each service holds all day what it needs at its peak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.bucket import Bucket
from offtake.model.history import BUCKETS, History
from offtake.simulate.fleet import run
from offtake.simulate.gang.job import Mean
from offtake.simulate.scene import HOUR_S, Scene, jobs_of
from offtake.simulate.services.asked import (
    STEP_S,
    Floats,
    demand,
    faults,
    luck_of,
    user_rate,
)
from offtake.simulate.services.books import Booked, booked, together
from offtake.simulate.services.shift import Held, hold, present, remaining
from offtake.simulate.shock.paired import Told, mean, refuse, replicated


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Served:
    """What one replication gave."""

    held: tuple[Held, ...]
    """By service."""
    inference: Booked
    """Its accelerator-seconds."""
    training: History | None
    """What the rest of the fleet did; None where nothing was left."""
    shares: Mapping[Bucket, float]
    """Shares of the whole fleet's time, both together."""
    unclosed: float
    """Gap between those and what there was, as a share."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shared:
    """What a fleet gave over the day, as means over replications."""

    tokens_billions: Mean
    """Tokens served."""
    served_share: Mean
    """Tokens served over tokens asked for."""
    unserved_tokens_billions: Mean
    """Tokens asked for that found no room."""
    inference_share: Mean
    """Share of the fleet's time that inference held."""
    busy_share: Mean
    """Share of that in which it gave tokens, at the speed users are promised."""
    training_hours: Mean
    """Productive accelerator-hours of training."""
    goodput_share: Mean
    """Those over all accelerator-hours training had."""
    lost_hours: Mean
    """Accelerator-hours of training undone, by failures and by nodes that were taken."""
    tokens_per_joule: Mean
    """Tokens served over energy at the servers that inference held."""
    facility_tokens_per_joule: Mean
    """The same with energy at the meter."""
    usd_per_million_tokens: Mean
    """Cost of the accelerator-hours inference held, used or not, over a million tokens."""
    user_tokens_per_s: Mean
    """Mean speed users got, by tokens; the promise, or better where nodes are not full."""
    shares: Mapping[Bucket, float]
    """Where all time of the fleet went."""
    first: Served
    """The first replication, to be looked at step by step."""
    unclosed: float
    """Largest gap of a ledger, as a share."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Day:
    """Inference and training on one fleet, shared and apart."""

    hours: float
    """Time that was simulated."""
    shared: Shared
    """Nodes go to and fro."""
    apart: Shared
    """Inference holds what it needs at its peak, all day."""
    gained_hours: Mean
    """Productive accelerator-hours of training that sharing gains."""
    replications: int
    """Replications that were done."""


def day(
    scene: Scene,
    *,
    hours: float = 24.0,
    replications: int = 8,
    seed: int = 1,
    told: Told | None = None,
) -> Day:
    """Simulate a day of inference and training, with nodes shared and apart.

    Both meet the same users and the same jobs; failures strike alike but not the same nodes.

    Raises:
        OfftakeError: a service, its users or the fleet cannot be simulated (`OTK-S040` …
            `OTK-S055`, `OTK-S110` …).
    """
    times = round(hours * HOUR_S / STEP_S)
    if abs(times * STEP_S - hours * HOUR_S) > 1e-6 or times < 1:
        what, where = "a day is simulated in steps of five minutes", Where(path="hours")
        raise OfftakeError(Fault(code="OTK-S054", what=what, where=where, got=f"{hours:g} h"))
    refuse(scene, faults(scene, times))

    def one(luck: int) -> tuple[Served, Served]:
        asked = [demand(s, times, luck_of(luck, p)) for p, s in enumerate(scene.services)]
        return _once(scene, asked, luck, True), _once(scene, asked, luck, False)

    made = replicated(replications, seed, one, told)
    return Day(
        hours=hours,
        shared=_mean_of(scene, [both[0] for both in made]),
        apart=_mean_of(scene, [both[1] for both in made]),
        gained_hours=mean(_trained(a) - _trained(b) for a, b in made),
        replications=len(made),
    )


def _once(scene: Scene, asked: Sequence[Floats], luck: int, shared: bool) -> Served:
    held = tuple(hold(scene, asked, shared=shared))
    left = present(scene.clusters, len(asked[0])) - sum(one.held for one in held)
    books = booked(scene, held)
    trained = _training(scene, left, luck)
    shares, gap = together(scene, books, trained, len(left))
    return Served(held=held, inference=books, training=trained, shares=shares, unclosed=gap)


def _training(scene: Scene, left: np.ndarray, luck: int) -> History | None:
    """Simulate what inference leaves; jobs are as many as for the whole fleet."""
    clusters = tuple(
        replace(cluster, deliveries=spans)
        for place, cluster in enumerate(scene.clusters)
        if (spans := remaining(cluster, left[:, place]))
    )
    if not clusters:
        return None
    horizon = len(left) * STEP_S
    _refuse_large(scene, left)
    jobs = jobs_of(scene, horizon, luck)
    fleet = replace(scene.fleet, clusters=clusters)
    return run(fleet, jobs, scene.parameters, horizon_s=horizon, seed=luck)


def _refuse_large(scene: Scene, left: np.ndarray) -> None:
    """Refuse jobs that never fit what inference leaves: they would wait all day.

    Raises:
        OfftakeError: there is such a size (`OTK-S055`).
    """
    most = int(left.max())
    wrong = [
        Fault(
            code="OTK-S055",
            what="a size of jobs is larger than what inference ever leaves of a cluster",
            where=Where(path=f"jobs.sizes.{row}.node_count"),
            got=f"{size.node_count} nodes, at most {most} are left",
            hint="make jobs smaller, or the fleet larger",
        )
        for row, size in enumerate(scene.jobs.sizes)
        if size.node_count > most
    ]
    if wrong:
        raise OfftakeError(wrong)


def _mean_of(scene: Scene, made: Sequence[Served]) -> Shared:
    ratio = scene.facility_over_it_ratio
    per_joule = [
        _tokens(one) / one.inference.joules if one.inference.joules else 0.0 for one in made
    ]
    return Shared(
        tokens_billions=mean(_tokens(one) / 1e9 for one in made),
        served_share=mean(_tokens(one) / _asked(one) if _asked(one) else 1.0 for one in made),
        unserved_tokens_billions=mean((_asked(one) - _tokens(one)) / 1e9 for one in made),
        inference_share=mean(one.inference.share for one in made),
        busy_share=mean(one.inference.busy_share for one in made),
        training_hours=mean(_trained(one) for one in made),
        goodput_share=mean(
            one.training.share(Bucket.PRODUCTIVE) if one.training else 0.0 for one in made
        ),
        lost_hours=mean(
            one.training.total(Bucket.LOST) / HOUR_S if one.training else 0.0 for one in made
        ),
        tokens_per_joule=mean(per_joule),
        facility_tokens_per_joule=mean(value / ratio for value in per_joule),
        usd_per_million_tokens=mean(
            one.inference.usd / (_tokens(one) / 1e6) if _tokens(one) else 0.0 for one in made
        ),
        user_tokens_per_s=mean(_speed(scene, one) for one in made),
        shares={bucket: float(np.mean([one.shares[bucket] for one in made])) for bucket in BUCKETS},
        first=made[0],
        unclosed=max(one.unclosed for one in made),
    )


def _tokens(one: Served) -> float:
    return sum(float(held.flow.sum()) for held in one.held) * STEP_S


def _asked(one: Served) -> float:
    return sum(float(held.demand.sum()) for held in one.held) * STEP_S


def _trained(one: Served) -> float:
    return one.training.total(Bucket.PRODUCTIVE) / HOUR_S if one.training else 0.0


def _speed(scene: Scene, one: Served) -> float:
    """Give the mean speed of users over all tokens; a node that is less full is faster."""
    tokens = speed = 0.0
    for held in one.held:
        for place, cluster in enumerate(scene.clusters):
            flow = held.flow[:, :, place].sum(axis=1)
            for amount, used in zip(flow, held.used_share[:, place], strict=True):
                if amount > 0.0:
                    output = used * held.rates[place]
                    speed += amount * user_rate(held.service, cluster.accelerator, output)
                    tokens += amount
    return speed / tokens if tokens else 0.0
