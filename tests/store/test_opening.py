"""Stores are opened by file or URL, made when empty, and told apart by release."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from offtake.errors import OfftakeError
from offtake.store import MEMORY, Store, append, balances, book, migrate, open_store, upgrading
from offtake.store.migrations.rules import Guarded
from offtake.store.migrations.rules_v0001 import BOOKS, FACTS
from offtake.store.tables import metadata
from offtake.store.work_tables import work
from tests.store.facts import RECORDS
from tests.store.made import JUNE, noon, transfer

NOW = noon(JUNE)


def code(url: str | Path) -> str:
    with pytest.raises(OfftakeError) as caught:
        open_store(url)
    return caught.value.faults[0].code


def test_an_empty_database_gets_its_tables_and_keeps_what_is_in_it(url: str) -> None:
    for found in (0, 1):
        store = open_store(url)
        with store.writing() as connection:
            assert len(balances(connection)) == 2 * found
            book(connection, [transfer()], now=NOW)
        store.close()


def test_tables_are_what_the_migrations_make(store: Store) -> None:
    options = {"version_table": migrate.VERSIONS, "compare_type": True}
    with store.engine.connect() as connection:
        assert migrate.stands_at(connection) == migrate.head()
        every: Any = [metadata, work]
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, every) == []
        found = inspect(connection)
        for table in metadata.tables.values():
            said = {check["name"] for check in found.get_check_constraints(table.name)}
            wanted = {str(one.name) for one in table.constraints if str(one.name).startswith("ck_")}
            assert said == wanted, table.name


def test_every_table_is_guarded(store: Store) -> None:
    guarded: Iterable[Guarded] = (*FACTS, *BOOKS)
    assert {one.table for one in guarded} == set(metadata.tables)
    with store.reading() as connection:
        if connection.dialect.name == "sqlite":
            asked = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            verbs = ("insert", "update", "delete")
        else:
            asked = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
            verbs = ("insert", "keep", "truncate")
        there = set(connection.scalars(text(asked)))
    assert there == {f"{table}_{verb}" for table in metadata.tables for verb in verbs}


def test_the_steps_are_one_line_in_the_order_of_their_files() -> None:
    steps = list(ScriptDirectory(str(migrate.FOLDER)).walk_revisions())
    assert tuple(step.revision for step in reversed(steps)) == migrate.steps()
    assert all(not step.is_branch_point and not step.is_merge_point for step in steps)


def test_a_database_keeps_what_it_commits(store: Store) -> None:
    with store.reading() as connection:
        if connection.dialect.name == "sqlite":
            found = [
                connection.scalar(text(f"PRAGMA {name}"))
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert found == ["wal", 2, 1]
        else:
            assert connection.scalar(text("SHOW synchronous_commit")) == "on"


def test_a_reader_sees_one_state(store: Store) -> None:
    with store.reading() as connection:
        assert balances(connection) == ()
        with store.writing() as other:
            book(other, [transfer()], now=NOW)
        assert balances(connection) == ()
    with store.reading() as connection:
        assert len(balances(connection)) == 2


def test_an_older_store_is_told_and_upgraded_when_asked(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(url)
    with store.writing() as connection:
        append(connection, RECORDS, now=NOW)
    store.close()
    steps: list[str] = []
    monkeypatch.setattr(migrate, "head", lambda: "v9999")
    monkeypatch.setattr(upgrading, "upgrade", lambda *_: steps.append("run"))
    with pytest.raises(OfftakeError, match="back it up, then run `offtake books") as caught:
        open_store(url)
    assert caught.value.faults[0].code == "OTK-B003"
    open_store(url, upgrade=True).close()
    assert steps == ["run"]


def test_a_newer_store_is_told(url: str) -> None:
    store = open_store(url)
    with store.writing() as connection:
        connection.execute(text(f"UPDATE {migrate.VERSIONS} SET version_num = 'v7777'"))
    store.close()
    assert code(url) == "OTK-B004"


def test_tables_of_something_else_are_left_alone(url: str) -> None:
    from sqlalchemy import create_engine, make_url

    bare = make_url(url if "://" in url else f"sqlite:///{url}")
    lite = bare.drivername == "sqlite"
    engine = create_engine(bare if lite else bare.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE invoice (theirs TEXT)")
    engine.dispose()
    assert code(url) == "OTK-B006"


@pytest.mark.parametrize("url", ["", "mysql://host/db", "nonsense://", "postgresql://[::1/x"])
def test_a_url_that_is_none_is_told(url: str) -> None:
    assert code(url) == "OTK-B001"


def test_a_password_is_never_told(tmp_path: Path) -> None:
    url = f"postgresql://me:secret@/none?host={tmp_path}"
    with pytest.raises(OfftakeError) as caught:
        open_store(url)
    assert caught.value.faults[0].code == "OTK-B002"
    assert "secret" not in str(caught.value)
    with pytest.raises(OfftakeError) as caught:
        open_store("mysql://me:secret@host/db")
    assert "secret" not in str(caught.value)


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "books.db"
    file.write_text("not a database, but a text that is long enough to be looked at" * 20)
    assert code(file) == "OTK-B002"
    assert code(tmp_path / "nowhere" / "books.db") == "OTK-B002"
    assert code(tmp_path) == "OTK-B002"


def test_a_store_in_memory_is_one_store() -> None:
    store = open_store(MEMORY)
    with store.writing() as connection:
        book(connection, [transfer()], now=NOW)
    with store.reading() as connection:
        assert len(balances(connection)) == 2
    store.close()


def test_a_file_and_its_url_are_one_store(tmp_path: Path) -> None:
    file = tmp_path / "a b.db"
    open_store(file).close()
    store = open_store(f"sqlite:///{file}")
    assert store.name == str(file)
    store.close()
    with sqlite3.connect(file) as connection:
        found = connection.execute("SELECT version_num FROM offtake_version").fetchall()
    assert found == [(migrate.head(),)]


def test_a_store_that_stands_right_is_opened_without_alembic(tmp_path: Path) -> None:
    open_store(tmp_path / "books.db").close()
    opens = (
        "import sys; from offtake.store.opening import open_store;"
        " open_store(sys.argv[1]).close(); print('alembic' in sys.modules)"
    )
    words = [sys.executable, "-c", opens, str(tmp_path / "books.db")]
    assert subprocess.run(words, capture_output=True, check=True, text=True).stdout == "False\n"
