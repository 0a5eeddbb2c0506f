"""`offtake backtest` from arguments to files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from offtake import files
from offtake.cli import backtesting
from offtake.files import read_backtest
from tests.cli.calling import call
from tests.plan.backtest.small import small

Capsys = pytest.CaptureFixture[str]
DAYS = ("--as-of", "2025-12-14", "--score-at", "2026-10-05")


@pytest.fixture(scope="module")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "portfolio.yaml"
    files.write(small(), path)
    return path


def test_a_backtest_is_told_and_saved(capsys: Capsys, portfolio: Path, tmp_path: Path) -> None:
    ran = call(capsys, "backtest", portfolio, *DAYS, "--out", tmp_path, "--scenarios", "6")
    assert ran.status == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0] == "unit, planned as of 14 Dec 2025 and scored on 5 Oct 2026"
    for title in (
        *("What was known", "How late things come", "Deliveries of what was signed", "Capacity"),
        *("Two plans", "Forecasts of dates", "Calibration"),
        *("What may be claimed, and what not", "What to mind"),
    ):
        assert title in lines
    assert any("lease/hall" in line and "2026-05-23" in line and "+52" in line for line in lines)
    saved = read_backtest(tmp_path / "backtest.json")
    assert saved.arrivals[0].reached == date(2026, 5, 23)
    assert "<h1>Backtest: unit" in (tmp_path / "backtest.html").read_text(encoding="utf-8")
    assert lines[-2:] == [f"wrote {tmp_path}/backtest.json", f"wrote {tmp_path}/backtest.html"]
    # Its own files may be replaced.
    again = call(capsys, "backtest", portfolio, *DAYS, "--out", tmp_path, "--scenarios", "6")
    assert again.status == 0


def test_json_is_alone_on_stdout(capsys: Capsys, portfolio: Path) -> None:
    ran = call(capsys, "backtest", portfolio, *DAYS, "--json", "--scenarios", "4", "--quiet")
    assert ran.data["schema"] == "offtake.backtest/1"
    assert ran.data["calibration"]["milestones_count"] == 13
    assert {entry["fate"] for entry in ran.data["knowledge"]["entries"]} >= {"replaced", "undated"}


def test_several_days_and_every_month_are_days_of_forecasts(
    capsys: Capsys, portfolio: Path
) -> None:
    ran = call(
        capsys, "backtest", portfolio, *DAYS, "--as-of", "2026-04-20", "--json",
        "--scenarios", "4", "--quiet",
    )  # fmt: skip
    assert ran.data["further"] == ["2026-04-20"]
    days = backtesting.days_of([date(2025, 10, 31)], date(2026, 4, 1), "month")
    assert [str(d) for d in days.further] == [
        *("2025-11-30", "2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31"),
    ]
    days = backtesting.days_of([date(2025, 12, 14)], date(2026, 10, 5), "quarter")
    assert [str(d) for d in days.further] == ["2026-03-14", "2026-06-14", "2026-09-14"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--as-of", "2026-10-05", "--score-at", "2025-12-14"), "OTK-B101"),
        (("--as-of", "2020-01-01", "--score-at", "2026-10-05"), "OTK-B102"),
        (("--as-of", "2025-12-14", "--score-at", "2027-01-01"), "OTK-B103"),
        (("--as-of", "2025-12-14", "--score-at", "soon"), "OTK-U004"),
        ((*DAYS, "--seed", "-1"), "OTK-U004"),
        ((*DAYS, "--risk", "2"), "OTK-P100"),
        (("--score-at", "2026-10-05"), "OTK-U003"),
    ],
)
def test_wrong_usage_is_named(
    capsys: Capsys, portfolio: Path, words: tuple[str, ...], code: str
) -> None:
    ran = call(capsys, "backtest", portfolio, *words, "--quiet")
    assert ran.status == 2
    assert code in ran.codes


def test_a_world_without_dated_facts_is_named(capsys: Capsys) -> None:
    ran = call(capsys, "backtest", "three-sites", *DAYS, "--quiet")
    assert ran.status != 0
    assert {"OTK-B104"} & set(ran.codes) or {"OTK-B106"} & set(ran.codes)


def test_what_others_wrote_is_kept(capsys: Capsys, portfolio: Path, tmp_path: Path) -> None:
    (tmp_path / "backtest.json").write_text("mine")
    ran = call(capsys, "backtest", portfolio, *DAYS, "--out", tmp_path)
    assert (ran.status, ran.codes) == (1, ["OTK-F040"])
    assert (tmp_path / "backtest.json").read_text() == "mine"
