"""The newsvendor with a normal demand, exact though only a few scenarios are drawn.

Demand is N(1000, 200), reserving costs 1.2 and renting 3.0. In closed form (Arrow, Harris
and Marschak 1951), with z = Φ⁻¹(0.6) = 0.2533: reserve 1000 + 200·z = 1,050.66942, cost
1.2·1000 + 3·200·φ(z) = 1,431.80552.

A scenario stands for an interval of demand by the mean within it. The cost is linear on
every interval that does not hold the decision, so nothing is lost where an edge lies at the
quantile that is reserved: the optimum of the few scenarios is that of the continuum. A
narrow interval on either side of the edge pins the decision to it.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from offtake.model import Tenure
from offtake.plan.front import plan
from offtake.plan.program import Program
from offtake.plan.solve import solve
from tests.plan.portfolios import futures, offer, unit, wanted

MEAN, SPREAD, RESERVE, RENT = 1_000.0, 200.0, 1.2, 3.0
BEST, COST, TAIL = 1_050.66942063, 1_431.80552010, 2.0627128
MILLION = 1e6


def intervals(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Chance and mean of a standard normal between quantiles: φ(a) − φ(b) over the chance."""
    chance = np.diff(edges)
    return chance, -np.diff(norm.pdf(norm.ppf(edges))) / chance


def test_the_closed_form_is_what_quadrature_says() -> None:
    """So the numbers the program is held against are not of our own making."""
    rented, _ = quad(lambda x: (x - BEST) * norm.pdf(x, MEAN, SPREAD), BEST, MEAN + 12 * SPREAD)
    assert pytest.approx(RESERVE * BEST + RENT * rented, abs=1e-6) == COST
    assert norm.cdf(BEST, MEAN, SPREAD) == pytest.approx(1 - RESERVE / RENT, abs=1e-10)


def test_a_portfolio_reserves_the_quantile() -> None:
    """Seven scenarios; the two beside the edge hold 1e-5 of chance each, 0.005 MW wide."""
    edges = np.array([0.0, 0.2, 0.4, 0.6 - 1e-5, 0.6, 0.6 + 1e-5, 0.8, 1.0])
    chance, z = intervals(edges)
    ratios = (1 + SPREAD / MEAN * z).tolist()
    portfolio = unit(
        [offer("reserve", Tenure.RESERVE, RESERVE), offer("rent", Tenure.RENT, RENT)],
        [wanted(MEAN)],
        uncertainty=futures(ratios, chance.tolist()),
    )
    made = plan(portfolio, risk=0.0)
    reserved = sum(s.power_it_mw for s in made.signed if s.tenure is Tenure.RESERVE)
    assert reserved == pytest.approx(BEST, abs=0.006)
    assert made.cost.mean_usd == pytest.approx(COST * MILLION, rel=1e-8)


def test_the_tail_of_a_normal() -> None:
    """CVaR 95 % of N(0, 1) is φ(1.645)/0.05, by the rows the planner writes for it."""
    chance, loss = intervals(np.concatenate([np.linspace(0, 0.95, 20), np.linspace(0.96, 1, 5)]))
    program = Program()
    eta = program.add("eta", (1,), lower=-np.inf, cost=-1.0)
    tail = program.add("tail", chance.shape, cost=-chance / 0.05)
    program.con("tail", chance.shape, [(1.0, tail), (1.0, eta)], lower=loss)
    answer = solve(program.assemble())
    assert -answer.objective == pytest.approx(TAIL, abs=1e-7)
    assert norm.pdf(norm.ppf(0.95)) / 0.05 == pytest.approx(TAIL, abs=1e-7)
