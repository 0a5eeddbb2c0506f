"""The judges pass what offtake writes, and catch a cent, a category and a line that are wrong."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from offtake.files.focus import Version, bundle, files
from offtake.model.statement import Statement
from tests.conftest import Require
from tests.files.focus.worked import ALL_KINDS, LINKS, STATEMENT
from tools import focus_gate

Cells = dict[str, str]


@pytest.fixture(scope="session")
def judges(require: Require) -> Path:
    return require("focus")


def written(statement: Statement, folder: Path, version: Version) -> Path:
    folder.mkdir()
    for name, data in files(bundle(statement, LINKS, version=version)).items():
        (folder / name).write_bytes(data)
    return folder


def tampered(folder: Path, file: str, change: Callable[[list[Cells]], list[Cells]]) -> Path:
    path = folder / file
    with path.open(newline="") as held:
        rows = list(csv.DictReader(held))
    names = list(rows[0])
    with path.open("w", newline="") as held:
        writer = csv.DictWriter(held, names)
        writer.writeheader()
        writer.writerows(change(rows))
    return folder


@pytest.mark.parametrize("statement", [STATEMENT, ALL_KINDS], ids=["june", "all kinds"])
def test_the_judges_find_nothing(judges: Path, tmp_path: Path, statement: Statement) -> None:
    old = written(statement, tmp_path / "1.2", Version.V1_2)
    new = written(statement, tmp_path / "1.4", Version.V1_4)
    found = dict(focus_gate.verdicts(judges, old, new))
    assert len(found) == 4
    assert all(faults == () for faults in found.values()), found


def test_a_cent_too_much_is_caught(judges: Path, tmp_path: Path) -> None:
    def change(rows: list[Cells]) -> list[Cells]:
        row = next(r for r in rows if r["x_ChargeId"] == "A/2027-06/rates.capacity.T1")
        row["BilledCost"] = "5603328.01"
        return rows

    new = written(STATEMENT, tmp_path / "1.4", Version.V1_4)
    found = focus_gate.toolkit(judges, tampered(new, "cost_and_usage.csv", change))
    assert [told.split(":")[0] for told in found] == ["FDT-CROSS-030"]


def test_a_wrong_category_is_caught(judges: Path, tmp_path: Path) -> None:
    def change(rows: list[Cells]) -> list[Cells]:
        row = next(r for r in rows if r["x_ChargeId"] == "A/2027-06/sla.n001")
        row["ChargeCategory"] = "Usage"
        return rows

    new = written(STATEMENT, tmp_path / "1.4", Version.V1_4)
    found = focus_gate.toolkit(judges, tampered(new, "cost_and_usage.csv", change))
    assert any(told.startswith("FDT-CROSS-015") for told in found)


@pytest.mark.parametrize("line", ["A/2027-06/sla.n600", "B/2027-06/shortfall"])
def test_a_missing_line_is_caught(judges: Path, tmp_path: Path, line: str) -> None:
    def change(rows: list[Cells]) -> list[Cells]:
        return [row for row in rows if row["x_ChargeId"] != line]

    new = written(STATEMENT, tmp_path / "1.4", Version.V1_4)
    found = focus_gate.toolkit(judges, tampered(new, "cost_and_usage.csv", change))
    assert [told.split(":")[0] for told in found] == ["FDT-CROSS-031"]
    assert line in found[0]


def _replaced(path: Path, column: str, value: object, line: str) -> Path:
    table = pq.read_table(path)
    here = pc.equal(table["x_ChargeId"], line)
    kind = table.schema.field(column).type
    cells = pc.if_else(here, pa.scalar(value, kind), table[column])
    place = table.schema.get_field_index(column)
    pq.write_table(table.set_column(place, table.schema.field(column), cells), path)
    return path


@pytest.mark.parametrize(
    ("column", "value", "line", "rule"),
    [
        ("ChargeCategory", "Purchase", "A/2027-06/sla.n001", "EffectiveCost-C-005-C"),
        ("BillingCurrency", "XXD", "A/2027-06/sla.n001", "BillingCurrency-C-006-M"),
        ("BilledCost", None, "A/2027-06/sla.n001", "BilledCost-C-003-M"),
        ("PricingUnit", None, "B/2027-06/markup", "PricingUnit-C-006-C"),
    ],
)
def test_the_validator_of_1_2_catches_it(
    judges: Path, tmp_path: Path, column: str, value: object, line: str, rule: str
) -> None:
    old = written(STATEMENT, tmp_path / "1.2", Version.V1_2)
    path = _replaced(old / "cost_and_usage.parquet", column, value, line)
    assert any(told.startswith(f"{rule}:") for told in focus_gate.validator(judges, path))


def test_a_cent_between_the_sums_of_a_commitment_is_caught(tmp_path: Path) -> None:
    def change(rows: list[Cells]) -> list[Cells]:
        row = next(r for r in rows if r["x_ChargeId"] == "B/2027-06/shortfall")
        row["EffectiveCost"] = "491451.34"
        return rows

    new = written(STATEMENT, tmp_path / "1.4", Version.V1_4)
    assert focus_gate.sums(new) == ()
    found = focus_gate.sums(tampered(new, "cost_and_usage.csv", change))
    assert found == ("B/commitments[0]: bought 6842091.35, used and unused 6842091.34",)


def test_a_judge_that_says_nothing_is_no_verdict(judges: Path, tmp_path: Path) -> None:
    path = tmp_path / "no.parquet"
    path.write_bytes(b"no table")
    with pytest.raises(focus_gate.GateError):
        focus_gate.validator(judges, path)


def test_main_tells_each_judge_and_fails_on_a_fault(
    judges: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = written(STATEMENT, tmp_path / "1.2", Version.V1_2)
    new = written(STATEMENT, tmp_path / "1.4", Version.V1_4)
    assert focus_gate.main([str(judges), str(old), str(new)]) == 0
    assert capsys.readouterr().out.count(": clean") == 4
    tampered(new, "cost_and_usage.csv", lambda rows: rows[1:])
    assert focus_gate.main([str(judges), str(old), str(new)]) == 1
    assert "FDT-CROSS-031" in capsys.readouterr().out
