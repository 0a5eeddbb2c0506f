"""The benchmarks' own laws: what they print, and that they compare like with like."""

from __future__ import annotations

import json
import warnings

import pytest

from bench._figure import show
from bench.plan import gap_share
from offtake.files import read
from offtake.plan.formulate import Risk
from offtake.plan.solve import How, relaxed, solve
from tests.conftest import REPO


def test_a_figure_is_one_json_object_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    show("wall_s", 12.34567, "s", 60.0)
    show("rows", 3, "rows")
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["figure"], first["value"], first["unit"]) == ("wall_s", 12.35, "s")
    assert (first["anchor"], first["ratio"]) == (60.0, 0.2058)
    assert second["anchor"] is second["ratio"] is None


def test_the_gap_is_found_in_a_saved_plan() -> None:
    assert gap_share({"plan": {"gap_share": 0.25}}) == 0.25


def test_linopy_writes_the_same_program() -> None:
    """Same rows, columns and nonzeros, and the same optimum of the relaxation."""
    from bench._labelled import instance
    from bench.linopy_model import assembled, shape, write

    one = instance(read(REPO / "worlds" / "three-sites"), 10, 7, Risk(0.2, 0.9))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        twin = assembled(write(one))
    assert shape(twin) == shape(one.assembled)
    best = [solve(p, How(method="simplex")) for p in (twin, relaxed(one.assembled))]
    assert [s.status for s in best] == ["optimal", "optimal"]
    assert best[0].objective == pytest.approx(best[1].objective, rel=1e-8)
