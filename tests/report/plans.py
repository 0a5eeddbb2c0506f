"""Plans made by hand, as a planner would make them, to be drawn, printed and compared."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from offtake.model.contract import Tenure
from offtake.model.period import Quarter
from offtake.model.plan import (
    Assumption,
    Band,
    BindingLimit,
    Delivery,
    Effort,
    PeriodLine,
    Plan,
    PowerChoice,
    PowerYear,
    Signing,
    SitePower,
    Spread,
)
from offtake.model.portfolio import Horizon
from offtake.model.power import PowerKind
from offtake.units import facility_mw, it_mw

FIRST, LAST = Quarter(2026, 4), Quarter(2031, 1)
AS_OF = date(2026, 10, 5)

H100E_PER_MW = {"GB200": 1_500.0, "GB300": 1_760.0, "MI355X": 1_240.0, "VR200": 3_300.0}
PER_MW = {"GB200": 520, "GB300": 485, "MI355X": 560, "VR200": 410}

_COMMITTED = (
    # name, tenure, site, accelerator, MW IT, signed, due, ends
    ("Abilene I", "lease", "abilene", "GB200", 206, (2024, 6), (2025, 9), (2040, 9)),
    ("Abilene II", "lease", "abilene", "GB200", 618, (2025, 3), (2026, 9), (2041, 6)),
    ("Narvik A", "lease", "narvik", "GB300", 96, (2025, 7), (2026, 12), (2031, 12)),
    ("Shackelford (SPV)", "own", "shackelford", "GB300", 540, (2025, 9), (2027, 4), None),
    ("Doña Ana, phase 1", "lease", "dona-ana", "GB300", 410, (2026, 1), (2027, 9), (2042, 9)),
    (
        "Reserved, three clouds",
        "reserve",
        "us-central",
        "GB200",
        140,
        (2026, 2),
        (2026, 7),
        (2028, 6),
    ),
)
_OFFERS = (
    # name, tenure, seller, chain, site, accelerator, MW IT, quarters from now, lead, why
    ("Shackelford II (SPV)", "own", "Stargate SPV", (), "shackelford", "VR200", 412.0, 0, 6,
     "the cheapest capacity after 2028; the site has 1,200 MW facility under contract"),
    ("Milam County", "lease", "SB Energy", ("SB Energy", "OpenLab"), "milam", "GB300", 300.0, 0, 5,
     "covers the training window of 2028Q1 at its deadline"),
    ("Narvik B", "lease", "Microsoft", ("Aker–Nscale", "Nscale", "Microsoft", "OpenLab"), "narvik",
     "GB300", 134.0, 0, 4, "European inference within 40 ms; the limit on its power binds"),
    ("Reserve, one year", "reserve", "CoreWeave", (), "us-east", "GB200", 88.0, 0, 1,
     "bridges until Abilene II is in service in nine scenarios of ten"),
    ("On demand, three clouds", "rent", "several", (), "us-central", "GB200", 61.0, 0, 0,
     "pays off above 71 % use only; taken when delivery is late"),
    ("Spot", "spot", "several", (), "us-central", "GB200", 24.0, 0, 0,
     "batch work that can wait, at 38 % of the hourly price"),
    ("Lordstown", "own", "Stargate SPV", (), "lordstown", "VR200", 206.0, 1, 7,
     "residual value at the horizon pays a third of its cost"),
    ("Doña Ana, phase 2", "lease", "STACK", ("STACK", "Oracle", "OpenLab"), "dona-ana", "VR200",
     412.0, 1, 6, "one counterparty may hold 40 % of capacity; this is the rest of Oracle's share"),
    ("Saline", "lease", "Related Digital", ("Related Digital", "Oracle", "OpenLab"), "saline",
     "VR200", 309.0, 2, 6, "demand passes contracted power in 2029Q2 in the median"),
    ("Reserve, two years", "reserve", "Lambda", (), "us-west", "GB300", 72.0, 3, 2,
     "hedges the price of rent against its turning point"),
    ("Port Washington", "lease", "Vantage", ("Vantage", "Oracle", "OpenLab"), "port-washington",
     "VR200", 515.0, 3, 7, "cheapest power of what is left"),
    ("Narvik C", "lease", "Nscale", ("Aker–Nscale", "Nscale", "OpenLab"), "narvik", "MI355X", 90.0,
     4, 5, "a second vendor: at most 85 % of capacity may be one vendor's"),
    ("UAE, tranche 2", "lease", "Khazna", ("Khazna", "G42", "OpenLab"), "abu-dhabi", "VR200", 206.0,
     5, 6, "inference for the Gulf, within its residency limit"),
    ("Shackelford III (SPV)", "own", "Stargate SPV", (), "shackelford", "VR200", 206.0, 6, 6,
     "the last block the site's power allows"),
)  # fmt: skip
_LIMITS = (
    # limit, path, quarter (or none), unit, allowed, worth of one more, why
    ("sites.power_facility_mw", "sites.narvik.supply_facility_mw", 4, "MW facility", 260.0, 1.62e6),
    ("offers.power_it_mw", "offers.narvik-b.power_it_mw", None, "MW IT", 134.0, 4.9e6),
    ("capital.budget_usd", "capital.budget_usd", 1, "USD", 6.0e9, 0.31),
    ("capital.budget_usd", "capital.budget_usd", 2, "USD", 6.5e9, 0.22),
    ("sites.power_facility_mw", "sites.shackelford.supply_facility_mw", 11, "MW facility", 1_200.0,
     0.94e6),
    ("limits.seller_share", "limits.seller_share.oracle", 9, "share", 0.40, 2.1e9),
    ("limits.vendor_share", "limits.vendor_share.nvidia", 12, "share", 0.85, 1.4e9),
    ("offers.power_it_mw", "offers.port-washington.power_it_mw", None, "MW IT", 515.0, 0.31e6),
    ("offers.first_signing", "offers.lordstown.first_signing", None, "quarters", 1.0, 96e6),
    ("limits.carbon_g_per_kwh", "limits.carbon_g_per_kwh", 8, "g/kWh", 190.0, 0.72e6),
    ("capital.debt_ratio", "capital.vehicle.debt_ratio", 10, "ratio", 0.70, 58e6),
    ("offers.power_it_mw", "offers.on-demand-three-clouds.power_it_mw", 0, "MW IT", 61.0, 0.12e6),
)  # fmt: skip


def a_plan(seed: int = 7, *, quarters: int = 18) -> Plan:
    """Make a plan of 14 signings, 20 deliveries and 12 limits."""
    rng = np.random.default_rng(seed)
    horizon = Horizon(first=FIRST, last=FIRST + (quarters - 1))
    signed = tuple(_signing(row, rng) for row in _OFFERS)
    deliveries = (*(_committed(row) for row in _COMMITTED), *(_planned(s, rng) for s in signed))
    lines = tuple(_line(q, horizon, deliveries, rng) for q in horizon.quarters)
    energy, carbon = sum(p.energy_mwh for p in lines), sum(p.carbon_t_co2 for p in lines)
    return Plan(
        portfolio="stargate",
        about="A lab that leases first, owns some through a vehicle, and rents the rest.",
        as_of=AS_OF,
        inputs_sha256=hashlib.sha256(f"plan {seed} {quarters}".encode()).hexdigest(),
        version="0.1.0",
        horizon=horizon,
        scenarios=50,
        seed=seed,
        risk_share=0.2,
        cvar_alpha_share=0.9,
        objective_usd=24.31e9,
        bound_usd=24.62e9,
        gap_share=0.0038,
        npv=Spread(mean_usd=27.9e9, p10_usd=9.4e9, p50_usd=28.6e9, p90_usd=45.8e9, cvar_usd=3.9e9),
        cost=Spread(
            mean_usd=81.2e9, p10_usd=75.9e9, p50_usd=80.8e9, p90_usd=87.6e9, cvar_usd=90.3e9
        ),
        unserved_share=0.031,
        unserved_p90_share=0.084,
        energy_mwh=energy,
        carbon_t_co2=carbon,
        clean_share=0.47,
        signed=signed,
        deliveries=deliveries,
        by_period=lines,
        limits=tuple(_limit(row) for row in _LIMITS),
        assumptions=_ASSUMPTIONS,
        remarks=(
            "Reserve, two years is in the best plan of 46 of 50 scenarios; the rest rent.",
            "State values below 1e-7 were taken as 0.",
        ),
        sources=(
            "Epoch AI, Frontier Data Centers (CC BY 4.0)",
            "U.S. Energy Information Administration, EIA-930 and EIA-861 (public domain)",
            "EPA eGRID 2023 (public domain)",
        ),
        effort=Effort(
            solver="HiGHS 1.15.1",
            columns_count=184_211,
            rows_count=96_480,
            nonzeros_count=731_902,
            integers_count=143,
            wall_s=41.3,
            residual_amount=3.1e-9,
        ),
    )


def a_powered_plan(evil: str = "") -> Plan:
    """Make a plan of two sites with stacks, all its names `evil` where that is given."""
    plan = a_plan()
    names = (evil, evil) if evil else ("abilene", "narvik")
    return replace(
        plan,
        power=tuple(
            _powered(name, evil, share) for name, share in zip(names, (0.3, 1.0), strict=True)
        ),
        carbon_market_t_co2=0.8 * plan.carbon_t_co2,
        hourly_clean_share=0.41,
    )


def _powered(site: str, evil: str, clean: float) -> SitePower:
    kinds = {evil or "grid": PowerKind.GRID, f"{evil}sun": PowerKind.SOLAR}
    kinds |= {f"{evil}gas": PowerKind.GAS_TURBINE, f"{evil}dam": PowerKind.GEOTHERMAL}
    years = tuple(
        PowerYear(
            year=str(year),
            energy_mwh={name: 1e6 * (year - 2026) * (1 + at) for at, name in enumerate(kinds)},
            load_mwh=9.8e6 * (year - 2026),
            firm_facility_mw=facility_mw(1_200),
            carbon_t_co2=3.1e6,
            carbon_market_t_co2=2.2e6,
            clean_share=clean,
            hourly_clean_share=0.8 * clean,
            energy_cash_usd=5.1e8,
        )
        for year in range(2026, 2032)
    )
    choices = (
        PowerChoice(option="bridge", name=evil or "Turbines", taken=True, gain_usd=0, cost_usd=3e7),
        PowerChoice(
            option="wait", name=evil or "Wait", taken=False, gain_usd=-2e8, cost_usd=2e7,
            breaks=(evil or "limits.least_clean_share",),
        ),
        PowerChoice(option=None, name="no option", taken=False, gain_usd=-3e9, cost_usd=0),
    )  # fmt: skip
    why = evil or "Turbines is taken, at a fixed cost of 30 M USD"
    return SitePower(
        site=site, option="bridge", kinds=kinds, why=why, choices=choices, by_year=years
    )


def a_small_plan() -> Plan:
    """Make a plan that signs one thing, with one quarter and nothing that binds."""
    whole = a_plan(quarters=1)
    return replace(
        whole,
        portfolio="small",
        signed=whole.signed[3:4],
        deliveries=whole.deliveries[:1],
        limits=(),
        assumptions=(),
        remarks=(),
        sources=(),
    )


def an_idle_plan() -> Plan:
    """Make a plan that signs nothing and has no capacity at all."""
    small = a_small_plan()
    none = Band(mean_h100e=0, p10_h100e=0, p50_h100e=0, p90_h100e=0)
    line = replace(
        small.by_period[0],
        committed_it_mw=it_mw(0),
        power_it_mw={},
        capacity_h100e={},
        committed_h100e=None,
        capacity=none,
        demand=none,
        served_h100e=0.0,
        unserved_share=0.0,
        used_share=0.0,
        investment_cash_usd=0.0,
        payment_cash_usd=0.0,
        energy_cash_usd=0.0,
        revenue_cash_usd=0.0,
        energy_mwh=0.0,
        carbon_t_co2=0.0,
    )
    nothing = Spread(mean_usd=0, p10_usd=0, p50_usd=0, p90_usd=0, cvar_usd=0)
    return replace(
        small,
        signed=(),
        deliveries=(),
        by_period=(line,),
        npv=nothing,
        cost=nothing,
        energy_mwh=0.0,
        carbon_t_co2=0.0,
        unserved_share=0.0,
    )


def a_hostile_plan() -> Plan:
    """Make a plan whose every text tries to be markup, script or a terminal command."""
    plan = a_plan()
    evil = "<script>alert(1)</script>|**b**\"'&</svg>\x1b[31m{{7*7}}\u202e]]>"
    return replace(
        plan,
        portfolio=evil,
        about=evil,
        signed=tuple(
            replace(s, name=evil, seller=evil, site=evil, accelerator=evil, why=evil, chain=(evil,))
            for s in plan.signed
        ),
        deliveries=tuple(
            replace(d, name=evil, site=evil, accelerator=evil) for d in plan.deliveries
        ),
        limits=tuple(replace(x, limit=evil, path=evil, why=evil, unit=evil) for x in plan.limits),
        assumptions=(Assumption(path=evil, shown=evil, reason=evil),),
        remarks=(evil, "</script><script>alert(2)</script>"),
        sources=(evil,),
        effort=replace(plan.effort, solver=evil),
    )


def _signing(row: tuple, rng: np.random.Generator) -> Signing:
    name, tenure, seller, chain, site, accelerator, power, start, lead, why = row
    period = FIRST + start
    cost = power * rng.uniform(9.0e6, 13.0e6) * (1.6 if tenure == "own" else 1.0)
    return Signing(
        offer=_short(name),
        name=name,
        tenure=Tenure(tenure),
        seller=seller,
        chain=chain,
        site=site,
        accelerator=accelerator,
        period=period,
        power_it_mw=it_mw(power),
        accelerator_count=round(power * PER_MW[accelerator]),
        block_count=round(power / 103) if power % 103 == 0 else None,
        service=period + lead,
        lifetime_cost_usd=cost,
        why=why,
    )


def _committed(row: tuple) -> Delivery:
    name, tenure, site, accelerator, power, signed, due, ends = row
    day = date(due[0], due[1], 15)
    late = 0 if day < AS_OF - timedelta(days=30) else 60 + power // 8
    median = day + timedelta(days=late // 2)
    return Delivery(
        id=f"{_short(name)}/1",
        name=name,
        tenure=Tenure(tenure),
        committed=True,
        site=site,
        accelerator=accelerator,
        power_it_mw=it_mw(power),
        signed=date(signed[0], signed[1], 1),
        due=day,
        p10=median - timedelta(days=late // 3),
        p50=median,
        p90=median + timedelta(days=late),
        ends=date(ends[0], ends[1], 1) if ends else None,
    )


def _planned(signing: Signing, rng: np.random.Generator) -> Delivery:
    hourly = signing.tenure.is_hourly
    due = signing.service.first_day
    delays = np.zeros(400) if hourly else rng.lognormal(4.56, 0.87, 400)
    early, median, late = (round(float(d)) for d in np.quantile(delays, (0.1, 0.5, 0.9)))
    term = {"reserve": 4, "lease": 20}.get(signing.tenure.value)
    return Delivery(
        id=f"{signing.offer}@{signing.period}",
        name=signing.name,
        tenure=signing.tenure,
        committed=False,
        site=signing.site,
        accelerator=signing.accelerator,
        power_it_mw=signing.power_it_mw,
        signed=signing.period.first_day,
        due=due,
        p10=due + timedelta(days=early),
        p50=due + timedelta(days=median),
        p90=due + timedelta(days=late),
        ends=(signing.service + term).first_day if term else None,
    )


def _line(
    quarter: Quarter, horizon: Horizon, deliveries: tuple[Delivery, ...], rng: np.random.Generator
) -> PeriodLine:
    power = dict.fromkeys(Tenure, 0.0)
    work = dict.fromkeys(Tenure, 0.0)
    committed_mw = committed_h100e = 0.0
    for item in deliveries:
        if item.p50 > quarter.middle_day or (item.ends and item.ends < quarter.middle_day):
            continue
        swing = 0.4 + 0.6 * abs(np.sin(quarter.year * 4 + quarter.quarter))
        taken = float(item.power_it_mw) * (swing if item.tenure.is_hourly else 1.0)
        done = taken * H100E_PER_MW[item.accelerator] * 0.93
        power[item.tenure] += taken
        work[item.tenure] += done
        if item.committed:
            committed_mw += taken
            committed_h100e += done
    capacity = sum(work.values())
    age = quarter - horizon.first
    asked = 0.58e6 * 1.2**age * (1 + 0.03 * np.sin(age))
    wide = 0.04 + 0.022 * age
    served = min(capacity * 0.96, asked * 0.985)
    energy = sum(power.values()) * 2190 * 1.22 * 0.83
    return PeriodLine(
        period=quarter,
        committed_it_mw=it_mw(committed_mw),
        power_it_mw={k: it_mw(v) for k, v in power.items() if v},
        capacity_h100e={k: v for k, v in work.items() if v},
        committed_h100e=committed_h100e,
        capacity=_band(capacity, 0.08),
        demand=_band(asked, wide),
        served_h100e=served,
        unserved_share=max(0.004, 1 - served / asked),
        used_share=min(0.97, served / capacity) if capacity else 0.0,
        investment_cash_usd=max(0.0, 2.6e9 - 0.11e9 * age + rng.normal(0, 0.25e9)),
        payment_cash_usd=(power[Tenure.LEASE] + power[Tenure.RESERVE]) * 1.75e6
        + (power[Tenure.RENT] + power[Tenure.SPOT]) * 3.6e6,
        energy_cash_usd=power[Tenure.OWN] * 2190 * 1.22 * 48.0,
        revenue_cash_usd=served * 2190 * 0.62,
        energy_mwh=energy,
        carbon_t_co2=energy * 0.212,
    )


def _band(mean: float, wide: float) -> Band:
    return Band(
        mean_h100e=mean,
        p10_h100e=mean * (1 - wide),
        p50_h100e=mean * 0.995,
        p90_h100e=mean * (1 + 1.25 * wide),
    )


def _limit(row: tuple) -> BindingLimit:
    limit, path, start, unit, allowed, worth = row
    period = None if start is None else FIRST + start
    when = f" in {period}" if period else ""
    return BindingLimit(
        limit=limit,
        path=path,
        period=period,
        unit=unit,
        allowed_amount=allowed,
        worth_usd_per_unit=worth,
        why=f"one more {unit} of {path.split('.')[1]}{when} would raise the objective",
    )


def _short(name: str) -> str:
    kept = "".join(c if c.isalnum() else "-" for c in name.lower())
    return "-".join(part for part in kept.split("-") if part)


_ASSUMPTIONS = tuple(
    Assumption(path=path, shown=shown, reason=reason)
    for path, shown, reason in (
        ("demand.inference.chat.growth_share_per_year", "54 %", "the middle of three estimates"),
        ("offers.narvik-b.price", "2.85 USD/GPU-hour", "one-year list prices less 20 %"),
        ("offers.narvik-c.price", "2.45 USD/GPU-hour", "one-year list prices less 20 %"),
        ("capital.discount_share_per_year", "11 %", "between rated debt and venture equity"),
        ("uncertainty.delays.default", "median 95 days", "fitted on 14 late milestones"),
    )
)
