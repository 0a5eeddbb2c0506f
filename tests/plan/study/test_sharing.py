"""Limits on a mean shared out over scenarios, by hand.

Two equally likely scenarios earn 10 and 4 for each unit, of which they can take up to 3;
on the mean 2 may be taken. The dearer takes all it can, 3, the other 1: 17 on the mean.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from offtake.plan.formulate import Risk
from offtake.plan.program import Program
from offtake.plan.study.sharing import Alone, share

EVEN = np.array([0.5, 0.5])


def scenario(worth: float, most: float = 3.0, least: float = 0.0) -> Alone:
    made = Program()
    take = made.add("take", (1,), lower=least, upper=most, cost=worth)
    made.con("some", (1,), [(1.0, take)], upper=100.0)
    return Alone(made.assemble(), sparse.csr_array(np.array([[1.0]])))


def test_who_earns_most_takes_most() -> None:
    pair = [scenario(10.0), scenario(4.0)]
    made = share(pair, np.array([2.0]), EVEN, Risk(0.0, 0.9), 20.0, 1e-9)
    assert made is not None
    assert made.bound == pytest.approx(17)
    assert made.allowance == pytest.approx(np.array([[3.0, 1.0]]))


def test_whoever_fears_the_tail_gives_more_to_the_worse() -> None:
    """Of the worst half alone, 4·y is all that counts up to where 10·x meets it."""
    pair = [scenario(10.0), scenario(4.0)]
    made = share(pair, np.array([2.0]), EVEN, Risk(1.0, 0.5), 20.0, 1e-9)
    assert made is not None
    # 10·x = 4·y with x + y = 4: x = 8/7; y = 20/7 is within 3.
    assert made.bound == pytest.approx(80 / 7)
    assert 4 * made.allowance[0, 1] >= 80 / 7 - 1e-6


def test_what_is_spare_is_shared_too() -> None:
    pair = [scenario(10.0), scenario(4.0)]
    made = share(pair, np.array([5.0]), EVEN, Risk(0.0, 0.9), 20.0, 1e-9)
    assert made is not None
    assert made.bound == pytest.approx(21)
    assert EVEN @ made.allowance[0] == pytest.approx(5.0)


def test_a_limit_nobody_can_keep_is_not_shared_out() -> None:
    pair = [scenario(10.0, least=2.5), scenario(4.0, least=2.5)]
    assert share(pair, np.array([2.0]), EVEN, Risk(0.0, 0.9), 20.0, 1e-9) is None
