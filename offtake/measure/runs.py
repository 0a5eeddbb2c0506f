"""From runs to the reading of a meter: what ran of each tranche, day by day.

    run a  |-----8 accelerators-----|                     readings of runs overlap,
    run b            |----4 accelerators----|             and cross midnight
                ────────┬───────────────────
    meter      day 1    |      day 2                      those of a meter do neither

A run holds its accelerators from begin to end, so what it used up to any second is known; a
reading of one run has to be cut at the end of a month, of service or of a price, and two runs at
one time are no mistake. So what ran is added up like a meter that is read at each midnight of the
contracts' time zones and at each event. Each run is rounded once: its parts add up to its reading
to the GPU-second, however often it is cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from offtake.measure.watched import Run
from offtake.model.month import epoch, midnight
from offtake.model.reading import Meter, Reading
from offtake.model.records import Readings, Records

SOURCE = "offtake"
"""Source of readings that wrappers metered."""
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_NUMBERS = ("starts", "ends", "amount", "recorded")


def metered(
    records: Records, runs: Mapping[str, Run], zones: Iterable[str], *, as_of: datetime
) -> Records:
    """Give records in which what runs used is the reading of one meter a tranche.

    A reading of source `SOURCE` whose run is not among them stays as it is.

    Args:
        records: records, in which each run has one reading, named by its token.
        runs: runs by token.
        zones: time zones at whose midnights the meter is read.
        as_of: moment whose knowledge counts; what became known later is left out.

    Raises:
        OfftakeError: there is no such time zone (`OTK-L002`).
    """
    readings = records.readings
    early = readings.recorded <= epoch(as_of)
    rows = np.flatnonzero(early & (readings.source == readings.code(SOURCE)))
    rows = rows[[str(readings.id[row]) in runs for row in rows.tolist()]]
    if not len(rows):
        return records if early.all() else replace(records, readings=readings.where(early))
    kept = early.copy()
    kept[rows] = False
    moments = {epoch(m) for e in records.events for m in (e.starts, e.ends) if m is not None}
    made = tuple(_meters(readings, rows, runs, tuple(dict.fromkeys(zones)) or ("UTC",), moments))
    return replace(records, readings=_joined(readings.where(kept), Readings.of(made)))


def _meters(
    readings: Readings,
    rows: Ints,
    runs: Mapping[str, Run],
    zones: Sequence[str],
    moments: Iterable[int],
) -> Iterator[Reading]:
    """Read one meter for each site and tranche that runs were metered on."""
    subjects = readings.site[rows].astype(np.int64) << 32 | (readings.tranche[rows] + 1)
    for subject in np.unique(subjects).tolist():
        own = rows[subjects == subject]
        first, last = int(readings.starts[own].min()), int(readings.ends[own].max())
        edges = _edges(first, last, zones, moments)
        pairs = [_times(runs[str(readings.id[row])], readings, row) for row in own.tolist()]
        begin, end = (np.array(side, np.float64) for side in zip(*pairs, strict=True))
        count = np.array([runs[str(readings.id[row])].accelerators for row in own.tolist()])
        amounts = spread(begin, end, count, readings.amount[own], edges)
        tranche = int(readings.tranche[own[0]])
        site = readings.names[int(readings.site[own[0]])]
        path = None if tranche < 0 else readings.names[tranche]
        known = _moment(int(readings.recorded[own].max()))
        for starts, ends, amount in zip(edges, edges[1:], amounts.tolist(), strict=False):
            yield Reading(
                source=SOURCE,
                id=f"{path or site}/{_moment(int(starts)):%Y-%m-%dT%H:%M:%SZ}",
                meter=Meter.GPU_TIME,
                site=site,
                tranche=path,
                starts=_moment(int(starts)),
                ends=_moment(int(ends)),
                amount=amount,
                recorded=known,
            )


def _times(run: Run, readings: Readings, row: int) -> tuple[float, float]:
    """Give begin and end of a run: those of its attempt, which have a fraction."""
    starts, ends = float(readings.starts[row]), float(readings.ends[row])
    began = starts if run.began_at is None else min(max(run.began_at, starts), ends)
    ended = ends if run.ended_at is None else min(max(run.ended_at, began), ends)
    return began, ended


def _edges(first: int, last: int, zones: Sequence[str], moments: Iterable[int]) -> Ints:
    """Give when the meter is read: first and last, midnights and events between."""
    found = {first, last, *(m for m in moments if first < m < last)}
    day = datetime.fromtimestamp(first, UTC).date() - timedelta(days=1)
    until: date = datetime.fromtimestamp(last, UTC).date() + timedelta(days=1)
    while day <= until:
        found |= {at for zone in zones if first < (at := midnight(day, zone)) < last}
        day += timedelta(days=1)
    return np.array(sorted(found), np.int64)


def spread(begin: Floats, end: Floats, count: Ints, amount: Ints, edges: Ints) -> Ints:
    """Give what runs used between edges; a run's parts add up to its amount.

    Up to an edge t a run has used round((t − begin) · count); what lies after the last edge
    inside it is what is left of its amount.

    Args:
        begin: when each run began.
        end: when each ended, not after the last edge.
        count: accelerators each held.
        amount: accelerator-seconds each used, to the whole second.
        edges: moments, sorted, the first not after any begin.
    """
    total = np.zeros(len(edges) - 1, np.int64)
    head = np.searchsorted(edges, begin, side="right") - 1
    head = np.minimum(head, len(edges) - 2)
    tail = np.clip(np.searchsorted(edges, end, side="left") - 1, head, len(edges) - 2)
    early = np.floor((edges[head + 1] - begin) * count + 0.5).astype(np.int64)
    whole = count * (edges[tail] - edges[head + 1])
    many = tail > head
    part = np.where(many, np.minimum(early, amount - whole), amount)
    np.add.at(total, head, part)
    np.add.at(total, tail[many], (amount - part - whole)[many])
    steps = np.zeros(len(edges), np.int64)
    np.add.at(steps, head[many] + 1, count[many])
    np.add.at(steps, tail[many], -count[many])
    between: Ints = np.cumsum(steps)[:-1] * np.diff(edges)
    return total + between


def _joined(first: Readings, second: Readings) -> Readings:
    """Put readings behind others, under one list of names."""
    place = {name: at for at, name in enumerate(first.names)}
    moved = np.array([place.setdefault(n, len(place)) for n in second.names] + [-1], np.int32)
    codes = {
        name: np.concatenate((getattr(first, name), moved[getattr(second, name)]))
        for name in ("source", "site", "tranche", "node")
    }
    rest = {
        name: np.concatenate((getattr(first, name), getattr(second, name)))
        for name in ("id", "meter", *_NUMBERS)
    }
    return Readings(names=tuple(place), **codes, **rest)


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
