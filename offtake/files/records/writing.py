"""Records into the files of a world: new files beside those that are there, never over them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from offtake.errors import Fault, OfftakeError, Where, few
from offtake.files.arrow import MARK
from offtake.files.document import Document, open_document
from offtake.files.emit import entry, terse
from offtake.files.gather import HEADER
from offtake.files.records.form import FORMAT, KINDS
from offtake.files.records.named import named
from offtake.files.records.parts import Found, Metered, Part, Place
from offtake.files.records.reading import folder_of, gathered, judge
from offtake.files.records.uniting import firsts, one, overlaps, united
from offtake.files.shape import FieldShape, fields_of
from offtake.files.writing import make_folder, write_bytes
from offtake.model.canonical import plain
from offtake.model.event import Event
from offtake.model.reading import Fixing, Tariff
from offtake.model.records import METERS, Readings, Records
from offtake.model.value import Value

MOST_IN_YAML = 500
"""Records of one kind that are written for people to read; more are written as a table."""
_STAMP = pa.timestamp("s", tz="UTC")
_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "choice": pa.string(),
    "month": pa.string(),
    "exact": pa.string(),
    "whole": pa.int64(),
    "day": pa.date32(),
    "moment": _STAMP,
    "list": pa.list_(pa.string()),
}


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of records that were to be added."""

    files: tuple[Path, ...]
    """The files that were written."""
    added_count: int
    """Records that are new."""
    again_count: int
    """Records that were there already, saying the same."""


def append_records(
    world: str | Path | Document, records: Records, *, name: str = "", dry_run: bool = False
) -> Appended:
    """Add records to those of a world, in new files; what is there is never rewritten.

    A record that is there already and says the same is left out, so adding twice adds once.
    All new records are looked at before any is written.

    Args:
        world: a world's folder or portfolio.yaml, or the document that was read from it.
        records: what to add.
        name: a word for the names of the new files, such as `slurm`.
        dry_run: write nothing, only tell what would be written.

    Raises:
        OfftakeError: what is there has faults; the new records have (`OTK-M01…`), one says
            otherwise than one of its name that is there (`OTK-M010`, naming both), or would
            count time twice (`OTK-M021`); or a file cannot be written (`OTK-F041`).
    """
    document = world if isinstance(world, Document) else open_document(world)
    folder = folder_of(document)
    found = gathered(folder)
    if found.faults:
        raise OfftakeError(found.faults)
    fresh = _fresh(found, records)
    incoming = _incoming(records)
    judge(incoming, named(document.portfolio))
    before = sum(len(part.rows) for part in found.readings)
    _join(found, incoming)
    united(found)
    if len(fresh.readings):
        incoming.faults += few(overlaps(found.readings, before))
    if incoming.faults or found.faults:
        raise OfftakeError([*incoming.faults, *found.faults])
    files = _files(fresh, folder, name)
    if not dry_run:
        make_folder(folder)
        for path, data in files.items():
            write_bytes(path, data)
    added, given = _count(fresh), _count(records)
    return Appended(tuple(files), added, given - added)


def write_records(world: str | Path | Document, records: Records) -> Appended:
    """Write the records of a world that has none yet.

    Raises:
        OfftakeError: there are records already (`OTK-M020`), or as `append_records`.
    """
    document = world if isinstance(world, Document) else open_document(world)
    folder = folder_of(document)
    if folder.is_dir() and any(folder.iterdir()):
        what = "the world has records already"
        where = Where(file=str(folder))
        hint = "add to them; records are never written over"
        raise OfftakeError(Fault(code="OTK-M020", what=what, where=where, hint=hint))
    return append_records(document, records)


def _count(records: Records) -> int:
    rows = len(records.events) + len(records.fixings) + len(records.tariffs)
    return rows + len(records.readings)


def _incoming(records: Records) -> Found:
    found = Found()
    for kind in ("events", "fixings", "tariffs"):
        rows = getattr(records, kind)
        found.take(kind, rows, _place(kind, rows))
    if len(records.readings):
        found.readings.append(Metered(records.readings, _place_of(records.readings)))
    return found


def _place(kind: str, rows: Sequence[Any]) -> Place:
    def where(row: int, field: str) -> Where:
        name = getattr(rows[row], "id", None) or f"{rows[row].series} {rows[row].day}"
        return Where(path=f"new {kind}.{name} {field}".rstrip())

    return where


def _place_of(readings: Readings) -> Place:
    def where(row: int, field: str) -> Where:
        name = f"{readings.names[readings.source[row]]}/{readings.id[row]}"
        return Where(path=f"new readings.{name} {field}".rstrip())

    return where


def _join(found: Found, incoming: Found) -> None:
    found.events += incoming.events
    found.fixings += incoming.fixings
    found.tariffs += incoming.tariffs
    found.readings += incoming.readings


def _fresh(found: Found, records: Records) -> Records:
    """Give the records whose names are not there yet."""
    return Records(
        events=_new(found.events, records.events, lambda e: (e.id,)),
        fixings=_new(found.fixings, records.fixings, lambda f: (f.series, f.day, f.recorded)),
        tariffs=_new(found.tariffs, records.tariffs, lambda t: (t.id,)),
        readings=_new_readings(found.readings, records.readings),
    )


def _new(parts: Iterable[Part[Any]], rows: Sequence[Any], name: Any) -> tuple[Any, ...]:
    there = {name(row) for part in parts for row in part.rows}
    kept = {name(row): row for row in reversed(rows)}
    return tuple(row for row in rows if name(row) not in there and kept[name(row)] is row)


def _new_readings(parts: Sequence[Metered], readings: Readings) -> Readings:
    if not len(readings):
        return readings
    here = Metered(readings, _place_of(readings))
    return readings.where(firsts(one([*parts, here]))[-len(readings) :])


# ------------------------------------------------------------------ files


def _files(records: Records, folder: Path, name: str) -> dict[Path, bytes]:
    made: dict[Path, bytes] = {}
    for kind in ("events", "fixings", "tariffs"):
        rows: tuple[Event | Fixing | Tariff, ...] = getattr(records, kind)
        if rows:
            few = len(rows) <= MOST_IN_YAML
            data = _yaml(kind, rows) if few else parquet(table_of(KINDS[kind], rows))
            made[_path(folder, kind, name, data, ".yaml" if few else ".parquet")] = data
    if len(records.readings):
        data = parquet(readings_table(records.readings))
        made[_path(folder, "readings", name, data, ".parquet")] = data
    return made


def _path(folder: Path, kind: str, name: str, data: bytes, ending: str) -> Path:
    """Name a new file by what it holds, so that no other file has its name."""
    parts = [kind, name, hashlib.sha256(data).hexdigest()[:12]]
    return folder / ("-".join(part for part in parts if part) + ending)


def events_text(events: Sequence[Event]) -> str:
    """Give events as the text of a file that may stand in a world's records."""
    return _yaml("events", events).decode("utf-8")


def _yaml(kind: str, rows: Sequence[Value]) -> bytes:
    return (entry(HEADER, FORMAT, "") + "\n" + entry(kind, [terse(r) for r in rows], "")).encode()


def parquet(table: pa.Table) -> bytes:
    """Give a table as the bytes of a Parquet file that says what it is."""
    sink = io.BytesIO()
    marked = table.replace_schema_metadata({MARK: FORMAT})
    pq.write_table(marked, sink, compression="zstd")
    return sink.getvalue()


def table_of(made: type[Value], rows: Sequence[Value]) -> pa.Table:
    """Give records as a table of the fields that say something; exact numbers are text."""
    columns = {
        field.name: pa.array([_cell(row, field) for row in rows], _TYPES[field.shape.kind])
        for field in fields_of(made).values()
        if field.required or any(getattr(row, field.name) != field.default for row in rows)
    }
    return pa.table(columns)


def _cell(row: Value, field: FieldShape) -> object:
    held = getattr(row, field.name)
    if field.shape.kind in ("moment", "day"):
        return held
    said = plain(held)
    return str(said) if field.shape.kind == "exact" and said is not None else said


def readings_table(readings: Readings) -> pa.Table:
    """Give readings as a table, names as dictionaries."""
    names = pa.array(readings.names, pa.string())
    columns: dict[str, pa.Array] = {}
    for field in fields_of(KINDS["readings"]):
        held = getattr(readings, field)
        if field in ("source", "site", "tranche", "node"):
            if (held >= 0).any():
                codes = pa.array(held, pa.int32(), mask=held < 0)
                columns[field] = pa.DictionaryArray.from_arrays(codes, names)
        elif field == "meter":
            words = pa.array([str(meter) for meter in METERS])
            columns[field] = pa.DictionaryArray.from_arrays(pa.array(held.astype(np.int32)), words)
        elif field in ("starts", "ends", "recorded"):
            columns[field] = pa.array(held, pa.int64()).cast(_STAMP)
        else:
            columns[field] = pa.array(held, pa.string() if held.dtype == object else pa.int64())
    return pa.table(columns)
