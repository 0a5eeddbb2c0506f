"""Closing months in processes that are killed: `python -m tests.store.killing URL`.

Each round forks a child that closes months until it is killed with SIGKILL: before its nth
statement or commit, for every n there is; then at moments drawn by a seeded generator,
which fall inside statements and commits as well. After each death the store is opened and
looked at: every month is closed wholly, or not there at all. A child that lives closes what
is left. Prints what came of it as JSON.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable
from select import select
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from offtake.store import Store, close, closings, open_store, statement_in, transactions, untrue
from offtake.store import tables as t
from tests.store.made import CONTRACTS, JUNE, noon, posted, statement

MONTHS = tuple(JUNE + step for step in range(3))
STORES = 2
"""Stores whose closes are killed at moments drawn."""


def close_all(store: Store) -> None:
    for month in MONTHS:
        with store.writing() as connection:
            close(connection, statement(month), posted(month), contracts=CONTRACTS, now=noon(month))


def killed_at(url: str, count: int) -> bool:
    """Close in a child that dies before its nth statement; say whether it lived to the end."""

    def work() -> None:
        store = open_store(url)
        left = count

        def before(*_: Any) -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(store.engine, "before_cursor_execute", before)
        event.listen(store.engine, "commit", before)
        close_all(store)

    return _in_child(work)


def killed_after(url: str, seconds: float) -> bool:
    """Close in a child that is killed some time after it began; say whether it lived."""
    began, begin = os.pipe()

    def work() -> None:
        store = open_store(url)
        os.write(begin, b".")
        close_all(store)

    def wait(child: int) -> None:
        os.close(begin)
        os.read(began, 1)
        select([began], [], [], seconds)  # readable as soon as the child is gone
        os.kill(child, signal.SIGKILL)

    try:
        return _in_child(work, wait)
    finally:
        os.close(began)


def _in_child(work: Callable[[], None], meanwhile: Callable[[int], None] = lambda _: None) -> bool:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    meanwhile(child)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    assert os.WEXITSTATUS(status) == 0, status
    return True


def looked_at(url: str) -> int:
    """Hold a store against what must be true after any death; count its closed months."""
    store = open_store(url)
    with store.reading() as connection:
        made = closings(connection)
        assert [one.month for one in made] == list(MONTHS[: len(made)])
        for one in made:
            assert statement_in(connection, one.month) == statement(one.month)
            keys = sorted(found.key for found in transactions(connection, month=one.month))
            assert keys == sorted(found.key for found in posted(one.month))
        assert list(untrue(connection)) == []
        rest = (
            connection.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (t.invoice, t.external, t.book_transaction, t.seal)
        )
        per_month = (2, 1, len(posted()), len(posted()))
        assert tuple(rest) == tuple(n * len(made) for n in per_month)
    store.close()
    return len(made)


def fresh(url: str, number: int) -> str:
    """Give the URL of a store of its own for a round."""
    if "://" not in url:
        return f"{url}.{number}"
    from tests.store.conftest import new_database

    return new_database(url)


def main(url: str) -> None:
    rng = random.Random(7)
    told = Counter[int]()
    digests: set[str] = set()
    deaths = 0
    first = fresh(url, 0)
    for count in itertools.count(1):
        lived = killed_at(first, count)
        told[looked_at(first)] += 1
        if lived:
            break
        deaths += 1
    digests.add(_digests(first))
    for number in range(1, 1 + STORES):
        other = fresh(url, number)
        longest = 0.2
        while not killed_after(other, rng.uniform(0.0, longest)):
            longest *= 1.1  # on a machine that is slow, a close must live at last
            deaths += 1
            told[looked_at(other)] += 1
        assert looked_at(other) == len(MONTHS)
        digests.add(_digests(other))
    print(json.dumps({"deaths": deaths, "months": told, "digests": sorted(digests)}))


def _digests(url: str) -> str:
    store = open_store(url)
    with store.reading() as connection:
        found = ",".join(one.digest for one in closings(connection))
    store.close()
    return found


if __name__ == "__main__":
    main(sys.argv[1])
