"""Differences between plan and actual: by hand, and as laws."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.cycle.differences import Actual, Difference, Planned, difference, total
from offtake.errors import OfftakeError

D = Decimal
Z = Decimal(0)


def split(made: Difference) -> tuple[Decimal, ...]:
    return (made.price, made.volume, made.delay, made.efficiency)


def planned(price: str = "2", paid: str = "1000", useful: str = "0.8") -> Planned:
    return Planned(contract="a", price=D(price), paid_hours=D(paid), useful_share=D(useful))


def actual(cost: str, paid: str, useful: str, missing: str = "0") -> Actual:
    return Actual(
        contract="a",
        cost=D(cost),
        paid_hours=D(paid),
        useful_hours=D(useful),
        missing_hours=D(missing),
    )


def test_as_planned_differs_in_nothing() -> None:
    assert split(difference(planned(), actual("2000", "1000", "800"))) == (Z, Z, Z, Z)


def test_a_higher_price_alone_is_all_price() -> None:
    assert split(difference(planned(), actual("2500", "1000", "800"))) == (D(500), Z, Z, Z)


def test_more_hours_at_the_planned_price_and_share_are_all_volume() -> None:
    assert split(difference(planned(), actual("2400", "1200", "960"))) == (Z, D(400), Z, Z)


def test_hours_that_came_late_and_were_not_paid_are_all_delay() -> None:
    made = difference(planned(), actual("1400", "700", "560", "300"))
    assert split(made) == (Z, Z, D(-600), Z)


def test_idle_hours_that_are_paid_are_efficiency_and_the_work_not_done_is_volume() -> None:
    # 600 useful hours should have taken 750 paid ones: 250 at 2 USD were idle.
    made = difference(planned(), actual("2000", "1000", "600"))
    assert split(made) == (Z, D(-500), Z, D(500))


def test_what_was_never_there_costs_nothing_but_what_is_charged_for_it() -> None:
    made = difference(planned(), actual("-120.50", "0", "0", "1000"))
    assert split(made) == (D("-120.50"), Z, D(-2000), Z)


def test_two_contracts_and_a_plan_of_nothing_useful_are_refused() -> None:
    for wrong in (planned(useful="0"), replace(planned(), contract="b")):
        with pytest.raises(OfftakeError) as caught:
            difference(wrong, actual("1", "1", "1"))
        assert caught.value.faults[0].code == "OTK-E119"


amounts = st.decimals(min_value=0, max_value=10**7, places=3)


@given(
    price=st.decimals(min_value=0, max_value=50, places=4),
    paid=amounts,
    share=st.decimals(min_value="0.01", max_value=1, places=4),
    cost=st.decimals(min_value=-(10**7), max_value=10**8, places=2),
    used=amounts,
    useful=amounts,
    missing=amounts,
)
def test_the_parts_add_up_to_the_cent_and_volume_is_its_own_amount(
    price: Decimal,
    paid: Decimal,
    share: Decimal,
    cost: Decimal,
    used: Decimal,
    useful: Decimal,
    missing: Decimal,
) -> None:
    plan = Planned(contract="a", price=price, paid_hours=paid, useful_share=share)
    month = Actual(
        contract="a",
        cost=cost,
        paid_hours=used,
        useful_hours=useful,
        missing_hours=missing,
    )
    made = difference(plan, month)
    assert sum(split(made)) == made.total == made.actual - made.planned
    p = Fraction(price)
    volume = p * (Fraction(useful) / Fraction(share) - Fraction(paid)) + p * Fraction(missing)
    assert abs(Fraction(made.volume) - volume) <= Fraction(25, 1000)
    twice = total([made, made])
    assert split(twice) == tuple(2 * part for part in split(made))
