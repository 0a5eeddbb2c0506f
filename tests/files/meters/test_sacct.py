"""Slurm's accounting becomes used GPU-seconds; every line is accounted for."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.errors import OfftakeError
from offtake.files.meters import clock, read_sacct
from offtake.files.meters.sacct import _gpus
from tests.files.meters.targets import HOUR, START, pieces, target

HEAD = "JobIDRaw|State|Start|End|ElapsedRaw|AllocTRES|NodeList"
UTC = clock("UTC")
JUNE = (START, START + 30 * 24 * HOUR)


def job(ident: str, first: str, last: str, nodes: str, gpus: int, **more: str) -> str:
    state, elapsed = more.get("state", "COMPLETED"), more.get("elapsed", "")
    allocated = f"billing=1,cpu=96,gres/gpu:h200={gpus},gres/gpu={gpus},mem=1T,node=1"
    ends = last if last[:1].isalpha() else f"2027-06-{last}"
    return f"{ident}|{state}|2027-06-{first}|{ends}|{elapsed}|{more.get('tres', allocated)}|{nodes}"


def saved(folder: Path, *lines: str, head: str = HEAD) -> Path:
    path = folder / "jobs.txt"
    path.write_text("\n".join((head, *lines)) + "\n")
    return path


def test_jobs_fill_the_hours_of_their_nodes(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        job("1", "01T00:30:00", "01T02:15:00", "n[001-002]", 16),
        job("2", "01T02:00:00", "01T03:00:00", "n001", 4),
    )
    made = read_sacct([path], target(), UTC)
    first = [p for p, r in zip(pieces(made), made.readings, strict=True) if r.node == "n001"]
    assert first == [
        (1800, HOUR, 8 * 1800),
        (HOUR, 2 * HOUR, 8 * HOUR),
        (2 * HOUR, 3 * HOUR, 8 * 900 + 4 * HOUR),
    ]
    assert made.readings[0].id == "fjord/n001/2027-06-01T00:30:00Z"
    assert dict(made.account.taken) == {"jobs": 2}
    assert len(made.readings) == 6
    assert made.readings[-1].amount == 8 * 900


def test_steps_duplicates_requeues_and_idle_jobs(tmp_path: Path) -> None:
    whole = job("7", "02T00:00:00", "02T01:00:00", "n001", 8)
    path = saved(
        tmp_path,
        whole,
        job("7.batch", "02T00:00:00", "02T01:00:00", "n001", 8),
        job("7.0", "02T00:00:00", "02T01:00:00", "n001", 8),
        whole,
        job("7", "02T03:00:00", "02T04:00:00", "n001", 8, state="REQUEUED"),
        "8|PENDING|Unknown|Unknown|0||None assigned",
        job("9", "02T00:00:00", "02T01:00:00", "n001", 8, tres="billing=1,cpu=4,node=1"),
        job("10", "02T00:00:00", "02T00:00:00", "n001", 8, state="CANCELLED by 1000"),
    )
    made = read_sacct([path], target(every=86400), UTC)
    assert pieces(made) == [(86400, 86400 + 4 * HOUR, 2 * 8 * HOUR)]
    assert dict(made.account.merged) == {
        "steps, which lie within their jobs": 2,
        "the same job again": 1,
    }
    assert dict(made.account.refused) == {
        "jobs that never started": 1,
        "jobs without GPUs": 1,
        "jobs that took no time": 1,
    }


def test_a_running_job_counts_up_to_the_time_that_is_wanted(tmp_path: Path) -> None:
    line = job("1", "29T00:00:00", "Unknown", "n001", 8, state="RUNNING")
    path = saved(tmp_path, line, job("2", "28T00:00:00", "Unknown", "n002", 8, state="FAILED"))
    lost = read_sacct([path], target(), UTC)
    assert lost.readings == ()
    assert "jobs still running: name the time that is wanted to count them" in lost.account.refused
    made = read_sacct([path], target(window=JUNE, every=86400), UTC)
    assert sum(r.amount for r in made.readings) == 2 * 86400 * 8
    assert [r.amount for r in made.readings][:28] == [0] * 28, "idle time is read, as idle"
    assert dict(made.account.taken) == {"jobs still running": 1}
    assert "jobs without an end that do not run (see sacctmgr show runaway)" in made.account.refused


def test_the_ended_of_two_exports_counts(tmp_path: Path) -> None:
    early = tmp_path / "early.txt"
    running = job("1", "29T00:00:00", "Unknown", "n001", 8, state="RUNNING")
    early.write_text(f"{HEAD}\n{running}\n")
    late = saved(tmp_path, job("1", "29T00:00:00", "30T00:00:00", "n001", 8))
    for paths in ([early, late], [late, early]):
        made = read_sacct(paths, target(window=JUNE), UTC)
        assert sum(r.amount for r in made.readings) == 86400 * 8
        assert dict(made.account.merged) == {"the same job again": 1}
    late.write_text(late.read_text().replace("n001", "n002"))
    with pytest.raises(OfftakeError, match="OTK-M105.*job 1, started at 2027-06-29T00:00:00Z"):
        read_sacct([early, late], target(window=JUNE), UTC)


def test_a_tranche_takes_its_own_nodes(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        job("1", "01T00:00:00", "01T01:00:00", "n[512-513]", 16),
        job("2", "01T00:00:00", "01T01:00:00", "n600", 8),
        job("3", "01T00:00:00", "01T01:00:00", "n[001-002]", 3),
    )
    mine = frozenset(f"n{number:03}" for number in range(1, 513))
    made = read_sacct([path], target(tranche="B.T1", nodes=mine), UTC)
    (reading,) = made.readings
    assert (reading.tranche, reading.node, reading.amount) == ("B.T1", None, (8 + 3) * HOUR)
    assert dict(made.account.refused) == {
        "jobs on other nodes than those of B.T1": 1,
        "nodes of jobs that are others' (the rest is taken)": 1,
    }
    by_node = read_sacct([path], target(), UTC)
    assert by_node.account.refused["jobs whose GPUs do not part evenly over their nodes"] == 1


def test_suspended_jobs_keep_their_gpus_and_are_told(tmp_path: Path) -> None:
    path = saved(tmp_path, job("1", "01T00:00:00", "01T01:00:00", "n001", 8, elapsed="1800"))
    made = read_sacct([path], target(), UTC)
    assert made.readings[0].amount == 8 * HOUR
    assert made.account.taken["jobs whose ElapsedRaw differs"] == 1
    assert "suspended" in made.account.notes[0]


def test_times_need_a_zone_and_may_bring_it(tmp_path: Path) -> None:
    path = saved(tmp_path, job("1", "01T02:00:00", "01T03:00:00", "n001", 8))
    with pytest.raises(OfftakeError, match="OTK-M104.*:2 job 1: a time without its zone"):
        read_sacct([path], target(), clock(None))
    assert pieces(read_sacct([path], target(), clock("Europe/Oslo")))[0][0] == 0
    line = f"1|COMPLETED|{START}|{START + 60}||gres/gpu=8|n001|"
    assert pieces(read_sacct([saved(tmp_path, line, head=HEAD + "|")], target(), clock(None))) == [
        (0, 60, 480)
    ]
    clocks = job("1", "01T02:00:00", "01T03:00:00", "n001", 8).replace("06-01T02", "10-31T02")
    path = saved(tmp_path, clocks)
    with pytest.raises(OfftakeError, match="clocks in Europe/Oslo are changed then"):
        read_sacct([path], target(), clock("Europe/Oslo"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "OTK-M104 …:1: sacct's output lacks JobIDRaw, Start, End, AllocTRES, NodeList"),
        ("JobID|start|End|AllocTRES|NodeList", "OTK-M104 …:1: sacct's output lacks Start"),
        (f"{HEAD}\n1|2", "OTK-M104 …:2: the line has 2 fields, the header 7"),
        (f"{HEAD}\n1|R|x|y||gres/gpu=1|n1", "OTK-M104 …:2 job 1: Invalid isoformat string: 'x'"),
        (
            f"{HEAD}\n1|R|{START}|{START + 1}||gres/gpu=1|n[1-",
            "OTK-M104 …:2 job 1: not a list of nodes",
        ),
    ],
)
def test_what_is_not_sacct_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "jobs.txt"
    path.write_text(text)
    with pytest.raises(OfftakeError) as raised:
        read_sacct([path], target(), UTC)
    assert str(raised.value.faults[0]).replace(str(path), "…").startswith(said)


@pytest.mark.parametrize(
    ("allocated", "count"),
    [
        ("billing=8,cpu=96,gres/gpu:h100=8,gres/gpu=8,mem=1T,node=1", 8),
        ("gres/gpu:a100=2,gres/gpu:h100=3", 5),
        ("gres/gpumem=80G,gres/gpuutil=3,cpu=1", 0),
        ("", 0),
    ],
)
def test_gpus_are_counted_once(allocated: str, count: int) -> None:
    assert _gpus(allocated) == count


JOBS = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(1, 8)),
    min_size=1,
    max_size=20,
)


@given(JOBS, st.sampled_from([900, 3600, 86400]))
def test_readings_add_up_to_the_jobs(
    tmp_path_factory: pytest.TempPathFactory, jobs: list[tuple[int, int, int]], every: int
) -> None:
    lines = [
        f"{i}|COMPLETED|{START + at}|{START + at + many}||gres/gpu={gpus}|n001"
        for i, (at, many, gpus) in enumerate(jobs)
    ]
    path = saved(tmp_path_factory.mktemp("jobs"), *lines)
    made = read_sacct([path], target(every=every), clock(None))
    assert sum(r.amount for r in made.readings) == sum(many * gpus for _, many, gpus in jobs)
    spans = [(start, end) for start, end, _ in pieces(made)]
    assert all(a[1] == b[0] for a, b in pairwise(spans))
