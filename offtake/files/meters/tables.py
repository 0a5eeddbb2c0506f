"""Meters in tables of any form, CSV or Parquet: which column is what is told by a map.

columns  starts=from ends=to amount=kwh node=host      fields of a reading = column
fixed    meter=facility-energy                         the same for every row
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from offtake.errors import Fault, OfftakeError, Where, did_you_mean, few
from offtake.files.meters.exposition import read_text
from offtake.files.meters.imported import Account, Imported, Target, moment_of, stamp
from offtake.files.meters.times import Clock
from offtake.files.meters.units import factor
from offtake.model.reading import Meter, Reading

FIELDS = ("starts", "ends", "amount", "meter", "node", "tranche", "source", "id")
"""Fields of a reading a column may hold."""
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is to be read."""

    columns: Mapping[str, str]
    """Column of a field, where it is not called as the field is."""
    meter: Meter | None = None
    """The meter of all rows; None is a column."""
    unit: str | None = None
    """Unit of the amounts; None is that of the meter's readings."""
    period: int | None = None
    """Seconds a row covers, where no column tells its end."""


def read_meter_table(
    paths: Iterable[Path], target: Target, layout: Layout, clock: Clock
) -> Imported:
    """Turn the rows of tables into readings, each as it stands.

    Raises:
        OfftakeError: a file cannot be read (`OTK-M106`), a column that is needed is not there
            (`OTK-M107`), cells cannot be read (`OTK-M108`), or two rows of one meter and time
            differ (`OTK-M103`); with all lines.
    """
    account, faults = Account(), list[Fault]()
    kept: dict[tuple[object, ...], tuple[Reading, Where]] = {}
    lost = Fraction(0)
    for path in paths:
        for where, row in _rows(path, layout):
            try:
                reading, off = _reading(row, target, layout, clock)
            except ValueError as error:
                faults.append(Fault(code="OTK-M108", what=str(error), where=where))
                continue
            if reading is None:
                account.refused["without an amount"] += 1
            elif not _wanted(reading, target, account):
                continue
            else:
                lost += abs(off)
                if off:
                    account.taken["amounts rounded to whole units"] += 1
                _enter(kept, reading, where, account, faults)
    if faults:
        raise OfftakeError(few(faults))
    if lost:
        account.notes.append(f"rounding to whole units moved {float(lost):.3f} in all")
    account.taken["rows"] = len(kept)
    return Imported(tuple(reading for reading, _ in kept.values()), account, target.window)


def _wanted(reading: Reading, target: Target, account: Account) -> bool:
    window = target.window
    start, end = int(reading.starts.timestamp()), int(reading.ends.timestamp())
    if window is not None and not (window[0] <= start and end <= window[1]):
        account.refused["rows outside the time that is wanted"] += 1
        return False
    if target.nodes is not None and reading.node is not None and reading.node not in target.nodes:
        account.refused[f"of node '{reading.node}', which no tranche at {target.site} has"] += 1
        return False
    return True


def _enter(
    kept: dict[tuple[object, ...], tuple[Reading, Where]],
    reading: Reading,
    where: Where,
    account: Account,
    faults: list[Fault],
) -> None:
    key = (reading.source, reading.id)
    before = kept.setdefault(key, (reading, where))
    if before[0] is reading:
        return
    if before[0] == reading:
        account.merged["the same row again"] += 1
        return
    what = "two rows of one meter and time differ"
    hint = f"{before[1]} says {before[0].amount}; are these two meters? then name a column `source`"
    faults.append(
        Fault(code="OTK-M103", what=what, where=where, got=str(reading.amount), hint=hint)
    )


def _rows(path: Path, layout: Layout) -> Iterator[tuple[Where, Mapping[str, object]]]:
    rows = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)
    header = next(rows)[1]
    _refuse(path, [str(name) for name in header], layout)
    names = {name: layout.columns.get(name, name) for name in FIELDS}
    for where, row in rows:
        yield where, {field: row.get(column) for field, column in names.items()}


def _csv(path: Path) -> Iterator[tuple[Where, Mapping[str, object]]]:
    reader = csv.reader(io.StringIO(read_text(path), newline=""))
    try:
        header = [name.strip() for name in next(reader, [])]
        yield Where(file=str(path), line=1), dict.fromkeys(header)
        for cells in reader:
            where = Where(file=str(path), line=reader.line_num)
            if cells and len(cells) != len(header):
                what = f"the row has {len(cells)} cells, the header {len(header)}"
                raise OfftakeError(Fault(code="OTK-M106", what=what, where=where))
            if cells:
                yield where, dict(zip(header, (cell.strip() for cell in cells), strict=True))
    except csv.Error as error:
        where = Where(file=str(path), line=reader.line_num)
        raise OfftakeError(Fault(code="OTK-M106", what=f"not CSV: {error}", where=where)) from None


def _parquet(path: Path) -> Iterator[tuple[Where, Mapping[str, object]]]:
    try:
        with pq.ParquetFile(path) as file:
            yield Where(file=str(path)), dict.fromkeys(file.schema_arrow.names)
            number = 0
            for batch in file.iter_batches():
                for row in batch.to_pylist():
                    number += 1
                    yield Where(file=str(path), path=f"row {number}"), row
    except (pa.ArrowException, OSError) as error:
        what = f"not Parquet, or not readable: {str(error).splitlines()[0][:120]}"
        where = Where(file=str(path))
        raise OfftakeError(Fault(code="OTK-M106", what=what, where=where)) from None


def _refuse(path: Path, header: list[str], layout: Layout) -> None:
    needed = ["starts", "amount"]
    needed += [] if layout.period is not None else ["ends"]
    needed += [] if layout.meter is not None else ["meter"]
    wanted = {name: layout.columns.get(name, name) for name in (*needed, *layout.columns)}
    faults = [
        Fault(
            code="OTK-M107",
            what=f"there is no column for `{name}`",
            where=Where(file=str(path), line=1),
            got=f"'{column}'",
            hint=did_you_mean(column, header),
        )
        for name, column in wanted.items()
        if column not in header
    ]
    if faults:
        raise OfftakeError(faults)


def _reading(
    row: Mapping[str, object], target: Target, layout: Layout, clock: Clock
) -> tuple[Reading | None, Fraction]:
    if row["amount"] in (None, ""):
        return None, Fraction(0)
    meter = layout.meter or _meter(row["meter"])
    start = _second(row["starts"], clock, "starts")
    end = start + layout.period if layout.period else _second(row["ends"], clock, "ends")
    if end <= start:
        raise ValueError("it ends when it starts, or before")
    exact = _exact(row["amount"]) * factor(meter, layout.unit or _unit(meter))
    amount = round(exact)
    node, tranche = _name(row["node"]), _name(row["tranche"]) or target.tranche
    reading = Reading(
        source=_name(row["source"]) or target.source or "table",
        id=_name(row["id"]) or _ident(meter, target.site, node or tranche, start),
        meter=meter,
        site=target.site,
        tranche=tranche,
        node=node,
        starts=moment_of(start),
        ends=moment_of(end),
        amount=amount,
        recorded=target.recorded,
    )
    return reading, exact - amount


def _ident(meter: Meter, site: str, of: str | None, start: int) -> str:
    return "/".join(part for part in (str(meter), site, of, stamp(start)) if part)


def _unit(meter: Meter) -> str:
    return meter.unit


def _meter(raw: object) -> Meter:
    try:
        return Meter(str(raw))
    except ValueError:
        raise ValueError(f"'{raw}' is no meter; {did_you_mean(str(raw), Meter)}") from None


def _second(raw: object, clock: Clock, field: str) -> int:
    if isinstance(raw, datetime):
        raw = raw.isoformat()
    if raw in (None, ""):
        raise ValueError(f"`{field}` is empty")
    try:
        return clock.second(str(raw))
    except ValueError as error:
        raise ValueError(f"`{field}` is no time: {error}; got '{raw}'") from None


def _exact(raw: object) -> Fraction:
    """Read a number exactly; one that a file holds in binary is what it prints as."""
    try:
        made = Decimal(repr(raw) if isinstance(raw, float) else str(raw))
    except InvalidOperation:
        raise ValueError(f"`amount` is a number; got '{raw}'") from None
    if not made.is_finite() or made < 0:
        raise ValueError(f"`amount` is a number of at least 0; got '{raw}'")
    if made > _MOST:
        raise ValueError(f"`amount` is too large; got '{raw}'")
    return Fraction(made)


def _name(raw: object) -> str | None:
    return str(raw) if raw not in (None, "") else None
