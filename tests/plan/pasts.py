"""A small portfolio in which everything is uncertain, for those who look at its past."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache

from offtake.model import Contract, Party, Portfolio, Tenure, Tranche, Uncertainty
from offtake.model.clause import Basis, Rate
from offtake.model.uncertainty import DelayProcess, DemandProcess, NamedScenario, PriceProcess
from offtake.plan.scenarios import Scenarios, draw
from offtake.plan.supply import compile_supply
from offtake.units import it_mw
from tests.plan.portfolios import FIRST, SITE, job, offer, unit, wanted

PERIODS = 10


def _tranche(name: str, quarter: int) -> Tranche:
    due = (FIRST + quarter).first_day + timedelta(days=10)
    return Tranche(
        id=name, site="here", accelerator="unit", power_it_mw=it_mw(4), due=due, term_months=60
    )


@cache
def portfolio() -> Portfolio:
    """Two stories, two regions, a job begun and one to come, contracts due in three quarters."""
    built = Contract(
        id="built",
        seller="seller",
        buyer="lab",
        tranches=(_tranche("hall", 1), _tranche("yard", 4), _tranche("tower", 7)),
        rates=(Rate(id="r", basis=Basis.GPU_HOUR, price=Decimal(500)),),
    )
    ends = (FIRST, FIRST + (PERIODS - 1))
    stories = (
        NamedScenario(id="slow", probability_share=0.4, demand_ratio={ends[0]: 1.0, ends[1]: 0.7}),
        NamedScenario(
            id="boom",
            probability_share=0.6,
            demand_ratio={ends[0]: 1.0, ends[1]: 1.5},
            delay_ratio=1.2,
        ),
    )
    uncertain = Uncertainty(
        scenario_count=20,
        seed=5,
        demand=DemandProcess(
            inference_per_root_year=0.3, training_per_root_year=0.25, common_share=0.6
        ),
        delays=(
            DelayProcess(id="d", late_share=0.8, median_days=80, log_sigma=0.8, common_share=0.4),
        ),
        default_delay="d",
        rental_price=PriceProcess(
            per_root_year=0.2,
            half_life_years=1.0,
            start_ratio=1.1,
            cycle_ratio=1.4,
            cycle_years=2.0,
            crest_years=0.6,
            crest_spread_years=1.0,
        ),
        spot_basis=PriceProcess(per_root_year=0.4, half_life_years=0.5),
        electricity_price=PriceProcess(per_root_year=0.15),
        scenarios=stories,
    )
    return unit(
        [
            offer("lease", Tenure.LEASE, 2.0, lead_quarters=1, term_quarters=6),
            offer("rent", Tenure.RENT, 5.0),
        ],
        [wanted(20.0, PERIODS), wanted(10.0, PERIODS, ident="near")],
        PERIODS,
        training=[job(8.0, 3), replace(job(8.0, 9, id="next"), earliest=FIRST + 6)],
        contracts=(built,),
        sites=(replace(SITE, outage_share_per_year=0.2),),
        parties=tuple(
            Party(id=p, name=p, default_share_per_year=0.1 if p == "seller" else 0.0)
            for p in ("lab", "seller", "other", "maker")
        ),
        uncertainty=uncertain,
    )


@cache
def scenarios(count: int, seed: int = 5) -> Scenarios:
    """Some futures of it."""
    return draw(portfolio(), compile_supply(portfolio()), count, seed)
