"""Group commit: a write that fails is undone alone, whoever shares its transaction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from offtake.store import work
from offtake.store import work_tables as tables
from offtake.store.grouped import Add, GroupCommit
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

    def look(connection: Connection) -> list[str]:
        return [row["job"] for row in work.told(connection)]

    rows = [[work.event_row(f"{at}", 1.0, "queued", {})] for at in range(3)]
    adds = [Add({tables.job_event: each}, list(range(at))) for at, each in enumerate(rows)]
    writes: list[Callable[[Connection], Any]] = [adds[0], look, adds[1], adds[2], look]
    made = writer.all(writes)
    assert made.result(10.0) == [[], ["0"], [0], [0, 1], ["0", "1", "2"]]
    writer.close()
    store.close()


def test_rows_that_are_refused_are_refused_alone(tmp_path: Path) -> None:
    store = open_store(tmp_path / "work.db", upgrade=True)
    writer = GroupCommit(store)
    good = work.event_row("a", 1.0, "queued", {})
    writes = [Add({tables.job_event: [row]}, "in") for row in (good, {**good, "at": "soon"}, good)]
    first, second, third = writer.all(writes).result(10.0)
    assert (first, third) == ("in", "in")
    assert isinstance(second, DBAPIError)
    writer.close()
    with store.reading() as connection:
        assert work.last_told(connection) == 2
    store.close()


def test_what_was_asked_for_before_the_end_is_written(tmp_path: Path) -> None:
    store = open_store(tmp_path / "work.db", upgrade=True)
    writer = GroupCommit(store)
    row = work.event_row("a", 1.0, "queued", {})
    made = [writer.do(Add({tables.job_event: [row]}, at)) for at in range(20)]
    writer.close()
    assert [each.result(0.0) for each in made] == list(range(20))
    store.close()
