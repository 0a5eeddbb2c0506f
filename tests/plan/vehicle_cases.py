"""A portfolio whose only large offer is built by a vehicle, and one MW of it by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from offtake.model import Capital, Party, Portfolio, Tenure, Uncertainty, Vehicle
from offtake.model.uncertainty import DelayProcess, DemandProcess, PriceProcess
from offtake.plan.flows import Flow, flow
from offtake.plan.formulate import Risk
from offtake.plan.outcome import Outcome, read
from offtake.plan.program import Floats
from offtake.plan.supply import Source, compile_supply
from offtake.plan.vehicles import Fenced, fenced
from offtake.plan.waterfall import Settled
from tests.plan.portfolios import at_once, built, offer, unit, wanted

PARTIES = tuple(Party(id=p, name=p) for p in ("lab", "seller", "other", "maker", "spv"))
PRICE = {
    "capex_usd_per_it_mw": 10e6,
    "includes_energy": False,
    "running_usd_per_it_mw_year": 4e5,
}
RISK = Risk(0.2, 0.8)


def spv(**fields: Any) -> Vehicle:
    """A vehicle that pays 6.5 % for up to 70 % debt, repaid in twelve quarters."""
    made: dict[str, Any] = {
        "party": "spv",
        "ownership_share": 0.6,
        "offtake_return_share_per_year": 0.09,
        "gearing_share": 0.7,
        "interest_share_per_year": 0.065,
        "tenor_quarters": 12,
    }
    return Vehicle(**(made | fields))


def uncertain(late: float, swing: float = 0.5) -> Uncertainty:
    """Eight futures of demand, of lateness by some months, and of the rental price."""
    return Uncertainty(
        scenario_count=8,
        seed=3,
        demand=DemandProcess(inference_per_root_year=swing),
        delays=(DelayProcess(id="sites", late_share=late, median_days=90, log_sigma=0.8),),
        default_delay="sites",
        rental_price=PriceProcess(per_root_year=0.3 if swing else 0.0),
    )


def portfolio(
    vehicle: Vehicle | None,
    *,
    late: float = 0.8,
    swing: float = 0.5,
    quarters: int = 12,
    revenue: float = 5.0,
    **fields: Any,
) -> Portfolio:
    """40 MW to build, or rent at 6.0 a quarter, for demand that may double or fall by half."""
    own = offer(
        "own",
        Tenure.OWN,
        mw=40,
        seller="spv",
        vehicle=vehicle.party if vehicle else None,
        price=PRICE,
        **({"lead_quarters": 2, "ramp_quarters": 1} | fields),
    )
    return unit(
        [own, offer("rent", Tenure.RENT, 6.0, 30)],
        [wanted(30, quarters, revenue=revenue, penalty=2.0)],
        quarters,
        parties=PARTIES,
        uncertainty=uncertain(late, swing),
        capital=Capital(
            discount_share_per_year=0.09, vehicles=(vehicle,) if vehicle is not None else ()
        ),
    )


def outcome_of(made: Portfolio, risk: Risk = RISK) -> tuple[Outcome, Fenced, Settled]:
    """Solve a portfolio with a vehicle at once, and read it back."""
    program, assembled = built(made, risk)
    outcome = read(program, at_once(program, assembled).solution)
    book, held = fenced(program.facts), outcome.vehicles
    assert book is not None
    assert held is not None
    return outcome, book, held


def source_of(made: Portfolio) -> Source:
    """The offer that is built, as the planner sees it."""
    return compile_supply(made).offered[0]


def certain(source: Source, periods: int, days: float = 0.0) -> tuple[Flow, Floats]:
    """One MW signed in the first quarter and so many days late, in one future."""
    late = np.array([days])
    return flow(source, 0, late, np.ones((1, periods))), late
