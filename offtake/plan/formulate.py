"""The program itself: what to sign, what to run where, what it costs, what limits it.

The symbols are those of `docs/understanding/program.md`: offers o, pools c, scenarios w,
quarters t; x what is signed (MW), u what is used (MW), r what is rented (MW), v inference
not served and s training not done (k H100e). Money is in million USD. Signing variables
live on nodes of the information structure `node[w, t]`: scenarios that cannot be told
apart share a node, so a decision cannot use what is not yet known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from offtake.model.period import HOURS_PER_QUARTER
from offtake.model.portfolio import Portfolio
from offtake.plan.ahead import Ahead, stack
from offtake.plan.financing import tenant, vehicle_of
from offtake.plan.flows import Flow, flow, signing_price
from offtake.plan.program import ABSENT, Floats, Ints, Program, Term
from offtake.plan.scenarios import Scenarios
from offtake.plan.supply import Source, Supply
from offtake.plan.workloads import (
    MILLION,
    Pairs,
    Routes,
    inference_pairs,
    revenue,
    routes,
    training_pairs,
    training_value,
    windows,
)


@dataclass(frozen=True, slots=True)
class Risk:
    """How the tail counts: (1 − λ)·mean + λ·CVaR_α of net present value."""

    weight: float
    """λ, between 0 and 1."""
    alpha: float
    """α, below 1: CVaR is the mean of the worst 1 − α."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything known before the first variable is made: sources, flows, scenarios."""

    portfolio: Portfolio
    supply: Supply
    scenarios: Scenarios
    node: Ints
    """[W, T] node each scenario is at when a quarter's signing is decided."""
    tracks: Ints
    """[P, T] every different path through the nodes, also of scenarios that are elsewhere."""
    committed: tuple[Flow, ...]
    offered: Mapping[tuple[int, int], Flow]
    """By offer and signing quarter; pairs that cannot be signed are left out."""
    size: Floats
    """[O] MW one unit of x stands for: the block, or 1."""
    inference: Pairs
    routes: Routes
    training: Pairs
    window: npt.NDArray[np.bool_]
    energy_m_usd: Floats
    """[C, W, T] electricity of one MW used for a quarter."""
    discount: Floats
    """[T]"""
    final_discount: float

    @property
    def shape(self) -> tuple[int, int]:
        """Scenarios and quarters, (W, T)."""
        return self.scenarios.count, len(self.portfolio.horizon.quarters)


class Followed(Mapping[tuple[int, int], Flow]):
    """Flows that are worked out each time they are looked at, and never held."""

    def __init__(
        self, keys: Sequence[tuple[int, int]], follow: Callable[[tuple[int, int]], Flow]
    ) -> None:
        """Know the keys, and how to follow one."""
        self._keys, self._follow = dict.fromkeys(keys), follow

    def __getitem__(self, key: tuple[int, int]) -> Flow:
        """Follow one offer signed in one quarter."""
        if key not in self._keys:
            raise KeyError(key)
        return self._follow(key)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """List the keys, following nothing."""
        return iter(self._keys)

    def __len__(self) -> int:
        """Count the pairs of offer and quarter."""
        return len(self._keys)


@dataclass(frozen=True, slots=True)
class Formulation:
    """A program with the index arrays that read its solution."""

    facts: Facts
    risk: Risk
    program: Program
    ahead: Ahead
    """What may be signed ahead, K pairs of offer and quarter."""
    x: Ints
    """[O, N] signed, in units of `facts.size`."""
    host: Ints
    """[J, S] whether a job runs at a site."""
    rent: Ints
    """[R, W, T] MW."""
    use_inference: Ints
    """[C', W, T] MW, by serving pool."""
    routed: Ints
    """[F, W, T] k H100e, by route."""
    use_training: Ints
    """[Q, W, T] MW."""
    over: Ints
    """[C, W, T] MW used beyond what is already paid for."""
    unserved: Ints
    """[I, W, T] k H100e."""
    undone: Ints
    """[J, W] k H100e-quarters."""
    spend: Ints
    """[W, T] M USD."""
    earn: Ints
    """[W, T] M USD."""
    worth: list[Term] = field(default_factory=list)
    """Further terms of each scenario's net present value, [W, …], added before the objective."""

    @property
    def signed(self) -> Ints:
        """Column of each pair in each scenario, [K, W]."""
        columns: Ints = self.x[self.ahead.offer[:, None], self.facts.node[:, self.ahead.period].T]
        return columns

    @property
    def busy(self) -> tuple[tuple[Ints, Ints], ...]:
        """Columns of power at work, each block with the pool of each of its rows."""
        return (
            (self.use_inference, self.facts.routes.pool),
            (self.use_training, self.facts.training.pool),
        )


def two_stage(shape: tuple[int, int]) -> Ints:
    """Give the information structure in which nothing is learnt: one node a quarter."""
    return np.broadcast_to(np.arange(shape[1], dtype=np.int64), shape)


def gather(
    portfolio: Portfolio,
    supply: Supply,
    scenarios: Scenarios,
    node: Ints,
    tracks: Ints | None = None,
    *,
    keep: bool = True,
) -> Facts:
    """Follow every source through every scenario.

    Args:
        portfolio: what is planned.
        supply: its sources.
        scenarios: what may happen, all or some of it.
        node: [W, T] node of each scenario in each quarter.
        tracks: [P, T] every path through the nodes; None where `node` has them all.
        keep: hold the flows of all offers; else each is followed anew when looked at.
    """
    count, periods = node.shape
    ones = np.ones((count, periods))
    late = scenarios.late_days

    def alive(source: Source) -> Floats:
        return scenarios.party_up.get(source.seller, ones)

    builder = [vehicle_of(portfolio, offer) for offer in supply.offers]

    def follow(key: tuple[int, int]) -> Flow:
        raw, vehicle = followed(supply, scenarios, key), builder[key[0]]
        if vehicle is None:
            return raw
        return tenant(vehicle, supply.offered[key[0]], key[1], raw)

    keys = [(o, t) for o in range(len(supply.offered)) for t in _signable(portfolio, supply, o)]
    offered = {key: follow(key) for key in keys} if keep else Followed(keys, follow)
    blocks = [float(offer.block_it_mw or 1.0) for offer in supply.offers]
    served = inference_pairs(portfolio, supply.pools)
    rate = portfolio.capital.discount_share_per_year
    return Facts(
        portfolio=portfolio,
        supply=supply,
        scenarios=scenarios,
        node=node,
        tracks=np.unique(node, axis=0) if tracks is None else tracks,
        committed=tuple(flow(s, None, late[s.id], alive(s)) for s in supply.committed),
        offered=offered,
        size=np.array(blocks),
        inference=served,
        routes=routes(served),
        training=training_pairs(portfolio, supply.pools),
        window=windows(portfolio),
        energy_m_usd=_energy(supply, scenarios),
        discount=(1 + rate) ** (-(np.arange(periods) + 0.5) / 4),
        final_discount=float((1 + rate) ** (-periods / 4)),
    )


def followed(supply: Supply, scenarios: Scenarios, key: tuple[int, int]) -> Flow:
    """Follow one MW of an offer signed in one quarter, whoever pays for it."""
    source = supply.offered[key[0]]
    ones = np.ones_like(scenarios.rental_price)
    alive = scenarios.party_up.get(source.seller, ones)
    price = signing_price(source, key[1], scenarios.rental_price)
    return flow(source, key[1], scenarios.late_days[source.id], alive, price)


def _signable(portfolio: Portfolio, supply: Supply, number: int) -> list[int]:
    """List the quarters an offer can be signed in and still serve inside the horizon."""
    offer = supply.offers[number]
    horizon = portfolio.horizon
    first = max(offer.first_signing - horizon.first, 0) if offer.first_signing else 0
    last = len(horizon.quarters) - 1 - offer.lead_quarters
    if offer.last_signing:
        last = min(last, offer.last_signing - horizon.first)
    begins = supply.pools[supply.offered[number].pool].accelerator.available
    if begins is not None:
        first = max(first, begins - horizon.first - offer.lead_quarters)
    return list(range(first, last + 1))


def _energy(supply: Supply, scenarios: Scenarios) -> Floats:
    cost = [
        HOURS_PER_QUARTER * p.site.pue_ratio * p.site.electricity_usd_per_mwh / MILLION
        * (1 + p.markup_share) * p.buys_energy
        for p in supply.pools
    ]  # fmt: skip
    return np.array(cost)[:, None, None] * scenarios.electricity_price


def formulate(facts: Facts, risk: Risk) -> Formulation:
    """Write variables, capacity, work and cash; the objective and the limits come after."""
    program = Program()
    made = _variables(facts, program, risk)
    _capacity(made)
    _inference(made)
    _training(made)
    _cash(made)
    return made


def _variables(facts: Facts, program: Program, risk: Risk) -> Formulation:
    count, periods = facts.shape
    portfolio, supply = facts.portfolio, facts.supply
    nodes = int(facts.tracks.max()) + 1
    signable = np.zeros((len(supply.offered), nodes), bool)
    for offer, period in facts.offered:
        signable[offer, facts.tracks[:, period]] = True
    blocks = np.array([o.block_it_mw is not None for o in supply.offers], bool)
    # Only whole blocks are bounded here; a second bound beside the limit on an offer's power
    # would take a part of what that limit is worth.
    limits = [o.block_limit_count for o in supply.offers]
    whole = np.array([np.inf if most is None else most for most in limits], float)
    x = program.add(
        "x", signable.shape, upper=whole[:, None], integer=blocks[:, None], where=signable
    )
    flat = (count, periods)
    window = facts.window[facts.training.work][:, None, :]
    needs, jobs = len(portfolio.demand.inference), len(portfolio.demand.training)
    paid_all = _paid_all(facts)
    return Formulation(
        facts=facts,
        risk=risk,
        program=program,
        ahead=stack(facts.offered, supply.offered, facts.size, facts.shape),
        x=x,
        host=program.add(
            "host", (jobs, len(portfolio.sites)), upper=1.0, integer=True, where=_hosts(facts)
        ),
        rent=program.add("rent", (len(supply.hourly), *flat), upper=_rentable(facts)),
        use_inference=program.add("use_inference", (len(facts.routes.pool), *flat)),
        routed=program.add("routed", (len(facts.routes.source), *flat)),
        use_training=program.add("use_training", (len(facts.training.pool), *flat), where=window),
        over=program.add("over", (len(supply.pools), *flat), where=~paid_all[:, None, None]),
        unserved=program.add("unserved", (needs, *flat), upper=facts.scenarios.inference),
        undone=program.add("undone", (jobs, count), upper=facts.scenarios.training),
        spend=program.add("spend", flat, lower=-np.inf),
        earn=program.add("earn", flat),
    )


def _paid_all(facts: Facts) -> npt.NDArray[np.bool_]:
    """Mark the pools whose use costs nothing beyond what is paid anyway, [C]."""
    return np.array([p.use_m_usd == 0 for p in facts.supply.pools], bool)


def _hosts(facts: Facts) -> npt.NDArray[np.bool_]:
    """Mark the sites each job could run at, [J, S]."""
    sites = {site.id: row for row, site in enumerate(facts.portfolio.sites)}
    found = np.zeros((len(facts.portfolio.demand.training), len(sites)), bool)
    at = np.array([sites[p.site.id] for p in facts.supply.pools], int)
    found[facts.training.work, at[facts.training.pool]] = True
    return found


def _rentable(facts: Facts) -> Floats:
    """Most of each hourly offer in each quarter, [R, W, T] MW; 0 before it exists."""
    horizon = facts.portfolio.horizon
    periods = np.arange(facts.shape[1])
    most = []
    for offer in facts.supply.hourly_offers:
        path = offer.power_it_mw * (1 + offer.growth_share_per_year) ** (periods / 4)
        first = offer.first_signing - horizon.first if offer.first_signing else 0
        last = offer.last_signing - horizon.first if offer.last_signing else len(periods)
        most.append(np.where((periods >= first) & (periods <= last), path, 0.0))
    shape = (len(most), *facts.shape)
    return np.broadcast_to(np.array(most).reshape(len(most), 1, len(periods)), shape)


def _site_row(facts: Facts) -> Ints:
    order = {site.id: row for row, site in enumerate(facts.portfolio.sites)}
    return np.array([order[p.site.id] for p in facts.supply.pools], np.int64)


def site_up(facts: Facts) -> Floats:
    """Share of each quarter a pool's site is up, [C, W, T]."""
    return facts.scenarios.site_up[_site_row(facts)]


def _capacity(made: Formulation) -> None:
    """Used ≤ in service, and what is used beyond what is paid for costs extra.

    Σ_k u[c,k,w,t]             ≤ K[c,w,t] + r[c,w,t]
    Σ_k u[c,k,w,t] − over      ≤ paid[c,w,t] + r[c,w,t]
    K[c,w,t] = up[c,w,t]·Σ_o availability_o·share[o,w,t]·x_o
    """
    facts, program = made.facts, made.program
    up = site_up(facts)
    have, paid = np.zeros_like(up), np.zeros_like(up)
    for source, moved in zip(facts.supply.committed, facts.committed, strict=True):
        useful = source.power_it_mw * source.availability * moved.share * up[source.pool]
        have[source.pool] += useful
        paid[source.pool] += source.terms.paid_share * useful
    rows = program.con("capacity", up.shape, [], upper=have).index
    some = ~_paid_all(facts)
    extra = program.con(
        "paid", up.shape, [(-1.0, made.over)], upper=paid, where=some[:, None, None]
    ).index
    for block, pool in made.busy:
        program.put(rows[pool], 1.0, block)
        program.put(extra[pool], 1.0, block)
    for number, source in enumerate(facts.supply.hourly):
        useful = -source.availability * up[source.pool]
        program.put(rows[source.pool], useful, made.rent[number])
        program.put(extra[source.pool], useful, made.rent[number])
    ahead = made.ahead
    useful = -ahead.useful * up[ahead.pool]
    columns = made.signed[:, :, None]
    program.put(rows[ahead.pool], useful, columns)
    charged = np.flatnonzero(some[ahead.pool])
    paid_share = ahead.paid_share[charged, None, None]
    program.put(extra[ahead.pool[charged]], useful[charged] * paid_share, columns[charged])


def _inference(made: Formulation) -> None:
    """Served + unserved = demand, and a group of pools sends out no more than it does.

    Σ_g f[g,i,w,t] + v[i,w,t] = D[i,w,t]          Σ_i f[g,i,w,t] ≤ Σ_{c in g} rate·u[c,w,t]
    """
    facts, ways = made.facts, made.facts.routes
    demand = facts.scenarios.inference
    rows = made.program.con(
        "serve", demand.shape, [(1.0, made.unserved)], lower=demand, upper=demand
    ).index
    made.program.put(rows[ways.work], 1.0, made.routed)
    sent = made.program.con("routes", (ways.groups, *facts.shape), [], upper=0.0).index
    made.program.put(sent[ways.source], 1.0, made.routed)
    made.program.put(sent[ways.group], -ways.rate[:, None, None], made.use_inference)


def _training(made: Formulation) -> None:
    """Work done + undone = size; all of a job's work is at the one site that hosts it.

    Σ_t Σ_{c at s} rate·u[c,j,w,t] ≤ min(size, what the site could do)·host[j,s]
    """
    facts, program = made.facts, made.program
    size = facts.scenarios.training
    pairs = facts.training
    rows = program.con("train", size.shape, [(1.0, made.undone)], lower=size, upper=size).index
    work = pairs.rate[:, None, None]
    program.put(rows[pairs.work][:, :, None], work, made.use_training)
    jobs, sites = made.host.shape
    program.con("one_site", (jobs,), [(1.0, made.host)], upper=1.0)
    shape = (jobs, sites, size.shape[1])
    link = program.con("hosted", shape, [], upper=0.0, where=(made.host != ABSENT)[:, :, None])
    at = _site_row(facts)[pairs.pool]
    program.put(link.index[pairs.work, at][:, :, None], work, made.use_training)
    program.put(link.index, -size[:, None, :], made.host[:, :, None])


def _cash(made: Formulation) -> None:
    """Cash out and cash in of every scenario and quarter, not discounted."""
    facts, program = made.facts, made.program
    signed = sum(
        (
            s.power_it_mw * f.paid
            for s, f in zip(facts.supply.committed, facts.committed, strict=True)
        ),
        np.zeros(facts.shape) + facts.supply.power.fixed,
    )
    rows = program.con("spend", facts.shape, [(1.0, made.spend)], lower=signed, upper=signed).index
    program.put(rows[None], -made.ahead.paid, made.signed[:, :, None])
    for number, source in enumerate(facts.supply.hourly):
        price = source.terms.fixed * facts.scenarios.market(source.tenure) + source.terms.running
        program.put(rows, -price, made.rent[number])
    over = np.array([p.use_m_usd for p in facts.supply.pools])[:, None, None]
    program.put(rows[None], -over, made.over)
    for block, pool in made.busy:
        program.put(rows[None], -facts.energy_m_usd[pool], block)
    earned, _ = revenue(facts.portfolio)
    worth, _ = training_value(facts.portfolio.demand.training)
    income = program.con("earn", facts.shape, [(1.0, made.earn)], lower=0.0, upper=0.0).index
    training = facts.training
    program.put(income[None], -earned[facts.routes.work][:, None, :], made.routed)
    value = (training.rate * worth[training.work])[:, None, None]
    program.put(income[None], -value, made.use_training)


def present_value(made: Formulation) -> list[tuple[Floats, Ints]]:
    """Net present value of each scenario as terms over [W, …]; constants are left out."""
    facts = made.facts
    _, lost = revenue(facts.portfolio)
    _, left = training_value(facts.portfolio.demand.training)
    due = [j.deadline - facts.portfolio.horizon.first for j in facts.portfolio.demand.training]
    when = facts.discount[np.clip(np.array(due, int), 0, len(facts.discount) - 1)]
    terms: list[tuple[Floats, Ints]] = [
        (facts.discount[None, :], made.earn),
        (-facts.discount[None, :], made.spend),
    ]
    if len(lost):
        penalty = -(lost[:, None] * facts.discount)[None]
        terms.append((penalty, made.unserved.transpose(1, 0, 2)))
    if len(left):
        terms.append((-(left * when)[None], made.undone.T))
    terms.append((facts.final_discount * made.ahead.residual.T, made.signed.T))
    terms.extend((np.asarray(held, float), columns) for held, columns in made.worth)
    return terms


def committed_residual(facts: Facts) -> Floats:
    """Discounted value left in what was signed before, [W] M USD."""
    total = np.zeros(facts.shape[0])
    for source, moved in zip(facts.supply.committed, facts.committed, strict=True):
        total += facts.final_discount * source.power_it_mw * moved.residual
    return total


def add_objective(made: Formulation) -> None:
    """Add (1 − λ)·mean + λ·CVaR, the tail in the linear form of Rockafellar and Uryasev.

    npv_w = what present_value says + the value left in what was signed before
    CVaR_α = max η − 1/(1−α)·Σ_w π_w·z_w,   z_w ≥ η − npv_w,   z_w ≥ 0
    """
    facts, program, risk = made.facts, made.program, made.risk
    chance = facts.scenarios.probability
    npv = program.add("npv", chance.shape, lower=-np.inf, cost=(1 - risk.weight) * chance)
    left = committed_residual(facts)
    terms = [(-np.asarray(held), columns) for held, columns in present_value(made)]
    program.con("npv", chance.shape, [(1.0, npv), *terms], lower=left, upper=left)
    if risk.weight > 0:
        # Some of the scenarios carry their part of it, so that the parts add up.
        eta = program.add("eta", (1,), lower=-np.inf, cost=risk.weight * float(chance.sum()))
        tail = program.add("tail", chance.shape, cost=-risk.weight / (1 - risk.alpha) * chance)
        below: list[Term] = [(1.0, tail), (-1.0, np.broadcast_to(eta, chance.shape)), (1.0, npv)]
        program.con("tail", chance.shape, below, lower=0.0)
