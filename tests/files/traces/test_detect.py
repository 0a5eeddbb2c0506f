"""Formats told by their columns; what lacks, and rows that are wrong, named with their row."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.errors import OfftakeError
from offtake.files.traces.detect import Form, Source, form_of, read_trace

HEAD = "id,submit_s,duration_s,accelerators_count,priority\n"


def wrote(tmp_path: Path, text: str) -> Source:
    path = tmp_path / "jobs.csv"
    path.write_text(text, encoding="utf-8")
    return Source(path=path)


def test_own_columns_are_read_and_what_is_left_out_is_counted(tmp_path: Path) -> None:
    source = wrote(tmp_path, HEAD + "a,0,10,2,3\nb,1,0,1,0\nc,2,5,0,0\n")
    made = read_trace(source, ("all",), 8)
    assert made.form is Form.CSV
    assert made.work_s.tolist() == [10.0]
    assert made.priority.tolist() == [3]
    assert made.left_out == {"jobs without an accelerator": 1, "jobs that took no time": 1}


@pytest.mark.parametrize(
    ("rows", "code", "where"),
    [
        ("a,0,-1,1,0\n", "OTK-S302", "row 1"),
        ("a,5,1,1,0\nb,4,1,1,0\n", "OTK-S303", "row 2"),
        ("a,0,1,1,0\na,1,1,1,0\n", "OTK-S304", "row 2"),
        ("a,0,1,9,0\n", "OTK-S305", "row 1"),
        ("a,0,1,1,99999\n", "OTK-S302", "row 1"),
        ("a,0,1,1,0.5\n", "OTK-S301", "row 1"),
    ],
)
def test_rows_that_are_wrong_are_named(tmp_path: Path, rows: str, code: str, where: str) -> None:
    with pytest.raises(OfftakeError, match=code) as caught:
        read_trace(wrote(tmp_path, HEAD + rows), ("all",), 8)
    assert where in str(caught.value)


def test_columns_nobody_knows_are_named(tmp_path: Path) -> None:
    with pytest.raises(OfftakeError, match="OTK-S061"):
        form_of(wrote(tmp_path, "when,what\n1,2\n").path)


def test_gavel_wants_its_speeds(tmp_path: Path) -> None:
    source = wrote(tmp_path, "job_id,unit_arrival,job_type,gpus,total_steps\n1,0,a,1,5\n")
    with pytest.raises(OfftakeError, match="OTK-S062"):
        read_trace(source, ("v100",), None)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("philly_jobs.parquet", Form.PHILLY),
        ("gavel_jobs_seed0_multi.csv.gz", Form.GAVEL),
        ("openb_pods_default.csv.gz", Form.OPENB),
    ],
)
def test_public_traces_are_known(shared: Path, name: str, form: Form) -> None:
    assert form_of(shared / "traces" / name) is form


def test_alibaba_tasks_are_jobs_and_parts_are_counted(shared: Path) -> None:
    source = Source(path=shared / "traces" / "openb_pods_default.csv.gz")
    made = read_trace(source, ("all",), 8)
    assert sum(made.left_out.values()) + len(made.work_s) == 8_152
    assert made.left_out["tasks without an accelerator"] == 1_088
    assert sum(made.changed.values()) > 0
