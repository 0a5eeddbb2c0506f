"""Random chains for laws: up to five links deep, branching, with a month of facts.

    utility -> P0 ─c0─> P1 ─c1─> P2 ...   one site; each link holds some of its clusters
                         └─c1'─> ...

A chain is made of few, small clusters, so that hundreds settle in seconds; clauses are of
every kind, and facts overlap on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from offtake.model.clause import (
    Basis,
    Clock,
    CostOf,
    CreditTier,
    DelayDamages,
    DemandResponseShare,
    FixingRule,
    IndexLink,
    PassThrough,
    Prepayment,
    Quantity,
    Rate,
    Scope,
    ServiceLevel,
    TakeOrPay,
    Tax,
    Tier,
)
from offtake.model.contract import Contract, Rounding, RoundingRule, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.month import Month
from offtake.model.reading import Fixing, Meter, Reading, Tariff
from offtake.model.records import Readings, Records

MONTH = Month(2027, 6)
NEXT = Month(2027, 7)
AS_OF = datetime(2027, 8, 2, tzinfo=UTC)
"""When everything is known."""
CLOSED_AS_OF = datetime(2027, 7, 2, tzinfo=UTC)
"""When the month is closed."""
FIRST = datetime(2027, 6, 1, tzinfo=UTC)
HOURS = 30 * 24
"""Hours of June."""
JULY = HOURS + 31 * 24
"""Hours from the first of June to the end of July."""
SITE = "fjord"
GPUS = 8


@dataclass(frozen=True, repr=False)
class Chain:
    """Contracts and a month of records."""

    contracts: tuple[Contract, ...]
    events: tuple[Event, ...]
    readings: tuple[Reading, ...]
    fixings: tuple[Fixing, ...]
    tariffs: tuple[Tariff, ...]

    def __repr__(self) -> str:
        """Say it as settlement's values do not: short enough to be read when a law fails."""
        lines = [
            *(f"{c.id} rests on {c.upstream}: {_clauses(c)}" for c in self.contracts),
            *(f"{e.kind} {e.id} {e.nodes or e.tranches} {e.starts} {e.ends}" for e in self.events),
            *(f"{r.meter} {r.tranche} {r.starts} {r.ends} {r.amount}" for r in self.readings),
        ]
        return "\n".join(lines)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """How hypothesis prints it."""
        printer.text(repr(self))

    @property
    def records(self) -> Records:
        return Records(
            events=self.events,
            readings=Readings.of(self.readings),
            fixings=self.fixings,
            tariffs=self.tariffs,
        )


def _clauses(contract: Contract) -> str:
    names = ("rates", "commitments", "prepayments", "service_levels", "delay_damages")
    held = [n for n in names if getattr(contract, n)]
    power = contract.pass_through.cost_of if contract.pass_through else "in the price"
    dues = ", ".join(f"{t.id} due {t.due}" for t in contract.tranches)
    return f"{', '.join(held)}; power {power}; {contract.rates[0].quantity}; {dues}"


def at(hour: int, second: int = 0) -> datetime:
    """Give a moment of the month by its hour."""
    return FIRST + timedelta(hours=hour, seconds=second)


def decimals(least: str, most: str, places: int = 2) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(least), Decimal(most), places=places)


SHARES = st.sampled_from([Decimal(s) for s in ("0", "0.05", "0.25", "0.5", "1", "0.333")])
CREDITS = st.lists(
    st.sampled_from([Decimal(s) for s in ("0.95", "0.98", "0.99", "0.995", "0.999")]),
    min_size=1,
    max_size=3,
    unique=True,
).flatmap(
    lambda edges: st.tuples(
        *(
            st.builds(
                CreditTier,
                below_share=st.just(edge),
                credit_share=st.sampled_from([Decimal("0.1"), Decimal("0.25"), Decimal(1)]),
            )
            for edge in sorted(edges, reverse=True)
        )
    )
)

SERVICE_LEVELS = st.builds(
    ServiceLevel,
    id=st.just("up"),
    scope=st.sampled_from([Scope.NODE, Scope.CLUSTER, Scope.FABRIC]),
    up_share=st.sampled_from([Decimal("0.5"), Decimal("0.98"), Decimal(1)]),
    credits=CREDITS,
    shortest_outage_minutes=st.sampled_from([0.0, 30.0]),
    clock=st.sampled_from(Clock),
    maintenance_counts_as_up=st.booleans(),
    maintenance_allowance_hours=st.sampled_from([None, 2.0]),
    excluded_causes=st.sampled_from([(), ("grid",)]),
    credit_cap_share=st.sampled_from([None, Decimal("0.2")]),
)

DELAYS = st.builds(
    DelayDamages,
    daily_fee_share=SHARES,
    grace_days=st.sampled_from([0.0, 3.0, 7.0]),
    cap_share=st.sampled_from([None, Decimal("0.01")]),
    abates_rent=st.booleans(),
)

INDICES = st.builds(
    IndexLink,
    index=st.just("gpu-index"),
    weight_share=st.sampled_from([Decimal("0.5"), Decimal(1)]),
    reference_price=decimals("1.50", "3.00"),
    rule=st.sampled_from([FixingRule.MONTH_AVERAGE, FixingRule.MONTH_BEFORE]),
    floor_price=st.sampled_from([None, Decimal("1")]),
    cap_price=st.sampled_from([None, Decimal("4")]),
)

RATES = st.builds(
    Rate,
    id=st.just("capacity"),
    basis=st.just(Basis.GPU_HOUR),
    price=decimals("0.5", "5", 3),
    quantity=st.sampled_from(Quantity),
)
TIERED = st.builds(
    replace,
    RATES,
    tiers=st.just((Tier(from_amount=Decimal(2000), price=Decimal("0.77")),)),
)
INDEXED = st.builds(replace, RATES, index=INDICES)

COMMITMENTS = st.builds(
    TakeOrPay,
    level_share=st.sampled_from([Decimal("0.5"), Decimal("0.85"), Decimal(1)]),
    base=st.sampled_from([Quantity.CONTRACTED, Quantity.DELIVERED, Quantity.AVAILABLE]),
)

PREPAYMENTS = st.builds(
    Prepayment,
    share=st.sampled_from([Decimal("0.1"), Decimal("0.2")]),
    lead_days=st.sampled_from([0.0, 30.0]),
    credit_from_month=st.sampled_from([1, 2, 24]),
    instalment_count=st.sampled_from([1, 7, 12]),
)


@st.composite
def clusters(draw: st.DrawFn) -> tuple[Tranche, ...]:
    """Draw one to three clusters of the site, some of them due within the month."""
    made = []
    first = 1
    for number in range(draw(st.integers(1, 3))):
        count = draw(st.integers(1, 4))
        made.append(
            Tranche(
                id=f"T{number + 1}",
                site=SITE,
                phase=f"phase-{number + 1}",
                accelerator="H200",
                accelerator_count=GPUS * count,
                node_count=count,
                nodes=f"n[{first:03}-{first + count - 1:03}]",
                due=draw(st.sampled_from([date(2026, 3, 1), date(2027, 6, 1), date(2027, 6, 11)])),
                term_months=draw(st.sampled_from([24, 60])),
            )
        )
        first += count
    return tuple(made)


@st.composite
def contracts(
    draw: st.DrawFn,
    name: str,
    parties: tuple[str, str],
    upstream: tuple[Contract, ...],
    tranches: tuple[Tranche, ...],
) -> Contract:
    """Draw the clauses of one link; tiers leave no one price for minimums, delay and prepaying."""
    rate = draw(st.one_of(RATES, TIERED, INDEXED))
    one_price = not rate.tiers
    used = rate.quantity is Quantity.USED
    by_meter = PassThrough(
        pue_cap_ratio=draw(st.sampled_from([None, Decimal("1.25")])),
        markup_share=draw(st.sampled_from([Decimal(0), Decimal("0.03")])),
        tariff_currency="NOK",
    )
    by_upstream = PassThrough(
        cost_of=CostOf.UPSTREAM, markup_share=draw(st.sampled_from([Decimal(0), Decimal("0.03")]))
    )
    handed = bool(upstream) and all(up.pass_through is not None for up in upstream)
    options = [None, by_meter, by_upstream] if handed else [None, by_meter]
    return Contract(
        id=name,
        seller=parties[0],
        buyer=parties[1],
        upstream=tuple(up.id for up in upstream),
        rounding=Rounding(rule=draw(st.sampled_from(RoundingRule))),
        tranches=tranches,
        rates=(rate,),
        commitments=(draw(COMMITMENTS),) if used and one_price and draw(st.booleans()) else (),
        prepayments=(draw(PREPAYMENTS),) if one_price and draw(st.booleans()) else (),
        service_levels=(draw(SERVICE_LEVELS),) if draw(st.booleans()) else (),
        delay_damages=(draw(DELAYS),) if one_price and draw(st.booleans()) else (),
        pass_through=draw(st.sampled_from(options)),
        demand_response=draw(st.sampled_from([None, DemandResponseShare(share=Decimal("0.5"))])),
        taxes=draw(st.sampled_from([(), (Tax(name="VAT", rate_share=Decimal("0.25")),)])),
    )


@st.composite
def links(draw: st.DrawFn, tranches: tuple[Tranche, ...], deepest: int) -> tuple[Contract, ...]:
    """Draw a chain: at each level one contract for all clusters, or one for each."""
    made: list[Contract] = []
    above: list[Contract] = []
    for level in range(draw(st.integers(1, deepest))):
        split = len(tranches) > 1 and draw(st.booleans())
        parts = [(t,) for t in tranches] if split else [tranches]
        here = []
        for number, part in enumerate(parts):
            held = {t.id for t in part}
            upstream = tuple(up for up in above if held & {t.id for t in up.tranches})
            parties = (f"p{level}", f"p{level + 1}")
            here.append(draw(contracts(f"c{level}-{number}", parties, upstream, part)))
        made += here
        above = here
    return tuple(made)


@st.composite
def chains(draw: st.DrawFn, deepest: int = 5) -> Chain:
    """Draw a chain and a month of what happened to it; all of it is known by `AS_OF`."""
    tranches = draw(clusters())
    made = draw(links(tranches, deepest))
    events = [*draw(acceptances(made, tranches)), *draw(outages(tranches))]
    if draw(st.booleans()):
        events.append(response(draw(st.integers(0, HOURS - 3))))
    return Chain(
        contracts=made,
        events=tuple(events),
        readings=tuple(draw(readings(made, events))),
        fixings=fixings(),
        tariffs=(TARIFF,),
    )


@st.composite
def acceptances(
    draw: st.DrawFn, made: tuple[Contract, ...], tranches: tuple[Tranche, ...]
) -> list[Event]:
    """Accept each cluster along the whole chain at once, on time or late; or not at all."""
    events = []
    for tranche in tranches:
        when = datetime(tranche.due.year, tranche.due.month, tranche.due.day, tzinfo=UTC)
        late = draw(st.sampled_from([0, 0, 5, 15]))
        when += timedelta(days=late)
        paths = tuple(f"{c.id}.{tranche.id}" for c in made if tranche in c.tranches)
        events.append(
            Event(
                id=f"accept-{tranche.id}",
                kind=EventKind.ACCEPTED,
                starts=when,
                recorded=when + timedelta(minutes=5),
                tranches=paths,
            )
        )
    return events


@st.composite
def outages(draw: st.DrawFn, tranches: tuple[Tranche, ...]) -> list[Event]:
    """Draw outages and maintenance that may overlap, of nodes or of whole clusters."""
    events = []
    for number in range(draw(st.integers(0, 5))):
        tranche = draw(st.sampled_from(tranches))
        whole = draw(st.booleans())
        assert tranche.nodes is not None
        first = tranche.nodes.removeprefix("n[").split("-", maxsplit=1)[0]
        start = draw(st.integers(0, HOURS - 2))
        length = draw(st.sampled_from([1, 5, 30, 100]))
        ends = at(min(start + length, HOURS), draw(st.sampled_from([0, -1, -1800])))
        maintenance = draw(st.booleans()) and draw(st.booleans())
        events.append(
            Event(
                id=f"down-{number}",
                kind=EventKind.MAINTENANCE if maintenance else EventKind.OUTAGE,
                starts=at(start),
                ends=ends,
                recorded=ends + timedelta(minutes=5),
                noticed=None if maintenance else at(start, 900),
                site=SITE,
                nodes=tranche.nodes if whole else f"n{first}",
                scope=None if maintenance else (Scope.FABRIC if whole else Scope.NODE),
                cause="" if maintenance else draw(st.sampled_from(["hardware", "grid"])),
            )
        )
    return events


def response(hour: int) -> Event:
    """Cut 2 MW for three hours, paid to the operator of the site."""
    return Event(
        id="response",
        kind=EventKind.DEMAND_RESPONSE,
        starts=at(hour),
        ends=at(hour + 3),
        recorded=at(hour + 4),
        site=SITE,
        payer="grid",
        payee="p0",
        power_mw=Decimal("2"),
        price=Decimal("300"),
        currency="USD",
    )


@st.composite
def readings(draw: st.DrawFn, made: tuple[Contract, ...], events: list[Event]) -> list[Reading]:
    """Meter the site and each cluster's part of it whenever service begins, and use."""
    accepted = {
        path: e.starts for e in events if e.kind is EventKind.ACCEPTED for path in e.tranches
    }
    tranches = {f"{contract.id}.{t.id}": t for contract in made for t in contract.tranches}
    starts = {path: max(0, int((accepted[path] - FIRST) / timedelta(hours=1))) for path in tranches}
    gpus = sum({t.id: t.accelerator_count or 0 for t in tranches.values()}.values())
    edges = sorted({0, HOURS // 2, HOURS, *(s for s in starts.values() if s < HOURS)})
    found = []
    for start, end in pairwise(edges):
        it = draw(st.integers(1_000_000, 90_000_000))
        facility = it * draw(st.integers(105, 140)) // 100
        peak = draw(st.integers(100_000, 2_000_000))
        for meter, amount in (
            (Meter.IT_ENERGY, it),
            (Meter.FACILITY_ENERGY, facility),
            (Meter.PEAK_POWER, peak),
        ):
            found.append(reading(f"{meter}", f"h{start}", meter, amount, start, end))
        for path, tranche in tranches.items():
            if starts[path] <= start:
                part = it * (tranche.accelerator_count or 0) // gpus
                name = f"h{start}"
                found.append(reading(f"pdu-{path}", name, Meter.IT_ENERGY, part, start, end, path))
    for path, tranche in tranches.items():
        start = starts[path]
        most = (tranche.accelerator_count or 0) * 3600 * (HOURS - start)
        used = draw(st.integers(0, 100)) * most // 100
        found.append(reading(f"slurm-{path}", "june", Meter.GPU_TIME, used, start, HOURS, path))
    return found + july(tranches, gpus)


def july(tranches: dict[str, Tranche], gpus: int) -> list[Reading]:
    """Meter July, so that it can be settled after June."""
    it = 50_000_000
    found = [
        reading(f"{Meter.IT_ENERGY}", "july", Meter.IT_ENERGY, it, HOURS, JULY),
        reading(f"{Meter.FACILITY_ENERGY}", "july", Meter.FACILITY_ENERGY, 60_000_000, HOURS, JULY),
        reading(f"{Meter.PEAK_POWER}", "july", Meter.PEAK_POWER, 1_000_000, HOURS, JULY),
    ]
    for path, tranche in tranches.items():
        part = it * (tranche.accelerator_count or 0) // gpus
        found.append(reading(f"pdu-{path}", "july", Meter.IT_ENERGY, part, HOURS, JULY, path))
        found.append(reading(f"slurm-{path}", "july", Meter.GPU_TIME, 3600, HOURS, JULY, path))
    return found


def reading(
    source: str, name: str, meter: Meter, amount: int, start: int, end: int, path: str | None = None
) -> Reading:
    """Make a reading from one hour of the month to another, known an hour after."""
    return Reading(
        source=source,
        id=name,
        meter=meter,
        site=SITE,
        tranche=path,
        starts=at(start),
        ends=at(end),
        amount=amount,
        recorded=at(end + 1),
    )


def fixings() -> tuple[Fixing, ...]:
    """Give the index of each month to August 2027, and the rate of exchange of three."""
    made = []
    for number, value in enumerate(("2.20", "2.40", "1.95", "2.05") * 6):
        year, month = divmod(2025 * 12 + 8 + number, 12)
        made.append(_fixing("gpu-index", date(year, month + 1, 10), value))
    made.append(_fixing("gpu-index", date(2027, 6, 24), "2.33"))
    for month, last, value in ((5, 31, "10.2"), (6, 30, "10.4000"), (7, 30, "10.5")):
        made.append(_fixing("USD/NOK", date(2027, month, last), value))
    return tuple(made)


def _fixing(series: str, day: date, value: str) -> Fixing:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return Fixing(series=series, day=day, value_amount=Decimal(value), recorded=noon)


TARIFF = Tariff(
    id="fjord-grid",
    site=SITE,
    seller="utility",
    payer="p0",
    currency="NOK",
    energy_price=Decimal("0.50"),
    demand_price=Decimal("78"),
    fixed_amount=Decimal("1234.50"),
    starts=date(2025, 1, 1),
    recorded=datetime(2025, 1, 1, tzinfo=UTC),
)
