"""Power in the program: which option is taken, and how each stack is run, in every scenario.

    option[o]          whether a site's power option is taken (first stage, 0 or 1)
    draw[d, w, t]      weight of one way to run one stretch of a stack, for one payer

    Σ_d in stretch draw ≤ share·option           a stretch runs while it is there, if taken
    Σ_d of payer load·draw = Σ PUE·u             what work needs at the meter is what is run
    Σ_d in stretch load·draw ≤ within·Σ PUE·k    hours in which a supply is cut off are lost

A portfolio without stacks gets none of this.
"""

from __future__ import annotations

import numpy as np

from offtake.plan.formulate import Facts, Formulation, site_up
from offtake.plan.program import Floats, Ints
from offtake.plan.stacks import NO_OPTION, Power


def add(made: Formulation) -> None:
    """Add options and draws to a program, their rows and their money.

    Call it after `formulate` and before the objective is written.
    """
    power = made.facts.supply.power
    if not power.there:
        return
    program, shape = made.program, made.facts.shape
    option = program.add("option", (len(power.choices),), upper=1.0, integer=True)
    there = np.array([[p is not None for p in row] for row in power.point], bool)
    there = there.reshape(power.point.shape) & (_shares(power)[power.stretch] > 0)
    draw = program.add("draw", (len(power.stretch), *shape), where=there[:, None, :])
    _stretches(made, power, option, draw)
    _loads(made, power, draw)
    _lost(made, power, draw)
    _money(made, power, option, draw)


def _shares(power: Power) -> Floats:
    """Share of each quarter each stretch holds in, [P, T]."""
    periods = power.point.shape[1]
    shares = [stretch.share for stretch in power.stretches]
    return np.array(shares).reshape(len(shares), periods)


def _stretches(made: Formulation, power: Power, option: Ints, draw: Ints) -> None:
    """Σ draw ≤ share·option; a site without an option has what it has anyway."""
    share = _shares(power)
    bare = np.array([stretch.option == NO_OPTION for stretch in power.stretches], bool)
    upper = (share * bare[:, None])[:, None, :]
    shape = (len(power.stretches), *made.facts.shape)
    where = (share > 0)[:, None, :]
    rows = made.program.con("runs", shape, [], upper=upper, where=where).index
    made.program.put(rows[power.stretch], 1.0, draw)
    for number, stretch in enumerate(power.stretches):
        for other, choice in enumerate(power.choices):
            if choice.site == stretch.site and stretch.option in (NO_OPTION, other):
                sign = 1.0 if stretch.option == NO_OPTION else -1.0
                made.program.put(rows[number], sign * stretch.share[None, :], option[other])
    sites = sorted({choice.site for choice in power.choices})
    one = made.program.con("one_option", (len(sites),), [], upper=1.0).index
    for other, choice in enumerate(power.choices):
        made.program.put(one[[sites.index(choice.site)]], 1.0, option[[other]])


def _loads(made: Formulation, power: Power, draw: Ints) -> None:
    """Σ load·draw = Σ PUE·u for each payer of a site."""
    shape = (len(power.payers), *made.facts.shape)
    rows = made.program.con("load", shape, [], lower=0.0, upper=0.0).index
    made.program.put(rows[power.payer], power.account["load"][:, None, :], draw)
    _put_use(made, rows, [payer.pools for payer in power.payers])


def _put_use(made: Formulation, rows: Ints, pools: list[Ints]) -> None:
    """Subtract the facility power of work in some pools from rows [E, W, T]."""
    pue = np.array([pool.site.pue_ratio for pool in made.facts.supply.pools])
    for number, mine in enumerate(pools):
        for block, pool in made.busy:
            some = np.flatnonzero(np.isin(pool, mine))
            made.program.put(rows[[number]], -pue[pool[some], None, None], block[some])


def _lost(made: Formulation, power: Power, draw: Ints) -> None:
    """Work done in some of the hours is at most what the capacity does in them.

    Σ load·draw − within·PUE·Σ useful·x ≤ within·PUE·(what was signed before)
    """
    facts, supply, ahead = made.facts, made.facts.supply, made.ahead
    cut = [number for number, stretch in enumerate(power.stretches) if stretch.within < 1]
    if not cut:
        return
    up = site_up(facts)
    have = np.zeros_like(up)
    for source, moved in zip(supply.committed, facts.committed, strict=True):
        have[source.pool] += source.power_it_mw * source.availability * moved.share
    have *= up
    where = np.array([power.stretches[number].share > 0 for number in cut])[:, None, :]
    within = np.array([power.stretches[number].within for number in cut])[:, None, None]
    mine = [_at(made, power.stretches[number].site) for number in cut]
    pue = [facts.portfolio.sites[power.stretches[number].site].pue_ratio for number in cut]
    factor = within * np.array(pue)[:, None, None]
    upper = factor * np.array([have[pools].sum(axis=0) for pools in mine])
    shape = (len(cut), *facts.shape)
    rows = made.program.con("while_cut", shape, [], upper=upper, where=where).index
    for row, number in enumerate(cut):
        some = np.flatnonzero(power.stretch == number)
        load = power.account["load"][some][:, None, :]
        made.program.put(rows[[row]], load, draw[some])
        signed = np.flatnonzero(np.isin(ahead.pool, mine[row]))
        useful = ahead.useful[signed] * up[ahead.pool[signed]]
        made.program.put(rows[[row]], -factor[row] * useful, made.signed[signed][:, :, None])
        for other, source in enumerate(supply.hourly):
            if source.pool in mine[row]:
                useful = source.availability * up[source.pool]
                made.program.put(rows[row], -factor[row] * useful, made.rent[other])


def _at(made: Formulation, site: int) -> Ints:
    """Pools that stand at a site."""
    ident = made.facts.portfolio.sites[site].id
    pools = made.facts.supply.pools
    return np.array([c for c, pool in enumerate(pools) if pool.site.id == ident], np.int64)


def price(facts: Facts) -> Floats:
    """What the lab pays for a whole quarter of each draw, [D, W, T] M USD."""
    power = facts.supply.power
    ratio = np.array([payer.price_ratio for payer in power.payers])[power.payer][:, None, None]
    grid = power.account["grid_cost"][:, None, :] * facts.scenarios.electricity_price[None]
    paid: Floats = ratio * (grid + power.account["other_cost"][:, None, :])
    return paid


def _money(made: Formulation, power: Power, option: Ints, draw: Ints) -> None:
    """Energy, fixed cost and capital expenditure leave; what is left of it comes back."""
    rows = made.program.rows["spend"].index
    made.program.put(rows[None], -price(made.facts), draw)
    for other, choice in enumerate(power.choices):
        paid = choice.invested + choice.running
        made.program.put(rows, -paid[None, :], option[other])
    if len(option):
        left = np.array([choice.residual for choice in power.choices])
        columns = np.broadcast_to(option, (made.facts.shape[0], len(option)))
        made.worth.append((made.facts.final_discount * left[None, :], columns))


def put_invested(made: Formulation, rows: Ints) -> None:
    """Add the capital expenditure of options to rows [P, T]."""
    option = made.program.columns.get("option")
    if option is not None:
        for other, choice in enumerate(made.facts.supply.power.choices):
            made.program.put(rows, choice.invested[None, :], option[other])
