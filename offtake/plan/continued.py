"""Futures that go on from a past: what may still happen, given what has been observed.

    past   ──────────●┈┈┈┈┈┈  quarters before `since` as they were (prices up to and with it)
    future           ├──────
                     └──────  drawn anew from the processes, given that past

What a process keeps hidden is drawn from its distribution given the past (Bayes), not
taken from the scenario the past came from; else a plan could know the future by it:

    named scenario   chance ∝ its stated chance · density of the demand and prices observed
    crest of a cycle chance ∝ density of the prices observed, on a grid over its draw
    common demand    normal, given the demand of all regions: what is left unknown of it
                     moves the jobs that are still to come
    lateness         of what has not arrived, given that it has not
    defaults         have no memory; who has defaulted stays so

Densities are those of the processes; noise below 1 % of a price or demand is taken as 1 %,
so that a past from elsewhere (the user's own samples) has a nearest explanation too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from offtake.model.portfolio import Portfolio
from offtake.model.uncertainty import NamedScenario, PriceProcess
from offtake.plan.processes import YEARS, Streams, cycle, lateness, prices, reversion, walk
from offtake.plan.scenarios import (
    Scenarios,
    begins,
    demand_ratio,
    median_path,
    parties_up,
    sites_up,
    told,
    training_sizes,
)
from offtake.plan.supply import DAYS_PER_QUARTER, Source, Supply

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_NOISE = 0.01
"""Least standard deviation of a logarithm a density is worked out with."""
CRESTS = 96
"""Points of the grid a crest is sought on."""


@dataclass(frozen=True, slots=True)
class _Price:
    """A price process with its past over its path and the ratios of the stories."""

    name: str
    process: PriceProcess
    logs: Floats
    """[W, T] ln(price/path); only the quarters up to `since` are read."""
    story: Floats
    """[S] ln of the ratio each story multiplies it by."""


def continued(
    portfolio: Portfolio,
    supply: Supply,
    past: Scenarios,
    since: int,
    streams: Streams,
    signed: Mapping[str, Floats] | None = None,
) -> Scenarios:
    """Draw one future for each past, with the same chances.

    Args:
        portfolio: its processes are drawn from.
        supply: its sources.
        past: [W] scenarios of which the quarters before `since` are taken as observed.
        since: first quarter that is not yet known, from 1 on.
        streams: random numbers, a set of its own for each set of futures.
        signed: by offer, [W] the quarter it was first signed in; infinite where it was not.
            Its lateness is then observed like a contract's; else it is drawn anew.
    """
    shape = (past.count, past.rental_price.shape[1])
    named = told(portfolio.uncertainty.scenarios)
    ratios = demand_ratio(named, portfolio)
    sources = _prices(portfolio, past, named)
    drawn = [_crests(price, since) for price in sources]
    chance = _story_chance(portfolio, past, since, ratios, named)
    for _, density in drawn:
        chance = chance + logsumexp(density, axis=1)
    story = _chosen(chance, past, streams)
    chosen = [named[s] for s in story]
    levels = [
        _price_ahead(price, crests, density, story, since, streams)
        for price, (crests, density) in zip(sources, drawn, strict=True)
    ]
    rental, electricity, basis = (np.exp(level) for level in levels)
    deviations = _deviations(portfolio, past, since, ratios)
    inference, training = _demand_ahead(portfolio, past, since, deviations, ratios, story, streams)
    up = sites_up(portfolio, shape, streams)
    return replace(
        past,
        story=tuple(one.id for one in chosen),
        inference=_joined(past.inference, inference, since),
        training=training,
        rental_price=_joined(past.rental_price, rental, since + 1),
        spot_price=_joined(past.spot_price, rental * basis, since + 1),
        electricity_price=_joined(past.electricity_price, electricity, since + 1),
        late_days=_late_ahead(portfolio, supply, past, since, chosen, streams, signed or {}),
        site_up=_joined(past.site_up, up, since),
        party_up=_alive_ahead(portfolio, past, since, streams),
    )


def _alive_ahead(
    portfolio: Portfolio, past: Scenarios, since: int, streams: Streams
) -> dict[str, Floats]:
    """Who has not defaulted, [W, T] each; who has stays so."""
    ones = np.ones_like(past.rental_price)
    found = dict(past.party_up)
    for name, ahead in parties_up(portfolio, ones.shape, streams, since).items():
        before = found.get(name, ones)
        found[name] = _joined(before, ahead * before[:, since - 1, None], since)
    return found


def _joined(before: Floats, after: Floats, since: int) -> Floats:
    """Give the quarters before `since` of one array and the others of another, [..., T]."""
    return np.concatenate([before[..., :since], after[..., since:]], axis=-1)


# ------------------------------------------------------------------ stories


def _story_chance(
    portfolio: Portfolio,
    past: Scenarios,
    since: int,
    ratios: Floats,
    named: list[NamedScenario],
) -> Floats:
    """Logarithm of each story's chance times the density of the demand observed, [S, W]."""
    process = portfolio.uncertainty.demand
    stated = np.log([one.probability_share for one in named])
    noise = max(process.inference_per_root_year * np.sqrt(YEARS), LEAST_NOISE)
    rho, count = process.common_share, len(past.inference)
    found = np.tile(stated[:, None], (1, past.count))
    if count == 0:
        return found
    own = max(1 - rho, LEAST_NOISE**2)
    for row in range(len(named)):
        level = _deviations(portfolio, past, since, ratios[row : row + 1])[0]
        steps = np.diff(level, axis=-1, prepend=0.0) / noise
        square = (steps**2).sum(axis=0) - rho / (own + rho * count) * steps.sum(axis=0) ** 2
        found[row] -= 0.5 * (square / own).sum(axis=-1)
    return found


def _deviations(portfolio: Portfolio, past: Scenarios, since: int, ratios: Floats) -> Floats:
    """Logarithm of demand over what each story says, [S, I, W, since]; as last seen if 0."""
    path = median_path(portfolio)[None, ..., :since] * ratios[:, None, None, :since]
    there = (path > 0) & (past.inference[None, ..., :since] > 0)
    level = np.log(np.where(there, past.inference[None, ..., :since], 1.0)) - np.log(
        np.where(there, path, 1.0)
    )
    for t in range(since):
        before = level[..., t - 1] if t else np.zeros_like(level[..., 0])
        level[..., t] = np.where(there[..., t], level[..., t], before)
    return level


def _chosen(chance: Floats, past: Scenarios, streams: Streams) -> Ints:
    """Draw a story for each past; pasts that are neighbours share the draw evenly, [W]."""
    share = np.exp(chance - logsumexp(chance, axis=0))
    start = streams.of("story").random()
    place = (start + np.arange(past.count) * _GOLDEN) % 1.0
    story: Ints = (np.cumsum(share, axis=0)[:-1] <= place).sum(axis=0)
    return story


_GOLDEN = 0.6180339887498949
"""Steps of this, modulo 1, fill the unit interval evenly however many are taken."""


# ------------------------------------------------------------------ prices


def _prices(portfolio: Portfolio, past: Scenarios, named: list[NamedScenario]) -> list[_Price]:
    process = portfolio.uncertainty
    basis = np.log(past.spot_price) - np.log(past.rental_price)
    return [
        _Price(
            "rental",
            process.rental_price,
            np.log(past.rental_price),
            np.log([one.rental_price_ratio for one in named]),
        ),
        _Price(
            "power",
            process.electricity_price,
            np.log(past.electricity_price),
            np.log([one.electricity_price_ratio for one in named]),
        ),
        _Price("basis", process.spot_basis, basis, np.zeros(len(named))),
    ]


def _grid(process: PriceProcess) -> Floats:
    """Points a crest may lie at, evenly over its draw, [G]."""
    if process.cycle_ratio == 1:
        return np.zeros(1)
    width = process.crest_spread_years
    width = process.cycle_years if width is None else width
    return process.crest_years + width * ((np.arange(CRESTS) + 0.5) / CRESTS - 0.5)


def _crests(price: _Price, since: int) -> tuple[Floats, Floats]:
    """Give the grid of crests [G] and ln of the density of the past with each, [S, G, W]."""
    process, crests = price.process, _grid(price.process)
    turning = cycle(process, crests, since + 1)
    decay, step = reversion(process)
    noise = max(step, LEAST_NOISE)
    logs = price.logs[:, : since + 1]
    found = np.empty((len(price.story), len(crests), len(logs)))
    for row, ratio in enumerate(price.story):
        begun = (logs[:, 0] - ratio - np.log(process.start_ratio)) / LEAST_NOISE
        for place, turn in enumerate(turning):
            deviation = logs - ratio - turn
            left = (deviation[:, 1:] - decay * deviation[:, :-1]) / noise
            found[row, place] = -0.5 * ((left**2).sum(axis=1) + begun**2) - np.log(len(crests))
    return crests, found


def _price_ahead(
    price: _Price, crests: Floats, density: Floats, story: Ints, since: int, streams: Streams
) -> Floats:
    """ln(price/path) from `since` on, given its past and each row's story; [W, T] from there."""
    count = len(story)
    mine = density[story, :, np.arange(count)]
    share = np.exp(mine - logsumexp(mine, axis=1)[:, None])
    rng = streams.of(price.name, "crest")
    place = (np.cumsum(share, axis=1)[:, :-1] <= rng.random(count)[:, None]).sum(axis=1)
    width = crests[1] - crests[0] if len(crests) > 1 else 0.0
    crest = crests[place] + width * (rng.random(count) - 0.5)
    ratio = price.story[story]
    noise = streams.of(price.name).standard_normal(price.logs.shape)
    ahead = prices(price.process, price.logs[:, since] - ratio, crest, noise, since)
    return np.concatenate([price.logs[:, :since], ahead + ratio[:, None]], axis=1)


# ------------------------------------------------------------------ demand


def _demand_ahead(
    portfolio: Portfolio,
    past: Scenarios,
    since: int,
    deviations: Floats,
    ratios: Floats,
    story: Ints,
    streams: Streams,
) -> tuple[Floats, Floats]:
    """Demand from `since` on [I, W, T], and the size of every job [J, W]."""
    process = portfolio.uncertainty.demand
    rho, shape = process.common_share, (past.count, past.rental_price.shape[1])
    rows = np.arange(past.count)
    common = walk(streams.of("demand"), shape)
    common = common - common[:, since - 1, None]
    inference = np.empty_like(past.inference)
    last = deviations[story, :, rows, -1].T
    path = median_path(portfolio) * ratios[story]
    for row, need in enumerate(portfolio.demand.inference):
        own = walk(streams.of("demand", need.id), shape)
        own = own - own[:, since - 1, None]
        moved = np.sqrt(rho) * common + np.sqrt(1 - rho) * own
        level = last[row][:, None] + process.inference_per_root_year * moved
        inference[row] = path[row] * np.exp(level)
    common = common + _common_now(portfolio, last, since, streams)[:, None]
    walks = np.zeros((len(portfolio.demand.training), past.count))
    for row, job in enumerate(portfolio.demand.training):
        at = begins(job, portfolio)
        own = walk(streams.of("training", job.id), shape)[:, at]
        moved = np.sqrt(rho) * common[:, at] + np.sqrt(1 - rho) * own
        walks[row] = process.training_per_root_year * moved
    sizes = training_sizes(portfolio, walks, ratios[story])
    known = np.array([begins(job, portfolio) < since for job in portfolio.demand.training], bool)
    return inference, np.where(known[:, None], past.training, sizes)


def _common_now(portfolio: Portfolio, last: Floats, since: int, streams: Streams) -> Floats:
    """Draw the common walk up to now, given where the demand of all regions stands, [W].

    With I walks W_i = √ρ·c + √(1−ρ)·own_i of variance s, c is normal with

        mean √ρ·Σ W_i / (1 + (I−1)·ρ)    variance s·(1 − ρ·I / (1 + (I−1)·ρ))
    """
    process = portfolio.uncertainty.demand
    rho, count, passed = process.common_share, len(last), since * YEARS
    drawn = streams.of("demand", "common").standard_normal(last.shape[1])
    if count == 0 or process.inference_per_root_year == 0:
        unknown: Floats = np.sqrt(passed) * drawn
        return unknown
    total = last.sum(axis=0) / process.inference_per_root_year
    mean: Floats = np.sqrt(rho) * total / (1 + (count - 1) * rho)
    left = passed * (1 - rho * count / (1 + (count - 1) * rho))
    found: Floats = mean + np.sqrt(max(left, 0.0)) * drawn
    return found


# ------------------------------------------------------------------ deliveries


def _late_ahead(
    portfolio: Portfolio,
    supply: Supply,
    past: Scenarios,
    since: int,
    chosen: list[NamedScenario],
    streams: Streams,
    signed: Mapping[str, Floats],
) -> dict[str, Floats]:
    """Lateness of every source, [W] each: as it was where it has arrived, else drawn anew."""
    delays = {d.id: d for d in portfolio.uncertainty.delays}
    ratio = np.array([one.delay_ratio for one in chosen])

    def days(source: Source, due: Floats) -> Floats:
        held = past.late_days[source.id]
        if source.accepted:
            return held
        passed = (since - due) * DAYS_PER_QUARTER
        process = delays.get(source.delay) if source.delay else None
        known = np.maximum(passed, source.already_days)
        return np.where(held <= passed, held, lateness(process, source.id, ratio, streams, known))

    found = {s.id: days(s, np.full(past.count, s.start)) for s in supply.committed}
    never = np.full(past.count, np.inf)
    for source in supply.offered:
        found[source.id] = days(source, signed.get(source.id, never) + source.start)
    return found
