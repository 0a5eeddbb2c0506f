"""What each contract of the lab was planned to cost in a month, and what it came to.

planned   price of the contract, hours from the day it is due, the plan's useful share
actual    invoice, hours paid for, hours of attempts whose work was kept
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

from offtake.cycle.differences import Actual, Difference, Planned, difference
from offtake.cycle.month import Ran
from offtake.cycle.scripting import Scene
from offtake.model.charge import ChargeKind, Invoice
from offtake.model.contract import Contract
from offtake.model.installation import ClusterSpec, Installation
from offtake.model.period import Quarter
from offtake.model.plan import PeriodLine, Plan
from offtake.model.statement import Statement

HELD = (ChargeKind.CAPACITY, ChargeKind.USAGE, ChargeKind.SHORTFALL)
"""Lines whose quantity is hours that are paid for."""
BACK = (ChargeKind.SERVICE_CREDIT, ChargeKind.DELAY_DAMAGES)
"""Lines that give money back."""
_SIX = Decimal("0.000001")
_HOUR_S = 3600


def differences(
    plan: Plan, scene: Scene, installation: Installation, statement: Statement, ran: Ran
) -> tuple[Difference, ...]:
    """Split what the lab's contracts cost beyond the plan; contracts without a plan are left out.

    Raises:
        OfftakeError: the plan says of no share of its capacity that it is used (`OTK-E119`).
    """
    made = []
    invoices = {invoice.contract: invoice for invoice in statement.invoices}
    for contract in scene.world.contracts:
        clusters = [c for c in installation.clusters if c.contract == contract.id]
        if not clusters or contract.id not in invoices:
            continue
        planned = _planned(plan, scene, contract, clusters)
        if planned.paid_hours:
            actual = _actual(scene, contract, clusters, invoices[contract.id], ran)
            made.append(difference(planned, actual))
    return tuple(made)


def money_back(invoices: tuple[Invoice, ...], buyer: str) -> Decimal:
    """Give what credits and damages gave back to a buyer: a positive amount of USD."""
    back = [c.amount for i in invoices if i.buyer == buyer for c in i.charges if c.kind in BACK]
    return -sum(back, Decimal("0.00"))


def _planned(plan: Plan, scene: Scene, contract: Contract, clusters: list[ClusterSpec]) -> Planned:
    line = _line(plan, scene.month.first_day)
    price = clusters[0].price
    if contract.tenure.is_hourly:
        hours, useful = _hourly(plan, scene, contract, clusters, line), 1.0
    else:
        hours = sum(c.accelerator_count * _due_hours(scene, contract, c) for c in clusters)
        useful = 0.0 if line is None else line.used_share
    return Planned(
        contract=contract.id,
        price=_exact(price.usd_per_gpu_hour + price.running_usd_per_gpu_hour),
        paid_hours=_exact(hours),
        useful_share=_exact(useful),
    )


def _line(plan: Plan, day: date) -> PeriodLine | None:
    quarter = Quarter.of(day)
    return next((line for line in plan.by_period if line.period == quarter), None)


def _hourly(
    plan: Plan,
    scene: Scene,
    contract: Contract,
    clusters: list[ClusterSpec],
    line: PeriodLine | None,
) -> float:
    """Give hours the plan rents in the mean, by this contract's part of what may be rented."""
    alike = [one for one in plan.signed if one.tenure is contract.tenure]
    most = sum(one.power_it_mw for one in alike)
    mean = 0.0 if line is None else line.power_it_mw.get(contract.tenure, 0.0)
    share = mean / most if most else 0.0
    count = sum(cluster.accelerator_count for cluster in clusters)
    return count * share * _span_hours(scene, scene.script.starts)


def _due_hours(scene: Scene, contract: Contract, cluster: ClusterSpec) -> float:
    tranche = next(t for t in contract.tranches if t.id == cluster.tranche)
    return _span_hours(scene, _midnight(tranche.due))


def _span_hours(scene: Scene, since: datetime) -> float:
    begins = max(scene.script.starts, since)
    return max(0.0, (scene.script.ends - begins).total_seconds() / _HOUR_S)


def _actual(
    scene: Scene,
    contract: Contract,
    clusters: list[ClusterSpec],
    invoice: Invoice,
    ran: Ran,
) -> Actual:
    paid = sum(
        (Fraction(c.quantity) for c in invoice.charges if c.kind in HELD and c.unit == "GPU-hour"),
        Fraction(0),
    )
    useful = sum(ran.useful_s[cluster.id] for cluster in clusters) / _HOUR_S
    missing = 0.0 if contract.tenure.is_hourly else sum(_missing(scene, contract, clusters))
    return Actual(
        contract=contract.id,
        cost=invoice.net,
        paid_hours=_exact(float(paid)),
        useful_hours=_exact(useful),
        missing_hours=_exact(missing),
    )


def _missing(scene: Scene, contract: Contract, clusters: list[ClusterSpec]) -> Iterator[float]:
    """Give hours that were late, and those of an outage that were not paid for."""
    pays_available = any(promise.base == "available" for promise in contract.commitments)
    for cluster in clusters:
        tranche = next(t for t in contract.tranches if t.id == cluster.tranche)
        there = scene.script.ends if tranche.accepted is None else _midnight(tranche.accepted)
        late = _span_hours(scene, _midnight(tranche.due)) - _span_hours(scene, there)
        yield cluster.accelerator_count * max(0.0, late)
        for outage in scene.script.outages if pays_available else ():
            if outage.site == cluster.site:
                dark = (outage.ends - max(outage.starts, there)).total_seconds() / _HOUR_S
                yield cluster.accelerator_count * max(0.0, dark)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def _exact(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(_SIX)
