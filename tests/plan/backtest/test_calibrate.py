"""Intervals, places and claims of forecasts, against textbook values and by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from offtake.catalogue import Lateness, Outcome, forecast_delay
from offtake.model.backtest import Forecast, Side
from offtake.plan.backtest.calibrate import calibrate, forecast, interval, side, sign_test
from tests.plan.backtest.small import DECEMBER, MAY, OCTOBER

LAW = Lateness(late_share=0.8, median_days=60.0, log_sigma=0.9)


def row(late: int | None, *, looked: date = OCTOBER, site: str = "abilene") -> Outcome:
    announced = date(2026, 4, 1)
    return Outcome(
        site=site,
        milestone="bldg",
        announced=announced,
        vintage=DECEMBER,
        tracker="tracker",
        seen=looked,
        looked=looked,
        reached=None if late is None else announced + timedelta(days=late),
    )


@pytest.mark.parametrize(("inside", "count"), [(0, 13), (4, 13), (8, 8), (13, 13), (5, 20)])
def test_the_interval_is_that_of_clopper_and_pearson(inside: int, count: int) -> None:
    exact = binomtest(inside, count).proportion_ci(0.95, "exact")
    assert interval(inside, count) == pytest.approx((exact.low, exact.high))


def test_the_interval_holds_the_truth_at_least_as_often_as_it_says() -> None:
    for share in (0.3, 0.5, 0.9):
        chances = binom.pmf(np.arange(14), 13, share)
        held = [low <= share <= high for low, high in (interval(k, 13) for k in range(14))]
        assert float(chances[held].sum()) >= 0.95


def test_the_sign_test_is_exact() -> None:
    assert sign_test(8, 2) == pytest.approx(binomtest(8, 10).pvalue)
    assert sign_test(0, 6) == pytest.approx(2 / 64)
    assert (sign_test(0, 0), sign_test(3, 3)) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("days", "so_far", "wanted"),
    [
        (0.0, 0.0, Side.BELOW),
        (60.0, 60.0, Side.INSIDE),
        (400.0, 400.0, Side.ABOVE),
        (None, 10.0, Side.OPEN),
        (None, 60.0, Side.OPEN),
        (None, 400.0, Side.ABOVE),
    ],
)
def test_an_open_one_is_outside_only_once_it_is_later_than_the_end(
    days: float | None, so_far: float, wanted: Side
) -> None:
    assert side(LAW, days, so_far, 0.5) is wanted


def test_the_place_of_an_open_one_is_all_that_is_left() -> None:
    made = forecast(row(None), DECEMBER, LAW)
    assert made.least_share == pytest.approx(LAW.chance_within(187))
    assert (made.most_share, made.late_days, made.naive_days) == (1.0, None, 187)
    assert made.score_days == pytest.approx(LAW.score(None, 187))


def test_an_early_one_counts_as_in_time_and_has_the_whole_chance_of_that() -> None:
    made = forecast(row(-4), DECEMBER, LAW)
    assert made.least_share == 0.0
    assert made.most_share == pytest.approx(0.2)
    assert (made.late_days, made.half, made.most) == (-4.0, Side.BELOW, Side.INSIDE)
    assert made.naive_days == 0.0


def test_what_nobody_looked_at_again_cannot_be_scored() -> None:
    unseen = replace(row(None), seen=None, looked=None)
    with pytest.raises(ValueError, match="nobody looked"):
        forecast(unseen, DECEMBER, LAW)


@given(st.integers(0, 400), st.floats(0.05, 1.0), st.floats(5, 200), st.floats(0.1, 1.5))
def test_a_forecast_is_in_order_and_agrees_with_itself(
    late: int, share: float, median: float, sigma: float
) -> None:
    law = Lateness(late_share=share, median_days=median, log_sigma=sigma)
    made = forecast(row(late, looked=date(2028, 1, 1)), DECEMBER, law)
    assert made.announced <= made.p05 <= made.p25 <= made.p50 <= made.p75 <= made.p95
    assert made.least_share <= made.most_share
    if made.half is Side.INSIDE:
        assert made.most is Side.INSIDE
    if made.most is Side.ABOVE:
        assert made.least_share >= 0.95 - 1e-9


def test_a_law_that_is_right_covers_what_it_says() -> None:
    rng = np.random.default_rng(1)
    late = rng.random(20_000) < LAW.late_share
    days = np.where(late, 60.0 * np.exp(0.9 * rng.standard_normal(20_000)), 0.0)
    for nominal in (0.5, 0.9):
        inside = np.mean([side(LAW, d, d, nominal) is Side.INSIDE for d in days[:2000]])
        # In time is one lump of 20 %, and the ends fall into it or just outside.
        assert abs(inside - nominal) < 0.2
    above = np.mean([side(LAW, d, d, 0.9) is Side.ABOVE for d in days])
    assert above == pytest.approx(0.05, abs=0.005)


# ------------------------------------------------------------------ the catalogue's milestones


def told(*days: date) -> dict[date, Lateness]:
    return {day: forecast_delay(day).law for day in days}


def test_december_against_october() -> None:
    laws = told(DECEMBER)
    made = calibrate([DECEMBER], OCTOBER, lambda _, day: laws[day])
    assert (made.milestones_count, made.sites_count, len(made.forecasts)) == (13, 10, 13)
    half, most = made.coverages
    assert (half.inside_count, half.below_count, half.above_count, half.open_count) == (4, 4, 0, 5)
    assert (most.inside_count, most.below_count, most.above_count, most.open_count) == (8, 0, 0, 5)
    assert half.least_share == pytest.approx(binomtest(4, 13).proportion_ci().low)
    assert half.most_share == pytest.approx(binomtest(9, 13).proportion_ci().high)
    assert most.most_share == 1.0
    assert "50% is not contradicted" in half.says
    assert len(made.not_due) == 8
    assert len(made.redated) == 3
    assert made.unseen == ()


def test_the_mean_scores_and_the_sites_are_counted_once_each() -> None:
    laws = told(DECEMBER)
    made = calibrate([DECEMBER], OCTOBER, lambda _, day: laws[day])
    assert made.score_days == pytest.approx(np.mean([f.score_days for f in made.forecasts]))
    assert made.naive_days == pytest.approx(np.mean([f.naive_days for f in made.forecasts]))
    assert made.better_count + made.worse_count == made.sites_count
    assert made.chance_share == sign_test(made.better_count, made.worse_count)
    assert "too few sites for a claim" in made.says[2]


def test_a_second_day_is_no_second_piece_of_evidence() -> None:
    days = (DECEMBER, date(2026, 1, 31), date(2026, 2, 28))
    laws = dict.fromkeys(days, forecast_delay(DECEMBER).law)
    once = calibrate(days[:1], OCTOBER, lambda _, day: laws[day])
    often = calibrate(days, OCTOBER, lambda _, day: laws[day])
    assert often == once


def test_what_is_known_to_be_late_is_forecast_anew_and_not_counted_anew() -> None:
    later = date(2026, 4, 20)

    def law(outcome: Outcome, day: date) -> Lateness:
        late = max((day - outcome.announced).days, 0) if outcome.site == "abilene" else 0
        return replace(LAW, already_days=float(late))

    made = calibrate([DECEMBER, later], OCTOBER, law)
    anew = [f for f in made.forecasts if f.made == later]
    assert [(f.id, f.already_days) for f in anew] == [("abilene/bldg 3-4", 19.0)]
    assert made.milestones_count == 13
    assert anew[0].p05 > later
    pooled = made.coverages[0]
    by_milestone = _shares(made.forecasts)
    assert pooled.pooled_least_share == pytest.approx(np.mean(by_milestone))


def _shares(made: tuple[Forecast, ...]) -> list[float]:
    ids = {f.id for f in made}
    sides = [[f.half is Side.INSIDE for f in made if f.id == one] for one in ids]
    return [sum(each) / len(each) for each in sides]


def test_a_law_far_off_is_told_so() -> None:
    sure = Lateness(late_share=1.0, median_days=1000.0, log_sigma=0.01)
    made = calibrate([DECEMBER], OCTOBER, lambda *_: sure)
    assert made.coverages[1].below_count == 8
    assert "so the interval is too narrow, or in the wrong place" in made.coverages[1].says


def test_nothing_due_is_nothing_to_score() -> None:
    with pytest.raises(ValueError, match="no milestone was due"):
        calibrate([DECEMBER], date(2025, 12, 20), lambda *_: LAW)
    assert calibrate([DECEMBER], MAY, lambda *_: LAW).milestones_count == 3
