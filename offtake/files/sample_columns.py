"""Columns of samples in Parquet; loaded when a file ends in `.parquet`, for it takes a while."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from offtake.files.arrow import MARK

FORM = "offtake.samples/1"
"""Name and version of the form; a file says it, and is known as ours by it."""


def read(data: bytes) -> dict[str, list[object]]:
    """Read the columns of a Parquet file.

    Raises:
        ValueError: it is none.
    """
    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError) as error:
        raise ValueError(str(error).splitlines()[0]) from None
    return {name: table.column(name).to_pylist() for name in table.column_names}


def write(columns: Mapping[str, Sequence[object]], numbers: Collection[str]) -> bytes:
    """Write columns as a Parquet file; those named in `numbers` as numbers, all others as text."""
    types = {name: pa.float64() if name in numbers else pa.string() for name in columns}
    arrays = [pa.array(cells, types[name]) for name, cells in columns.items()]
    made = pa.Table.from_arrays(arrays, names=list(columns))
    sink = io.BytesIO()
    pq.write_table(made.replace_schema_metadata({MARK: FORM}), sink, compression="zstd")
    return sink.getvalue()
