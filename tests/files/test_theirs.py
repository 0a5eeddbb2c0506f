"""A supplier's invoice from CSV, Parquet or FOCUS, with every fault of the file."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from offtake.errors import OfftakeError
from offtake.files.focus import Version, bundle, files
from offtake.files.theirs import read_theirs
from offtake.ledger.shadow import Finding, shadow
from offtake.model.charge import ChargeKind
from offtake.model.month import Month
from offtake.model.statement import Statement
from tests.files.focus.worked import ALL_KINDS, LINKS, STATEMENT
from tests.ledger.june import JUNE


def table(folder: Path, text: str) -> Path:
    path = folder / "invoice.csv"
    path.write_text(text)
    return path


def test_a_plain_table_is_read_cell_by_cell(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "\ufeffline,kind,tranche,subject,text,quantity,unit,price,amount,currency\n"
        "7,capacity,T1,,Cluster 1,2949120,GPU-hour,1.90,5603328.00,USD\n"
        "\n"
        ",service-credit,T2,n600,,,,,-3648,\n",
    )
    first, second = read_theirs(path, "A", JUNE)
    assert (first.id, first.tranche, first.subject) == ("7", "T1", None)
    assert first.kinds == {ChargeKind.CAPACITY}
    assert (first.quantity, first.price) == (Fraction(2_949_120), Fraction("1.9"))
    assert (second.amount, second.currency, second.quantity) == (Decimal(-3648), None, None)
    assert first.place.endswith("invoice.csv:2")


def test_amounts_alone_are_enough(tmp_path: Path) -> None:
    (one,) = read_theirs(table(tmp_path, "amount\n12.345\n"), "A", JUNE)
    assert (one.amount, one.kinds) == (Decimal("12.345"), frozenset())


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("contract", ["0", "A", "B"])
def test_our_own_focus_is_matched_line_by_line(
    tmp_path: Path, contract: str, ending: str, version: Version
) -> None:
    path = tmp_path / f"cost_and_usage.{ending}"
    path.write_bytes(files(bundle(STATEMENT, LINKS, version=version))[path.name])
    found = shadow(STATEMENT.by_contract[contract], read_theirs(path, contract, JUNE))
    assert {one.finding for one in found.held} == {Finding.MATCHED}
    assert found.difference == 0


def test_corrections_and_every_kind_are_matched(tmp_path: Path) -> None:
    path = tmp_path / "cost_and_usage.csv"
    path.write_bytes(files(bundle(ALL_KINDS, LINKS))[path.name])
    found = shadow(ALL_KINDS.by_contract["B"], read_theirs(path, "B", JUNE))
    assert {one.finding for one in found.held} == {Finding.MATCHED}


def without_ids(statement: Statement, contract: str) -> str:
    """Give FOCUS as a supplier writes it that knows nothing of our lines."""
    made = files(bundle(statement, LINKS, link=contract))["cost_and_usage.csv"].decode()
    rows = list(csv.DictReader(io.StringIO(made)))
    sink = io.StringIO()
    dropped = {"x_ChargeId", "x_Clause", "x_CorrectsMonth", "InvoiceDetailId", "ResourceId"}
    names = [name for name in rows[0] if name not in dropped]
    writer = csv.DictWriter(sink, names, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()


@pytest.mark.parametrize("contract", ["0", "A", "B"])
def test_focus_of_a_stranger_is_matched_by_amounts(tmp_path: Path, contract: str) -> None:
    path = table(tmp_path, without_ids(STATEMENT, contract))
    found = shadow(STATEMENT.by_contract[contract], read_theirs(path, contract, JUNE))
    assert {one.finding for one in found.held} == {Finding.MATCHED}


def test_a_minimum_that_does_not_add_up_stays_the_purchase(tmp_path: Path) -> None:
    text = without_ids(STATEMENT, "B").replace(",491451.35,", ",491451.34,")
    lines = read_theirs(table(tmp_path, text), "B", JUNE)
    assert Decimal("6842091.35") in {line.amount for line in lines}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Chicago"])
def test_a_month_is_found_in_every_time_zone(tmp_path: Path, zone: str) -> None:
    there = [replace(one, time_zone=zone) for one in LINKS.contracts]
    path = tmp_path / "cost_and_usage.csv"
    path.write_bytes(files(bundle(STATEMENT, replace(LINKS, contracts=there)))[path.name])
    assert len(read_theirs(path, "A", JUNE)) == 10
    with pytest.raises(OfftakeError, match="OTK-M159"):
        read_theirs(path, "A", Month(2027, 5))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", r"OTK-M157 .*: the column `amount` is missing"),
        ("amount\n", r"OTK-M159 .*: no line of contract A and 2027-06"),
        ("sum\n1\n", r"OTK-M157 .*got 'sum'"),
        ("amount,pryce\n1,2\n", r"OTK-M157 .*'pryce'; did you mean 'price'\?"),
        ("amount\n1,2\n", r"OTK-M156 .*:2: the row has 2 cells, the header 1"),
        ("amount\n1\nlots\nNaN\n", r"(?s)OTK-M158 .*:3: .*'lots'.*OTK-M158 .*:4: .*'NaN'"),
        ("amount,text\n,empty\n", r"OTK-M158 .*:2: amount: .*nothing is there"),
        ("amount,kind\n1,capacty\n", r"OTK-M158 .*'capacty'; did you mean 'capacity'\?"),
        ('amount\n"1\n', r"OTK-M155"),
        (
            "BilledCost,ChargeCategory,BillingPeriodStart\n1,Usage,2027-06-01\n",
            r"OTK-M158 .*needs its time zone",
        ),
        (
            "BilledCost,ChargeCategory,BillingPeriodStart\n1,Fee,2027-06-01T00:00:00Z\n",
            r"OTK-M158 .*none of FOCUS's: 'Fee'",
        ),
        (
            "BilledCost,ChargeCategory,BillingPeriodStart\n,Tax,2027-06-01T00:00:00Z\n",
            r"OTK-M158 .*BilledCost",
        ),
    ],
)
def test_faults_of_the_file(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(OfftakeError, match=told):
        read_theirs(table(tmp_path, text), "A", JUNE)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(OfftakeError, match="OTK-F001"):
        read_theirs(tmp_path / "no.csv", "A", JUNE)
    for name in ("bad.parquet", "bad.csv"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00")
        with pytest.raises(OfftakeError, match="OTK-M155"):
            read_theirs(tmp_path / name, "A", JUNE)
