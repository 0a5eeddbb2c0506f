"""Reserve before demand is known, rent after: the newsvendor as a real portfolio.

Reserving costs 1.2 and renting 3.0 million USD per MW-quarter; demand is 600, 800, 1000,
1200 or 1400 MW with chances .1, .2, .4, .2, .1. The critical ratio (3 − 1.2)/3 = 0.6 lies
inside the chance of 1000 (0.3 to 0.7), so 1000 MW are reserved; by hand the cost is
1.2·1000 + 3·(0.2·200 + 0.1·400) = 1,440. (Arrow, Harris and Marschak 1951; with CVaR as in
Gotoh and Takano 2007.)
"""

from __future__ import annotations

import pytest

from offtake.model import Portfolio, Tenure
from offtake.model.plan import Plan
from offtake.plan.front import plan
from tests.plan.portfolios import futures, offer, unit, wanted

RATIOS, CHANCES = (0.6, 0.8, 1.0, 1.2, 1.4), (0.1, 0.2, 0.4, 0.2, 0.1)
MILLION = 1e6


def newsvendor(
    ratios: tuple[float, ...] = RATIOS, chances: tuple[float, ...] = CHANCES
) -> Portfolio:
    return unit(
        [offer("reserve", Tenure.RESERVE, 1.2), offer("rent", Tenure.RENT, 3.0)],
        [wanted(1000.0)],
        uncertainty=futures(ratios, chances),
    )


def reserved(made: Plan) -> float:
    return sum(s.power_it_mw for s in made.signed if s.tenure is Tenure.RESERVE)


def test_the_critical_ratio_decides() -> None:
    made = plan(newsvendor(), risk=0.0)
    assert reserved(made) == pytest.approx(1000)
    assert made.cost.mean_usd == pytest.approx(1_440 * MILLION)
    assert made.objective_usd == pytest.approx(-1_440 * MILLION)
    assert made.unserved_share == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("risk", "alpha", "mw", "cost"),
    [(0.0, 0.9, 1000, 1_440), (1.0, 0.9, 1400, 1_680), (0.5, 0.8, 1200, 1_620)],
)
def test_whoever_fears_the_tail_reserves_more(
    risk: float, alpha: float, mw: float, cost: float
) -> None:
    """(1 − λ)·mean + λ·CVaR_α of cost is `cost` at `mw`."""
    made = plan(newsvendor(), risk=risk, alpha=alpha)
    assert reserved(made) == pytest.approx(mw)
    assert made.objective_usd == pytest.approx(-cost * MILLION)
    mixed = (1 - risk) * made.cost.mean_usd + risk * made.cost.cvar_usd
    assert mixed == pytest.approx(cost * MILLION)


def test_perfect_information_is_worth_240() -> None:
    """Alone, every scenario is served by reserving just its demand: 1.2·mean = 1,200."""
    alone = [plan(newsvendor((ratio,), (1.0,)), risk=0.0).objective_usd for ratio in RATIOS]
    waiting = sum(c * v for c, v in zip(CHANCES, alone, strict=True))
    assert waiting == pytest.approx(-1_200 * MILLION)
    assert waiting - plan(newsvendor(), risk=0.0).objective_usd == pytest.approx(240 * MILLION)


def test_the_plan_of_the_mean_is_no_worse_here() -> None:
    """The mean demand is the median too, so the value of the stochastic solution is 0."""
    assert reserved(plan(newsvendor((1.0,), (1.0,)), risk=0.0)) == pytest.approx(1000)


def test_a_dearer_rent_crosses_to_the_next_demand() -> None:
    """At 1.2 against 4.8 the ratio is 0.75, above 0.7: 1200 MW are reserved."""
    portfolio = unit(
        [offer("reserve", Tenure.RESERVE, 1.2), offer("rent", Tenure.RENT, 4.8)],
        [wanted(1000.0)],
        uncertainty=futures(RATIOS, CHANCES),
    )
    made = plan(portfolio, risk=0.0)
    assert reserved(made) == pytest.approx(1200)
    assert made.cost.mean_usd == pytest.approx((1.2 * 1200 + 4.8 * 0.1 * 200) * MILLION)
