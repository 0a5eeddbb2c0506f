"""Shares of several types of accelerator: first come first, equal, and equal by speed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.errors import OfftakeError
from offtake.policy.fairness import fifo, max_min, max_min_by_speed

TWO = np.array([2, 2])


def test_fifo_keeps_what_is_held_and_nobody_passes() -> None:
    speed = np.ones((4, 2))
    gpus = np.array([1, 2, 2, 1])
    held = np.zeros((4, 2))
    held[1, 0] = 1.0
    given_now = fifo(speed, gpus, TWO, held)
    # The second keeps type 0; the first takes one of type 1; the third finds no two: all wait.
    assert given_now.tolist() == [[0, 1], [1, 0], [0, 0], [0, 0]]


@given(st.lists(st.sampled_from([1, 2, 4, 8]), min_size=1, max_size=30))
def test_max_min_uses_what_it_can_and_favours_nobody(counts: list[int]) -> None:
    gpus = np.array(counts)
    capacity = np.array([5, 7])
    got = max_min(gpus, capacity)
    per_job = got.sum(axis=1) * gpus
    assert (got.sum(axis=1) <= 1.0 + 1e-12).all()
    assert (got * gpus[:, None]).sum() == pytest.approx(min(12.0, gpus.sum()))
    # Who has less than all it can use has as much as anybody.
    short = got.sum(axis=1) < 1.0 - 1e-9
    assert (per_job[short] >= per_job.max() - 1e-9).all()


def test_by_speed_gives_each_what_it_is_good_at() -> None:
    speed = np.array([[4.0, 1.0], [1.0, 1.0]])
    ones = np.array([1, 1])
    got = max_min_by_speed(speed, ones, ones)
    # Equal shares are worth 2.5 and 1. The first job on type 0, the second on type 1 would
    # give 1.6 and 1; the second cannot have more than 1.
    assert (speed[1] @ got[1]) == pytest.approx(1.0, abs=1e-4)
    assert (speed[0] @ got[0]) / 2.5 >= 1.0 - 1e-4
    assert (got.sum(axis=0) <= 1.0 + 1e-6).all()


def test_by_speed_is_never_worse_than_equal_shares() -> None:
    rng = np.random.default_rng(3)
    speed, gpus = rng.uniform(0.1, 5.0, (12, 3)), rng.choice([1, 2, 4], 12)
    capacity = np.array([4, 4, 4])
    got, equal = max_min_by_speed(speed, gpus, capacity), max_min(gpus, capacity)
    worth = gpus * (speed * got).sum(axis=1) / (speed * equal).sum(axis=1)
    assert worth.min() >= gpus.min() - 1e-4
    assert ((gpus[:, None] * got).sum(axis=0) <= capacity + 1e-4).all()


def test_a_job_that_runs_nowhere_is_named() -> None:
    with pytest.raises(OfftakeError, match="OTK-S345: job 1 "):
        max_min_by_speed(np.array([[1.0], [0.0]]), np.array([1, 1]), np.array([4]))
