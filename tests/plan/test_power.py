"""Sites that are powered by a stack: what arrives when, what it costs, what is chosen.

One MW of the unit accelerator is one H100e; a lease costs 1 M USD a MW and quarter and
inference earns 3, unless a test says otherwise. A MWh at 100 USD is 0.219 M USD a MW and
quarter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from offtake.errors import InfeasibleError
from offtake.model import (
    CleanPurchase,
    Limits,
    PowerKind,
    PowerOption,
    PowerSupply,
    Profile,
    Site,
    Tenure,
    Uncertainty,
)
from offtake.model.portfolio import Portfolio
from offtake.model.uncertainty import DemandProcess, PriceProcess
from offtake.plan.front import Solved, solved
from offtake.plan.outcome import read, used
from offtake.plan.power_limits import energy_mwh
from offtake.units import facility_mw, it_mw
from tests.plan.portfolios import (
    FIRST,
    HOURS,
    SITE,
    at_once,
    built,
    drawn,
    in_parts,
    offer,
    signed_mw,
    unit,
    wanted,
)

DAY = [1.0 if 6 <= hour < 18 else 0.0 for hour in range(24)]
SUN = Profile(id="sun", hourly_ratio=tuple(DAY * 12))
"""Twelve hours of full sun every day of the year."""


def supply(
    kind: PowerKind, mw: float, price: float, carbon: float = 0.0, **more: Any
) -> PowerSupply:
    return PowerSupply(
        kind=kind,
        power_facility_mw=facility_mw(mw),
        price_usd_per_mwh=price,
        carbon_g_per_kwh=carbon,
        **more,
    )


def grid(mw: float = 50.0, price: float = 60.0, **more: Any) -> PowerSupply:
    return supply(PowerKind.GRID, mw, price, 400.0, **more)


def gas(mw: float = 20.0, price: float = 85.0, **more: Any) -> PowerSupply:
    return supply(PowerKind.GAS_TURBINE, mw, price, 500.0, **more)


def at_site(
    supplies: Sequence[PowerSupply],
    quarters: int = 4,
    *,
    demand: float = 100.0,
    revenue: float = 3.0,
    energy: bool = False,
    site: dict[str, Any] | None = None,
    **fields: Any,
) -> Portfolio:
    """A portfolio of one site with a stack, and a lease there that pays for its energy."""
    made: Site = replace(SITE, supplies=tuple(supplies), **(site or {}))
    lease = offer("lease", Tenure.LEASE, 1.0, price={"includes_energy": energy}, term_quarters=40)
    return unit(
        [lease],
        [wanted(demand, quarters, revenue=revenue, penalty=0.0)],
        quarters,
        sites=(made,),
        profiles=(SUN,),
        uncertainty=Uncertainty(scenario_count=1),
        **fields,
    )


def by_quarter(found: Solved, name: str) -> list[float]:
    return [float(getattr(line, name)) for line in found.plan.by_period]


# ------------------------------------------------------------------ firm power and money


def test_capacity_waits_for_the_power() -> None:
    """20 MW of gas from the start, 50 MW of grid from the third quarter on."""
    found = solved(at_site([gas(), grid(available=date(2027, 7, 1))]), risk=0.0)
    assert [str(s.period) for s in found.plan.signed] == ["2027Q1", "2027Q3"]
    assert [s.power_it_mw for s in found.plan.signed] == pytest.approx([20, 50])
    mwh = [20 * HOURS, 20 * HOURS, 70 * HOURS, 70 * HOURS]
    assert by_quarter(found, "energy_mwh") == pytest.approx(mwh)
    paid = 20 * HOURS * 85, (50 * 60 + 20 * 85) * HOURS
    assert by_quarter(found, "energy_cash_usd") == pytest.approx([paid[0]] * 2 + [paid[1]] * 2)
    tonnes = 20 * HOURS * 0.5, (50 * 0.4 + 20 * 0.5) * HOURS
    assert by_quarter(found, "carbon_t_co2") == pytest.approx([tonnes[0]] * 2 + [tonnes[1]] * 2)


def test_power_that_comes_within_a_quarter_counts_for_its_days() -> None:
    """From 16 May on: 46 of the 91 days of the second quarter; half of 50 MW, and a bit."""
    found = solved(at_site([grid(available=date(2027, 5, 16))], 3), risk=0.0)
    power = [sum(line.power_it_mw.values()) for line in found.plan.by_period]
    assert power == pytest.approx([0, 50 * 46 / 91, 50], rel=1e-3)


def test_a_bridge_ends() -> None:
    """Gas until the grid comes; a day is not powered twice."""
    bridge = gas(until=date(2027, 7, 1))
    found = solved(at_site([bridge, grid(available=date(2027, 7, 1))]), risk=0.0)
    assert by_quarter(found, "carbon_t_co2") == pytest.approx(
        [20 * HOURS * 0.5] * 2 + [50 * HOURS * 0.4] * 2
    )


def test_a_mix_with_dates_limits_too() -> None:
    """No stack: its shares stay, but what its supplies bring by then is the limit."""
    mixed = [grid(50, energy_share=0.5, available=date(2027, 7, 1)), gas(energy_share=0.5)]
    found = solved(at_site(mixed, site={"power_facility_mw": facility_mw(60)}), risk=0.0)
    power = [sum(line.power_it_mw.values()) for line in found.plan.by_period]
    assert power == pytest.approx([20, 20, 60, 60], rel=2e-3)
    undated = [grid(50, energy_share=0.5), gas(energy_share=0.5)]
    site = {"power_facility_mw": facility_mw(80)}
    assert signed_mw(at_site(undated, site=site), risk=0.0) == pytest.approx({"lease": 80.08})


def test_too_little_power_for_what_must_be_signed_is_named() -> None:
    made = at_site([gas()])
    least = replace(made.offers[0], least_it_mw=it_mw(30))
    with pytest.raises(InfeasibleError) as caught:
        solved(replace(made, offers=(least,)), risk=0.0)
    assert {fault.where.path for fault in caught.value.faults} >= {"sites.here.power_facility_mw"}


def test_the_price_of_the_grid_moves_and_that_of_gas_does_not() -> None:
    """All energy that is bought follows the scenario; what is made on site does not."""
    moved = Uncertainty(scenario_count=4, electricity_price=PriceProcess(per_root_year=0.4), seed=3)
    made = replace(at_site([gas(), grid()]), uncertainty=moved)
    found = solved(made, risk=0.0)
    ratio = found.made.facts.scenarios.electricity_price
    assert ratio.std() > 0.05
    assert found.outcome.energy == pytest.approx((50 * 60 * ratio + 20 * 85) * HOURS / 1e6)


def test_the_dearer_of_two_is_left_out_when_prices_turn() -> None:
    """Demand of 50: the grid at 60, while its ratio is below 85/60; else gas first."""
    moved = Uncertainty(
        scenario_count=30, electricity_price=PriceProcess(per_root_year=0.6), seed=5
    )
    made = replace(at_site([gas(50), grid()], demand=50.0), uncertainty=moved)
    made = replace(
        made, uncertainty=replace(moved, demand=DemandProcess(inference_per_root_year=0))
    )
    found = solved(made, risk=0.0)
    ratio = found.made.facts.scenarios.electricity_price
    assert (ratio > 85 / 60).any()
    assert found.outcome.energy == pytest.approx(50 * np.minimum(60 * ratio, 85) * HOURS / 1e6)


def test_energy_in_the_rent_is_drawn_but_not_paid() -> None:
    """The landlord's mix is that of the stack at full load: 50 of 70 MW from the grid."""
    found = solved(at_site([gas(), grid()], demand=35.0, energy=True), risk=0.0)
    assert by_quarter(found, "energy_cash_usd") == [0] * 4
    grams = (50 * 400 + 20 * 500) / 70
    assert by_quarter(found, "carbon_t_co2") == pytest.approx([35 * HOURS * grams / 1e3] * 4)


def test_npv_and_cash_are_the_programs_own() -> None:
    """What is added up from the draws is what the program paid for them."""
    made, program = built(powered(0))
    values = at_once(made, program).solution.values
    outcome = read(made, at_once(made, program).solution)
    columns = made.program.columns
    assert outcome.spent == pytest.approx(values[columns["spend"]], abs=1e-6)
    assert outcome.npv == pytest.approx(values[columns["npv"]], abs=1e-5)
    pools = made.facts.supply.pools
    load = np.einsum("dt,dwt->wt", made.facts.supply.power.account["load"], outcome.draw)
    busy = sum(
        pools[c].site.pue_ratio * values[block[row]]
        for block, pool in made.busy
        for row, c in enumerate(pool)
        if pools[c].site.has_stack and (block[row] >= 0).all()
    )
    assert load.max() > 1
    assert load == pytest.approx(busy, abs=1e-6)


# ------------------------------------------------------------------ options


def option(ident: str, *supplies: PowerSupply, first: date, **more: Any) -> PowerOption:
    return PowerOption(id=ident, available=first, supplies=supplies, **more)


def bridged(capex: float) -> Portfolio:
    """50 MW of grid in the third quarter, or gas from the first on, and the grid then."""
    late = grid(available=date(2027, 7, 1))
    alone = option("grid", late, first=date(2027, 7, 1))
    bridge = option(
        "bridge",
        gas(50, until=date(2027, 7, 1)),
        late,
        first=date(2027, 1, 1),
        capex_usd=capex,
        capex_quarters=0,
        capex_life_quarters=4,
    )
    return at_site([], site={"power_options": (alone, bridge)})


def test_a_bridge_is_taken_up_to_the_money_it_earns() -> None:
    """Two quarters of 50 MW that earn 3 − 1 − 85·2,190/1e6 M USD each.

    A day later than the bridge comes at once, so its capital is drawn in the first quarter;
    after its life of four quarters nothing of it is left.
    """
    worth = 2 * 50 * (3 - 1 - 85 * HOURS / 1e6) * 1e6
    for capex, taken in ((0.99 * worth, "bridge"), (1.01 * worth, "grid")):
        found = solved(bridged(capex), risk=0.0)
        assert [c.option.id for c in found.made.facts.supply.power.choices] == ["grid", "bridge"]
        wanted_first = [1, 0] if taken == "grid" else [0, 1]
        assert found.outcome.option[:, 0] == pytest.approx(wanted_first)


def test_without_an_option_a_site_has_what_it_has() -> None:
    """An option that costs more than all it could bring is left; 20 MW of gas remain."""
    more = option("grid", grid(), first=FIRST.first_day, capex_usd=1e12, capex_quarters=1)
    found = solved(at_site([gas()], site={"power_options": (more,)}), risk=0.0)
    assert found.outcome.option.max() == 0
    assert found.plan.energy_mwh == pytest.approx(4 * 20 * HOURS)


def test_money_of_an_option_is_drawn_before_it_comes() -> None:
    """40 M USD over four quarters up to the fifth, 8 a year from then on, life of 80."""
    more = option(
        "grid",
        grid(),
        first=date(2028, 1, 1),
        capex_usd=40e6,
        capex_quarters=4,
        capex_life_quarters=80,
        running_usd_per_year=8e6,
    )
    found = solved(at_site([], 8, site={"power_options": (more,)}), risk=0.0)
    assert found.outcome.option[:, 0] == pytest.approx([1])
    assert by_quarter(found, "investment_cash_usd") == pytest.approx([10e6] * 4 + [0] * 4)
    energy = 50 * 60 * HOURS + 2e6
    assert by_quarter(found, "energy_cash_usd") == pytest.approx([0] * 4 + [energy] * 4)
    assert found.outcome.residual == pytest.approx([40 * (1 - 4 / 80)])


def test_the_budget_of_a_quarter_holds_options_back() -> None:
    made = at_site(
        [],
        site={
            "power_options": (
                option("grid", grid(), first=FIRST.first_day, capex_usd=5e6, capex_quarters=1),
            )
        },
    )
    for most, taken in ((5.1e6, 1), (4.9e6, 0)):
        capital = replace(made.capital, investment_limit_usd={FIRST: most})
        late = replace(made.sites[0].power_options[0], available=date(2027, 4, 1))
        site = replace(made.sites[0], power_options=(late,))
        found = solved(replace(made, capital=capital, sites=(site,)), risk=0.0)
        assert found.outcome.option[:, 0] == pytest.approx([taken])


def curtailed(share: float, backup: float = 0.0) -> Portfolio:
    """A firm connection in the third quarter, or one from the first that may be cut off."""
    late = option("firm", grid(available=date(2027, 7, 1)), first=date(2027, 7, 1))
    flexible = grid(curtailed_share=share, id="flexible")
    early = option("early", flexible, first=FIRST.first_day)
    site = {"power_options": (late, early), "power_facility_mw": facility_mw(50)}
    return at_site([gas(backup)] if backup else [], site=site, demand=50.0)


def test_a_connection_that_may_be_cut_comes_earlier_and_brings_less() -> None:
    """10 % of hours lost against two quarters more: four times 45 against twice 50."""
    found = solved(curtailed(0.1), risk=0.0)
    assert found.plan.energy_mwh == pytest.approx(4 * 45 * HOURS, rel=1e-3)
    assert {s.period for s in found.plan.signed} == {FIRST}
    assert found.outcome.option[:, 0] == pytest.approx([0, 1])


def test_it_is_not_taken_where_it_loses_too_much() -> None:
    """With 60 % of hours lost a lease of 1 does not pay: 0.4·(3 − 0.13) − 1 > 0, but less.

    Twice 50·(3 − 1 − 0.1314) = 186.9 against four times 50·(0.4·2.8686 − 1) = 29.5.
    """
    found = solved(curtailed(0.6), risk=0.0)
    assert found.outcome.option[:, 0] == pytest.approx([1, 0])
    assert found.outcome.npv == pytest.approx([2 * 50 * (2 - 60 * HOURS / 1e6)], rel=1e-3)


def test_gas_on_site_runs_while_the_grid_is_cut() -> None:
    """10 % of hours on 30 MW of gas, 90 % on the grid: 50·0.9 + 30·0.1 = 48 MW."""
    found = solved(curtailed(0.1, backup=30.0), risk=0.0)
    assert found.plan.energy_mwh == pytest.approx(4 * 48 * HOURS, rel=1e-3)
    paid = (45 * 60 + 3 * 85) * HOURS
    assert by_quarter(found, "energy_cash_usd") == pytest.approx([paid] * 4, rel=2e-3)


# ------------------------------------------------------------------ carbon and clean energy


def bought(mw: float, **more: Any) -> CleanPurchase:
    return CleanPurchase(
        id="sun", kind=PowerKind.SOLAR, power_facility_mw=facility_mw(mw), profile="sun", **more
    )


def test_a_purchase_moves_market_based_carbon_alone() -> None:
    """50 MW of grid, 50 MW of sun for half the day: half matched by the year and the hour.

    80 MW of it make 40 by the year; by the hour no more than the 50 of the day's hours: 25.
    """
    plain = solved(at_site([grid()]), risk=0.0).plan
    assert plain.carbon_market_t_co2 == pytest.approx(plain.carbon_t_co2)
    for mw, by_year, by_hour in ((50, 0.5, 0.5), (80, 0.8, 0.5), (200, 1.0, 0.5)):
        site = {"purchases": (bought(mw, carbon_g_per_kwh=40.0, premium_usd_per_mwh=10.0),)}
        found = solved(at_site([grid()], site=site), risk=0.0)
        made = found.plan
        assert made.carbon_t_co2 == pytest.approx(plain.carbon_t_co2)
        assert made.clean_share == pytest.approx(by_year)
        assert made.hourly_clean_share == pytest.approx(by_hour)
        market = (1 - by_year) * 400 + by_year * 40
        assert made.carbon_market_t_co2 == pytest.approx(made.energy_mwh * market / 1e3)
        premium = mw / 2 * HOURS * 10.0
        assert by_quarter(found, "energy_cash_usd") == pytest.approx(
            [50 * 60 * HOURS + premium] * 4
        )


def test_sun_on_site_counts_by_the_hour_and_the_residual_mix_by_the_market() -> None:
    """100 MW of sun, 50 of load: half the hours. The residual mix stands above the grid's."""
    sun = supply(PowerKind.SOLAR, 100, 0.0, clean=True, profile="sun")
    made = solved(at_site([sun, grid(carbon_market_g_per_kwh=500.0)]), risk=0.0).plan
    assert made.energy_mwh == pytest.approx(4 * 50 * HOURS)
    assert made.clean_share == made.hourly_clean_share == pytest.approx(0.5)
    assert made.carbon_t_co2 == pytest.approx(4 * 25 * HOURS * 0.4)
    assert made.carbon_market_t_co2 == pytest.approx(4 * 25 * HOURS * 0.5)


def test_wind_in_a_mix_counts_by_the_year_and_not_by_the_hour() -> None:
    wind = supply(PowerKind.WIND, 50, 50.0, clean=True, energy_share=0.4)
    hydro = supply(PowerKind.HYDRO, 50, 50.0, clean=True, energy_share=0.1)
    made = solved(at_site([wind, hydro, grid(energy_share=0.5)]), risk=0.0).plan
    assert made.clean_share == pytest.approx(0.5)
    assert made.hourly_clean_share == pytest.approx(0.1)


def sunny(limits: Limits, **more: Any) -> Solved:
    """50 MW of dear grid, or of cheap gas; 60 MW of dear sun by day."""
    stack = [
        gas(50, 40.0),
        grid(50, 60.0),
        supply(PowerKind.SOLAR, 60, 80.0, clean=True, profile="sun"),
    ]
    return solved(at_site(stack, demand=50.0, limits=limits, **more), risk=0.0)


def test_a_carbon_limit_makes_the_stack_run_cleaner() -> None:
    """Gas alone has 500 g; 410 g are nine tenths of the way to the grid's 400."""
    free = sunny(Limits()).plan
    assert free.carbon_t_co2 == pytest.approx(4 * 50 * HOURS * 0.5)
    assert free.clean_share == 0
    held = sunny(Limits(carbon_t_co2={"2027": 0.82 * free.carbon_t_co2})).plan
    assert held.carbon_t_co2 == pytest.approx(0.82 * free.carbon_t_co2)
    assert held.energy_mwh == pytest.approx(free.energy_mwh)
    bound = [b for b in held.limits if b.path == "limits.carbon_t_co2.2027"]
    # 100 g less cost 20 USD a MWh: 200 USD a tonne; by day, sun is 40 for 500 g: 80.
    # Ways at high prices of carbon are followed within a hundredth of what they cost.
    assert bound[0].worth_usd_per_unit == pytest.approx(80.0, rel=0.05)


def test_a_market_based_limit_is_met_by_what_is_bought() -> None:
    site = {"purchases": (bought(50),)}
    made = at_site([grid()], site=site, limits=Limits(carbon_market_t_co2={"2027": 100_000}))
    found = solved(made, risk=0.0).plan
    # Half of 50 MW is matched; more work than that is 0.4 t a MWh.
    load = (100_000 / 0.4 + 4 * 25 * HOURS) / (4 * HOURS)
    assert load > 50
    assert found.carbon_market_t_co2 == pytest.approx(4 * 25 * HOURS * 0.4)
    tight = replace(made, limits=Limits(carbon_market_t_co2={"2027": 60_000}))
    held = solved(tight, risk=0.0).plan
    assert held.carbon_market_t_co2 == pytest.approx(60_000)
    assert held.energy_mwh == pytest.approx(60_000 / 0.4 + 4 * 25 * HOURS)


def test_clean_energy_by_the_hour_is_harder_than_by_the_year() -> None:
    """80 MW of sun bought make 0.8 of 50 MW by the year, but half of it by the hour.

    At least 60 % by the hour: a load of L matches 12 of 24 hours at most. No work is left.
    """
    site = {"purchases": (bought(80),)}
    by_year = at_site([grid()], site=site, limits=Limits(least_clean_share=0.8))
    assert solved(by_year, risk=0.0).plan.energy_mwh == pytest.approx(4 * 50 * HOURS)
    by_hour = at_site([grid()], site=site, limits=Limits(least_hourly_clean_share=0.5))
    found = solved(by_hour, risk=0.0).plan
    assert found.energy_mwh == pytest.approx(4 * 50 * HOURS)
    assert found.hourly_clean_share == pytest.approx(0.5)
    hard = at_site([grid()], site=site, limits=Limits(least_hourly_clean_share=0.6))
    assert solved(hard, risk=0.0).plan.energy_mwh == pytest.approx(0, abs=1e-3)


# ------------------------------------------------------------------ what holds for any


def powered(seed: int, **limits: Any) -> Portfolio:
    """The drawn portfolio, with a stack and options at one of its sites."""
    rng = np.random.default_rng(seed)
    base = drawn(seed)
    north = next(site for site in base.sites if site.id == "north")
    sun = supply(PowerKind.SOLAR, 40, 0.0, clean=True, profile="sun")
    battery = supply(PowerKind.BATTERY, 10, 1.0, energy_mwh=60, round_trip_share=0.85)
    late = grid(40, rng.uniform(30, 70), available=date(2027, 5, 1))
    early = grid(40, rng.uniform(30, 70), curtailed_share=0.1, id="flexible")
    site = replace(
        north,
        power_facility_mw=None,
        pue_ratio=1.2,
        peak_ratio=1.3,
        supplies=(gas(8, rng.uniform(60, 90)),),
        purchases=(bought(10, premium_usd_per_mwh=1.0),),
        power_options=(
            option("grid", late, first=date(2027, 5, 1)),
            option("flexible", early, first=FIRST.first_day, running_usd_per_year=4e6),
            option("sun", late, sun, battery, first=FIRST.first_day, capex_usd=5e6),
        ),
    )
    sites = tuple(site if s.id == "north" else s for s in base.sites)
    own, *others = base.offers
    near = offer(
        "near", Tenure.LEASE, 2.0, 40, site="north", price={"includes_energy": False},
        term_quarters=8,
    )  # fmt: skip
    rent = offer("there", Tenure.RENT, 4.0, 10, site="north")
    return replace(
        base,
        sites=sites,
        offers=(own, near, rent, *others),
        profiles=(SUN,),
        limits=Limits(**limits),
    )


LIMITED: dict[str, dict[str, Any]] = {
    "free": {},
    "carbon": {"carbon_t_co2": {"2027": 60_000.0}, "carbon_market_t_co2": {"2027": 50_000.0}},
    "clean": {"least_clean_share": 0.3, "least_hourly_clean_share": 0.2},
}


@pytest.mark.parametrize("seed", range(3))
def test_decomposed_is_the_extensive_form(seed: int) -> None:
    made, program = built(powered(seed))
    whole, parts = at_once(made, program), in_parts(made, program)
    scale = max(abs(whole.solution.objective), 1.0)
    assert program.violation(parts.solution.values) < 1e-6
    assert parts.solution.objective == pytest.approx(whole.solution.objective, abs=1e-3 * scale)
    assert parts.bound >= whole.solution.objective - 1e-6 * scale


@pytest.mark.parametrize("limits", list(LIMITED.values())[1:], ids=list(LIMITED)[1:])
def test_decomposed_keeps_limits_and_bounds_truly(limits: dict[str, Any]) -> None:
    """Sharing out a limit on a mean may cost something; the bound stays true."""
    made, program = built(powered(1, **limits))
    whole, parts = at_once(made, program), in_parts(made, program, gap=0.01)
    scale = max(abs(whole.solution.objective), 1.0)
    assert program.violation(parts.solution.values) < 1e-6
    assert parts.solution.objective <= whole.solution.objective + 1e-6 * scale
    assert parts.bound >= whole.solution.objective - 1e-6 * scale


@pytest.mark.parametrize("limits", LIMITED.values(), ids=LIMITED)
@pytest.mark.parametrize("seed", range(3))
def test_limits_hold_in_the_outcome(seed: int, limits: dict[str, Any]) -> None:
    """Added up by numpy from the draws, apart from the program's own rows."""
    portfolio = powered(seed, **limits)
    found = solved(portfolio, risk=0.2)
    made, said = found.plan, portfolio.limits
    assert made.hourly_clean_share is not None
    assert made.hourly_clean_share <= made.clean_share + 1e-9
    assert made.carbon_market_t_co2 is not None
    assert made.carbon_market_t_co2 <= made.carbon_t_co2 + 1e-6
    for held, most in (
        (made.carbon_t_co2, said.carbon_t_co2),
        (made.carbon_market_t_co2, said.carbon_market_t_co2),
    ):
        assert held <= most.get("2027", np.inf) * (1 + 1e-6)
    assert made.clean_share >= (said.least_clean_share or 0.0) - 1e-6
    assert made.hourly_clean_share >= (said.least_hourly_clean_share or 0.0) - 1e-6
    assert found.outcome.option.sum(axis=0).max() <= 1 + 1e-9


def test_a_portfolio_without_stacks_has_none_of_it() -> None:
    made, _ = built(drawn(1))
    assert not made.facts.supply.power.there
    assert {"option", "draw", "matched"}.isdisjoint(made.program.columns)
    assert {"runs", "load", "while_cut"}.isdisjoint(made.program.rows)
    assert not made.worth


def test_a_stack_of_one_is_a_mix_of_one() -> None:
    """The same site as a mix and as a stack that is never short: the same plan."""
    base = drawn(2)
    for site in base.sites[1:]:
        one = replace(site.supplies[0], energy_share=None, power_facility_mw=facility_mw(500))
        sites = tuple(replace(s, supplies=(one,)) if s.id == site.id else s for s in base.sites)
        both = (base, replace(base, sites=sites))
        mixed, stacked = (solved(p, risk=0.2, gap=1e-7).plan for p in both)
        assert stacked.objective_usd == pytest.approx(mixed.objective_usd, rel=1e-6)
        assert stacked.energy_mwh == pytest.approx(mixed.energy_mwh, rel=1e-2)


# ------------------------------------------------------------------ what a plan tells


def test_a_plan_tells_how_a_site_is_powered_and_what_else_would_cost() -> None:
    """The bridge is 10 M USD better than waiting: 2·50·(2 − 0.186) less its capital."""
    worth = 2 * 50 * (3 - 1 - 85 * HOURS / 1e6) * 1e6
    (told,) = solved(bridged(worth - 10e6), risk=0.0).plan.power
    assert (told.site, told.option) == ("here", "bridge")
    choices = {choice.option: choice for choice in told.choices}
    assert choices["bridge"].taken
    assert choices["bridge"].cost_usd == pytest.approx(worth - 10e6)
    # What is signed is held: half a year of rent is paid for capacity without power.
    assert choices["grid"].gain_usd == pytest.approx(-10e6 - 2 * 50 * 1e6, rel=1e-2)
    assert choices[None].gain_usd < choices["grid"].gain_usd
    assert "bridge is taken" in told.why
    assert "lose" in told.why
    (year,) = told.by_year
    made = {"gas-turbine": 2 * 50 * HOURS, "grid": 2 * 50 * HOURS}
    assert year.energy_mwh == pytest.approx(made)
    assert year.load_mwh == pytest.approx(4 * 50 * HOURS)
    assert year.firm_facility_mw == pytest.approx(50)
    assert year.carbon_t_co2 == pytest.approx(2 * 50 * HOURS * 0.9)
    assert year.energy_cash_usd == pytest.approx(2 * 50 * HOURS * (85 + 60))


@pytest.mark.parametrize("seed", range(2))
def test_years_of_sites_add_up_to_the_plan(seed: int) -> None:
    """Energy, money and carbon of the site with a stack are those of the plan less the mixes'."""
    found = solved(powered(seed), risk=0.2)
    (told,) = found.plan.power
    facts, outcome = found.made.facts, found.outcome
    chance = facts.scenarios.probability
    busy = used(facts, outcome.use_inference, outcome.use_training)
    mwh = energy_mwh(facts)[:, None, None] * busy
    mixed = [c for c, pool in enumerate(facts.supply.pools) if not pool.site.has_stack]
    grams = np.array([facts.supply.pools[c].site.carbon_g_per_kwh for c in mixed])
    others = float(chance @ np.einsum("c,cwt->w", grams / 1e3, mwh[mixed]))
    here = sum(year.carbon_t_co2 for year in told.by_year)
    assert here + others == pytest.approx(found.plan.carbon_t_co2)
    load = sum(year.load_mwh for year in told.by_year)
    assert load + float(chance @ mwh[mixed].sum(axis=(0, 2))) == pytest.approx(
        found.plan.energy_mwh, rel=1e-6
    )
    for year in told.by_year:
        assert year.hourly_clean_share <= year.clean_share + 1e-9
        assert year.carbon_market_t_co2 <= year.carbon_t_co2 + 1e-6
        assert sum(year.energy_mwh.values()) >= year.load_mwh * (1 - 1e-6)
    bought = [p.site.has_stack and p.buys_energy for p in facts.supply.pools]
    assert any(bought)
