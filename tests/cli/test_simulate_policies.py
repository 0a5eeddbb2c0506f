"""`offtake simulate policies` and `offtake simulate trace`: what they print, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.calling import Ran, call

Capsys = pytest.CaptureFixture[str]
HEAD = "id,submit_s,duration_s,accelerators_count\n"
JOBS = HEAD + "a,0,36000,3\nb,60,3600,4\nc,120,3600,1\nd,130,0,1\n"


@pytest.fixture
def trace(tmp_path: Path) -> str:
    path = tmp_path / "jobs.csv"
    path.write_text(JOBS, encoding="utf-8")
    return str(path)


def policies(capsys: Capsys, *words: str) -> Ran:
    return call(capsys, "simulate", "policies", *words, "--quiet")


def test_it_compares_and_counts_what_it_left_out(trace: str, capsys: Capsys) -> None:
    words = ("--accelerators", "4", "--policy", "fifo", "easy", "ftf")
    ran = policies(capsys, "--trace", trace, *words)
    assert ran.status == 0
    assert "3 jobs of" in ran.out
    assert "1 left out: jobs that took no time" in ran.out
    first = [line.split()[0] for line in ran.out.splitlines() if line]
    assert first[2:5] == ["fifo", "easy", "ftf"]


def test_json_and_figure_have_all_of_it(trace: str, tmp_path: Path, capsys: Capsys) -> None:
    out = tmp_path / "out"
    words = ("--accelerators", "4", "--price", "2", "--policy", "easy", "--out", str(out))
    ran = policies(capsys, "--trace", trace, *words, "--json")
    assert ran.data == json.loads((out / "policies.json").read_text(encoding="utf-8"))
    assert ran.data["schema"] == "offtake.policies/1"
    assert ran.data["policies"][0]["simulated_by"] == "events"
    assert ran.data["policies"][0]["cost_usd"] == pytest.approx(70.0, rel=1e-3)
    assert (out / "policies.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "OTK-S063"),
        (("--accelerators", "none"), "OTK-S063"),
        (("--accelerators", "4", "--fleet", "small-fleet"), "OTK-S063"),
        (("--accelerators", "4", "--node", "3"), "OTK-S063"),
        (("--accelerators", "4", "--policy", "esay"), "OTK-S063"),
        (("--accelerators", "4", "--policy", "priority"), "OTK-S063"),
        (("--accelerators", "4", "--failures", "-1"), "OTK-S063"),
        (("--accelerators", "3"), "OTK-S305"),
        (("--accelerators", "4", "--format", "philly"), "OTK-S300"),
    ],
)
def test_what_it_refuses(trace: str, words: tuple[str, ...], code: str, capsys: Capsys) -> None:
    ran = policies(capsys, "--trace", trace, *words)
    assert ran.status != 0
    assert code in ran.codes


def test_a_trace_is_written_and_told(tmp_path: Path, capsys: Capsys) -> None:
    out = tmp_path / "made.csv"
    words = ("--like", "seren", "--accelerators", "64", "--days", "1", "--out", str(out))
    told = call(capsys, "simulate", "trace", *words, "--json").data
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0] == HEAD.strip()
    assert len(lines) == told["jobs_count"] + 1
    assert {figure["what"] for figure in told["figures"]} >= {"median run time, s"}
    assert call(capsys, "simulate", "trace", *words).codes == ["OTK-F040"]


def test_no_days_make_no_trace(tmp_path: Path, capsys: Capsys) -> None:
    words = ("--like", "rsc", "--accelerators", "64", "--days", "0", "--out", str(tmp_path / "x"))
    assert call(capsys, "simulate", "trace", *words).codes == ["OTK-S064"]
