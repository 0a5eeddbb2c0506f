"""Readings in tables: straight into columns, piece by piece, so that millions fit.

Nothing is made per row: names and times are read once each, and a table of hourly
readings has few of either.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from offtake.errors import Fault, OfftakeError, few
from offtake.files.records.cells import Refuse, column, fault_of
from offtake.files.records.parts import Found, Metered, Place
from offtake.files.records.tables import batches, places
from offtake.files.shape import FieldShape, fields_of
from offtake.files.wording import Said
from offtake.model.month import epoch
from offtake.model.reading import Reading
from offtake.model.records import METERS, Readings

NAMED = ("source", "site", "tranche", "node")
"""Columns whose texts become codes."""
TIMED = ("starts", "ends", "recorded")
"""Columns of moments."""
_FIELDS = fields_of(Reading)
_CODES = {meter: code for code, meter in enumerate(METERS)}

_PARTS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_LAST = epoch(datetime(2200, 1, 1, tzinfo=UTC))

Columns = dict[str, npt.NDArray[Any]]


def read_readings(path: Path, found: Found) -> None:
    """Add the readings of a table, and every fault of them."""
    place = places(path)
    names: dict[str, int] = {}
    pieces: list[Columns] = []
    faults: list[Fault] = []
    before = 0
    try:
        for columns in batches(path, Reading):
            pieces.append(_piece(columns, names, place, before, faults))
            before += len(pieces[-1]["amount"])
    except OfftakeError as error:
        faults += error.faults
    found.faults += few(faults)
    if not faults and before:
        made = {name: _joined([piece.pop(name) for piece in pieces]) for name in list(pieces[0])}
        found.readings.append(Metered(Readings(names=tuple(names), **made), place))


def _joined(parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Join pieces of a column; ids that are whole numbers here and text there become text."""
    if len({part.dtype for part in parts}) > 1:
        parts = [
            part if part.dtype == object else part.astype(str).astype(object) for part in parts
        ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _piece(
    columns: Mapping[str, pa.ChunkedArray],
    names: dict[str, int],
    place: Place,
    before: int,
    faults: list[Fault],
) -> Columns:
    count = len(next(iter(columns.values())))
    made: Columns = {}
    for name, field in _FIELDS.items():
        cells = columns.get(name)

        def refuse(row: int, said: Said, raw: object, name: str = name) -> None:
            faults.append(fault_of(said, place(before + row, name), raw))

        if cells is None:
            made[name] = np.full(count, -1, np.int32)  # no tranche, or no node, at all
        else:
            made[name] = _column(cells, field, names, refuse)
    return made


def _column(
    cells: pa.ChunkedArray, field: FieldShape, names: dict[str, int], refuse: Refuse
) -> npt.NDArray[Any]:
    if field.name in NAMED:
        return column(cells, field, refuse, lambda text: _coded(text, names), np.int32)
    if field.name in TIMED:
        seconds = _seconds(cells)
        if seconds is not None:
            return seconds
        return column(cells, field, refuse, epoch, np.int64)
    if field.name == "meter":
        return column(cells, field, refuse, _CODES.__getitem__, np.int8)
    whole = _whole(cells)
    if whole is not None and (field.name == "id" or not (whole < 0).any()):
        return whole
    return column(cells, field, refuse, dtype=object if field.name == "id" else np.int64)


def _seconds(cells: pa.ChunkedArray) -> npt.NDArray[np.int64] | None:
    """Give a column of timestamps as seconds; None where one is missing or has parts of one."""
    kind = cells.type
    if not pa.types.is_timestamp(kind) or kind.tz is None or cells.null_count:
        return None
    whole = cells.cast(pa.int64()).to_numpy()
    each = _PARTS[kind.unit]
    if (whole % each).any():
        return None
    made = whole // each
    return made if not len(made) or (made.min() >= 0 and made.max() < _LAST) else None


def _coded(text: str | None, names: dict[str, int]) -> int:
    return -1 if text is None else names.setdefault(text, len(names))


def _whole(cells: pa.ChunkedArray) -> npt.NDArray[np.int64] | None:
    """Give a column of whole numbers, or of nothing but text for such; None for any other."""
    if cells.null_count or not len(cells):
        return None
    if pa.types.is_string(cells.type):
        if not pc.all(pc.match_substring_regex(cells, r"^(0|[1-9][0-9]{0,17})$")).as_py():
            return None
    elif not pa.types.is_integer(cells.type) or pa.types.is_uint64(cells.type):
        return None
    return cast(npt.NDArray[np.int64], cells.cast(pa.int64()).to_numpy())
