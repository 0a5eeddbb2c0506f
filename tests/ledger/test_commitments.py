"""Minimums by hand: 85 % of 72,000 GPU-hours is 61,200."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from offtake.model.charge import ChargeKind
from offtake.model.clause import Basis, Escalator, Interval, Quantity, Rate, TakeOrPay, Tier
from offtake.model.contract import Contract
from offtake.model.event import EventKind
from offtake.model.month import Month
from offtake.model.reading import Reading
from tests.ledger.small import (
    HELD,
    TRANCHE,
    USED,
    amounts,
    contract,
    event,
    gpu_hours,
    on,
    refused,
    settled,
)

APRIL = Month(2027, 4)


def minimum(level: str = "0.85", **more: Any) -> TakeOrPay:
    return TakeOrPay(level_share=Decimal(level), **more)


def committed(*clauses: TakeOrPay, **more: Any) -> Contract:
    return contract(USED, commitments=clauses, **more)


def uses(*hours: int, first: Month = APRIL) -> list[Reading]:
    return [gpu_hours(first + k, one) for k, one in enumerate(hours)]


def test_the_shortfall_is_what_the_minimum_lacks() -> None:
    told = settled(committed(minimum()), "2027-06", *uses(0, 0, 60_000))
    assert amounts(told) == {"rates.use.T": "60000.00", "commitments.0.shortfall": "1200.00"}
    enough = settled(committed(minimum()), "2027-06", *uses(0, 0, 61_200))
    assert amounts(enough) == {"rates.use.T": "61200.00"}


def test_a_shortfall_has_its_own_price() -> None:
    made = committed(minimum(shortfall_price=Decimal("0.50")))
    told = amounts(settled(made, "2027-06", *uses(0, 0, 60_000)))
    assert told["commitments.0.shortfall"] == "600.00"


@pytest.mark.parametrize(
    ("base", "short"),
    [
        (Quantity.CONTRACTED, "61200.00"),
        (Quantity.DELIVERED, "40800.00"),
        (Quantity.AVAILABLE, "38760.00"),  # 2,400 lost
    ],
)
def test_the_base_is_what_is_owed_served_or_available(base: Quantity, short: str) -> None:
    late = replace(TRANCHE, due=date(2027, 6, 1), accepted=date(2027, 6, 11))
    down = event(EventKind.OUTAGE, on(2027, 6, 15), ends=on(2027, 6, 16), site="s", scope="fabric")
    made = committed(minimum(base=base), tranches=(late,))
    told = amounts(settled(made, "2027-06", down))
    assert told == {"commitments.0.shortfall": short}


def test_an_outage_the_buyer_caused_leaves_capacity_available() -> None:
    down = event(
        EventKind.OUTAGE,
        on(2027, 6, 15),
        ends=on(2027, 6, 16),
        site="s",
        scope="fabric",
        cause="buyer",
    )
    made = committed(minimum(base=Quantity.AVAILABLE))
    assert amounts(settled(made, "2027-06", down)) == {"commitments.0.shortfall": "61200.00"}


def test_tranches_make_up_for_each_other() -> None:
    tranches = (TRANCHE, replace(TRANCHE, id="U", nodes="m[01-10]"))
    both = [*uses(0, 0, 72_000), gpu_hours(APRIL + 2, 40_000, "C.U")]
    told = amounts(settled(committed(minimum(), tranches=tranches), "2027-06", *both))
    assert told["commitments.0.shortfall"] == "10400.00"  # 122,400 − 112,000
    apart = committed(minimum(tranches=("T",)), minimum(tranches=("U",)), tranches=tranches)
    told = amounts(settled(apart, "2027-06", *both))
    assert "commitments.0.shortfall" not in told
    assert told["commitments.1.shortfall"] == "21200.00"


def test_months_of_a_quarter_make_up_for_each_other() -> None:
    """85 % of 91 days · 2,400 is 185,640; used are 180,000."""
    made = committed(minimum(interval=Interval.QUARTER))
    readings = uses(72_000, 36_000, 72_000)
    assert "commitments.0.shortfall" not in amounts(settled(made, "2027-05", *readings))
    told = amounts(settled(made, "2027-06", *readings))
    assert told["commitments.0.shortfall"] == "5640.00"


def test_a_year_and_a_term_are_settled_at_their_end() -> None:
    year = committed(minimum("0.5", interval=Interval.YEAR))
    assert amounts(settled(year, "2027-11")) == {}
    half = {"commitments.0.shortfall": "438000.00"}  # 365 · 2,400 / 2
    assert amounts(settled(year, "2027-12")) == half
    term = committed(
        minimum("0.5", interval=Interval.TERM), tranches=(replace(TRANCHE, term_months=12),)
    )
    assert amounts(settled(term, "2027-11")) == {}
    assert amounts(settled(term, "2027-12")) == half
    assert amounts(settled(term, "2028-01")) == {}


def test_a_tranche_ended_early_closes_its_interval() -> None:
    made = committed(minimum("0.5", interval=Interval.YEAR))
    ended = event(EventKind.TERMINATED, on(2027, 2), contract="C")
    assert amounts(settled(made, "2027-01", ended)) == {"commitments.0.shortfall": "37200.00"}
    assert amounts(settled(made, "2027-12", ended)) == {}


def test_a_price_that_moves_is_weighed_by_the_base() -> None:
    """Half of June at 1, half at 1.10: a unit short costs 1.05."""
    up = Escalator(step_share=Decimal("0.10"), first=date(2027, 6, 16))
    made = contract(replace(USED, escalator=up), commitments=(minimum(),))
    told = amounts(settled(made, "2027-06"))
    assert told == {"commitments.0.shortfall": "64260.00"}


def test_make_up_gives_back_what_a_shortfall_paid_for() -> None:
    """April lacks 1,200 of 61,200; May takes 800 above 63,240, June 5,000 above 61,200."""
    made = committed(minimum(carry_forward_months=6))
    readings = uses(60_000, 64_040, 66_200, 61_200, first=APRIL)
    before = [
        gpu_hours(Month(2027, 1) + k, hours) for k, hours in enumerate((63_240, 57_120, 63_240))
    ]
    facts = [*before, *readings]
    assert amounts(settled(made, "2027-04", *facts))["commitments.0.shortfall"] == "1200.00"
    may = settled(made, "2027-05", *facts)
    assert amounts(may)["commitments.0.make-up.2027-04"] == "-800.00"
    assert may.charges[1].kind is ChargeKind.MAKE_UP
    june = amounts(settled(made, "2027-06", *facts))
    assert june["commitments.0.make-up.2027-04"] == "-400.00"
    assert june["rates.use.T"] == "66200.00"


def test_make_up_is_used_oldest_first_and_expires() -> None:
    readings = [
        gpu_hours(Month(2027, 1), 62_240),  # 1,000 short of 63,240
        gpu_hours(Month(2027, 2), 55_120),  # 2,000 short of 57,120
        gpu_hours(Month(2027, 3), 63_740),  # 500 more than 63,240
        gpu_hours(Month(2027, 4), 71_200),  # 10,000 more than 61,200
    ]
    lasting = committed(minimum(carry_forward_months=3))
    march = amounts(settled(lasting, "2027-03", *readings))
    assert march == {"rates.use.T": "63740.00", "commitments.0.make-up.2027-01": "-500.00"}
    april = amounts(settled(lasting, "2027-04", *readings))
    assert april == {
        "rates.use.T": "71200.00",
        "commitments.0.make-up.2027-01": "-500.00",
        "commitments.0.make-up.2027-02": "-2000.00",
    }
    short = committed(minimum(carry_forward_months=2))
    april = amounts(settled(short, "2027-04", *readings))
    assert april == {"rates.use.T": "71200.00", "commitments.0.make-up.2027-02": "-2000.00"}
    none = committed(minimum())
    assert amounts(settled(none, "2027-04", *readings)) == {"rates.use.T": "71200.00"}


def test_make_up_is_worth_what_was_paid() -> None:
    made = committed(minimum(carry_forward_months=3, shortfall_price=Decimal("0.25")))
    readings = [gpu_hours(Month(2027, 1), 62_240), gpu_hours(Month(2027, 2), 60_000)]
    assert amounts(settled(made, "2027-01", *readings))["commitments.0.shortfall"] == "250.00"
    told = amounts(settled(made, "2027-02", *readings))
    assert told["commitments.0.make-up.2027-01"] == "-250.00"


def test_what_does_not_fit_is_refused() -> None:
    def codes(made: Contract) -> list[str]:
        return [one[:8] for one in refused(made, "2027-06")]

    assert codes(contract(USED, replace(HELD), commitments=(minimum(),))) == ["OTK-L050"]
    assert codes(committed(minimum(base=Quantity.USED))) == ["OTK-L050"]
    tokens = Rate(id="use", basis=Basis.MILLION_TOKENS, price=Decimal(1), quantity=Quantity.USED)
    assert "OTK-L050" in codes(contract(tokens, commitments=(minimum(),)))
    tier = Tier(from_amount=Decimal(1000), price=Decimal("0.5"))
    assert codes(contract(replace(USED, tiers=(tier,)), commitments=(minimum(),))) == ["OTK-L050"]
    assert codes(committed(minimum(rate="usage"))) == ["OTK-L028"]
    assert codes(committed(minimum(tranches=("X",)))) == ["OTK-L026"]


def test_two_rates_are_told_apart_by_name() -> None:
    made = contract(USED, HELD, commitments=(minimum(rate="use"),))
    told = amounts(settled(made, "2027-06"))
    assert told == {"rates.held.T": "72000.00", "commitments.0.shortfall": "61200.00"}
