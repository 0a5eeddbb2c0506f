"""Opening a store: a file of SQLite, or a database of PostgreSQL by its URL.

    books.db                    a file; sqlite:///books.db is the same
    postgresql://host/name      a database; the user's own settings of libpq hold

SQLite runs in WAL with synchronous FULL and foreign keys on, PostgreSQL with synchronous
commit on: what was committed is on disk. A writer on SQLite takes the write lock at once
(`BEGIN IMMEDIATE`); a reader sees one state of the store from its first query on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.store import migrate

MEMORY = "sqlite://"
"""The URL of a store that lives in memory and is gone with the process."""
WAIT_SECONDS = 60
"""How long a writer on SQLite waits for another."""
REACH = {"connect_timeout": 10}
"""PostgreSQL: how long a server may take to answer, in seconds."""

_RULE = re.compile(r"offtake: ([^\n]*)")


@dataclass(frozen=True, slots=True)
class Store:
    """A store that is open and whose tables are those of this release."""

    name: str
    """Where it is, without a password."""
    engine: Engine
    """What connects to it."""

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write in one transaction: all of it is kept, or nothing.

        Raises:
            OfftakeError: a rule of the database refused something (`OTK-B032`), or the
                database cannot be reached or written (`OTK-B002`).
        """
        with _told(self.name), self.engine.connect() as connection:
            writer = connection.execution_options(offtake_writes=True)
            with writer.begin():
                yield writer

    @contextmanager
    def trying(self) -> Iterator[Connection]:
        """Write as `writing` does, and keep nothing: what would come of it is seen.

        Raises:
            OfftakeError: as `writing`.
        """
        with _told(self.name), self.engine.connect() as connection:
            writer = connection.execution_options(offtake_writes=True)
            with writer.begin() as transaction:
                yield writer
                transaction.rollback()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one state of the store, whatever others write meanwhile.

        Raises:
            OfftakeError: the database cannot be reached (`OTK-B002`).
        """
        with _told(self.name), self.engine.connect() as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                once = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
                connection.exec_driver_sql(once)
            yield connection

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def open_store(url: str | Path, *, make: bool = True, upgrade: bool = False) -> Store:
    """Open a store; a database that is empty gets its tables.

    Args:
        url: a file of SQLite, or the URL of a database.
        make: whether to make a store where there is none.
        upgrade: bring tables of an older release up to this one.

    Raises:
        OfftakeError: the URL is not understood (`OTK-B001`), the database cannot be
            reached (`OTK-B002`), its tables are of an older release and `upgrade` was not
            asked for (`OTK-B003`), of a newer one (`OTK-B004`), or of something else
            (`OTK-B006`); there is no store and none is to be made (`OTK-B007`).
    """
    meant = _meant(str(url))
    name = meant.render_as_string(hide_password=True)
    if meant.drivername == "sqlite":
        name = meant.database or ":memory:"
        if not make and not Path(name).exists():
            raise OfftakeError(migrate.nothing_there(name), exit=Exit.USAGE)
    store = Store(name, _engine(meant))
    try:
        with store.writing() as connection:
            migrate.prepare(connection, store.name, make=make, upgrade=upgrade)
    except OfftakeError:
        store.close()
        raise
    return store


def _meant(url: str) -> URL:
    try:
        meant = make_url(url) if "://" in url else URL.create("sqlite", database=url)
    except (ArgumentError, ValueError):
        raise OfftakeError(_not_understood(url), exit=Exit.USAGE) from None
    kind = meant.drivername.partition("+")[0]
    if kind == "sqlite" and url != "":
        return meant.set(drivername="sqlite")
    if kind in ("postgresql", "postgres"):
        return meant.set(drivername="postgresql+psycopg")
    raise OfftakeError(_not_understood(url), exit=Exit.USAGE)


def _not_understood(url: str) -> Fault:
    return Fault(
        code="OTK-B001",
        what="no store is named like this",
        got=re.sub(r":[^:@/]*@", ":***@", url) or "nothing",
        hint="name a file such as books.db, or postgresql://HOST/NAME",
    )


def _engine(url: URL) -> Engine:
    if url.drivername != "sqlite":
        # A connection that a restart of the server broke is replaced before it is used.
        engine = create_engine(url, pool_pre_ping=True, connect_args=REACH)
        event.listen(engine, "connect", _durable)
        return engine
    options: dict[str, Any] = {"connect_args": {"timeout": WAIT_SECONDS}}
    if not url.database:
        options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    engine = create_engine(url, **options)
    event.listen(engine, "connect", _strict)
    event.listen(engine, "begin", _begun)
    return engine


def _durable(connection: Any, _record: object) -> None:
    """PostgreSQL: a commit is on disk, whatever the server's default."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO on")
    connection.commit()


def _strict(connection: Any, _record: object) -> None:
    """SQLite: no transaction begins by itself; commits are on disk; references hold."""
    connection.isolation_level = None
    for setting in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "recursive_triggers = ON",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begun(connection: Connection) -> None:
    writes = connection.get_execution_options().get("offtake_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Say in our words what a database refused."""
    try:
        yield
    except DBAPIError as error:
        raise OfftakeError(_refused(error, name), exit=_exit(error)) from error
    except SQLAlchemyError as error:
        fault = Fault(code="OTK-B002", what=_short(error), where=Where(file=name))
        raise OfftakeError(fault, exit=Exit.FAILED) from error


def _exit(error: DBAPIError) -> Exit:
    return Exit.FAULTS if _RULE.search(str(error.orig)) else Exit.FAILED


def _refused(error: DBAPIError, name: str) -> Fault:
    where = Where(file=name)
    rule = _RULE.search(str(error.orig))
    if rule is not None:
        what = f"the database refuses: {rule[1].strip()}"
        return Fault(code="OTK-B032", what=what, where=where)
    if type(error).__name__ == "IntegrityError":
        what = f"the database refuses: {_short(error.orig)}"
        return Fault(code="OTK-B032", what=what, where=where)
    what = f"the database cannot be used: {_short(error.orig)}"
    hint = "see that it runs, that the URL is right, and that you may write there"
    return Fault(code="OTK-B002", what=what, where=where, hint=hint)


def _short(error: object) -> str:
    return str(error).strip().partition("\n")[0]
