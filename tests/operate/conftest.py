"""The world of the controller, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.conftest import new_database


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, or the file of one."""
    if request.param == "sqlite":
        return str(tmp_path / "work.db")
    return new_database(request.getfixturevalue("postgres"))
