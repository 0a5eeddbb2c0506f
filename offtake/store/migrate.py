"""Bringing the tables of a store up to this release, step by step."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.store.tables import metadata

VERSIONS = "offtake_version"
"""The table that says which step a store stands at."""
_FOLDER = Path(__file__).resolve().parent / "migrations"
_LOCK = 73_010


def head() -> str:
    """Give the last step this release knows."""
    return str(ScriptDirectory(str(_FOLDER)).get_current_head())


def stands_at(connection: Connection) -> str | None:
    """Give the step a store stands at; None is before the first."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSIONS})
    return context.get_current_revision()


def nothing_there(name: str) -> Fault:
    """Say that there is no store."""
    hint = "`offtake close` makes one with the first month it closes"
    return Fault(code="OTK-B007", what="there is no store", where=Where(file=name), hint=hint)


def prepare(connection: Connection, name: str, *, make: bool, upgrade: bool) -> None:
    """See that a store stands at the last step; an empty one is brought there.

    Raises:
        OfftakeError: it is older and no upgrade was asked for (`OTK-B003`), newer
            (`OTK-B004`), holds tables of something else (`OTK-B006`), or is empty and none
            is to be made (`OTK-B007`).
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    at = stands_at(connection)
    if at == head():
        return
    where = Where(file=name)
    if at is None:
        if not make:
            raise OfftakeError(nothing_there(name), exit=Exit.USAGE)
        _refuse_strangers(connection, where)
    elif at not in {step.revision for step in ScriptDirectory(str(_FOLDER)).walk_revisions()}:
        what = "the store was written by a newer release of offtake"
        hint = "use that release, or a newer one"
        fault = Fault(code="OTK-B004", what=what, where=where, got=at, hint=hint)
        raise OfftakeError(fault, exit=Exit.FAILED)
    elif not upgrade:
        what = f"the store was written by an older release of offtake; this one wants {head()}"
        hint = f"back it up, then run `offtake books {name} --upgrade`"
        fault = Fault(code="OTK-B003", what=what, where=where, got=at, hint=hint)
        raise OfftakeError(fault, exit=Exit.FAILED)
    _run(connection)


def _refuse_strangers(connection: Connection, where: Where) -> None:
    there = set(inspect(connection).get_table_names()) & set(metadata.tables)
    if there:
        what = "the database holds tables of these names that are not offtake's"
        hint = "name another database, or another schema by search_path"
        got = ", ".join(sorted(there))
        fault = Fault(code="OTK-B006", what=what, where=where, got=got, hint=hint)
        raise OfftakeError(fault, exit=Exit.FAILED)


def _run(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSIONS
    command.upgrade(config, "head")
