"""Cells of a table to values of the model, a column at a time.

Each text is read once, however often it stands there, so that a table of a million rows
costs far less than reading a million times.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from offtake.errors import Fault, Where
from offtake.files.nodes import ScalarNode, Source, Span, meaning
from offtake.files.places import Trail
from offtake.files.shape import FieldShape, Kind, Shape
from offtake.files.wording import Said, unfit
from offtake.model.month import Month, moment
from offtake.model.value import broken

LIST_SIGN = ";"
"""What stands between the items of a list in one cell."""
_WHOLE = re.compile(r"[-+]?[0-9]+\Z")
_EXACT = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z")
_MOST_WHOLE = 2**63 - 1

Refuse = Callable[[int, Said, object], None]
"""Told of a row, what is wrong with its cell, and what stands there."""


def column(
    cells: pa.ChunkedArray,
    field: FieldShape,
    refuse: Refuse,
    turn: Callable[[Any], object] = lambda held: held,
    dtype: npt.DTypeLike = object,
) -> npt.NDArray[Any]:
    """Give the values of a column, each turned into what is wanted of it.

    A cell with nothing in it has the field's default. Every row with a cell that cannot be
    read, or is empty and must not be, is told to `refuse`.
    """
    if dtype is object and field.shape.kind == "text" and pa.types.is_string(cells.type):
        texts = _texts(cells)
        if texts is not None:
            return texts
    values, codes = uniques(cells)
    made = np.zeros(len(values) + 1, dtype)
    if not field.required:
        made[-1] = turn(field.default)  # code -1
    wrong: dict[int, Said] = {}
    met = np.zeros(len(values) + 1, bool)
    met[codes] = True
    if met[-1] and field.required:
        wrong[-1] = "OTK-M008", "the cell is empty", field.about
    for code in np.flatnonzero(met[:-1]).tolist():
        try:
            made[code] = turn(value_of(values[code], field.shape))
        except ValueError:
            wrong[code] = said_of(values[code], field.shape)
    if wrong:
        for row in np.flatnonzero(np.isin(codes, list(wrong))).tolist():
            code = int(codes[row])
            refuse(row, wrong[code], values[code] if code >= 0 else None)
    return made[codes]


def _texts(cells: pa.ChunkedArray) -> npt.NDArray[Any] | None:
    """Give a column in which every cell is text that stands for itself; None for any other."""
    if cells.null_count or pc.any(pc.less_equal(pc.utf8_length(cells), 0)).as_py():
        return None
    if pc.any(pc.match_substring_regex(cells, r"^\s|\s$")).as_py():
        return None
    return cast(npt.NDArray[Any], cells.to_numpy())


def uniques(cells: pa.ChunkedArray) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """Give the different values of a column, and for each row which it is; -1 is nothing.

    Text of nothing but blanks is nothing; blanks around text do not count.
    """
    if pa.types.is_list(cells.type) or pa.types.is_large_list(cells.type):
        return _lists(cells)
    plain = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    if isinstance(plain, pa.ChunkedArray):  # no rows at all, or too many for one chunk
        plain = pa.concat_arrays(plain.chunks) if plain.num_chunks else pa.array([], plain.type)
    if pa.types.is_timestamp(plain.type) and plain.type.tz is not None:
        return _moments(plain)
    encoded = plain if pa.types.is_dictionary(plain.type) else plain.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    values = encoded.dictionary.to_pylist()
    for code, held in enumerate(values):
        if isinstance(held, str):
            values[code] = held.strip()
    nothing = [code for code, held in enumerate(values) if held is None or held == ""]
    if nothing:
        codes = np.where(np.isin(codes, nothing), -1, codes)
    return values, codes


def _moments(cells: pa.Array) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """Give the different moments of a column of timestamps; parts of a second are kept."""
    encoded = cells.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    micros = encoded.dictionary.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_pylist()
    start, step = datetime(1970, 1, 1, tzinfo=UTC), timedelta
    return [start + step(microseconds=held) for held in micros], codes


def _lists(cells: pa.ChunkedArray) -> tuple[list[Any], npt.NDArray[np.int64]]:
    known: dict[tuple[object, ...], int] = {}
    rows = cells.to_pylist()
    found = (-1 if not row else known.setdefault(tuple(row), len(known)) for row in rows)
    codes = np.fromiter(found, np.int64, len(rows))
    return list(known), codes


def value_of(raw: object, shape: Shape) -> object:
    """Read one cell.

    Raises:
        ValueError: it does not fit; `said_of` tells why.
    """
    made = _READ[shape.kind](raw, shape)
    if isinstance(made, int | Decimal) and broken(made, shape.bounds):
        raise ValueError
    return made


def said_of(raw: object, shape: Shape) -> Said:
    """Say why a cell does not fit, in the words of a portfolio's faults."""
    if isinstance(raw, float) and shape.kind in ("exact", "whole"):
        hint = "write the column as decimal numbers, whole numbers or text"
        return "OTK-M006", "a rounded number where an exact one is wanted", hint
    if isinstance(raw, datetime) and shape.kind == "moment":
        what = "a moment to the second, with its time zone, is wanted"
        return "OTK-M001", what, "write the column as text, or as timestamps in UTC"
    try:
        made = _READ[shape.kind](raw, shape)
    except ValueError:
        text = str(raw)
        node = ScalarNode(_NOWHERE, meaning(text), text)
        return unfit(shape, Trail("", _NOWHERE, node, shape, None))
    wrong = broken(cast(Decimal, made), shape.bounds)
    unit = shape.unit.label if shape.unit is not None else ""
    return "OTK-F120", f"must be {wrong} {unit}".rstrip(), None


def fault_of(said: Said, where: Where, raw: object) -> Fault:
    """Put what is wrong with a cell at its place."""
    code, what, hint = said
    text = str(raw)
    got = None if raw is None else text if isinstance(raw, int | float) else f"'{text[:60]}'"
    return Fault(code=code, what=what, where=where, got=got, hint=hint)


_NOWHERE = Span(Source("", Path(), ""), 0, 0)


def _text(raw: object, shape: Shape) -> object:
    if isinstance(raw, bool | float) or not isinstance(raw, str | int):
        raise ValueError
    return str(raw)


def _choice(raw: object, shape: Shape) -> object:
    return cast(type[Enum], shape.made)(raw)


def _day(raw: object, shape: Shape) -> object:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    if not isinstance(raw, str) or len(raw) != 10:
        raise ValueError
    return date.fromisoformat(raw)


def _moment(raw: object, shape: Shape) -> object:
    if isinstance(raw, datetime):
        if raw.tzinfo is None or raw.microsecond or not 1970 <= raw.year < 2200:
            raise ValueError
        return raw if raw.tzinfo is UTC else raw.astimezone(UTC)
    return moment(raw).astimezone(UTC) if isinstance(raw, str) else _no()


def _month(raw: object, shape: Shape) -> object:
    return Month.parse(raw)


def _whole(raw: object, shape: Shape) -> object:
    if isinstance(raw, str) and _WHOLE.match(raw):
        raw = int(raw)
    if isinstance(raw, Decimal | float) and -(2**53) <= raw <= 2**53 and raw % 1 == 0:
        return int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not -_MOST_WHOLE <= raw <= _MOST_WHOLE:
        raise ValueError
    return raw


def _exact(raw: object, shape: Shape) -> object:
    if isinstance(raw, str) and len(raw) <= 100 and _EXACT.match(raw):
        return Decimal(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        raise ValueError
    made = Decimal(raw)
    return made if made.is_finite() else _no()


def _list(raw: object, shape: Shape) -> object:
    items = raw.split(LIST_SIGN) if isinstance(raw, str) else raw
    if not isinstance(items, list | tuple) or not all(isinstance(i, str) for i in items):
        raise ValueError
    return tuple(item.strip() for item in items if item.strip())


def _no() -> object:
    raise ValueError


_READ: Mapping[Kind, Callable[[object, Shape], object]] = {
    "text": _text,
    "choice": _choice,
    "day": _day,
    "moment": _moment,
    "month": _month,
    "whole": _whole,
    "exact": _exact,
    "list": _list,
}
