"""Prepayments by hand: a tranche of 10 nodes for 10 months at 1,000 a node-month: 100,000."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from offtake.model.clause import Basis, Prepayment, Rate
from offtake.model.contract import Contract
from offtake.model.event import Event, EventKind
from tests.ledger.small import TRANCHE, accepted, amounts, contract, event, on, refused, settled

RATE = Rate(id="held", basis=Basis.NODE_MONTH, price=Decimal(1000))
TEN_MONTHS = replace(TRANCHE, due=date(2027, 3, 1), accepted=date(2027, 3, 1), term_months=10)


def ahead(share: str = "0.2", count: int = 3, **more: Any) -> Prepayment:
    return Prepayment(share=Decimal(share), instalment_count=count, **more)


def prepaid(*clauses: Prepayment, **more: Any) -> Contract:
    return contract(RATE, prepayments=clauses, **({"tranches": (TEN_MONTHS,)} | more))


def cash(made: Contract, month: str, *told: Event) -> dict[str, str]:
    found = amounts(settled(made, month, *told))
    return {name: amount for name, amount in found.items() if name.startswith("prepay")}


def test_it_is_paid_so_many_days_before_due() -> None:
    made = prepaid(ahead(lead_days=30, credit_from_month=4))
    assert cash(made, "2027-01") == {"prepayments.0.T.paid": "20000.00"}  # 30 January
    assert cash(made, "2027-02") == {}
    assert cash(prepaid(ahead(credit_from_month=4)), "2027-03") == {
        "prepayments.0.T.paid": "20000.00"
    }
    signed = prepaid(ahead(lead_days=90, credit_from_month=4), signed=date(2027, 2, 15))
    assert cash(signed, "2027-02") == {"prepayments.0.T.paid": "20000.00"}


def test_it_is_credited_in_equal_parts_and_the_last_absorbs_the_rest() -> None:
    made = prepaid(ahead(credit_from_month=3))
    credits = [cash(made, f"2027-{month:02}") for month in range(4, 9)]
    assert credits == [
        {},
        {"prepayments.0.T.credit": "-6666.67"},
        {"prepayments.0.T.credit": "-6666.67"},
        {"prepayments.0.T.credit": "-6666.66"},
        {},
    ]


def test_it_moves_cash_and_not_cost() -> None:
    invoice = settled(prepaid(ahead(credit_from_month=3)), "2027-05")
    assert (str(invoice.net), str(invoice.cash_due)) == ("10000.00", "3333.33")
    assert invoice.charges[-1].kind.is_cash_only


def test_what_is_paid_ahead_does_not_move_with_delay() -> None:
    late = replace(TEN_MONTHS, accepted=None)
    made = prepaid(ahead(lead_days=30), tranches=(late,))
    done = accepted(on(2027, 5, 20))
    assert cash(made, "2027-01", done) == {"prepayments.0.T.paid": "20000.00"}
    assert cash(made, "2027-04", done) == {}
    assert cash(made, "2027-05", done) == {"prepayments.0.T.credit": "-6666.67"}


def test_a_tranche_ended_early_leaves_a_balance_that_is_told() -> None:
    made = prepaid(ahead(credit_from_month=3))
    ended = event(EventKind.TERMINATED, on(2027, 6, 16), contract="C")
    invoice = settled(made, "2027-06", ended)
    assert cash(made, "2027-06", ended) == {"prepayments.0.T.credit": "-6666.67"}
    assert invoice.notes == (
        "T has ended with 6666.66 USD of its prepayment not credited; the contract does not say "
        "whose it is",
    )
    after = settled(made, "2027-07", ended)
    assert (after.charges, after.notes) == ((), ())
    assert settled(made, "2027-12").notes == ()  # all of it was credited


def test_tranches_that_are_named_are_prepaid() -> None:
    two = (TEN_MONTHS, replace(TEN_MONTHS, id="U", nodes="m[01-10]"))
    made = prepaid(ahead(tranches=("U",), credit_from_month=2), tranches=two)
    assert cash(made, "2027-03") == {"prepayments.0.U.paid": "20000.00"}


def test_what_cannot_be_credited_is_refused() -> None:
    made = prepaid(ahead("0.000001", count=36))  # 10 cents in 36 parts
    assert cash(prepaid(ahead("0.000001", count=36, credit_from_month=9)), "2027-04") == {}
    tiny = prepaid(ahead("0.0000018", count=36))  # 18 cents: half a cent a month, rounded up
    assert [one[:8] for one in refused(tiny, "2027-03")] == ["OTK-L053"]
    assert cash(made, "2027-03") == {
        "prepayments.0.T.paid": "0.10",
        "prepayments.0.T.credit": "0.00",
    }
