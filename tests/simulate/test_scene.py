"""Scenes: jobs that are drawn of the seed alone, and fill the fleet at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.simulate.scene import HOUR_S, Mix, Size, jobs_of
from tests.simulate.scenes import calm, small


def test_jobs_hang_on_the_seed_alone() -> None:
    first, again, other = (jobs_of(small(), 72 * HOUR_S, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.work_s, again.work_s)
    assert not np.array_equal(first.work_s[:50], other.work_s[:50])


def test_they_fill_the_fleet_at_once_and_ask_for_what_the_mix_says() -> None:
    scene, horizon = small(), 4000 * HOUR_S
    jobs = jobs_of(scene, horizon, 3)
    first = jobs.submitted_s == 0.0
    assert jobs.accelerator_count[first].sum() >= 8 * scene.nodes
    asked = (jobs.work_s * jobs.accelerator_count)[~first]
    assert asked.sum() / (8 * scene.nodes * horizon) == pytest.approx(1.2, rel=0.03)
    for size in scene.jobs.sizes:
        mine = jobs.accelerator_count[~first] == 8 * size.node_count
        assert asked[mine].sum() / asked.sum() == pytest.approx(size.time_share, abs=0.02)


def test_a_mix_that_cannot_be_is_told_of() -> None:
    sizes = (Size(node_count=17, work_hours=1.0, time_share=0.4),)
    with pytest.raises(OfftakeError) as caught:
        jobs_of(replace(calm(16), jobs=Mix(sizes=sizes)), HOUR_S, 1)
    assert [fault.code for fault in caught.value.faults] == ["OTK-S050", "OTK-S051"]
