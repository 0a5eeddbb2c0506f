"""A contract small enough to settle by hand: 10 nodes of 10 accelerators, 1 a GPU-hour.

A month of 30 days is 72,000 GPU-hours of all of it; of 31 days 74,400.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from offtake.errors import OfftakeError
from offtake.ledger.settle import settle
from offtake.model.charge import Invoice
from offtake.model.clause import Basis, Quantity, Rate
from offtake.model.contract import Contract, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.month import Month
from offtake.model.reading import Fixing, Meter, Reading
from offtake.model.records import Readings, Records

EVER = datetime(2040, 1, 1, tzinfo=UTC)
"""When everything is known."""
START = date(2027, 1, 1)


def on(year: int, month: int, day: int = 1, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


TRANCHE = Tranche(
    id="T",
    site="s",
    accelerator="H200",
    accelerator_count=100,
    node_count=10,
    nodes="n[01-10]",
    due=START,
    accepted=START,
    term_months=24,
)
HELD = Rate(id="held", basis=Basis.GPU_HOUR, price=Decimal(1))
USED = replace(HELD, id="use", quantity=Quantity.USED)


def contract(*rates: Rate, **more: Any) -> Contract:
    told: dict[str, Any] = {"tranches": (TRANCHE,), "rates": rates or (HELD,)}
    return Contract(id="C", seller="seller", buyer="buyer", **(told | more))


def event(kind: EventKind, starts: datetime, name: str = "", **more: Any) -> Event:
    told: dict[str, Any] = {"recorded": starts + timedelta(hours=1)}
    return Event(id=name or f"{kind}-{starts:%Y%m%d}", kind=kind, starts=starts, **(told | more))


def accepted(starts: datetime, nodes: int | None = None, tranche: str = "C.T") -> Event:
    name = f"accepted-{tranche}-{starts:%Y%m%d%H}"
    return event(EventKind.ACCEPTED, starts, name, tranches=(tranche,), node_count=nodes)


def gpu_hours(month: Month, hours: int, tranche: str | None = "C.T", **more: Any) -> Reading:
    """Make a reading of a whole month."""
    told: dict[str, Any] = {
        "source": "slurm",
        "id": f"{tranche}-{month}",
        "meter": Meter.GPU_TIME,
        "site": "s",
        "tranche": tranche,
        "starts": on(month.year, month.month),
        "ends": on((month + 1).year, (month + 1).month),
        "amount": hours * 3600,
    }
    told |= more
    return Reading(recorded=told.pop("recorded", told["ends"]), **told)


def fixing(series: str, day: date, value: str) -> Fixing:
    recorded = datetime(day.year, day.month, day.day, 18, tzinfo=UTC)
    return Fixing(series=series, day=day, value_amount=Decimal(value), recorded=recorded)


def facts(*told: Event | Reading | Fixing) -> Records:
    return Records(
        events=tuple(one for one in told if isinstance(one, Event)),
        readings=Readings.of(one for one in told if isinstance(one, Reading)),
        fixings=tuple(one for one in told if isinstance(one, Fixing)),
    )


def settled(
    made: Contract,
    month: str,
    *told: Event | Reading | Fixing,
    as_of: datetime = EVER,
    upstream: Mapping[str, Invoice] | None = None,
) -> Invoice:
    """Settle a month of a contract from a few facts."""
    return settle(made, facts(*told), Month.parse(month), as_of=as_of, upstream=upstream)


def amounts(invoice: Invoice) -> dict[str, str]:
    """Give the lines of an invoice by name, with their amounts."""
    start = f"{invoice.contract}/{invoice.month}/"
    return {line.id.removeprefix(start): str(line.amount) for line in invoice.charges}


def refused(made: Contract, month: str, *told: Event | Reading | Fixing, **more: Any) -> list[str]:
    """Give the faults a month cannot be settled for, as they are printed."""
    with pytest.raises(OfftakeError) as caught:
        settled(made, month, *told, **more)
    return [str(fault) for fault in caught.value.faults]
