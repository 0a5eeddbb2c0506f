"""Small portfolios whose plans can be known without a planner.

The unit portfolio: one site, one accelerator of 1 MW that does the work of one H100, no
discount, no energy, nothing late. One MW is then one accelerator and one H100e, and a
price of c million USD per MW and quarter is c·1e6/2190 USD per GPU-hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from offtake.model import (
    Accelerator,
    Capital,
    Demand,
    Horizon,
    Inference,
    Offer,
    OfferPrice,
    Party,
    Portfolio,
    PowerKind,
    PowerSupply,
    Quarter,
    Region,
    Site,
    Tenure,
    TrainingJob,
    Uncertainty,
    Workload,
)
from offtake.model.uncertainty import DelayProcess, DemandProcess, NamedScenario, PriceProcess
from offtake.plan.answer import complete
from offtake.plan.formulate import Facts, Formulation, Risk
from offtake.plan.front import prepare, solved
from offtake.plan.program import Assembled, Ints
from offtake.plan.question import Part, Question, build
from offtake.plan.search import Effort, Found, decomposed, whole
from offtake.plan.solve import Solution
from offtake.units import facility_mw, it_mw

FIRST = Quarter(2027, 1)
HOURS = 2190.0
"""Hours of a planning quarter: 8,760 / 4."""
WEIGHED = Risk(0.2, 0.8)


def per_hour(m_usd: float) -> float:
    """Price per GPU-hour at which one MW of the unit accelerator costs so much a quarter."""
    return m_usd * 1e6 / HOURS


UNIT = Accelerator(
    id="unit",
    vendor="maker",
    power_it_kw=1000.0,
    throughput_ratio={Workload.INFERENCE: 1.0, Workload.TRAINING: 1.0},
    price_usd=20e6,
)
SITE = Site(id="here", name="Here", country="NO", region="here", peak_ratio=1.0, pue_ratio=1.0)


def offer(
    ident: str,
    tenure: Tenure,
    m_usd: float = 0.0,
    mw: float = 10_000.0,
    *,
    price: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Offer:
    """An offer of the unit accelerator, always up, at `m_usd` per MW and quarter."""
    terms = OfferPrice(usd_per_gpu_hour=per_hour(m_usd), **dict(price or {}))
    made: dict[str, Any] = {
        "id": ident,
        "tenure": tenure,
        "seller": "seller",
        "site": "here",
        "accelerator": "unit",
        "power_it_mw": it_mw(mw),
        "availability_share": 1.0,
        "price": terms,
    }
    return Offer(**(made | fields))


def wanted(
    h100e: float,
    quarters: int = 1,
    *,
    revenue: float = 0.0,
    penalty: float = 100.0,
    ident: str = "chat",
    **fields: Any,
) -> Inference:
    """Constant inference demand; revenue and penalty in M USD per MW and quarter."""
    ends = {FIRST, FIRST + (quarters - 1)}
    made: dict[str, Any] = {
        "id": ident,
        "region": "here",
        "latency_ms": 50.0,
        "median_h100e": dict.fromkeys(ends, h100e),
        "revenue_usd_per_h100e_hour": dict.fromkeys(ends, per_hour(revenue)),
        "unserved_usd_per_h100e_hour": per_hour(penalty),
    }
    return Inference(**(made | fields))


def job(mw_quarters: float, last: int, **fields: Any) -> TrainingJob:
    """A training run of so many MW-quarters of the unit accelerator."""
    made: dict[str, Any] = {
        "id": "run",
        "size_h100e_hours": mw_quarters * HOURS,
        "earliest": FIRST,
        "deadline": FIRST + last,
        "block_it_mw": it_mw(1),
        "value_usd_per_h100e_hour": per_hour(10.0),
    }
    return TrainingJob(**(made | fields))


def futures(ratios: Sequence[float], chances: Sequence[float], quarters: int = 1) -> Uncertainty:
    """Named scenarios of demand over its median, one draw each."""
    ends = {FIRST, FIRST + (quarters - 1)}
    named = tuple(
        NamedScenario(
            id=f"s{number}", probability_share=chance, demand_ratio=dict.fromkeys(ends, ratio)
        )
        for number, (ratio, chance) in enumerate(zip(ratios, chances, strict=True))
    )
    return Uncertainty(scenario_count=len(named), scenarios=named)


def unit(
    offers: Iterable[Offer],
    inference: Iterable[Inference] = (),
    quarters: int = 1,
    *,
    training: Iterable[TrainingJob] = (),
    **fields: Any,
) -> Portfolio:
    """The unit portfolio, without discount unless `capital` says so."""
    made: dict[str, Any] = {
        "name": "unit",
        "as_of": FIRST.first_day,
        "lab": "lab",
        "horizon": Horizon(first=FIRST, last=FIRST + (quarters - 1)),
        "parties": tuple(Party(id=p, name=p) for p in ("lab", "seller", "other", "maker")),
        "regions": (Region(id="here"),),
        "sites": (SITE,),
        "accelerators": (UNIT,),
        "offers": tuple(offers),
        "demand": Demand(inference=tuple(inference), training=tuple(training)),
        "capital": Capital(discount_share_per_year=0.0),
    }
    return Portfolio(**(made | fields))


def signed_mw(portfolio: Portfolio, **options: Any) -> dict[str, float]:
    """MW a plan signs ahead, by offer."""
    found: dict[str, float] = {}
    for line in solved(portfolio, **options).plan.signed:
        if not line.tenure.is_hourly:
            found[line.offer] = found.get(line.offer, 0.0) + line.power_it_mw
    return found


# ------------------------------------------------------------------ drawn portfolios


def drawn(seed: int, *, blocks: bool = False, training: bool = True) -> Portfolio:
    """A portfolio of two sites, five offers and four quarters, all numbers drawn."""
    rng = np.random.default_rng(seed)
    quarters = 4
    sites = tuple(_site(name, rng) for name in ("north", "south"))
    return unit(
        _offers(rng, blocks),
        (
            wanted(rng.uniform(20, 60), quarters, revenue=8.0, penalty=4.0, ident="chat"),
            wanted(
                rng.uniform(5, 20), quarters, revenue=9.0, penalty=2.0, ident="near", region="north"
            ),
        ),
        quarters,
        training=[job(rng.uniform(5, 30), 2)] if training else [],
        sites=(SITE, *sites),
        regions=(
            Region(id="here", latency_ms={"north": 20, "south": 40}),
            Region(id="north"),
            Region(id="south"),
        ),
        uncertainty=_uncertain(seed),
        capital=Capital(discount_share_per_year=0.08),
    )


def _site(name: str, rng: np.random.Generator) -> Site:
    supply = PowerSupply(
        kind=PowerKind.GRID,
        energy_share=1.0,
        price_usd_per_mwh=rng.uniform(20, 90),
        carbon_g_per_kwh=rng.uniform(50, 500),
        clean=name == "north",
    )
    return replace(
        SITE,
        id=name,
        name=name,
        region=name,
        supplies=(supply,),
        power_facility_mw=facility_mw(rng.uniform(30, 60)),
        outage_share_per_year=0.1,
    )


def _offers(rng: np.random.Generator, blocks: bool) -> list[Offer]:
    whole = it_mw(5.0) if blocks else None
    own = {"capex_usd_per_it_mw": 10e6, "includes_energy": False}
    return [
        offer(
            "own", Tenure.OWN, mw=40, site="north", lead_quarters=2, price=own, block_it_mw=whole
        ),
        offer(
            "lease",
            Tenure.LEASE,
            rng.uniform(2, 3),
            30,
            site="south",
            lead_quarters=1,
            ramp_quarters=1,
            term_quarters=6,
            price={"prepayment_share": 0.2, "delay_damages_share": 0.5},
        ),
        offer(
            "part",
            Tenure.RESERVE,
            rng.uniform(2.5, 3.5),
            25,
            site="south",
            term_quarters=2,
            price={"take_or_pay_share": 0.6},
        ),
        offer("reserve", Tenure.RESERVE, rng.uniform(3, 4), 20, term_quarters=2),
        offer("rent", Tenure.RENT, rng.uniform(4, 6), 15),
    ]


def _uncertain(seed: int) -> Uncertainty:
    return Uncertainty(
        scenario_count=6,
        seed=seed,
        demand=DemandProcess(inference_per_root_year=0.4, training_per_root_year=0.2),
        delays=(DelayProcess(id="sites", late_share=0.6, median_days=60, log_sigma=0.8),),
        default_delay="sites",
        rental_price=PriceProcess(per_root_year=0.3),
        electricity_price=PriceProcess(per_root_year=0.2),
    )


# ------------------------------------------------------------------ programs of them


def built(portfolio: Portfolio, risk: Risk = WEIGHED) -> tuple[Formulation, Assembled]:
    """The program of a portfolio on its own scenarios."""
    process = portfolio.uncertainty
    return build(prepare(portfolio, process.scenario_count, process.seed), risk)


def with_nodes(facts: Facts, node: Ints) -> Facts:
    """The same facts under another information structure."""
    return replace(facts, node=node, tracks=np.unique(node, axis=0))


def wait_and_see(shape: tuple[int, int]) -> Ints:
    """Every scenario at nodes of its own: all is known before anything is signed."""
    return np.arange(shape[0] * shape[1], dtype=np.int64).reshape(shape)


def silent(_: object) -> None:
    """Hear of progress, and do nothing."""


@dataclass(frozen=True)
class Whole:
    """A solution of everything, in the columns and rows of the whole program."""

    solution: Solution
    bound: float


def question_of(made: Formulation) -> Question:
    """The question a program belongs to."""
    facts = made.facts
    return Question(
        facts.portfolio, facts.supply, facts.scenarios, facts.node, facts.tracks, made.risk
    )


def at_once(made: Formulation, program: Assembled, gap: float = 1e-6) -> Whole:
    """Solve the extensive form: all scenarios in one program."""
    part = Part(made, program, np.arange(made.facts.shape[0]))
    found = whole(part, Effort(gap, 60.0), silent)
    assert isinstance(found, Found)
    (piece,) = found.pieces()
    solution = complete(part, piece, found)
    return Whole(replace(solution, objective=found.objective), found.bound)


def in_parts(made: Formulation, program: Assembled, gap: float = 1e-6) -> Whole:
    """Solve the same by decomposition, however small it is."""
    found = decomposed(question_of(made), Effort(gap, 60.0), silent)
    assert isinstance(found, Found)
    (piece,) = found.pieces()
    found.close()
    part = Part(made, program, piece.which)
    solution = complete(part, piece, found)
    solution.row_dual[part.own] = found.own_dual
    solution.row_dual[part.means] = found.mean_dual
    found.close()
    return Whole(replace(solution, objective=found.objective), found.bound)
