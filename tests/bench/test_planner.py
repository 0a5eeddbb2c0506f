"""The planner's figures run: each on a tenth of its size, under a name that says so."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bench._planner import FIGURES, Bench, contradictory
from bench._relaxed import decomposed, extensive, question
from bench.instances import RISK, Size, instance
from bench.plan import FIGURES as ALL
from offtake import checks
from offtake.plan.solve import solve

SIZE = Size(2, 2, 8)


@pytest.mark.parametrize(
    ("figure", "printed"),
    [
        ("decomposed_50", "decomposed_ratio_50"),
        ("sparse_full_200", "sparse_full_200_peak_gb"),
        ("mid_mip", "mid_mip_gap_share"),
        ("multistage_64", "multistage_64_wall_s"),
        ("infeasible", "infeasible_s"),
    ],
)
def test_a_figure_runs(figure: str, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    FIGURES[figure](Bench(quick=True))
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    values = {one["figure"]: one["value"] for one in shown}
    assert all(name.startswith("quick_") for name in values)
    assert np.isfinite(values[f"quick_{printed}"])


def test_every_figure_can_be_asked_for_by_name() -> None:
    assert set(FIGURES) < set(ALL)


def test_a_relaxed_question_has_no_whole_numbers_and_is_worth_no_less() -> None:
    asked = question(instance(SIZE), 4, 0, RISK)
    part = extensive(asked)
    assert not part.assembled.integer.any()
    found = decomposed(asked, 1e-6)
    assert found.objective == pytest.approx(solve(part.assembled).objective, rel=1e-6)
    assert found.bound >= found.objective - 1e-6


def test_what_contradicts_itself_passes_the_checks_of_each_entry() -> None:
    """So that the time is that of a planner that must find out."""
    found = checks.run(contradictory(instance(SIZE)))
    assert [f.fault.what for f in found if f.level is checks.Level.ERROR] == []
