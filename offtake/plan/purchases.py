"""Purchases: clean energy bought by contract, what it makes, and what it takes away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from offtake.model.period import HOURS_PER_QUARTER
from offtake.model.portfolio import Portfolio
from offtake.model.power import CarbonBasis, CleanPurchase, PowerKind
from offtake.model.site import Site
from offtake.plan.program import Floats
from offtake.plan.stretches import factor, shape, share_of


def made_gwh(portfolio: Portfolio, purchase: CleanPurchase) -> Floats:
    """Energy a purchase makes in each quarter, [T] GWh."""
    quarters = portfolio.horizon.quarters
    whole = float(purchase.power_facility_mw) * HOURS_PER_QUARTER / 1e3
    share = share_of(quarters, purchase.available, purchase.until)
    if purchase.profile is None:
        return whole * share
    profile = next(p for p in portfolio.profiles if p.id == purchase.profile)
    mean = [shape(profile, q, profile.days_a_month).mean() for q in quarters]
    made: Floats = whole * share * np.array(mean)
    return made


def offset_kt(site: Site, purchases: Sequence[CleanPurchase], basis: CarbonBasis | None) -> float:
    """Market-based carbon that one GWh bought takes away, in kt.

    Where grids or purchases differ, the cleanest grid and the dirtiest purchase count.
    """
    grids = [factor(s, basis)[1] for s in site.any_supplies if s.kind is PowerKind.GRID]
    made = [
        p.carbon_g_per_kwh if (held := p.carbon(basis or p.carbon_basis)) is None else held
        for p in purchases
    ]
    return max(min(grids) - max(made), 0.0) / 1e3 if grids and made else 0.0
