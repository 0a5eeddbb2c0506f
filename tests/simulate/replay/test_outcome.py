"""Figures of a policy: by hand."""

from __future__ import annotations

import numpy as np
import pytest

from offtake.simulate.replay.outcome import Done, outcome, rho


def done(ended: list[float], alone: list[float], counts: list[int]) -> Done:
    return Done(
        arrival_s=np.zeros(len(ended)),
        ended_s=np.array(ended),
        waited_s=np.zeros(len(ended)),
        alone_s=np.array(alone),
        accelerators_count=np.array(counts),
        stops_count=np.zeros(len(ended), np.int64),
        held_hours=np.array([2.0]),
    )


def test_two_that_take_turns_have_a_fair_share() -> None:
    # Each wants all four for an hour; together both end after two: an equal share, ρ = 1.
    assert rho(done([7_200.0, 7_200.0], [3_600.0, 3_600.0], [4, 4]), 4).tolist() == [1.0, 1.0]


def test_who_goes_first_is_better_off_than_who_waits() -> None:
    # First: an hour with two there, 1 / 2. Second: two hours, with 1.5 there in the mean, 2 / 1.5.
    made = rho(done([3_600.0, 7_200.0], [3_600.0, 3_600.0], [4, 4]), 4)
    assert made == pytest.approx([0.5, 2.0 / 1.5])


def test_figures_add_up() -> None:
    made = outcome(
        done([3_600.0, 7_200.0], [3_600.0, 3_600.0], [4, 4]), np.array([4]), np.array([3.0])
    )
    assert made.jct_mean_hours == 1.5
    assert made.makespan_hours == 2.0
    assert made.utilisation_share == (0.25,)
    assert made.cost_usd == 6.0
    assert made.behind_share == 0.5
    assert outcome(done([1.0], [1.0], [1]), np.array([1]), None).cost_usd is None
