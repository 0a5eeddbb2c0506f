"""An invoice of a cloud, in FOCUS: charges and readings of it, and every row that is refused."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from offtake.errors import OfftakeError
from offtake.files.focus import bundle, files
from offtake.files.focus.foreign import Foreign, Reads, read_foreign
from offtake.model.charge import ChargeKind
from offtake.model.month import Month
from offtake.model.reading import Meter
from tests.files.focus.worked import LINKS, STATEMENT
from tests.ledger.june import JUNE

READS = Reads(
    contract="cloud",
    month=JUNE,
    recorded=datetime(2027, 7, 3, tzinfo=UTC),
    sites={"us-east-1": "virginia", "fjord": "fjord"},
    gpus={"p5.48xlarge": 8},
)
ROW = {
    "BilledCost": "98.32",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2027-06-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargePeriodStart": "2027-06-04T10:00:00Z",
    "ChargePeriodEnd": "2027-06-04T11:00:00Z",
    "ServiceName": "Virtual machines",
    "SkuId": "p5.48xlarge",
    "SkuPriceId": "p5.od",
    "RegionId": "us-east-1",
    "PricingQuantity": "1",
    "PricingUnit": "Hours",
    "ContractedUnitPrice": "98.32",
    "ConsumedQuantity": "1",
    "ConsumedUnit": "Hours",
    "ChargeClass": "",
}


def read(folder: Path, *rows: dict[str, str], reads: Reads = READS) -> Foreign:
    path = folder / "cloud.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(ROW))
        writer.writeheader()
        writer.writerows({**ROW, **row} for row in rows)
    return read_foreign(path, reads)


def test_machine_hours_become_accelerator_seconds(tmp_path: Path) -> None:
    made = read(tmp_path, {}, {"ConsumedQuantity": "0.25"})
    assert [(one.meter, one.amount, one.site) for one in made.readings] == [
        (Meter.GPU_TIME, 8 * 3600, "virginia"),
        (Meter.GPU_TIME, 8 * 900, "virginia"),
    ]
    assert (made.row_count, made.refused) == (2, ())


@pytest.mark.parametrize(
    ("unit", "quantity", "meter", "amount"),
    [
        ("GPU-Hours", "2.5", Meter.GPU_TIME, 9000),
        ("kWh", "1.234", Meter.FACILITY_ENERGY, 1234),
        ("Tokens", "12", Meter.TOKENS, 12),
        ("Million Tokens", "0.5", Meter.TOKENS, 500_000),
    ],
)
def test_units_that_are_metered(
    tmp_path: Path, unit: str, quantity: str, meter: Meter, amount: int
) -> None:
    (one,) = read(tmp_path, {"ConsumedUnit": unit, "ConsumedQuantity": quantity}).readings
    assert (one.meter, one.amount) == (meter, amount)


def test_other_units_are_charged_and_not_metered(tmp_path: Path) -> None:
    made = read(tmp_path, {"ConsumedUnit": "GB-Months"}, {"SkuId": "m7.large"})
    assert (made.readings, made.refused) == ((), ())
    assert sum(one.minor for one in made.charges) == 2 * 9832


def test_small_rows_of_one_thing_are_added_before_they_are_rounded(tmp_path: Path) -> None:
    cent = {"BilledCost": "0.004", "ConsumedUnit": "GB", "ConsumedQuantity": "1"}
    (one,) = read(tmp_path, *[cent] * 1000).charges
    assert (one.exact, one.minor) == (Fraction(4), 400)
    assert (one.quantity, one.price) == (1000, Fraction("0.004"))
    assert one.steps[0].value == 1000


def test_things_stay_apart(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        {},
        {"BillingCurrency": "EUR"},
        {"ContractedUnitPrice": "90"},
        {"ChargeCategory": "Tax"},
        {"ChargeCategory": "Credit", "BilledCost": "-5"},
        {
            "ChargeClass": "Correction",
            "ChargePeriodStart": "2027-05-04T10:00:00Z",
            "ChargePeriodEnd": "2027-05-04T11:00:00Z",
        },
        {"ChargeCategory": "Purchase", "ConsumedQuantity": ""},
    )
    kinds = [one.kind for one in made.charges]
    assert kinds[:3] == [ChargeKind.USAGE] * 3
    assert kinds[3:5] == [ChargeKind.TAX, ChargeKind.SERVICE_CREDIT]
    assert made.charges[5].corrects == Month(2027, 5)
    assert made.charges[6].kind is ChargeKind.PREPAYMENT
    assert len({one.id for one in made.charges}) == 7
    assert made.refused == ()


def test_a_bill_read_twice_gives_the_same_readings(tmp_path: Path) -> None:
    rows: tuple[dict[str, str], ...] = ({}, {}, {"ConsumedQuantity": "2"})
    first, again = read(tmp_path, *rows), read(tmp_path, *reversed(rows))
    assert {one.id for one in first.readings} == {one.id for one in again.readings}
    assert len({one.id for one in first.readings}) == 3


@pytest.mark.parametrize(
    ("row", "code", "told"),
    [
        ({"BilledCost": ""}, "OTK-M161", "BilledCost"),
        ({"BilledCost": "ten"}, "OTK-M161", "'ten'"),
        ({"ChargeCategory": "Fee"}, "OTK-M161", "'Fee'"),
        ({"BillingCurrency": ""}, "OTK-M161", "BillingCurrency"),
        ({"BillingPeriodStart": "June"}, "OTK-M161", "'June'"),
        ({"ChargePeriodStart": "2027-06-04T10:00:00"}, "OTK-M161", "time zone"),
        ({"ChargePeriodEnd": "2027-06-03T10:00:00Z"}, "OTK-M161", "before"),
        ({"ConsumedQuantity": "0.00001"}, "OTK-M162", "whole number"),
        ({"ConsumedQuantity": "-1"}, "OTK-M162", "whole number"),
        ({"RegionId": "moon-1"}, "OTK-M163", "moon-1"),
        ({"RegionId": ""}, "OTK-M163", "no site"),
        ({"ChargePeriodEnd": "2027-06-04T10:00:00Z"}, "OTK-M164", "empty"),
        ({"ChargePeriodEnd": "2027-07-04T10:00:00Z"}, "OTK-M164", "not over"),
    ],
)
def test_rows_that_cannot_be_used_are_refused_and_counted(
    tmp_path: Path, row: dict[str, str], code: str, told: str
) -> None:
    made = read(tmp_path, {}, row, {})
    (fault,) = made.refused
    assert fault.code == code
    assert told in str(fault)
    assert fault.where.line == 3
    assert made.row_count == 3
    assert len(made.readings) == 2
    assert sum(one.minor for one in made.charges) == 2 * 9832


def test_rows_of_other_months_are_counted_and_left_alone(tmp_path: Path) -> None:
    made = read(tmp_path, {}, {"BillingPeriodStart": "2027-05-01T00:00:00Z"})
    assert (made.row_count, made.other_count, len(made.readings)) == (1, 1, 1)


def test_a_bill_that_lacks_columns_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "cloud.csv"
    path.write_text("BilledCost,ServiceName\n1,x\n")
    with pytest.raises(OfftakeError, match="OTK-M160 .*lacks BillingCurrency, BillingPeriodStart"):
        read_foreign(path, READS)


def test_parquet_with_floats_and_times_is_read(tmp_path: Path) -> None:
    numbers = ("BilledCost", "PricingQuantity", "ConsumedQuantity", "ContractedUnitPrice")
    columns: dict[str, list[object]] = {name: [cell or None] for name, cell in ROW.items()}
    columns |= {name: [float(ROW[name])] for name in numbers}
    when = "ChargePeriodStart"
    columns[when] = [datetime(2027, 6, 4, 10)]  # noqa: DTZ001 - as many files have them: UTC
    path = tmp_path / "cloud.parquet"
    pq.write_table(pa.table(columns), path)
    made = read_foreign(path, READS)
    assert made.refused == ()
    assert made.charges[0].amount == Decimal("98.32")
    assert made.readings[0].starts == datetime(2027, 6, 4, 10, tzinfo=UTC)


def test_our_own_export_comes_back_to_the_cent(tmp_path: Path) -> None:
    path = tmp_path / "cost_and_usage.csv"
    path.write_bytes(files(bundle(STATEMENT, LINKS, link="A"))[path.name])
    made = read_foreign(path, READS)
    assert made.refused == ()
    assert sum(one.minor for one in made.charges) == STATEMENT.by_contract["A"].cash_minor
    told = list(csv.DictReader(io.StringIO(path.read_text())))
    assert made.row_count == len(told)
    used = sum(one.amount for one in made.readings if one.meter is Meter.GPU_TIME)
    assert used == (2_949_120 + 491_520) * 3600
