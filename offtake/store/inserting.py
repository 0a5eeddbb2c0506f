"""Adding many rows at once: on SQLite a statement for up to 64 of them.

Python's driver of SQLite lets other threads go first at each row it steps over, and a busy
process makes it wait milliseconds until its turn comes again: rows go in by few statements, not
one by one. PostgreSQL's driver sends rows together by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table

Rows = Mapping[Table, Sequence[Mapping[str, Any]]]
"""Rows to add, by table; those others point at come first."""
MOST_VALUES = 999
"""Values that any build of SQLite takes in one statement."""


def insert_all(connection: Connection, rows: Rows) -> None:
    """Add rows to several tables, as `insert` does."""
    for table, some in rows.items():
        insert(connection, table, some)


def insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows that all name the same columns.

    Raises:
        ValueError: a row names other columns than the first: an error of the caller.
    """
    if not rows:
        return
    columns = tuple(rows[0])
    if any(row.keys() != rows[0].keys() for row in rows):
        raise ValueError(f"rows of {table.name} do not name the same columns")
    if connection.dialect.name != "sqlite":
        connection.execute(table.insert(), list(rows))
        return
    for some in _pieces(rows, MOST_VALUES // len(columns)):
        values = tuple(chain.from_iterable([row[name] for name in columns] for row in some))
        connection.exec_driver_sql(_statement(table.name, columns, len(some)), values)


def _pieces(rows: Sequence[Mapping[str, Any]], most: int) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Cut rows into pieces of 2, 4, 8 ... so that there are few statements to know."""
    at = 0
    while at < len(rows):
        size = 1 << (min(most, len(rows) - at).bit_length() - 1)
        yield rows[at : at + size]
        at += size


@lru_cache(maxsize=256)
def _statement(table: str, columns: tuple[str, ...], count: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    names = ", ".join(f'"{name}"' for name in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES {", ".join([row] * count)}'
