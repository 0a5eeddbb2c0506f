"""Limits: every row that can hold a plan back, named as the portfolio names it.

A limit on what is signed is held against the plan as signed (nothing late), once for
each path through the information structure; a limit on use is held in every scenario or
in their mean, as its field says.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from offtake.model.period import Quarter
from offtake.plan import power, power_limits, vehicles
from offtake.plan.formulate import Facts, Formulation
from offtake.plan.limit_rows import (
    Weigh,
    buyers_of,
    by_period,
    by_scenario,
    committed,
    mean_limit,
    objects,
    put_planned,
    quarters_of,
)
from offtake.plan.program import Floats, Ints, Limit
from offtake.plan.workloads import MILLION


def add_limits(made: Formulation) -> None:
    """Add every limit of the portfolio to a program."""
    for add in (
        _offer_power,
        _phase_power,
        power_limits.site_power,
        _investment,
        _spending,
        _spending_to_revenue,
        _sellers,
        _vendors,
        power_limits.carbon,
        power_limits.clean,
        _served,
        _blocks,
    ):
        add(made)


def _offer_power(made: Formulation) -> None:
    facts = made.facts
    offers = facts.supply.offers
    tracks = facts.tracks
    shape = (len(offers), len(tracks))
    most = np.array([float(o.power_it_mw) for o in offers])[:, None]
    least = np.array([float(o.least_it_mw or 0.0) for o in offers])[:, None]
    terms = [(facts.size[:, None, None], made.x[:, tracks])]

    def limit(part: str) -> Limit:
        names = objects([[f"offers.{o.id}.{part}"] * shape[1] for o in offers], shape)
        return Limit(f"offers.{part}", names, "MW IT")

    made.program.con("offer_power", shape, terms, upper=most, limit=limit("power_it_mw"))
    where = np.broadcast_to(least > 0, shape)
    made.program.con(
        "offer_least", shape, terms, lower=least, where=where, limit=limit("least_it_mw")
    )


def _phase_power(made: Formulation) -> None:
    """Offers that fill a phase share what contracts leave of it."""
    facts = made.facts
    room = {
        (site.id, phase.id): float(phase.power_it_mw)
        for site in facts.portfolio.sites
        for phase in site.phases
    }
    for contract in facts.portfolio.contracts:
        if contract.buyer in buyers_of(facts):
            for tranche in contract.tranches:
                if tranche.phase and (tranche.site, tranche.phase) in room:
                    room[tranche.site, tranche.phase] -= float(tranche.power_it_mw or 0.0)
    filled: dict[tuple[str, str], list[int]] = {}
    for number, offer in enumerate(facts.supply.offers):
        if offer.phase:
            filled.setdefault((offer.site, offer.phase), []).append(number)
    tracks = facts.tracks
    keys = list(filled)
    names = objects(
        [[f"sites.{s}.phases.{p}.power_it_mw"] * len(tracks) for s, p in keys],
        (len(keys), len(tracks)),
    )
    most = np.array([max(room[key], 0.0) for key in keys])[:, None]
    limit = Limit("sites.phases.power_it_mw", names, "MW IT")
    rows = made.program.con("phase_power", names.shape, [], upper=most, limit=limit).index
    for row, key in enumerate(keys):
        for number in filled[key]:
            columns = made.x[number][tracks]
            made.program.put(rows[row][:, None], facts.size[number], columns)


def _named_quarters(
    made: Formulation, limits: Mapping[Quarter, float], scale: float
) -> tuple[npt.NDArray[np.bool_], Floats]:
    quarters = quarters_of(made)
    there = np.array([q in limits for q in quarters])
    return there, np.array([limits.get(q, np.inf) / scale for q in quarters])


def _investment(made: Formulation) -> None:
    """Capital expenditure and prepayments as signed ≤ limit, quarter by quarter."""
    facts = made.facts
    there, most = _named_quarters(made, facts.portfolio.capital.investment_limit_usd, MILLION)
    names, when = by_period(made, ["capital.investment_limit_usd"])
    signed = sum(
        (
            s.power_it_mw * f.invested
            for s, f in zip(facts.supply.committed, facts.committed, strict=True)
        ),
        np.zeros(facts.shape[1]),
    )
    allowed = np.broadcast_to(most * MILLION, names[0].shape)
    limit = Limit("capital.investment_limit_usd", names[0], "USD", MILLION, when[0], allowed)
    rows = made.program.con(
        "investment", names[0].shape, [], upper=most - signed, where=there, limit=limit
    ).index
    put_planned(made, rows, lambda _: 1.0, "invested")
    power.put_invested(made, rows)
    vehicles.put_invested(made, rows)


def _spending(made: Formulation) -> None:
    """All cash out ≤ limit in every scenario."""
    facts = made.facts
    there, most = _named_quarters(made, facts.portfolio.capital.spending_limit_usd, MILLION)
    names, when = by_scenario(made, ["capital.spending_limit_usd"])
    limit = Limit("capital.spending_limit_usd", names[0], "USD", MILLION, when[0])
    made.program.con(
        "spending", facts.shape, [(1.0, made.spend)], upper=most, where=there, limit=limit
    )


def _spending_to_revenue(made: Formulation) -> None:
    """Mean cash out ≤ ratio · mean revenue."""
    stated = made.facts.portfolio.capital.spending_to_revenue_ratio
    quarters = [(t, q) for t, q in enumerate(quarters_of(made)) if q in stated]
    if not quarters:
        return
    names = objects(["capital.spending_to_revenue_ratio"] * len(quarters), (len(quarters),))
    when = objects([q for _, q in quarters], (len(quarters),))
    ratio = np.array([stated[q] for _, q in quarters])
    limit = Limit("capital.spending_to_revenue_ratio", names, "USD", MILLION, when, ratio)
    rows = mean_limit(made, "spending_to_revenue", np.zeros(len(quarters)), limit, signed=True)
    for row, (t, _) in enumerate(quarters):
        made.program.put(rows[row], 1.0, made.spend[:, t])
        made.program.put(rows[row], -ratio[row], made.earn[:, t])


def _from(made: Formulation) -> npt.NDArray[np.bool_]:
    since = made.facts.portfolio.limits.shares_from
    return np.array([since is None or q >= since for q in quarters_of(made)])


def _share(made: Formulation, name: str, kind: str, groups: dict[str, tuple[float, Weigh]]) -> None:
    """Σ power of a group − share · Σ power of all ≤ 0, as signed, from `shares_from` on."""
    if not groups:
        return
    facts = made.facts
    names, when = by_period(made, list(groups))
    shares = list(groups.values())
    signed = [committed(facts, _less(weigh, share)) for share, weigh in shares]
    upper = -np.array(signed).reshape(len(groups), 1, -1)
    stated = np.array([share for share, _ in shares]).reshape(-1, 1, 1)
    allowed = np.broadcast_to(stated, names.shape)
    limit = Limit(f"limits.{kind}", names, "MW IT", 1.0, when, allowed)
    rows = made.program.con(name, names.shape, [], upper=upper, where=_from(made), limit=limit)
    for row, (share, weigh) in enumerate(shares):
        put_planned(made, rows.index[row], _less(weigh, share))


def _less(weigh: Weigh, share: float) -> Weigh:
    return lambda source: weigh(source) - share


def _sellers(made: Formulation) -> None:
    facts = made.facts
    limits = facts.portfolio.limits
    group = {p.id: p.group or p.id for p in facts.portfolio.parties}
    stated = {group.get(p, p): ("seller_share", share) for p, share in limits.seller_share.items()}
    if limits.any_seller_share is not None:
        sellers = {s.seller for s in (*facts.supply.committed, *facts.supply.offered)}
        for seller in sorted(sellers - buyers_of(facts)):
            any_share = ("any_seller_share", limits.any_seller_share)
            stated.setdefault(group.get(seller, seller), any_share)

    def of(name: str) -> Weigh:
        return lambda source: float(group.get(source.seller, source.seller) == name)

    groups = {f"limits.{part}.{n}": (share, of(n)) for n, (part, share) in stated.items()}
    _share(made, "seller_share", "seller_share", groups)


def _vendors(made: Formulation) -> None:
    facts = made.facts

    def of(name: str) -> Weigh:
        return lambda source: float(facts.supply.pools[source.pool].accelerator.vendor == name)

    stated = facts.portfolio.limits.vendor_share
    groups = {f"limits.vendor_share.{n}": (share, of(n)) for n, share in stated.items()}
    _share(made, "vendor_share", "vendor_share", groups)


def _served(made: Formulation) -> None:
    """Unserved ≤ (1 − least share)·demand in every scenario."""
    facts = made.facts
    needs = facts.portfolio.demand.inference
    least = np.array([i.least_served_share for i in needs])
    names, when = by_scenario(made, [f"demand.inference.{i.id}.least_served_share" for i in needs])
    most = (1 - least)[:, None, None] * facts.scenarios.inference
    where = np.broadcast_to((least > 0)[:, None, None], most.shape)
    allowed = np.broadcast_to(least[:, None, None], most.shape)
    limit = Limit("demand.inference.least_served_share", names, "H100e", 1e3, when, allowed)
    made.program.con(
        "served", most.shape, [(1.0, made.unserved)], upper=most, where=where, limit=limit
    )


def _blocks(made: Formulation) -> None:
    """A site that hosts a job has its block of qualified power by the deadline, as signed."""
    facts = made.facts
    tracks = facts.tracks
    jobs = facts.portfolio.demand.training
    sites = [site.id for site in facts.portfolio.sites]
    shape = (len(jobs), len(sites), len(tracks))
    names = np.empty(shape, object)
    for row, job in enumerate(jobs):
        names[row] = f"demand.training.{job.id}.block_it_mw"
    have, at = np.zeros(shape), _last_quarter(made)
    able = {(int(j), int(c)) for j, c in zip(facts.training.work, facts.training.pool, strict=True)}
    for row in range(len(jobs)):
        for source, moved in zip(facts.supply.committed, facts.committed, strict=True):
            if (row, source.pool) in able:
                site = sites.index(facts.supply.pools[source.pool].site.id)
                have[row, site] += source.power_it_mw * moved.planned[at[row]]
    block = np.array([float(j.block_it_mw) for j in jobs]).reshape(-1, 1, 1)
    allowed = np.broadcast_to(block, shape)
    limit = Limit("demand.training.block_it_mw", names, "MW IT", allowed=allowed)
    where = np.broadcast_to((made.host >= 0)[:, :, None], shape)
    rows = made.program.con("block", shape, [], upper=have, where=where, limit=limit).index
    made.program.put(rows, block, made.host[:, :, None])
    ahead, site_of = made.ahead, _site_of_pool(facts)
    for row, quarter in enumerate(at):
        fits = np.isin(ahead.pool, [c for j, c in able if j == row])
        some = np.flatnonzero(fits & (ahead.planned[:, quarter] > 0))
        columns = made.x[ahead.offer[some, None], tracks[:, ahead.period[some]].T]
        held = rows[row, site_of[ahead.pool[some]]]
        made.program.put(held, -ahead.planned[some, quarter][:, None], columns)


def _site_of_pool(facts: Facts) -> Ints:
    """Row of the site each pool stands at, [C]."""
    order = {site.id: row for row, site in enumerate(facts.portfolio.sites)}
    return np.array([order[p.site.id] for p in facts.supply.pools], np.int64)


def _last_quarter(made: Formulation) -> list[int]:
    """Index of the last quarter of each job's window inside the horizon."""
    window = made.facts.window
    return [int(np.flatnonzero(row)[-1]) if row.any() else 0 for row in window]
