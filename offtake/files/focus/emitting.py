"""FOCUS datasets as files: Parquet with exact decimals and real nulls, and CSV.

Decimals are decimal128 of 38 digits, 12 of them after the point (18 of a unit price); a number
that does not fit is an error, never rounded. Moments are UTC. In CSV a null is an empty cell
and a moment is written `2027-06-01T00:00:00Z`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.arrow import MARK
from offtake.files.exporting import FORM, PACKAGE
from offtake.files.focus.columns import FILES, Bundle, Cell, Dataset, Holds, holds
from offtake.files.focus.links import PLACES, PRICE_PLACES

_TYPES: Mapping[Holds, pa.DataType] = {
    Holds.TEXT: pa.string(),
    Holds.EXACT: pa.decimal128(38, PLACES),
    Holds.MOMENT: pa.timestamp("us", tz="UTC"),
}
_PRICE = pa.decimal128(38, PRICE_PLACES)


def files(bundle: Bundle) -> dict[str, bytes]:
    """Give every dataset as a Parquet and a CSV file, and what describes them, by name.

    Raises:
        OfftakeError: a number has more digits than the file can hold (`OTK-M153`).
    """
    made: dict[str, bytes] = {}
    for dataset in bundle.datasets:
        made[f"{FILES[dataset.name]}.parquet"] = parquet(dataset, bundle.version)
        made[f"{FILES[dataset.name]}.csv"] = text(dataset).encode()
    return {**made, PACKAGE: _package(bundle.version, made)}


def _package(version: str, made: Mapping[str, bytes]) -> bytes:
    """Describe the folder, with the hash of each file: by it a later export knows its own."""
    resources = [
        {
            "name": path.replace(".", "-"),
            "path": path,
            "format": path.rpartition(".")[2],
            "bytes": len(data),
            "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        }
        for path, data in made.items()
    ]
    data = {
        "profile": "tabular-data-package",
        "name": f"focus-{version}",
        "form": FORM,
        "focus_version": version,
        "resources": resources,
    }
    return (json.dumps(data, indent=1) + "\n").encode()


def parquet(dataset: Dataset, version: str) -> bytes:
    """Give a dataset as a Parquet file.

    Raises:
        OfftakeError: a number has more digits than the file can hold (`OTK-M153`).
    """
    arrays = [_array(dataset, column) for column in dataset.columns]
    fields = [pa.field(column, _type(column)) for column in dataset.columns]
    said = {MARK: json.dumps({"table": dataset.name, "form": f"FOCUS {version}"})}
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=said))
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _type(column: str) -> pa.DataType:
    return _PRICE if column.endswith("UnitPrice") else _TYPES[holds(column)]


def _array(dataset: Dataset, column: str) -> pa.Array:
    cells = [row[column] for row in dataset.rows]
    try:
        return pa.array(cells, _type(column))
    except pa.ArrowInvalid as error:
        what = f"a number has more digits than a file of FOCUS holds: {error}"
        where = Where(path=f"{dataset.name}.{column}")
        raise OfftakeError(Fault(code="OTK-M153", what=what, where=where)) from None


def text(dataset: Dataset) -> str:
    """Give a dataset as CSV."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(dataset.columns)
    writer.writerows([written(row[column]) for column in dataset.columns] for row in dataset.rows)
    return sink.getvalue()


def written(cell: Cell) -> str:
    """Write a cell as FOCUS has text of it; a null is empty."""
    match cell:
        case None:
            return ""
        case Decimal():
            digits = f"{cell:f}"
            return digits.rstrip("0").rstrip(".") if "." in digits else digits
        case datetime():
            return cell.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        case _:
            return cell
