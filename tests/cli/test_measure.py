"""`offtake measure` tells, writes and checks; what it cannot do it says."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from offtake.cli import main
from offtake.files.histories import history_table
from tests.measure.test_history import made


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main(["measure", *words])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_a_month_is_told_written_and_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = said(["june-chain", "2027-06", "--quiet", "--sheet", str(tmp_path)], capsys)
    assert status == 0
    assert "Utilisation: allocated" in out
    assert "78.5 %" in out
    assert "Left out, never filled" in out
    rows = pq.read_table(tmp_path / "transparency.parquet").to_pylist()
    saved = json.loads((tmp_path / "transparency.json").read_text())
    assert len(rows) == len(saved["metrics"]) > 50
    assert "<h1>Transparency sheet of lab" in (tmp_path / "transparency.html").read_text()
    status, out, _ = said(["--check", str(tmp_path / "transparency.json")], capsys)
    assert status == 0
    assert ": sound; " in out


def test_a_wrong_sheet_ends_with_all_that_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "theirs.json"
    path.write_text('{"schema": "offtake.transparency/1", "publisher": "them"}')
    status, _, err = said(["--check", str(path)], capsys)
    assert status == 3
    assert "OTK-Q030" in err


def test_a_history_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "history.parquet"
    pq.write_table(history_table(made()), path)
    status, out, _ = said([str(path), "--json"], capsys)
    assert status == 0
    found = {m["id"]: m["value"] for m in json.loads(out)["metrics"]}
    assert found["goodput-ml"] == pytest.approx(0.38475)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["june-chain"], "OTK-U003"),
        (["june-chain", "2027-13"], "OTK-U020"),
        (["june-chain", "2027-06", "--flop-per-token", "-1"], "OTK-U004"),
        (["june-chain", "2027-06", "--design-watts", "700"], "OTK-U023"),
        (["nowhere.parquet"], "OTK-F001"),
        (["nowhere.parquet", "2027-06"], "OTK-U023"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    words: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = said([*words, "--quiet"], capsys)
    assert status in (2, 3)
    assert code in err
