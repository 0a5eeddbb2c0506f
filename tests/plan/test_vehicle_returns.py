"""What a plan tells of its vehicles, held against the arrays it came from and other judges."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.plan.front import Solved, prepare, solved
from offtake.plan.outcome import joined
from offtake.plan.program import Floats, Ints
from offtake.plan.returns import internal_return, shareholder_flows, vehicle_lines
from offtake.plan.vehicles import fenced
from offtake.plan.waterfall import Settled, together
from tests.plan.vehicle_cases import portfolio, spv

VEHICLE = spv(resale_share=0.1, guarantee_share=0.3)


@cache
def answer() -> Solved:
    return solved(portfolio(VEHICLE, swing=0.9), risk=0.2, alpha=0.8)


def held() -> Settled:
    found = answer().outcome.vehicles
    assert found is not None
    return found


def by_roots(flows: Floats, end: float) -> list[float]:
    """Every real yearly rate: the roots of a polynomial in the discount of an eighth of a year."""
    powers = np.zeros(2 * len(flows) + 1)
    powers[1::2] = flows
    powers[-1] += end
    roots = np.roots(powers[::-1])
    real = roots[(abs(roots.imag) < 1e-9) & (roots.real > 1e-9)].real
    return sorted(real**-8.0 - 1)


@given(st.lists(st.floats(0.5, 5.0), min_size=2, max_size=8), st.floats(1.0, 20.0))
def test_a_return_is_a_root_of_its_polynomial(back: list[float], end: float) -> None:
    """Two payments, then income: one change of sign, so one rate."""
    flows = np.array([-6.0, -4.0, *back])
    (rate,) = internal_return(flows[None], np.array([end]))
    (root,) = by_roots(flows, end)
    assert rate == pytest.approx(root, rel=1e-6, abs=1e-6)


def test_no_return_without_payment_and_all_lost_without_income() -> None:
    rates = internal_return(np.array([[0.0, 1.0], [-1.0, 0.0]]), np.array([1.0, 0.0]))
    assert np.isnan(rates[0])
    assert rates[1] == -1.0


def test_money_doubled_in_a_year_returns_all_of_itself() -> None:
    rates = internal_return(np.array([[-1.0, 0.0, 0.0, 0.0, 2.0]]), np.zeros(1))
    assert rates[0] == pytest.approx(1.0)


def test_a_vehicle_is_told_as_it_was_planned() -> None:
    """40 MW at 30 M USD; debt and equity of one loan times the MW financed."""
    (line,) = answer().plan.vehicles
    book = fenced(prepare(portfolio(VEHICLE, swing=0.9), 8, 3))
    assert book is not None
    mw = {key: held().signed[k, 0] for k, key in enumerate(book.keys)}
    assert line.power_it_mw == pytest.approx(sum(mw.values()))
    assert line.financed_it_mw == pytest.approx(held().financed[:, 0].sum())
    assert line.investment_usd == pytest.approx(30e6 * sum(mw.values()), rel=1e-6)
    first = book.lines[0].loan
    assert line.offtake_usd_per_it_kw_month == pytest.approx(first.price * 1e6 / 3e3)
    assert line.debt_usd + line.equity_usd > line.investment_usd, "interest is added to debt"
    assert line.vehicle == line.name == "spv"
    assert line.minority_cash_share == pytest.approx(0.4)


def test_chances_are_counted() -> None:
    """Eight scenarios of the same chance."""
    (line,) = answer().plan.vehicles
    money = held()
    low = (money.service[0] > 1e-6) & (money.cfads[0] < 1.2 * money.service[0] - 1e-6)
    assert line.lockup_share == pytest.approx(low.any(axis=1).mean())
    assert line.cure_share == pytest.approx((money.cure[0].sum(axis=1) > 1e-6).mean())
    left = money.handed[:, :, -1].sum(axis=0)
    assert line.handover_share == pytest.approx((left > 1e-6).mean())
    assert 0 < line.handover_share < 1
    assert line.handed_it_mw == pytest.approx(left.mean())
    assert line.lenders_loss_usd == pytest.approx(money.lost[0].mean() * 1e6)
    assert line.guarantee_usd == pytest.approx(money.guarantee[0].sum(axis=1).mean() * 1e6)
    assert line.lenders_loss_usd > 0
    assert line.guarantee_usd > 0


def test_cover_by_year() -> None:
    """Cash over service of the quarters in which service is due."""
    (line,) = answer().plan.vehicles
    money = held()
    for number, year in enumerate(line.cover):
        begin = 4 * number
        assert year.year == str(2027 + number)
        due = money.service[0][:, begin : begin + 4]
        cash = np.where(due > 1e-6, money.cfads[0][:, begin : begin + 4], 0.0).sum(axis=1)
        there = due.sum(axis=1) > 1e-6
        ratio = cash[there] / due[there].sum(axis=1)
        assert year.least_ratio == pytest.approx(ratio.min())
        assert year.due_share == pytest.approx(there.mean())
        assert year.least_ratio <= year.p10_ratio <= year.p50_ratio <= year.p90_ratio
    assert line.cover[-1].planned_ratio == pytest.approx(VEHICLE.dscr_target_ratio, rel=1e-6)


def test_gains_of_both_shareholders_are_their_cash_discounted() -> None:
    (line,) = answer().plan.vehicles
    facts = answer().made.facts
    flows, end = shareholder_flows(held(), 0)
    worth = (flows * facts.discount).sum(axis=1) + facts.final_discount * end
    assert line.minority_gain_usd == pytest.approx(0.4 * worth.mean() * 1e6)
    paid = (held().guarantee[0][:, :-1] * facts.discount).sum(axis=1)
    paid = paid + facts.final_discount * held().guarantee[0][:, -1]
    assert line.lab_gain_usd == pytest.approx((0.6 * worth - paid).mean() * 1e6)


def test_outcomes_of_parts_are_put_together() -> None:
    """Cut in two by scenarios, in another order, and joined, it is the same."""
    outcome = answer().outcome
    which = [np.array([1, 3, 5, 7]), np.array([0, 2, 4, 6])]
    whole = held()
    parts = [_some(whole, part) for part in which]
    order = np.argsort(np.concatenate(which))
    again = together(parts, order)
    assert again is not None
    for name in Settled.__slots__:
        if name != "keys":
            assert np.array_equal(getattr(again, name), getattr(whole, name))
    assert together([None, None], order) is None
    assert joined([outcome], [np.arange(8)]).vehicles is not None


def _some(whole: Settled, which: Ints) -> Settled:
    names = [name for name in Settled.__slots__ if name != "keys"]
    return Settled(keys=whole.keys, **{n: getattr(whole, n)[:, which] for n in names})


def test_no_vehicle_no_line() -> None:
    made = solved(portfolio(None), risk=0.2, alpha=0.8)
    assert made.plan.vehicles == ()
    assert vehicle_lines(made.made, made.outcome) == ()
    assert made.outcome.handed == {}
