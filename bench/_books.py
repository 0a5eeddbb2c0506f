"""How many transactions a second the books take, every one of them on disk.

A client books transactions of two postings each: sent, sealed, committed, and only then
the next. `ledger_tps_*` commits each on its own (SQLite: WAL with synchronous FULL;
PostgreSQL: synchronous commit, fsync on, eight clients at once); `ledger_batch_tps_*` sends
a hundred in one commit, as a close does.

    python -m bench._books
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from bench._figure import show
from offtake.model.month import Month
from offtake.model.posting import Posting, Transaction, TransactionKind
from offtake.store import Store, balances, book, open_store, untrue
from tools.postgres import HOW, find_postgres, running

MONTH = Month(2027, 6)
NOW = datetime(2027, 7, 1, tzinfo=UTC)
SECONDS = 8.0
QUICK_SECONDS = 1.0
CLIENTS = 8
BATCH = 100


def transfer(key: str, minor: int) -> Transaction:
    """Give a transaction of two postings."""
    return Transaction(
        key=key,
        party="Lab",
        month=MONTH,
        day=date(2027, 6, 1),
        kind=TransactionKind.OTHER,
        text="a transfer",
        postings=(
            Posting(account="Assets:Cash", currency="USD", minor=minor, places=2),
            Posting(account="Equity:Capital", currency="USD", minor=-minor, places=2),
        ),
    )


def booked_in(store: Store, client: str, seconds: float, batch: int) -> int:
    """Book for some time; count what was committed."""
    ends = time.perf_counter() + seconds
    count = 0
    while time.perf_counter() < ends:
        sent = [transfer(f"{client}/{count + place}", count + place + 1) for place in range(batch)]
        with store.writing() as connection:
            book(connection, sent, now=NOW)
        count += batch
    return count


def rate(url: str, clients: int, seconds: float, batch: int) -> float:
    """Give the transactions a second that several clients commit together."""
    store = open_store(url)
    counts: list[int] = []

    def work(number: int) -> None:
        counts.append(booked_in(store, f"{batch}-{number}", seconds, batch))

    began = time.perf_counter()
    _at_once([lambda n=n: work(n) for n in range(clients)])  # type: ignore[misc]
    took = time.perf_counter() - began
    _hold(store, f"{batch}-", sum(counts))
    store.close()
    return sum(counts) / took


def _at_once(works: list[Callable[[], None]]) -> None:
    if len(works) == 1:
        works[0]()
        return
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _hold(store: Store, prefix: str, count: int) -> None:
    """Hold the books against what was sent: nothing lost, nothing twice, all balanced."""
    with store.reading() as connection:
        asked = "SELECT count(*) FROM seal WHERE substr(key, 1, ?) = ?"
        if connection.dialect.name == "postgresql":
            asked = asked.replace("?", "%s")
        found = connection.exec_driver_sql(asked, (len(prefix), prefix)).scalar()
        if found != count:
            raise AssertionError(f"{count} were booked, and {found} are in the books")
        if sum(b.minor for b in balances(connection)):
            raise AssertionError("the books do not balance")
        if any(untrue(connection)):
            raise AssertionError("the books are not what was sealed")


def run(*, quick: bool = False) -> None:
    """Measure both databases and print the figures."""
    seconds = QUICK_SECONDS if quick else SECONDS
    with tempfile.TemporaryDirectory(prefix="offtake-books-") as folder:
        file = str(Path(folder, "books.db"))
        show("ledger_tps_sqlite", rate(file, 1, seconds, 1), "transactions/s")
        show("ledger_batch_tps_sqlite", rate(file, 1, seconds, BATCH), "transactions/s")
    binaries = find_postgres()
    if binaries is None:
        print(f"no ledger_tps_postgres: {HOW}")
        return
    with running(binaries, durable=True) as url:
        show("ledger_tps_postgres", rate(url, CLIENTS, seconds, 1), "transactions/s")
        show("ledger_batch_tps_postgres", rate(url, CLIENTS, seconds, BATCH), "transactions/s")


if __name__ == "__main__":
    run()
