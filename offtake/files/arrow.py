"""Tables as files that programs read: Parquet and CSV, with unit and meaning of every column.

A Parquet file says them in the metadata of its fields. CSV has no place for them, so a
folder of either form has a `datapackage.json` (Frictionless Data) beside its tables, which
also holds the hash of each: by it a later export knows its own files again.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from decimal import Decimal

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from offtake.files.frames import Column, Frame
from offtake.files.shape import Kind

MARK = b"offtake"
"""Key of the metadata by which a Parquet file is known as ours."""

_TYPES: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "choice": pa.string(),
    "quarter": pa.string(),
    "month": pa.string(),
    "moment": pa.timestamp("s", tz="UTC"),
    "number": pa.float64(),
    "whole": pa.int64(),
    "exact": pa.string(),
    "flag": pa.bool_(),
    "day": pa.date32(),
}
_FRICTIONLESS: Mapping[Kind, str] = {
    "number": "number",
    "whole": "integer",
    "flag": "boolean",
    "day": "date",
    "moment": "datetime",
}
"""What Frictionless calls a kind of cell; all others are strings."""


def table(frame: Frame, about: Mapping[str, str]) -> pa.Table:
    """Give a table as Arrow, every field with unit, meaning and where it comes from."""
    arrays = [pa.array(map(_cell, column.cells), _TYPES[column.kind]) for column in frame.columns]
    fields = [
        pa.field(column.name, _TYPES[column.kind], metadata=_said(column))
        for column in frame.columns
    ]
    said = {MARK: json.dumps({"table": frame.name, "about": frame.about, **about})}
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=said))


def _cell(held: object) -> object:
    return str(held) if isinstance(held, Decimal) else held


def _said(column: Column) -> dict[str, str]:
    """Give what is to be known of a column; what is empty is left out."""
    standing = str(column.standing) if column.standing else ""
    said = {"unit": column.unit, "about": column.about, "standing": standing}
    return {key: text for key, text in said.items() if text}


def parquet(frame: Frame, about: Mapping[str, str]) -> bytes:
    """Write a table as a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(table(frame, about), sink, compression="zstd")
    return sink.getvalue()


def csv(frame: Frame, about: Mapping[str, str]) -> bytes:
    """Write a table as CSV: UTF-8, a header, days as 2026-05-23, empty where nothing is."""
    sink = io.BytesIO()
    pa_csv.write_csv(table(frame, about), sink)
    return sink.getvalue()


def is_ours(data: bytes) -> bool:
    """Tell whether a Parquet file was written by `parquet`."""
    try:
        schema = pq.read_schema(io.BytesIO(data))
    except (pa.ArrowInvalid, OSError):
        return False
    return MARK in (schema.metadata or {})


def package(
    name: str, about: Mapping[str, str], files: Mapping[str, bytes], tables: Mapping[str, Frame]
) -> bytes:
    """Describe a folder of tables: `datapackage.json`, as Frictionless Data has it.

    Args:
        name: What the tables are of.
        about: What else is to be known, by key.
        files: The content of each file by its name, in the order of `tables`.
        tables: The tables by name.
    """
    resources = [
        {
            "name": frame.name,
            "path": path,
            "title": frame.about,
            "profile": "tabular-data-resource",
            "format": path.rpartition(".")[2],
            "encoding": "utf-8",
            "bytes": len(data),
            "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
            "schema": {"fields": [_field(column) for column in frame.columns]},
        }
        for (path, data), frame in zip(files.items(), tables.values(), strict=True)
    ]
    data = {"profile": "tabular-data-package", "name": name, **about, "resources": resources}
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def _field(column: Column) -> dict[str, str]:
    said = _said(column)
    told = {"description": said.pop("about", ""), **said}
    kind = _FRICTIONLESS.get(column.kind, "string")
    return {"name": column.name, "type": kind, **{k: v for k, v in told.items() if v}}
