"""`offtake leases` from arguments to files."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.calling import REPO, call

WORLD = REPO / "worlds" / "ring-fence"
Capsys = pytest.CaptureFixture[str]


def test_every_contract_stands_with_its_judgement(capsys: Capsys) -> None:
    ran = call(capsys, "leases", WORLD)
    assert ran.status == 0
    for words in ("355,391.08", "no lease", "asc-842-operating", "hall: journal", "Measured anew"):
        assert words in ran.out


def test_json_is_exact_and_every_day_balances(capsys: Capsys) -> None:
    data = call(capsys, "leases", WORLD, "--json").data
    assert data["schema"] == "offtake.leases/1"
    hall = data["leases"][0]
    assert hall["right_of_use_amount"] == "420391.08"
    for lease in data["leases"]:
        days: dict[str, Decimal] = {}
        for entry in lease["journal"]:
            amount = Decimal(entry["debit_amount"]) - Decimal(entry["credit_amount"])
            days[entry["day"]] = days.get(entry["day"], Decimal(0)) + amount
        assert set(days.values()) == {Decimal(0)}


def test_one_alone_is_written(capsys: Capsys, tmp_path: Path) -> None:
    for _ in range(2):
        assert call(capsys, "leases", WORLD, "--of", "cloud", "--out", tmp_path).status == 0
    held = json.loads((tmp_path / "leases.json").read_text())
    assert [lease["id"] for lease in held["leases"]] == ["cloud"]


def test_what_is_not_there_is_named(capsys: Capsys) -> None:
    assert call(capsys, "leases", WORLD, "--of", "hal").codes == ["OTK-C016"]
    assert call(capsys, "leases", "june-chain", "--quiet").codes == ["OTK-C016"]


def test_a_fault_has_its_place_in_the_file(capsys: Capsys, tmp_path: Path) -> None:
    text = (WORLD / "portfolio.yaml").read_text()
    assert text.count("after_count: 6") == 1
    world = tmp_path / "portfolio.yaml"
    world.write_text(text.replace("after_count: 6", "after_count: 60"))
    ran = call(capsys, "leases", world)
    assert ran.status == 3
    assert "OTK-C013" in ran.codes
    assert "portfolio.yaml:" in ran.out + ran.err
