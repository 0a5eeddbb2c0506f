"""The numbers of the planner's program as labelled arrays, for `bench.linopy_model`.

Everything here is data: which offer is at which site, what one MW of it brings and costs
in each scenario. It is made before the clock starts; only writing the model is timed.
Right-hand sides are read from our own assembled program, coefficients are made anew from
the facts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from offtake.model.portfolio import Portfolio
from offtake.plan.formulate import Facts, Formulation, Risk, committed_residual, site_up
from offtake.plan.front import build, prepare
from offtake.plan.power_limits import energy_mwh
from offtake.plan.program import ABSENT, Assembled, Floats
from offtake.plan.workloads import revenue, training_value

Array = Any
"""A labelled array; xarray has types, but bench is no place to repeat them."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One portfolio with its scenarios, as facts, as our program, and as labelled arrays."""

    facts: Facts
    made: Formulation
    assembled: Assembled
    arrays: dict[str, Array]


def instance(portfolio: Portfolio, scenarios: int, seed: int, risk: Risk) -> Instance:
    """Draw the scenarios of a portfolio and label its numbers."""
    facts = prepare(portfolio, scenarios, seed)
    made, assembled = build(facts, risk)
    arrays = _of_offers(facts) | _of_work(facts) | _of_pools(facts) | _of_limits(facts)
    arrays |= _sides(made, assembled)
    arrays["wanted"] = xr.DataArray(facts.scenarios.inference, dims=("need", "w", "t"))
    arrays["size"] = xr.DataArray(facts.scenarios.training, dims=("job", "w"))
    arrays["chance"] = xr.DataArray(facts.scenarios.probability, dims="w")
    arrays["discount"] = xr.DataArray(facts.discount, dims="t")
    arrays["kept"] = xr.DataArray(committed_residual(facts), dims="w")
    return Instance(facts, made, assembled, arrays)


def _of_offers(facts: Facts) -> dict[str, Array]:
    """What one unit of each offer whened in each quarter brings and costs."""
    count, periods = facts.shape
    offers = facts.supply.offered
    ahead = (len(offers), periods)
    share, paid = np.zeros((*ahead, count, periods)), np.zeros((*ahead, count, periods))
    planned, invested = np.zeros((*ahead, periods)), np.zeros((*ahead, periods))
    residual, there = np.zeros((*ahead, count)), np.zeros(ahead, bool)
    up = site_up(facts)
    for (offer, period), moved in facts.offered.items():
        size, source = facts.size[offer], offers[offer]
        there[offer, period] = True
        share[offer, period] = size * source.availability * moved.share * up[source.pool]
        paid[offer, period] = size * moved.paid
        planned[offer, period] = size * moved.planned
        invested[offer, period] = size * moved.invested
        residual[offer, period] = size * facts.final_discount * moved.residual
    most = [o.block_limit_count or np.inf for o in facts.supply.offers]
    places = list(dict.fromkeys((o.site, o.phase) for o in facts.supply.offers if o.phase))
    phase = [places.index((o.site, o.phase)) if o.phase else -1 for o in facts.supply.offers]
    pools = [s.pool for s in offers]
    return {
        "there": xr.DataArray(there, dims=("offer", "signing")),
        "most": xr.DataArray(np.array(most, float), dims="offer"),
        "unit": xr.DataArray(facts.size, dims="offer"),
        "share": xr.DataArray(share, dims=("offer", "signing", "w", "t")),
        "paid": xr.DataArray(paid, dims=("offer", "signing", "w", "t")),
        "planned": xr.DataArray(planned, dims=("offer", "signing", "t")),
        "invested": xr.DataArray(invested, dims=("offer", "signing", "t")),
        "residual": xr.DataArray(residual, dims=("offer", "signing", "w")),
        "offer_pool": xr.DataArray(pools, dims="offer", name="pool"),
        "offer_site": xr.DataArray(_sites(facts)[pools], dims="offer", name="site"),
        "offer_phase": xr.DataArray(phase, dims="offer", name="phase"),
        "prepaid": xr.DataArray([s.terms.paid_share for s in offers], dims="offer"),
        "meter": xr.DataArray([s.facility_ratio for s in offers], dims="offer"),
    }


def _sites(facts: Facts) -> Array:
    order = {site.id: row for row, site in enumerate(facts.portfolio.sites)}
    return np.array([order[p.site.id] for p in facts.supply.pools])


def _of_pools(facts: Facts) -> dict[str, Array]:
    """What using a pool costs, and what can be rented into it by the hour."""
    up = site_up(facts)
    hourly = facts.supply.hourly
    price = [s.terms.fixed * facts.scenarios.market(s.tenure) + s.terms.running for s in hourly]
    brings = [s.availability * up[s.pool] for s in hourly]
    use = np.array([p.use_m_usd for p in facts.supply.pools])
    grams = np.array([p.site.carbon_g_per_kwh for p in facts.supply.pools])
    return {
        "pool_site": xr.DataArray(_sites(facts), dims="pool", name="site"),
        "use_price": xr.DataArray(use, dims="pool"),
        "charged": xr.DataArray(use != 0, dims="pool"),
        "energy": xr.DataArray(facts.energy_m_usd, dims=("pool", "w", "t")),
        "kilotonnes": xr.DataArray(energy_mwh(facts) * grams / 1e6, dims="pool"),
        "rent_pool": xr.DataArray([s.pool for s in hourly], dims="hourly", name="pool"),
        "rent_price": xr.DataArray(np.array(price), dims=("hourly", "w", "t")),
        "rent_brings": xr.DataArray(np.array(brings), dims=("hourly", "w", "t")),
    }


def _of_work(facts: Facts) -> dict[str, Array]:
    """Which pool does which work, and what it earns or costs when it is not done."""
    pools, ways, pairs = len(facts.supply.pools), facts.routes, facts.training
    jobs = facts.portfolio.demand.training
    group, rate = np.full(pools, -1), np.zeros(pools)
    group[ways.pool], rate[ways.pool] = ways.group, ways.rate
    reached = np.zeros((ways.groups, len(facts.portfolio.demand.inference)), bool)
    reached[ways.source, ways.work] = True
    train = np.zeros((len(jobs), pools))
    train[pairs.work, pairs.pool] = pairs.rate
    host = np.zeros((len(jobs), len(facts.portfolio.sites)), bool)
    host[pairs.work, _sites(facts)[pairs.pool]] = True
    earned, lost = revenue(facts.portfolio)
    worth, left = training_value(jobs)
    due = np.clip([j.deadline - facts.portfolio.horizon.first for j in jobs], 0, None)
    late = facts.discount[np.minimum(due.astype(int), len(facts.discount) - 1)]
    return {
        "serves": xr.DataArray(group >= 0, dims="pool"),
        "pool_group": xr.DataArray(group, dims="pool", name="group"),
        "rate": xr.DataArray(rate, dims="pool"),
        "reached": xr.DataArray(reached, dims=("group", "need")),
        "train": xr.DataArray(train, dims=("job", "pool")),
        "window": xr.DataArray(facts.window, dims=("job", "t")),
        "host": xr.DataArray(host, dims=("job", "site")),
        "earned": xr.DataArray(earned, dims=("need", "t")),
        "lost": xr.DataArray(lost, dims="need"),
        "worth": xr.DataArray(worth, dims="job"),
        "left": xr.DataArray(left * late, dims="job"),
        "block": xr.DataArray([float(j.block_it_mw) for j in jobs], dims="job"),
    }


def _of_limits(facts: Facts) -> dict[str, Array]:
    """Coefficients of limits: shares of sellers and vendors, years, ratios, blocks."""
    quarters = facts.portfolio.horizon.quarters
    limits, capital = facts.portfolio.limits, facts.portfolio.capital
    group = {p.id: p.group or p.id for p in facts.portfolio.parties}
    stated = {group.get(p, p): share for p, share in limits.seller_share.items()}
    if limits.any_seller_share is not None:
        buyers = {facts.portfolio.lab} | {v.party for v in capital.vehicles}
        sources = (*facts.supply.committed, *facts.supply.offered)
        for seller in sorted({s.seller for s in sources} - buyers):
            stated.setdefault(group.get(seller, seller), limits.any_seller_share)
    sellers = [group.get(s.seller, s.seller) for s in facts.supply.offered]
    vendors = [facts.supply.pools[s.pool].accelerator.vendor for s in facts.supply.offered]
    years = sorted(y for y in limits.carbon_t_co2 if any(str(q.year) == y for q in quarters))
    ratio = capital.spending_to_revenue_ratio
    return {
        "seller": _weights(sellers, stated, "seller"),
        "vendor": _weights(vendors, limits.vendor_share, "vendor"),
        "in_year": xr.DataArray(
            np.array([[str(q.year) == y for q in quarters] for y in years], float).reshape(
                len(years), len(quarters)
            ),
            dims=("year", "t"),
        ),
        "ratio": xr.DataArray([ratio[q] for q in quarters if q in ratio], dims="tied"),
        "tied": xr.DataArray([t for t, q in enumerate(quarters) if q in ratio], dims="tied"),
        "planned_at_end": _at_end(facts),
    }


def _weights(of: list[str], shares: Any, dim: str) -> Array:
    rows = [[float(name == one) - share for one in of] for name, share in shares.items()]
    return xr.DataArray(np.array(rows).reshape(len(rows), len(of)), dims=(dim, "offer"))


def _at_end(facts: Facts) -> Array:
    """Qualified MW each unit signed has in service when a job's window ends."""
    jobs = len(facts.window)
    able = set(zip(facts.training.work.tolist(), facts.training.pool.tolist(), strict=True))
    made = np.zeros((jobs, len(facts.supply.offered), facts.shape[1]))
    last = [int(np.flatnonzero(row)[-1]) if row.any() else 0 for row in facts.window]
    for (offer, period), moved in facts.offered.items():
        for job in range(jobs):
            if (job, facts.supply.offered[offer].pool) in able:
                made[job, offer, period] = facts.size[offer] * moved.planned[last[job]]
    return xr.DataArray(made, dims=("job", "offer", "signing"))


def _sides(made: Formulation, assembled: Assembled) -> dict[str, Array]:
    """Right-hand sides and bounds, as they stand in our assembled program."""

    def side(name: str, dims: tuple[str, ...], pick: Callable[[Any], Any] = lambda i: i) -> Array:
        index = pick(made.program.rows[name].index)
        return xr.DataArray(_read(assembled.row_upper, index), dims=dims)

    flat = (..., 0, slice(None))
    return {
        "have": side("capacity", ("pool", "w", "t")),
        "paid_for": side("paid", ("pool", "w", "t")),
        "signed_cash": side("spend", ("w", "t")),
        "most_signed": side("offer_power", ("offer",), lambda i: i[:, 0]),
        "room": side("phase_power", ("phase",), lambda i: i[:, 0]),
        "site_room": _site_room(made, assembled),
        "investment": side("investment", ("t",), lambda i: i[0]),
        "spending": side("spending", ("w", "t")),
        "carbon": _optional(made, assembled, "carbon", ("year",)),
        "seller_room": _optional(made, assembled, "seller_share", ("seller", "t"), flat),
        "vendor_room": _optional(made, assembled, "vendor_share", ("vendor", "t"), flat),
        "block_have": side("block", ("job", "site"), lambda i: i[:, :, 0]),
        "rentable": xr.DataArray(
            _read(assembled.column_upper, made.rent), dims=("hourly", "w", "t")
        ),
    }


def _read(held: Floats, index: Any) -> Floats:
    return np.where(index == ABSENT, np.nan, held[np.maximum(index, 0)])


def _optional(
    made: Formulation, assembled: Assembled, name: str, dims: tuple[str, ...], pick: Any = ...
) -> Array | None:
    if name not in made.program.rows:
        return None
    return xr.DataArray(_read(assembled.row_upper, made.program.rows[name].index[pick]), dims=dims)


def _site_room(made: Formulation, assembled: Assembled) -> Array:
    """Power left at every meter, [site, t]; nan where the site states no limit."""
    rows = made.program.rows["site_power"]
    sites = [site.id for site in made.facts.portfolio.sites]
    room = np.full((len(sites), made.facts.shape[1]), np.nan)
    assert rows.limit is not None
    for row, path in enumerate(rows.limit.paths[:, 0, 0]):
        room[sites.index(path.split(".")[1])] = _read(assembled.row_upper, rows.index[row, 0])
    return xr.DataArray(room, dims=("site", "t"))
