"""Carbon and clean energy of sites with a stack, and what holds for any such portfolio."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from offtake.model import (
    Limits,
    PowerKind,
)
from offtake.plan.front import Solved, solved
from offtake.units import facility_mw
from tests.plan.portfolios import (
    HOURS,
    at_once,
    built,
    drawn,
    in_parts,
)
from tests.plan.stacks import at_site, bought, by_quarter, gas, grid, powered, supply

# ------------------------------------------------------------------ carbon and clean energy


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


@pytest.mark.parametrize("seed", range(2))
def test_another_option_never_hurts(seed: int) -> None:
    portfolio = powered(seed)
    site = next(s for s in portfolio.sites if s.power_options)
    fewer = replace(site, power_options=site.power_options[:-1])
    others = tuple(fewer if s.id == site.id else s for s in portfolio.sites)
    best = [
        solved(p, risk=0.2, gap=1e-7).plan.objective_usd
        for p in (replace(portfolio, sites=others), portfolio)
    ]
    assert best[1] >= best[0] - 1.0


def test_what_a_signing_costs_has_its_energy_in_it() -> None:
    """A lease of 1 M USD and four quarters at 60 USD a MWh, the site's load for every MW."""
    (signed,) = solved(at_site([grid()], demand=50.0), risk=0.0).plan.signed
    assert signed.lifetime_cost_usd == pytest.approx(50 * 4 * (1e6 + 60 * HOURS), rel=1e-6)
