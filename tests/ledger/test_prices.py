"""Prices by hand: steps, an index with its limits, and what a tranche is worth in all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from offtake.ledger.known import known
from offtake.ledger.prices import total_value
from offtake.ledger.settle import case_of
from offtake.model.clause import Basis, Escalator, FixingRule, IndexLink, Quantity, Rate
from offtake.model.contract import Contract
from offtake.model.month import Month
from offtake.model.reading import Fixing
from offtake.units import it_mw
from tests.ledger.small import (
    EVER,
    HELD,
    TRANCHE,
    amounts,
    contract,
    facts,
    fixing,
    refused,
    settled,
)

UP = Escalator(step_share=Decimal("0.10"), every_months=3)


def test_a_price_steps_after_months_of_service_and_compounds() -> None:
    made = contract(replace(HELD, escalator=UP))
    told = [
        amounts(settled(made, month))["rates.held.T"]
        for month in ("2027-03", "2027-04", "2027-06", "2027-07")
    ]
    assert told == ["74400.00", "79200.00", "79200.00", "90024.00"]  # · 1, 1.1, 1.1, 1.21


def test_steps_count_from_the_day_service_began() -> None:
    """Accepted on 16 March, the price steps on 16 June: 15 days at 1, 15 at 1.10."""
    made = contract(
        replace(HELD, escalator=UP), tranches=(replace(TRANCHE, accepted=date(2027, 3, 16)),)
    )
    assert amounts(settled(made, "2027-06")) == {
        "rates.held.T": "36000.00",
        "rates.held.T@2027-06-16": "39600.00",
    }


def test_steps_count_from_a_day_of_their_own() -> None:
    yearly = Escalator(step_share=Decimal("-0.05"), every_months=12, first=date(2027, 6, 11))
    made = contract(replace(HELD, escalator=yearly))
    assert amounts(settled(made, "2027-06")) == {
        "rates.held.T": "24000.00",
        "rates.held.T@2027-06-11": "45600.00",
    }
    assert amounts(settled(made, "2028-07")) == {"rates.held.T": "67146.00"}  # 74,400 · 0.9025


def test_a_step_on_the_31st_comes_on_the_last_day_of_a_shorter_month() -> None:
    monthly = Escalator(step_share=Decimal("1"), every_months=1, first=date(2027, 1, 31))
    made = contract(replace(HELD, escalator=monthly))
    told = amounts(settled(made, "2027-02"))
    assert told == {"rates.held.T": "129600.00", "rates.held.T@2027-02-28": "9600.00"}


def test_steps_need_months_between_them() -> None:
    made = contract(replace(HELD, escalator=Escalator(step_share=Decimal(1), every_months=0)))
    assert [one[:8] for one in refused(made, "2027-06")] == ["OTK-L034"]


def linked(**more: object) -> Contract:
    told = {"index": "GPUX", "reference_price": Decimal(2), "weight_share": Decimal("0.5")}
    return contract(replace(HELD, index=IndexLink(**(told | more))))  # type: ignore[arg-type]


JUNE = (
    fixing("GPUX", date(2027, 5, 3), "1.0"),
    fixing("GPUX", date(2027, 6, 1), "2.4"),
    fixing("GPUX", date(2027, 6, 15), "3.0"),
    fixing("GPUX", date(2027, 6, 30), "3.6"),
)


@pytest.mark.parametrize(
    ("rule", "price"),
    [
        (FixingRule.MONTH_AVERAGE, "1.25"),  # ½ + ½ · 3.0/2
        (FixingRule.LAST_BUSINESS_DAY, "1.4"),  # ½ + ½ · 3.6/2
        (FixingRule.MONTH_BEFORE, "0.75"),  # ½ + ½ · 1.0/2
    ],
)
def test_a_price_follows_its_index(rule: FixingRule, price: str) -> None:
    invoice = settled(linked(rule=rule), "2027-06", *JUNE)
    assert invoice.charges[0].price == Fraction(price)
    assert invoice.charges[0].amount == 72_000 * Decimal(price)


def test_floor_and_cap_hold_last() -> None:
    cap = settled(linked(cap_price=Decimal("1.10")), "2027-06", *JUNE).charges[0]
    assert cap.price == Fraction("1.10")
    assert cap.steps[-1].what == "at most its cap"
    floor = settled(linked(floor_price=Decimal("1.30")), "2027-06", *JUNE).charges[0]
    assert floor.price == Fraction("1.30")


def test_the_fixings_are_told() -> None:
    charge = settled(linked(), "2027-06", *JUNE).charges[0]
    sources = [source for step in charge.steps for source in step.sources]
    assert "fixing:GPUX/2027-06-15" in sources
    assert "fixing:GPUX/2027-05-03" not in sources


@pytest.mark.parametrize(
    ("rule", "known_fixings", "day"),
    [
        (FixingRule.MONTH_AVERAGE, JUNE[:1], "2027-06"),
        (FixingRule.LAST_BUSINESS_DAY, JUNE[:3], "2027-06-30"),
        (FixingRule.MONTH_BEFORE, JUNE[1:], "2027-05"),
    ],
)
def test_a_missing_fixing_names_contract_clause_and_day(
    rule: FixingRule, known_fixings: tuple[Fixing, ...], day: str
) -> None:
    told = refused(linked(rule=rule), "2027-06", *known_fixings)
    assert len(told) == 1
    assert told[0].startswith("OTK-L130 contracts.C.rates.held.index (2027-06): ")
    assert day in told[0].split(": ", 1)[1]


def test_an_index_moves_the_stepped_price() -> None:
    made = linked(rule=FixingRule.LAST_BUSINESS_DAY)
    both = replace(made, rates=(replace(made.rates[0], escalator=UP),))
    assert settled(both, "2027-06", *JUNE).charges[0].price == Fraction("1.54")


def test_a_reference_of_nothing_is_refused() -> None:
    told = refused(linked(reference_price=Decimal(0)), "2027-06", *JUNE)
    assert [one[:8] for one in told] == ["OTK-L035"]


def value(made: Contract) -> Fraction | None:
    case = case_of(made, known(facts(), EVER), Month(2027, 6))
    worth = total_value(case, made.tranches[0], "prepayments[0]")
    assert [fault.code for fault in case.faults] == ([] if worth else ["OTK-L051"])
    return None if worth is None else worth.price


def test_the_total_value_is_all_that_is_owed_over_the_term() -> None:
    hours = 100 * 24 * (365 + 366)  # 2027, and 2028 with its 29 February
    assert value(contract()) == hours
    assert value(contract(replace(HELD, quantity=Quantity.USED))) == hours
    yearly = Escalator(step_share=Decimal("0.10"), every_months=12)
    stepped = contract(replace(HELD, escalator=yearly))
    assert value(stepped) == 100 * 24 * (365 + 366 * Fraction("1.1"))
    indexed = IndexLink(index="GPUX", reference_price=Decimal(2))
    assert value(contract(replace(HELD, index=indexed))) == hours


def test_the_total_value_of_power_is_a_price_a_month() -> None:
    rent = Rate(id="rent", basis=Basis.KW_MONTH, price=Decimal(100))
    power = replace(TRANCHE, power_it_mw=it_mw(0.5), due=date(2027, 1, 16))
    # Half a January (16 of 31 days), 23 months and 15 of the last January's 31 days.
    assert value(contract(rent, tranches=(power,))) == 24 * 500 * 100


def test_a_ramp_is_owed_in_equal_steps() -> None:
    """Two quarters of ramp: a third from January, two thirds from April, all from July."""
    ramp = replace(TRANCHE, ramp_quarters=2, term_months=9)
    hours = [2400 * days for days in (90, 91, 92)]
    assert value(contract(tranches=(ramp,))) == (
        Fraction(1, 3) * hours[0] + Fraction(2, 3) * hours[1] + hours[2]
    )


def test_a_use_alone_has_no_total_value() -> None:
    tokens = Rate(id="t", basis=Basis.MILLION_TOKENS, price=Decimal(1), quantity=Quantity.USED)
    assert value(contract(tokens)) is None
