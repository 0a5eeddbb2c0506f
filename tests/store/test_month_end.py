"""The worked month, closed on both databases; late facts correct it in the next month."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from offtake.errors import OfftakeError
from offtake.model.event import Event, EventKind
from offtake.model.month import Month
from offtake.model.records import Readings, Records
from offtake.store import (
    Store,
    balances,
    charge_in,
    closings,
    contracts_in,
    records,
    statement_in,
    transactions,
    untrue,
)
from offtake.store.month_end import MonthEnd, close_month
from tests.ledger.june import AS_OF, CONTRACTS, JUNE, READINGS, RECORDS

NOW = AS_OF + timedelta(hours=1)
JULY = JUNE + 1
JULY_AS_OF = datetime(2027, 8, 2, 12, tzinfo=UTC)


def july() -> Records:
    """What July needs: the same meters, a month on, and the fixing of its last day."""
    starts, ends = datetime(2027, 7, 1, tzinfo=UTC), datetime(2027, 8, 1, tzinfo=UTC)
    moved = [
        replace(r, id=f"july-{r.id}", starts=starts, ends=ends, recorded=ends) for r in READINGS
    ]
    day = datetime(2027, 7, 30, 16, tzinfo=UTC)
    fixings = tuple(replace(f, day=day.date(), recorded=day) for f in RECORDS.fixings)
    return Records(readings=Readings.of(moved), fixings=fixings)


def june(store: Store) -> MonthEnd:
    return close_month(store, CONTRACTS, JUNE, records=RECORDS, as_of=AS_OF, now=NOW)


def test_the_worked_month_is_closed_to_the_cent(store: Store) -> None:
    made = june(store)
    assert not made.was_closed
    assert made.appended.new_count == len(RECORDS.events) + len(READINGS) + 2
    net = {i.contract: str(i.net) for i in made.statement.invoices}
    assert net == {"0": "1291552.88", "A": "6643634.41", "B": "6842320.90"}
    with store.reading() as connection:
        found = {(b.party, b.account): str(b.amount) for b in balances(connection)}
        assert list(untrue(connection)) == []
    assert found["opco", "Assets:Receivable:hyperco"] == "4748879.42"
    assert found["hyperco", "Liabilities:Payable:opco"] == "-4748879.42"
    assert found["opco", "Liabilities:Prepayment:A"] == "1894754.99"
    results: dict[str, Decimal] = {}
    for (party, account), amount in found.items():
        if account.startswith(("Income:", "Expenses:")):
            results[party] = results.get(party, Decimal(0)) - Decimal(amount)
    assert results["opco"] == Decimal("5353881.53")
    assert results["siteco"] == Decimal("936000.00")
    assert results["hyperco"] == Decimal("198686.49")
    assert sum(results.values()) == 0


def test_closing_again_changes_nothing(store: Store) -> None:
    first = june(store)
    again = close_month(store, CONTRACTS, JUNE, records=RECORDS, now=NOW + timedelta(days=9))
    assert again.was_closed
    assert (again.statement, again.closing) == (first.statement, first.closing)
    assert again.appended.new_count == 0
    with pytest.raises(OfftakeError, match="OTK-B020"):
        close_month(store, CONTRACTS, JUNE, as_of=AS_OF + timedelta(days=1), now=NOW)


def test_the_terms_a_month_was_settled_by_stay_with_it(store: Store) -> None:
    june(store)
    changed = (replace(CONTRACTS[0], note="amended"), *CONTRACTS[1:])
    close_month(store, changed, JULY, records=july(), as_of=JULY_AS_OF, now=JULY_AS_OF)
    by_name = sorted(CONTRACTS, key=lambda contract: contract.id)
    with store.reading() as connection:
        assert contracts_in(connection, JUNE) == tuple(by_name)
        found = {contract.id: contract for contract in contracts_in(connection, JULY)}
        assert found["0"].note == "amended"
        assert list(untrue(connection)) == []


def test_a_trial_keeps_nothing_and_comes_to_the_same(store: Store) -> None:
    tried = close_month(store, CONTRACTS, JUNE, records=RECORDS, as_of=AS_OF, now=NOW, dry_run=True)
    with store.reading() as connection:
        assert (closings(connection), transactions(connection)) == ((), ())
        assert records(connection).events == ()
    made = june(store)
    assert (tried.statement, tried.closing.digest) == (made.statement, made.closing.digest)


def test_a_month_is_closed_as_of_the_last_fact_and_not_before_it_is_over(store: Store) -> None:
    made = close_month(store, CONTRACTS, JUNE, records=RECORDS, now=NOW)
    last = max(
        *(e.recorded for e in RECORDS.events),
        *(r.recorded for r in READINGS),
        *(f.recorded for f in RECORDS.fixings),
        datetime(2027, 7, 1, tzinfo=UTC),
    )
    assert made.closing.as_of == last


def late_outage() -> Event:
    """An outage of June that becomes known in July: two nodes of T1 for a day."""
    like = next(e for e in RECORDS.events if e.kind is EventKind.OUTAGE)
    return replace(
        like,
        id="found-late",
        nodes="n[010-011]",
        starts=datetime(2027, 6, 17, tzinfo=UTC),
        ends=datetime(2027, 6, 18, tzinfo=UTC),
        recorded=datetime(2027, 7, 15, tzinfo=UTC),
        noticed=None,
    )


def test_late_facts_correct_a_closed_month_in_the_next(store: Store) -> None:
    first = june(store)
    more = july()
    more = replace(more, events=(late_outage(),))
    second = close_month(store, CONTRACTS, JULY, records=more, as_of=JULY_AS_OF, now=JULY_AS_OF)
    assert second.closing.month == JULY
    corrections = [c for c in second.statement.charges if c.corrects == JUNE]
    assert corrections
    assert {c.contract for c in corrections} >= {"A"}
    with store.reading() as connection:
        assert statement_in(connection, JUNE) == first.statement
        for charge in corrections:
            assert charge_in(connection, charge.id) == charge
        booked = transactions(connection, party="opco", month=JULY)
        assert list(untrue(connection)) == []
    marked = [p for t in booked for p in t.postings if p.corrects == JUNE]
    owed = sum(c.minor for c in corrections if c.contract == "A")
    assert -sum(p.minor for p in marked if p.account.startswith("Income:A:")) == owed


def test_facts_that_came_after_a_close_are_counted(store: Store) -> None:
    june(store)
    more = Records(events=(late_outage(),))
    again = close_month(store, CONTRACTS, JUNE, records=more, now=NOW)
    assert (again.was_closed, again.later_count, again.appended.new_count) == (True, 1, 1)


def test_terms_that_were_changed_since_are_told(store: Store) -> None:
    assert june(store).other_contracts == ()
    changed = (replace(CONTRACTS[0], note="amended"), *CONTRACTS[1:])
    assert close_month(store, changed, JUNE, now=NOW).other_contracts == (JUNE,)


def paying(ident: str, amount: str, when: datetime, replaces: str | None = None) -> Event:
    return Event(
        id=ident,
        kind=EventKind.PAID,
        starts=when,
        recorded=when + timedelta(hours=1),
        contract="B",
        month=JUNE,
        amount=Decimal(amount),
        currency="USD",
        replaces=replaces,
    )


def test_payments_are_booked_in_their_month_and_corrected_by_reversal(store: Store) -> None:
    in_june = paying("pay-1", "1000.00", datetime(2027, 6, 29, 9, tzinfo=UTC))
    in_july = paying("pay-2", "6841320.90", datetime(2027, 7, 5, 9, tzinfo=UTC))
    facts = replace(RECORDS, events=(*RECORDS.events, in_june))
    close_month(store, CONTRACTS, JUNE, records=facts, as_of=AS_OF, now=NOW)
    with store.reading() as connection:
        cash = {b.party: b.minor for b in balances(connection) if b.account == "Assets:Cash"}
    assert cash == {"hyperco": 100_000, "lab": -100_000}
    corrected = paying("pay-1b", "900.00", datetime(2027, 7, 6, 9, tzinfo=UTC), replaces="pay-1")
    more = replace(july(), events=(in_july, corrected))
    close_month(store, CONTRACTS, JULY, records=more, as_of=JULY_AS_OF, now=JULY_AS_OF)
    with store.reading() as connection:
        cash = {b.party: b.minor for b in balances(connection) if b.account == "Assets:Cash"}
        found = transactions(connection, party="lab", month=JULY)
    assert cash == {"hyperco": 90_000 + 684_132_090, "lab": -90_000 - 684_132_090}
    kinds = sorted(str(t.kind) for t in found)
    assert kinds == ["invoice", "payment", "payment", "reversal"]


def test_facts_that_contradict_what_is_recorded_close_nothing(store: Store) -> None:
    june(store)
    other = Records(readings=Readings.of([replace(READINGS[0], amount=1)]))
    with pytest.raises(OfftakeError, match="OTK-B010"):
        close_month(store, CONTRACTS, JULY, records=other, now=NOW)
    with store.reading() as connection:
        assert [one.month for one in closings(connection)] == [JUNE]


def test_a_month_that_cannot_be_settled_is_not_closed(store: Store) -> None:
    lacking = replace(RECORDS, fixings=())
    with pytest.raises(OfftakeError):
        close_month(store, CONTRACTS, JUNE, records=lacking, as_of=AS_OF, now=NOW)
    with store.reading() as connection:
        assert (closings(connection), transactions(connection)) == ((), ())
        assert len(records(connection).events) == len(RECORDS.events)
    made = june(store)
    assert made.closing.month == Month(2027, 6)
