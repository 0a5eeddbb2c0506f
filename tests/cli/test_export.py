"""Exports from the command line: told before, written whole, kept where they are not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.files import write_plan
from tests.cli.calling import call, tree
from tests.report.plans import a_plan

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    write_plan(a_plan(), tmp_path / "plan.json")
    return tmp_path


def test_a_dry_run_tells_all_and_writes_nothing(saved: Path, capsys: Capsys) -> None:
    before = tree(saved)
    ran = call(capsys, "export", saved, "--to", saved / "tables", "--dry-run")
    assert (ran.status, ran.err) == (0, "")
    told = ran.out.splitlines()
    assert f"would write {saved / 'tables' / 'signings.parquet'}: 14 rows, 14 columns" in told
    assert any(f"{saved / 'tables' / 'plan.parquet'}: 1 row, " in line for line in told)
    assert tree(saved) == before
    wrote = call(capsys, "export", saved / "plan.json", "--to", saved / "tables").out.splitlines()
    assert [line.removeprefix("wrote ") for line in wrote] == [
        line.removeprefix("would write ") for line in told
    ]
    assert len(tree(saved / "tables")) == len(told) >= 12


def test_its_own_files_are_replaced_and_no_others(saved: Path, capsys: Capsys) -> None:
    for options in (("--csv",), ()):
        for _ in range(2):
            ran = call(capsys, "export", saved, "--to", saved / "tables", *options)
            assert ran.status == 0, ran.err
    mine = saved / "tables" / "limits.parquet"
    mine.write_bytes(b"mine")
    before = tree(saved)
    ran = call(capsys, "export", saved, "--to", saved / "tables")
    assert (ran.status, ran.out, ran.codes) == (1, "", ["OTK-F040"])
    assert str(mine) in ran.err
    assert tree(saved) == before
    assert call(capsys, "export", saved, "--to", saved / "tables", "--force").status == 0
    assert mine.read_bytes().startswith(b"PAR1")


def test_a_workbook_and_a_single_table(saved: Path, capsys: Capsys) -> None:
    for _ in range(2):
        ran = call(capsys, "export", saved, "--to", saved / "plan.xlsx")
        assert ran.status == 0
        assert ran.out.startswith(f"wrote {saved / 'plan.xlsx'}: 11 sheets: Cover, Cash by quarter")
    ran = call(capsys, "export", saved, "--to", saved / "s.csv", "--table", "signings")
    assert ran.out == f"wrote {saved / 's.csv'}: 14 rows, 14 columns\n"
    ran = call(capsys, "export", saved, "--to", saved / "s.csv", "--table", "signings")
    assert ran.codes == ["OTK-F040"], "nothing in a CSV file says that it is ours"


@pytest.mark.parametrize(
    ("to", "more", "status", "code"),
    [
        ("plan.pdf", (), 2, "OTK-F045"),
        ("plan.csv", (), 2, "OTK-F045"),
        ("tables", ("--table", "none"), 2, "OTK-F046"),
        ("plan.json/x", (), 1, "OTK-F041"),
    ],
)
def test_what_cannot_be(
    saved: Path, capsys: Capsys, to: str, more: tuple[str, ...], status: int, code: str
) -> None:
    before = tree(saved)
    ran = call(capsys, "export", saved, "--to", saved / to, *more)
    assert (ran.status, ran.out) == (status, "")
    assert set(ran.codes) == {code}
    assert tree(saved) == before


def test_what_is_no_plan_is_told(tmp_path: Path, capsys: Capsys) -> None:
    assert call(capsys, "export", tmp_path, "--to", tmp_path / "x").codes == ["OTK-F001"]
    assert call(capsys, "export", tmp_path).codes == ["OTK-U003"]
