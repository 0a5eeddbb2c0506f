"""The benchmark of the books counts what is in them, and sees what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench._books import _hold, booked_in, rate
from offtake.store import open_store


def test_what_was_committed_is_counted(tmp_path: Path) -> None:
    assert rate(str(tmp_path / "books.db"), 2, 0.05, 3) > 0


def test_a_transaction_that_was_lost_is_seen(tmp_path: Path) -> None:
    store = open_store(tmp_path / "books.db")
    count = booked_in(store, "2-a", 0.02, 2)
    _hold(store, "2-", count)
    with pytest.raises(AssertionError, match=f"{count + 1} were booked"):
        _hold(store, "2-", count + 1)
    store.close()
