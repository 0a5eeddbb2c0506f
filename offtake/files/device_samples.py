"""Samples of devices from Parquet, read in batches: dcgm-exporter's fields as columns.

    second  device  energy_mj  power_w  gpu_share  sm_share  tensor_share

`second` is whole seconds since 1970 or a timestamp, `device` the name of one accelerator.
The names of DCGM's fields are known too (`DCGM_FI_DEV_POWER_USAGE` and so on); its GPU_UTIL
is a percentage and is read as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from offtake.errors import Fault, OfftakeError, Where
from offtake.measure.devices import ENERGY, FIELDS, GAP, POWER, Devices

DCGM: Mapping[str, tuple[str, float]] = {
    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION": (ENERGY, 1.0),
    "DCGM_FI_DEV_POWER_USAGE": (POWER, 1.0),
    "DCGM_FI_DEV_GPU_UTIL": ("gpu_share", 0.01),
    "DCGM_FI_PROF_SM_ACTIVE": ("sm_share", 1.0),
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": ("tensor_share", 1.0),
}
"""Column of DCGM: the field it is, and what one of its unit is."""
ROWS = 1 << 19
"""Rows of a batch; what memory a day takes hangs on this and the devices alone."""


def is_samples(path: Path) -> bool:
    """Tell whether a Parquet file holds samples of devices, by its columns."""
    names = set(pq.read_schema(path).names)
    return {"second", "device"} <= names


def reduce_samples(paths: Iterable[Path], *, gap: int = GAP, rows: int = ROWS) -> Devices:
    """Reduce files of samples, in order of time, without holding them.

    Raises:
        OfftakeError: a file cannot be read or lacks a column (`OTK-Q011`), or samples go back
            in time (`OTK-Q010`).
    """
    made = Devices(gap=gap)
    for path in paths:
        try:
            with pq.ParquetFile(path) as file:
                columns = _columns(path, file.schema_arrow.names)
                wanted = ["second", "device", *columns]
                for batch in file.iter_batches(batch_size=rows, columns=wanted):
                    _add(made, path, batch, columns)
        except (OSError, pa.ArrowException) as error:
            raise OfftakeError(_fault(path, f"cannot be read: {error}"[:160])) from None
    return made


def _columns(path: Path, names: Iterable[str]) -> dict[str, tuple[str, float]]:
    there = set(names)
    lacking = [name for name in ("second", "device") if name not in there]
    found = {n: (n, 1.0) for n in FIELDS if n in there}
    found |= {name: said for name, said in DCGM.items() if name in there}
    if lacking or not found:
        got = f"without {', '.join(lacking)}" if lacking else "no field that is known"
        what = f"samples have `second`, `device` and some of {', '.join(FIELDS)}"
        raise OfftakeError(_fault(path, what, got))
    if len({field for field, _ in found.values()}) < len(found):
        raise OfftakeError(_fault(path, "two columns hold one field", ", ".join(found)))
    return found


def _add(made: Devices, path: Path, batch: Any, columns: Mapping[str, tuple[str, float]]) -> None:
    device = batch.column("device")
    second = batch.column("second")
    if device.null_count or second.null_count:
        raise OfftakeError(_fault(path, "every sample says its second and its device"))
    coded = device if pa.types.is_dictionary(device.type) else pc.dictionary_encode(device)
    places = made.code([str(name) for name in coded.dictionary.to_pylist()])
    if pa.types.is_timestamp(second.type):
        second = second.cast(pa.timestamp("s", tz=second.type.tz), safe=False)
    fields = {}
    for name, (field, scale) in columns.items():
        held = batch.column(name).to_numpy(zero_copy_only=False)
        fields[field] = held if scale == 1.0 else held * scale
    made.add(
        places[coded.indices.to_numpy(zero_copy_only=False)],
        second.cast(pa.int64()).to_numpy(zero_copy_only=False),
        {name: np.asarray(held) for name, held in fields.items()},
    )


def _fault(path: Path, what: str, got: str | None = None) -> Fault:
    return Fault(code="OTK-Q011", what=what, where=Where(file=str(path)), got=got)
