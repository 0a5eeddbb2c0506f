from __future__ import annotations

import math
from datetime import date
from statistics import mean, median, stdev

import pytest

from offtake.catalogue import build_cost, delays, fit_delay
from offtake.errors import OfftakeError

OCTOBER = date(2026, 10, 5)


def test_twelve_of_fourteen_due_milestones_were_late() -> None:
    fit = fit_delay(OCTOBER)
    assert (fit.due_count, fit.late_count, fit.unseen_count) == (14, 12, 0)
    assert fit.late_share == pytest.approx(0.857, abs=5e-4)
    # Between 73 and 80: printed as 76.
    assert fit.median_days == 76.5
    assert (round(fit.p25_days), round(fit.p90_days), round(fit.mean_days)) == (52, 184, 115)
    assert fit.late_mu == pytest.approx(4.556, abs=5e-4)
    assert fit.late_sigma == pytest.approx(0.869, abs=5e-4)


def test_the_standard_errors_are_those_of_a_small_sample() -> None:
    fit = fit_delay(OCTOBER)
    assert fit.late_share_error == pytest.approx(math.sqrt(12 / 14 * 2 / 14 / 14))
    assert fit.late_mu_error == pytest.approx(fit.late_sigma / math.sqrt(12))
    assert fit.late_sigma_error == pytest.approx(fit.late_sigma / math.sqrt(22))


def test_the_fit_is_that_of_its_sample() -> None:
    fit = fit_delay()
    slips = [row.slip_days for row in fit.sample]
    logs = [math.log(slip) for slip in slips if slip > 0]
    assert fit.as_of == OCTOBER
    assert fit.median_days == median(slips)
    assert fit.mean_days == pytest.approx(mean(slips))
    assert (fit.late_mu, fit.late_sigma) == pytest.approx((mean(logs), stdev(logs)))
    assert all(row.first_date <= row.later_vintage for row in fit.sample)


def test_the_rows_of_the_cost_table_are_those_of_the_fit() -> None:
    fit = fit_delay(OCTOBER)
    assert build_cost("slip_due_late_share").value == round(fit.late_share, 3)
    assert build_cost("slip_due_median_days").value == math.floor(fit.median_days)
    assert build_cost("slip_due_median_days").low == round(fit.p25_days)
    assert build_cost("slip_due_median_days").high == round(fit.p90_days)
    assert build_cost("slip_due_mean_days").value == round(fit.mean_days)
    assert build_cost("slip_late_mu").value == round(fit.late_mu, 3)
    assert build_cost("slip_late_sigma").value == round(fit.late_sigma, 3)
    forecasts = [row for row in delays() if row.kind == "forecast"]
    late = sum(row.is_late for row in forecasts)
    assert len(forecasts) == 29
    assert build_cost("slip_all_late_share").value == round(late / 29, 3)


def test_delays_compare_one_tracker_with_itself() -> None:
    held = {row.key: row for row in delays()}
    bldg = held["shackelford", "bldg 1"]
    assert (bldg.first_vintage, bldg.slip_days) == (date(2026, 5, 23), 226)
    assert ("lordstown", "operational") not in held
    assert len(held) == 32
    assert held["shackelford", "10 bldg"].slip_days == -50
    assert not held["shackelford", "10 bldg"].is_late
    past = {row.key for row in held.values() if row.kind == "re-dated past"}
    assert past == {("abilene", "bldg 1"), ("abilene", "bldg 2"), ("newcarlisle", "bldg 8-11")}
    assert not any(held[key].is_due for key in past)


def test_an_earlier_day_has_a_smaller_sample_and_says_what_it_does_not_see() -> None:
    fit = fit_delay(date(2026, 5, 23))
    assert {(row.site, row.slip_days) for row in fit.sample} == {
        ("abilene", 52),
        ("newcarlisle", 73),
        ("fairwater-wi", 16),
    }
    # Due by then, but only looked at again in October.
    assert fit.unseen_count == 4


def test_no_distribution_comes_from_nothing() -> None:
    with pytest.raises(OfftakeError, match=r"OTK-K305 milestones: .* at least two late milestones"):
        fit_delay(date(2025, 12, 14))
    with pytest.raises(OfftakeError, match="OTK-K305"):
        fit_delay(date(2020, 1, 1))
