"""One MW of a vehicle: price, size of its loan, and its schedule, by numbers known otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from offtake.model import Vehicle
from offtake.plan.financing import Financed, Loan, financed, interest, loan, offtake_price, sculpted
from offtake.plan.supply import Source
from offtake.plan.vehicles import year_ends
from tests.plan.portfolios import FIRST
from tests.plan.vehicle_cases import certain, portfolio, source_of, spv

FREE = 1.0
"""Gearing that never binds."""
LONG = 40


def one(vehicle: Vehicle, **fields: Any) -> Loan:
    return loan(vehicle, source_of(portfolio(vehicle, **fields)), 0, 12)


def test_a_price_is_the_level_payment_of_its_return() -> None:
    """Paying 10 + 20 M USD for a MW and 0.1 a quarter, the price brings exactly 9 % a year."""
    vehicle = spv()
    source = source_of(portfolio(vehicle))
    price = offtake_price(vehicle, source, 0)
    moved, _ = certain(source, 22)
    mid = 1.09 ** (-(np.arange(22) + 0.5) / 4)
    cash = price * moved.planned - moved.payment[0] - moved.invested
    left = moved.residual[0] * 1.09 ** (-22 / 4)
    assert cash @ mid + left == pytest.approx(0.0, abs=1e-9)
    assert moved.invested.sum() == pytest.approx(30.0)


def test_a_stated_price_is_taken() -> None:
    """500 USD per kW-month is 1.5 M USD per MW and quarter."""
    vehicle = spv(offtake_usd_per_it_kw_month=500.0, offtake_return_share_per_year=None)
    assert offtake_price(vehicle, source_of(portfolio(vehicle)), 0) == pytest.approx(1.5)


def test_a_published_case_of_project_finance() -> None:
    """Revenue 8.76 M USD falling 10 % a year, 1.5 M USD to run, 9 %, five years, cover 1.30.

    Debt and its service as NREL's System Advisor Model (PySAM, Singleowner) sizes them.
    """
    cash = np.array([8.76e6 * 0.9**year - 1.5e6 for year in range(5)])
    service, debt = sculpted(cash, 1.30, 0.09)
    told = [5_584_615.38, 4_910_769.23, 4_304_307.69, 3_758_492.31, 3_267_258.46]
    assert service == pytest.approx(told, abs=0.005)
    assert debt == pytest.approx(17_366_616.386712, abs=1e-6)


def test_debt_on_flat_cash_is_an_annuity() -> None:
    """Level cash over a level cover repays debt·i / (1 − (1 + i)^−n) a quarter."""
    vehicle = spv(gearing_share=FREE, dscr_target_ratio=1.4)
    plan = one(vehicle)
    rate = interest(vehicle)
    paid = plan.service[plan.first : plan.last + 1]
    assert (1 + rate) ** 4 == pytest.approx(1.065)
    assert np.ptp(paid) < 1e-12
    assert paid[0] == pytest.approx(plan.debt * rate / (1 - (1 + rate) ** -12))
    assert plan.cash[plan.first] / paid[0] == pytest.approx(1.4)


def test_debt_is_sculpted_to_cash_that_falls() -> None:
    """Cash that ends half-way through a quarter is followed; cover stays what it is."""
    vehicle = spv(gearing_share=FREE, tenor_quarters=19)
    plan = one(vehicle, ramp_quarters=3)
    inside = slice(plan.first, plan.last + 1)
    due = plan.service[inside] > 0
    assert plan.cash[inside][-1] < plan.cash[inside][0]
    cover = plan.cash[inside][due] / plan.service[inside][due]
    assert cover == pytest.approx(np.full(due.sum(), vehicle.dscr_target_ratio))


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("gearing", [0.25, 0.4, 0.55])
def test_gearing_caps_debt_with_its_interest(gearing: float, first: bool) -> None:
    """Debt is gearing · (investment + interest before repayment), and cover is above its target."""
    vehicle = spv(gearing_share=gearing, equity_first=first, tenor_quarters=16)
    plan = one(vehicle, lead_quarters=6)
    rate = interest(vehicle)
    balance = 0.0
    for drawn in plan.draws[: plan.first]:
        balance = balance * (1 + rate) + drawn
    cost = plan.invested.sum() + (balance - plan.draws.sum())
    assert plan.debt == pytest.approx(balance)
    assert plan.debt == pytest.approx(gearing * cost)
    assert plan.drawn + plan.equity == pytest.approx(plan.invested.sum())
    cover = plan.cash[plan.first] / plan.service[plan.first]
    assert cover > vehicle.dscr_target_ratio


def test_equity_first_borrows_later() -> None:
    mixed, later = (one(spv(equity_first=first), lead_quarters=6) for first in (False, True))
    spent = np.cumsum(later.invested)
    drawn = np.cumsum(later.draws)
    assert drawn == pytest.approx(np.maximum(spent - later.equity, 0.0))
    assert np.all(np.cumsum(mixed.draws) >= drawn * mixed.drawn / later.drawn - 1e-12)
    assert later.drawn > mixed.drawn, "less interest during construction leaves more to draw"


def test_a_balloon_is_due_at_maturity() -> None:
    """What is repaid before and the balloon are worth the debt; then nothing is owed."""
    vehicle = spv(gearing_share=FREE, balloon_share=0.3)
    plan = one(vehicle)
    rate = interest(vehicle)
    later = (1 + rate) ** -(np.arange(len(plan.service)) - plan.first + 1.0)
    left = 0.3 * plan.debt * later[plan.last]
    assert plan.service @ later + left == pytest.approx(plan.debt)
    line = followed(vehicle, 0.0)
    assert line.balloon.sum() == pytest.approx(0.3 * plan.debt)
    assert line.balance[0, plan.last :] == pytest.approx(np.zeros(LONG - plan.last))


def test_no_gearing_is_no_debt() -> None:
    plan = one(spv(gearing_share=0.0))
    assert plan.debt == plan.drawn == 0.0
    assert not plan.service.any()


def followed(vehicle: Vehicle, days: float) -> Financed:
    source: Source = source_of(portfolio(vehicle, quarters=LONG))
    raw, late = certain(source, LONG, days)
    ends = year_ends(FIRST.until(FIRST + (LONG - 1)))
    return financed(vehicle, source, 0, raw, late, np.ones((1, LONG)), ends)


@pytest.mark.parametrize("days", [0.0, 91.25, 400.0])
def test_every_loan_is_paid_back_with_its_interest(days: float) -> None:
    """However late: draws grow by interest until service has paid them all at maturity."""
    vehicle = spv()
    line, rate = followed(vehicle, days), interest(spv())
    when = (1 + rate) ** -np.arange(LONG, dtype=float)
    paid = (line.service + line.balloon)[0]
    assert paid @ when == pytest.approx(line.draws[0] @ when)
    assert line.balance[0, -1] == pytest.approx(0.0, abs=1e-9)
    assert line.draws.sum() == pytest.approx(line.loan.drawn)


def test_on_time_a_loan_is_as_planned() -> None:
    line = followed(spv(), 0.0)
    for told, planned in (
        (line.draws, line.loan.draws),
        (line.service, line.loan.service),
        (line.balance, line.loan.balance),
        (line.cash, line.loan.cash),
    ):
        assert told[0] == pytest.approx(planned[:LONG])


def test_lateness_is_paid_for_while_nothing_comes_in() -> None:
    """Half a year late: service of what was drawn goes on by the calendar, cash does not come."""
    line = followed(spv(), 182.5)
    begun = line.loan.first
    assert line.cash[0, begun] < 1e-12
    assert line.service[0, begun] > 0
    assert line.service[0, begun + 4] > line.loan.service[begun + 4]


def test_what_costs_more_is_equity() -> None:
    """An accelerator that gets dearer with lateness is not lent on beyond what was agreed."""
    vehicle = spv()
    source = source_of(portfolio(vehicle, quarters=LONG))
    hardware = source.terms.hardware
    assert hardware is not None
    dear = replace(
        source, terms=replace(source.terms, hardware=hardware * 1.1 ** np.arange(len(hardware)))
    )
    raw, late = certain(dear, LONG, 200.0)
    ends = year_ends(FIRST.until(FIRST + (LONG - 1)))
    line = financed(vehicle, dear, 0, raw, late, np.ones((1, LONG)), ends)
    assert raw.investment.sum() > line.loan.invested.sum()
    assert line.draws.sum() == pytest.approx(line.loan.drawn)
    assert np.all(line.draws <= raw.investment + 1e-12)


def test_what_lenders_lose_and_are_paid() -> None:
    """Owed, less what a sale fetches, less guarantee and termination; never below nothing."""
    plain = followed(spv(resale_share=0.1), 0.0)
    ends = year_ends(FIRST.until(FIRST + (LONG - 1)))
    owed = plain.balance[0, ends] * (1 + interest(spv())) ** 0.5
    assert plain.lost[0] == pytest.approx(np.maximum(owed - plain.fetched[0], 0.0))
    whole = followed(spv(resale_share=0.1, guarantee_share=1.0), 0.0)
    assert whole.guaranteed[0] == pytest.approx(plain.lost[0])
    assert not whole.lost.any()
    leaving = followed(spv(resale_share=1.0, termination_quarters=2), 0.0)
    assert leaving.guaranteed[0] == pytest.approx(np.full(len(ends), 2 * leaving.loan.price))
    assert plain.lost.max() > 0


def test_a_guarantee_is_paid_for_while_debt_is_served() -> None:
    """2 % a year on half of what is owed, from the first service on."""
    line = followed(spv(guarantee_share=0.5, guarantee_fee_share_per_year=0.02), 0.0)
    begun = line.loan.first
    assert not line.fee[0, :begun].any()
    assert line.fee[0, begun:] == pytest.approx(0.005 * 0.5 * line.owed[0, begun:])


def test_a_year_ends_in_its_last_quarter_and_with_the_horizon() -> None:
    assert year_ends((FIRST + 1).until(FIRST + 8)).tolist() == [2, 6, 7]
    assert year_ends(FIRST.until(FIRST + 7)).tolist() == [3, 7]


def test_running_cost_is_handed_on() -> None:
    """Twice the running cost raises the price by exactly that."""
    vehicle = spv()
    source = source_of(portfolio(vehicle))
    twice = replace(source, terms=replace(source.terms, running=2 * source.terms.running))
    more = offtake_price(vehicle, twice, 0) - offtake_price(vehicle, source, 0)
    assert more == pytest.approx(source.terms.running)
