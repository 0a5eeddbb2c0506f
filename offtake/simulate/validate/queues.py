"""Queues of theory: mean waits of M/M/c and M/G/1, met by the simulator of a fleet.

A request is a job on one node, so this holds requests one by one against formulas: the fluid
of `simulate.services` has no waits, and says nothing where these are long.
"""

from __future__ import annotations

from math import factorial

import numpy as np
import numpy.typing as npt

from offtake.model.fleet import Cluster, Delivery, Fleet
from offtake.model.job import Jobs
from offtake.policy.rules import Policy
from offtake.simulate.fleet import run
from offtake.simulate.gang.run import mean_of
from offtake.simulate.parameters import Checkpoint, Parameters, Topology
from offtake.simulate.validate.case import Case, Kind, Row

MEAN_S = 100.0
"""Mean time of a request."""
REQUESTS = 100_000
"""Requests of a replication."""
REPLICATIONS = 10
_LAW_S = 1.0
"""Sigma of the lognormal times: their variance is e − 1 over the squared mean."""

Floats = npt.NDArray[np.float64]


def erlang_wait(servers: int, load: float, mean: float = MEAN_S) -> float:
    """Give the mean wait of M/M/c: P(wait) · mean / (c · (1 − load)), by Erlang's C."""
    offered = load * servers
    full = offered**servers / factorial(servers) / (1.0 - load)
    chance = full / (sum(offered**k / factorial(k) for k in range(servers)) + full)
    return chance * mean / (servers * (1.0 - load))


def pollaczek_wait(load: float, variation: float, mean: float = MEAN_S) -> float:
    """Give the mean wait of M/G/1: load · mean · (1 + variance / mean²) / 2 / (1 − load)."""
    return load * mean * (1.0 + variation) / 2.0 / (1.0 - load)


def waits(servers: int, load: float, times: Floats, seed: int) -> float:
    """Simulate requests that come at random to so many servers; give their mean wait."""
    rng = np.random.default_rng((seed, servers))
    come = np.cumsum(rng.exponential(MEAN_S / (load * servers), len(times)))
    there = Cluster(
        id="servers",
        accelerators_per_node_count=1,
        deliveries=(Delivery(node_count=servers),),
    )
    parameters = Parameters(
        topology=Topology(accelerators_per_node_count=1),
        hazards=(),
        checkpoint=Checkpoint(interval_minutes=0.0),
    )
    history = run(
        Fleet(clusters=(there,)),
        Jobs.of(come, times, np.ones(len(times))),
        parameters,
        horizon_s=float(come[-1]) + 1e6,
        policy=Policy(quantum_s=0.0, backfill=False),
    )
    return float((history.outcomes.started_s - come).mean())


def _times(law: str, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    if law == "fixed":
        return np.full(REQUESTS, MEAN_S)
    if law == "lognormal":
        return MEAN_S * np.exp(_LAW_S * rng.standard_normal(REQUESTS) - _LAW_S**2 / 2.0)
    return rng.exponential(MEAN_S, REQUESTS)


def _row(what: str, servers: int, load: float, law: str, theory: float) -> Row:
    found = mean_of(
        np.array([waits(servers, load, _times(law, seed), seed) for seed in range(REPLICATIONS)])
    )
    return Row(
        what=what,
        published=theory,
        ours=found.mean,
        unit="s",
        kind=Kind.THEORY,
        half_width=found.half_width,
    )


def case() -> Case:
    """Hold mean waits against Erlang and against Pollaczek and Khinchine."""
    heavy = float(np.exp(_LAW_S**2) - 1.0)
    return Case(
        title="Queues: requests one by one against M/M/c and M/G/1",
        source="Erlang 1917; Pollaczek 1930, Khinchine 1932, as in any textbook",
        convention="Mean seconds from a request's arrival to its start, the first among them; "
        f"requests of {MEAN_S:g} s, first come first served; {REPLICATIONS} replications of "
        f"{REQUESTS:,} requests that begin empty.",
        calibrated="Nothing.",
        rows=(
            _row("M/M/1, load 0.6", 1, 0.6, "exponential", erlang_wait(1, 0.6)),
            _row("M/M/4, load 0.7", 4, 0.7, "exponential", erlang_wait(4, 0.7)),
            _row("M/M/8, load 0.7", 8, 0.7, "exponential", erlang_wait(8, 0.7)),
            _row("M/D/1, load 0.6", 1, 0.6, "fixed", pollaczek_wait(0.6, 0.0)),
            _row("M/G/1, lognormal, load 0.5", 1, 0.5, "lognormal", pollaczek_wait(0.5, heavy)),
        ),
    )
