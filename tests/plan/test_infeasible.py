"""Limits that clash are named, with what is missing, and none is named in vain.

A clash is irreducible (Chinneck, Feasibility and Infeasibility in Optimization, 2008): all
its limits together leave no plan, and without any one of them there is one.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from offtake.errors import Exit, InfeasibleError
from offtake.model import Capital, Limits, Portfolio, PowerKind, PowerSupply, Tenure
from offtake.plan import search
from offtake.plan.front import plan
from offtake.units import facility_mw, it_mw
from tests.plan.portfolios import FIRST, SITE, offer, unit, wanted

GRID = PowerSupply(
    kind=PowerKind.GRID, energy_share=1.0, price_usd_per_mwh=0.0, carbon_g_per_kwh=500.0
)
OWN = {"capex_usd_per_it_mw": 10e6, "includes_energy": False}


@pytest.fixture(params=["whole", "decomposed"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every clash is the same one, whether it is sought at once or scenario by scenario."""
    if request.param == "decomposed":
        monkeypatch.setattr(search, "SMALL", 0)


def clash(portfolio: Portfolio) -> InfeasibleError:
    with pytest.raises(InfeasibleError) as caught:
        plan(portfolio, risk=0.0)
    assert caught.value.exit is Exit.INFEASIBLE
    return caught.value


def named(error: InfeasibleError) -> dict[str, str]:
    return {f.where.path: f.what for f in error.faults}


def feasible(portfolio: Portfolio) -> bool:
    try:
        plan(portfolio, risk=0.0)
    except InfeasibleError:
        return False
    return True


# ------------------------------------------------------------------ a floor alone

FLOOR = unit(
    [offer("later", Tenure.RESERVE, 1.0, lead_quarters=1)],
    [wanted(100.0, 2, least_served_share=0.9)],
    2,
)


def test_a_floor_before_any_capacity_stands_alone() -> None:
    """Nine tenths of 100 H100e, and nothing is there in the first quarter: short by 90."""
    error = clash(FLOOR)
    assert list(named(error)) == ["demand.inference.chat.least_served_share"]
    fault = error.faults[0]
    assert fault.code == "OTK-P301"
    assert "short by 90 H100e" in fault.what
    assert "2027Q1" in fault.what
    assert "by itself" in str(fault.hint)


# ------------------------------------------------------------------ floor against power

SCARCE = unit([offer("small", Tenure.RESERVE, 1.0, 30)], [wanted(100.0, least_served_share=0.9)])


def test_a_floor_clashes_with_the_power_of_the_only_offer() -> None:
    """30 MW are offered where 90 must be served: short by 60."""
    error = clash(SCARCE)
    assert set(named(error)) == {
        "demand.inference.chat.least_served_share",
        "offers.small.power_it_mw",
    }
    assert "short by 60" in error.faults[0].what
    assert error.faults[0].code == "OTK-P301"
    assert error.faults[1].code == "OTK-P302"


def test_either_side_dissolves_it() -> None:
    assert feasible(replace(SCARCE, offers=(offer("small", Tenure.RESERVE, 1.0, 90),)))
    need = wanted(100.0, least_served_share=0.3)
    assert feasible(replace(SCARCE, demand=replace(SCARCE.demand, inference=(need,))))


# ------------------------------------------------------------------ budget against a promise


def budget(usd: float, least: float) -> Portfolio:
    """Own capacity at 10 + 20 M USD a MW, of which so much must be signed."""
    own = offer("own", Tenure.OWN, mw=50, price=OWN, least_it_mw=it_mw(least))
    limits = Capital(discount_share_per_year=0.0, investment_limit_usd={FIRST: usd})
    return unit([own], [wanted(10.0)], capital=limits)


def test_a_budget_clashes_with_what_must_be_signed() -> None:
    """4 MW cost 120 M USD and 90 M may be spent: 30 M, or 1 MW, too little."""
    error = clash(budget(90e6, 4))
    assert set(named(error)) == {"capital.investment_limit_usd", "offers.own.least_it_mw"}
    told = error.faults[0].what
    assert "short by 1 MW IT" in told or "short by 3e+07 USD" in told
    assert feasible(budget(120e6, 4))
    assert feasible(budget(90e6, 3))


# ------------------------------------------------------------------ carbon against a floor


def cap(tonnes: float, floor: float) -> Portfolio:
    """100 MW at 500 g/kWh emit 100·2,190·0.5 = 109,500 t a quarter."""
    return unit(
        [offer("rent", Tenure.RENT, 3.0)],
        [wanted(100.0, least_served_share=floor)],
        sites=(replace(SITE, supplies=(GRID,)),),
        limits=Limits(carbon_t_co2={"2027": tonnes}),
    )


def test_a_carbon_cap_clashes_with_a_floor() -> None:
    error = clash(cap(50_000, 0.8))
    assert set(named(error)) == {
        "limits.carbon_t_co2.2027",
        "demand.inference.chat.least_served_share",
    }
    assert feasible(cap(0.81 * 109_500, 0.8))
    assert feasible(cap(50_000, 0.45))


# ------------------------------------------------------------------ bystanders


def test_limits_that_have_no_part_in_it_are_not_named() -> None:
    """A meter that is nearly full and a second budget stand by; the clash is still of two."""
    made = budget(90e6, 4)
    site = replace(SITE, power_facility_mw=facility_mw(4.0))
    error = clash(replace(made, sites=(site,), limits=Limits(any_seller_share=1.0)))
    assert set(named(error)) == {"capital.investment_limit_usd", "offers.own.least_it_mw"}


def test_three_can_clash_where_no_two_do() -> None:
    """Budget, one offer's power and a floor: the other offer is beyond the budget."""
    made = unit(
        [
            offer("own", Tenure.OWN, mw=50, price=OWN),
            offer("small", Tenure.RESERVE, 1.0, 30),
        ],
        [wanted(40.0, least_served_share=1.0)],
        capital=Capital(discount_share_per_year=0.0, investment_limit_usd={FIRST: 90e6}),
    )
    assert set(named(clash(made))) == {
        "capital.investment_limit_usd",
        "offers.small.power_it_mw",
        "demand.inference.chat.least_served_share",
    }
    assert feasible(replace(made, capital=Capital()))
    assert feasible(replace(made, offers=(*made.offers, offer("more", Tenure.RENT, 1.0, 7))))


def test_each_fault_says_whom_it_clashes_with() -> None:
    first, second = clash(cap(50_000, 0.8)).faults
    assert first.where.path in str(second.hint)
    assert second.where.path in str(first.hint)
