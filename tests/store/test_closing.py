"""A month is closed wholly or not at all, in order, once, and for good."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import make_url, text

from offtake.errors import OfftakeError
from offtake.model.contract import Contract
from offtake.model.month import Month
from offtake.model.statement import Statement
from offtake.store import (
    Closing,
    Store,
    balances,
    book,
    charge_in,
    close,
    closings,
    open_store,
    statement_in,
    statements,
    transactions,
    untrue,
)
from tests.store.conftest import new_database
from tests.store.made import CONTRACTS, JUNE, noon, posted, statement, transfer


def closed(store: Store, month: Month = JUNE, *, seed: int = 0) -> Closing:
    with store.writing() as connection:
        return close(
            connection,
            statement(month, seed=seed),
            posted(month, seed=seed),
            contracts=CONTRACTS,
            now=noon(month, 4),
        )


def refusal(store: Store, made: Statement, contracts: tuple[Contract, ...] = CONTRACTS) -> str:
    def attempt() -> None:
        with store.writing() as connection:
            close(connection, made, posted(made.month), contracts=contracts, now=noon(JUNE))

    with pytest.raises(OfftakeError) as caught:
        attempt()
    return caught.value.faults[0].code


def test_a_statement_comes_back_with_every_line_and_step(store: Store) -> None:
    months = [JUNE, JUNE + 1, JUNE + 2]
    made = [closed(store, month) for month in months]
    with store.reading() as connection:
        assert closings(connection) == tuple(made)
        assert statements(connection) == tuple(map(statement, months))
        assert statement_in(connection, JUNE) == statement()
        for charge in statement(JUNE + 1).charges:
            assert charge_in(connection, charge.id) == charge
        booked = transactions(connection, month=JUNE)
        assert sorted(t.key for t in booked) == sorted(t.key for t in posted())
        assert list(untrue(connection)) == []


def test_closing_again_changes_nothing(store: Store) -> None:
    first = closed(store)
    closed(store, JUNE + 1)
    with store.reading() as connection:
        before = transactions(connection)
    assert closed(store) == first
    with store.reading() as connection:
        assert transactions(connection) == before


def test_a_closed_month_is_not_closed_with_another_statement(store: Store) -> None:
    closed(store)
    assert refusal(store, statement(seed=1)) == "OTK-B020"
    with store.reading() as connection:
        assert statement_in(connection, JUNE) == statement()


@pytest.mark.parametrize("step", [-12, -1, 2, 12])
def test_months_are_closed_one_after_the_other(store: Store, step: int) -> None:
    closed(store)
    assert refusal(store, statement(JUNE + step)) == "OTK-B021"


def test_a_month_is_over_before_it_is_closed(store: Store) -> None:
    ends = noon(JUNE, 1).replace(hour=0)
    early = replace(statement(), as_of=ends - timedelta(seconds=1))
    assert refusal(store, early) == "OTK-B022"
    west = (replace(CONTRACTS[0], time_zone="America/Chicago"), CONTRACTS[1])
    assert refusal(store, replace(statement(), as_of=ends), west) == "OTK-B022"


def test_a_close_that_fails_leaves_nothing(store: Store) -> None:
    lacking = posted()[:-1]
    with pytest.raises(OfftakeError) as caught, store.writing() as connection:
        close(connection, statement(), lacking, contracts=CONTRACTS, now=noon(JUNE))
    assert caught.value.faults[0].code == "OTK-B032"
    assert "not booked by both parties" in str(caught.value)
    with store.reading() as connection:
        assert (closings(connection), transactions(connection)) == ((), ())
        assert connection.scalar(text("SELECT count(*) FROM charge")) == 0
    closed(store)


def test_a_month_closes_only_when_both_parties_have_booked_all_of_it(store: Store) -> None:
    whole = posted()
    for place, one in enumerate(whole):
        more = tuple(replace(p, minor=p.minor * 2) for p in one.postings)
        others = (*whole[:place], *whole[place + 1 :])
        elsewhere = replace(one, party="Somebody")
        for sent in (others, (*others, replace(one, postings=more)), (*others, elsewhere)):
            refused = pytest.raises(OfftakeError, match="not booked by both parties")
            with refused, store.writing() as connection:
                close(connection, statement(), sent, contracts=CONTRACTS, now=noon(JUNE))
    closed(store)


def test_trying_keeps_nothing(store: Store) -> None:
    with store.trying() as connection:
        made = close(connection, statement(), posted(), contracts=CONTRACTS, now=noon(JUNE, 4))
        assert statement_in(connection, JUNE) == statement()
    with store.reading() as connection:
        assert (closings(connection), balances(connection)) == ((), ())
    assert closed(store) == made


def test_what_is_not_there_is_told(store: Store) -> None:
    closed(store)
    with store.reading() as connection:
        with pytest.raises(OfftakeError, match="did you mean '2027-06'"):
            statement_in(connection, JUNE + 1)
        with pytest.raises(OfftakeError, match="did you mean 'A/2027-06/tax'"):
            charge_in(connection, "A/2027-06/taxes")


def test_a_digest_holds_all_that_was_closed_and_what_came_before(store: Store) -> None:
    with store.writing() as connection:
        book(connection, [transfer("opening")], now=noon(JUNE))
    first = closed(store)
    second = closed(store, JUNE + 1)
    assert len({first.digest, second.digest}) == 2


def test_what_was_changed_around_the_database_is_found(store: Store) -> None:
    closed(store)
    closed(store, JUNE + 1)
    lite = store.engine.dialect.name == "sqlite"
    with store.writing() as connection:
        for table in ("charge", "posting"):
            off = f"DROP TRIGGER {table}_update"
            off = off if lite else f"ALTER TABLE {table} DISABLE TRIGGER {table}_keep"
            connection.execute(text(off))
        connection.execute(text("UPDATE charge SET minor = minor + 1 WHERE id = 'A/2027-06/tax'"))
        connection.execute(
            text("UPDATE posting SET account = 'x' WHERE account LIKE 'Income:0%' AND position = 1")
        )
    with store.reading() as connection:
        found = [(f.code, f.where.path) for f in untrue(connection)]
    assert found == [
        ("OTK-B031", "transactions.invoice/0/2027-06/seller"),
        ("OTK-B031", "transactions.invoice/0/2027-07/seller"),
        ("OTK-B031", "2027-06"),
        ("OTK-B031", "2027-07"),
    ]


def test_the_margins_of_a_month_stand_in_the_books(store: Store) -> None:
    closed(store)
    with store.reading() as connection:
        found = balances(connection)
    results: dict[str, int] = {}
    for balance in found:
        if balance.account.startswith(("Income:", "Expenses:", "Liabilities:Tax:")):
            results[balance.party] = results.get(balance.party, 0) - balance.minor
    wanted = {p.party: p.in_minor - p.out_minor for p in statement().positions}
    assert results == wanted


def test_who_closes_needs_to_insert_and_select_only(postgres: str) -> None:
    url = new_database(postgres)
    owner = open_store(url)
    name = f"clerk_{uuid.uuid4().hex}"
    with owner.writing() as connection:
        connection.execute(text(f"CREATE ROLE {name} LOGIN"))
        connection.execute(text(f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {name}"))
    owner.close()
    clerk = open_store(make_url(url).set(username=name).render_as_string())
    closed(clerk)
    closed(clerk, JUNE + 1)
    with pytest.raises(OfftakeError, match="permission denied"), clerk.writing() as connection:
        connection.execute(text("UPDATE charge SET minor = 0"))
    with pytest.raises(OfftakeError, match="must be owner"), clerk.writing() as connection:
        connection.execute(text("ALTER TABLE charge DISABLE TRIGGER ALL"))
    with clerk.reading() as connection:
        assert list(untrue(connection)) == []
    clerk.close()


def test_two_who_close_at_once_close_it_once(store: Store) -> None:
    made: list[Closing] = []
    threads = [threading.Thread(target=lambda: made.append(closed(store))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [made[0]] * 4
    with store.reading() as connection:
        assert len(transactions(connection)) == len(posted())
        assert list(untrue(connection)) == []
