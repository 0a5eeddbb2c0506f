"""The standard what-ifs: which are made, and what they change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from offtake.ledger.facts import World
from offtake.ledger.remetered import cut_power, less_used, resting, used_from
from offtake.ledger.whatifs import claimed, components, standard
from offtake.model.clause import IndexLink, Scope
from offtake.model.event import EventKind
from offtake.model.month import epoch
from offtake.model.reading import Fixing, Meter
from offtake.model.records import METERS, Readings
from tests.ledger.june import (
    AS_OF,
    CONTRACT_0,
    CONTRACT_A,
    CONTRACT_B,
    CONTRACTS,
    JUNE,
    RECORDS,
    june,
)

WORLD = World(contracts=CONTRACTS, records=RECORDS)


def test_the_outage_is_in_quiet_hours_of_the_largest_cluster() -> None:
    """T1 has the more accelerators; the last 4 hours of June are free."""
    (made,) = (w for w in standard(WORLD, JUNE, as_of=AS_OF)[0] if w.id.startswith("fabric"))
    (event,) = set(made.then.records.events) - set(made.base.records.events)
    assert (event.scope, event.nodes, event.site) == (Scope.FABRIC, "n[001-512]", "fjord")
    assert (event.starts, event.ends) == (june(30, 20), datetime(2027, 7, 1, tzinfo=UTC))
    assert made.says.startswith("the fabric of B.T1 (4,096 accelerators) is down for 4 h")


def test_the_outage_moves_before_what_is_down_already() -> None:
    down = replace(RECORDS.events[4], id="late-in-june", starts=june(30, 18), ends=june(30, 23))
    world = replace(WORLD, records=replace(RECORDS, events=(*RECORDS.events, down)))
    (made,) = (w for w in standard(world, JUNE, as_of=AS_OF)[0] if w.id.startswith("fabric"))
    (event,) = set(made.then.records.events) - set(made.base.records.events)
    assert event.starts == june(30, 14)


def test_a_month_without_quiet_hours_is_noted() -> None:
    down = replace(RECORDS.events[4], id="all-june", starts=june(1), ends=None)
    world = replace(WORLD, records=replace(RECORDS, events=(*RECORDS.events, down)))
    what_ifs, notes = standard(world, JUNE, as_of=AS_OF)
    assert not [w for w in what_ifs if w.id.startswith("fabric")]
    assert notes[0].startswith("fabric-4h/B.T1: not priced")


def test_late_capacity_is_late_along_the_whole_chain() -> None:
    (made,) = (w for w in standard(WORLD, JUNE, as_of=AS_OF)[0] if w.id.startswith("late"))
    for world, moment in ((made.base, june(1)), (made.then, datetime(2027, 7, 1, tzinfo=UTC))):
        starts = {p: e.starts for e in world.records.events for p in e.tranches}
        assert [starts[p] for p in ("0.phase-1", "A.T1", "B.T1")] == [moment] * 3
        assert starts["A.T2"] == june(21)
        dues = {f"{c.id}.{t.id}": t.due for c in world.contracts for t in c.tranches}
        assert dues["B.T1"] == JUNE.first_day


def test_an_index_that_prices_follow_drops() -> None:
    link = IndexLink(index="H200", reference_price=Decimal("2"))
    indexed = replace(CONTRACT_B, rates=(replace(CONTRACT_B.rates[0], index=link),))
    fixing = Fixing(
        series="H200", day=june(15).date(), value_amount=Decimal("2.00"), recorded=june(15)
    )
    records = replace(RECORDS, fixings=(*RECORDS.fixings, fixing))
    world = World(contracts=(CONTRACT_0, CONTRACT_A, indexed), records=records)
    (made,) = (w for w in standard(world, JUNE, as_of=AS_OF)[0] if w.id.startswith("index"))
    assert made.id == "index-30/H200"
    values = {f.series: f.value_amount for f in made.then.records.fixings}
    assert values == {"USD/NOK": Decimal("10.4000"), "H200": Decimal("1.400")}


def test_credits_that_ask_for_a_claim_are_claimed() -> None:
    level = replace(CONTRACT_A.service_levels[0], claim_deadline_days=30.0)
    world = replace(WORLD, contracts=(replace(CONTRACT_A, service_levels=(level,)),))
    made = claimed(world, JUNE, as_of=AS_OF)
    (event,) = (e for e in made.records.events if e.kind is EventKind.CLAIMED)
    assert (event.contract, event.service_level, event.month) == ("A", "node", JUNE)
    assert event.recorded <= AS_OF
    assert claimed(WORLD, JUNE, as_of=AS_OF) == WORLD


def test_chains_that_share_nothing_are_apart() -> None:
    other = replace(CONTRACT_B, id="X", upstream=())
    beside = replace(CONTRACT_B, id="B2")
    parts = components((other, CONTRACT_B, CONTRACT_0, beside, CONTRACT_A))
    assert sorted(sorted(c.id for c in part) for part in parts) == [["0", "A", "B", "B2"], ["X"]]
    assert [c.id for c in resting(CONTRACT_0, CONTRACTS)] == ["A", "B"]


def test_power_read_at_once_is_cut_evenly_where_service_begins() -> None:
    """Phase 2 begins on 16 June and T2 on the 21st: energy is cut there, a peak copied."""
    readings = cut_power(WORLD, JUNE, AS_OF).records.readings
    site = RECORDS.readings
    for meter in (Meter.IT_ENERGY, Meter.FACILITY_ENERGY):
        rows, old = (r.meter == METERS.index(meter) for r in (readings, site))
        assert readings.amount[rows].sum() == site.amount[old].sum()
        starts = sorted(readings.starts[rows].tolist())
        assert starts == [epoch(june(day)) for day in (1, 16, 21)]
    peak = readings.meter == METERS.index(Meter.PEAK_POWER)
    assert set(readings.amount[peak].tolist()) == {8_900_000}
    used = METERS.index(Meter.GPU_TIME)
    assert (readings.meter == used).sum() == (site.meter == used).sum()
    assert len(
        {(int(s), str(i)) for s, i in zip(readings.source, readings.id, strict=True)}
    ) == len(readings)


def test_use_from_a_moment_on_is_a_share_of_what_was_read() -> None:
    half = used_from(RECORDS.readings, "B.T1", epoch(june(16)))
    rows = half.tranche == half.code("B.T1")
    assert half.amount[rows].tolist() == [2_330_000 * 3600 // 2]
    assert half.starts[rows].tolist() == [epoch(june(16))]
    none = used_from(RECORDS.readings, "B.T1", epoch(datetime(2027, 7, 1, tzinfo=UTC)))
    assert len(none) == len(RECORDS.readings) - 1


def test_less_use_leaves_power_alone() -> None:
    less = less_used(WORLD, 7)
    assert less is not None
    used = less.records.readings.meter == METERS.index(Meter.GPU_TIME)
    old, new = RECORDS.readings.amount, less.records.readings.amount
    assert np.array_equal(new[used], old[used] * 7 // 10)
    assert np.array_equal(new[~used], old[~used])
    assert less_used(replace(WORLD, records=replace(RECORDS, readings=Readings.of(()))), 7) is None
