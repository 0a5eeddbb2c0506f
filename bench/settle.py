"""Settlement's benchmark: a month of a chain of four parties, 50,000 nodes.

    Utility <- SiteCo <-0- OpCo <-A- HyperCo <-B- Lab

Each node has five interval events (outages, some overlapping, and maintenance) and a
reading of use for every hour: 250,000 events and 36,000,000 readings.

    python -m bench.settle [--quick] [--only month books]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np

from bench import _books
from bench._figure import show
from offtake.ledger.chain import settle_chain
from offtake.model.clause import (
    Basis,
    CostOf,
    CreditTier,
    PassThrough,
    Quantity,
    Rate,
    Scope,
    ServiceLevel,
    TakeOrPay,
)
from offtake.model.contract import Contract, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.month import Month
from offtake.model.reading import Fixing, Meter, Tariff
from offtake.model.records import METERS, Readings, Records
from offtake.units import it_mw

MONTH = Month(2027, 6)
FIRST = datetime(2027, 6, 1, tzinfo=UTC)
LATER = datetime(2027, 7, 5, tzinfo=UTC)
NODES = 50_000
EVENTS_A_NODE = 5
SEED = 7


def contracts(nodes: int) -> tuple[Contract, ...]:
    """Give the three contracts of the chain."""
    due = date(2026, 1, 1)
    shell = Tranche(
        id="P1",
        site="campus",
        due=due,
        accepted=due,
        term_months=60,
        power_it_mw=it_mw(nodes * 0.0125),
    )
    racks = Tranche(
        id="T1",
        accelerator="H100",
        accelerator_count=nodes * 8,
        node_count=nodes,
        nodes=f"n[{1:06}-{nodes:06}]",
        site="campus",
        due=due,
        accepted=due,
        term_months=60,
    )
    credits = (
        CreditTier(below_share=Decimal("0.995"), credit_share=Decimal("0.1")),
        CreditTier(below_share=Decimal("0.99"), credit_share=Decimal("0.3")),
        CreditTier(below_share=Decimal("0.95"), credit_share=Decimal(1)),
    )
    rent = Rate(id="rent", basis=Basis.KW_MONTH, price=Decimal(135))
    capacity = Rate(id="capacity", basis=Basis.GPU_HOUR, price=Decimal("1.90"))
    usage = Rate(id="usage", basis=Basis.GPU_HOUR, price=Decimal("2.35"), quantity=Quantity.USED)
    metered = PassThrough(tariff_currency="NOK")
    return (
        Contract(
            id="0", seller="SiteCo", buyer="OpCo", tranches=(shell,), rates=(rent,),
            pass_through=metered,
        ),
        Contract(
            id="A", seller="OpCo", buyer="HyperCo", upstream=("0",), tranches=(racks,),
            rates=(capacity,),
            service_levels=(ServiceLevel(id="node", scope=Scope.NODE, credits=credits),),
            pass_through=PassThrough(tariff_currency="NOK", pue_cap_ratio=Decimal("1.25")),
        ),
        Contract(
            id="B", seller="HyperCo", buyer="Lab", upstream=("A",), tranches=(racks,),
            rates=(usage,),
            commitments=(TakeOrPay(level_share=Decimal("0.85"), base=Quantity.AVAILABLE),),
            service_levels=(
                ServiceLevel(
                    id="cluster", scope=Scope.CLUSTER, up_share=Decimal("0.98"), credits=credits
                ),
            ),
            pass_through=PassThrough(cost_of=CostOf.UPSTREAM, markup_share=Decimal("0.03")),
        ),
    )  # fmt: skip


def records(nodes: int, seed: int = SEED) -> Records:
    """Draw events and readings of the month."""
    rng = np.random.default_rng(seed)
    readings = _hourly(nodes, rng)
    return Records(
        events=_events(nodes, rng),
        readings=readings,
        fixings=(
            Fixing(
                series="USD/NOK",
                day=date(2027, 6, 30),
                value_amount=Decimal("10.4"),
                recorded=LATER,
            ),
        ),
        tariffs=(
            Tariff(
                id="grid",
                site="campus",
                seller="Utility",
                payer="SiteCo",
                currency="NOK",
                energy_price=Decimal("0.50"),
                demand_price=Decimal(78),
                fixed_amount=Decimal(0),
                starts=date(2026, 1, 1),
                recorded=FIRST,
            ),
        ),
    )


def _events(nodes: int, rng: np.random.Generator) -> tuple[Event, ...]:
    count = nodes * EVENTS_A_NODE
    starts = rng.integers(0, 29 * 24 * 60, count)
    lasts = np.minimum(rng.lognormal(3.5, 1.2, count).astype(int) + 1, 24 * 60)
    planned = rng.random(count) < 0.2
    found = []
    for i in range(count):
        begin = FIRST + timedelta(minutes=int(starts[i]))
        kind = EventKind.MAINTENANCE if planned[i] else EventKind.OUTAGE
        found.append(
            Event(
                id=f"e{i}",
                kind=kind,
                site="campus",
                nodes=f"n{i // EVENTS_A_NODE + 1:06}",
                scope=None if planned[i] else Scope.NODE,
                starts=begin,
                ends=begin + timedelta(minutes=int(lasts[i])),
                recorded=LATER,
            )
        )
    return tuple(found)


def _hourly(nodes: int, rng: np.random.Generator) -> Readings:
    hours = 720
    rows, meters = nodes * hours, 3
    names = ("meter", "campus", *(f"n{n:06}" for n in range(1, nodes + 1)))
    first = int(FIRST.timestamp())
    hour = np.tile(np.arange(hours, dtype=np.int64), nodes)
    used = rng.integers(20_000, 8 * 3600, rows)
    it_wh = int(nodes * 10_000 * hours * 0.9)
    amounts = np.concatenate([used, [it_wh, int(it_wh * 1.22), nodes * 13_000]])
    total = rows + meters
    month = np.full(meters, first)
    return Readings(
        names=names,
        source=np.zeros(total, np.int32),
        id=np.arange(total, dtype=np.int64),
        meter=np.concatenate(
            [
                np.full(rows, METERS.index(Meter.GPU_TIME), np.int8),
                np.array(
                    [
                        METERS.index(m)
                        for m in (Meter.IT_ENERGY, Meter.FACILITY_ENERGY, Meter.PEAK_POWER)
                    ],
                    np.int8,
                ),
            ]
        ),
        site=np.full(total, 1, np.int32),
        tranche=np.full(total, -1, np.int32),
        node=np.concatenate(
            [np.repeat(np.arange(2, nodes + 2, dtype=np.int32), hours), np.full(meters, -1)]
        ).astype(np.int32),
        starts=np.concatenate([first + hour * 3600, month]),
        ends=np.concatenate([first + (hour + 1) * 3600, month + hours * 3600]),
        amount=amounts.astype(np.int64),
        recorded=np.full(total, int(LATER.timestamp())),
    )


def month(nodes: int) -> None:
    """Settle the month once and print its figures; to be run in a process of its own."""
    signed, held = contracts(nodes), records(nodes)
    began = time.process_time()
    statement = settle_chain(signed, held, MONTH, as_of=LATER)
    cpu_s = time.process_time() - began
    show("settle_month_cpu_s", cpu_s, "s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    show("settle_month_peak_gb", peak, "GB")
    show("settle_month_lines", len(statement.charges), "lines")


def apart(name: str) -> Callable[[bool], None]:
    """Measure in a process of its own."""

    def measure(quick: bool) -> None:
        words = [sys.executable, "-m", "bench.settle", "--here", name]
        subprocess.run([*words, "--quick"] if quick else words, check=True)

    return measure


def books(quick: bool) -> None:
    """Measure the books of both databases."""
    _books.run(quick=quick)


FIGURES: dict[str, Callable[[bool], None]] = {"month": apart("month"), "books": books}


def main() -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=[*FIGURES], default=[*FIGURES])
    parser.add_argument("--quick", action="store_true", help="a tenth of all, to see that it runs")
    parser.add_argument("--here", choices=["month"], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here:
        month(NODES // 10 if asked.quick else NODES)
        return 0
    for name in asked.only:
        FIGURES[name](asked.quick)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
