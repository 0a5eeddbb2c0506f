"""A fact of every kind and shape."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from offtake.model.clause import Scope
from offtake.model.event import Event, EventKind
from offtake.model.month import Month
from offtake.model.reading import Fixing, Meter, Reading, Tariff
from offtake.model.records import Readings, Records


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2027, 6, day, hour, tzinfo=UTC)


EVENTS = (
    Event(
        id="out",
        kind=EventKind.OUTAGE,
        starts=at(8, 2),
        ends=at(8, 5),
        recorded=at(8, 6),
        site="fjord",
        nodes="n[001-512]",
        scope=Scope.FABRIC,
        cause="switch",
        noticed=at(8, 3),
        evidence=("ticket-1", "ticket-2"),
    ),
    Event(
        id="dr",
        kind=EventKind.DEMAND_RESPONSE,
        starts=at(9),
        recorded=at(10),
        site="fjord",
        payer="Grid",
        payee="Op",
        power_mw=Decimal("2.50"),
        duration_hours=Decimal(3),
        price=Decimal("300.00"),
        currency="USD",
        note="ø, quoted 'and' \"so\"",
    ),
    Event(
        id="claim",
        kind=EventKind.CLAIMED,
        starts=at(20),
        recorded=at(20),
        contract="A",
        service_level="nodes",
        month=Month(2027, 5),
        replaces="claim-0",
    ),
)
READINGS = tuple(
    Reading(
        source=source,
        id=ident,
        meter=meter,
        site="fjord",
        tranche=tranche,
        node=node,
        starts=at(1),
        ends=at(2),
        amount=amount,
        recorded=at(3),
    )
    for source, ident, meter, tranche, node, amount in (
        ("m1", "1", Meter.FACILITY_ENERGY, None, None, 2**62),
        ("m1", "2", Meter.GPU_TIME, "A.T1", None, 0),
        ("m2", "1", Meter.GPU_TIME, None, "n001", 7),
    )
)
FIXINGS = (
    Fixing(
        series="USD/NOK", day=date(2027, 6, 30), value_amount=Decimal("10.4000"), recorded=at(30)
    ),
)
TARIFFS = (
    Tariff(
        id="grid",
        site="fjord",
        seller="Grid",
        payer="Site",
        currency="NOK",
        energy_price=Decimal("0.50"),
        demand_price=Decimal(78),
        fixed_amount=Decimal(0),
        starts=date(2025, 1, 1),
        recorded=at(1),
    ),
)
RECORDS = Records(events=EVENTS, readings=Readings.of(READINGS), fixings=FIXINGS, tariffs=TARIFFS)


def with_readings(*readings: Reading) -> Records:
    return replace(RECORDS, readings=Readings.of(readings))
