"""Small fleets and jobs that tests of the simulator share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from offtake.model.fleet import Cluster, Delivery, Fleet
from offtake.model.job import Jobs
from offtake.simulate.parameters import (
    Cause,
    Checkpoint,
    Hazard,
    Parameters,
    Recovery,
    Topology,
)

DAY_S = 86400.0
ONE = Topology(accelerators_per_node_count=1)
CALM = Parameters(topology=ONE, hazards=(), checkpoint=Checkpoint(interval_minutes=0.0))
"""One accelerator a node, nothing fails, checkpoints are free."""


def rough(rate_per_day: float = 0.5, **others: Any) -> Parameters:
    """Nodes that fail, with restarts of 10 minutes and checkpoints of 1 minute an hour."""
    usual: dict[str, Any] = {
        "topology": ONE,
        "hazards": (Hazard(cause=Cause.GPU, rate_per_day=rate_per_day),),
        "checkpoint": Checkpoint(interval_minutes=60.0, write_s=60.0),
        "recovery": Recovery(restart_minutes=10.0),
    }
    return Parameters(**{**usual, **others})


def fleet_of(nodes: int, pod: int = 8, **others: Any) -> Fleet:
    """One cluster of so many nodes of one accelerator."""
    return Fleet(clusters=(cluster(nodes, pod, **others),))


def cluster(nodes: int, pod: int = 8, **others: Any) -> Cluster:
    """A cluster of so many nodes of one accelerator, there from the beginning."""
    made = Cluster(
        id="here",
        accelerators_per_node_count=1,
        nodes_per_pod_count=pod,
        deliveries=(Delivery(node_count=nodes),),
    )
    return replace(made, **others)


def drawn(rng: np.random.Generator, count: int, horizon_s: float, most: int) -> Jobs:
    """Draw jobs of up to so many accelerators over a time."""
    work = rng.lognormal(8.0, 1.5, count)
    return Jobs.of(
        np.sort(rng.uniform(0.0, horizon_s, count)),
        work,
        rng.integers(1, most + 1, count),
        limit_s=work * rng.uniform(1.0, 3.0, count),
        preemptible=rng.random(count) < 0.5,
        priority=rng.integers(0, 3, count),
    )
