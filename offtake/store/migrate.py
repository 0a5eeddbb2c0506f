"""Seeing where the tables of a store stand, and bringing them up to this release.

Nearly every store that is opened stands at the last step already: Alembic, which makes the steps,
is loaded only where there is one to make.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.store.tables import metadata

VERSIONS = "offtake_version"
"""The table that says which step a store stands at."""
FOLDER = Path(__file__).resolve().parent / "migrations"
"""Where the steps are; a file is named by its step, and they are made in this order."""
_LOCK = 73_010


def steps() -> tuple[str, ...]:
    """Give the steps this release knows, the first one first."""
    return tuple(sorted(file.stem.partition("_")[0] for file in FOLDER.glob("versions/v*.py")))


def head() -> str:
    """Give the last step this release knows."""
    return steps()[-1]


def stands_at(connection: Connection) -> str | None:
    """Give the step a store stands at; None is before the first."""
    if not inspect(connection).has_table(VERSIONS):
        return None
    found = connection.scalar(text(f"SELECT version_num FROM {VERSIONS}"))
    return None if found is None else str(found)


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
    elif at not in steps():
        what = "the store was written by a newer release of offtake"
        hint = "use that release, or a newer one"
        fault = Fault(code="OTK-B004", what=what, where=where, got=at, hint=hint)
        raise OfftakeError(fault, exit=Exit.FAILED)
    elif not upgrade:
        what = f"the store was written by an older release of offtake; this one wants {head()}"
        hint = f"back it up, then run `offtake books {name} --upgrade`"
        fault = Fault(code="OTK-B003", what=what, where=where, got=at, hint=hint)
        raise OfftakeError(fault, exit=Exit.FAILED)
    import_module("offtake.store.upgrading").upgrade(connection, FOLDER, VERSIONS)


def _refuse_strangers(connection: Connection, where: Where) -> None:
    there = set(inspect(connection).get_table_names()) & set(metadata.tables)
    if there:
        what = "the database holds tables of these names that are not offtake's"
        hint = "name another database, or another schema by search_path"
        got = ", ".join(sorted(there))
        fault = Fault(code="OTK-B006", what=what, where=where, got=got, hint=hint)
        raise OfftakeError(fault, exit=Exit.FAILED)
