"""A month of the store's own readings, settled: each tranche's use is the sum of its attempts.

Attempts of one tranche run side by side, each with a meter of its own. Settlement is given their
sum over the month, one reading a tranche; what lies outside the month is not of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from offtake.ledger.chain import settle_chain
from offtake.model.contract import Contract
from offtake.model.month import Month
from offtake.model.reading import Meter, Reading
from offtake.model.records import METERS, Readings, Records
from offtake.model.statement import Statement
from offtake.store.facts import records
from offtake.store.opening import Store

SOURCE = "offtake"
"""Source of readings that wrappers metered."""


def settled(
    store: Store, contracts: Sequence[Contract], month: Month, *, as_of: datetime
) -> Statement:
    """Settle a month of a chain from what a store holds; nothing is closed.

    Raises:
        OfftakeError: as `settle_chain`.
    """
    with store.reading() as connection:
        held = records(connection)
    return settle_chain(contracts, summed(held, month), month, as_of=as_of)


def summed(held: Records, month: Month) -> Records:
    """Give records in which the attempts of a month are one reading a tranche.

    An attempt that crosses the month's end counts by the share of its seconds inside.
    """
    readings = held.readings
    ours = readings.source == readings.code(SOURCE)
    return replace(
        held,
        readings=Readings.of(
            (*_each(readings, np.flatnonzero(~ours)), *_sums(readings, ours, month))
        ),
    )


def _sums(readings: Readings, ours: npt.NDArray[np.bool_], month: Month) -> Iterator[Reading]:
    first, last = _second(month), _second(month + 1)
    inside = np.minimum(readings.ends, last) - np.maximum(readings.starts, first)
    mine = ours & (inside > 0) & (readings.tranche >= 0)
    for tranche in np.unique(readings.tranche[mine]):
        rows = np.flatnonzero(mine & (readings.tranche == tranche))
        whole = sum(
            int(readings.amount[r]) * int(inside[r]) // int(readings.ends[r] - readings.starts[r])
            for r in rows
        )
        yield Reading(
            source=SOURCE,
            id=f"{month}-{readings.names[int(tranche)]}",
            meter=Meter.GPU_TIME,
            site=readings.names[int(readings.site[rows[0]])],
            tranche=readings.names[int(tranche)],
            starts=_moment(max(first, int(readings.starts[rows].min()))),
            ends=_moment(min(last, int(readings.ends[rows].max()))),
            amount=whole,
            recorded=_moment(max(last, int(readings.recorded[rows].max()))),
        )


def _each(readings: Readings, rows: npt.NDArray[np.int64]) -> Iterator[Reading]:
    names = readings.names
    for r in rows:
        tranche, node = int(readings.tranche[r]), int(readings.node[r])
        yield Reading(
            source=names[int(readings.source[r])],
            id=str(readings.id[r]),
            meter=METERS[int(readings.meter[r])],
            site=names[int(readings.site[r])],
            tranche=names[tranche] if tranche >= 0 else None,
            node=names[node] if node >= 0 else None,
            starts=_moment(int(readings.starts[r])),
            ends=_moment(int(readings.ends[r])),
            amount=int(readings.amount[r]),
            recorded=_moment(int(readings.recorded[r])),
        )


def _second(month: Month) -> int:
    return int(datetime.combine(month.first_day, datetime.min.time(), UTC).timestamp())


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
