"""Samples in files: the user's own futures as CSV or Parquet, in and out.

Only the form is looked at here: that the columns are there and every cell can be read.
What the rows mean for a portfolio is `offtake.plan.samples`' to say.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from offtake.errors import Fault, OfftakeError, Where, did_you_mean, few
from offtake.files.writing import write_bytes
from offtake.model.samples import SampleTable

REQUIRED = ("scenario", "probability_share", "path", "quarter", "value", "unit")
"""Columns every file of samples has."""
OPTIONAL = ("story", "node", "parent")
"""Columns it may have."""
NUMBERS = ("probability_share", "value")
"""Columns that hold numbers."""


def read_samples(path: str | Path) -> SampleTable:
    """Read a long table of samples, CSV (UTF-8, commas) or Parquet by its ending.

    Raises:
        OfftakeError: there is no such file (`OTK-F001`), it cannot be read (`OTK-F003`,
            `OTK-F062`), a column is missing or unknown (`OTK-F060`), or cells cannot be read
            (`OTK-F061`), all of them at once.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        what = "there is no such file"
        raise OfftakeError(Fault(code="OTK-F001", what=what, where=Where(file=str(path)))) from None
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        raise OfftakeError(Fault(code="OTK-F003", what=what, where=Where(file=str(path)))) from None
    if path.suffix.lower() == ".parquet":
        return _from_parquet(str(path), data)
    return _from_csv(str(path), data)


def _from_csv(file: str, data: bytes) -> SampleTable:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = "the file is not UTF-8 text"
        line = data[: error.start].count(b"\n") + 1
        raise _unreadable(file, what, line) from None
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip() for name in next(reader, [])]
        _refuse_columns(file, header)
        rows, lines = [], []
        for row in reader:
            if row:
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise _unreadable(file, f"the file is not CSV: {error}", reader.line_num) from None
    _refuse(_lengths(file, header, rows, lines))
    columns = dict(
        zip(header, zip(*rows, strict=True) if rows else [()] * len(header), strict=True)
    )
    return _table(file, lines, columns)


def _lengths(
    file: str, header: Sequence[str], rows: Sequence[Sequence[str]], lines: Sequence[int]
) -> Iterator[Fault]:
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(header):
            yield Fault(
                code="OTK-F061",
                what=f"the row has {len(row)} cells, the header {len(header)}",
                where=Where(file=file, line=line),
            )


def _from_parquet(file: str, data: bytes) -> SampleTable:
    try:
        columns = _parquet().read(data)
    except ValueError as error:
        raise _unreadable(file, f"the file is not Parquet: {error}", None) from None
    _refuse_columns(file, list(columns))
    return _table(file, range(1, max(map(len, columns.values())) + 1), columns)


def _parquet() -> Any:
    """Load what reads and writes Parquet: it takes a while, and CSV does without."""
    return import_module("offtake.files.sample_columns")


def _unreadable(file: str, what: str, line: int | None) -> OfftakeError:
    return OfftakeError(Fault(code="OTK-F062", what=what, where=Where(file=file, line=line)))


def _refuse_columns(file: str, header: Sequence[str]) -> None:
    known = (*REQUIRED, *OPTIONAL)
    where = Where(file=file, line=1)
    faults = [
        Fault(
            code="OTK-F060",
            what=f"the column `{name}` is missing",
            where=where,
            hint="`offtake samples WORLD --out FILE` writes a file to begin with",
        )
        for name in REQUIRED
        if name not in header
    ]
    for number, name in enumerate(header):
        if name not in known:
            what, hint = "the column is unknown", did_you_mean(name, known)
        elif name in header[:number]:
            what, hint = "the column is there twice", None
        else:
            continue
        faults.append(Fault(code="OTK-F060", what=what, where=where, got=f"'{name}'", hint=hint))
    if ("node" in header) != ("parent" in header):
        what = "a tree needs both columns, `node` and `parent`"
        faults.append(Fault(code="OTK-F060", what=what, where=where))
    _refuse(faults)


def _table(file: str, lines: Sequence[int], columns: Mapping[str, Sequence[object]]) -> SampleTable:
    faults: list[Fault] = []
    read = {name: _numbers(file, lines, name, columns[name], faults) for name in NUMBERS}
    said = {name: _texts(columns.get(name), len(lines)) for name in (*REQUIRED, *OPTIONAL)}
    _refuse(faults)
    return SampleTable(
        file=file,
        line=lines,
        scenario=said["scenario"],
        probability_share=read["probability_share"],
        story=said["story"],
        path=said["path"],
        quarter=said["quarter"],
        value=[math.nan if v is None else v for v in read["value"]],
        unit=said["unit"],
        node=said["node"],
        parent=said["parent"],
    )


def _texts(cells: Sequence[object] | None, count: int) -> Sequence[str]:
    if cells is None:
        return [""] * count
    return ["" if cell is None else str(cell).strip() for cell in cells]


def _numbers(
    file: str,
    lines: Sequence[int],
    name: str,
    cells: Sequence[object],
    faults: list[Fault],
) -> list[float | None]:
    """Read the cells of a column of numbers; only a chance may be left empty."""
    found: list[float | None] = []
    for cell, line in zip(cells, lines, strict=True):
        empty = cell is None or (isinstance(cell, str) and not cell.strip())
        number = None if empty else _number(cell)
        if (empty and name == "value") or (not empty and number is None):
            faults.append(
                Fault(
                    code="OTK-F061",
                    what=f"`{name}` is a finite number",
                    where=Where(file=file, line=line),
                    got="nothing" if empty else f"'{cell}'",
                    hint="written like 0.25 or 1e3, without a unit",
                )
            )
        found.append(number)
    return found


def _number(cell: object) -> float | None:
    try:
        number = float(str(cell)) if not isinstance(cell, bool) else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _refuse(faults: Sequence[Fault] | Iterator[Fault]) -> None:
    found = list(faults)
    if found:
        raise OfftakeError(few(found))


# ------------------------------------------------------------------ writing


def samples_bytes(table: SampleTable, ending: str) -> bytes:
    """Give a table of samples as the bytes of a file, `.parquet` or else CSV.

    Numbers are written so that reading them back gives the same numbers to the last bit.
    """
    columns = _columns(table)
    if ending == ".parquet":
        written: bytes = _parquet().write(columns, NUMBERS)
        return written
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*([_cell(c) for c in cells] for cells in columns.values()), strict=True))
    return text.getvalue().encode("utf-8")


def _cell(held: object) -> object:
    return repr(held) if isinstance(held, float) else "" if held is None else held


def _columns(table: SampleTable) -> dict[str, Sequence[object]]:
    """Give the columns to write; those that say nothing are left out."""
    names = [*REQUIRED, *(n for n in OPTIONAL if any(getattr(table, n)))]
    if "node" in names and "parent" not in names:
        names.append("parent")
    return {name: getattr(table, name) for name in names}


def write_samples(table: SampleTable, path: str | Path) -> Path:
    """Write a table of samples as CSV, or as Parquet where the file ends in `.parquet`.

    Raises:
        OfftakeError: the file cannot be written (`OTK-F041`).
    """
    path = Path(path)
    write_bytes(path, samples_bytes(table, path.suffix.lower()))
    return path
