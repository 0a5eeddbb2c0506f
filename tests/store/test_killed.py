"""kill -9 during a close leaves a month closed or open, and the next run gives the same."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.laws.sources import REPO


@pytest.mark.slow
def test_a_month_is_closed_wholly_or_not_at_all_under_kill_9(url: str) -> None:
    # A process of its own: children are forked, which wants a parent without threads.
    ran = subprocess.run(
        [sys.executable, "-m", "tests.store.killing", url],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["deaths"] > 20
    assert set(told["months"]) == {"0", "1", "2", "3"}  # deaths between any two closes were seen
    assert len(told["digests"]) == 1
