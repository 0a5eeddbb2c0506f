"""Exports: what is read back from Parquet and CSV is the plan, with its units."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

import offtake
from offtake.errors import OfftakeError
from offtake.files import exported, is_export
from offtake.files.arrow import csv as as_csv
from offtake.files.arrow import parquet
from offtake.files.tables import tables
from offtake.model import Plan
from tests.report.plans import a_hostile_plan, a_plan, an_idle_plan
from tests.strategies import plans

NAMES = list(tables(a_plan()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    offtake.export(a_plan(), tmp_path / "deep" / "tables")
    return tmp_path / "deep" / "tables"


def test_a_folder_has_a_file_a_table_and_says_what_they_hold(folder: Path) -> None:
    found = sorted(path.name for path in folder.iterdir())
    assert found == sorted([*(f"{name}.parquet" for name in NAMES), "datapackage.json"])
    told = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert (told["form"], told["of"], told["scenarios"]) == ("offtake.tables/1", "plan", "50")
    assert told["inputs_sha256"] == a_plan().inputs_sha256
    for resource in told["resources"]:
        data = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    signings = next(r for r in told["resources"] if r["name"] == "signings")
    power = next(f for f in signings["schema"]["fields"] if f["name"] == "power_it_mw")
    assert power["type"] == "number"
    assert (power["unit"], power["standing"]) == ("MW IT", "decided")
    assert power["description"].startswith("How much")


@pytest.mark.parametrize("name", NAMES)
def test_parquet_reads_back_equal(folder: Path, name: str) -> None:
    frame = tables(a_plan())[name]
    read = pq.read_table(folder / f"{name}.parquet")
    assert read.column_names == [column.name for column in frame.columns]
    assert [tuple(row.values()) for row in read.to_pylist()] == frame.rows
    for column in frame.columns:
        said = read.schema.field(column.name).metadata or {}
        assert said.get(b"unit", b"").decode() == column.unit
        assert said[b"about"].decode() == column.about


@pytest.mark.parametrize("name", NAMES)
def test_csv_reads_back_equal(tmp_path: Path, name: str) -> None:
    frame = tables(a_plan())[name]
    (path,) = offtake.export(a_plan(), tmp_path / f"{name}.csv", table=name)
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == [column.name for column in frame.columns]
    read = {"number": float, "whole": int}
    for place, column in enumerate(frame.columns):
        cells = [row[place] for row in rows]
        for cell, held in zip(cells, column.cells, strict=True):
            if held is None:
                assert cell == ""
            elif column.kind in read:
                assert read[column.kind](cell) == held
            else:
                assert cell == ("true" if held is True else "false" if held is False else str(held))


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans())
def test_any_plan_can_be_exported(plan: Plan) -> None:
    for frame in tables(plan).values():
        assert parquet(frame, {}).startswith(b"PAR1")
        assert as_csv(frame, {}).count(b"\n") >= len(frame) + 1


def test_the_same_plan_gives_the_same_files(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "plan.xlsx"):
        first, second = exported(a_plan(), path), exported(a_plan(), path)
        assert {p: c.data for p, c in first.items()} == {p: c.data for p, c in second.items()}


def test_one_table_may_be_chosen(tmp_path: Path) -> None:
    made = exported(a_plan(), tmp_path / "tables", csv=True, table="limits")
    assert [path.name for path in made] == ["limits.csv", "datapackage.json"]
    assert next(iter(made.values())).holds == "12 rows, 7 columns"
    (only,) = exported(a_plan(), tmp_path / "limits.parquet", table="limits")
    assert only == tmp_path / "limits.parquet"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("plan.pdf", {}, "OTK-F045 plan.pdf: an export is a folder, or a file that ends in"),
        ("plan.csv", {}, "OTK-F045 plan.csv: a file holds one table"),
        ("plan.xlsx", {"table": "limits"}, "OTK-F045 plan.xlsx: a workbook holds all tables"),
        ("plan.xlsx", {"csv": True}, "OTK-F045 plan.xlsx: a workbook holds all tables"),
        ("x", {"table": "signing"}, "OTK-F046 x: there is no such table; got signing; did you"),
    ],
)
def test_what_is_no_export(name: str, options: dict, said: str) -> None:
    with pytest.raises(OfftakeError) as caught:
        exported(a_plan(), name, **options)
    assert str(caught.value).startswith(said)


def test_a_workbook_needs_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name="xlsxwriter")

    monkeypatch.setattr("offtake.files.exporting.import_module", missing)
    with pytest.raises(OfftakeError, match=r"OTK-F044 .*pip install 'offtake\[excel\]'"):
        offtake.export(a_plan(), tmp_path / "plan.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_an_export_knows_its_own_files(tmp_path: Path) -> None:
    made = [
        *offtake.export(a_plan(), tmp_path / "a"),
        *offtake.export(a_plan(), tmp_path / "b", csv=True),
        *offtake.export(an_idle_plan(), tmp_path / "plan.xlsx"),
        *offtake.export(a_plan(), tmp_path / "one.parquet", table="limits"),
    ]
    assert [path.name for path in made if not is_export(path)] == []
    changed = tmp_path / "b" / "limits.csv"
    changed.write_text(changed.read_text(encoding="utf-8") + "mine\n", encoding="utf-8")
    assert not is_export(changed)
    for name, text in (("x.csv", "a,b"), ("x.parquet", "PAR1"), ("x.xlsx", "PK"), ("none", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert not is_export(tmp_path / name)
    (tmp_path / "datapackage.json").write_text('{"form": "theirs", "resources": []}')
    assert not is_export(tmp_path / "datapackage.json")
    assert not is_export(tmp_path / "x.csv")
    assert not is_export(tmp_path / "nowhere.csv")


def test_names_stay_names(tmp_path: Path) -> None:
    plan = a_hostile_plan()
    offtake.export(plan, tmp_path)
    read = pq.read_table(tmp_path / "signings.parquet")
    assert read["name"].to_pylist() == [s.name for s in plan.signed]


@pytest.mark.parametrize(
    ("name", "why"), [("plan.xlsx", "x" * 40_000), ("tables", "half a sign: \ud800")]
)
def test_text_no_file_can_say_is_told(tmp_path: Path, name: str, why: str) -> None:
    plan = a_plan()
    broken = replace(plan, signed=(replace(plan.signed[0], why=why),))
    with pytest.raises(OfftakeError, match="OTK-F041"):
        offtake.export(broken, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
