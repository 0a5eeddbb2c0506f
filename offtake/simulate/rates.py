"""How often a job of so many nodes is struck, from the hazards of the parameters.

job's rate = Σ over hazards of  rate · things of its domain the job lies on
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from offtake.errors import Fault, OfftakeError, Where
from offtake.simulate.parameters import Age, Cause, Domain, Parameters, Topology


@dataclass(frozen=True, slots=True)
class Strike:
    """One cause as a job of a certain size sees it."""

    cause: Cause
    domain: Domain
    per_day: float
    """Strikes a day on the whole job."""
    nodes: int
    """Nodes that go down with one."""
    breaks: bool
    """Whether those need repair."""


def nodes_of(parameters: Parameters, accelerators: int) -> int:
    """Give the nodes that hold so many accelerators.

    Raises:
        OfftakeError: they do not fill whole nodes (`OTK-S003`).
    """
    each = parameters.topology.accelerators_per_node_count
    if accelerators < 1 or accelerators % each:
        fault = Fault(
            code="OTK-S003",
            what="a job takes whole nodes",
            where=Where(path="accelerators"),
            got=f"{accelerators:,} accelerators, {each} a node",
            hint=f"the nearest below is {accelerators // each * each:,}",
        )
        raise OfftakeError(fault)
    return accelerators // each


def strikes(parameters: Parameters, nodes: int) -> tuple[Strike, ...]:
    """List what strikes a job of so many nodes; those of small jobs only where it is one."""
    found = []
    for hazard in parameters.hazards:
        largest = hazard.job_nodes_count
        if hazard.rate_per_day == 0.0 or (largest is not None and nodes > largest):
            continue
        held = nodes_in(parameters.topology, hazard.domain, nodes)
        found.append(
            Strike(
                cause=hazard.cause,
                domain=hazard.domain,
                per_day=hazard.rate_per_day * math.ceil(nodes / held),
                nodes=min(held, nodes),
                breaks=hazard.breaks,
            )
        )
    return tuple(found)


def nodes_in(topology: Topology, domain: Domain, nodes: int) -> int:
    """Give how many nodes go down with one thing of a domain."""
    match domain:
        case Domain.NODE:
            return 1
        case Domain.RACK:
            return topology.nodes_per_rack_count
        case Domain.POD:
            return topology.nodes_per_pod_count
        case Domain.HALL:
            return topology.nodes_per_hall_count
        case Domain.SITE:
            return nodes


def per_day(parameters: Parameters, nodes: int) -> float:
    """Give the failures a day of a job on so many nodes, at the age the fleet has at first."""
    mixed = 1.0 + (parameters.lemons.hazard_ratio - 1.0) * parameters.lemons.lemon_share
    aged = at_age(parameters.age, parameters.age.fleet_days)
    return sum(
        strike.per_day * (mixed * aged if strike.domain is Domain.NODE else 1.0)
        for strike in strikes(parameters, nodes)
    )


def mean_hours(parameters: Parameters, nodes: int) -> float:
    """Give the mean time between failures of a job, in hours; infinite where nothing fails."""
    rate = per_day(parameters, nodes)
    return 24.0 / rate if rate > 0.0 else math.inf


def at_age(age: Age, days: float) -> float:
    """Give the hazard at an age over that of a settled node without wear.

    1 + (infant − 1) · exp(−age / settling) + wear · age in years
    """
    settling = age.settling_days
    young = math.exp(-days / settling) if settling > 0.0 else 0.0
    return 1.0 + (age.infant_ratio - 1.0) * young + age.wear_share_per_year * days / 365.25
