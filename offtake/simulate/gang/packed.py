"""From parameters to the plain numbers the compiled simulation of a gang job takes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, get_type_hints

import numpy as np

from offtake.errors import Fault, OfftakeError, Where
from offtake.simulate.closed.interval import chosen_minutes
from offtake.simulate.gang.job import Gang
from offtake.simulate.gang.state import Facts
from offtake.simulate.parameters import Cause, Domain, Interval, Law, Parameters, Tier
from offtake.simulate.rates import nodes_of, strikes

LAWS = {Law.EXPONENTIAL: 0, Law.WEIBULL: 1, Law.LOGNORMAL: 2}


def refuse(parameters: Parameters, gang: Gang) -> None:
    """Refuse what the simulation of a gang job cannot do.

    Raises:
        OfftakeError: all that does not go together (`OTK-S003`, `OTK-S004`, `OTK-S005`,
            `OTK-S006`).
    """
    nodes = nodes_of(parameters, gang.accelerators_count)
    faults = list(_faults(parameters, nodes))
    if faults:
        raise OfftakeError(faults)


def _faults(parameters: Parameters, nodes: int) -> Iterator[Fault]:
    recovery = parameters.recovery
    apart = recovery.tier is Tier.REPLICA
    if parameters.law is not Law.EXPONENTIAL:
        if parameters.lemons.lemon_share > 0.0:
            yield _clash("lemons are only simulated where times to failure are exponential", "law")
        if apart:
            yield _clash("replicas drop out only where times to failure are exponential", "law")
        ages = parameters.age
        if ages.infant_ratio != 1.0 or ages.wear_share_per_year > 0.0:
            yield _clash("age counts only where times to failure are exponential", "law")
    if apart and nodes % recovery.replica_nodes_count:
        yield Fault(
            code="OTK-S003",
            what="the job takes whole replicas",
            where=Where(path="recovery.replica_nodes_count"),
            got=f"{nodes:,} nodes, {recovery.replica_nodes_count:,} a replica",
        )
    if apart and parameters.spares.borrowed_count:
        yield _clash("a replica that is out does not borrow nodes", "spares.borrowed_count")
    if apart and parameters.detection.silent_share > 0.0:
        yield _clash("silent corruption spoils all replicas", "detection.silent_share")


def _clash(what: str, path: str) -> Fault:
    hint = "change one of the two, or simulate the fleet"
    return Fault(code="OTK-S004", what=what, where=Where(path=path), hint=hint)


def pack(parameters: Parameters, gang: Gang) -> tuple[Facts, tuple[Cause, ...]]:
    """Give the plain numbers, and the causes in the order they are counted.

    Raises:
        OfftakeError: the parameters do not go together; see `refuse`.
    """
    refuse(parameters, gang)
    nodes = nodes_of(parameters, gang.accelerators_count)
    struck = sorted(strikes(parameters, nodes), key=lambda found: found.domain is not Domain.NODE)
    single = [found for found in struck if found.domain is Domain.NODE]
    total = sum(found.per_day for found in struck)
    alone = sum(found.per_day for found in single)
    shares = np.array([found.per_day for found in struck] or [1.0]) / (total or 1.0)
    node_rate = alone / nodes / 24.0
    silent = parameters.detection.silent_share
    told: dict[str, Any] = dict(
        nodes=nodes,
        node_rate=node_rate * (1.0 - silent),
        silent_rate=node_rate * silent,
        wide_rate=(total - alone) / 24.0,
        cause_until=np.cumsum(shares),
        cause_nodes=np.array([found.nodes for found in struck] or [1], np.int64),
        cause_breaks=np.array([int(found.breaks) for found in struck] or [0], np.int64),
        node_causes=len(single),
        node_share=alone / total if total else 1.0,
        work=math.inf if gang.work_hours is None else gang.work_hours,
        limit=gang.limit_hours,
        **_of_nodes(parameters),
        **_of_recovery(parameters),
        **_of_repair(parameters),
        **_of_checkpoints(parameters, nodes),
    )
    return Facts(**_exactly(told)), tuple(found.cause for found in struck)


def _exactly(told: dict[str, Any]) -> dict[str, Any]:
    """Make each number of the very type it is declared as: another would be compiled anew."""
    declared = get_type_hints(Facts)
    return {
        name: declared[name](held) if declared[name] in (int, float, bool) else held
        for name, held in told.items()
    }


def _of_nodes(parameters: Parameters) -> dict[str, Any]:
    spares, age = parameters.spares, parameters.age
    never_short = spares.standby_count is None
    return {
        "standbys": -1 if spares.standby_count is None else spares.standby_count,
        "pool": 0 if never_short else spares.pool_count,
        "lent": 0 if never_short else spares.borrowed_count,
        "select": spares.select_minutes / 60.0,
        "borrow": spares.borrow_minutes / 60.0,
        "refilled": spares.refilled,
        "lemons_share": parameters.lemons.lemon_share,
        "lemon": parameters.lemons.hazard_ratio,
        "cured": parameters.lemons.cured,
        "infant": age.infant_ratio,
        "settling": age.settling_days,
        "wear": age.wear_share_per_year,
        "age": age.fleet_days,
        "law": LAWS[parameters.law],
        "shape": parameters.law_shape,
    }


def _of_recovery(parameters: Parameters) -> dict[str, Any]:
    found, recovery = parameters.detection, parameters.recovery
    fixed = recovery.restart_minutes + recovery.warm_up_minutes
    apart = recovery.tier is Tier.REPLICA
    return {
        "heartbeat": found.heartbeat_minutes / 60.0,
        "hang_share": found.hang_share,
        "hang": found.hang_minutes / 60.0,
        "silent": found.silent_hours,
        "restart": (fixed + recovery.reload_minutes) / 60.0,
        "remote_share": recovery.remote_share,
        "remote": (fixed + recovery.remote_reload_minutes) / 60.0,
        "requeue": recovery.requeue_minutes / 60.0 if recovery.tier is Tier.REQUEUE else 0.0,
        "sheltered": recovery.sheltered,
        "stall": recovery.stall_minutes / 60.0,
        "replica": recovery.replica_nodes_count if apart else 0,
    }


def _of_repair(parameters: Parameters) -> dict[str, Any]:
    repair = parameters.repair
    return {
        "automatic": repair.automatic_hours,
        "automatic_silent": repair.automatic_silent_share,
        "manual_share": repair.manual_share,
        "only_unfixed": repair.manual_only_unfixed,
        "manual": repair.manual_hours,
        "manual_silent": repair.manual_silent_share,
        "repair_law": LAWS[repair.law],
        "repair_shape": repair.repair_shape,
    }


def _of_checkpoints(parameters: Parameters, nodes: int) -> dict[str, Any]:
    kept = parameters.checkpoint
    return {
        "interval": chosen_minutes(parameters, nodes) / 60.0,
        "adaptive": kept.interval is Interval.ADAPTIVE,
        "write": kept.blocking_minutes / 60.0,
        "drain": kept.drain_minutes / 60.0,
    }
