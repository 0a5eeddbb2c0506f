"""Columns of a trace: what is wrong is told with its row, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.errors import OfftakeError
from offtake.files.traces.jobs import read_csv

GOOD = "id,submit_s,duration_s,accelerators_count,tenant\na,0,10,8,x\nb,5,1.5,0,x\nc,5,3,16,\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "jobs.csv"
    path.write_text(text)
    return path


def faults(path: Path, most: int | None = None) -> list[tuple[str, str]]:
    with pytest.raises(OfftakeError) as caught:
        read_csv(path, most)
    return [(fault.code, fault.where.path) for fault in caught.value.faults]


def test_rows_are_taken_and_what_is_left_out_is_a_count(tmp_path: Path) -> None:
    jobs = read_csv(written(tmp_path, GOOD))
    assert jobs.id == ("a", "c")
    assert jobs.duration_s.tolist() == [10.0, 3.0]
    assert jobs.tenant == ("x", "")
    assert jobs.left_out == {"jobs without an accelerator": 1}


def test_all_faults_are_told_with_their_rows(tmp_path: Path) -> None:
    text = "id,submit_s,duration_s,accelerators_count\na,9,-1,8\na,3,x,64\nb,4,1,1.5\n"
    assert faults(written(tmp_path, text), 32) == [
        ("OTK-S304", "row 2 id"),
        ("OTK-S301", "row 2 duration_s"),
        ("OTK-S302", "row 1 duration_s"),
        ("OTK-S303", "row 2 submit_s"),
        ("OTK-S301", "row 3 accelerators_count"),
        ("OTK-S305", "row 2 accelerators_count"),
    ]


def test_a_missing_column_a_missing_file_and_no_row(tmp_path: Path) -> None:
    assert [code for code, _ in faults(written(tmp_path, "id,submit_s\na,1\n"))] == [
        "OTK-S300",
        "OTK-S300",
    ]
    assert faults(tmp_path / "none.csv") == [("OTK-S300", "")]
    assert faults(written(tmp_path, GOOD.splitlines()[0] + "\n")) == [("OTK-S307", "")]
