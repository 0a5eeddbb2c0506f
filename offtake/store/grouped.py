"""Group commit: what many threads want written goes to disk in one transaction.

    thread ──do(write)──────┐
    loop ────all(writes)────┼──> one transaction, one fsync ──> each is told
    thread ──do(Add(rows))──┘

Rows that several add, one after the other, go to the database together. A write that fails is
undone alone; the others are kept. Savepoints cost as much as the writes, so a group is first tried
without: where one fails all is undone and written again with them, and a write may be called
twice. Nobody is told before the commit is on disk.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Table

from offtake.store.inserting import Rows, insert_all
from offtake.store.opening import Store

T = TypeVar("T")
Write = Callable[[Connection], T]
"""Writes, and gives something back."""
MOST = 512
"""Requests of one transaction."""


@dataclass(frozen=True, slots=True)
class Add(Generic[T]):
    """A write that adds rows and nothing else."""

    rows: Rows
    """What to add."""
    gives: T
    """What it gives back."""

    def __call__(self, connection: Connection) -> T:
        """Write them alone."""
        insert_all(connection, self.rows)
        return self.gives


@dataclass(frozen=True, slots=True)
class _Asked:
    """Writes somebody asked for, and how they hear what each gave back or failed with."""

    writes: Sequence[Write[Any]]
    told: Callable[[list[Any]], None]


class GroupCommit:
    """One thread that writes for all."""

    def __init__(self, store: Store) -> None:
        """Begin to write to a store."""
        self._store = store
        self._asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def do(self, write: Write[T]) -> Future[T]:
        """Have something written; the future holds what it gave back, once that is on disk."""
        made: Future[T] = Future()

        def told(outcomes: list[Any]) -> None:
            if isinstance(outcomes[0], Exception):
                made.set_exception(outcomes[0])
            else:
                made.set_result(outcomes[0])

        self._asked.put(_Asked((write,), told))
        return made

    def all(self, writes: Sequence[Write[T]]) -> Future[list[T | Exception]]:
        """Have several things written, each for itself; the future never fails.

        It holds what each gave back or failed with, once all that went well is on disk: for many
        who wait, one future is far cheaper than one each.
        """
        made: Future[list[T | Exception]] = Future()
        self._asked.put(_Asked(writes, made.set_result))
        return made

    def close(self) -> None:
        """Write what was asked for, and stop."""
        self._asked.put(None)
        self._thread.join()

    def _run(self) -> None:
        ends = False
        while not ends:
            group: list[_Asked] = []
            one = self._asked.get()
            while one is not None:
                group.append(one)
                if len(group) == MOST or self._asked.empty():
                    break
                one = self._asked.get()
            ends = one is None
            outcomes = self._write([write for asked in group for write in asked.writes])
            for asked in group:
                asked.told(outcomes[: len(asked.writes)])
                del outcomes[: len(asked.writes)]

    def _write(self, writes: list[Write[Any]]) -> list[Any]:
        if not writes:
            return []
        try:
            with self._store.writing() as connection:
                return _together(connection, writes)
        except Exception:  # noqa: BLE001 - nothing is kept: each is written again, guarded
            return self._write_guarded(writes)

    def _write_guarded(self, writes: list[Write[Any]]) -> list[Any]:
        """Write with a savepoint each, so that what fails is undone alone."""
        outcomes: list[Any] = []
        try:
            with self._store.writing() as connection:
                for write in writes:
                    try:
                        with connection.begin_nested():
                            outcomes.append(write(connection))
                    except Exception as error:  # noqa: BLE001 - whoever asked is told
                        outcomes.append(error)
        except Exception as error:  # noqa: BLE001 - the commit failed: nothing is kept
            return [error] * len(writes)
        return outcomes


def _together(connection: Connection, writes: Sequence[Write[Any]]) -> list[Any]:
    """Write in order, rows that follow one another at once; gives what each gave back."""
    results = []
    kept: dict[Table, list[Mapping[str, Any]]] = {}
    for write in writes:
        if isinstance(write, Add):
            for table, some in write.rows.items():
                kept.setdefault(table, []).extend(some)
            results.append(write.gives)
            continue
        insert_all(connection, kept)
        kept = {}
        results.append(write(connection))
    insert_all(connection, kept)
    return results
