"""Options by hand: what they end, lengthen, add and cost, and when they may be used."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from offtake.model.clause import Escalator, Holder, IndexLink, Option, OptionKind
from offtake.model.contract import Contract
from offtake.model.event import Event, EventKind
from offtake.units import facility_mw, it_mw
from tests.ledger.small import (
    HELD,
    TRANCHE,
    USED,
    amounts,
    contract,
    event,
    on,
    refused,
    settled,
)


def holding(kind: OptionKind, **more: Any) -> Contract:
    return contract(options=(Option(id="o", kind=kind, **more),))


def used(starts: datetime, **more: Any) -> Event:
    told: dict[str, Any] = {"recorded": on(2027, 1, 2), "contract": "C", "option": "o"}
    return event(EventKind.OPTION_USED, starts, "use", **(told | more))


def test_an_exit_with_notice_ends_service_and_costs_a_fee() -> None:
    made = holding(OptionKind.TERMINATE, notice_days=90, fee_amount=Decimal("5000"))
    leaving = used(on(2027, 6, 16), recorded=on(2027, 3, 18))
    assert amounts(settled(made, "2027-06", leaving)) == {
        "rates.held.T": "36000.00",
        "options.o.fee.use": "5000.00",
    }
    assert amounts(settled(made, "2027-07", leaving)) == {}
    told = refused(made, "2027-06", used(on(2027, 6, 16), recorded=on(2027, 3, 19)))
    assert told == [
        "OTK-L062 contracts.C.options.o (2027-06): event use gives too short a notice; got "
        "89.00 days; at least 90 days are agreed"
    ]
    noticed = used(on(2027, 6, 16), recorded=on(2027, 3, 19), noticed=on(2027, 3, 18))
    assert settled(made, "2027-06", noticed).charges


def test_one_tranche_is_ended() -> None:
    two = (TRANCHE, replace(TRANCHE, id="U", nodes="m[01-10]"))
    made = replace(holding(OptionKind.TERMINATE), tranches=two)
    leaving = used(on(2027, 6, 16), tranches=("C.U",))
    assert amounts(settled(made, "2027-06", leaving)) == {
        "rates.held.T": "72000.00",
        "rates.held.U": "36000.00",
    }


def test_a_buy_out_ends_service_for_its_price() -> None:
    made = holding(OptionKind.BUY_OUT, fee_amount=Decimal("1000000"))
    bought = used(on(2027, 6, 1))
    assert amounts(settled(made, "2027-06", bought)) == {"options.o.fee.use": "1000000.00"}


def test_an_extension_adds_months_at_its_own_price() -> None:
    made = holding(OptionKind.EXTEND, months=3, price=Decimal("0.80"))
    longer = used(on(2029, 1, 1))
    assert amounts(settled(made, "2028-12", longer)) == {"rates.held.T": "74400.00"}
    assert amounts(settled(made, "2029-03", longer)) == {"rates.held.T": "59520.00"}
    assert amounts(settled(made, "2029-04", longer)) == {}
    assert amounts(settled(made, "2029-01")) == {}
    same = holding(OptionKind.EXTEND, months=3)
    assert amounts(settled(same, "2029-03", longer)) == {"rates.held.T": "74400.00"}


def test_a_price_under_an_option_follows_no_index_and_takes_no_steps() -> None:
    made = holding(OptionKind.EXTEND, months=3, price=Decimal("0.80"))
    linked = replace(
        HELD,
        index=IndexLink(index="GPUX", reference_price=Decimal(1)),
        escalator=Escalator(step_share=Decimal("0.5"), every_months=12),
    )
    invoice = settled(replace(made, rates=(linked,)), "2029-03", used(on(2029, 1, 1)))
    assert amounts(invoice) == {"rates.held.T": "59520.00"}


def test_an_extension_twice_adds_twice() -> None:
    made = holding(OptionKind.EXTEND, months=1, price=Decimal("0.80"))
    once, again = used(on(2029, 1, 1)), replace(used(on(2029, 2, 1)), id="again")
    assert amounts(settled(made, "2029-02", once)) == {}
    assert amounts(settled(made, "2029-02", once, again)) == {"rates.held.T": "53760.00"}


@pytest.mark.parametrize(("price", "line"), [(None, None), ("0.25", "900.00")])
def test_curtailed_capacity_is_not_charged_or_at_its_own_price(
    price: str | None, line: str | None
) -> None:
    """5 of 10 nodes for 3 days: 3,600 GPU-hours."""
    made = holding(
        OptionKind.CURTAIL,
        holder=Holder.SELLER,
        price=None if price is None else Decimal(price),
        power_facility_mw=facility_mw(2.0),
    )
    cut = used(on(2027, 6, 10), ends=on(2027, 6, 13), node_count=5, power_mw=Decimal(2))
    told = amounts(settled(made, "2027-06", cut))
    assert told["rates.held.T"] == "68400.00"
    assert told.get("options.o.use.T") == line
    too_much = replace(cut, power_mw=Decimal("2.1"))
    assert [one[:8] for one in refused(made, "2027-06", too_much)] == ["OTK-L066"]


def test_days_of_use_are_held_to() -> None:
    made = holding(OptionKind.TERMINATE, earliest=date(2027, 6, 1), latest=date(2027, 6, 30))
    for day, fine in ((on(2027, 5, 31), False), (on(2027, 6, 1), True), (on(2027, 7, 1), False)):
        if fine:
            settled(made, "2027-06", used(day))
        else:
            assert [one[:8] for one in refused(made, "2027-06", used(day))] == ["OTK-L063"]


def test_only_its_holder_and_its_tranches() -> None:
    made = holding(OptionKind.TERMINATE, tranches=("T",))
    by_seller = used(on(2027, 6, 1), party="seller")
    assert [one[:8] for one in refused(made, "2027-06", by_seller)] == ["OTK-L067"]
    two = replace(made, tranches=(TRANCHE, replace(TRANCHE, id="U", nodes="m[01-10]")))
    other = used(on(2027, 6, 1), tranches=("C.U",))
    assert [one[:8] for one in refused(two, "2027-06", other)] == ["OTK-L064"]
    assert [one[:8] for one in refused(made, "2027-06", replace(other, tranches=("C.X",)))] == [
        "OTK-L022",
        "OTK-L064",
    ]


def test_an_option_there_is_not() -> None:
    told = refused(holding(OptionKind.EXTEND, months=1), "2027-06", used(on(2027, 6), option="x"))
    assert [one[:8] for one in told] == ["OTK-L060"]


def test_effects_that_are_not_said_are_refused() -> None:
    assert [
        one[:8] for one in refused(holding(OptionKind.EXPAND), "2027-06", used(on(2027, 6)))
    ] == ["OTK-L065"]
    assert [
        one[:8] for one in refused(holding(OptionKind.EXTEND), "2027-06", used(on(2027, 6)))
    ] == ["OTK-L065"]
    late = used(on(2029, 3, 1))
    told = refused(holding(OptionKind.EXTEND, months=1), "2027-06", late)
    assert [one[:8] for one in told] == ["OTK-L065"]


def test_an_expansion_has_a_limit() -> None:
    more = replace(TRANCHE, id="U", nodes="m[01-10]", power_it_mw=it_mw(3.0))
    option = Option(id="o", kind=OptionKind.EXPAND, tranches=("U",), power_it_mw=it_mw(2.0))
    made = contract(tranches=(TRANCHE, more), options=(option,))
    assert [one[:8] for one in refused(made, "2027-06", used(on(2027, 6)))] == ["OTK-L066"]


def test_a_price_needs_one_rate_to_replace() -> None:
    made = replace(holding(OptionKind.EXTEND, months=3, price=Decimal("0.80")), rates=(HELD, USED))
    told = refused(made, "2029-01", used(on(2029, 1, 1)))
    assert {one[:8] for one in told} == {"OTK-L061"}
