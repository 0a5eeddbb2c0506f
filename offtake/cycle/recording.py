"""What is recorded of a month besides what the control plane knows: acceptance, power, its price.

    scene ── tranches accepted ─────────────────────> events
    readings of attempts ── power of accelerators ──> energy at servers and meter, highest power
    mix of a site ──────────────────────────────────> tariff

Energy is modelled: accelerators that ran at full power, the others at a share of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from offtake.cycle.month import Ran
from offtake.cycle.scripting import Scene
from offtake.model.contract import Contract, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.installation import Installation
from offtake.model.portfolio import Portfolio
from offtake.model.reading import Meter, Reading, Tariff
from offtake.model.records import Readings, Records
from offtake.model.site import Site

IDLE_SHARE = 0.35
"""Power of an accelerator that nothing runs on, over its full power."""
SOURCE = "cycle"
"""Source of readings that are modelled."""
GRID = "grid"
"""Who sells electricity at a site's meter."""
_HOUR_S = 3600.0


def records_of(scene: Scene, installation: Installation, ran: Ran) -> Records:
    """Give the facts of a month besides what attempts metered."""
    ends = scene.script.ends
    return Records(
        events=tuple(_acceptances(scene)),
        readings=Readings.of(_energy(scene, installation, ran, ends)),
        tariffs=tuple(_tariffs(scene)),
    )


def _acceptances(scene: Scene) -> Iterator[Event]:
    """Give a fact for each tranche that was accepted after it was signed."""
    for contract in scene.world.contracts:
        for tranche in contract.tranches:
            if tranche.accepted is None or tranche.accepted < tranche.due:
                continue
            if tranche.accepted > scene.month.last_day:
                continue
            at = _midnight(tranche.accepted)
            yield Event(
                id=f"accepted-{contract.id}-{tranche.id}",
                kind=EventKind.ACCEPTED,
                tranches=(f"{contract.id}.{tranche.id}",),
                starts=at,
                recorded=at + timedelta(hours=9),
                note="assumed by the cycle",
            )


def _energy(
    scene: Scene, installation: Installation, ran: Ran, recorded: datetime
) -> Iterator[Reading]:
    """Give energy at servers and meter of each site whose power is handed on, and its peak."""
    machines = {each.id: each.power_it_kw for each in scene.world.accelerators}
    for site in _handed_on(scene.world):
        wh = peak_kw = 0.0
        for cluster in installation.clusters:
            if cluster.site != site.id:
                continue
            full = machines[cluster.accelerator]
            used = ran.metered_s[cluster.id] / _HOUR_S
            there = cluster.accelerator_count * _in_service_hours(
                scene, cluster.contract or "", cluster.tranche or ""
            )
            wh += 1e3 * full * (used + IDLE_SHARE * max(0.0, there - used))
            peak_kw += full * cluster.accelerator_count
        amounts = {
            Meter.IT_ENERGY: wh,
            Meter.FACILITY_ENERGY: wh * site.pue_ratio,
            Meter.PEAK_POWER: 1e3 * peak_kw * site.peak_ratio,
        }
        for meter, amount in amounts.items():
            yield Reading(
                source=SOURCE,
                id=f"{scene.month}-{site.id}-{meter.value}",
                meter=meter,
                site=site.id,
                starts=scene.script.starts,
                ends=scene.script.ends,
                amount=round(amount),
                recorded=recorded,
            )


def _in_service_hours(scene: Scene, contract: str, tranche: str) -> float:
    for held in scene.world.contracts:
        for one in held.tranches:
            if (held.id, one.id) == (contract, tranche):
                return _hours(scene, one)
    return 0.0


def _hours(scene: Scene, tranche: Tranche) -> float:
    if tranche.accepted is None:
        return 0.0
    begins = max(scene.script.starts, _midnight(tranche.accepted))
    return max(0.0, (scene.script.ends - begins).total_seconds() / _HOUR_S)


def _handed_on(world: Portfolio) -> Iterator[Site]:
    named = {t.site for c in world.contracts if c.pass_through is not None for t in c.tranches}
    yield from (site for site in world.sites if site.id in named and not site.has_stack)


def _tariffs(scene: Scene) -> Iterator[Tariff]:
    """Give what a site's mix costs, paid by the first link that hands electricity on."""
    for site in _handed_on(scene.world):
        yield Tariff(
            id=f"{site.id}-mix",
            site=site.id,
            seller=GRID,
            payer=_first_payer(scene.world.contracts, site.id),
            currency="USD",
            energy_price=Decimal(repr(round(site.electricity_usd_per_mwh / 1e3, 6))),
            demand_price=Decimal(0),
            fixed_amount=Decimal(0),
            starts=scene.month.first_day - timedelta(days=366),
            recorded=scene.script.starts - timedelta(days=365),
        )


def _first_payer(contracts: tuple[Contract, ...], site: str) -> str:
    """Give who pays for electricity at a site: the seller of the first link that hands it on."""
    known: Mapping[str, Contract] = {contract.id: contract for contract in contracts}
    here = [
        c
        for c in contracts
        if c.pass_through is not None and any(t.site == site for t in c.tranches)
    ]
    for contract in here:
        if not any(known[u] in here for u in contract.upstream if u in known):
            return contract.seller
    return here[0].seller


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)
