"""Files of FOCUS: exact decimals, real nulls, and the same in Parquet and CSV."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.errors import OfftakeError
from offtake.files import is_export
from offtake.files.focus import Version, bundle, files
from offtake.files.focus.columns import COST_AND_USAGE, FILES, columns
from offtake.files.focus.emitting import parquet, written
from offtake.files.focus.links import exact, unit
from tests.files.focus.worked import ALL_KINDS, LINKS

MADE = files(bundle(ALL_KINDS, LINKS))


def test_there_is_a_parquet_and_a_csv_file_of_each_dataset() -> None:
    names = {f"{name}.{ending}" for name in FILES.values() for ending in ("csv", "parquet")}
    assert set(MADE) == names | {"datapackage.json"}
    old = files(bundle(ALL_KINDS, LINKS, version=Version.V1_2))
    assert set(old) == {"cost_and_usage.csv", "cost_and_usage.parquet", "datapackage.json"}


@pytest.mark.parametrize("name", FILES.values())
def test_parquet_and_csv_say_the_same(name: str) -> None:
    table = pq.read_table(io.BytesIO(MADE[f"{name}.parquet"]))
    told = list(csv.DictReader(io.StringIO(MADE[f"{name}.csv"].decode())))
    assert table.num_rows == len(told) > 0
    assert [{k: written(v) for k, v in row.items()} for row in table.to_pylist()] == told


def test_numbers_are_decimals_and_what_is_not_there_is_null() -> None:
    table = pq.read_table(io.BytesIO(MADE["cost_and_usage.parquet"]))
    assert table.schema.field("BilledCost").type == pa.decimal128(38, 12)
    assert table.schema.field("ChargePeriodStart").type == pa.timestamp("us", tz="UTC")
    assert table["CapacityReservationId"].null_count == table.num_rows
    assert table.schema.field("CapacityReservationId").type == pa.string()
    assert not any("" in table[name].to_pylist() for name in table.column_names)


def test_a_folder_knows_its_own_files_again(tmp_path: Path) -> None:
    for name, data in MADE.items():
        (tmp_path / name).write_bytes(data)
    assert all(is_export(tmp_path / name) for name in MADE)
    (tmp_path / "cost_and_usage.csv").write_text("mine")
    assert not is_export(tmp_path / "cost_and_usage.csv")
    told = json.loads((tmp_path / "datapackage.json").read_text())
    assert told["focus_version"] == "1.4"


def test_a_number_too_long_for_the_file_is_a_fault() -> None:
    dataset = bundle(ALL_KINDS, LINKS).by_name[COST_AND_USAGE]
    row = {**dataset.rows[0], "BilledCost": Decimal(10) ** 27}
    with pytest.raises(OfftakeError, match=r"OTK-M153 Cost and Usage\.BilledCost"):
        parquet(replace(dataset, rows=(row,)), "1.4")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        (Decimal("0.00"), "0"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-12.340000"), "-12.34"),
        (Decimal("1E-12"), "0.000000000001"),
        (datetime(2027, 6, 1, tzinfo=UTC), "2027-06-01T00:00:00Z"),
        (datetime(2027, 6, 1, tzinfo=timezone(timedelta(hours=2))), "2027-05-31T22:00:00Z"),
    ],
)
def test_cells_as_focus_writes_them(cell: Decimal | datetime | None, text: str) -> None:
    assert written(cell) == text


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("GPU-hours", "GPU-Hours"),
        ("GPU-hour", "GPU-Hours"),
        ("kW-month", "kW-Months"),
        ("kWh", "kWh"),
        ("million-tokens", "Million Tokens"),
        ("share of the fee", "share of the fee"),
        ("USD", "USD"),
        ("", "Units"),
        ("%", "Units"),
        ("3 h", "Units"),
    ],
)
def test_units(ours: str, theirs: str) -> None:
    assert unit(ours) == theirs


@given(st.fractions(-(10**20), 10**20, max_denominator=10**9))
def test_twelve_places_are_kept_and_halves_go_up(number: Fraction) -> None:
    found = exact(number)
    assert abs(Fraction(found) - number) <= Fraction(1, 2 * 10**12)
    assert exact(-number) == -found


def test_no_column_is_named_twice() -> None:
    for version in Version:
        for names in columns(version).values():
            assert len(set(names)) == len(names)
