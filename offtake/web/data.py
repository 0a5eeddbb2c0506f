"""The numbers behind a figure or a table, as files: CSV for eyes, Parquet for programs.

files("/jobs/data", request.url.query)    [("CSV", "/jobs/data.csv?…"), ("Parquet", …)]
as_file(table, "csv", "jobs")             the response
"""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from fastapi import Response

from offtake.errors import Fault, OfftakeError, Where

FORMS = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
"""Forms data are given in, with their media types."""


def files(address: str, query: str = "") -> list[tuple[str, str]]:
    """Give the links to data at an address without its ending, each with its name."""
    asked = f"?{query}" if query else ""
    return [("CSV", f"{address}.csv{asked}"), ("Parquet", f"{address}.parquet{asked}")]


def as_file(table: pa.Table, form: str, name: str) -> Response:
    """Give an Arrow table as a file to keep.

    Raises:
        OfftakeError: there is no such form (`OTK-W005`).
    """
    if form not in FORMS:
        where = Where(path=name)
        raise OfftakeError(Fault(code="OTK-W005", what="data have no such form", where=where))
    held = io.BytesIO()
    if form == "csv":
        pa_csv.write_csv(table, held)
    else:
        pq.write_table(table, held, compression="zstd")
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(held.getvalue(), media_type=FORMS[form], headers=headers)
