"""Tables others made: rows of text from CSV or Parquet, each with its place in the file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.focus.emitting import written


class Placed(NamedTuple):
    """One row: where it stands, and its cells by column; an empty cell is not there."""

    where: Where
    cells: Mapping[str, str]


def header(path: Path) -> tuple[str, ...]:
    """Give the columns of a table.

    Raises:
        OfftakeError: it cannot be read (`OTK-F001`, `OTK-M155`).
    """
    try:
        if _is_parquet(path):
            return tuple(pq.read_schema(path).names)
        with path.open(encoding="utf-8-sig", newline="") as file:
            return tuple(name.strip() for name in next(csv.reader(file, strict=True), []))
    except (pa.ArrowException, OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, error) from None


def placed(path: Path) -> Iterator[Placed]:
    """Go through the rows of a table.

    Raises:
        OfftakeError: it cannot be read (`OTK-F001`, `OTK-M155`), or a row is longer or
            shorter than the header (`OTK-M156`).
    """
    try:
        yield from _parquet(path) if _is_parquet(path) else _csv(path)
    except (pa.ArrowException, OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, error) from None


def _csv(path: Path) -> Iterator[Placed]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        names = [name.strip() for name in next(reader, [])]
        for cells in reader:
            where = Where(file=str(path), line=reader.line_num)
            if not any(cells):
                continue
            if len(cells) != len(names):
                what = f"the row has {len(cells)} cells, the header {len(names)}"
                raise OfftakeError(Fault(code="OTK-M156", what=what, where=where))
            told = zip(names, cells, strict=True)
            yield Placed(where, {name: cell.strip() for name, cell in told if cell.strip()})


def _parquet(path: Path) -> Iterator[Placed]:
    number = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                number += 1
                where = Where(file=str(path), path=f"row {number}")
                told = {name: _text(cell) for name, cell in row.items()}
                yield Placed(where, {name: text for name, text in told.items() if text})


def _text(cell: object) -> str:
    """Write a cell of Parquet as CSV would have it."""
    match cell:
        case None | str() | Decimal():
            return written(cell).strip()
        case datetime():
            return written(cell if cell.tzinfo else cell.replace(tzinfo=UTC))
        case float():
            return repr(cell)
        case _:
            return str(cell)


def number(cells: Mapping[str, str], column: str) -> Decimal | None:
    """Read an exact number; None where the cell is empty.

    Raises:
        ValueError: it is no finite number.
    """
    text = cells.get(column)
    if text is None:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise ValueError(f"{column}: a number is wanted, not {text[:40]!r}")
    return found


def moment(cells: Mapping[str, str], column: str) -> datetime:
    """Read a moment with its time zone.

    Raises:
        ValueError: there is none, or it has no time zone.
    """
    text = cells.get(column, "")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{column}: a moment is wanted, not {text[:40]!r}") from None
    if found.tzinfo is None:
        raise ValueError(f"{column}: a moment needs its time zone: {text[:40]!r}")
    return found


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def _unreadable(path: Path, error: Exception) -> OfftakeError:
    if isinstance(error, FileNotFoundError):
        fault = Fault(code="OTK-F001", what="there is no such file", where=Where(file=str(path)))
        return OfftakeError(fault)
    reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
    what = f"not CSV in UTF-8, not Parquet, or not readable: {reason}"
    hint = "a table ends in .csv or .parquet"
    return OfftakeError(Fault(code="OTK-M155", what=what, where=Where(file=str(path)), hint=hint))
