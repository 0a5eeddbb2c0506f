"""Every code block of README and docs runs, or says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import RUN, absent, blocks, pages, run
from tests.laws.sources import REPO

WITH_BLOCKS = [p for p in pages() if any(b.kind in RUN for b in blocks(p))]


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_BLOCKS, ids=lambda p: str(p.relative_to(REPO)))
def test_the_blocks_of_a_page_run(page: Path, tmp_path: Path) -> None:
    (tmp_path / "worlds").symlink_to(REPO / "worlds")
    ready = [b for b in blocks(page) if b.kind in RUN and b.not_run is None]
    wrong = next((said for said in (run(b, tmp_path) for b in ready) if said), None)
    assert wrong is None, wrong


def test_every_block_has_a_kind_that_is_known() -> None:
    known = {*RUN, "text", "yaml", "csv", "json"}
    assert [b.place for p in pages() for b in blocks(p) if b.kind not in known] == []


def test_what_is_not_run_sets_up_an_environment_or_says_what_it_would_need() -> None:
    left_out = [(b, b.not_run) for p in pages() for b in blocks(p) if b.not_run]
    silent = [b for b, why in left_out if "make " not in b.text and len(why.split()) < 4]
    assert [b.place for b in silent] == []
    assert len(left_out) <= 12, "what a reader is shown is run, but for few blocks"


def test_shown_output_is_compared_but_for_its_numbers() -> None:
    printed = "head\nCost 2.22 B USD\nother\nOTK-F105  a.yaml:3:4\n"
    assert absent("head\nCost 1.9 B USD\n…\nOTK-F105  a.yaml:7:1\n", printed) is None
    assert absent("…\nOTK-F106  a.yaml:7:1\n", printed) == "OTK-F106  a.yaml:7:1"
    assert absent("head\nother\n", printed) == "other"
