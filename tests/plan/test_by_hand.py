"""One contract, one offer, two quarters, no chance: every figure worked out on paper.

The contract: 10 MW in service since 2026Q3, up 90 % of the time, 100 USD per kW and month
(0.3 M USD per MW and quarter), electricity handed on with 2 % on top.
The offer: up to 20 MW at 0.5 M USD per MW and quarter plus 0.1 for running it, up 80 % of
the time, one quarter after signing, for two quarters; a quarter of its value is paid ahead.
Demand is 17 H100e in both quarters; serving one earns 2.0 and losing one costs 1.0 M USD.

Useful are 10·0.9 = 9 MW. The offer cannot be there before 2027Q2, when 8 are missing, so
8/0.8 = 10 MW are signed in 2027Q1: each brings 0.8·(2 + 1) = 2.4 and costs 0.6.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache

import pytest

from offtake.model import Capital, Portfolio, PowerKind, PowerSupply, Site, Tenure
from offtake.model.clause import Basis, PassThrough, Rate
from offtake.model.contract import Contract, Tranche
from offtake.model.plan import Plan
from offtake.plan.front import plan
from tests.plan.portfolios import FIRST, offer, unit, wanted

M = 1e6
EARLY, LATE, END = 1.08**-0.125, 1.08**-0.375, 1.08**-0.5
"""Discount at 8 % a year to the middle of the quarters and to the end of the plan."""

# Electricity: 0.75·60 + 0.25·20 = 50 USD/MWh and 0.75·400 = 300 g/kWh, a quarter of it clean.
GRID = PowerSupply(
    kind=PowerKind.GRID, energy_share=0.75, price_usd_per_mwh=60.0, carbon_g_per_kwh=400.0
)
HYDRO = PowerSupply(
    kind=PowerKind.HYDRO,
    energy_share=0.25,
    price_usd_per_mwh=20.0,
    carbon_g_per_kwh=0.0,
    clean=True,
)
PLACE = Site(
    id="here",
    name="Here",
    country="NO",
    region="here",
    peak_ratio=1.3,
    pue_ratio=1.2,
    supplies=(GRID, HYDRO),
)
CONTRACT = Contract(
    id="C",
    seller="seller",
    buyer="lab",
    signed=date(2026, 1, 1),
    tranches=(
        Tranche(
            id="T1",
            site="here",
            accelerator="unit",
            accelerator_count=10,
            due=date(2026, 7, 1),
            accepted=date(2026, 7, 1),
            term_months=60,
        ),
    ),
    rates=(Rate(id="rent", basis=Basis.KW_MONTH, price=Decimal(100)),),
    pass_through=PassThrough(markup_share=Decimal("0.02")),
    availability_share=0.9,
)

MWH = 2190 * 1.2
"""Facility energy of one MW of IT at work for a quarter: 2,628 MWh."""
ENERGY = 9 * MWH * 50 * 1.02 / M
"""Electricity of the contract's 9 MW: 1.2063 M USD a quarter; the offer's is in its price."""


def portfolio() -> Portfolio:
    reserve = offer(
        "R",
        Tenure.RESERVE,
        0.5,
        20,
        lead_quarters=1,
        term_quarters=2,
        availability_share=0.8,
        price={"running_usd_per_it_mw_year": 0.4e6, "prepayment_share": 0.25},
    )
    return unit(
        [reserve],
        [wanted(17.0, 2, revenue=2.0, penalty=1.0)],
        2,
        sites=(PLACE,),
        contracts=(CONTRACT,),
        capital=Capital(discount_share_per_year=0.08),
    )


@cache
def made() -> Plan:
    return plan(portfolio(), scenarios=1, seed=0, risk=0.25)


def test_what_is_signed() -> None:
    (line,) = made().signed
    assert (line.offer, line.period, line.service) == ("R", FIRST, FIRST + 1)
    assert line.power_it_mw == pytest.approx(10.0)
    assert line.accelerator_count == 10
    # 0.25·(0.5·2) ahead, 0.5 + 0.1 − 0.125 in service, 0.125 still to be credited.
    assert line.lifetime_cost_usd == pytest.approx(
        10 * (0.25 * EARLY + 0.475 * LATE - 0.125 * END) * M
    )


def test_when_it_arrives() -> None:
    contract, signed = made().deliveries
    assert (contract.id, contract.committed, contract.power_it_mw) == ("C/T1", True, 10.0)
    assert (signed.id, signed.committed) == ("R@2027Q1", False)
    assert signed.due == signed.p10 == signed.p50 == signed.p90 == date(2027, 4, 1)


def test_the_first_quarter() -> None:
    """Only the contract: 9 of 17 are served."""
    line = made().by_period[0]
    assert line.period == FIRST
    assert line.committed_it_mw == pytest.approx(10)
    assert line.power_it_mw == pytest.approx({Tenure.LEASE: 10, Tenure.RESERVE: 0})
    assert line.capacity_h100e == pytest.approx({Tenure.LEASE: 9, Tenure.RESERVE: 0})
    assert line.committed_h100e == pytest.approx(9)
    assert line.capacity.mean_h100e == pytest.approx(9)
    assert line.capacity.p10_h100e == line.capacity.p90_h100e == pytest.approx(9)
    assert line.demand.mean_h100e == line.demand.p50_h100e == pytest.approx(17)
    assert line.served_h100e == pytest.approx(9)
    assert line.unserved_share == pytest.approx(8 / 17)
    assert line.used_share == pytest.approx(1)
    assert line.investment_cash_usd == pytest.approx(10 * 0.25 * 0.5 * 2 * M)
    assert line.payment_cash_usd == pytest.approx(10 * 0.3 * M)
    assert line.energy_cash_usd == pytest.approx(ENERGY * M)
    assert line.revenue_cash_usd == pytest.approx(9 * 2.0 * M)
    assert line.energy_mwh == pytest.approx(9 * MWH)
    assert line.carbon_t_co2 == pytest.approx(9 * MWH * 0.3)


def test_the_second_quarter() -> None:
    """Contract and offer: all 17 are served."""
    line = made().by_period[1]
    assert line.period == FIRST + 1
    assert line.committed_it_mw == pytest.approx(10)
    assert line.power_it_mw == pytest.approx({Tenure.LEASE: 10, Tenure.RESERVE: 10})
    assert line.capacity_h100e == pytest.approx({Tenure.LEASE: 9, Tenure.RESERVE: 8})
    assert line.committed_h100e == pytest.approx(9)
    assert line.capacity.mean_h100e == pytest.approx(17)
    assert line.served_h100e == pytest.approx(17)
    assert line.unserved_share == pytest.approx(0, abs=1e-9)
    assert line.used_share == pytest.approx(1)
    assert line.investment_cash_usd == pytest.approx(0, abs=1e-3)
    assert line.payment_cash_usd == pytest.approx((10 * 0.3 + 10 * (0.5 + 0.1 - 0.125)) * M)
    assert line.energy_cash_usd == pytest.approx(ENERGY * M)
    assert line.revenue_cash_usd == pytest.approx(17 * 2.0 * M)
    assert line.energy_mwh == pytest.approx(17 * MWH)
    assert line.carbon_t_co2 == pytest.approx(17 * MWH * 0.3)


def test_the_sums() -> None:
    """Cost is cash out, discounted, less 10·0.125 of credit that is still to come."""
    cost = (2.5 + 3.0 + ENERGY) * EARLY + (7.75 + ENERGY) * LATE - 1.25 * END
    npv = (18 - 8 * 1.0) * EARLY + 34 * LATE - cost
    answer = made()
    assert answer.cost.mean_usd == pytest.approx(cost * M)
    assert answer.npv.mean_usd == pytest.approx(npv * M)
    assert answer.npv.p10_usd == answer.npv.cvar_usd == pytest.approx(npv * M)
    assert answer.objective_usd == answer.bound_usd == pytest.approx(npv * M)
    assert answer.gap_share == pytest.approx(0, abs=1e-9)
    assert answer.unserved_share == pytest.approx(8 / 34)
    assert answer.unserved_p90_share == pytest.approx(8 / 34)
    assert answer.energy_mwh == pytest.approx(26 * MWH)
    assert answer.carbon_t_co2 == pytest.approx(26 * MWH * 0.3)
    assert answer.clean_share == pytest.approx(0.25)


def test_nothing_holds_it_back() -> None:
    """Demand decides, not a limit: no limit is worth anything, and the reason says so."""
    assert made().limits == ()
    assert "Serves chat" in made().signed[0].why
