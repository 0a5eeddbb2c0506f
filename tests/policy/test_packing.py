"""Packing fractions of accelerators: what is stranded, and where a task goes."""

from __future__ import annotations

import numpy as np
import pytest

from offtake.policy.packing import Rule, pack, stranded

EXPECTED = np.array([[1_000, 0, 1, 500], [1_000, 0, 2, 1_000]])
WEIGHT = np.array([0.75, 0.25])


def test_stranded_by_hand() -> None:
    left = np.array([400, 1_000])
    # A half fits the second device: 400 is lost to it. Two whole ones do not fit: all is.
    assert stranded(8_000, left, 2, EXPECTED, WEIGHT) == pytest.approx(0.75 * 400 + 0.25 * 1_400)
    assert stranded(500, left, 2, EXPECTED, WEIGHT) == pytest.approx(1_400.0)
    assert stranded(8_000, np.array([0, 0]), 2, EXPECTED, WEIGHT) == 0.0


def placed(rule: Rule, tasks: list[list[int]], left: list[list[int]]) -> list[int]:
    come = np.array(tasks)
    nodes = len(left)
    got = pack(
        rule.value,
        come,
        np.unique(come, axis=0, return_inverse=True)[1].ravel(),
        np.tile(np.array([[8_000, 100]]), (nodes, 1)),
        np.array(left),
        np.array([len(row) for row in left]),
        EXPECTED,
        WEIGHT,
        np.full((len(come), 2), 0.5),
    )
    return [int(node) for node in got]


def test_a_half_goes_where_a_half_is_left() -> None:
    left = [[1_000, 1_000], [500, 1_000]]
    assert placed(Rule.FRAGMENTATION, [[1_000, 1, 1, 500]], left) == [1]
    assert placed(Rule.BEST_FIT, [[1_000, 1, 1, 500]], left) == [1]


def test_what_fits_nowhere_is_nowhere_and_nothing_is_given_twice() -> None:
    two, half = [1_000, 1, 2, 1_000], [1_000, 1, 1, 600]
    for rule in Rule:
        assert placed(rule, [two, two, half, half, half], [[1_000] * 2] * 2)[4] == -1
        assert placed(rule, [[9_000, 1, 0, 0]], [[1_000] * 2]) == [-1]
        assert placed(rule, [[1, 101, 0, 0]], [[1_000] * 2]) == [-1]
