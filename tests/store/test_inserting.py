"""Many rows by few statements are the same rows, in order, however many there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.store import work
from offtake.store import work_tables as tables
from offtake.store.inserting import insert
from offtake.store.opening import open_store


def test_any_number_of_rows_comes_in_whole_and_in_order(tmp_path: Path) -> None:
    store = open_store(tmp_path / "work.db", upgrade=True)
    at = 1_795_402_101.123457
    after = 0
    for count in (0, 1, 2, 3, 63, 64, 65, 1000):
        rows = [work.event_row(f"j-{i}", at + i, "queued", {"i": i}) for i in range(count)]
        with store.writing() as connection:
            insert(connection, tables.job_event, rows)
        with store.reading() as connection:
            found = work.told(connection, after=after, most=2000)
            after = work.last_told(connection)
        assert (
            [{name: row[name] for name in rows[0]} for row in found] == rows if rows else not found
        )
    store.close()


def test_rows_of_other_columns_are_an_error_of_the_caller(tmp_path: Path) -> None:
    store = open_store(tmp_path / "work.db", upgrade=True)
    whole = work.event_row("j", 1.0, "queued", {})
    with pytest.raises(ValueError, match="job_event"), store.writing() as connection:
        insert(connection, tables.job_event, [whole, {**whole, "surprise": 1}])
    store.close()
