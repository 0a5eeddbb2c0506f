"""Sheets are written, read back, described by an open schema, and refused where they are wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from offtake.errors import OfftakeError
from offtake.files.transparency import (
    read_sheet,
    sheet_plain,
    sheet_schema,
    sheet_table,
    sheet_text,
)
from offtake.measure.month import sheet_of
from offtake.model.metric import Sheet
from tests.measure.test_month import june

Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    return sheet_of(june(), "lab")


def saved(folder: Path, plain: object) -> Path:
    path = folder / "sheet.json"
    path.write_text(json.dumps(plain), encoding="utf-8")
    return path


def test_it_comes_back_as_it_was(sheet: Sheet, tmp_path: Path) -> None:
    path = tmp_path / "sheet.json"
    path.write_text(sheet_text(sheet), encoding="utf-8")
    assert read_sheet(path) == sheet


def test_it_is_what_the_schema_says(sheet: Sheet) -> None:
    jsonschema.Draft202012Validator.check_schema(sheet_schema())
    jsonschema.validate(sheet_plain(sheet), sheet_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**sheet_plain(sheet), "more": 1}, sheet_schema())


def test_its_table_has_a_row_a_metric(sheet: Sheet) -> None:
    rows = sheet_table(sheet).to_pylist()
    assert len(rows) == len(sheet.metrics)
    assert rows[0]["value"] == sheet.metrics[0].value
    assert {row["chain"] for row in rows} == {None, "0 > A > B"}


def first(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda plain: next(m for m in plain["metrics"] if m["id"] == name)


WRONG: list[tuple[Change, set[str]]] = [
    (lambda p: first("pue")(p).update(value=1.1), {"OTK-Q031"}),
    (lambda p: first("pue")(p).update(id="utilisation", value=1.27), {"OTK-Q001"}),
    (lambda p: first("pue")(p).update(version="9"), {"OTK-Q001"}),
    (lambda p: first("pue")(p).update(boundary="node"), {"OTK-Q002"}),
    (lambda p: first("pue")(p).update(unit="share"), {"OTK-Q034"}),
    (lambda p: first("pue")(p).update(denominator_amount=0), {"OTK-Q003"}),
    (
        lambda p: first("utilisation-sold")(p).update(numerator_amount=-1e12),
        {"OTK-Q004", "OTK-Q031"},
    ),
    (lambda p: first("scope-2-location")(p).update(counting=None), {"OTK-Q005"}),
    (lambda p: first("scope-2-location")(p).update(counting="marginal"), {"OTK-Q020"}),
    (lambda p: p["metrics"].remove(first("scope-2-location")(p)), {"OTK-Q032"}),
    (lambda p: p["metrics"].append(first("pue")(p)), {"OTK-Q033"}),
    (lambda p: first("pue")(p).update(ends="2026-06-01T00:00:00Z"), {"OTK-Q035"}),
    (lambda p: first("pue")(p).update(covered_share=1.5), {"OTK-Q030"}),
    (lambda p: first("pue")(p).pop("source"), {"OTK-Q030"}),
    (lambda p: first("pue")(p).pop("value"), {"OTK-Q030"}),
    (lambda p: p.update(schema="offtake.transparency/9"), {"OTK-Q030"}),
    (lambda p: p.update(metrics=3), {"OTK-Q030"}),
]


@pytest.mark.parametrize(("change", "codes"), WRONG, ids=[str(i) for i in range(len(WRONG))])
def test_a_wrong_sheet_is_refused(
    sheet: Sheet, tmp_path: Path, change: Change, codes: set[str]
) -> None:
    plain = json.loads(json.dumps(sheet_plain(sheet)))
    change(plain)
    with pytest.raises(OfftakeError) as told:
        read_sheet(saved(tmp_path, plain))
    assert {fault.code for fault in told.value.faults} == codes


def test_what_is_not_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sheet.json"
    path.write_text('{"schema": NaN}')
    with pytest.raises(OfftakeError, match="OTK-Q030"):
        read_sheet(path)
