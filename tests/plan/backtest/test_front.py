"""A backtest whose plans, deliveries and worth are worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

import offtake
from offtake.catalogue import Lateness, Outcome, outcomes
from offtake.errors import Exit, OfftakeError
from offtake.model import Quarter
from offtake.model.backtest import Backtest, Basis
from offtake.plan.backtest.realised import Record, late_days
from offtake.plan.backtest.scoring import difference
from offtake.plan.supply import compile_supply
from tests.plan.backtest.small import (
    DECEMBER,
    MAY,
    OCTOBER,
    PENALTY,
    RESERVED,
    REVENUE,
    contract,
    reserve,
    small,
    tranche,
)

MILLION = 1e6
LATE_SHARE = 52 / 91
"""Part of 2026Q2, of 91 days, that passed before the hall was there."""


@pytest.fixture(scope="module")
def made() -> Backtest:
    return offtake.backtest(small(), as_of=DECEMBER, score_at=OCTOBER, risk=0.0)


def test_the_days_and_the_quarters_scored(made: Backtest) -> None:
    assert made.horizon.first == Quarter(2026, 1)
    assert (made.scored.first, made.scored.last) == (Quarter(2026, 1), Quarter(2026, 3))
    assert [row.period for row in made.by_period] == list(made.scored.quarters)


def test_capacity_is_promised_by_announced_dates_and_there_when_it_came(made: Backtest) -> None:
    first, second, third = made.by_period
    assert (first.promised_h100e, first.realised_h100e) == (0, 0)
    assert second.promised_h100e == pytest.approx(100)
    assert second.realised_h100e == pytest.approx(100 * (1 - LATE_SHARE), abs=0.3)
    assert third.realised_h100e == pytest.approx(100)
    assert second.forecast.p10_h100e <= second.forecast.p50_h100e <= second.forecast.p90_h100e
    assert made.trust.kept_share == pytest.approx((2 - LATE_SHARE) / 2, abs=2e-3)


def test_the_arrival_is_scored_on_the_record(made: Backtest) -> None:
    (arrival,) = made.arrivals
    assert (arrival.due, arrival.reached) == (date(2026, 4, 1), date(2026, 5, 23))
    assert arrival.basis is Basis.FACT


def test_one_plan_signs_what_bridges_the_delay_and_the_other_does_not(made: Backtest) -> None:
    careful, trusting = made.plans
    bridged = {s.period: s.power_it_mw for s in careful.signed}
    # In 2026Q1 nothing can serve yet; for 2026Q2 a reserve signed in 2026Q1 can.
    assert bridged[Quarter(2026, 1)] > 20
    assert trusting.signed == ()
    assert careful.in_time_it_mw >= bridged[Quarter(2026, 1)]


def test_what_trusting_cost_is_what_was_not_bridged(made: Backtest) -> None:
    careful, trusting = made.plans
    signed = {s.period: float(s.power_it_mw) for s in careful.signed}
    first = signed.get(Quarter(2026, 1), 0.0)
    missing = 100 * LATE_SHARE
    # Served besides: as much of the reserve as was missing, in the mean of the quarter.
    gained = min(first, missing) * (REVENUE + PENALTY) - first * RESERVED
    third = signed.get(Quarter(2026, 2), 0.0)
    gained -= third * RESERVED
    assert made.trust.scored.mean_usd == pytest.approx(gained * MILLION, rel=0.01)
    assert made.trust.scored.error_usd == pytest.approx(0, abs=1)
    assert trusting.realised.unserved_share == pytest.approx((100 + missing) / 300, abs=2e-3)
    assert trusting.promised.unserved_share == pytest.approx(100 / 300, abs=1e-6)
    assert careful.realised.unserved_share < trusting.realised.unserved_share


def test_a_result_is_what_was_earned_less_paid_and_lost(made: Backtest) -> None:
    for plan in made.plans:
        for money in (plan.promised, plan.realised):
            lost = money.unserved_share * 300 * PENALTY * MILLION
            assert money.result_usd == pytest.approx(
                money.earned_usd - money.paid_usd - lost, rel=1e-6, abs=10
            )


def test_the_whole_horizon_is_told_on_draws_neither_plan_was_made_on(made: Backtest) -> None:
    careful, trusting = made.plans
    apart = careful.npv.mean_usd - trusting.npv.mean_usd
    assert made.trust.horizon.mean_usd == pytest.approx(apart, rel=1e-6)
    # Demand is certain here, and the record decides all: every draw is alike.
    assert made.trust.horizon.p10_usd == pytest.approx(made.trust.horizon.p90_usd)
    assert all(plan.gap_usd >= 0 for plan in made.plans)


def test_the_same_seed_gives_the_same_backtest(made: Backtest) -> None:
    assert offtake.backtest(small(), as_of=DECEMBER, score_at=OCTOBER, risk=0.0) == made


def test_it_says_what_it_may_not_claim(made: Backtest) -> None:
    told = " ".join(made.says)
    assert "quarters of one portfolio are no independent sample" in told
    assert "this is evidence, not proof" in told
    assert "too few sites for a claim" in told
    assert "Signed ahead and due in them" in told
    assert "Scored on facts" in " ".join(made.remarks)


def test_with_nothing_to_bridge_with_both_do_the_same() -> None:
    late = reserve(lead_quarters=4)
    made = offtake.backtest(small(late), as_of=DECEMBER, score_at=OCTOBER, scenarios=4)
    assert made.trust.scored.mean_usd == pytest.approx(0, abs=1)
    told = " ".join(made.says)
    assert "Nothing that was known to be on offer could have come in time" in told
    assert "came out no worse and no better" in told


def test_further_days_are_told_and_do_not_change_the_plans(made: Backtest) -> None:
    days = (date(2026, 3, 31), date(2026, 4, 20))
    more = offtake.backtest(small(), as_of=DECEMBER, score_at=OCTOBER, further=days, risk=0.0)
    assert more.further == days
    assert more.plans == made.plans
    assert len(more.calibration.forecasts) > len(made.calibration.forecasts)
    assert more.calibration.milestones_count == made.calibration.milestones_count


# ------------------------------------------------------------------ lateness on record


def test_late_days_are_the_record_and_beyond_it_the_law() -> None:
    held = small(contracts=(contract(tranche(accepted=None)),))
    (source,) = compile_supply(held).committed
    law = Lateness(late_share=0.8, median_days=60.0, log_sigma=0.9)
    levels = np.array([0.1, 0.5, 0.9])
    (came,) = [o for o in outcomes(DECEMBER, OCTOBER) if o.name == "abilene/bldg 3-4"]
    assert list(late_days(source, came, law, levels)) == [52, 52, 52]
    open_ = replace(came, reached=None, expected=date(2027, 1, 1))
    waits = late_days(source, open_, law, levels)
    so_far = (OCTOBER - date(2026, 4, 1)).days
    assert (waits > so_far).all()
    given = replace(law, already_days=float(so_far))
    assert list(waits) == [pytest.approx(given.quantile(level)) for level in levels]
    unknown = late_days(source, None, law, levels)
    assert unknown[0] >= source.already_days


def test_an_early_delivery_is_not_late() -> None:
    held = small(contracts=(contract(tranche(accepted=None)),))
    (source,) = compile_supply(held).committed
    (came,) = [o for o in outcomes(DECEMBER, OCTOBER) if o.name == "abilene/bldg 3-4"]
    soon = replace(came, reached=date(2026, 3, 28))
    law = Lateness(late_share=0.8, median_days=60.0, log_sigma=0.9)
    assert list(late_days(source, soon, law, np.array([0.5]))) == [0.0]


def test_what_nobody_looked_at_again_is_not_on_record() -> None:
    (source,) = compile_supply(small(contracts=(contract(tranche(accepted=None)),))).committed
    rows: dict[tuple[str, ...], Outcome] = {o.key: o for o in outcomes(DECEMBER, date(2026, 1, 5))}
    record = Record({"lease/hall": ("abilene", "bldg 3-4")}, rows)
    assert record.of(source) is None
    assert record.basis(source) is Basis.MODEL


def test_a_difference_has_the_error_of_a_weighted_mean() -> None:
    chance = np.full(4, 0.25)
    made = difference(np.array([1.0, 3.0, 5.0, 7.0]), chance)
    assert made.mean_usd == 4e6
    # Sample deviation √(20/3), over √4.
    assert made.error_usd == pytest.approx(np.sqrt(20 / 3) / 2 * 1e6)
    assert difference(np.array([1.0]), np.ones(1)).error_usd == 0.0


# ------------------------------------------------------------------ days that do not fit


@pytest.mark.parametrize(
    ("as_of", "score_at", "further", "codes"),
    [
        (OCTOBER, DECEMBER, (), {"OTK-B101", "OTK-B106"}),
        (DECEMBER, DECEMBER, (), {"OTK-B101"}),
        (date(2020, 1, 1), OCTOBER, (), {"OTK-B102"}),
        (DECEMBER, date(2026, 10, 6), (), {"OTK-B103"}),
        (date(2026, 6, 1), OCTOBER, (), {"OTK-B106"}),
        (DECEMBER, date(2026, 3, 30), (), {"OTK-B107"}),
        (DECEMBER, OCTOBER, (date(2025, 1, 1), OCTOBER), {"OTK-B108"}),
    ],
)
def test_days_that_do_not_fit_are_named(
    as_of: date, score_at: date, further: tuple[date, ...], codes: set[str]
) -> None:
    with pytest.raises(OfftakeError) as caught:
        offtake.backtest(small(), as_of=as_of, score_at=score_at, further=further)
    assert {fault.code for fault in caught.value.faults} == codes
    assert caught.value.exit is Exit.USAGE


def test_nothing_due_between_the_days_is_named() -> None:
    with pytest.raises(OfftakeError, match="OTK-B109"):
        offtake.backtest(small(), as_of=date(2025, 9, 1), score_at=date(2025, 12, 31))


def test_a_portfolio_without_dated_facts_is_named() -> None:
    bare = small(contracts=(contract(tranche(provenance=None)),))
    with pytest.raises(OfftakeError, match="OTK-B104"):
        offtake.backtest(bare, as_of=DECEMBER, score_at=OCTOBER)


def test_on_its_own_day_the_portfolio_plans_from_its_own_quarter() -> None:
    made = offtake.backtest(small(), as_of=MAY, score_at=OCTOBER, scenarios=4)
    assert made.horizon.first == Quarter(2026, 3)
    assert made.laws[0].basis == "portfolio"
