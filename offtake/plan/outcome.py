"""Outcome: a solution read back as capacity, use, money and work, in every scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from offtake.plan import factors, powered
from offtake.plan.formulate import Facts, Formulation, committed_residual, site_up
from offtake.plan.power_limits import energy_mwh
from offtake.plan.powered import Powered
from offtake.plan.program import ABSENT, Floats, Ints
from offtake.plan.solve import Solution
from offtake.plan.waterfall import Settled, beyond_offers, settle, together
from offtake.plan.workloads import revenue, training_value

LEAST_MW = 1e-6
"""Signings below this are rounding of the solver."""
SCENARIOS_LAST = ("undone", "option")
"""Tables [.., W]; others are [W], [W, T] or [.., W, T]."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plan brings; money in million USD, work in k H100e, arrays over [W, T]."""

    chance: Floats
    """[W] chance of each scenario."""
    amounts: dict[tuple[int, int], Floats]
    """[W] MW by offer and signing quarter; only what is signed in any scenario."""
    rent: Floats
    """[R, W, T] MW."""
    use_inference: Floats
    """[P, W, T] MW."""
    use_training: Floats
    """[Q, W, T] MW."""
    over: Floats
    """[C, W, T] MW."""
    unserved: Floats
    """[I, W, T] k H100e."""
    undone: Floats
    """[J, W] k H100e-quarters."""
    useful: Floats
    """[C, W, T] MW able to work: signed before, by the plan, and rented."""
    investment: Floats
    payment: Floats
    energy: Floats
    earned: Floats
    npv: Floats
    """[W]"""
    cost: Floats
    """[W] discounted cash out less residual value."""
    residual: Floats
    """[W] discounted value of what is left at the end."""
    penalty: Floats
    """[W] discounted cost of what is not served, beyond lost revenue."""
    volume: float
    """Mean discounted cash out: what a gap is measured against."""
    energy_mwh: Floats
    """[W, T]"""
    carbon_t: Floats
    """[W, T] location-based."""
    carbon_market_t: Floats
    """[W, T] market-based."""
    clean_mwh: Floats
    """[W, T] carbon-free by the year."""
    hourly_clean_mwh: Floats
    """[W, T] carbon-free in the hour it is used."""
    option: Floats
    """[O, W] power options taken."""
    draw: Floats
    """[D, W, T] weight of each way to run a stack."""
    vehicles: Settled | None
    """What became of the vehicles that build something; None where none does."""

    @property
    def signed(self) -> dict[tuple[int, int], float]:
        """MW by offer and signing quarter, mean over scenarios; only what is signed."""
        mean = {key: float(self.chance @ mw) for key, mw in self.amounts.items()}
        return {key: mw for key, mw in mean.items() if mw > LEAST_MW}

    @property
    def handed(self) -> dict[tuple[int, int], Floats]:
        """MW of each signing that vehicles left to their lenders before each quarter, [W, T]."""
        held = self.vehicles
        return dict(zip(held.keys, held.gone, strict=True)) if held else {}

    @property
    def spent(self) -> Floats:
        """All cash out, [W, T]."""
        return self.investment + self.payment + self.energy


def joined(parts: Sequence[Outcome], which: Sequence[Ints]) -> Outcome:
    """Put the outcomes of some scenarios each together into that of all.

    Args:
        parts: outcomes of parts.
        which: scenarios each is of, as numbered in the whole.
    """
    order = np.argsort(np.concatenate(list(which)), kind="stable")
    made: dict[str, Any] = {}
    for part in fields(Outcome):
        held = [getattr(outcome, part.name) for outcome in parts]
        if part.name == "amounts":
            made[part.name] = _joined_amounts(parts, order)
        elif part.name == "vehicles":
            made[part.name] = together([outcome.vehicles for outcome in parts], order)
        elif isinstance(held[0], np.ndarray):
            axis = 1 if held[0].ndim == 3 or part.name in SCENARIOS_LAST else 0
            made[part.name] = np.concatenate(held, axis=axis).take(order, axis=axis)
        else:
            made[part.name] = sum(held)
    return Outcome(**made)


def _joined_amounts(parts: Sequence[Outcome], order: Ints) -> dict[tuple[int, int], Floats]:
    keys = dict.fromkeys(key for outcome in parts for key in outcome.amounts)
    return {
        key: np.concatenate([o.amounts.get(key, np.zeros(len(o.chance))) for o in parts])[order]
        for key in sorted(keys)
    }


def take(values: Floats, index: Ints) -> Floats:
    """Read columns of a solution that cannot be negative; 0 where a column does not exist.

    A solver gives −1e-9 for 0; how far any bound is broken is reported with the plan.
    """
    if not len(values) or not index.size:
        return np.zeros(index.shape)
    return np.where(index == ABSENT, 0.0, np.maximum(values[np.maximum(index, 0)], 0.0))


def read(made: Formulation, solution: Solution) -> Outcome:
    """Recompute everything a solution means from its variables.

    Money is added up again from flows and use, not taken from the program's own cash
    columns, so that the two can be held against each other.
    """
    facts, values = made.facts, solution.values
    use_inference = _paired(made, values)
    use_training = take(values, made.use_training)
    over, rent = take(values, made.over), take(values, made.rent)
    unserved, undone = take(values, made.unserved), take(values, made.undone)
    amounts = _amounts(made, values)
    invested, paid = _moved(made, amounts)
    paid = paid + _hourly(facts, rent) + _overage(facts, over)
    stacks = powered.read(made, values)
    invested, paid_energy = invested + stacks.invested(), stacks.paid()
    busy = used(facts, use_inference, use_training)
    energy = (facts.energy_m_usd * busy).sum(axis=0) + paid_energy
    earned = _earned(facts, use_inference, use_training)
    residual = committed_residual(facts) + _residual(made, amounts) + stacks.residual()
    useful = _useful(made, amounts, rent)
    settled = settle(made, lambda index: take(values, index))
    if settled is not None:
        more = beyond_offers(made, settled)
        invested, paid = invested + more.investment, paid + more.payment
        residual, useful = residual + more.residual, useful - more.capacity
    spent = invested + paid + energy
    cost = (spent * facts.discount).sum(axis=1) - residual
    penalty = _penalty(facts, unserved, undone)
    npv = (earned * facts.discount).sum(axis=1) - cost - penalty
    return Outcome(
        chance=facts.scenarios.probability,
        amounts=amounts,
        rent=rent,
        use_inference=use_inference,
        use_training=use_training,
        over=over,
        unserved=unserved,
        undone=undone,
        useful=useful,
        investment=invested,
        payment=paid,
        energy=energy,
        earned=earned,
        npv=npv,
        cost=cost,
        residual=residual,
        penalty=penalty,
        volume=float(facts.scenarios.probability @ (spent * facts.discount).sum(axis=1)),
        option=stacks.option,
        draw=stacks.draw,
        vehicles=settled,
        **_energy(facts, busy, stacks),
    )


def volume(made: Formulation, values: Floats) -> float:
    """Mean discounted cash out of a solution, in million USD: what a gap is measured against."""
    facts = made.facts
    spent = np.maximum(take(values, made.spend), 0.0)
    return float(facts.scenarios.probability @ (spent * facts.discount).sum(axis=1))


def _amounts(made: Formulation, values: Floats) -> dict[tuple[int, int], Floats]:
    """MW signed by offer and quarter in each scenario, [W]."""
    facts = made.facts
    taken = take(values, made.signed) * facts.size[made.ahead.offer][:, None]
    some = np.flatnonzero(taken.max(axis=1, initial=0.0) > LEAST_MW)
    keys = list(facts.offered)
    return {keys[row]: taken[row] for row in some}


def _moved(made: Formulation, amounts: dict[tuple[int, int], Floats]) -> tuple[Floats, Floats]:
    """Investment and payments of all that is signed, [W, T]."""
    facts = made.facts
    invested, paid = np.zeros(facts.shape), np.zeros(facts.shape)
    for source, moved in zip(facts.supply.committed, facts.committed, strict=True):
        invested += source.power_it_mw * moved.investment
        paid += source.power_it_mw * moved.payment
    for key, mw in amounts.items():
        invested += mw[:, None] * facts.offered[key].investment
        paid += mw[:, None] * facts.offered[key].payment
    return invested, paid


def _hourly(facts: Facts, rent: Floats) -> Floats:
    total = np.zeros(facts.shape)
    for number, source in enumerate(facts.supply.hourly):
        price = source.terms.fixed * facts.scenarios.market(source.tenure) + source.terms.running
        total += price * rent[number]
    return total


def _overage(facts: Facts, over: Floats) -> Floats:
    price = np.array([p.use_m_usd for p in facts.supply.pools])
    total: Floats = np.einsum("c,cwt->wt", price, over)
    return total


def _paired(made: Formulation, values: Floats) -> Floats:
    """Power of each pool for each demand, [P, W, T] MW.

    What a group sends to a demand is shared among its pools by the work they do; power
    that sends nothing out is not counted as used.
    """
    facts, ways = made.facts, made.facts.routes
    power, sent = take(values, made.use_inference), take(values, made.routed)
    done = np.zeros((ways.groups, *facts.shape))
    np.add.at(done, ways.group, power * ways.rate[:, None, None])
    place = {int(c): row for row, c in enumerate(ways.pool)}
    way = {
        (int(g), int(w)): row for row, (g, w) in enumerate(zip(ways.source, ways.work, strict=True))
    }
    paired = np.zeros((len(facts.inference.pool), *facts.shape))
    for row, (pool, work) in enumerate(
        zip(facts.inference.pool, facts.inference.work, strict=True)
    ):
        at = place[int(pool)]
        group = int(ways.group[at])
        share = np.divide(
            sent[way[group, int(work)]],
            done[group],
            out=np.zeros(facts.shape),
            where=done[group] > 1e-12,
        )
        paired[row] = power[at] * np.minimum(share, 1.0)
    return paired


def used(facts: Facts, use_inference: Floats, use_training: Floats) -> Floats:
    """MW at work in each pool, [C, W, T]."""
    total = np.zeros((len(facts.supply.pools), *facts.shape))
    np.add.at(total, facts.inference.pool, use_inference)
    np.add.at(total, facts.training.pool, use_training)
    return total


def _energy(facts: Facts, busy: Floats, stacks: Powered) -> dict[str, Floats]:
    """Energy, its carbon by both methods and what of it is clean, each [W, T]."""
    portfolio, pools = facts.portfolio, facts.supply.pools
    mwh = energy_mwh(facts)[:, None, None] * busy

    def of_mixes(factor: Floats) -> Floats:
        total: Floats = np.einsum("c,cwt->wt", factor, mwh)
        return total

    return {
        "energy_mwh": mwh.sum(axis=0),
        "carbon_t": of_mixes(factors.location(portfolio, pools) / 1e3) + stacks.location_t(),
        "carbon_market_t": of_mixes(factors.market(portfolio, pools) / 1e3) + stacks.market_t(),
        "clean_mwh": of_mixes(factors.clean(pools)) + stacks.clean_mwh(),
        "hourly_clean_mwh": of_mixes(factors.hourly_clean(pools)) + stacks.hourly_clean_mwh(),
    }


def _earned(facts: Facts, use_inference: Floats, use_training: Floats) -> Floats:
    price, _ = revenue(facts.portfolio)
    worth, _ = training_value(facts.portfolio.demand.training)
    total = np.zeros(facts.shape)
    if len(price):
        rate = facts.inference.rate[:, None] * price[facts.inference.work]
        total += np.einsum("pt,pwt->wt", rate, use_inference)
    if len(worth):
        value = facts.training.rate * worth[facts.training.work]
        total += np.einsum("q,qwt->wt", value, use_training)
    return total


def _residual(made: Formulation, amounts: dict[tuple[int, int], Floats]) -> Floats:
    facts = made.facts
    total = np.zeros(facts.shape[0])
    for key, mw in amounts.items():
        total += facts.final_discount * mw * facts.offered[key].residual
    return total


def _penalty(facts: Facts, unserved: Floats, undone: Floats) -> Floats:
    """Discounted cost of what is not served, beyond lost revenue, [W]."""
    _, lost = revenue(facts.portfolio)
    jobs = facts.portfolio.demand.training
    _, left = training_value(jobs)
    total = np.einsum("i,iwt,t->w", lost, unserved, facts.discount)
    last = len(facts.discount) - 1
    due = [min(max(j.deadline - facts.portfolio.horizon.first, 0), last) for j in jobs]
    when = facts.discount[np.array(due, int)]
    penalty: Floats = total + np.einsum("j,jw,j->w", left, undone, when)
    return penalty


def _useful(made: Formulation, amounts: dict[tuple[int, int], Floats], rent: Floats) -> Floats:
    facts = made.facts
    up = site_up(facts)
    total = np.zeros_like(up)
    for source, moved in zip(facts.supply.committed, facts.committed, strict=True):
        total[source.pool] += source.power_it_mw * source.availability * moved.share
    for (offer, period), mw in amounts.items():
        source = facts.supply.offered[offer]
        share = facts.offered[offer, period].share
        total[source.pool] += mw[:, None] * source.availability * share
    for number, source in enumerate(facts.supply.hourly):
        total[source.pool] += source.availability * rent[number]
    return total * up


def tail_mean(values: Floats, chance: Floats, alpha: float, *, worst: str) -> float:
    """Mean of the worst 1 − α of a distribution, a scenario on its edge counted in part.

    `worst` is `low` for a value that is wished high, `high` for a cost.
    """
    order = np.argsort(values if worst == "low" else -values, kind="stable")
    mass = np.cumsum(chance[order])
    tail = 1 - alpha
    weight = np.clip(tail - (mass - chance[order]), 0.0, chance[order])
    return float(weight @ values[order] / weight.sum())


def quantile(values: Floats, chance: Floats, level: float) -> float:
    """Smallest value that at least `level` of the chance lies at or below."""
    order = np.argsort(values, kind="stable")
    mass = np.cumsum(chance[order])
    place = int(np.searchsorted(mass, level - 1e-12))
    return float(values[order][min(place, len(values) - 1)])


def quantiles(values: Floats, chance: Floats, level: float) -> npt.NDArray[np.float64]:
    """Take `quantile` of each column of [W, T]."""
    return np.array([quantile(column, chance, level) for column in values.T])
