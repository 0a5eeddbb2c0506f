"""Azure's inference requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.errors import OfftakeError
from offtake.files.traces.requests import read_requests


def test_an_hour_of_requests_is_read_whole(shared: Path) -> None:
    told = read_requests(shared / "traces" / "azure_llm_2023_conv.parquet")
    assert len(told.arrival_s) == 19_366
    assert (told.arrival_s[0], told.context_tokens[0], told.generated_tokens[0]) == (0.0, 374, 44)


def test_requests_out_of_order_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "requests.csv"
    path.write_text("t_s,context_tokens,generated_tokens\n3,1,1\n2,1,1\n")
    with pytest.raises(OfftakeError, match="OTK-S303"):
        read_requests(path)
