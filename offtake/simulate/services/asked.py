"""What users ask for and what a node gives them, as arrays of five minutes each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, Where
from offtake.model.fleet import Cluster
from offtake.model.service import Curve, Load, Service
from offtake.simulate.scene import HOUR_S, Scene

Floats = npt.NDArray[np.float64]
STEP_S = 300.0
"""Time in which nothing changes."""
_FADES_S = HOUR_S
_STREAM = 0x75736572


def steps_in(minutes: float) -> int:
    """Give the whole steps that hold so many minutes."""
    return math.ceil(minutes * 60.0 / STEP_S - 1e-9)


def node_rate(service: Service, accelerator: str) -> float:
    """Give the tokens a second of a node at the speed users are promised; 0 runs nowhere."""
    curve = _curve(service, accelerator)
    if curve is None:
        return 0.0
    users = [point.user_tokens_per_s for point in curve.points]
    nodes = [point.node_tokens_per_s for point in curve.points]
    return float(np.interp(service.user_tokens_per_s, users, nodes))


def user_rate(service: Service, accelerator: str, tokens_per_s: float) -> float:
    """Give the speed users get on a node that gives so many tokens a second.

    The inverse of the curve, and the fastest there is a point for where fewer are asked for.
    """
    curve = _curve(service, accelerator)
    if curve is None:
        return 0.0
    users = [point.user_tokens_per_s for point in reversed(curve.points)]
    nodes = [point.node_tokens_per_s for point in reversed(curve.points)]
    return float(np.interp(tokens_per_s, nodes, users))


def _curve(service: Service, accelerator: str) -> Curve | None:
    return next((c for c in service.curves if c.accelerator == accelerator), None)


def trips(service: Service, clusters: tuple[Cluster, ...]) -> Floats:
    """Give round trips from the regions of a service to clusters; infinite is out of reach."""
    limit = math.inf if service.latency_ms is None else service.latency_ms
    made = np.full((len(service.loads), len(clusters)), np.inf)
    for row, load in enumerate(service.loads):
        for column, cluster in enumerate(clusters):
            trip = cluster.latency_ms.get(load.region, np.inf)
            if trip <= limit and node_rate(service, cluster.accelerator) > 0.0:
                made[row, column] = trip
    return made


def demand(service: Service, times: int, rng: np.random.Generator) -> Floats:
    """Draw what the regions of a service ask for, by step and region."""
    return np.stack([_series(load, times, rng) for load in service.loads], axis=1)


def _series(load: Load, times: int, rng: np.random.Generator) -> Floats:
    noise = rng.standard_normal(times)  # drawn in any case: other regions keep their luck
    if load.mean_tokens_per_s is None:
        return np.array(load.tokens_per_s[:times], dtype=np.float64)
    hours = (np.arange(times) + 0.5) * STEP_S / HOUR_S
    swing = load.swing_share * np.cos(2.0 * np.pi * (hours - load.peak_hours) / 24.0)
    # Lognormal with mean 1, so that what users ask for is never below nothing.
    spread = math.sqrt(math.log1p(load.noise_share**2))
    chance = np.exp(spread * _fading(noise) - spread * spread / 2.0)
    made: Floats = load.mean_tokens_per_s * (1.0 + swing) * chance
    return made


def _fading(noise: Floats) -> Floats:
    """Give noise of variance 1 that remembers itself for an hour."""
    keeps = math.exp(-STEP_S / _FADES_S)
    made = noise.copy()
    for place in range(1, len(made)):
        made[place] = keeps * made[place - 1] + math.sqrt(1.0 - keeps * keeps) * noise[place]
    return made


def luck_of(seed: int, service: int) -> np.random.Generator:
    """Give the chance of a service's users, the same whatever else is simulated."""
    return np.random.default_rng((seed, service, _STREAM))


def faults(scene: Scene, times: int) -> Iterator[Fault]:
    """Give all that keeps the services of a scene from being simulated."""
    if not scene.services:
        what, where = "a scene without services has nothing to serve", Where(path="services")
        yield Fault(code="OTK-S053", what=what, where=where)
    names = [service.id for service in scene.services]
    for name in sorted({name for name in names if names.count(name) > 1}):
        where = Where(path=f"services.{name}")
        yield Fault(code="OTK-S053", what="two services have one id", where=where, got=name)
    for service in scene.services:
        of_curves = list(_of_curves(service))
        # Where a curve is unsound nobody can say what runs where.
        yield from of_curves or _of_loads(service, scene.clusters, times)
    yield from _of_fleet(scene)


def _of_curves(service: Service) -> Iterator[Fault]:
    for row, curve in enumerate(service.curves):
        where = Where(path=f"services.{service.id}.curves.{row}.points")
        users = [point.user_tokens_per_s for point in curve.points]
        nodes = [point.node_tokens_per_s for point in curve.points]
        rises = all(a < b for a, b in pairwise(users))
        falls = all(a > b for a, b in pairwise(nodes))
        if not (rises and falls) or min(nodes, default=0.0) <= 0.0:
            yield Fault(
                code="OTK-S041",
                what="the faster each user is served, the less a node gives, and never nothing",
                where=where,
                got=", ".join(f"{u:g}: {n:g}" for u, n in zip(users, nodes, strict=True)),
                hint="order the points from the slowest users to the fastest",
            )
        elif not users[0] <= service.user_tokens_per_s <= users[-1]:
            yield Fault(
                code="OTK-S044",
                what="the speed users are promised lies outside the curve",
                where=where,
                got=f"{service.user_tokens_per_s:g} tokens/s, of {users[0]:g} to {users[-1]:g}",
                hint="add a point, or promise another speed",
            )


def _of_loads(service: Service, clusters: tuple[Cluster, ...], times: int) -> Iterator[Fault]:
    within = np.atleast_1d(np.isfinite(trips(service, clusters)).any(axis=1))
    if not service.loads:
        where = Where(path=f"services.{service.id}.loads")
        yield Fault(code="OTK-S042", what="a service has no users", where=where)
    for row, load in enumerate(service.loads):
        where = Where(path=f"services.{service.id}.loads.{row}")
        if not any(load.region in cluster.latency_ms for cluster in clusters):
            known = sorted({region for cluster in clusters for region in cluster.latency_ms})
            yield Fault(
                code="OTK-S040",
                what="no cluster says how far this region is",
                where=where,
                got=repr(load.region),
                hint=f"there are: {', '.join(known)}",
            )
        elif not within[row]:
            yield Fault(
                code="OTK-S043",
                what="no cluster that can run the service is near enough",
                where=where,
                got=f"{load.region!r}, at most {service.latency_ms} ms",
                hint="add a curve for its accelerator, or allow a longer way",
            )
        series, mean = bool(load.tokens_per_s), load.mean_tokens_per_s is not None
        if series == mean or (series and len(load.tokens_per_s) < times):
            yield Fault(
                code="OTK-S042",
                what="users have a mean, or a series that lasts as long as the simulation",
                where=where,
                got=f"{len(load.tokens_per_s)} of {times} numbers, a mean: {mean}",
            )


def _of_fleet(scene: Scene) -> Iterator[Fault]:
    p = scene.parameters
    wrong = []
    wrong += ["lemons"] if p.lemons.lemon_share > 0.0 else []
    wrong += ["age"] if p.age.infant_ratio != 1.0 or p.age.wear_share_per_year > 0.0 else []
    wrong += ["a power cap"] if p.power.cap_share < 1.0 else []
    wrong += ["limits on power"] if any(c.budgets for c in scene.clusters) else []
    for cluster in scene.clusters:
        edges = [d.arrives_hours for d in cluster.deliveries]
        edges += [d.leaves_hours for d in cluster.deliveries if d.leaves_hours is not None]
        wrong += [
            f"{cluster.id}: nodes that come or go at {edge:g} h"
            for edge in edges
            if abs(edge * HOUR_S / STEP_S - round(edge * HOUR_S / STEP_S)) > 1e-9
        ]
    if wrong:
        yield Fault(
            code="OTK-S048",
            what="a fleet that services share is simulated without lemons, age and limits on "
            "power, and in steps of five minutes",
            where=Where(path="parameters"),
            got="; ".join(wrong),
        )
