"""Flaws of readings: one sent twice with another amount, or recorded before it was over.

The same reading sent twice counts once. Readings come in tens of millions, so they are
looked at as columns; single rows are only looked at where something is wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from offtake.ledger.spans import Span
from offtake.model.reading import Meter
from offtake.model.records import METERS, Readings

_SAME = ("meter", "site", "tranche", "node", "starts", "ends", "amount")
"""What is the same in a reading that was sent again."""
MOST = 19
"""Most flawed readings of one kind that are told; a number says how many more there are."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flaw:
    """Something that makes readings unfit to settle by."""

    code: str
    """Code of the fault it becomes where one of the readings is asked for."""
    what: str
    """What is wrong, in words."""
    readings: Readings
    """The readings it is about."""


def sound(readings: Readings) -> tuple[Readings, tuple[Flaw, ...]]:
    """Give readings with each counted once, and what is wrong with them.

    A reading that is sent again with another amount, time or subject is a flaw
    (`OTK-L040`); so is one that ends after it was recorded, or does not end after it began
    (`OTK-L041`).
    """
    wrong = (readings.ends > readings.recorded) | (readings.ends <= readings.starts)
    drop = np.zeros(len(readings), bool)
    unequal = np.zeros(len(readings), bool)
    for first, again in _twice(readings):
        drop[again] = True
        same = all(getattr(readings, n)[first] == getattr(readings, n)[again] for n in _SAME)
        # Whoever asks for what either of them says must hear of it.
        unequal[[first, again]] |= not same
    found = (
        ("OTK-L040", "a reading was sent again with another amount, time or subject", unequal),
        ("OTK-L041", "a reading of the future, or of no time at all", wrong),
    )
    flaws = (
        Flaw(code=code, what=what, readings=readings.where(mask))
        for code, what, mask in found
        if mask.any()
    )
    return (readings.where(~drop) if drop.any() else readings), tuple(flaws)


def of(flaw: Flaw, meter: Meter, site: str, window: Span, contract: str) -> Iterator[str]:
    """Name the flawed readings of a meter at a site that a contract's month may rest on.

    Those of other contracts' tranches, and of other months, are none of its business.
    """
    rows = flaw.readings
    first, last = np.minimum(rows.starts, rows.ends), np.maximum(rows.starts, rows.ends)
    mask = (rows.meter == METERS.index(meter)) & (rows.site == rows.code(site))
    mask &= (first < window[1]) & (last >= window[0])
    for row in np.flatnonzero(mask).tolist():
        tranche = int(rows.tranche[row])
        if tranche < 0 or rows.names[tranche].startswith(f"{contract}."):
            yield _told(rows, row)


def _told(rows: Readings, row: int) -> str:
    name = f"{rows.names[int(rows.source[row])]}/{rows.id[row]}"
    moments = f"{_moment(rows.starts[row])} to {_moment(rows.ends[row])}"
    return f"{name}, {moments}, recorded {_moment(rows.recorded[row])}"


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
