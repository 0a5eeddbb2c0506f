"""The best interval: Young to first order, Daly to higher, the optimum exactly."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.errors import OfftakeError
from offtake.simulate.closed import best, daly, young
from offtake.simulate.closed.interval import chosen_minutes
from offtake.simulate.parameters import Checkpoint, Interval
from tests.simulate.clusters import NODES, cluster


def kept(interval: float, write: float, mean: float) -> float:
    return interval / mean / math.expm1((interval + write) / mean)


def test_young_and_daly_on_daly_s_own_case() -> None:
    # Daly 2006, figure 4: write 5 min, mean 6 h: the best is 57 min.
    assert young(5.0, 360.0) == pytest.approx(60.0)
    assert daly(5.0, 360.0) == pytest.approx(56.8, abs=0.5)
    assert best(5.0, 360.0) == pytest.approx(57.0, abs=0.5)
    # Figure 5: mean 15 min, 9.1 min; there Young is far off.
    assert best(5.0, 15.0) == pytest.approx(9.1, abs=0.1)
    assert young(5.0, 15.0) > 12.0


@given(write=st.floats(0.001, 20.0), mean=st.floats(5.0, 10_000.0))
def test_nothing_near_keeps_more(write: float, mean: float) -> None:
    found = best(write, mean)
    top = kept(found, write, mean)
    assert top >= max(kept(found * r, write, mean) for r in (0.5, 0.9, 1.1, 2.0)) * (1 - 1e-9)


def test_daly_takes_the_mean_where_writing_is_slow() -> None:
    assert daly(50.0, 20.0) == 20.0


def test_the_rule_is_followed() -> None:
    fixed = cluster(checkpoint=Checkpoint(interval_minutes=42.0))
    assert chosen_minutes(fixed, NODES) == 42.0
    rule = cluster(checkpoint=Checkpoint(interval=Interval.YOUNG_DALY, write_s=60.0))
    assert chosen_minutes(rule, NODES) == pytest.approx(math.sqrt(2 * 1.0 * 180.0))


def test_a_free_checkpoint_has_no_best_interval() -> None:
    rule = cluster(checkpoint=Checkpoint(interval=Interval.YOUNG_DALY))
    with pytest.raises(OfftakeError, match="OTK-S005"):
        chosen_minutes(rule, NODES)
