"""The value of the stochastic solution and of perfect information, against known answers.

Newsvendor at (1.2, 3): the plan costs 1,440, who knows demand pays 1.2·1000 = 1,200, and
the mean is the median, so that planning for it costs nothing. At (1.2, 4.8) the ratio is
0.75: 1200 MW are best, 1.2·1200 + 4.8·0.1·200 = 1,536, while the mean's 1000 MW cost
1.2·1000 + 4.8·(0.2·200 + 0.1·400) = 1,584.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from offtake.model import Limits, Portfolio
from offtake.plan.front import solved
from offtake.plan.scenarios import draw
from offtake.plan.study import value_of_information
from offtake.plan.study.known import wait_and_see
from offtake.plan.study.value import mean_value_plan
from offtake.plan.supply import compile_supply
from tests.plan.portfolios import drawn
from tests.plan.study.settings import MILLION, newsvendor, ready


def test_knowing_demand_is_worth_240() -> None:
    made, _ = value_of_information(ready(newsvendor()))
    assert made.rp_usd == pytest.approx(-1_440 * MILLION)
    assert made.ws_usd == pytest.approx(-1_200 * MILLION)
    assert made.evpi_usd == pytest.approx(240 * MILLION)
    assert made.evpi_share == pytest.approx(240 / 1_440)
    assert made.evpi_low_usd == pytest.approx(240 * MILLION, rel=1e-5)
    assert made.evpi_high_usd == pytest.approx(240 * MILLION, rel=1e-5)
    assert "worth 240 M USD" in made.evpi_says


def test_where_the_mean_is_the_median_planning_for_it_costs_nothing() -> None:
    made, _ = value_of_information(ready(newsvendor()))
    assert made.vss_usd == pytest.approx(0, abs=1)
    assert "worth nothing" in made.vss_says


def test_a_dearer_rent_makes_the_mean_a_bad_guide() -> None:
    made, mean = value_of_information(ready(newsvendor(4.8)))
    assert made.rp_usd == pytest.approx(-1_536 * MILLION)
    assert made.eev_usd == pytest.approx(-1_584 * MILLION)
    assert made.vss_usd == pytest.approx(48 * MILLION)
    assert made.vss_share == pytest.approx(48 / 1_536)
    assert mean is not None
    assert sum(lot.power_it_mw for lot in mean.outlook.lots) == pytest.approx(1000)


def test_the_tail_of_those_who_know_is_weighed_too() -> None:
    """With λ = 1, α = 0.9 the worst tenth is 1400 MW: 1.2·1400 whether known or not."""
    made, _ = value_of_information(ready(newsvendor(), risk=1.0, alpha=0.9))
    assert made.rp_usd == pytest.approx(-1_680 * MILLION)
    assert made.ws_usd == pytest.approx(-1_680 * MILLION)
    assert made.evpi_usd == pytest.approx(0, abs=100)


@pytest.mark.parametrize("risk", [0.0, 0.4])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_knowing_more_never_hurts(seed: int, risk: float) -> None:
    made, _ = value_of_information(ready(drawn(seed), risk=risk, alpha=0.7))
    slack = 1e-6 * abs(made.rp_usd)
    assert made.eev_usd is not None
    assert made.eev_usd <= made.rp_usd + slack
    assert made.rp_usd <= made.ws_usd + slack
    assert made.ws_usd <= made.ws_bound_usd + slack
    assert 0 <= made.evpi_low_usd <= made.evpi_usd + slack
    assert made.evpi_usd <= made.evpi_high_usd + slack


def clean(portfolio: Portfolio, share: float) -> Portfolio:
    return replace(portfolio, limits=Limits(least_clean_share=share))


@pytest.mark.parametrize("risk", [0.0, 0.4])
@pytest.mark.parametrize("seed", [1, 2])
def test_limits_on_the_mean_are_shared_out_over_those_who_know(seed: int, risk: float) -> None:
    """The same as one program in which every scenario has nodes of its own."""
    portfolio = clean(drawn(seed, training=False), 0.6)
    setting = ready(portfolio, risk=risk, alpha=0.7)
    made, mean = value_of_information(setting)
    count, periods = setting.count, len(portfolio.horizon.quarters)
    node = np.arange(count * periods, dtype=np.int64).reshape(count, periods)
    joint = solved(
        portfolio, risk=risk, alpha=0.7, samples=setting.samples, node=node, gap=1e-7
    ).plan.objective_usd
    slack = 1e-5 * abs(joint)
    assert made.ws_usd == pytest.approx(joint, abs=slack)
    assert made.ws_bound_usd == pytest.approx(joint, abs=slack)
    without = wait_and_see(replace(setting, portfolio=replace(portfolio, limits=Limits())))
    assert not without.shared
    assert without.bound * MILLION > joint + slack
    # The mean-value plan is held to the limit too, so that the order holds.
    assert mean is not None
    assert mean.keeps_limits
    assert made.eev_usd is not None
    assert made.eev_usd <= made.rp_usd + slack <= made.ws_usd + 2 * slack
    assert any("shares the limits" in remark for remark in made.remarks)


def test_a_mean_future_without_a_plan_is_said() -> None:
    """Half must be served with nothing to spend: held against a plan made without limits."""
    setting = ready(newsvendor())
    whole = setting.portfolio
    broke = replace(whole.capital, spending_limit_usd={whole.horizon.first: 1.0})
    asked = tuple(replace(i, least_served_share=0.5) for i in whole.demand.inference)
    tight = replace(whole, capital=broke, demand=replace(whole.demand, inference=asked))
    remarks: list[str] = []
    assert mean_value_plan(replace(setting, portfolio=tight), remarks) is None
    assert "least_served_share" in remarks[0]


def test_the_mean_future_is_one_scenario_of_everything() -> None:
    portfolio = drawn(3)
    samples = draw(portfolio, compile_supply(portfolio), 6, 3)
    mean = samples.mean()
    assert mean.count == 1
    alone = samples.take(np.array([0]))
    for name in samples.__slots__:
        made, one = getattr(mean, name), getattr(alone, name)
        if isinstance(made, np.ndarray):
            assert made.shape == one.shape, name
        elif isinstance(made, dict):
            assert {k: v.shape for k, v in made.items()} == {k: v.shape for k, v in one.items()}
    assert mean.inference[:, 0] == pytest.approx(samples.inference.mean(axis=1))
    assert mean.late_days["own"] == pytest.approx(samples.late_days["own"].mean())
