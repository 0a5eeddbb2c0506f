"""`offtake meter`: files of meters become records of a world, and every line is told of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from offtake.files.records import read_records
from tests.cli.calling import REPO, call

Capsys = pytest.CaptureFixture[str]
HEAD = "JobIDRaw|State|Start|End|ElapsedRaw|AllocTRES|NodeList\n"
KNOWN = ("--recorded", "2027-07-01T06:00:00Z")


@pytest.fixture
def world(tmp_path: Path) -> Path:
    made = tmp_path / "world"
    shutil.copytree(REPO / "worlds" / "june-chain", made)
    return made


def used(world: Path) -> int:
    rows = read_records(world).readings
    return int(rows.amount[rows.source == rows.code("slurm")].sum())


def jobs(folder: Path, *lines: str) -> str:
    path = folder / "jobs.txt"
    path.write_text(HEAD + "\n".join(lines) + "\n")
    return str(path)


def slurm(world: Path, file: str, *more: str) -> tuple[str, ...]:
    head = ("meter", file, "--format", "sacct", "--world", str(world), "--zone", "UTC")
    return (*head, *KNOWN, *more)


def test_jobs_are_added_once(capsys: Capsys, world: Path, tmp_path: Path) -> None:
    file = jobs(
        tmp_path,
        "1|COMPLETED|2027-06-02T00:00:00|2027-06-02T02:00:00|7200|gres/gpu=16|n[001-002]",
        "1.0|COMPLETED|2027-06-02T00:00:00|2027-06-02T02:00:00|7200|gres/gpu=16|n[001-002]",
    )
    dry = call(capsys, *slurm(world, file, "--dry-run"))
    assert "would write" in dry.out
    assert used(world) == 0
    ran = call(capsys, *slurm(world, file))
    assert ran.status == 0
    assert ran.out.splitlines()[1].split() == [
        *("gpu-time", "slurm/n001", "2027-06-02T00:00:00Z", "2027-06-02T02:00:00Z"),
        *("100.00", "%", "0", "57,600", "GPU-seconds", "2"),
    ]
    assert "taken: 1 jobs" in ran.out
    assert "merged: 1 steps, which lie within their jobs" in ran.out
    assert ran.out.rstrip().endswith(": 4 readings")
    assert used(world) == 16 * 7200
    again = call(capsys, *slurm(world, file))
    assert again.out.rstrip().endswith("nothing new; 4 were there already")
    assert used(world) == 16 * 7200
    assert call(capsys, "check", str(world)).status == 0


def test_time_is_not_counted_twice(capsys: Capsys, world: Path, tmp_path: Path) -> None:
    line = "1|COMPLETED|2027-06-02T00:30:00|2027-06-02T02:00:00||gres/gpu=8|n001"
    call(capsys, *slurm(world, jobs(tmp_path, line)))
    longer = line.replace("00:30:00|", "00:00:00|")
    ran = call(capsys, *slurm(world, jobs(tmp_path, longer)))
    assert ran.status == 3
    assert "OTK-M021" in ran.err
    assert "covers part of it" in ran.err
    assert used(world) == 8 * 5400


def test_a_tranche_a_window_and_json(capsys: Capsys, world: Path, tmp_path: Path) -> None:
    line = "1|RUNNING|2027-06-29T00:00:00|Unknown||gres/gpu=16|n[512-513]"
    more = ("--tranche", "A.T1", "--since", "2027-06-01", "--until", "2027-07-01", "--json")
    data = call(capsys, *slurm(world, jobs(tmp_path, line), *more, "--every", "1d")).data
    (meter,) = data["meters"]
    assert data["schema"] == "offtake.meter/1"
    assert (meter["amount"], meter["read_share"], meter["gaps"]) == (8 * 2 * 86400, 1.0, [])
    assert (data["added"], data["taken"]) == (30, {"jobs still running": 1})
    assert data["refused"] == {"nodes of jobs that are others' (the rest is taken)": 1}


def test_prometheus_shows_gaps(capsys: Capsys, world: Path, tmp_path: Path) -> None:
    path = tmp_path / "scrape.prom"
    start = 1_811_808_000
    lines = [
        f'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{{gpu="0",Hostname="n001"}} {700_000 * s} '
        f"{(start + s) * 1000}"
        for s in range(0, 7201, 60)
        if not 1800 < s < 3600
    ]
    path.write_text("\n".join(lines) + "\n")
    words = ("meter", str(path), "--format", "prometheus", "--world", str(world), *KNOWN)
    ran = call(capsys, *words)
    assert "75.00 %" in ran.out
    gap = "gap: DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION/gpu0/n001 from 2027-06-01T00:30:00Z until "
    assert gap + "2027-06-01T01:00:00Z" in ran.out
    assert "refused: 350 Wh a counter went up by over gaps" in ran.out
    assert "note: DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION is of GPUs alone" in ran.out


def test_tables_have_a_map(capsys: Capsys, world: Path, tmp_path: Path) -> None:
    path = tmp_path / "hall.csv"
    path.write_text("from,kwh\n2027-06-01T00:00,8342.5\n2027-06-01T01:00,8343\n")
    words = ("meter", str(path), "--format", "table", "--world", str(world), *KNOWN)
    more = ("--meter", "facility-energy", "--unit", "kWh", "--period", "1h", "--zone", "UTC")
    columns = ("--column", "starts=from", "--column", "amount=kwh")
    data = call(capsys, *words, *more, *columns, "--source", "hall", "--json").data
    assert [m["amount"] for m in data["meters"]] == [16_685_500]
    assert [m["of"] for m in data["meters"]] == ["hall"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--site", "fjrod"), "OTK-M100", "did you mean 'fjord'?"),
        (("--tranche", "B.T3"), "OTK-M100", "there is no such tranche"),
        (("--since", "2027-06-01"), "OTK-M100", "has a beginning and an end"),
        (("--since", "2027-06-02", "--until", "2027-06-01"), "OTK-M100", "it ends before"),
        (("--since", "2027-06-01T00:10:00Z", "--until", "2027-06-03"), "OTK-M100", "1h is full"),
        (("--since", "soon", "--until", "later"), "OTK-M100", "2027-06-01T00:00:00Z"),
        (("--every", "hour"), "OTK-M100", "15m, 1h or 1d"),
        (("--zone", "Oslo"), "OTK-L002", "Europe/Oslo"),
        ((), "OTK-M109", "1 jobs that never started"),
    ],
)
def test_what_cannot_be_is_said(
    capsys: Capsys, world: Path, tmp_path: Path, words: tuple[str, ...], code: str, said: str
) -> None:
    file = jobs(tmp_path, "1|PENDING|Unknown|Unknown|||None assigned")
    head = ("meter", file, "--format", "sacct", "--world", str(world), *KNOWN)
    ran = call(capsys, *head, *words)
    assert ran.status in (2, 3)
    assert code in ran.err
    assert said in " ".join(ran.err.split())


def test_shipped_worlds_are_only_looked_at(capsys: Capsys, tmp_path: Path) -> None:
    line = "1|COMPLETED|2027-06-02T00:00:00|2027-06-02T02:00:00||gres/gpu=8|n001"
    shipped = Path("june-chain")
    assert call(capsys, *slurm(shipped, jobs(tmp_path, line), "--dry-run")).status == 0
    assert "OTK-U010" in call(capsys, *slurm(shipped, jobs(tmp_path, line))).err
    assert "OTK-U003" in call(capsys, "meter", "--format", "sacct", "--world", "june-chain").err


def test_months_that_begin_between_cuts_are_told(
    capsys: Capsys, world: Path, tmp_path: Path
) -> None:
    contracts = world / "contracts.yaml"
    contracts.write_text(contracts.read_text().replace("time_zone: UTC", "time_zone: Asia/Kolkata"))
    line = "1|COMPLETED|2027-06-02T00:00:00|2027-06-02T02:00:00||gres/gpu=8|n001"
    file = jobs(tmp_path, line)
    assert "months of contract 0 begin in Asia/Kolkata" in call(capsys, *slurm(world, file)).out
    ran = call(capsys, *slurm(world, file, "--dry-run", "--every", "30m", "--source", "x"))
    assert "Kolkata" not in ran.out
