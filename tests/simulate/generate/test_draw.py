"""Drawn jobs meet the summaries they are drawn after; numbers out of range are named."""

from __future__ import annotations

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.simulate.generate.draw import DAY_S, generate, law_of
from offtake.simulate.generate.mixes import MIXES

FLEET = 8_192


@pytest.mark.parametrize("name", MIXES)
def test_a_mix_is_met(name: str) -> None:
    mix = MIXES[name]
    days = 200_000.0 * mix.accelerator_s / (FLEET * DAY_S)
    made = generate(mix, FLEET, days, load=1.0, seed=1)
    time = made.duration_s * made.accelerators_count
    assert len(made.submit_s) == pytest.approx(200_000, rel=0.01)
    assert np.median(made.duration_s) == pytest.approx(mix.median_s, rel=0.02)
    assert made.duration_s.mean() == pytest.approx(mix.mean_s, rel=0.03)
    assert made.accelerators_count.mean() == pytest.approx(mix.mean_accelerators, rel=0.02)
    # Half of all accelerator-time is in a few jobs, so its mean is the least certain.
    assert time.mean() == pytest.approx(mix.accelerator_s, rel=0.10)
    assert made.duration_s.max() <= mix.longest_s
    assert (np.diff(made.submit_s) >= 0.0).all()


def test_meta_has_an_eighth_of_its_time_in_the_largest_jobs() -> None:
    made = generate(MIXES["rsc"], 16_384, 100.0, load=0.8, seed=1)
    time = made.duration_s * made.accelerators_count
    large = made.accelerators_count == 4_096
    assert time[large].sum() / time.sum() == pytest.approx(0.12, abs=0.04)
    assert large.mean() < 0.01
    per_day = len(made.submit_s) / 100.0
    assert per_day == pytest.approx(7_200.0 * 16_384.0 / 16_000.0, rel=0.02)


def test_the_load_is_that_asked_for_where_large_jobs_do_not_fit() -> None:
    made = generate(MIXES["helios"], 64, 3_000.0, load=0.7, seed=2)
    asked = (made.duration_s * made.accelerators_count).sum() / (64 * 3_000.0 * DAY_S)
    assert asked == pytest.approx(0.7, rel=0.10)
    assert made.accelerators_count.max() <= 64
    assert 0.0 < made.left_out_share < 0.1


def test_one_seed_gives_one_trace() -> None:
    one, same, other = (generate(MIXES["seren"], 64, 1.0, load=1.0, seed=s) for s in (1, 1, 2))
    assert one.duration_s.tolist() == same.duration_s.tolist()
    assert one.duration_s.tolist() != other.duration_s.tolist()


def test_large_jobs_of_acme_run_longer() -> None:
    assert law_of(MIXES["kalos"]).correlation > 0.3


@pytest.mark.parametrize(
    ("accelerators", "days", "load"), [(0, 1.0, 1.0), (8, -1.0, 1.0), (8, 1.0, float("nan"))]
)
def test_numbers_out_of_range_are_named(accelerators: int, days: float, load: float) -> None:
    with pytest.raises(OfftakeError, match="OTK-S064"):
        generate(MIXES["seren"], accelerators, days, load=load, seed=1)
