"""The worked month: June 2027 of SiteCo ──0──> OpCo ──A──> HyperCo ──B──> Lab.

T1 is 512 nodes of 8, in service since 1 Jun 2025; T2 is 256 nodes, due 11 Jun 2027 and
accepted on the 21st. Terms are made up, every figure that follows from them is exact:

    line                       0            A              B
    base T1 / phase 1    864,000.00  5,603,328.00   5,475,500.00
    base T2 / phase 2    216,000.00    933,888.00     875,140.00
    shortfall                                         491,451.35
    energy               288,802.88    284,254.81     351,004.81 (of A)
    demand / 3 % fee      66,750.00     66,750.00      10,530.14
    service credits                    -10,214.40    -273,775.00
    delay / abatement   -144,000.00   -233,472.00     -86,630.40
    demand response                       -900.00        -900.00
    net                1,291,552.88  6,643,634.41   6,842,320.90
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from offtake.model.clause import (
    Basis,
    CostOf,
    CreditTier,
    DelayDamages,
    DemandResponseShare,
    PassThrough,
    Prepayment,
    Quantity,
    Rate,
    Scope,
    ServiceLevel,
    TakeOrPay,
)
from offtake.model.contract import Contract, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.month import Month
from offtake.model.reading import Fixing, Meter, Reading, Tariff
from offtake.model.records import Readings, Records
from offtake.units import it_mw

JUNE = Month(2027, 6)
AS_OF = datetime(2027, 7, 2, 12, tzinfo=UTC)
"""When the month is invoiced: everything is known."""

SITE = "fjord"
T1_NODES, T2_NODES = "n[001-512]", "n[513-768]"


def exact(text: str) -> Decimal:
    """Read a number exactly."""
    return Decimal(text)


def june(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Give a moment of June 2027."""
    return datetime(2027, 6, day, hour, minute, tzinfo=UTC)


FIRST = june(1)
"""The first moment of the month."""


def soon(when: datetime) -> datetime:
    """Give the moment something became known: five past the hour it happened in."""
    return when.replace(minute=min(when.minute + 5, 59))


def clusters() -> tuple[Tranche, ...]:
    """Give T1 and T2, the same in A and in B."""
    phases = (
        ("T1", "phase-1", 512, T1_NODES, date(2025, 6, 1)),
        ("T2", "phase-2", 256, T2_NODES, date(2027, 6, 11)),
    )
    return tuple(
        Tranche(
            id=name,
            site=SITE,
            phase=phase,
            accelerator="H200",
            accelerator_count=8 * node_count,
            node_count=node_count,
            nodes=nodes,
            due=due,
            term_months=60,
        )
        for name, phase, node_count, nodes, due in phases
    )


CONTRACT_0 = Contract(
    id="0",
    name="Fjord Hall, hall and power",
    seller="siteco",
    buyer="opco",
    signed=date(2024, 9, 1),
    tranches=(
        Tranche(
            id="phase-1",
            site=SITE,
            phase="phase-1",
            power_it_mw=it_mw(6.4),
            due=date(2025, 6, 1),
            term_months=120,
        ),
        Tranche(
            id="phase-2",
            site=SITE,
            phase="phase-2",
            power_it_mw=it_mw(3.2),
            due=date(2027, 6, 1),
            term_months=120,
        ),
    ),
    rates=(Rate(id="rent", basis=Basis.KW_MONTH, price=exact("135")),),
    delay_damages=(DelayDamages(daily_fee_share=exact("1"), grace_days=5, abates_rent=True),),
    pass_through=PassThrough(tariff_currency="NOK"),
)

CONTRACT_A = Contract(
    id="A",
    name="Fjord Hall, nodes",
    seller="opco",
    buyer="hyperco",
    upstream=("0",),
    signed=date(2024, 11, 1),
    tranches=clusters(),
    rates=(
        Rate(
            id="capacity",
            basis=Basis.GPU_HOUR,
            price=exact("1.90"),
            quantity=Quantity.DELIVERED,
        ),
    ),
    prepayments=(
        Prepayment(
            share=exact("0.20"),
            lead_days=30,
            credit_from_month=25,
            instalment_count=36,
        ),
    ),
    service_levels=(
        ServiceLevel(
            id="node",
            scope=Scope.NODE,
            credits=(
                CreditTier(below_share=exact("0.995"), credit_share=exact("0.10")),
                CreditTier(below_share=exact("0.99"), credit_share=exact("0.30")),
                CreditTier(below_share=exact("0.95"), credit_share=exact("1.00")),
            ),
            maintenance_counts_as_up=True,
        ),
    ),
    delay_damages=(DelayDamages(daily_fee_share=exact("0.50"), grace_days=5),),
    pass_through=PassThrough(pue_cap_ratio=exact("1.25"), tariff_currency="NOK"),
    demand_response=DemandResponseShare(share=exact("0.50")),
)

CONTRACT_B = Contract(
    id="B",
    name="Fjord Hall, the lab's cluster",
    seller="hyperco",
    buyer="lab",
    upstream=("A",),
    signed=date(2024, 11, 1),
    tranches=clusters(),
    rates=(Rate(id="use", basis=Basis.GPU_HOUR, price=exact("2.35"), quantity=Quantity.USED),),
    commitments=(TakeOrPay(level_share=exact("0.85"), base=Quantity.AVAILABLE),),
    service_levels=(
        ServiceLevel(
            id="cluster",
            scope=Scope.CLUSTER,
            up_share=exact("0.98"),
            credits=(
                CreditTier(below_share=exact("0.999"), credit_share=exact("0.05")),
                CreditTier(below_share=exact("0.995"), credit_share=exact("0.10")),
                CreditTier(below_share=exact("0.99"), credit_share=exact("0.25")),
            ),
        ),
    ),
    delay_damages=(DelayDamages(daily_fee_share=exact("0.25"), grace_days=7),),
    pass_through=PassThrough(cost_of=CostOf.UPSTREAM, markup_share=exact("0.03")),
    demand_response=DemandResponseShare(share=exact("1")),
)

CONTRACTS = (CONTRACT_0, CONTRACT_A, CONTRACT_B)
"""The chain, upstream first."""


def _accepted(name: str, when: datetime, *tranches: str) -> Event:
    return Event(
        id=name,
        kind=EventKind.ACCEPTED,
        starts=when,
        recorded=soon(when),
        tranches=tranches,
        evidence=(f"acceptance/{name}",),
    )


def _down(
    name: str,
    nodes: str,
    starts: datetime,
    ends: datetime,
    *,
    kind: EventKind = EventKind.OUTAGE,
    scope: Scope | None = Scope.NODE,
    cause: str = "hardware",
) -> Event:
    return Event(
        id=name,
        kind=kind,
        starts=starts,
        ends=ends,
        recorded=soon(ends),
        site=SITE,
        nodes=nodes,
        scope=scope,
        cause=cause,
        evidence=(f"ticket/{name}",),
    )


EVENTS = (
    _accepted("accept-phase-1", datetime(2025, 6, 1, tzinfo=UTC), "0.phase-1"),
    _accepted("accept-t1", datetime(2025, 6, 1, tzinfo=UTC), "A.T1", "B.T1"),
    _accepted("accept-phase-2", june(16), "0.phase-2"),
    _accepted("accept-t2", june(21), "A.T2", "B.T2"),
    _down("fabric-t1", T1_NODES, june(8, 2), june(8, 5, 35), scope=Scope.FABRIC, cause="switch"),
    _down("node-001", "n001", june(8, 4), june(8, 14)),
    _down("node-002", "n002", june(15), june(15, 5)),
    _down(
        "maint-003",
        "n003",
        june(20),
        june(20, 6),
        kind=EventKind.MAINTENANCE,
        scope=None,
        cause="",
    ),
    _down("node-600", "n600", june(25), june(27, 12)),
    Event(
        id="reserve-1",
        kind=EventKind.DEMAND_RESPONSE,
        starts=june(17, 16),
        ends=june(17, 19),
        recorded=june(18, 9),
        site=SITE,
        payer="grid",
        payee="opco",
        power_mw=exact("2"),
        price=exact("300"),
        currency="USD",
    ),
)


def _metered(
    source: str,
    meter: Meter,
    amount: int,
    *,
    tranche: str | None = None,
    starts: datetime = FIRST,
) -> Reading:
    return Reading(
        source=source,
        id="2027-06",
        meter=meter,
        site=SITE,
        tranche=tranche,
        starts=starts,
        ends=datetime(2027, 7, 1, tzinfo=UTC),
        amount=amount,
        recorded=datetime(2027, 7, 1, 6, tzinfo=UTC),
    )


READINGS = (
    _metered("meter-it", Meter.IT_ENERGY, 4_730_000_000),
    _metered("meter-site", Meter.FACILITY_ENERGY, 6_007_100_000),
    _metered("meter-peak", Meter.PEAK_POWER, 8_900_000),
    _metered("slurm-t1", Meter.GPU_TIME, 2_330_000 * 3600, tranche="B.T1"),
    _metered("slurm-t2", Meter.GPU_TIME, 372_400 * 3600, tranche="B.T2", starts=june(21)),
)

FIXINGS = (
    Fixing(
        series="USD/NOK",
        day=date(2027, 6, 30),
        value_amount=exact("10.4000"),
        recorded=june(30, 14),
    ),
)

TARIFFS = (
    Tariff(
        id="fjord-power",
        site=SITE,
        seller="grid",
        payer="siteco",
        currency="NOK",
        energy_price=exact("0.50"),
        demand_price=exact("78"),
        fixed_amount=exact("0"),
        starts=date(2025, 1, 1),
        recorded=datetime(2025, 1, 1, tzinfo=UTC),
    ),
)


def records(
    events: tuple[Event, ...] = EVENTS, readings: tuple[Reading, ...] = READINGS
) -> Records:
    """Give everything recorded of the worked month, or with other events or readings."""
    return Records(
        events=events,
        readings=Readings.of(readings),
        fixings=FIXINGS,
        tariffs=TARIFFS,
    )


RECORDS = records()
