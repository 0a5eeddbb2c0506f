"""Transparency sheets as JSON: written, read, held against the schema and the definitions.

    {"schema": "offtake.transparency/1", "publisher": "…", "month": "2027-06", "metrics": [...]}

Every metric carries its `value` beside the two parts it is made of, so that a reader needs
no arithmetic and a checker can do it again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from offtake.errors import Fault, OfftakeError, Where, few
from offtake.files.gather import HEADER as _YAML_HEADER
from offtake.files.json_schema import form_schema
from offtake.files.meters.exposition import read_text
from offtake.files.reading import adapter
from offtake.measure.published import against_definitions
from offtake.model.metric import Metric, Sheet, Subject

FORM = "offtake.transparency/1"
HEADER = "schema"
_TITLE = "Transparency sheet of AI compute (offtake)"
_VALUE = {
    "type": "number",
    "description": "What it comes to, in its unit: numerator over denominator.",
}


def sheet_schema() -> dict[str, Any]:
    """Give the JSON Schema of a transparency sheet, for whoever publishes one."""
    made = form_schema(Sheet, FORM, _TITLE)
    named = {"const": FORM, "description": "What this file is: form and version."}
    fields = {k: v for k, v in made["properties"].items() if k != _YAML_HEADER}
    made["properties"] = {HEADER: named, **fields}
    made["required"] = [HEADER, "publisher", "metrics"]
    metric = made["$defs"]["Metric"]
    metric["properties"] = {**metric["properties"], "value": _VALUE}
    metric["required"] = [*metric["required"], "value"]
    return made


def sheet_plain(sheet: Sheet) -> dict[str, Any]:
    """Give a sheet as plain data that JSON can hold."""
    return {
        HEADER: FORM,
        "publisher": sheet.publisher,
        "month": sheet.month,
        "metrics": [{**_plain(metric), "value": metric.value} for metric in sheet.metrics],
        "absent": [_plain(one) for one in sheet.absent],
        "notes": list(sheet.notes),
    }


def sheet_text(sheet: Sheet) -> str:
    """Give a sheet as the text of its file; the same sheet gives the same bytes."""
    return json.dumps(sheet_plain(sheet), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _plain(held: Any) -> Any:
    if isinstance(held, Enum):
        return held.value
    if isinstance(held, datetime):
        return held.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(held, tuple):
        return [_plain(one) for one in held]
    if hasattr(held, "__dataclass_fields__"):
        return {name: _plain(getattr(held, name)) for name in held.__dataclass_fields__}
    return held


def read_sheet(path: Path) -> Sheet:
    """Read somebody's sheet, and hold it against the schema and the definitions.

    Raises:
        OfftakeError: with all that is wrong: the file cannot be read (`OTK-F001` to
            `OTK-F005`), it is not in the form (`OTK-Q030`), a value is not its quotient
            (`OTK-Q031`), or a metric is not what its definition says (`OTK-Q001` to
            `OTK-Q005`, `OTK-Q032` to `OTK-Q035`).
    """
    file = str(path)
    try:
        data = json.loads(read_text(path), parse_constant=_refuse)
    except ValueError as error:
        fault = Fault(code="OTK-Q030", what=f"not JSON: {error}", where=Where(file=file))
        raise OfftakeError(fault) from None
    if not isinstance(data, dict) or data.get(HEADER) != FORM:
        got = repr(data.get(HEADER)) if isinstance(data, dict) else type(data).__name__
        what = f'a sheet says "{HEADER}": "{FORM}"'
        raise OfftakeError(Fault(code="OTK-Q030", what=what, where=Where(file=file), got=got))
    values, body = _apart(data)
    try:
        sheet = adapter(Sheet).validate_python(body)
    except ValidationError as error:
        raise OfftakeError(few(_shaped(error, file))) from None
    except OfftakeError as error:
        raise OfftakeError(_placed(error.faults, file)) from None
    faults = [*_values(sheet, values, file), *_placed(against_definitions(sheet), file)]
    if faults:
        raise OfftakeError(few(faults))
    return sheet


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _apart(data: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Take the values, which follow from the rest, out of the metrics."""
    body = {key: held for key, held in data.items() if key != HEADER}
    rows = body.get("metrics")
    if not isinstance(rows, list):
        return [], body
    values = [row.get("value") if isinstance(row, dict) else None for row in rows]
    body["metrics"] = [
        {k: v for k, v in row.items() if k != "value"} if isinstance(row, dict) else row
        for row in rows
    ]
    return values, body


def _shaped(error: ValidationError, file: str) -> Iterator[Fault]:
    for one in error.errors(include_url=False):
        path = ".".join(str(part) for part in one["loc"])
        got = repr(one["input"])[:60]
        yield Fault(code="OTK-Q030", what=one["msg"], where=Where(file=file, path=path), got=got)


def _placed(faults: Any, file: str) -> list[Fault]:
    return [
        Fault(
            code=f.code,
            what=f.what,
            where=Where(file=file, path=f.where.path),
            got=f.got,
            hint=f.hint,
        )
        for f in faults
    ]


def _values(sheet: Sheet, values: list[Any], file: str) -> Iterator[Fault]:
    for index, (metric, told) in enumerate(zip(sheet.metrics, values, strict=True)):
        where = Where(file=file, path=f"metrics.{index}.value")
        number = isinstance(told, int | float) and not isinstance(told, bool)
        if not number:
            what = "a metric says its value"
            yield Fault(code="OTK-Q030", what=what, where=where, got=repr(told))
        elif metric.denominator_amount != 0 and not math.isclose(
            told, metric.value, rel_tol=1e-6, abs_tol=1e-12
        ):
            what = f"{metric.id} must be its numerator over its denominator, {metric.value:g}"
            yield Fault(code="OTK-Q031", what=what, where=where, got=f"{told:g}")


def sheet_table(sheet: Sheet) -> pa.Table:
    """Give the metrics of a sheet as an Arrow table, a row each, for Parquet."""
    rows = [_row(metric) for metric in sheet.metrics]
    about = {b"offtake": json.dumps({"form": FORM, "publisher": sheet.publisher}).encode()}
    fields = [
        *(pa.field(name, pa.string()) for name in ("metric", "version", *_SUBJECT)),
        *(pa.field(name, pa.float64()) for name in _NUMBERS),
        *(pa.field(name, pa.string()) for name in ("unit", "boundary")),
        *(pa.field(name, pa.timestamp("s", tz="UTC")) for name in ("starts", "ends")),
        *(pa.field(name, pa.string()) for name in ("source", "evidence")),
        pa.field("covered_share", pa.float64()),
        *(pa.field(name, pa.string()) for name in ("counting", "carbon_basis", "note")),
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields, metadata=about))


_SUBJECT = ("site", "contract", "chain", "tenure")
_NUMBERS = ("value", "numerator_amount", "denominator_amount")


def _row(metric: Metric) -> dict[str, Any]:
    plain = {name: getattr(metric, name) for name in metric.__dataclass_fields__}
    of: Subject = plain.pop("of")
    plain["metric"] = plain.pop("id")
    chain = " > ".join(of.chain) or None
    made = {**plain, "site": of.site, "contract": of.contract, "chain": chain}
    made |= {"tenure": of.tenure, "value": metric.value}
    return {k: v.value if isinstance(v, Enum) else v for k, v in made.items()}
