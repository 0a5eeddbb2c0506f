"""The work of `offtake catalogue`: ask the catalogue, and lay out its answer."""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from datetime import date
from typing import Literal

from offtake.catalogue import ALL, TABLES, Column, Sheet, show, table
from offtake.catalogue import search as look
from offtake.cli import screen, tables

SCHEMA = "offtake.catalogue/1"
"""Name and version of the form facts are written in as JSON."""
FOUND = 20
"""Hits of a search that are shown where no limit is named."""

Counted = tuple[Sheet, int]
"""The rows to show, and how many there are in all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which facts are wanted; None is all of them."""

    table: str | None
    as_of: date | None
    quality: str | None
    history: bool
    limit: int | None


def shown(asked: Asked, columns: str | None) -> Counted:
    """Give a table, cut to the limit."""
    names = None if columns is None else [name.strip() for name in columns.split(",")]
    wanted = ALL if names == ["all"] else names
    named = asked.table or ""
    sheet = show(named, asked.as_of, wanted, quality=asked.quality, history=asked.history)
    if not sheet.rows:
        day = f" was known on {asked.as_of}" if asked.as_of is not None else ""
        screen.note(f"nothing of this kind{day}")
    cut = Sheet(table=sheet.table, columns=sheet.columns, rows=sheet.rows[: asked.limit])
    return cut, len(sheet.rows)


def found(text: str, asked: Asked) -> Counted:
    """Give the rows that hold every word of a text; what is near if there is none."""
    among = (asked.table, asked.as_of, asked.quality)
    hits = look(text, *among, history=asked.history, limit=asked.limit or FOUND)
    if not hits.hits:
        screen.note("; ".join(part for part in ("nothing found", hits.hint) if part))
    return hits.sheet(), hits.hits_count


def listed(as_of: date | None) -> Counted:
    """List the tables: how many rows each has, and what one of them is."""
    heads = (("table", False), ("rows", True), ("a_row_is", False))
    rows = tuple(
        (name, len(table(name, as_of)), (kind.__doc__ or "").partition("\n")[0])
        for name, kind in TABLES.items()
    )
    columns = tuple(Column(name=name, unit="", numeric=numeric) for name, numeric in heads)
    return Sheet(table="tables", columns=columns, rows=rows), len(rows)


def say(
    sheet: Sheet, all_count: int, as_of: date | None, form: Literal["text", "json", "csv"]
) -> None:
    """Print the rows, and on stderr how many more there are."""
    match form:
        case "json":
            _say_json(sheet, as_of, all_count)
        case "csv":
            _say_csv(sheet)
        case "text":
            _say_table(sheet)
    if len(sheet.rows) < all_count:
        screen.note(f"{len(sheet.rows)} of {all_count} rows; --limit {all_count} shows all")


def _say_table(sheet: Sheet) -> None:
    heads = [f"{c.name} [{c.unit}]" if c.unit else c.name for c in sheet.columns]
    right = [place for place, column in enumerate(sheet.columns) if column.numeric]
    if sheet.rows:
        tables.say(heads, sheet.printed(), right)


def _say_csv(sheet: Sheet) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([column.name for column in sheet.columns])
    writer.writerows(sheet.rows)


def _say_json(sheet: Sheet, as_of: date | None, all_count: int) -> None:
    names = [column.name for column in sheet.columns]
    screen.say_json(
        {
            "schema": SCHEMA,
            "table": sheet.table,
            "as_of": as_of.isoformat() if as_of is not None else None,
            "rows_count": all_count,
            "columns": [{"name": c.name, "unit": c.unit or None} for c in sheet.columns],
            "rows": [dict(zip(names, row, strict=True)) for row in sheet.rows],
        }
    )
