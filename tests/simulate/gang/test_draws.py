"""Random numbers in compiled code: even, apart, and of the laws they are said to be of."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from offtake.simulate.compiled import compiled
from offtake.simulate.gang import draws
from offtake.simulate.gang.draws import Streams

COUNT = 20_000


@compiled
def many(state: Streams, what: int, law: int, mean: float, shape: float, out: NDArray) -> None:
    for place in range(out.size):
        if what == 0:
            out[place] = draws.uniform(state, 0)
        elif what == 1:
            out[place] = draws.lifetime(state, 0, law, mean, shape)
        else:
            out[place] = draws.residual(state, 0, law, mean, shape)


def drawn(what: int, law: int = 0, shape: float = 1.0, seed: int = 3) -> NDArray[np.float64]:
    out = np.empty(COUNT)
    many(draws.streams(seed, 0, 1)[0], what, law, 5.0, shape, out)
    return out


def test_uniforms_are_even_and_never_an_end() -> None:
    found = drawn(0)
    assert 0.0 < found.min() < found.max() < 1.0
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 0.02


@pytest.mark.parametrize(("law", "shape"), [(0, 1.0), (1, 0.7), (1, 2.5), (2, 0.8)])
def test_lifetimes_have_their_mean(law: int, shape: float) -> None:
    found = drawn(1, law, shape)
    assert found.mean() == pytest.approx(5.0, abs=4.0 * found.std() / COUNT**0.5)


def test_a_weibull_is_a_weibull() -> None:
    found = drawn(1, 1, 2.5)
    scale = 5.0 / float(np.exp(stats.loggamma.mean(1) * 0) * 0.8872638175030753)
    assert stats.kstest(found, stats.weibull_min(2.5, scale=scale).cdf).pvalue > 0.01


@pytest.mark.parametrize(("law", "shape"), [(0, 1.0), (1, 0.7), (1, 2.5), (2, 0.8)])
def test_what_is_left_of_a_life_has_the_mean_of_renewal_theory(law: int, shape: float) -> None:
    """Mean residual life: E[X²] / (2 E[X])."""
    whole, left = drawn(1, law, shape, seed=8), drawn(2, law, shape)
    wanted = float((whole**2).mean() / (2.0 * whole.mean()))
    assert left.mean() == pytest.approx(wanted, rel=0.08)


def test_streams_are_apart_and_always_the_same() -> None:
    made = draws.streams(7, 0, 50)
    assert len(np.unique(made)) == made.size
    assert (draws.streams(7, 10, 5) == made[10:15]).all()
    assert not (draws.streams(8, 0, 50) == made).any()
