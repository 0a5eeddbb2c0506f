"""Which fixing a month is settled at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from offtake.ledger.case import Case
from offtake.ledger.exchange import exchanged, fixed, last_business_day
from offtake.model.clause import FixingRule
from offtake.model.month import Month
from offtake.model.reading import Fixing
from tests.ledger.cases import case_of, codes, exact, june
from tests.ledger.june import CONTRACT_A, FIXINGS, RECORDS


def fixing(day: date, value: str, series: str = "USD/NOK") -> Fixing:
    return Fixing(
        series=series,
        day=day,
        value_amount=exact(value),
        recorded=datetime(day.year, day.month, day.day, 16, tzinfo=UTC),
    )


def case(*fixings: Fixing) -> Case:
    return case_of(CONTRACT_A, replace(RECORDS, fixings=fixings))


RULE = FixingRule.LAST_BUSINESS_DAY


@pytest.mark.parametrize(
    ("month", "day"),
    [
        (Month(2027, 6), date(2027, 6, 30)),  # a Wednesday
        (Month(2027, 7), date(2027, 7, 30)),  # a Friday; the 31st is a Saturday
        (Month(2027, 10), date(2027, 10, 29)),  # the 31st is a Sunday
    ],
)
def test_the_last_business_day_is_a_weekday(month: Month, day: date) -> None:
    assert last_business_day(month) == day


def test_one_unit_of_a_currency_is_told_in_the_contracts() -> None:
    found = exchanged(case_of(CONTRACT_A), "NOK", RULE, "pass_through")
    assert found is not None
    assert found.value == Fraction(5, 52)
    assert found.steps[0].sources == ("fixing:USD/NOK/2027-06-30",)


def test_its_own_currency_is_not_exchanged() -> None:
    found = exchanged(case(), "USD", RULE, "pass_through")
    assert found is not None
    assert found.value == 1
    assert not found.steps


def test_either_way_round_will_do_and_the_contracts_first() -> None:
    turned = fixing(date(2027, 6, 30), "0.1", "NOK/USD")
    found = exchanged(case(turned), "NOK", RULE, "pass_through")
    assert found is not None
    assert found.value == Fraction(1, 10)
    both = exchanged(case(turned, *FIXINGS), "NOK", RULE, "pass_through")
    assert both is not None
    assert both.value == Fraction(5, 52)


def test_a_mean_is_exact_and_of_the_month_alone() -> None:
    days = (fixing(date(2027, 5, 31), "9"), fixing(date(2027, 6, 1), "10"))
    more = (fixing(date(2027, 6, 15), "10.1"), fixing(date(2027, 6, 30), "10.4"))
    found = fixed(case(*days, *more), "USD/NOK", FixingRule.MONTH_AVERAGE, "x")
    assert found is not None
    assert found.value == Fraction(305, 30)
    assert len(found.steps[0].sources) == 3
    before = fixed(case(*days, *more), "USD/NOK", FixingRule.MONTH_BEFORE, "x")
    assert before is not None
    assert before.value == 9


@pytest.mark.parametrize("rule", list(FixingRule))
def test_a_fixing_that_is_missing_is_a_fault(rule: FixingRule) -> None:
    alone = case(fixing(date(2027, 4, 30), "10.4"))
    assert exchanged(alone, "NOK", rule, "pass_through") is None
    assert codes(alone.faults) == ["OTK-L130"]
    assert "1 fixings of USD/NOK known" in str(alone.faults[0])
    assert "contracts.A.pass_through (2027-06)" in str(alone.faults[0])


def test_the_day_before_the_last_is_not_taken_instead() -> None:
    alone = case(fixing(date(2027, 6, 29), "10.4"))
    assert fixed(alone, "USD/NOK", RULE, "x") is None
    assert "of 2027-06-30" in str(alone.faults[0])


def test_a_fixing_not_yet_known_is_missing() -> None:
    early = case_of(CONTRACT_A, as_of=june(29))
    assert exchanged(early, "NOK", RULE, "pass_through") is None
