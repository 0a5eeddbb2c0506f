"""`offtake adopt`: told first, kept once, refused with its code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from offtake.files import read, write_plan
from offtake.plan import plan as planned
from tests.cli.calling import REPO, call

Capsys = pytest.CaptureFixture[str]


def test_adopt_tells_what_changes_keeps_it_once_and_gives_a_sound_world(
    tmp_path: Path, capsys: Capsys
) -> None:
    saved = write_plan(
        planned(read(REPO / "worlds" / "three-sites"), scenarios=3), tmp_path / "plan.json"
    )
    store, out = str(tmp_path / "work.db"), tmp_path / "adopted"
    base = ("adopt", str(saved), "--store", store, "--out", str(out))
    assert call(capsys, *base, "--dry-run").status == 0
    assert not out.exists()
    assert not Path(store).exists()
    done = call(capsys, *base, "--json")
    told = json.loads(done.out)
    assert done.status == 0
    assert told["changes"]
    assert not told["replaces"]
    assert call(capsys, "check", str(out)).status == 0
    again = call(capsys, *base)
    assert "nothing changes" in again.out
    other = call(capsys, *base, "--through", "2026Q4")
    assert other.status == 2
    assert "OTK-E116" in other.err
    assert "OTK-E113" in call(capsys, *base, "--through", "soon").err
    held = tmp_path / "work.db"
    assert held.exists()
    assert "cluster" in told["changes"][-1]["kind"]
