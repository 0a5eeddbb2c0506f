"""Demand response: a share of what the seller itself earned, and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

from offtake.ledger.demand_response import shares
from offtake.model.charge import Charge
from offtake.model.contract import Contract
from offtake.model.event import Event
from tests.ledger.cases import case_of, codes, exact, invoice, june
from tests.ledger.june import CONTRACT_A, CONTRACT_B, EVENTS, records

(CUT,) = (e for e in EVENTS if e.id == "reserve-1")


def shared(
    contract: Contract = CONTRACT_A, *events: Event, above: Sequence[Charge] | None = None
) -> Decimal:
    upstream = {"A": invoice(CONTRACT_A, above)} if above is not None else None
    case = case_of(contract, records(events or (CUT,)), upstream=upstream)
    lines = shares(case, ())
    assert not case.faults, case.faults
    return sum((line.amount for line in lines), Decimal(0))


def test_the_worked_month() -> None:
    assert shared(CONTRACT_A) == exact("-900.00")
    above = shares(case_of(CONTRACT_A), ())
    assert shared(CONTRACT_B, above=above) == exact("-900.00")


def test_a_line_says_what_it_rests_on() -> None:
    (line,) = shares(case_of(CONTRACT_A), ())
    assert line.id == "A/2027-06/demand_response"
    assert (line.quantity, line.price) == (-1800, Fraction(1, 2))
    assert {s for step in line.steps for s in step.sources} == {"event:reserve-1"}
    (below,) = shares(case_of(CONTRACT_B, upstream={"A": invoice(CONTRACT_A, (line,))}), ())
    assert below.steps[0].sources == ("line:A/2027-06/demand_response",)


def test_what_others_earned_is_not_shared() -> None:
    assert shared(CONTRACT_A, replace(CUT, payee="siteco")) == 0
    assert shared(CONTRACT_B) == 0  # HyperCo was paid nothing itself
    assert shared(CONTRACT_A, replace(CUT, site="elsewhere")) == 0


def test_a_cut_is_of_the_month_it_begins_in() -> None:
    over = replace(CUT, starts=datetime(2027, 5, 31, 23, tzinfo=UTC), ends=june(1, 2))
    assert shared(CONTRACT_A, over) == 0
    last = replace(CUT, starts=june(30, 23), ends=datetime(2027, 7, 1, 2, tzinfo=UTC))
    assert shared(CONTRACT_A, last) == exact("-900.00")


def test_the_length_paid_for_counts_before_the_time_cut() -> None:
    assert shared(CONTRACT_A, replace(CUT, duration_hours=exact("2.5"))) == exact("-750.00")
    assert shared(CONTRACT_A, replace(CUT, ends=None, duration_hours=exact("1"))) == -300


def test_several_cuts_are_one_line() -> None:
    again = replace(CUT, id="reserve-2", power_mw=exact("0.001"))
    assert shared(CONTRACT_A, CUT, again) == exact("-900.45")


def test_a_cut_without_a_length_is_a_fault() -> None:
    case = case_of(CONTRACT_A, records((replace(CUT, ends=None),)))
    shares(case, ())
    assert codes(case.faults) == ["OTK-L145"]


def test_income_in_another_currency_needs_a_rule() -> None:
    assert shared(CONTRACT_A, replace(CUT, currency="NOK")) == exact("-86.54")  # 1,800 / 10.4 / 2
    case = case_of(CONTRACT_A, records((replace(CUT, currency="SEK"),)))
    shares(case, ())
    assert codes(case.faults) == ["OTK-L131"]


def test_without_the_clause_there_is_no_line() -> None:
    assert shared(replace(CONTRACT_A, demand_response=None)) == 0


def test_corrections_above_are_not_shared_twice() -> None:
    (line,) = shares(case_of(CONTRACT_A), ())
    late = replace(line, id="A/2027-06/late", corrects=line.month)
    assert shared(CONTRACT_B, above=(line, late)) == exact("-900.00")
