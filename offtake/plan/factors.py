"""Carbon and clean energy of sites with a mix of supplies, on one basis.

A rate at the stack and a rate over the life cycle are different things, and a sum of them
is nothing. All carbon of a plan is counted on one basis (`Portfolio.carbon_basis`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from offtake.model.portfolio import Portfolio
from offtake.model.power import PowerKind, PowerSupply
from offtake.plan.program import Floats
from offtake.plan.supply import Pool

AT_THE_WEATHERS_WILL = (PowerKind.SOLAR, PowerKind.WIND)
"""Kinds whose share of a mix says nothing about the hours they run in."""


def location(portfolio: Portfolio, pools: Sequence[Pool]) -> Floats:
    """Location-based carbon of each pool's site, [C] g/kWh; 0 where it has a stack."""
    basis = portfolio.carbon_basis

    def factor(supply: PowerSupply) -> float:
        held = supply.carbon(basis or supply.carbon_basis)
        return supply.carbon_g_per_kwh if held is None else held

    return _mixed(pools, factor)


def market(portfolio: Portfolio, pools: Sequence[Pool]) -> Floats:
    """Market-based carbon of each pool's site, [C] g/kWh; 0 where it has a stack."""
    basis = portfolio.carbon_basis

    def factor(supply: PowerSupply) -> float:
        held = supply.carbon_market(basis or supply.carbon_basis)
        return supply.carbon_g_per_kwh if held is None else held

    return _mixed(pools, factor)


def clean(pools: Sequence[Pool]) -> Floats:
    """Share of each pool's energy that is carbon-free by the year, [C]; 0 for a stack."""
    return np.array([p.site.clean_share for p in pools])


def hourly_clean(pools: Sequence[Pool]) -> Floats:
    """The same in the hour it is used, [C].

    Sun and wind in a mix count for nothing here: nobody knows in which hours they run. A
    stack with their profiles tells it.
    """
    return _mixed(pools, lambda s: float(s.clean and s.kind not in AT_THE_WEATHERS_WILL))


def _mixed(pools: Sequence[Pool], factor: Callable[[PowerSupply], float]) -> Floats:
    """Weigh a factor of supplies by their share of energy, for the site of each pool."""
    return np.array(
        [sum(factor(s) * (s.energy_share or 0.0) for s in p.site.supplies) for p in pools], float
    )
