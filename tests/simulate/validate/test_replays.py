"""Replays stand in the page with every point that was run, misses among them."""

from __future__ import annotations

from statistics import median

from offtake.simulate.validate.case import Verdict
from offtake.simulate.validate.measured import MEASURED
from offtake.simulate.validate.replays import fgd, gavel


def test_every_point_is_a_row() -> None:
    assert len(gavel().rows) + len(fgd().rows) == len(MEASURED)


def test_jobs_of_one_gpu_meet_gavel() -> None:
    single = [row for row in gavel().rows if row.what.startswith("single")]
    assert median(abs(row.error) for row in single) < 0.01
    assert all(row.verdict is Verdict.HIT for row in single)


def test_what_misses_is_a_miss() -> None:
    case = gavel()
    assert case.misses == sum(abs(row.error) > 0.03 for row in case.rows) > 0
    assert any("job set" in remark for remark in case.remarks)


def test_packing_meets_its_bar() -> None:
    assert fgd().misses == 0
