"""Portfolios of one site that is powered by a stack, and drawn ones with a stack in them.

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
from offtake.plan.front import Solved
from offtake.units import facility_mw
from tests.plan.portfolios import FIRST, SITE, drawn, offer, unit, wanted

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


def option(ident: str, *supplies: PowerSupply, first: date, **more: Any) -> PowerOption:
    return PowerOption(id=ident, available=first, supplies=supplies, **more)


def bought(mw: float, **more: Any) -> CleanPurchase:
    return CleanPurchase(
        id="sun", kind=PowerKind.SOLAR, power_facility_mw=facility_mw(mw), profile="sun", **more
    )


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
