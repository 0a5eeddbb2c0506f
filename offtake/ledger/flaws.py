"""Flaws of readings: one sent twice with another amount, or recorded before it was over.

The same reading sent twice counts once. Readings come in tens of millions, so they are
looked at as columns; single rows are only looked at where something is wrong with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from offtake.model.records import METERS, Readings

Mask = npt.NDArray[np.bool_]

_SAME = ("meter", "site", "tranche", "node", "starts", "ends", "amount")
"""What is the same in a reading that was sent again."""
MOST = 20
"""Most flaws of one kind that are told; a number says how many more there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Something that makes a reading unfit to settle by."""

    code: str
    """Code of the fault it becomes where the reading is asked for."""
    what: str
    """What is wrong, in words."""
    got: str
    """The readings it is about."""
    meter: str
    """What was metered."""
    site: str
    """Where."""


def sound(readings: Readings) -> tuple[Readings, tuple[Flaw, ...]]:
    """Give readings with each counted once, and what is wrong with them.

    A reading that is sent again with another amount, time or subject is a flaw
    (`OTK-L040`); so is one that ends after it was recorded, or does not end after it began
    (`OTK-L041`).
    """
    flaws: list[Flaw] = []
    wrong = (readings.ends > readings.recorded) | (readings.ends <= readings.starts)
    for row in _first(wrong, flaws, "OTK-L041"):
        flaws.append(
            _flaw(readings, row, "OTK-L041", "a reading of the future, or of no time at all")
        )
    drop = np.zeros(len(readings), bool)
    unequal = np.zeros(len(readings), bool)
    for first, again in _twice(readings):
        drop[again] = True
        same = all(getattr(readings, n)[first] == getattr(readings, n)[again] for n in _SAME)
        unequal[again] = not same
    for row in _first(unequal, flaws, "OTK-L040"):
        what = "a reading was sent again with another amount, time or subject"
        flaws.append(_flaw(readings, row, "OTK-L040", what))
    return (readings.where(~drop) if drop.any() else readings), tuple(flaws)


def _first(mask: Mask, flaws: list[Flaw], code: str) -> list[int]:
    """Give the first rows of a mask; where there are more, add a flaw that says how many."""
    rows: list[int] = np.flatnonzero(mask).tolist()
    if len(rows) > MOST:
        what = f"{len(rows) - MOST:,} more readings of this kind"
        flaws.append(Flaw(code=code, what=what, got="", meter="", site=""))
    return rows[:MOST]


def _flaw(readings: Readings, row: int, code: str, what: str) -> Flaw:
    name = f"{readings.names[int(readings.source[row])]}/{readings.id[row]}"
    moments = f"{_moment(readings.starts[row])} to {_moment(readings.ends[row])}"
    return Flaw(
        code=code,
        what=what,
        got=f"{name}, {moments}, recorded {_moment(readings.recorded[row])}",
        meter=str(METERS[int(readings.meter[row])]),
        site=readings.names[int(readings.site[row])],
    )


def _moment(second: np.int64) -> str:
    return f"{np.datetime64(int(second), 's')}Z"


def _twice(readings: Readings) -> list[tuple[int, int]]:
    """Give the rows whose source and id an earlier row has, each with that first row."""
    if len(readings) < 2:
        return []
    keys = _keys(readings)
    if (keys[1:] > keys[:-1]).all():
        return []
    ordered = np.sort(keys)
    suspect = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(suspect):
        return []
    rows: list[int] = np.flatnonzero(np.isin(keys, suspect)).tolist()
    first: dict[tuple[int, Any], int] = {}
    found = []
    for row in rows:
        at = first.setdefault((int(readings.source[row]), readings.id[row]), row)
        if at != row:
            found.append((at, row))
    return found


def _keys(readings: Readings) -> npt.NDArray[np.uint64]:
    """Give each row a number that rows with the same source and id have in common."""
    if readings.id.dtype == object:
        ids = np.fromiter(map(hash, readings.id), np.int64, len(readings)).view(np.uint64)
    elif readings.id.dtype.kind in "iu":
        ids = readings.id.astype(np.uint64)
    else:
        return _keys_of_text(readings)
    # Whole numbers below 2^40 of up to 2^24 sources never share a key; any two that do are
    # looked at one by one.
    with np.errstate(over="ignore"):
        return ids + (readings.source.astype(np.uint64) << np.uint64(40))


def _keys_of_text(readings: Readings) -> npt.NDArray[np.uint64]:
    _, codes = np.unique(readings.id, return_inverse=True)
    return codes.astype(np.uint64) + (readings.source.astype(np.uint64) << np.uint64(40))
