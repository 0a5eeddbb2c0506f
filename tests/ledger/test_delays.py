"""Delay damages: late days after grace, of what is late, month by month up to a cap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from offtake.ledger.case import Case
from offtake.ledger.delays import damages
from offtake.model.charge import Charge
from offtake.model.clause import Basis
from offtake.model.contract import Contract
from offtake.model.event import Event, EventKind
from offtake.model.month import Month
from tests.ledger.cases import amounts, case_of, codes, exact, june
from tests.ledger.june import CONTRACT_0, CONTRACT_A, CONTRACT_B, EVENTS, JUNE, records

DAILY = exact("93388.80")
"""T2 for a day under A: 2,048 · 24 · 1.90."""
LATER = datetime(2028, 1, 1, tzinfo=UTC)
JULY = Month(2027, 7)


def late(
    contract: Contract, events: Sequence[Event] = EVENTS, **more: Any
) -> tuple[Case, tuple[Charge, ...]]:
    case = case_of(contract, records(tuple(events)), **more)
    return case, damages(case, ())


def amount(contract: Contract, events: Sequence[Event] = EVENTS, **more: Any) -> Decimal:
    case, lines = late(contract, events, **more)
    assert not case.faults, case.faults
    return sum((line.amount for line in lines), Decimal(0))


def terms(contract: Contract = CONTRACT_A, **changes: Any) -> Contract:
    (clause,) = contract.delay_damages
    return replace(contract, delay_damages=(replace(clause, **changes),))


def accepted(when: datetime, name: str = "t2", path: str = "A.T2", **more: Any) -> Event:
    return Event(
        id=f"accept-{name}", kind=EventKind.ACCEPTED, starts=when, recorded=when,
        tranches=(path,), **more,
    )  # fmt: skip


OTHERS = tuple(e for e in EVENTS if e.kind is not EventKind.ACCEPTED or "A.T1" in e.tranches)


def test_every_line_of_the_worked_month() -> None:
    found = {c.id: amounts(late(c)[1]) for c in (CONTRACT_0, CONTRACT_A, CONTRACT_B)}
    assert found == {
        "0": {"delay_damages.0.phase-2": exact("-144000.00")},
        "A": {"delay_damages.0.T2": exact("-233472.00")},
        "B": {"delay_damages.0.T2": exact("-86630.40")},
    }


def test_a_line_says_what_it_rests_on() -> None:
    _, (line,) = late(CONTRACT_A)
    assert (line.quantity, line.unit) == (-5, "days")
    told = {step.what: (step.value, step.sources) for step in line.steps}
    assert told["days of grace"] == (5, ("clause:delay_damages[0]",))
    assert told["T2 late after grace, share · time in the month"] == (
        5,
        ("clause:tranches.T2.due", "event:accept-t2"),
    )
    assert told["fee of these days"] == (Fraction(5 * DAILY), ("clause:rates.capacity",))


@pytest.mark.parametrize(("hour", "days"), [(0, 0), (12, "0.5")])
def test_grace_is_free_to_the_second(hour: int, days: str | int) -> None:
    on_time = (*OTHERS, accepted(june(16, hour)))
    assert amount(CONTRACT_A, on_time) == -DAILY * exact(str(days)) / 2


def test_the_longer_grace_of_clause_and_tranche_holds() -> None:
    t1, t2 = CONTRACT_A.tranches
    longer = replace(CONTRACT_A, tranches=(t1, replace(t2, grace_days=8)))
    assert amount(longer) == -DAILY  # 19th to 21st, at half
    shorter = replace(CONTRACT_A, tranches=(t1, replace(t2, grace_days=2)))
    assert amount(shorter) == amount(CONTRACT_A)


def test_excused_time_does_not_count() -> None:
    excused = Event(
        id="storm", kind=EventKind.EXCUSED, starts=june(12), ends=june(14), recorded=june(14),
        tranches=("A.T2",),
    )  # fmt: skip
    assert amount(CONTRACT_A, (*EVENTS, excused)) == -DAILY * 3 / 2
    after = replace(excused, starts=june(22), ends=june(25), recorded=june(25))
    assert amount(CONTRACT_A, (*EVENTS, after)) == amount(CONTRACT_A)


def test_only_the_late_part_counts() -> None:
    parts = (
        accepted(june(11), "half", nodes="n[513-640]", node_count=128),
        accepted(june(21), "rest", nodes="n[641-768]", node_count=128),
    )
    assert amount(CONTRACT_A, (*OTHERS, *parts)) == -DAILY * 5 / 4


def test_what_is_still_late_owes_its_days_month_by_month() -> None:
    waiting = (*OTHERS, accepted(datetime(2027, 8, 11, tzinfo=UTC)))
    days = [
        amount(CONTRACT_A, waiting, month=month, as_of=LATER) / (-DAILY / 2)
        for month in (JUNE, JULY, Month(2027, 8), Month(2027, 9))
    ]
    assert days == [15, 31, 10, 0]
    never = amount(CONTRACT_A, OTHERS, month=JULY, as_of=LATER)
    assert never == -DAILY / 2 * 31


def test_nothing_is_late_beyond_what_is_known() -> None:
    case, lines = late(CONTRACT_A, OTHERS, as_of=june(20))
    assert amounts(lines) == {"delay_damages.0.T2": -DAILY * 2}
    assert case.notes == ["T2 is late: damages are counted up to 2027-06-20T00:00:00+00:00"]


def test_damages_stop_at_their_cap_over_all_months() -> None:
    # Total value: 2,048 · 1.90 a GPU-hour over 60 months from 11 Jun 2027, 1,827 days.
    total = 2048 * exact("1.90") * 24 * 1827
    share = DAILY / 2 * 20 / total
    capped = terms(cap_share=share)
    waiting = (*OTHERS, accepted(datetime(2027, 8, 11, tzinfo=UTC)))
    found = [
        amount(capped, waiting, month=month, as_of=LATER) for month in (JUNE, JULY, Month(2027, 8))
    ]
    cents = exact("0.01")
    assert [x.quantize(cents) for x in found] == [
        (-DAILY / 2 * 15).quantize(cents),
        (-DAILY / 2 * 5).quantize(cents),
        0,
    ]


def test_the_long_stop_is_noted_as_a_right() -> None:
    case, _ = late(terms(long_stop_days=7))
    assert case.notes == [
        "T2 is late beyond its long stop: since 2027-06-18T00:00:00Z the buyer may end it"
    ]
    assert late(terms(long_stop_days=10))[0].notes == []
    t1, t2 = CONTRACT_A.tranches
    dated = replace(CONTRACT_A, tranches=(t1, replace(t2, long_stop=june(20).date())))
    assert "since 2027-06-20" in late(dated)[0].notes[0]


def test_rent_is_abated_once_there_is_rent() -> None:
    handed = accepted(datetime(2027, 7, 26, tzinfo=UTC), "phase-2", "0.phase-2")
    rest = tuple(e for e in EVENTS if "0.phase-2" not in e.tranches)
    events = (*rest, handed)
    case, lines = late(CONTRACT_0, events, as_of=LATER)
    assert lines == ()
    assert case.notes == ["phase-2 was late: 360,000.00 USD of its rent are still to be abated"]
    months = (JUNE, JULY, Month(2027, 8), Month(2027, 9), Month(2027, 10))
    found = [amount(CONTRACT_0, events, month=month, as_of=LATER) for month in months]
    # 25 days of June at 14,400 and 25 of July at 432,000 / 31; then rent of 6 days, of August …
    july = (exact("432000") / 31 * 6).quantize(exact("0.01"))
    owed = 14400 * 25 + exact("432000") / 31 * 25
    assert found[:3] == [0, -july, -432000]
    assert found[3] == -(owed - exact("432000") / 31 * 6 - 432000).quantize(exact("0.01"))
    assert found[4] == 0


def test_a_month_prices_its_own_days() -> None:
    august = Month(2027, 8)
    rest = tuple(e for e in EVENTS if "0.phase-2" not in e.tranches)
    paid = terms(CONTRACT_0, abates_rent=False)
    assert amount(paid, rest, month=JUNE, as_of=LATER) == -14400 * 25
    assert amount(paid, rest, month=august, as_of=LATER) == -432000


def test_a_ramp_is_late_step_by_step() -> None:
    t1, t2 = CONTRACT_A.tranches
    ramp = replace(CONTRACT_A, tranches=(t1, replace(t2, ramp_quarters=1)))
    half = accepted(june(11), "half", nodes="n[513-640]", node_count=128)
    assert amount(ramp, (*OTHERS, half), as_of=LATER) == 0
    # The second half is due on 11 Sep, so late from the 16th on: 15 days of half of it.
    september = amount(ramp, (*OTHERS, half), month=Month(2027, 9), as_of=LATER)
    assert september == -DAILY / 2 * 15 / 2


def test_a_terminated_tranche_is_late_no_more() -> None:
    ended = Event(
        id="end", kind=EventKind.TERMINATED, starts=june(18), recorded=june(18), contract="A",
        tranches=("A.T2",),
    )  # fmt: skip
    assert amount(CONTRACT_A, (*OTHERS, ended)) == -DAILY


def test_a_tranche_without_a_price_of_capacity_is_a_fault() -> None:
    rates = tuple(replace(rate, basis=Basis.MILLION_TOKENS) for rate in CONTRACT_A.rates)
    case, lines = late(replace(CONTRACT_A, rates=rates))
    assert lines == ()
    assert codes(case.faults) == ["OTK-L140"]
    assert "contracts.A.delay_damages[0] (2027-06)" in str(case.faults[0])


def test_what_is_on_time_owes_nothing() -> None:
    on_time = (*OTHERS, accepted(june(11)))
    assert late(CONTRACT_A, on_time)[1] == ()
