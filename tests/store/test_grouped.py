"""Group commit: a write that fails is undone alone, whoever shares its transaction."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection

from offtake.store import work
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
