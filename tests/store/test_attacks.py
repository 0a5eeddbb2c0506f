"""What raw SQL can not do to a store: the rules are in the database, not only in our code.

The attacker of SQLite is a plain `sqlite3` connection with its defaults: foreign keys off,
recursive triggers off. That of PostgreSQL is any client.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import Table

from offtake.store import Store, append, book, close, open_store, untrue
from offtake.store.tables import metadata
from tests.store.facts import RECORDS
from tests.store.made import CONTRACTS, JUNE, noon, posted, statement, transfer

TABLES = tuple(metadata.tables.values())
NOW = noon(JUNE)
NEW = "INSERT INTO book_transaction (key, party, month, day, kind, text, booked) VALUES"
LINE = "INSERT INTO posting (transaction_key, position, account, currency, minor, places) VALUES"


@pytest.fixture
def full(url: str) -> Iterator[str]:
    """A store with a row in every table: June is closed, one transaction stands in July."""
    store = open_store(url)
    with store.writing() as connection:
        append(connection, RECORDS, now=NOW)
        close(connection, statement(), posted(), contracts=CONTRACTS, now=NOW)
        book(connection, [transfer("t1", month=JUNE + 1)], now=NOW)
    yield url
    with store.reading() as connection:
        assert list(untrue(connection)) == []
    store.close()


@contextmanager
def attacker(url: str) -> Iterator[Any]:
    """A client of its own, that keeps what it has done if the database lets it."""
    if "://" in url:
        with psycopg.connect(url) as connection:
            yield connection
        return
    file = sqlite3.connect(url)
    with file:
        yield file
    file.close()


def refused(url: str, *statements: str) -> str:
    """Run SQL, hold that it is refused, and give what was said."""

    def attack() -> None:
        with attacker(url) as client:
            for statement in statements:
                client.execute(statement)

    with pytest.raises((sqlite3.Error, psycopg.Error)) as caught:
        attack()
    return str(caught.value)


def rows(url: str, table: str) -> list[tuple[Any, ...]]:
    with attacker(url) as client:
        return sorted(client.execute(f"SELECT * FROM {table}").fetchall(), key=repr)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_row_is_changed_deleted_or_replaced(full: str, table: Table) -> None:
    before = rows(full, table.name)
    assert before
    for column in table.columns:
        said = refused(full, f"UPDATE {table.name} SET {column.name} = {column.name}")
        assert f"offtake: a row of {table.name} is never changed" in said
    assert "offtake: a row of" in refused(full, f"DELETE FROM {table.name}")
    if "://" in full:
        assert "offtake: a row of" in refused(full, f"TRUNCATE {table.name} CASCADE")
    else:
        _never_replaced(full, table)
    assert rows(full, table.name) == before


def _never_replaced(url: str, table: Table) -> None:
    """`INSERT OR REPLACE` of SQLite deletes without asking the triggers of a deletion."""
    columns = [column.name for column in table.columns]
    keys = {column.name for column in table.primary_key}
    for name in set(columns) - keys:
        others = ", ".join(_other(table, c) if c == name else c for c in columns)
        said = f"INSERT OR REPLACE INTO {table.name} SELECT {others} FROM {table.name}"
        before = rows(url, table.name)
        if name in ("stored", "recorded"):
            # The same fact, sent again at another time: it counts once, as first recorded.
            with attacker(url) as client:
                client.execute(said)
        else:
            assert "offtake: " in refused(url, said), name
        assert rows(url, table.name) == before
    with pytest.raises(sqlite3.Error), attacker(url) as client:
        client.execute(f"INSERT OR REPLACE INTO {table.name}(rowid) VALUES (1)")


def _other(table: Table, column: str) -> str:
    whole = table.c[column].type.python_type is int
    return f"COALESCE({column}, 0) + 1" if whole else f"COALESCE({column}, '') || 'x'"


def test_a_transaction_that_does_not_balance_is_never_sealed(full: str) -> None:
    said = refused(
        full,
        f"{NEW} ('x', 'Lab', '2027-07', '2027-07-01', 'other', 'x', 0)",
        f"{LINE} ('x', 0, 'Assets:Cash', 'USD', 500, 2), ('x', 1, 'Equity:E', 'USD', -499, 2)",
        "INSERT INTO seal (key, digest) VALUES ('x', 'd')",
    )
    assert "the postings of a transaction do not balance" in said


def test_currencies_are_not_added_to_each_other(full: str) -> None:
    said = refused(
        full,
        f"{NEW} ('x', 'Lab', '2027-07', '2027-07-01', 'other', 'x', 0)",
        f"{LINE} ('x', 0, 'Assets:Cash', 'USD', 500, 2), ('x', 1, 'Equity:E', 'NOK', -500, 2)",
        "INSERT INTO seal (key, digest) VALUES ('x', 'd')",
    )
    assert "do not balance" in said


@pytest.mark.parametrize("lines", ["", "('x', 0, 'Assets:Cash', 'USD', 500, 2)"])
def test_a_transaction_of_one_posting_is_never_sealed(full: str, lines: str) -> None:
    said = refused(
        full,
        f"{NEW} ('x', 'Lab', '2027-07', '2027-07-01', 'other', 'x', 0)",
        *([f"{LINE} {lines}"] if lines else []),
        "INSERT INTO seal (key, digest) VALUES ('x', 'd')",
    )
    assert "at least two postings" in said


def test_nothing_is_added_to_what_is_sealed(full: str) -> None:
    pair = "('t1', 7, 'Assets:Cash', 'USD', 5, 2), ('t1', 8, 'Equity:E', 'USD', -5, 2)"
    assert "a posting of a sealed transaction" in refused(full, f"{LINE} {pair}")
    assert "never replaced" in refused(full, "INSERT INTO seal (key, digest) VALUES ('t1', 'd')")
    assert "a posting of no transaction" in refused(full, f"{LINE} ('y', 0, 'A', 'USD', 5, 2)")
    said = refused(full, "INSERT INTO seal (key, digest) VALUES ('nobody', 'd')")
    assert "no such transaction" in said


@pytest.mark.parametrize(
    "line",
    [
        "('x', 0, 'Assets:Cash', 'USD', 0, 2)",
        "('x', 0, 'Assets:Cash', 'DOLLARS', 5, 2)",
        "('x', 0, 'Assets:Cash', 'USD', 5, -1)",
        "('x', 0, 'Assets:Cash', 'USD', 'five', 2)",
        "('x', 0, 'Assets:Cash', 'USD', NULL, 2)",
    ],
)
def test_a_posting_is_what_it_should_be(full: str, line: str) -> None:
    refused(
        full,
        f"{NEW} ('x', 'Lab', '2027-07', '2027-07-01', 'other', 'x', 0)",
        f"{LINE} {line}",
    )


@pytest.mark.parametrize(
    "values",
    [
        "('x', 'Lab', '2027-07', '2027-06-30', 'other', 'x', 0)",
        "('x', 'Lab', '2027-7', '2027-7-01', 'other', 'x', 0)",
        "('x', 'Lab', '2027-07', '2027-07-01', 'reversal', 'x', 0)",
    ],
)
def test_a_transaction_is_of_a_day_of_its_month(full: str, values: str) -> None:
    refused(full, f"{NEW} {values}")


def test_nothing_is_booked_in_a_closed_month(full: str) -> None:
    for month in ("2027-06", "2027-05"):
        said = refused(full, f"{NEW} ('x', 'Lab', '{month}', '{month}-01', 'other', 'x', 0)")
        assert "a transaction of a closed month" in said
    invoice = "(id, month, position, contract, seller, buyer, currency, places, net_minor,"
    invoice += " cash_minor, body) VALUES ('Z/2027-06', '2027-06', 9, 'Z', 'a', 'b', 'USD', 2"
    assert "of a closed month" in refused(full, f"INSERT INTO invoice {invoice}, 0, 0, '{{}}')")
    line = "(id, invoice, position, kind, minor, body) VALUES ('q', 'A/2027-06', 99, 'usage', 1"
    assert "a line of a closed month" in refused(full, f"INSERT INTO charge {line}, '{{}}')")
    money = "(id, month, position, payer, payee, currency, places, minor, body)"
    values = "('q', '2027-06', 9, 'a', 'b', 'USD', 2, 1, '{}')"
    assert "of a closed month" in refused(full, f"INSERT INTO external {money} VALUES {values}")


def test_months_are_closed_in_order_and_once(full: str) -> None:
    close_it = "INSERT INTO closing (month, as_of, closed, contracts, digest) VALUES"
    for month in ("2027-08", "2027-05", "2026-07", "2028-07"):
        said = refused(full, f"{close_it} ('{month}', 0, 0, '', '')")
        assert "months are closed one after the other" in said
    assert "never replaced" in refused(full, f"{close_it} ('2027-06', 0, 0, '', '')")


def test_a_month_is_not_closed_over_invoices_that_are_not_booked(full: str) -> None:
    close_it = "INSERT INTO closing (month, as_of, closed, contracts, digest) VALUES"
    july = f"{close_it} ('2027-07', 0, 0, '', '')"
    columns = "(id, month, position, contract, seller, buyer, currency, places, net_minor,"
    columns += " cash_minor, body) VALUES ('Z/2027-07', '2027-07', 0, 'Z', 'a', 'b', 'USD', 2"
    line = "(id, invoice, position, kind, minor, body) VALUES ('q', 'Z/2027-07', 0, 'usage', 5"
    made = f"INSERT INTO invoice {columns}, 5, 5, '{{}}')"
    charged = f"INSERT INTO charge {line}, '{{}}')"
    assert "add up to something else" in refused(full, made, july)
    assert "not booked by both parties" in refused(full, made, charged, july)
    money = "(id, month, position, payer, payee, currency, places, minor, body)"
    values = "('q', '2027-07', 9, 'a', 'b', 'USD', 2, 1, '{}')"
    outside = f"INSERT INTO external {money} VALUES {values}"
    assert "money from outside is not booked" in refused(full, outside, july)


def test_a_reversal_takes_back_exactly_what_it_names(full: str) -> None:
    new = NEW.replace("booked)", "reverses, booked)")
    made = f"{new} ('r', 'Lab', '2027-07', '2027-07-01', 'reversal', 'r', 't1', 0)"
    other = f"{new} ('r', 'Op', '2027-07', '2027-07-01', 'reversal', 'r', 't1', 0)"
    less = "('r', 0, 'Assets:Cash', 'USD', -499, 2), ('r', 1, 'Equity:Capital', 'USD', 499, 2)"
    back = "('r', 0, 'Assets:Cash', 'USD', -500, 2), ('r', 1, 'Equity:Capital', 'USD', 500, 2)"
    sealed = "INSERT INTO seal (key, digest) VALUES ('r', 'd')"
    for transaction, lines in ((made, less), (other, back)):
        said = refused(full, transaction, f"{LINE} {lines}", sealed)
        assert "takes back another transaction" in said


def test_a_transaction_without_its_seal_does_not_stay(store: Store) -> None:
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), store.engine.begin() as connection:
        connection.exec_driver_sql(f"{NEW} ('x', 'Lab', '2027-07', '2027-07-01', 'other', 'x', 0)")
    with pytest.raises(IntegrityError), store.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO invoice (id, month, position, contract, seller, buyer, currency, places,"
            " net_minor, cash_minor, body)"
            " VALUES ('Z/2027-07', '2027-07', 0, 'Z', 'a', 'b', 'USD', 2, 0, 0, '{}')"
        )


def test_facts_are_recorded_once(full: str) -> None:
    reading = "INSERT INTO reading (source, id, meter, site, tranche, node, starts, ends, amount,"
    reading += " recorded, stored) SELECT source, id, meter, site, tranche, node, starts, ends,"
    before = rows(full, "reading")
    with attacker(full) as client:  # sent again, later: the same fact
        client.execute(f"{reading} amount, recorded + 60, stored + 60 FROM reading")
    assert rows(full, "reading") == before
    said = refused(full, f"{reading} amount + 1, recorded, stored FROM reading")
    assert "reading is recorded already and says something else" in said
    for table, change in (
        ("event", "id, kind, body || ' ', recorded, stored"),
        ("tariff", "id, body || ' ', recorded, stored"),
        ("fixing", "series, day, recorded, value || '1', stored"),
    ):
        said = refused(full, f"INSERT INTO {table} SELECT {change} FROM {table}")
        assert f"{table} is recorded already and says something else" in said
