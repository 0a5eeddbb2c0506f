from dataclasses import replace

import numpy as np
import pytest

from offtake.capital.vehicle.cash import as_planned, of_case
from offtake.capital.vehicle.closing import close, run
from offtake.capital.vehicle.scenarios import sampled, told
from offtake.model.finance import Case, Risks
from tests.capital.vehicle.vehicles import finance, phase, vehicle

RISKS = Risks(
    late_share=0.5,
    late_median_weeks=10.0,
    late_log_sigma=0.5,
    price_per_root_year=0.2,
    default_share_per_year=0.05,
    recovery_share=0.3,
    base_rate_per_root_year=0.005,
)


def test_runs_without_risk_are_the_plan() -> None:
    closing = close(vehicle())
    calm = told(run(closing, sampled(closing.finance, 5, np.random.default_rng(1))))
    alone = told(run(closing, as_planned(closing.finance)))
    assert calm.equity_irr.p10 == pytest.approx(alone.equity_irr.p50, rel=1e-12)
    assert calm.least_cover.p90 == pytest.approx(alone.least_cover.p50, rel=1e-12)


def test_many_runs_are_each_the_run_alone() -> None:
    closing = close(vehicle(finance(phase("one"), phase("two", spend_from_months=6), risks=RISKS)))
    shocks = sampled(closing.finance, 700, np.random.default_rng(5))
    many = run(closing, shocks)
    for number in (0, 499, 500, 699):
        one = run(closing, shocks.part(slice(number, number + 1)))
        length = len(one.equity)
        assert many.equity[:length, number] == pytest.approx(one.equity[:, 0], rel=1e-12)
        assert many.least_cover[number] == pytest.approx(one.least_cover[0], nan_ok=True)


def test_the_same_seed_gives_the_same_runs() -> None:
    closing = close(vehicle(finance(risks=RISKS)))
    one, two = (
        told(run(closing, sampled(closing.finance, 50, np.random.default_rng(9)))) for _ in range(2)
    )
    assert one == two


def test_prices_keep_their_mean() -> None:
    held = finance(risks=replace(RISKS, late_share=0.0))
    shocks = sampled(held, 40_000, np.random.default_rng(2))
    assert shocks.price_ratio[-1].mean() == pytest.approx(1.0, abs=0.02)
    within = (shocks.default_months <= 12).mean()
    assert within == pytest.approx(0.05, abs=0.005)


def test_a_worse_case_leaves_debt_unpaid() -> None:
    closing = close(vehicle(gearing_share=0.9, tenor_quarters=36, dscr_target_ratio=1.2))
    made = run(
        closing, of_case(closing.finance, Case(id="gone", default_months=14, price_ratio=0.1))
    )
    said = told(made)
    assert said.unpaid_share == said.missed_share == said.broken_share == 1.0
    assert said.unpaid_mean_usd > 0
    assert said.equity_irr.least == -1.0
