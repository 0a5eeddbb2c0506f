"""Records of several files as one: what was sent twice counts once, and nothing is lost.

The same name with the same content is one record, whenever it was recorded; the same name
with other content is a fault that names both places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from offtake.errors import Fault, Where, few
from offtake.files.records.parts import Found, Metered, Part, Place, all_of, each
from offtake.model.event import Event
from offtake.model.reading import Fixing, Meter, Tariff
from offtake.model.records import METERS, Readings, Records

Dated = TypeVar("Dated", Event, Fixing, Tariff)
_CODED = ("source", "site", "tranche", "node")
_SAID = ("meter", "site", "tranche", "node", "starts", "ends", "amount")
"""Columns in which a reading that is sent again must not differ."""


def united(found: Found) -> Records:
    """Join everything that was found; what contradicts itself goes to `found.faults`."""
    events = _once(found.events, lambda e: (e.id,), found.faults)
    tariffs = _once(found.tariffs, lambda t: (t.id,), found.faults)
    fixings = _once(found.fixings, lambda f: (f.series, f.day, f.recorded), found.faults)
    return Records(
        events=events,
        readings=_readings(found.readings, found.faults),
        fixings=fixings,
        tariffs=tariffs,
    )


def _once(
    parts: Sequence[Part[Dated]],
    name: Callable[[Dated], tuple[object, ...]],
    faults: list[Fault],
) -> tuple[Dated, ...]:
    kept: dict[tuple[object, ...], tuple[Dated, Place, int]] = {}
    wrong: list[Fault] = []
    for row, place, number in each(parts):
        key = name(row)
        first = kept.setdefault(key, (row, place, number))
        if first[0] is row:
            continue
        if replace(row, recorded=first[0].recorded) != first[0]:
            told = " ".join(str(part) for part in key[:2])
            wrong.append(_conflict(place(number, ""), first[1](first[2], ""), told))
        elif row.recorded < first[0].recorded:
            kept[key] = (row, place, number)
    faults += few(wrong)
    return tuple(row for row, _, _ in kept.values())


def _conflict(where: Where, first: Where, name: str) -> Fault:
    return Fault(
        code="OTK-M010",
        what="said twice, and not the same",
        where=where,
        got=f"'{name}'",
        hint=f"{first} says otherwise; a correction has a name of its own",
    )


def _readings(parts: Sequence[Metered], faults: list[Fault]) -> Readings:
    if not parts:
        return Readings.of(())
    joined, place = one(parts), all_of(parts)
    again, first = _twice(joined)
    if len(again):
        differ = np.zeros(len(again), bool)
        for name in _SAID:
            cells = getattr(joined, name)
            differ |= cells[again] != cells[first]
        faults += few(_conflicts(joined, place, again[differ], first[differ]))
        kept = np.ones(len(joined), bool)
        kept[again] = False
        joined = joined.where(kept)
    if np.all(joined.recorded[1:] >= joined.recorded[:-1]):
        return joined
    order = np.argsort(joined.recorded, kind="stable")
    return joined.where(cast(Any, order))


def one(parts: Sequence[Metered]) -> Readings:
    """Join readings of several files, with one list of names."""
    if len(parts) == 1:
        return parts[0].rows
    names: dict[str, int] = {}
    codes = [
        np.array([*(names.setdefault(n, len(names)) for n in part.rows.names), -1], np.int32)
        for part in parts
    ]
    made: dict[str, npt.NDArray[Any]] = {}
    whole = all(part.rows.id.dtype != object for part in parts)
    for name in ("source", "id", "meter", "site", "tranche", "node"):
        cells = [getattr(part.rows, name) for part in parts]
        if name in _CODED:
            cells = [ours[held] for ours, held in zip(codes, cells, strict=True)]
        elif name == "id" and not whole:
            cells = [held if held.dtype == object else _as_text(held) for held in cells]
        made[name] = np.concatenate(cells)
    for name in ("starts", "ends", "amount", "recorded"):
        made[name] = np.concatenate([getattr(part.rows, name) for part in parts])
    return Readings(names=tuple(names), **made)


def _as_text(ids: npt.NDArray[Any]) -> npt.NDArray[np.object_]:
    return np.array([str(held) for held in ids.tolist()], dtype=object)


def firsts(rows: Readings) -> npt.NDArray[np.bool_]:
    """Tell which rows are the first of their name, in the order they stand."""
    ids = _comparable(rows.id)
    order = np.lexsort((np.arange(len(rows)), ids, rows.source))
    same = (ids[order][1:] == ids[order][:-1]) & (rows.source[order][1:] == rows.source[order][:-1])
    made = np.ones(len(rows), bool)
    made[order[1:][same]] = False
    return made


def _comparable(ids: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if ids.dtype != object:
        return ids
    codes = pa.array(ids, pa.string()).dictionary_encode().indices
    return cast(npt.NDArray[Any], codes.to_numpy())


def _twice(rows: Readings) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Give the rows that name a reading again, and for each the row that was recorded first."""
    ids = _comparable(rows.id)
    order = np.lexsort((rows.recorded, ids, rows.source))
    same = (ids[order][1:] == ids[order][:-1]) & (rows.source[order][1:] == rows.source[order][:-1])
    if not same.any():
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    begins = np.concatenate(([True], ~same))
    heads = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
    again = np.flatnonzero(~begins)
    return order[again], order[heads[again]]


def _conflicts(
    rows: Readings, place: Place, again: npt.NDArray[np.intp], first: npt.NDArray[np.intp]
) -> Iterator[Fault]:
    for one, other in zip(again.tolist(), first.tolist(), strict=True):
        one, other = max(one, other), min(one, other)
        name = f"{rows.names[rows.source[one]]}/{rows.id[one]}"
        yield _conflict(place(one, ""), place(other, ""), name)


def overlaps(parts: Sequence[Metered], before: int) -> Iterator[Fault]:
    """Give a fault for each new reading that shares time with another of its meter.

    Rows from `before` on are new. Readings of one source, site, tranche and node overlap
    where one begins before another ends: added up, they would count time twice.
    """
    rows, place = one(parts), all_of(parts)
    kept = np.flatnonzero(firsts(rows) & (rows.meter != METERS.index(Meter.PEAK_POWER)))
    keys = [getattr(rows, name)[kept] for name in (*_CODED, "meter")]
    order = np.lexsort((rows.starts[kept], *keys))
    same = np.ones(max(len(kept) - 1, 0), bool)
    for key in keys:
        same &= key[order][1:] == key[order][:-1]
    held = kept[order]
    twice = same & (rows.starts[held][1:] < rows.ends[held][:-1])
    twice &= (held[1:] >= before) | (held[:-1] >= before)
    for at in np.flatnonzero(twice).tolist():
        new, other = max(held[at], held[at + 1]), min(held[at], held[at + 1])
        yield Fault(
            code="OTK-M021",
            what="the reading shares time with another of its meter, and both would count",
            where=place(int(new), ""),
            got=f"'{rows.names[rows.source[new]]}/{rows.id[new]}'",
            hint=f"{place(int(other), '')} covers part of it; give other meters other sources",
        )
