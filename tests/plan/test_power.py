"""Sites that are powered by a stack: what arrives when, what it costs, what is chosen.

One MW of the unit accelerator is one H100e; a lease costs 1 M USD a MW and quarter and
inference earns 3, unless a test says otherwise. A MWh at 100 USD is 0.219 M USD a MW and
quarter.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from offtake.errors import InfeasibleError
from offtake.model import (
    Uncertainty,
)
from offtake.model.portfolio import Portfolio
from offtake.model.uncertainty import DemandProcess, PriceProcess
from offtake.plan.front import solved
from offtake.plan.outcome import read, used
from offtake.plan.power_limits import energy_mwh
from offtake.units import facility_mw, it_mw
from tests.plan.portfolios import (
    FIRST,
    HOURS,
    at_once,
    built,
    signed_mw,
)
from tests.plan.stacks import at_site, by_quarter, gas, grid, option, powered

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
