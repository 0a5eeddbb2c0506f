"""Traces of jobs: Gavel with its speeds, Slurm's accounting, and the real files."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.errors import OfftakeError
from offtake.files.meters.times import Clock
from offtake.files.traces.jobs import read_gavel, read_philly, read_sacct

JOBS = "job_id,unit_arrival,job_type,gpus,total_steps\n0,0,A,1,100\n1,2.5,B,2,50\n"
SPEEDS = "gpu_type,job_type,gpus,steps_per_s\nv100,A,1,2\nv100,B,2,1\nk80,A,1,0.5\n"
SACCT = """\
JobIDRaw|State|Start|End|ElapsedRaw|AllocTRES|NodeList
7|COMPLETED|1800000100|1800000400|300|gres/gpu=8,node=1|n1
5|COMPLETED|1800000000|1800000050|50|gres/gpu=16,node=2|n[1-2]
5.0|COMPLETED|1800000000|1800000050|50|gres/gpu=16,node=2|n[1-2]
8|RUNNING|1800000200|Unknown|10|gres/gpu=8,node=1|n3
9|COMPLETED|1800000200|1800000300|100|cpu=4,node=1|n3
"""


def gavel(folder: Path, jobs: str) -> tuple[Path, Path]:
    (folder / "jobs.csv").write_text(jobs)
    (folder / "speeds.csv").write_text(SPEEDS)
    return folder / "jobs.csv", folder / "speeds.csv"


def test_speeds_are_joined_and_none_is_zero(tmp_path: Path) -> None:
    jobs = read_gavel(*gavel(tmp_path, JOBS), ("v100", "k80"))
    assert jobs.speed.tolist() == [[2.0, 0.5], [1.0, 0.0]]
    assert jobs.steps.tolist() == [100.0, 50.0]


def test_an_unknown_type_of_job_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OfftakeError) as caught:
        read_gavel(*gavel(tmp_path, JOBS.replace(",B,", ",C,")), ("v100",))
    assert [(f.code, f.where.path) for f in caught.value.faults] == [("OTK-S306", "row 2 job_type")]


def test_slurm_jobs_come_in_order_of_start_with_an_account(tmp_path: Path) -> None:
    path = tmp_path / "sacct.txt"
    path.write_text(SACCT)
    jobs = read_sacct(path, Clock())
    assert jobs.id == ("5", "7")
    assert jobs.submit_s.tolist() == [0.0, 100.0]
    assert jobs.duration_s.tolist() == [50.0, 300.0]
    assert jobs.accelerators_count.tolist() == [16, 8]
    assert sorted(jobs.left_out.values()) == [1, 1, 1]
    with pytest.raises(OfftakeError, match="OTK-S305"):
        read_sacct(path, Clock(), most=8)


def test_philly_is_read_whole(shared: Path) -> None:
    jobs = read_philly(shared / "traces" / "philly_jobs.parquet")
    assert len(jobs.id) + jobs.left_out["jobs without an accelerator"] == 82_247
    assert len(set(jobs.tenant)) > 5


def test_gavel_is_read_whole(shared: Path) -> None:
    traces = shared / "traces"
    paths = traces / "gavel_jobs_seed0_multi.csv.gz", traces / "gavel_throughputs.csv"
    jobs = read_gavel(*paths, ("v100", "p100", "k80"), most=108)
    assert len(jobs.id) == 8_000
    assert set(jobs.accelerators_count.tolist()) == {1, 2, 4, 8}
