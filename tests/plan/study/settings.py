"""Portfolios with a known answer, for tests of studies."""

from __future__ import annotations

from typing import Any

from offtake.model import (
    Capital,
    DemandProcess,
    Party,
    Portfolio,
    Tenure,
    Uncertainty,
    Vehicle,
)
from offtake.plan.study import Setting, prepare
from tests.plan.portfolios import UNIT, futures, offer, unit, wanted

MILLION = 1e6
RATIOS, CHANCES = (0.6, 0.8, 1.0, 1.2, 1.4), (0.1, 0.2, 0.4, 0.2, 0.1)


def ready(portfolio: Portfolio, **options: Any) -> Setting:
    """The setting of a portfolio, planned to the end."""
    return prepare(portfolio, **({"risk": 0.0, "gap": 1e-7} | options))


def newsvendor(rent: float = 3.0) -> Portfolio:
    """Reserve at 1.2 before demand is known, rent after."""
    return unit(
        [offer("reserve", Tenure.RESERVE, 1.2), offer("rent", Tenure.RENT, rent)],
        [wanted(1000.0)],
        uncertainty=futures(RATIOS, CHANCES),
    )


SIGMA = 0.5
"""Volatility of demand; over the first quarter the logarithm has half of it."""


def lognormal(scenarios: int = 20, seed: int = 0) -> Portfolio:
    """The newsvendor with log-normal demand: ln(D / 1000) is normal with deviation σ/2."""
    return unit(
        [offer("reserve", Tenure.RESERVE, 1.2), offer("rent", Tenure.RENT, 3.0)],
        [wanted(1000.0)],
        uncertainty=Uncertainty(
            scenario_count=scenarios,
            seed=seed,
            demand=DemandProcess(inference_per_root_year=SIGMA),
        ),
    )


def own_or_lease(lease: float = 2.0, **fields: Any) -> Portfolio:
    """Own or lease 100 MW for one quarter, with nothing random.

    A shell of 56 M USD a MW loses 1/56 of its worth in a quarter and accelerators of 20 M
    USD half of 1/20 (bought in the middle of it): own costs 1 + 0.5 a MW and quarter.
    """
    own = {"capex_usd_per_it_mw": 56e6, "capex_life_quarters": 56, "includes_energy": False}
    made: dict[str, Any] = {
        "parties": tuple(
            Party(id=p, name=p) for p in ("lab", "seller", "other", "maker", "vehicle")
        ),
        "capital": Capital(
            discount_share_per_year=0.0,
            vehicles=(Vehicle(party="vehicle", ownership_share=0.6),),
        ),
        "accelerators": (UNIT,),
    }
    return unit(
        [
            offer("own", Tenure.OWN, price=own),
            offer("lease", Tenure.LEASE, lease, term_quarters=4),
        ],
        [wanted(100.0, penalty=50.0)],
        uncertainty=Uncertainty(scenario_count=2),
        **(made | fields),
    )
