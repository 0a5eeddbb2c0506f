"""Records in tables: `records/readings*.parquet`, `records/events*.csv` and so on.

The name of a table, or of a folder it lies in below `records/`, begins with the kind of
its rows; its columns are the fields of that kind.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from offtake.errors import Fault, OfftakeError, Where, did_you_mean, few
from offtake.files.records.cells import column, fault_of
from offtake.files.records.form import KINDS
from offtake.files.records.parts import Found, Place
from offtake.files.shape import FieldShape, fields_of
from offtake.files.wording import Said, unknown_hint
from offtake.model.value import Value

ENDINGS = (".csv", ".parquet")
"""What a table of records ends in."""
_BLOCK_BYTES = 1 << 24


def kind_of(path: Path, folder: Path) -> str | None:
    """Tell what the rows of a table are by its name, or by that of a folder it lies in."""
    for part in reversed(path.relative_to(folder).parts):
        for kind in KINDS:
            if part.startswith((kind, kind.removesuffix("s"))):
                return kind
    return None


def nameless(path: Path) -> Fault:
    """Give the fault of a table whose name does not tell what its rows are."""
    words = ", ".join(KINDS)
    return Fault(
        code="OTK-M003",
        what="the name of the table does not tell what its rows are",
        where=Where(file=str(path)),
        hint=f"begin it with one of: {words}; or {did_you_mean(path.stem, KINDS) or ''}".rstrip(),
    )


def places(path: Path) -> Place:
    """Give what tells the place of a row: its line in a CSV file, its number in Parquet."""

    def where(row: int, field: str) -> Where:
        if path.suffix.lower() == ".csv":
            return Where(file=str(path), line=row + 2, path=field)
        return Where(file=str(path), path=f"row {row + 1} {field}".rstrip())

    return where


def batches(path: Path, made: type[Value]) -> Iterator[Mapping[str, pa.ChunkedArray]]:
    """Go through a table in pieces, each a column for every field that is there.

    Raises:
        OfftakeError: it cannot be read (`OTK-M004`, `OTK-M007`) or its columns are not the
            fields of the class (`OTK-M005`).
    """
    opened = _csv(path) if path.suffix.lower() == ".csv" else _parquet(path)
    first = True
    try:
        for names, piece in opened:
            if first:
                refuse_columns(path, names, made)
                first = False
            yield {
                name: pa.chunked_array([piece.column(index)]) for index, name in enumerate(names)
            }
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise OfftakeError(_unreadable(path, error)) from None


def _csv(path: Path) -> Iterator[tuple[list[str], pa.RecordBatch]]:
    wrong: list[Fault] = []

    def skip(row: Any) -> str:
        what = f"the row has {row.actual_columns} cells, the header {row.expected_columns}"
        where = Where(file=str(path), line=row.number)
        wrong.append(Fault(code="OTK-M007", what=what, where=where))
        return "skip"

    with path.open("rb") as file:
        header = file.readline().decode("utf-8-sig")
    names = [name.strip() for name in next(csv.reader([header]), [])]
    reader = pa_csv.open_csv(
        path,
        read_options=pa_csv.ReadOptions(
            use_threads=False, block_size=_BLOCK_BYTES, column_names=names, skip_rows=1
        ),
        parse_options=pa_csv.ParseOptions(invalid_row_handler=skip, ignore_empty_lines=False),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    for batch in reader:
        yield names, batch
    if wrong:
        raise OfftakeError(few(wrong))


def _parquet(path: Path) -> Iterator[tuple[list[str], pa.RecordBatch]]:
    with pq.ParquetFile(path) as file:
        names = list(file.schema_arrow.names)
        for batch in file.iter_batches(batch_size=1 << 20):
            yield names, batch


def _unreadable(path: Path, error: Exception) -> Fault:
    form = "CSV in UTF-8" if path.suffix.lower() == ".csv" else "Parquet"
    reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
    return Fault(
        code="OTK-M004", what=f"not {form}, or not readable: {reason}", where=Where(file=str(path))
    )


def refuse_columns(path: Path, names: list[str], made: type[Value]) -> None:
    """Make sure that the columns of a table are fields of a class, and all it needs are there.

    Raises:
        OfftakeError: they are not (`OTK-M005`), with everything that is wrong about them.
    """
    known = fields_of(made)
    where = Where(file=str(path), line=1 if path.suffix.lower() == ".csv" else None)
    faults = []
    for index, name in enumerate(names):
        if name not in known:
            what, hint = "the column is unknown", unknown_hint(name, made)
        elif name in names[:index]:
            what, hint = "the column is there twice", None
        else:
            continue
        faults.append(Fault(code="OTK-M005", what=what, where=where, got=f"'{name}'", hint=hint))
    for field in known.values():
        if field.required and field.name not in names:
            what, hint = f"the column `{field.name}` is missing", field.about
            faults.append(Fault(code="OTK-M005", what=what, where=where, hint=hint))
    if faults:
        raise OfftakeError(faults)


def read_table(path: Path, kind: str, found: Found) -> None:
    """Add the rows of a table of events, fixings or tariffs, and every fault of them."""
    made = KINDS[kind]
    place = places(path)
    rows: list[Value] = []
    faults: list[Fault] = []
    try:
        for columns in batches(path, made):
            rows += _rows(columns, made, place, len(rows), faults)
    except OfftakeError as error:
        faults += error.faults
    found.faults += few(faults)
    if not faults:
        found.take(kind, rows, place)


def _rows(
    columns: Mapping[str, pa.ChunkedArray],
    made: type[Value],
    place: Place,
    before: int,
    faults: list[Fault],
) -> list[Value]:
    known = fields_of(made)
    count = len(next(iter(columns.values())))
    read = {
        name: read_column(cells, known[name], place, before, faults)
        for name, cells in columns.items()
    }
    if faults:
        return [made.__new__(made)] * count  # so that rows after these keep their numbers
    names = tuple(read)
    return [made(**dict(zip(names, row, strict=True))) for row in zip(*read.values(), strict=True)]


def read_column(
    cells: pa.ChunkedArray, field: FieldShape, place: Place, before: int, faults: list[Fault]
) -> npt.NDArray[np.object_]:
    """Give the values of a column; `before` are the rows that came before this piece."""

    def refuse(row: int, said: Said, raw: object) -> None:
        faults.append(fault_of(said, place(before + row, field.name), raw))

    try:
        return column(cells, field, refuse)
    except pa.ArrowException as error:
        what = f"the column cannot be read: {str(error).splitlines()[0][:120]}"
        faults.append(Fault(code="OTK-M006", what=what, where=place(before, field.name)))
        return np.full(len(cells), None, dtype=object)
