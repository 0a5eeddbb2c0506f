"""A short run of chaos: what can be killed is killed while jobs run on two real Slurm clusters."""

from __future__ import annotations

import pytest

from tests.conftest import Require
from tools.chaos.__main__ import play


@pytest.mark.slow
def test_nothing_is_lost_or_begun_twice_when_everything_is_killed_once(require: Require) -> None:
    require("slurm")
    told: list[str] = []
    count = play(3, 40, 1, sqlite=False, tell=told.append)
    assert count.jobs == 40, told
    assert count.broken() == (), (count, told)
    assert count.bodies >= 40
