"""Prices that turn, spot beside rent, later signings that follow the market: by closed forms.

A crest drawn evenly from [m − s/2, m + s/2] gives, with sinc(x) = sin(πx)/(πx),

    E cos(2π(t − c)/P)  = cos(2π(t − m)/P)·sinc(s/P)
    E cos²(2π(t − c)/P) = ½ + ½·cos(4π(t − m)/P)·sinc(2s/P)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from offtake.model import Portfolio, Tenure, Uncertainty
from offtake.model.uncertainty import PriceProcess
from offtake.plan.flows import flow, signing_price
from offtake.plan.front import solved
from offtake.plan.processes import Streams, crests, cycle, price_paths
from offtake.plan.scenarios import Scenarios, draw
from offtake.plan.supply import compile_supply
from tests.plan.portfolios import offer, unit, wanted

MANY = 20_000
PERIODS = 13
TURNS = PriceProcess(
    cycle_ratio=1.5, cycle_years=3.0, crest_years=0.75, crest_spread_years=1.2, half_life_years=0.5
)
FLAT = PriceProcess()
YEARS = np.arange(PERIODS) / 4


def drawn(portfolio: Portfolio, count: int, seed: int = 0) -> Scenarios:
    return draw(portfolio, compile_supply(portfolio), count, seed)


def logs(process: PriceProcess, count: int = MANY) -> np.ndarray:
    return np.log(price_paths(process, (count, PERIODS), Streams(3), "rental"))


def expected(process: PriceProcess, times: int = 1) -> np.ndarray:
    """E cos(times·2π(t − c)/P)."""
    width = process.crest_spread_years
    assert width is not None
    turn = times / process.cycle_years
    return np.cos(2 * np.pi * turn * (YEARS - process.crest_years)) * np.sinc(turn * width)


# ------------------------------------------------------------------ the cycle


def test_the_cycle_has_the_moments_of_its_law() -> None:
    """Mean and variance of a·cos(2π(t − c)/P) over the draw of the crest."""
    high = np.log(1.5)
    turning = cycle(TURNS, crests(TURNS, MANY, Streams(3), "rental"), PERIODS)
    mean = high * expected(TURNS)
    square = high**2 * (0.5 + 0.5 * expected(TURNS, 2))
    assert turning.mean(axis=0) == pytest.approx(mean, abs=0.01)
    assert (turning**2).mean(axis=0) == pytest.approx(square, abs=0.005)


def test_a_crest_nobody_knows_has_no_mean() -> None:
    """Drawn from a whole cycle: mean 0 and variance a²/2 in every quarter."""
    unknown = replace(TURNS, crest_spread_years=None)
    turning = cycle(unknown, crests(unknown, MANY, Streams(3), "rental"), PERIODS)
    assert turning.mean(axis=0) == pytest.approx(np.zeros(PERIODS), abs=0.01)
    assert turning.var(axis=0) == pytest.approx(np.log(1.5) ** 2 / 2 * np.ones(PERIODS), rel=0.03)


def test_a_known_crest_turns_when_it_says() -> None:
    """Crest after three quarters, trough a year and a half later, 1.5 times up and down."""
    known = replace(TURNS, crest_spread_years=0.0)
    turning = cycle(known, crests(known, 2, Streams(3), "rental"), PERIODS)[0]
    assert turning.argmax() == 3
    assert turning.argmin() == 9
    assert np.exp([turning[3], turning[9]]) == pytest.approx([1.5, 1 / 1.5])


def test_the_first_price_is_known_and_the_cycle_takes_over() -> None:
    """ln(price) begins at ln(start) and has the mean of cycle and fading deviation."""
    process = replace(TURNS, start_ratio=1.2, per_root_year=0.2)
    found = logs(process)
    assert found[:, 0] == pytest.approx(np.log(1.2))
    fading = np.exp(-np.log(2) / 0.5 * YEARS)
    turning = np.log(1.5) * expected(process)
    mean = turning + fading * (np.log(1.2) - turning[0])
    assert found.mean(axis=0) == pytest.approx(mean, abs=0.01)


def test_noise_around_the_cycle_has_its_own_variance() -> None:
    """With the crest known: σ²(1 − e^(−2κt)) / 2κ, and the cycle adds none."""
    process = replace(TURNS, crest_spread_years=0.0, per_root_year=0.3)
    kappa = np.log(2) / 0.5
    law = 0.09 * (1 - np.exp(-2 * kappa * YEARS)) / (2 * kappa)
    assert logs(process).var(axis=0) == pytest.approx(law, rel=0.05)


def test_without_a_cycle_nothing_is_drawn_for_it() -> None:
    """The crest has a stream of its own: a cycle leaves the noise as it was."""
    plain = PriceProcess(per_root_year=0.3)
    flat = replace(plain, cycle_ratio=1.0, cycle_years=1.0, crest_years=0.4)
    assert np.array_equal(logs(plain, 50), logs(flat, 50))
    known = replace(plain, cycle_ratio=1.5, crest_spread_years=0.0)
    turning = np.log(1.5) * np.cos(2 * np.pi * YEARS / 3)
    fading = np.exp(-np.log(2) / 1.5 * YEARS) * np.log(1.5)
    assert logs(known, 50) - logs(plain, 50) == pytest.approx(
        np.tile(turning - fading, (50, 1)), abs=1e-12
    )


# ------------------------------------------------------------------ spot


def market(rental_price: PriceProcess, spot_basis: PriceProcess = FLAT) -> Portfolio:
    process = Uncertainty(rental_price=rental_price, spot_basis=spot_basis)
    return unit([], quarters=PERIODS, uncertainty=process)


def test_spot_is_the_rental_price_without_a_basis() -> None:
    made = drawn(market(rental_price=PriceProcess(per_root_year=0.4)), 50)
    assert np.array_equal(made.spot_price, made.rental_price)
    assert made.market(Tenure.SPOT) is made.spot_price
    assert made.market(Tenure.RENT) is made.rental_price


def test_spot_strays_from_rent_by_a_basis_of_its_own() -> None:
    """ln(spot/rent): stationary variance σ²/2κ, no part in the moves of the rental price."""
    basis = PriceProcess(per_root_year=0.5, half_life_years=0.25)
    rental = PriceProcess(per_root_year=0.3)
    made = drawn(market(rental_price=rental, spot_basis=basis), MANY)
    apart = np.log(made.spot_price / made.rental_price)
    assert apart[:, 0] == pytest.approx(np.zeros(MANY), abs=1e-12)
    assert apart[:, -1].var() == pytest.approx(0.25 / (2 * np.log(2) / 0.25), rel=0.05)
    assert abs(np.corrcoef(apart[:, -1], np.log(made.rental_price[:, -1]))[0, 1]) < 0.03
    alone = drawn(market(rental_price=rental), MANY)
    assert np.array_equal(alone.rental_price, made.rental_price)


@pytest.mark.parametrize("tenure", [Tenure.RENT, Tenure.SPOT])
def test_what_is_taken_by_the_hour_pays_its_own_market(tenure: Tenure) -> None:
    """One MW for four quarters at 2 M USD, times spot or rent as drawn."""
    process = Uncertainty(
        scenario_count=5,
        rental_price=PriceProcess(per_root_year=0.4),
        spot_basis=PriceProcess(per_root_year=0.6, start_ratio=0.5),
    )
    portfolio = unit([offer("hourly", tenure, 2.0)], [wanted(1.0, 4)], 4, uncertainty=process)
    answer = solved(portfolio, risk=0.0)
    price = answer.made.facts.scenarios.market(tenure)
    assert answer.outcome.spent == pytest.approx(2.0 * price, rel=1e-6)


# ------------------------------------------------------------------ signing later


def lease(**fields: float) -> Portfolio:
    made = offer(
        "lease", Tenure.LEASE, 2.0, term_quarters=4, price={"follows_rental_share": 0.5} | fields
    )
    return unit(
        [made],
        [wanted(1.0, 6)],
        6,
        uncertainty=Uncertainty(rental_price=PriceProcess(per_root_year=0.4, start_ratio=1.21)),
    )


def test_what_is_signed_later_follows_the_market_by_its_share() -> None:
    """(q/q0)^½ in the quarter of signing; the quoted price in the first."""
    portfolio = lease()
    source = compile_supply(portfolio).offered[0]
    rental = np.array([[1.21, 1.21, 4 * 1.21], [1.21, 0.25 * 1.21, 1.21]])
    assert signing_price(source, 0, rental) == pytest.approx([1, 1])
    assert signing_price(source, 1, rental) == pytest.approx([1, 0.5])
    assert signing_price(source, 2, rental) == pytest.approx([2, 1])


def test_a_price_once_signed_stays() -> None:
    """All payments, damages, credits and prepayments are in the price of signing."""
    portfolio = lease(prepayment_share=0.2, delay_damages_share=0.5)
    source = compile_supply(portfolio).offered[0]
    late, alive = np.array([40.0, 40.0]), np.ones((2, 6))
    price = np.array([1.0, 3.0])
    moved = flow(source, 1, late, alive, price)
    assert moved.payment[1] == pytest.approx(3 * moved.payment[0])
    assert moved.investment[1] == pytest.approx(3 * moved.investment[0])
    assert moved.residual[1] == pytest.approx(3 * moved.residual[0])
    assert moved.share[1] == pytest.approx(moved.share[0])
    as_quoted = flow(source, 1, late, alive)
    assert moved.payment[0] == pytest.approx(as_quoted.payment[0], abs=0)
    assert np.array_equal(moved.invested, as_quoted.invested)


def test_running_cost_does_not_follow_the_market() -> None:
    portfolio = lease(running_usd_per_it_mw_year=4e6)
    source = compile_supply(portfolio).offered[0]
    moved = flow(source, 0, np.zeros(2), np.ones((2, 6)), np.array([1.0, 3.0]))
    assert moved.payment[:, 0] == pytest.approx([2 + 1, 6 + 1])


def test_following_in_full_is_paid_in_full() -> None:
    """Signed in the second quarter for the rest: 2 M USD times the ratio then, in each future."""
    base = lease(follows_rental_share=1.0)
    later = replace(base.offers[0], first_signing=base.horizon.first + 1, term_quarters=5)
    portfolio = replace(base, offers=(later,))
    answer = solved(portfolio, risk=0.0, scenarios=4)
    ratio = answer.made.facts.scenarios.rental_price[:, 1] / 1.21
    assert ratio.std() > 0.01
    assert answer.outcome.spent[:, 1:] == pytest.approx(
        np.repeat(2.0 * ratio[:, None], 5, axis=1), rel=1e-6
    )


def test_take_or_pay_that_follows_is_told() -> None:
    portfolio = lease(take_or_pay_share=0.5)
    assert any("first signing quarter" in said for said in compile_supply(portfolio).remarks)
