"""Transactions are booked once, whole, and taken back by reversal only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from offtake.errors import OfftakeError
from offtake.ledger.posting import reversed_in
from offtake.model.posting import Posting, Transaction
from offtake.store import Booked, Store, balances, book, close, parties, transactions
from tests.store.made import CONTRACTS, JUNE, noon, posted, statement, transfer

NOW = noon(JUNE)


def booked(store: Store, *sent: Transaction) -> Booked:
    with store.writing() as connection:
        return book(connection, sent, now=NOW)


def refusal(store: Store, *sent: Transaction) -> list[str]:
    """Book what is refused; give the codes, and hold that nothing was booked."""

    def attempt() -> None:
        with store.writing() as connection:
            book(connection, sent, now=NOW)

    with store.reading() as connection:
        before = transactions(connection)
    with pytest.raises(OfftakeError) as caught:
        attempt()
    with store.reading() as connection:
        assert transactions(connection) == before
    return [fault.code for fault in caught.value.faults]


def test_what_is_booked_comes_back(store: Store) -> None:
    sent = (transfer("t1"), transfer("t2", minor=-7))
    assert booked(store, *sent) == Booked(new_count=2, known_count=0)
    with store.reading() as connection:
        assert transactions(connection) == sent
        assert transactions(connection, party="Op") == ()
        assert transactions(connection, month=JUNE) == sent
        assert transactions(connection, after=JUNE) == ()
        assert parties(connection) == ("Lab",)
        found = {(b.account, b.amount) for b in balances(connection)}
        assert {(a, str(n)) for a, n in found} == {
            ("Assets:Cash", "4.93"),
            ("Equity:Capital", "-4.93"),
        }


def test_a_key_is_booked_once_however_often_it_is_sent(store: Store) -> None:
    booked(store, transfer())
    assert booked(store, transfer(), transfer(), transfer("t2")) == Booked(
        new_count=1, known_count=2
    )
    assert refusal(store, transfer("t3"), transfer(minor=501)) == ["OTK-B023"]


def test_what_is_unsound_is_refused_with_all_faults(store: Store) -> None:
    cash = Posting(account="Assets:Cash", currency="USD", minor=5, places=2)
    bad = replace(
        transfer("bad"), postings=(cash, replace(cash, minor=2**70)), day=date(2027, 7, 1)
    )
    assert refusal(store, transfer("good"), bad) == ["OTK-B027", "OTK-B024", "OTK-B025"]
    assert refusal(store, replace(transfer(), postings=(cash,))) == ["OTK-B024", "OTK-B024"]
    mixed = (cash, replace(cash, currency="NOK", minor=-5))
    assert refusal(store, replace(transfer(), postings=mixed)) == ["OTK-B024", "OTK-B024"]


def test_nothing_is_booked_in_a_closed_month(store: Store) -> None:
    with store.writing() as connection:
        close(connection, statement(), posted(), contracts=CONTRACTS, now=NOW)
    assert refusal(store, transfer("late"), transfer("fine", month=JUNE + 1)) == ["OTK-B025"]
    assert refusal(store, transfer("older", month=JUNE + -1)) == ["OTK-B025"]
    assert booked(store, transfer("next", month=JUNE + 1)).new_count == 1


def test_a_reversal_leaves_nothing_and_happens_once(store: Store) -> None:
    booked(store, transfer())
    back = reversed_in(transfer(), JUNE, "it was wrong")
    assert booked(store, back).new_count == 1
    assert booked(store, back).known_count == 1
    with store.reading() as connection:
        assert balances(connection) == ()
    assert refusal(store, replace(back, key="again")) == ["OTK-B028"]
    assert refusal(store, reversed_in(transfer("never"), JUNE, "x")) == ["OTK-B028"]


def test_a_reversal_of_something_else_is_refused_by_the_database(store: Store) -> None:
    booked(store, transfer())
    assert refusal(store, transfer("r", minor=499, reverses="t1")) == ["OTK-B032"]


def test_largest_amounts_are_exact(store: Store) -> None:
    most = 2**63 - 1
    booked(store, transfer("most", minor=most))
    with store.reading() as connection:
        assert {b.minor for b in balances(connection)} == {most, -most}


def test_balances_until_a_month(store: Store) -> None:
    booked(store, transfer("a"), transfer("b", month=JUNE + 1))
    with store.reading() as connection:
        assert {abs(b.minor) for b in balances(connection, until=JUNE)} == {500}
        assert {abs(b.minor) for b in balances(connection, until=JUNE + 1)} == {1000}
        assert balances(connection, party="Op") == ()
