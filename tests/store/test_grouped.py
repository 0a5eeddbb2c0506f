"""Group commit: a write that fails is undone alone, whoever shares its transaction."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from offtake.store import work
from offtake.store import work_tables as tables
from offtake.store.grouped import GroupCommit
from offtake.store.opening import open_store


def test_a_write_that_fails_is_undone_alone(tmp_path: Path) -> None:
    store = open_store(tmp_path / "work.db", upgrade=True)
    writer = GroupCommit(store)

    def good(connection: Connection) -> int:
        work.tell(connection, [("a", 1.0, "queued", {})])
        return 7

    def bad(connection: Connection) -> None:
        work.tell(connection, [("b", 1.0, "queued", {})])
        raise ValueError("no")

    made = [writer.do(each) for each in (good, bad, good, bad, good)]
    assert [made[at].result(10.0) for at in (0, 2, 4)] == [7, 7, 7]
    for at in (1, 3):
        with pytest.raises(ValueError, match="no"):
            made[at].result(10.0)
    writer.close()
    with store.reading() as connection:
        assert [row["job"] for row in work.told(connection)] == ["a", "a", "a"]
    store.close()


def test_a_write_sees_rows_that_were_added_before_it(tmp_path: Path) -> None:
    store = open_store(tmp_path / "work.db", upgrade=True)
    writer = GroupCommit(store)
    told: list[int] = []
    writer.watch(lambda: told.append(sum(each.done() for each in made)))

    def look(connection: Connection) -> list[str]:
        return [row["job"] for row in work.told(connection)]

    def slow(_connection: Connection) -> None:
        asked.wait(10.0)

    asked = threading.Event()
    made: list[Future[Any]] = [writer.do(slow)]
    for at in range(3):
        rows = [work.event_row(f"{at}", 1.0, "queued", {})]
        made += [writer.add({tables.job_event: rows}, at), writer.do(look)]
    asked.set()
    assert [each.result(10.0) for each in made[1:]] == [0, ["0"], 1, ["0", "1"], 2, ["0", "1", "2"]]
    writer.close()
    assert told[-1] == len(made)
    store.close()


def test_rows_that_are_refused_are_refused_alone(tmp_path: Path) -> None:
    store = open_store(tmp_path / "work.db", upgrade=True)
    writer = GroupCommit(store)
    good, bad = work.event_row("a", 1.0, "queued", {}), {**work.event_row("b", 1.0, "no", {})}
    bad["at"] = "soon"
    made = [writer.add({tables.job_event: [row]}, at) for at, row in enumerate((good, bad, good))]
    assert [made[at].result(10.0) for at in (0, 2)] == [0, 2]
    with pytest.raises(DBAPIError, match="at"):
        made[1].result(10.0)
    writer.close()
    store.close()
