"""Histories as Parquet: the ledger of a fleet's time, a row for each cluster and hour.

    cluster  hour  capacity_s  joules  productive_s  exposed_s  …  capped_s

`History.columns` gives these columns. Jobs are not in the file, so what is told of jobs
(ETTR, time to train) cannot be told from it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.history import BUCKETS, History, Outcomes, Strikes
from offtake.model.job import Jobs

_DURATION = b"offtake.duration_s"
_MARK = b"offtake"
_BUCKETS = tuple(f"{bucket.value}_s" for bucket in BUCKETS)
_COLUMNS = ("cluster", "hour", "capacity_s", "joules", *_BUCKETS)
_OFF = 1e-6
"""Most an hour's buckets may miss its capacity by, as a share of it."""


def is_history(path: Path) -> bool:
    """Tell whether a Parquet file holds a history, by its columns.

    Raises:
        OfftakeError: it is no Parquet file (`OTK-Q011`).
    """
    try:
        return set(_COLUMNS) <= set(pq.read_schema(path).names)
    except (OSError, pa.ArrowException) as error:
        raise OfftakeError(_fault(path, f"cannot be read: {error}"[:160])) from None


def history_table(history: History) -> pa.Table:
    """Give a history's ledger as an Arrow table."""
    columns = history.columns()
    said = {_MARK: b'{"form": "history/1"}', _DURATION: repr(history.duration_s).encode()}
    arrays = {name: pa.array(held) for name, held in columns.items()}
    return pa.table(arrays).replace_schema_metadata(said)


def read_history(path: Path) -> History:
    """Read a history's ledger back, without its jobs.

    Raises:
        OfftakeError: an hour is missing or twice, a number cannot be, or buckets do not add
            up to capacity (`OTK-Q011`).
    """
    table = pq.read_table(path)
    columns = {name: _column(path, table, name) for name in _COLUMNS}
    clusters, place = np.unique(columns["cluster"].astype(str), return_inverse=True)
    hour = columns["hour"].astype(np.int64)
    hours = int(hour.max()) + 1 if len(hour) else 0
    if len(hour) != len(clusters) * hours or len({*zip(place, hour, strict=True)}) != len(hour):
        what = "every cluster has every hour from 0 on, once"
        raise OfftakeError(_fault(path, what, f"{len(hour)} rows of {len(clusters) * hours}"))
    shape = (len(clusters), hours)
    capacity, joules = np.zeros(shape), np.zeros(shape)
    seconds = np.zeros((*shape, len(BUCKETS)))
    capacity[place, hour] = columns["capacity_s"]
    joules[place, hour] = columns["joules"]
    for index, name in enumerate(_BUCKETS):
        seconds[place, hour, index] = columns[name]
    told = (table.schema.metadata or {}).get(_DURATION)
    history = History(
        clusters=tuple(str(name) for name in clusters),
        duration_s=float(told) if told else hours * 3600.0,
        seconds=seconds,
        capacity=capacity,
        joules=joules,
        jobs=Jobs.of([], [], []),
        outcomes=_no_outcomes(),
        strikes=_no_strikes(),
    )
    if history.unclosed() > _OFF:
        what = "the buckets of an hour do not add up to its capacity"
        raise OfftakeError(_fault(path, what, f"{history.unclosed():.3g} of it are missing"))
    return history


def _column(path: Path, table: Any, name: str) -> Any:
    column = table[name]
    if column.null_count:
        raise OfftakeError(_fault(path, f"{name} has rows without a number"))
    held = column.to_numpy()
    if name != "cluster" and not np.all(np.isfinite(held) & (held >= 0)):
        raise OfftakeError(_fault(path, f"{name} must be numbers, at least 0"))
    return held


def _no_outcomes() -> Outcomes:
    return Outcomes(
        started_s=np.empty(0),
        ended_s=np.empty(0),
        cluster=np.empty(0, np.int16),
        failures=np.empty(0, np.uint16),
        preemptions=np.empty(0, np.uint16),
    )


def _no_strikes() -> Strikes:
    return Strikes(
        time_s=np.empty(0),
        cluster=np.empty(0, np.int32),
        nodes=np.empty(0, np.int32),
        cause=np.empty(0, np.int32),
        job=np.empty(0, np.int64),
        causes=(),
    )


def _fault(path: Path, what: str, got: str | None = None) -> Fault:
    return Fault(code="OTK-Q011", what=what, where=Where(file=str(path)), got=got)
