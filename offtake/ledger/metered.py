"""Metered: what meters showed over given spans, added up without a doubt left.

A reading counts whole or not at all: one that lies only partly in the spans has no rule to
split it by, and two of one meter that overlap would count twice; both are faults.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from offtake.ledger.case import Case
from offtake.ledger.spans import Spans, intersect, seconds
from offtake.ledger.sweeps import Ints, marks, united
from offtake.model.charge import Coverage
from offtake.model.reading import Meter
from offtake.model.records import METERS, Readings

MOST_NAMED = 3
"""Most readings of a source that a step names one by one."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which readings are wanted: of a site as a whole, unless more is said."""

    meter: Meter
    """What was metered."""
    site: str
    """Site it was metered at."""
    tranches: tuple[str, ...] = ()
    """Those of these tranches (CONTRACT.TRANCHE)."""
    contracts: tuple[str, ...] = ()
    """Or those of any tranche of these contracts."""
    nodes: tuple[str, ...] = ()
    """Or those of these nodes."""
    every_node: bool = False
    """Or those of every node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """What a meter showed over some spans."""

    sought: Sought
    """What was looked for."""
    amount: int
    """The sum, or the highest where amounts do not add up, in the unit of the meter."""
    count: int
    """Readings it rests on."""
    covered: Spans
    """When it was read."""
    sources: tuple[str, ...]
    """The readings, as sources of a step."""

    def coverage(self, what: str, spans: Spans) -> Coverage:
        """Tell which share of some spans was metered."""
        whole = seconds(spans)
        share = Fraction(seconds(intersect(self.covered, spans)), whole) if whole else Fraction(1)
        return Coverage(meter=what, share=share, reading_count=self.count)


def metered(case: Case, sought: Sought, spans: Spans, clause: str) -> Metered | None:
    """Add up readings over spans; None where there are none.

    Faults are collected in the case: a reading that lies partly outside (`OTK-L121`), two of
    one meter that overlap (`OTK-L122`).
    """
    rows = case.known.readings.where(picked(case.known.readings, sought))
    inside, touching = _placed(rows, spans)
    if touching.any():
        at = int(np.flatnonzero(touching)[0])
        case.fault(
            "OTK-L121",
            f"{int(touching.sum())} readings of {sought.meter} at {sought.site} lie only partly "
            "in the time that is settled, and nothing says how to split them",
            clause,
            got=f"the first is {_name(rows, at)}",
            hint="read the meter where the month, service and the tariff begin and end",
        )
    rows = rows.where(inside)
    if not len(rows):
        return None
    _refuse_overlap(case, rows, sought, clause)
    amounts = rows.amount
    total = int(amounts.sum()) if sought.meter.adds_up else int(amounts.max())
    covered = united(marks(np.zeros(len(rows)), rows.starts, rows.ends)).spans(0)
    return Metered(
        sought=sought, amount=total, count=len(rows), covered=covered, sources=tuple(_sources(rows))
    )


def picked(readings: Readings, sought: Sought) -> Mask:
    """Tell which readings are wanted."""
    mask: Mask = readings.meter == METERS.index(sought.meter)
    mask &= readings.site == readings.code(sought.site)
    if sought.tranches:
        mask &= np.isin(readings.tranche, [readings.code(t) for t in sought.tranches])
        return mask
    if sought.contracts:
        starts = tuple(f"{name}." for name in sought.contracts)
        own = [i for i, n in enumerate(readings.names) if n.startswith(starts)]
        mask &= np.isin(readings.tranche, own)
        return mask
    mask &= readings.tranche == -1
    if sought.every_node:
        mask &= readings.node >= 0
    elif sought.nodes:
        place = {name: i for i, name in enumerate(readings.names)}
        codes = np.array([place[name] for name in sought.nodes if name in place], np.int64)
        mask &= np.isin(readings.node, codes)
    else:
        mask &= readings.node == -1
    return mask


def _placed(rows: Readings, spans: Spans) -> tuple[Mask, Mask]:
    """Tell which rows lie inside the spans, and which only partly."""
    inside = np.zeros(len(rows), bool)
    touched = np.zeros(len(rows), bool)
    for start, end in spans:
        inside |= (rows.starts >= start) & (rows.ends <= end)
        touched |= (rows.starts < end) & (rows.ends > start)
    return inside, touched & ~inside


def _refuse_overlap(case: Case, rows: Readings, sought: Sought, clause: str) -> None:
    """Refuse readings of one meter of one source that overlap: they would count twice."""
    if not sought.meter.adds_up:
        return
    keys = (rows.starts, rows.node, rows.tranche, rows.source)
    order = np.lexsort(keys)
    same = np.ones(len(rows) - 1, bool)
    for key in keys[1:]:
        same &= key[order][1:] == key[order][:-1]
    twice = same & (rows.starts[order][1:] < rows.ends[order][:-1])
    if twice.any():
        at = int(np.flatnonzero(twice)[0])
        pair = (_name(rows, int(order[at])), _name(rows, int(order[at + 1])))
        case.fault(
            "OTK-L122",
            f"readings of {sought.meter} at {sought.site} overlap and would count twice",
            clause,
            got=" and ".join(pair),
            hint="keep one of them; two meters are two sources",
        )


def _sources(rows: Readings) -> Iterator[str]:
    codes, counts = np.unique(rows.source, return_counts=True)
    found = zip(codes.tolist(), counts.tolist(), strict=True)
    for code, count in sorted(found, key=lambda one: rows.names[one[0]]):
        if count > MOST_NAMED:
            yield f"readings:{count} of {rows.names[code]}"
        else:
            places: Ints = np.flatnonzero(rows.source == code)
            yield from sorted(f"reading:{_name(rows, int(place))}" for place in places)


def _name(rows: Readings, at: int) -> str:
    return f"{rows.names[int(rows.source[at])]}/{rows.id[at]}"
