"""Group commit: what many threads want written goes to disk in one transaction.

    thread ──do(write)──┐
    thread ──do(write)──┼──> one transaction, one fsync ──> each is told
    thread ──do(write)──┘

A write that fails is undone alone; the others are kept. Savepoints cost as much as the writes, so
a group is first tried without: where one fails all is undone and written again with them, and a
write may be called twice. Nobody is told before the commit is on disk.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection

from offtake.store.opening import Store

T = TypeVar("T")
Write = Callable[[Connection], Any]
MOST = 512
"""Writes of one transaction."""


class GroupCommit:
    """One thread that writes for all."""

    def __init__(self, store: Store) -> None:
        """Begin to write to a store."""
        self._store = store
        self._asked: queue.SimpleQueue[tuple[Write, Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def do(self, write: Callable[[Connection], T]) -> Future[T]:
        """Have something written; the future holds what it gave back, once that is on disk."""
        made: Future[T] = Future()
        self._asked.put((write, made))
        return made

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
            if ends:
                return

    def _write(self, group: list[tuple[Write, Future[Any]]]) -> None:
        try:
            with self._store.writing() as connection:
                done = [(future, write(connection)) for write, future in group]
        except Exception:  # noqa: BLE001 - nothing is kept: each is written again, guarded
            self._write_guarded(group)
            return
        for future, result in done:
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
