"""From a plan and its world to what is put to the test.

The futures are the planner's own draws: the same lateness, outages, defaults and demand, many
more of them than the plan was made on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.accelerator import Workload
from offtake.model.contract import Tenure
from offtake.model.demand import along
from offtake.model.period import HOURS_PER_QUARTER, Quarter, quarters_since
from offtake.model.plan import Delivery, Plan
from offtake.model.portfolio import Portfolio
from offtake.plan.scenarios import Scenarios, draw
from offtake.plan.supply import Pool, Source, Supply, compile_supply
from offtake.plan.workloads import inference_pairs, training_pairs
from offtake.simulate.parameters import Parameters
from offtake.simulate.stress.case import QUARTER_HOURS, Case, Floats, Lot, Need, Place

FUTURES = 1000
"""Futures that are drawn; replications meet them in an order of their own."""
FOREVER = float("inf")


def case_of(plan: Plan, portfolio: Portfolio, parameters: Parameters, seed: int) -> Case:
    """Give what a plan is put to the test with.

    Raises:
        OfftakeError: the plan is of another world, or of an older state of it (`OTK-S089`).
    """
    supply = compile_supply(portfolio)
    _refuse_other(plan, portfolio, supply)
    scenarios = draw(portfolio, supply, FUTURES, seed)
    pools: dict[Place, Pool] = {}
    for pool in supply.pools:
        pools.setdefault(Place(pool.accelerator.id, pool.site.id), pool)
    rows = {site.id: row for row, site in enumerate(portfolio.sites)}
    first = plan.horizon.first
    places = {place: number for number, place in enumerate(pools)}
    lots = (
        *_lots(plan, supply, scenarios, places, first),
        *_hourly(plan, supply, scenarios, places, first),
    )
    return Case(
        name=plan.portfolio,
        quarters=tuple(str(quarter) for quarter in plan.horizon.quarters),
        places=tuple(pools),
        lots=lots,
        needs=(
            *_inference(portfolio, scenarios, tuple(pools.values())),
            *_training(portfolio, scenarios, tuple(pools.values())),
        ),
        outage=np.array([1.0 - scenarios.site_up[rows[place.site]] for place in pools]),
        parameters=parameters,
        seed=seed,
    )


def _refuse_other(plan: Plan, portfolio: Portfolio, supply: Supply) -> None:
    known = {source.id for source in (*supply.committed, *supply.offered)}
    lacking = [d.id for d in plan.deliveries if _source_id(d) not in known]
    got = ""
    if plan.portfolio != portfolio.name:
        got = f"the plan is of '{plan.portfolio}', the world is '{portfolio.name}'"
    elif plan.horizon != portfolio.horizon:
        got = "their horizons differ"
    elif lacking:
        got = f"the world has no {', '.join(lacking)}"
    if got:
        fault = Fault(
            code="OTK-S089",
            what="the plan was not made from this world as it is now",
            where=Where(path="offtake simulate plan"),
            got=got,
            hint="name the world it was made from, or plan anew",
        )
        raise OfftakeError(fault, exit=Exit.FAULTS)


def _source_id(delivery: Delivery) -> str:
    return delivery.id if delivery.committed else delivery.id.partition("@")[0]


def _lots(
    plan: Plan,
    supply: Supply,
    scenarios: Scenarios,
    places: Mapping[Place, int],
    first: Quarter,
) -> Iterator[Lot]:
    sources = {source.id: source for source in (*supply.committed, *supply.offered)}
    for delivery in plan.deliveries:
        source = sources[_source_id(delivery)]
        pool = supply.pools[source.pool]
        lasts = FOREVER
        if delivery.ends is not None:
            lasts = (delivery.ends - delivery.p50).days * 24.0
        yield Lot(
            id=delivery.id,
            place=places[Place(delivery.accelerator, delivery.site)],
            accelerators=delivery.power_it_mw * pool.accelerators_per_mw,
            due_hours=_hours(first, delivery.due),
            lasts_hours=lasts,
            late_hours=scenarios.late_days[source.id] * 24.0,
            ends_hours=_defaults(source, scenarios),
        )


def _hours(first: Quarter, day: date) -> float:
    return quarters_since(first, day) * QUARTER_HOURS


def _defaults(source: Source, scenarios: Scenarios) -> Floats:
    """Give when who provides it defaults: the quarters it lives, in hours; infinite is never."""
    up = scenarios.party_up.get(source.seller)
    if up is None:
        return np.full(scenarios.count, FOREVER)
    lives = up.sum(axis=1)
    return np.where(lives < up.shape[1], lives * QUARTER_HOURS, FOREVER)


def _hourly(
    plan: Plan,
    supply: Supply,
    scenarios: Scenarios,
    places: Mapping[Place, int],
    first: Quarter,
) -> Iterator[Lot]:
    """Give what is taken by the hour: the plan's mean of a quarter, by what each offer may be."""
    never = np.zeros(scenarios.count)
    hourly = {source.id: source for source in supply.hourly}
    for tenure in (Tenure.RENT, Tenure.SPOT):
        taken = [one for one in plan.signed if one.tenure is tenure]
        for line in plan.by_period:
            able = [one for one in taken if one.service <= line.period]
            most = sum(one.power_it_mw for one in able)
            mean = line.power_it_mw.get(tenure, 0.0)
            for one in able if most > 0.0 and mean > 0.0 else ():
                pool = supply.pools[hourly[one.offer].pool]
                yield Lot(
                    id=f"{one.offer}@{line.period}",
                    place=places[Place(one.accelerator, one.site)],
                    accelerators=mean * one.power_it_mw / most * pool.accelerators_per_mw,
                    due_hours=(line.period - first) * QUARTER_HOURS,
                    lasts_hours=QUARTER_HOURS,
                    late_hours=never,
                    ends_hours=_defaults(hourly[one.offer], scenarios),
                )


def _inference(
    portfolio: Portfolio, scenarios: Scenarios, pools: tuple[Pool, ...]
) -> Iterator[Need]:
    pairs = inference_pairs(portfolio, pools)
    for number, need in enumerate(portfolio.demand.inference):
        revenue = along(need.revenue_usd_per_h100e_hour, portfolio.horizon.quarters)
        yield Need(
            id=need.id,
            rate=_rates(pairs.pool[pairs.work == number], pools, Workload.INFERENCE),
            asked=scenarios.inference[number] * 1e3 * HOURS_PER_QUARTER,
            worth=np.array(revenue) + need.unserved_usd_per_h100e_hour,
        )


def _training(
    portfolio: Portfolio, scenarios: Scenarios, pools: tuple[Pool, ...]
) -> Iterator[Need]:
    pairs = training_pairs(portfolio, pools)
    quarters = portfolio.horizon.quarters
    for number, job in enumerate(portfolio.demand.training):
        window = np.array([job.earliest <= quarter <= job.deadline for quarter in quarters], float)
        # Work beyond the horizon is not asked for within it.
        whole = max(job.deadline - max(job.earliest, quarters[0]) + 1, 1)
        size = scenarios.training[number][:, None] * 1e3 * HOURS_PER_QUARTER
        rate = _rates(pairs.pool[pairs.work == number], pools, Workload.TRAINING)
        worth = job.value_usd_per_h100e_hour + job.unserved_usd_per_h100e_hour
        yield Need(
            id=job.id,
            rate=rate,
            asked=size * window[None] / whole,
            worth=np.full(len(quarters), worth),
            carries=True,
            gang={c: job.block_it_mw * pools[c].accelerators_per_mw for c in rate},
        )


def _rates(able: object, pools: tuple[Pool, ...], work: Workload) -> dict[int, float]:
    return {int(c): pools[int(c)].accelerator.throughput_ratio[work] for c in np.asarray(able)}
