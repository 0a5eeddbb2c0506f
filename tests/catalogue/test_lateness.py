"""The law of lateness against draws of it, and its score against what is known of scores."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.catalogue import Lateness, naive_score

LAW = Lateness(late_share=0.8, median_days=60.0, log_sigma=0.9)
DAYS = st.floats(0.0, 900.0)


def laws() -> st.SearchStrategy[Lateness]:
    return st.builds(
        Lateness,
        late_share=st.floats(0.05, 1.0),
        median_days=st.floats(1.0, 400.0),
        log_sigma=st.floats(0.05, 2.0),
        already_days=st.sampled_from([0.0, 0.5, 30.0, 200.0]),
    )


def drawn(law: Lateness, count: int) -> np.ndarray:
    """Draws of the law by its definition, not by its quantiles."""
    rng = np.random.default_rng(3)
    late = rng.random(count) < law.late_share
    days = law.median_days * np.exp(law.log_sigma * rng.standard_normal(count))
    return np.where(late, days, 0.0)


@pytest.mark.parametrize("already", [0.0, 40.0, 150.0])
def test_chances_and_quantiles_are_those_of_draws(already: float) -> None:
    law = Lateness(late_share=0.8, median_days=60.0, log_sigma=0.9, already_days=already)
    days = drawn(law, 400_000)
    left = days[days > already] if already else days
    for z in (10.0, 60.0, 160.0, 400.0):
        assert law.chance_within(z) == pytest.approx((left <= z).mean(), abs=0.006)
    for level in (0.25, 0.5, 0.75, 0.95):
        assert law.quantile(level) == pytest.approx(np.quantile(left, level), rel=0.03)


@given(laws(), st.floats(0.01, 0.99))
def test_a_quantile_holds_its_level_and_nothing_less_does(law: Lateness, level: float) -> None:
    at = law.quantile(level)
    assert at >= law.already_days
    assert law.chance_within(at) >= level - 1e-9
    assert law.chance_below(at) <= level + 1e-9


def test_what_is_never_late_is_as_late_as_it_is_already() -> None:
    never = Lateness(late_share=0.0, median_days=1.0, log_sigma=0.0)
    assert (never.chance_within(0), never.chance_below(0), never.quantile(0.9)) == (1, 0, 0)
    by_now = Lateness(late_share=0.0, median_days=1.0, log_sigma=0.0, already_days=20)
    assert (by_now.chance_within(19), by_now.chance_within(20), by_now.quantile(0.1)) == (0, 1, 20)


def test_without_spread_all_late_ones_are_late_by_the_median() -> None:
    law = Lateness(late_share=0.5, median_days=10.0, log_sigma=0.0)
    assert [law.chance_within(d) for d in (0, 9, 10)] == [0.5, 0.5, 1.0]


def test_a_level_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        LAW.quantile(1.0)


@pytest.mark.parametrize(("days", "until"), [(40.0, 500.0), (0.0, 300.0), (None, 120.0)])
def test_the_score_is_the_integral_over_draws(days: float | None, until: float) -> None:
    # E|X − y| − E|X − X'|/2 of X and y cut at `until` is the same integral.
    seen = np.minimum(drawn(LAW, 60_000), until)
    y = until if days is None else min(days, until)
    other = np.random.default_rng(9).permutation(seen)
    expected = np.abs(seen - y).mean() - np.abs(seen - other).mean() / 2
    assert LAW.score(days, until) == pytest.approx(expected, rel=0.03, abs=0.5)


@given(DAYS, st.floats(1.0, 900.0))
def test_a_forecast_of_one_day_scores_its_error(days: float, until: float) -> None:
    announced = Lateness(late_share=0.0, median_days=1.0, log_sigma=0.0)
    happened = days if days < until else None
    assert announced.score(happened, until) == pytest.approx(naive_score(happened, until), rel=1e-3)


@given(laws(), laws())
def test_no_law_scores_better_than_the_true_one_in_the_mean(
    true: Lateness, other: Lateness
) -> None:
    true = Lateness(
        late_share=true.late_share, median_days=true.median_days, log_sigma=true.log_sigma
    )
    levels = (np.arange(60) + 0.5) / 60
    days = [true.quantile(float(level)) for level in levels]
    mine, theirs = (
        sum(law.score(d if d < 300 else None, 300.0) for d in days) / len(days)
        for law in (true, other)
    )
    assert mine <= theirs + 0.02 * max(theirs, 1.0)


def test_nobody_who_did_not_look_scores_anything() -> None:
    assert (LAW.score(None, 0.0), naive_score(None, -3.0)) == (0.0, 0.0)
    assert naive_score(-4.0, 100.0) == 0.0
    assert math.isclose(naive_score(250.0, 100.0), 100.0)
