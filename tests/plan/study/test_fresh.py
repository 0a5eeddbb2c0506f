"""Out of sample: a newsvendor with log-normal demand, whose true cost is known.

With x MW reserved the cost is 1.2·x + 3·E[(D − x)⁺], and for ln(D/1000) normal with
deviation s the last is 1000·e^(s²/2)·Φ(d) − x·Φ(d − s), d = s − ln(x/1000)/s (Black 1976).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from offtake.errors import OfftakeError
from offtake.model import DemandProcess
from offtake.model.study import OutOfSample
from offtake.plan.study import Setting, out_of_sample
from offtake.plan.study.fresh import fresh_scenarios, optimality_gap
from offtake.units import it_mw
from tests.plan.study.settings import MILLION, SIGMA, lognormal, newsvendor, ready

S = SIGMA / 2


def true_cost(x: float) -> float:
    d = S - np.log(x / 1000) / S
    over = 1000 * np.exp(S * S / 2) * ndtr(d) - x * ndtr(d - S)
    return float(1.2 * x + 3.0 * over)


def reserved(setting: Setting) -> float:
    return sum(lot.power_it_mw for lot in setting.base.outlook.lots)


BEST = 1000 * float(np.exp(S * ndtri(0.6)))
"""The critical ratio (3 − 1.2)/3 = 0.6 of demand."""


@pytest.fixture(scope="module")
def setting() -> Setting:
    return ready(lognormal(12, seed=3))


def test_the_interval_holds_the_true_cost_about_as_often_as_it_says(setting: Setting) -> None:
    truth = -true_cost(reserved(setting)) * MILLION

    def covered(seed: int) -> bool:
        mean = out_of_sample(setting, fresh=60, seed=100 + seed).fresh.mean
        return mean.low_usd <= truth <= mean.high_usd

    held = sum(covered(seed) for seed in range(24))
    # 23 of 24 expected; a skewed cost is covered a little less often.
    assert 20 <= held <= 24


@pytest.fixture(scope="module")
def made(setting: Setting) -> OutOfSample:
    return out_of_sample(setting, fresh=400, seed=50)


def test_fresh_scenarios_tell_the_truth_where_the_plan_flatters(
    setting: Setting, made: OutOfSample
) -> None:
    truth = -true_cost(reserved(setting)) * MILLION
    assert made.fresh.scenarios == 400
    assert made.fresh.mean.low_usd <= truth <= made.fresh.mean.high_usd
    assert made.in_sample.mean_usd == pytest.approx(setting.base.outlook.npv.mean_usd)
    assert made.optimism_usd == pytest.approx(
        setting.base.outlook.objective_usd - made.fresh.objective.mean_usd
    )
    assert made.fresh.cvar.mean_usd < made.fresh.mean.mean_usd
    assert made.fresh.cvar.low_usd < made.fresh.cvar.mean_usd < made.fresh.cvar.high_usd
    assert made.npv.cvar_usd == pytest.approx(made.fresh.cvar.mean_usd)
    assert "95 %" in made.says


def test_nothing_is_broken_or_unserved_where_rent_has_no_end(made: OutOfSample) -> None:
    assert made.broken_share == 0
    assert made.broken_low_share == pytest.approx(0, abs=1e-12)
    assert 0 < made.broken_high_share < 0.02
    assert made.broken == ()
    assert made.unserved_share == pytest.approx(0, abs=1e-6)


def test_a_promise_that_breaks_is_told_with_chance_and_size() -> None:
    """At most 900 MW can be had and 0.7 of demand is promised: it breaks above 900/0.7."""
    whole = lognormal(12, seed=3)
    promised = tuple(replace(i, least_served_share=0.7) for i in whole.demand.inference)
    reserve = replace(whole.offers[0], power_it_mw=it_mw(900))
    calm = replace(whole.uncertainty, demand=DemandProcess())
    portfolio = replace(
        whole,
        offers=(reserve,),
        demand=replace(whole.demand, inference=promised),
        uncertainty=calm,
    )
    setting = replace(ready(portfolio), portfolio=replace(portfolio, uncertainty=whole.uncertainty))
    made = out_of_sample(setting, fresh=300, seed=50)
    samples = setting.drawn(setting.portfolio, 300, 50)
    demand = samples.inference[0, :, 0] * 1000
    short = 0.7 - 900 / demand
    assert made.broken_share == pytest.approx((short > 0).mean())
    assert 0.5 * (1 - ndtr(np.log(0.9 / 0.7) / S)) < made.broken_share < 0.25
    (limit,) = made.broken
    assert limit.limit == "demand.inference.least_served_share"
    assert limit.chance_share == pytest.approx(made.broken_share)
    assert limit.worst_amount == pytest.approx(short.max(), rel=1e-6)
    assert limit.mean_amount == pytest.approx(short[short > 0].mean(), rel=1e-6)
    assert "breaks with a chance of" in made.says


def test_no_plan_is_much_better_by_replications(setting: Setting) -> None:
    """The true gap of the plan is known: its true cost less that of the best reservation."""
    truth = (true_cost(reserved(setting)) - true_cost(BEST)) * MILLION
    gap = optimality_gap(setting, 12, 25)
    assert gap.replications_count == 12
    assert gap.gap.low_usd < gap.gap.mean_usd < gap.most_usd < gap.gap.high_usd
    assert gap.most_usd >= truth
    # On 25 scenarios the best in hindsight gains, so the estimate is not far above either.
    assert gap.gap.mean_usd < truth + 150 * MILLION


def test_larger_samples_leave_a_smaller_gap(setting: Setting) -> None:
    few, many = (optimality_gap(setting, 5, each).gap.mean_usd for each in (2, 40))
    assert many < few


def test_the_gap_weighs_the_tail_with_the_threshold_held() -> None:
    """Of the two points of demand the worst is all that counts, and it is known: no gap."""
    setting = ready(newsvendor(), risk=1.0, alpha=0.9)
    gap = optimality_gap(setting, 2)
    assert gap.gap.mean_usd == pytest.approx(0, abs=1_000)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"fresh": 1}, "at least 2"),
        ({"seed": 3}, "differ from the plan's own"),
        ({"fresh": 20, "replications": 1}, "replications must be at least 2"),
    ],
)
def test_options_out_of_range_are_refused(setting: Setting, options: dict, said: str) -> None:
    with pytest.raises(OfftakeError, match=said) as caught:
        out_of_sample(setting, **options)
    assert caught.value.faults[0].code == "OTK-P100"


def test_as_many_as_ten_times_unless_a_number_is_given(setting: Setting) -> None:
    assert fresh_scenarios(setting).count == 200
    assert fresh_scenarios(replace(setting, count=30)).count == 300
