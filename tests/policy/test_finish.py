"""Finish-time fairness: by hand, and as laws; shortest remaining time first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.policy.finish import Standing, fair_rate, finish_times, mean_speed, shortest

ONE = np.array([4])


def standing(left: list[float], elapsed: list[float], fair: list[float]) -> Standing:
    return Standing(left=np.array(left), elapsed_s=np.array(elapsed), fair_s=np.array(fair))


def test_equals_get_equal_shares() -> None:
    speed, gpus = np.ones((2, 1)), np.array([4, 4])
    got = finish_times(speed, gpus, ONE, standing([100.0, 100.0], [0.0, 0.0], [0.0, 0.0]))
    assert got[:, 0] == pytest.approx([0.5, 0.5])


def test_who_is_behind_gets_more() -> None:
    speed, gpus = np.ones((2, 1)), np.array([4, 4])
    got = finish_times(speed, gpus, ONE, standing([100.0, 100.0], [50.0, 0.0], [0.0, 0.0]))
    # Both at ρ: 100/s1 = 200ρ − 50 and 100/s2 = 200ρ with s1 + s2 = 1; ρ solves the square
    # 400ρ² − 500ρ + 50 = 0 (times 100): ρ = 1.1404.
    rho = (500.0 + np.sqrt(500.0**2 - 4.0 * 400.0 * 50.0)) / 800.0
    assert got[:, 0] == pytest.approx([100.0 / (200.0 * rho - 50.0), 100.0 / (200.0 * rho)])


def test_all_run_where_there_is_room_for_all() -> None:
    speed, gpus = np.ones((2, 1)), np.array([2, 1])
    got = finish_times(speed, gpus, ONE, standing([1.0, 9.0], [0.0, 0.0], [0.0, 0.0]))
    assert got[:, 0].tolist() == [1.0, 1.0]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2, 4, 8]),
            st.floats(1.0, 1e6),
            st.floats(0.0, 1e6),
            st.floats(0.0, 1e6),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_the_worst_is_as_well_off_as_can_be(rows: list[tuple[int, float, float, float]]) -> None:
    gpus = np.array([row[0] for row in rows])
    capacity = np.array([5, 3])
    speed = np.tile([2.0, 1.0], (len(rows), 1))
    now = standing([r[1] for r in rows], [r[2] for r in rows], [r[3] for r in rows])
    got = finish_times(speed, gpus, capacity, now)
    share = got.sum(axis=1)
    assert (share > 0.0).all()
    assert (share <= 1.0 + 1e-9).all()
    assert (share * gpus).sum() == pytest.approx(min(8.0, gpus.sum()), rel=1e-6)
    rate = mean_speed(speed, capacity)
    fair = now.fair_s + now.left / fair_rate(speed, gpus, capacity)
    rho = (now.elapsed_s + now.left / (rate * share)) / fair
    alone = (now.elapsed_s + now.left / rate) / fair
    # Whoever is promised less than the worst could not be slowed down without another gaining:
    # the worst has all its time, or all ρ of jobs short of time are equal before the filling up.
    equal = (now.elapsed_s + now.left / (rate * _even(gpus))) / fair
    assert rho.max() <= max(equal.max(), alone.max()) * (1.0 + 1e-6)


def _even(
    gpus: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """An equal accelerator time for all, one of the allocations that could be given."""
    return np.minimum(1.0, 8.0 / (len(gpus) * gpus))


def test_shortest_goes_first_and_others_pass_one_that_does_not_fit() -> None:
    speed = np.ones((3, 1))
    got = shortest(speed, np.array([3, 4, 1]), ONE, np.array([5.0, 6.0, 7.0]))
    assert got[:, 0].tolist() == [1.0, 0.0, 1.0]
