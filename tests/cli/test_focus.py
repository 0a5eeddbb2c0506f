"""`offtake focus` and `offtake shadow`: a month out as FOCUS, a supplier's invoice held to it."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.calling import REPO, call

Capsys = pytest.CaptureFixture[str]
WORLD = REPO / "worlds" / "june-chain"


def test_a_month_is_written_and_what_it_adds_up_to_is_told(tmp_path: Path, capsys: Capsys) -> None:
    ran = call(capsys, "focus", WORLD, "2027-06", "--out", tmp_path, "--quiet")
    assert ran.status == 0, ran.err
    told = " ".join(ran.out.split())
    assert "A/2027-06 4,748,879.42 4,748,879.42 6,643,634.41 6,643,634.41 USD" in told
    names = {path.name for path in tmp_path.iterdir()}
    assert len(names) == 9
    assert f"wrote {tmp_path / 'invoice_detail.parquet'}" in ran.out
    with (tmp_path / "cost_and_usage.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["HostProviderName"] for row in rows} == {"SiteCo"}
    assert {row["RegionName"] for row in rows} == {"Fjord Hall"}
    billed = sum(Decimal(row["BilledCost"]) for row in rows)
    assert billed == Decimal("1291552.88") + Decimal("4748879.42") + Decimal("6842320.90")


def test_its_own_files_are_replaced_and_no_others(tmp_path: Path, capsys: Capsys) -> None:
    words = ("focus", WORLD, "2027-06", "--out", tmp_path, "--quiet", "--version", "1.2")
    for _ in range(2):
        ran = call(capsys, *words, "--json", "--link", "B")
        assert ran.status == 0, ran.err
        assert ran.data["rows"] == {"Cost and Usage": 9}
        assert ran.data["invoices"]["B/2027-06"]["effective_cost"] == "6842320.90"
    (tmp_path / "cost_and_usage.csv").write_text("mine")
    assert call(capsys, *words).codes == ["OTK-F040"]
    assert (tmp_path / "cost_and_usage.csv").read_text() == "mine"
    assert call(capsys, *words, "--force").status == 0


def test_wrong_words(tmp_path: Path, capsys: Capsys) -> None:
    words = ("focus", WORLD, "2027-06", "--out", tmp_path, "--quiet")
    assert call(capsys, *words, "--link", "Z").codes == ["OTK-M152"]
    assert call(capsys, *words, "--version", "1.3").status == 2
    assert call(capsys, "focus", WORLD, "June", "--out", tmp_path).codes == ["OTK-U020"]
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def invoice(tmp_path: Path, capsys: Capsys) -> Path:
    words = ("--link", "A", "--out", tmp_path / "focus", "--quiet")
    assert call(capsys, "focus", WORLD, "2027-06", *words).status == 0
    return tmp_path / "focus" / "cost_and_usage.csv"


def test_an_invoice_that_agrees(invoice: Path, capsys: Capsys) -> None:
    ran = call(capsys, "shadow", WORLD, "2027-06", invoice, "--link", "A", "--quiet")
    assert ran.status == 0, ran.err
    assert "10 matched." in ran.out
    assert "All 4,748,879.42 4,748,879.42 0.00" in " ".join(ran.out.split())


def test_an_invoice_that_does_not(tmp_path: Path, capsys: Capsys) -> None:
    path = tmp_path / "invoice.csv"
    path.write_text(
        "kind,tranche,subject,text,quantity,unit,price,amount\n"
        "capacity,T1,,Cluster 1,2949120,GPU-hour,1.90,5603328.00\n"
        "capacity,T2,,Cluster 2,604160,GPU-hour,1.90,1147904.00\n"
        "power-energy,,,Energy,5912500,kWh,,284254.81\n"
        "power-demand,,,Peak,8900,kW,7.50,66750.00\n"
        "service-credit,T1,n001,Node 1,,,,-3283.20\n"
        "service-credit,T1,n002,Node 2,,,,-3283.20\n"
        "prepayment-credit,T1,,Prepaid,,,,-1894754.99\n"
        "demand-response,,,Grid,,,,-900.00\n"
        ",,,Setup fee,,,,500\n"
    )
    words = ("shadow", WORLD, "2027-06", path, "--link", "A", "--quiet")
    ran = call(capsys, *words)
    assert ran.status == 3
    assert "6 matched" not in ran.out
    assert "7 matched, 1 amount differs, 2 missing on theirs, 1 missing on ours" in ran.out
    data = call(capsys, *words, "--json").data
    odd = [one for one in data["findings"] if one["finding"] != "matched"]
    assert [(one["reason"], one["difference"]) for one in odd] == [
        ("other quantity", "214016.00"),
        ("credit missing", "3648.00"),
        ("credit missing", "233472.00"),
        ("no clause asks for it", "500"),
    ]
    assert data["difference"] == "451636.00"


def test_shadow_says_what_is_wrong_with_the_file(tmp_path: Path, capsys: Capsys) -> None:
    path = tmp_path / "invoice.csv"
    words = ("shadow", WORLD, "2027-06", path, "--quiet", "--link")
    assert call(capsys, *words, "A").codes == ["OTK-F001"]
    path.write_text("amount\nten\n")
    assert call(capsys, *words, "A").codes == ["OTK-M158"]
    assert call(capsys, *words, "Z").codes == ["OTK-U022"]
