"""A statement becomes double entry: both books mirror each other, to the last unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.errors import OfftakeError
from offtake.ledger.posting import (
    CASH,
    booked,
    due_payments,
    paid,
    payable,
    receivable,
    reversed_in,
    unsound,
)
from offtake.model.charge import ChargeKind
from offtake.model.month import Month
from offtake.model.posting import Transaction, TransactionKind
from offtake.model.statement import Statement
from tests.store.made import JUNE, invoice, line, noon, payment, posted, statement, transfer

K = ChargeKind


def sums(found: Sequence[Transaction]) -> dict[tuple[str, str], int]:
    """Add up postings by party and account; what comes to nothing is left out."""
    totals: dict[tuple[str, str], int] = {}
    for transaction in found:
        for posting in transaction.postings:
            key = (transaction.party, posting.account)
            totals[key] = totals.get(key, 0) + posting.minor
    return {key: minor for key, minor in totals.items() if minor}


def of(*lines: tuple[ChargeKind, int, Month | None]) -> Statement:
    charges = [line("A", JUNE, kind, minor, corrects) for kind, minor, corrects in lines]
    as_of = noon(JUNE)
    made = invoice("A", JUNE, charges, as_of)
    return Statement(month=JUNE, as_of=as_of, invoices=(made,))


def test_an_invoice_stands_in_both_books() -> None:
    seller, buyer = booked(
        of(
            (K.CAPACITY, 1000, None),
            (K.SERVICE_CREDIT, -100, None),
            (K.TAX, 50, None),
            (K.PREPAYMENT_CREDIT, -300, None),
            (K.CAPACITY, 7, JUNE + -1),
        )
    )
    assert (seller.party, buyer.party) == ("Op", "Lab")
    assert (seller.key, buyer.key) == ("invoice/A/2027-06/seller", "invoice/A/2027-06/buyer")
    assert seller.day == date(2027, 6, 30)
    assert {(p.account, p.minor, p.corrects) for p in seller.postings} == {
        ("Assets:Receivable:Lab", 657, None),
        ("Income:A:capacity", -1000, None),
        ("Income:A:capacity", -7, JUNE + -1),
        ("Income:A:service-credit", 100, None),
        ("Liabilities:Tax:A", -50, None),
        ("Liabilities:Prepayment:A", 300, None),
    }
    assert {(p.account, p.minor, p.corrects) for p in buyer.postings} == {
        ("Liabilities:Payable:Op", -657, None),
        ("Expenses:A:capacity", 1000, None),
        ("Expenses:A:capacity", 7, JUNE + -1),
        ("Expenses:A:service-credit", -100, None),
        ("Expenses:A:tax", 50, None),
        ("Assets:Prepayment:A", -300, None),
    }


def test_a_prepayment_is_a_debt_until_it_is_credited() -> None:
    found = booked(of((K.PREPAYMENT, 900, None)))
    assert sums(found) == {
        ("Op", "Assets:Receivable:Lab"): 900,
        ("Op", "Liabilities:Prepayment:A"): -900,
        ("Lab", "Assets:Prepayment:A"): 900,
        ("Lab", "Liabilities:Payable:Op"): -900,
    }


def test_an_invoice_of_nothing_is_not_booked() -> None:
    assert booked(of()) == ()
    assert booked(of((K.CAPACITY, 0, None))) == ()
    # Nothing to pay, yet lines that say something: they are booked.
    assert len(booked(of((K.CAPACITY, 5, None), (K.PREPAYMENT_CREDIT, -5, None)))) == 2


def test_what_is_too_large_for_a_book_is_told() -> None:
    with pytest.raises(OfftakeError, match="OTK-B027"):
        booked(of((K.CAPACITY, 2**63, None)))


LINES = st.lists(
    st.tuples(
        st.sampled_from(ChargeKind),
        st.integers(-(10**12), 10**12),
        st.sampled_from([None, JUNE + -1, JUNE + -2]),
    ),
    max_size=9,
)


@given(LINES)
def test_books_balance_and_mirror_each_other(
    lines: list[tuple[ChargeKind, int, Month | None]],
) -> None:
    made = of(*lines)
    found = booked(made)
    assert [unsound(transaction) for transaction in found] == [[] for _ in found]
    totals = sums(found)
    cash = made.invoices[0].cash_minor
    assert totals.get(("Op", receivable("Lab")), 0) == cash
    assert totals.get(("Lab", payable("Op")), 0) == -cash
    for position in made.positions:
        result = -sum(
            minor
            for (party, account), minor in totals.items()
            if party == position.party
            and account.startswith(("Income:", "Expenses:", "Liabilities:Tax:"))
        )
        assert result == position.in_minor - position.out_minor


def test_payments_move_cash_and_leave_less_owed() -> None:
    made = statement()
    cash = made.by_contract["A"].cash_due
    all_of_it = payment("p", datetime(2027, 6, 28, tzinfo=UTC), str(cash))
    found = (*booked(made), *paid([all_of_it], [made], JUNE))
    totals = sums(found)
    assert ("Op", "Assets:Receivable:Lab") not in totals
    assert ("Lab", "Liabilities:Payable:Op") not in totals
    minor = int(cash * 100)
    assert (totals["Op", CASH], totals["Lab", CASH]) == (minor, -minor)


def test_a_payment_is_booked_in_the_month_it_was_made_in() -> None:
    closed = [statement(), statement(JUNE + 1)]
    late = payment("p", datetime(2027, 7, 9, tzinfo=UTC), "5.00")
    assert paid([late], closed, JUNE) == ()
    (seller, _) = paid([late], closed, JUNE + 1)
    assert (seller.month, seller.day) == (JUNE + 1, date(2027, 7, 9))
    (known_late, _) = paid([late], closed, JUNE + 2)
    assert known_late.day == date(2027, 8, 1)
    assert "paid 2027-07-09 and known too late for its month" in known_late.text


def test_a_payment_ahead_or_from_before_the_books_is_of_the_contracts_parties() -> None:
    for month in (JUNE + -1, JUNE + 1):
        event = payment("p", datetime(2027, 6, 2, tzinfo=UTC), "5.00", month=month)
        seller, buyer = paid([event], [statement()], JUNE)
        assert (seller.party, buyer.party, seller.invoice) == ("Op", "Lab", None)
        assert f"on A/{month}" in seller.text


def test_payments_that_cannot_be_are_told_all_at_once() -> None:
    when = datetime(2027, 6, 2, tzinfo=UTC)
    wrong = [
        replace(payment("p1", when, "5.00"), contract="Z"),
        replace(payment("p2", when, "5.00"), currency="NOK"),
        payment("p3", when, "5.001"),
    ]
    with pytest.raises(OfftakeError) as caught:
        paid([*wrong, payment("fine", when, "5.00")], [statement()], JUNE)
    assert [(f.code, f.where.path) for f in caught.value.faults] == [
        ("OTK-B026", "events.p1"),
        ("OTK-B026", "events.p2"),
        ("OTK-B026", "events.p3"),
    ]


def test_a_payment_of_nothing_is_how_one_is_taken_back() -> None:
    when = datetime(2027, 6, 2, tzinfo=UTC)
    assert paid([payment("p", when, "0")], [statement()], JUNE) == ()


def test_a_corrected_payment_is_reversed_and_booked_anew() -> None:
    when = datetime(2027, 6, 20, tzinfo=UTC)
    closed = [statement()]
    first = paid([payment("p", when, "5.00")], closed, JUNE)
    after = payment("q", when, "4.00", replaces="p")
    again = due_payments([after], {"p": first}, [*closed, statement(JUNE + 1)], JUNE + 1)
    assert [t.kind for t in again] == [TransactionKind.REVERSAL] * 2 + [TransactionKind.PAYMENT] * 2
    assert {t.day for t in again} == {date(2027, 7, 1)}
    totals = sums((*first, *again))
    assert (totals["Op", CASH], totals["Lab", CASH]) == (400, -400)


def test_a_payment_that_stands_is_not_booked_again() -> None:
    event = payment("p", datetime(2027, 6, 20, tzinfo=UTC), "5.00")
    first = paid([event], [statement()], JUNE)
    assert due_payments([event], {"p": first}, [statement()], JUNE + 1) == ()


def test_a_reversal_is_the_mirror_of_what_it_takes_back() -> None:
    for transaction in posted():
        back = reversed_in(transaction, JUNE + 1, "wrong")
        assert unsound(back) == []
        assert sums([transaction, back]) == {}
        assert (back.reverses, back.day) == (transaction.key, date(2027, 7, 1))


def test_amounts_are_told_in_the_currency() -> None:
    posting = transfer().postings[0]
    assert posting.amount == Decimal("5.00")
    assert str(replace(posting, places=0).amount) == "500"
