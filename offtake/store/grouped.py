"""Group commit: what many threads want written goes to disk in one transaction.

    thread ──do(write)──┐
    thread ──add(rows)──┼──> one transaction, one fsync ──> each is told
    thread ──add(rows)──┘

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
from typing import Any, TypeVar

from sqlalchemy import Connection, Table

from offtake.store.inserting import Rows, insert_all
from offtake.store.opening import Store

T = TypeVar("T")
Write = Callable[[Connection], Any]
MOST = 512
"""Writes of one transaction."""


@dataclass(frozen=True, slots=True)
class _Add:
    """Rows to add, and what to give back when they are on disk."""

    rows: Rows
    gives: Any

    def __call__(self, connection: Connection) -> Any:
        """Write them alone."""
        insert_all(connection, self.rows)
        return self.gives


class GroupCommit:
    """One thread that writes for all."""

    def __init__(self, store: Store) -> None:
        """Begin to write to a store."""
        self._store = store
        self._told: list[Callable[[], None]] = []
        self._asked: queue.SimpleQueue[tuple[Write, Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def do(self, write: Callable[[Connection], T]) -> Future[T]:
        """Have something written; the future holds what it gave back, once that is on disk."""
        made: Future[T] = Future()
        self._asked.put((write, made))
        return made

    def add(self, rows: Rows, gives: T) -> Future[T]:
        """Have rows added; the future holds what is given here, once they are on disk."""
        made: Future[T] = Future()
        self._asked.put((_Add(rows, gives), made))
        return made

    def watch(self, told: Callable[[], None]) -> None:
        """Have somebody called after each group, when all of its futures are done."""
        self._told.append(told)

    def close(self) -> None:
        """Write what was asked for, and stop."""
        self._asked.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            first = self._asked.get()
            if first is None:
                return
            group = [first]
            ends = False
            while len(group) < MOST:
                try:
                    more = self._asked.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    ends = True
                    break
                group.append(more)
            self._write(group)
            for told in self._told:
                told()
            if ends:
                return

    def _write(self, group: list[tuple[Write, Future[Any]]]) -> None:
        try:
            with self._store.writing() as connection:
                results = _together(connection, [write for write, _ in group])
        except Exception:  # noqa: BLE001 - nothing is kept: each is written again, guarded
            self._write_guarded(group)
            return
        for (_, future), result in zip(group, results, strict=True):
            future.set_result(result)

    def _write_guarded(self, group: list[tuple[Write, Future[Any]]]) -> None:
        """Write with a savepoint each, so that what fails is undone alone."""
        done: list[tuple[Future[Any], Any]] = []
        try:
            with self._store.writing() as connection:
                for write, future in group:
                    try:
                        with connection.begin_nested():
                            done.append((future, write(connection)))
                    except Exception as error:  # noqa: BLE001 - whoever asked is told
                        future.set_exception(error)
        except Exception as error:  # noqa: BLE001 - the commit failed: nothing is kept
            for future, _ in done:
                future.set_exception(error)
            return
        for future, result in done:
            future.set_result(result)


def _together(connection: Connection, writes: Sequence[Write]) -> list[Any]:
    """Write in order, rows that follow one another at once; gives what each gave back."""
    results = []
    kept: dict[Table, list[Mapping[str, Any]]] = {}
    for write in writes:
        if isinstance(write, _Add):
            for table, some in write.rows.items():
                kept.setdefault(table, []).extend(some)
            results.append(write.gives)
            continue
        insert_all(connection, kept)
        kept = {}
        results.append(write(connection))
    insert_all(connection, kept)
    return results
