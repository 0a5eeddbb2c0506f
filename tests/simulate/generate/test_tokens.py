"""Requests become tokens a second every five minutes, and none is lost unsaid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.files.traces.requests import read_requests
from offtake.simulate.generate.tokens import STEP_S, demand


def test_tokens_are_counted_where_they_came() -> None:
    arrival = np.array([0.0, 299.0, 300.0, 650.0])
    made = demand(arrival, np.array([10, 20, 30, 99]), np.array([3, 6, 9, 99]), 660.0)
    assert made.generated_tokens_per_s.tolist() == [9 / STEP_S, 9 / STEP_S]
    assert made.context_tokens_per_s.tolist() == [30 / STEP_S, 30 / STEP_S]
    assert made.requests_per_s.tolist() == [2 / STEP_S, 1 / STEP_S]
    assert made.left_out_count == 1


def test_azure_requests_keep_all_their_tokens(shared: Path) -> None:
    told = read_requests(shared / "traces" / "azure_llm_2023_conv.parquet")
    made = demand(told.arrival_s, told.context_tokens, told.generated_tokens, 3_600.0)
    before = told.arrival_s < 3_600.0 - 3_600.0 % STEP_S
    assert len(made.generated_tokens_per_s) == 12
    total = made.generated_tokens_per_s.sum() * STEP_S
    assert total == pytest.approx(told.generated_tokens[before].sum())
    assert made.left_out_count == (~before).sum()


@pytest.mark.parametrize(("arrival", "until"), [(10.0, 200.0), (-1.0, 600.0), (700.0, 600.0)])
def test_what_lies_outside_is_named(arrival: float, until: float) -> None:
    one = np.array([1])
    with pytest.raises(OfftakeError, match="OTK-S066"):
        demand(np.array([arrival]), one, one, until)
