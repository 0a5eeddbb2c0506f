"""Reading and writing services; their replicas are jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.engine import RowMapping

from offtake.store import work_tables as tables
from offtake.store.work import OPEN

Row = dict[str, Any]
RUNS, ENDED = "running", "ended"
"""States of a service."""


def services(
    connection: Connection, *, tenant: str | None = None, ended: bool = False
) -> Sequence[RowMapping]:
    """Give services in order of their names, those that were ended too where they are wanted."""
    table = tables.service
    asked = select(table).order_by(table.c.id)
    if not ended:
        asked = asked.where(table.c.state == RUNS)
    if tenant is not None:
        asked = asked.where(table.c.tenant == tenant)
    return connection.execute(asked).mappings().all()


def service(connection: Connection, ident: str) -> RowMapping | None:
    """Give a service; None where there is none of this name."""
    asked = select(tables.service).where(tables.service.c.id == ident)
    return connection.execute(asked).mappings().one_or_none()


def versions(connection: Connection) -> dict[str, int]:
    """Give the version of each service that was not ended."""
    table = tables.service
    asked = select(table.c.id, table.c.version).where(table.c.state == RUNS)
    return {str(ident): int(version) for ident, version in connection.execute(asked)}


def add_service(connection: Connection, row: Row) -> None:
    """Add a service."""
    connection.execute(tables.service.insert(), {**row, "version": 1})


def change_service(connection: Connection, ident: str, version: int, changed: Row) -> bool:
    """Write what changed of a service; gives False where somebody else changed it meanwhile."""
    table = tables.service
    asked = update(table).where(table.c.id == ident, table.c.version == version)
    done = connection.execute(asked.values(version=version + 1, **changed))
    return done.rowcount == 1


def replicas(connection: Connection, client: str) -> Sequence[RowMapping]:
    """Give the jobs that are not over of one who handed them in, in order."""
    table = tables.job
    asked = select(table).where(table.c.client == client, table.c.state.in_(OPEN))
    return connection.execute(asked.order_by(table.c.seq)).mappings().all()
