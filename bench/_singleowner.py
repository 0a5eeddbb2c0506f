"""NREL PySAM's Singleowner, told the same project as a vehicle: the oracle of its engine.

A project with no tax, no inflation and no fees, bought at the close: revenue of each year,
even running cost, debt sculpted to a cover over a tenor, a reserve of months of service.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyxirr
from PySAM import Singleowner

from offtake.capital.vehicle.cash import as_planned
from offtake.capital.vehicle.closing import close, run
from offtake.model.finance import Finance, FinancePhase, Period
from offtake.model.party import Vehicle
from offtake.units import it_mw

KWH = 8.76e6
"""What the project makes a year, so that revenue is price times this."""
HOURS = 8760


@dataclass(frozen=True)
class Project:
    """One case, yearly."""

    revenue: float
    growth: float
    life: int
    running: float
    capex: float
    rate: float
    tenor: int
    cover: float
    reserve_months: int


SECTION_5 = Project(8.76e6, -0.10, 6, 1.5e6, 25e6, 0.09, 5, 1.30, 6)


def random_project(rng: np.random.Generator) -> Project:
    """Draw a project whose debt is less than its cost and falls, and whose cash never runs out.

    PySAM lets a loan grow where its service does not pay its interest; the vehicle refuses.
    """
    life = int(rng.integers(4, 26))
    tenor = int(rng.integers(2, life))
    revenue, growth = float(rng.uniform(2e6, 2e7)), float(rng.uniform(-0.10, 0.05))
    last = revenue * min(1.0, (1 + growth) ** (life - 1))
    running, rate = float(rng.uniform(0.05, 0.7)) * last, float(rng.uniform(0.02, 0.12))
    cover, months = float(rng.uniform(1.1, 2.0)), int(rng.choice([0, 3, 6, 9, 12]))
    cash = revenue * (1 + growth) ** np.arange(life) - running
    debt = float((cash[:tenor] / cover) @ (1 + rate) ** -np.arange(1.0, tenor + 1))
    if debt * rate > cash[0] / cover:
        return random_project(rng)
    capex = debt / float(rng.uniform(0.45, 0.85))
    return Project(revenue, growth, life, running, capex, rate, tenor, cover, months)


@dataclass(frozen=True)
class Told:
    """What one of the two says of a project."""

    debt: float
    equity: float
    service: np.ndarray[Any, Any]
    """Of each year."""
    flows: np.ndarray[Any, Any]
    """Of shareholders, from the close on."""
    irr: float
    """Worked out from the flows by pyxirr for both."""
    irr_stated: float
    """As each states it."""


def ours(project: Project) -> Told:
    """Ask the vehicle's engine."""
    months = project.life * 12
    phase = FinancePhase(
        id="all",
        power_it_mw=it_mw(1.0),
        capex_usd=project.capex,
        price_usd_per_it_kw_month=project.revenue / 12e3,
        price_share_per_year=project.growth,
        term_months=months,
        life_months=months,
        running_usd_per_it_mw_year=project.running,
    )
    finance = Finance(
        close=date(2026, 12, 31),
        period=Period.YEAR,
        reserve_months=project.reserve_months,
        phases=(phase,),
    )
    vehicle = Vehicle(
        party="v",
        ownership_share=1.0,
        gearing_share=1.0,
        interest_share_per_year=project.rate,
        tenor_quarters=project.tenor * 4,
        dscr_target_ratio=project.cover,
        dscr_lockup_ratio=1.0,
        dscr_covenant_ratio=1.0,
        finance=finance,
    )
    closing = close(vehicle)
    made = run(closing, as_planned(finance))
    flows = made.equity[:, 0]
    return Told(
        debt=float(closing.loan_usd),
        equity=float(closing.funded.equity.sum()),
        service=made.flows.due[:, 0],
        flows=flows,
        irr=float(pyxirr.irr(flows) or np.nan),
        irr_stated=float(made.equity_irr[0]),
    )


def theirs(project: Project) -> Told:
    """Ask PySAM."""
    model = Singleowner.new()
    _plant(model, project)
    _finance(model, project)
    model.execute(0)
    out = model.Outputs
    flows = np.array(out.cf_project_return_pretax)
    return Told(
        debt=out.size_of_debt,
        equity=out.size_of_equity,
        service=np.array(out.cf_debt_payment_total)[1:],
        flows=flows,
        irr=float(pyxirr.irr(flows) or np.nan),
        irr_stated=out.cf_project_return_pretax_irr[-1] / 100,
    )


def worst(project: Project) -> tuple[float, float]:
    """Give the largest relative error of any amount or return, and of the return they state."""
    a, b = ours(project), theirs(project)
    size = max(b.debt, b.equity)
    errors = [
        abs(a.debt / b.debt - 1),
        abs(a.equity / b.equity - 1),
        float(np.abs(a.service - b.service).max() / size),
        float(np.abs(a.flows - b.flows).max() / size),
        abs(a.irr_stated - b.irr) / max(abs(b.irr), 0.01),
    ]
    return max(errors), abs(a.irr_stated - b.irr_stated) / max(abs(b.irr_stated), 0.01)


def _plant(model: Any, project: Project) -> None:
    out = model.SystemOutput
    out.gen = [1000.0] * HOURS
    out.system_pre_curtailment_kwac = [1000.0] * HOURS
    out.annual_energy_pre_curtailment_ac = KWH
    out.degradation = [0.0]
    out.system_capacity = model.FinancialParameters.system_capacity = 1000.0
    model.Lifetime.system_use_lifetime_output = 0
    cost = model.SystemCosts
    cost.total_installed_cost = project.capex
    cost.om_fixed, cost.om_fixed_escal = [project.running], 0
    for name in ("om_capacity", "om_production", "om_fuel_cost"):
        setattr(cost, name, [0.0])
        setattr(cost, f"{name}_escal", 0)
    sold = model.Revenue
    prices = project.revenue / KWH * (1 + project.growth) ** np.arange(project.life)
    sold.ppa_soln_mode, sold.ppa_price_input, sold.ppa_escalation = 1, prices.tolist(), 0
    sold.ppa_multiplier_model, sold.dispatch_factors_ts = 0, [1.0] * HOURS
    sold.dispatch_tod_factors = [1.0] * 9
    sold.dispatch_sched_weekday = sold.dispatch_sched_weekend = [[1] * 24] * 12
    sold.flip_target_percent, sold.flip_target_year = 0, project.life
    paid = model.CapacityPayments
    paid.cp_capacity_payment_esc = paid.cp_capacity_payment_type = 0
    paid.cp_capacity_payment_amount = paid.cp_capacity_credit_percent = [0.0]
    paid.cp_system_nameplate, paid.cp_battery_nameplate = 1.0, 0


def _finance(model: Any, project: Project) -> None:
    asked = model.FinancialParameters
    asked.analysis_period = project.life
    asked.debt_option, asked.dscr, asked.term_tenor = 1, project.cover, project.tenor
    asked.term_int_rate, asked.dscr_reserve_months = project.rate * 100, project.reserve_months
    asked.federal_tax_rate = asked.state_tax_rate = [0]
    asked.real_discount_rate = 5
    for name in (
        *("inflation_rate", "property_tax_rate", "prop_tax_cost_assessed_percent"),
        *("prop_tax_assessed_decline", "insurance_rate", "salvage_percentage"),
        *("dscr_limit_debt_fraction", "cost_debt_closing", "cost_debt_fee"),
        *("cost_other_financing", "construction_financing_cost", "months_working_reserve"),
        *("months_receivables_reserve", "reserves_interest", "equip_reserve_depr_fed"),
        *("equip_reserve_depr_sta", "equip1_reserve_cost", "equip1_reserve_freq"),
        *("equip2_reserve_cost", "equip2_reserve_freq", "equip3_reserve_cost"),
        "equip3_reserve_freq",
    ):
        setattr(asked, name, 0)
    model.Depreciation.depr_custom_schedule = [0.0]
