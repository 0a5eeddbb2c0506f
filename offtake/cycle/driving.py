"""From contracts to clusters: what there is to run on, by contract, site and accelerator.

contract ── tranche with accelerators ──> cluster <── engine, by a map of engines
                                             │
                                             └── price, latency to regions, contract, tranche
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.model.accelerator import Accelerator
from offtake.model.clause import Basis, Quantity
from offtake.model.contract import Contract, Tranche
from offtake.model.fleet import Price
from offtake.model.installation import ClusterSpec, EngineKind, EngineSpec, Installation
from offtake.model.period import HOURS_PER_QUARTER
from offtake.model.portfolio import Portfolio
from offtake.model.site import Site
from offtake.model.value import Value

FORM = "engines/1"
"""Name and version of the form of a map of engines."""
ELSE = "*"
"""Key of a map of engines for all that it does not name."""
NODE_ACCELERATORS = 8
"""Accelerators of a server where the tranche does not say how many nodes it has."""
_HOURS_PER_MONTH = HOURS_PER_QUARTER / 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines(Value):
    """Which engine drives which clusters."""

    engines: Mapping[str, EngineSpec] = field(default_factory=dict)
    """By cluster, else by site, else `*`; where none is named, bodies are simulated."""


def installation(
    portfolio: Portfolio, engines: Engines | None = None, before: Installation | None = None
) -> Installation:
    """Give what a control plane drives: a cluster for each tranche the lab buys accelerators in.

    Args:
        portfolio: the world, its contracts signed.
        engines: which engine drives which cluster.
        before: an installation whose tenants, budgets and patience are kept.

    Raises:
        OfftakeError: no contract delivers accelerators to the lab (`OTK-E114`), or a map of
            engines names no cluster and no site of them (`OTK-E115`).
    """
    chosen = Engines() if engines is None else engines
    clusters = tuple(_clusters(portfolio, chosen.engines))
    if not clusters:
        what = "no contract delivers accelerators to the lab: there is nothing to run on"
        hint = "adopt a plan that signs something, or sign by hand"
        fault = Fault(code="OTK-E114", what=what, where=Where(path="contracts"), hint=hint)
        raise OfftakeError(fault, exit=Exit.FAULTS)
    _see_named(chosen, clusters)
    kept = Installation(clusters=()) if before is None else before
    return replace(kept, clusters=clusters)


def cluster_name(contract: str, tranche: str) -> str:
    """Give the name of the cluster a tranche is driven as."""
    return f"{contract}.{tranche}".replace("/", "-")


def delivered_count(spec: ClusterSpec, portfolio: Portfolio) -> int:
    """Give the accelerators of a cluster that are accepted; 0 until its tranche is."""
    for contract in portfolio.contracts:
        for tranche in contract.tranches:
            if (contract.id, tranche.id) == (spec.contract, spec.tranche):
                return spec.accelerator_count if tranche.accepted is not None else 0
    return spec.accelerator_count


def _clusters(portfolio: Portfolio, engines: Mapping[str, EngineSpec]) -> Iterator[ClusterSpec]:
    buyers = {portfolio.lab} | {vehicle.party for vehicle in portfolio.capital.vehicles}
    sites = {site.id: site for site in portfolio.sites}
    machines = {each.id: each for each in portfolio.accelerators}
    for contract in portfolio.contracts:
        if contract.buyer not in buyers:
            continue
        for tranche in contract.tranches:
            if tranche.accelerator is not None and tranche.accelerator_count:
                name = cluster_name(contract.id, tranche.id)
                site = sites[tranche.site]
                machine = machines[tranche.accelerator]
                yield ClusterSpec(
                    id=name,
                    site=site.id,
                    country=site.country,
                    accelerator=machine.id,
                    accelerator_count=tranche.accelerator_count,
                    accelerators_per_node_count=_per_node(tranche),
                    contract=contract.id,
                    tranche=tranche.id,
                    price=_price(contract, tranche, site, machine),
                    latency_ms=_latency(portfolio, site),
                    engine=_engine(engines, name, site.id),
                )


def _per_node(tranche: Tranche) -> int:
    count, nodes = tranche.accelerator_count or 0, tranche.node_count
    if nodes and count % nodes == 0:
        return max(1, count // nodes)
    return min(NODE_ACCELERATORS, max(1, count))


def _price(contract: Contract, tranche: Tranche, site: Site, machine: Accelerator) -> Price:
    """Give what one more hour costs: nothing that is paid anyway, and power that is handed on."""
    hourly, paid = 0.0, 0.0
    for rate in contract.rates:
        if rate.basis is not Basis.GPU_HOUR or not _holds(rate.tranches, tranche):
            continue
        hourly += float(rate.price)
        level = 1.0 if rate.quantity is not Quantity.USED else 0.0
        for promise in contract.commitments:
            if _holds(promise.tranches, tranche) and promise.rate in (None, rate.id):
                level = max(level, float(promise.level_share))
        paid = max(paid, level * (tranche.accelerator_count or 0) * _HOURS_PER_MONTH)
    power = _power_usd_per_gpu_hour(contract, site, machine)
    return Price(usd_per_gpu_hour=hourly, running_usd_per_gpu_hour=power, paid_hours=paid)


def _holds(named: tuple[str, ...], tranche: Tranche) -> bool:
    return not named or tranche.id in named


def _power_usd_per_gpu_hour(contract: Contract, site: Site, machine: Accelerator) -> float:
    """Give power that is handed on, at the mean of supplies that state their shares; else 0."""
    clause = contract.pass_through
    if clause is None or site.has_stack:
        return 0.0
    each_mwh = machine.power_it_kw / 1e3 * site.pue_ratio
    return float(each_mwh * site.electricity_usd_per_mwh) * (1.0 + float(clause.markup_share))


def _latency(portfolio: Portfolio, site: Site) -> dict[str, float]:
    near = {
        region.id: region.latency_ms[site.region]
        for region in portfolio.regions
        if site.region in region.latency_ms
    }
    return {**near, site.region: near.get(site.region, 0.0)}


def _engine(engines: Mapping[str, EngineSpec], cluster: str, site: str) -> EngineSpec:
    for key in (cluster, site, ELSE):
        if key in engines:
            return engines[key]
    return EngineSpec(kind=EngineKind.SIMULATED)


def _see_named(engines: Engines, clusters: tuple[ClusterSpec, ...]) -> None:
    known = {c.id for c in clusters} | {c.site for c in clusters} | {ELSE}
    faults = [
        Fault(
            code="OTK-E115",
            what="engines are mapped by cluster, by site, or by '*'",
            where=Where(path=f"engines.{name}"),
            got=repr(name),
            hint=did_you_mean(name, known),
        )
        for name in engines.engines
        if name not in known
    ]
    if faults:
        raise OfftakeError(faults, exit=Exit.FAULTS)
