"""A scene: a fleet with what fails in it, what trains on it and what is served from it.

    scene ─┬─ clusters, parameters   where, how it fails, what it draws
           ├─ jobs                   a mix of sizes that keeps the fleet busy
           └─ services               inference, with its users

Jobs are drawn from the seed alone, so that two runs with one seed meet the same jobs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Gt

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.fleet import Cluster, Fleet
from offtake.model.job import Jobs
from offtake.model.provenance import Provenance
from offtake.model.service import Service
from offtake.model.value import Value
from offtake.simulate.parameters import Parameters
from offtake.units import Positive, PositiveShare, Ratio, Tflops, Unit

HOUR_S = 3600.0
_STREAM = 0x6A6F6273
_WorkHours = Annotated[float, Gt(0), Unit("hours", ("_hours",))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size(Value):
    """Jobs of one size."""

    node_count: Positive
    """Nodes each takes."""
    work_hours: _WorkHours
    """Mean time each runs undisturbed; the times are exponential."""
    time_share: PositiveShare
    """Share of all node-hours that jobs of this size ask for; they add up to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix(Value):
    """Jobs that train: how much work comes, in which sizes."""

    load_ratio: Ratio = 1.2
    """Node-hours handed in over those there are; above 1 there is always something to do."""
    sizes: tuple[Size, ...] = (
        Size(node_count=1, work_hours=4.0, time_share=0.3),
        Size(node_count=4, work_hours=12.0, time_share=0.4),
        Size(node_count=16, work_hours=24.0, time_share=0.3),
    )
    """Sizes, and how the work is spread over them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene(Value):
    """A fleet, what fails in it, what trains on it and what is served from it."""

    clusters: tuple[Cluster, ...]
    """What there is to run on. Prices are what an accelerator-hour costs, used or not."""
    parameters: Parameters = Parameters()
    """What all clusters are like. Power is per accelerator with its share of the server."""
    peak_tflops: Tflops = 989.0
    """Peak of an accelerator in the number format of the training, dense."""
    facility_over_it_ratio: Ratio = 1.3
    """Power at the meter over power at the servers (PUE)."""
    jobs: Mix = Mix()
    """What trains."""
    services: tuple[Service, ...] = ()
    """What is served; the first has the first choice of nodes."""
    provenance: Provenance = Provenance()
    """Where the numbers come from, and which are assumed."""

    @property
    def fleet(self) -> Fleet:
        """The clusters alone."""
        return Fleet(clusters=self.clusters)

    @property
    def nodes(self) -> int:
        """Nodes of all clusters."""
        return sum(cluster.nodes for cluster in self.clusters)

    @property
    def flops(self) -> float:
        """FLOPs of the model in a second of productive time of one accelerator."""
        return self.peak_tflops * 1e12 * self.parameters.speed.mfu_share


def faults_of(scene: Scene) -> list[Fault]:
    """Give what is wrong with the jobs of a scene."""
    total = sum(size.time_share for size in scene.jobs.sizes)
    found = []
    if abs(total - 1.0) > 1e-6:
        found.append(
            Fault(
                code="OTK-S050",
                what="the shares of a mix of jobs add up to 1",
                where=Where(path="jobs.sizes"),
                got=f"{total:g}",
            )
        )
    most = max((cluster.nodes for cluster in scene.clusters), default=0)
    for row, size in enumerate(scene.jobs.sizes):
        if size.node_count > most:
            found.append(
                Fault(
                    code="OTK-S051",
                    what="a size of jobs is larger than every cluster",
                    where=Where(path=f"jobs.sizes.{row}.node_count"),
                    got=f"{size.node_count} nodes, the largest cluster has {most}",
                )
            )
    return found


def jobs_of(scene: Scene, horizon_s: float, seed: int) -> Jobs:
    """Draw the jobs of a scene: so many at once as fill the fleet, the rest at random times.

    Raises:
        OfftakeError: shares do not add up (`OTK-S050`), or jobs fit nowhere (`OTK-S051`).
    """
    wrong = faults_of(scene)
    if wrong:
        raise OfftakeError(wrong)
    sizes = scene.jobs.sizes
    rng = np.random.default_rng((seed, _STREAM))
    at_first = _filling(sizes, scene.nodes, rng)
    offered = scene.jobs.load_ratio * scene.nodes * horizon_s
    rates = np.array([s.time_share / (s.node_count * s.work_hours * HOUR_S) for s in sizes])
    later = rng.poisson(offered * rates.sum())
    picks = rng.choice(len(sizes), later, p=rates / rates.sum())
    submitted = np.sort(rng.uniform(0.0, horizon_s, later))
    picks = np.concatenate((at_first, picks))
    hours = np.array([s.work_hours for s in sizes])[picks]
    each = scene.clusters[0].accelerators_per_node_count
    return Jobs.of(
        np.concatenate((np.zeros(len(at_first)), submitted)),
        rng.exponential(hours * HOUR_S),
        np.array([s.node_count for s in sizes])[picks] * each,
    )


def _filling(sizes: Sequence[Size], nodes: int, rng: np.random.Generator) -> np.ndarray:
    """Draw sizes of jobs until they fill so many nodes, as they would be found running."""
    shares = np.array([size.time_share / size.node_count for size in sizes])
    picks = rng.choice(len(sizes), nodes + 1, p=shares / shares.sum())
    filled = np.cumsum(np.array([size.node_count for size in sizes])[picks])
    return picks[: int(np.searchsorted(filled, nodes)) + 1]
