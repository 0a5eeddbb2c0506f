"""What stacks did in a solution: energy, money and carbon, added up apart from the program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offtake.model.period import HOURS_PER_QUARTER
from offtake.plan.formulate import Facts, Formulation
from offtake.plan.power import price
from offtake.plan.program import ABSENT, Floats, Ints

KILO = 1e3
TINY_MW = 1e-9


@dataclass(frozen=True, slots=True)
class Powered:
    """How sites with a stack are powered, in every scenario."""

    facts: Facts
    option: Floats
    """[O, W] 1 where an option is taken."""
    draw: Floats
    """[D, W, T] weight of each way to run."""

    def account(self, name: str, site: int | None = None) -> Floats:
        """Add up an account of all draws, or of one site's, [W, T]."""
        power = self.facts.supply.power
        held = power.account[name]
        if site is not None:
            at = np.array([s.site for s in power.stretches], np.int64)[power.stretch]
            held = held * (at == site)[:, None]
        total: Floats = np.einsum("dt,dwt->wt", held, self.draw)
        return total

    def invested(self) -> Floats:
        """Capital expenditure of the options taken, [W, T] M USD."""
        return self._money([choice.invested for choice in self.facts.supply.power.choices])

    def paid(self) -> Floats:
        """Energy and all fixed cost of power, [W, T] M USD."""
        power = self.facts.supply.power
        running = self._money([choice.running for choice in power.choices])
        energy: Floats = (price(self.facts) * self.draw).sum(axis=0)
        return energy + running + power.fixed

    def paid_at(self, site: int) -> Floats:
        """The same of one site, [W, T] M USD."""
        power = self.facts.supply.power
        mine = [float(choice.site == site) for choice in power.choices]
        running = self._money(
            [m * choice.running for m, choice in zip(mine, power.choices, strict=True)]
        )
        there = np.array([s.site == site for s in power.stretches], bool)[power.stretch]
        energy: Floats = (price(self.facts)[there] * self.draw[there]).sum(axis=0)
        total: Floats = energy + running + power.premium[power.sites.index(site)]
        return total

    def made_mwh(self, site: int) -> dict[str, Floats]:
        """Energy of each supply of a site, by its name, [W, T]; what batteries lose included."""
        power = self.facts.supply.power
        found: dict[str, Floats] = {}
        for row, number in enumerate(power.stretch):
            stretch = power.stretches[number]
            if stretch.site != site:
                continue
            for place, name in enumerate(stretch.names):
                mean = [0.0 if p is None else p.by_plant_mw[place] for p in power.point[row]]
                mwh = self.draw[row] * np.array(mean) * HOURS_PER_QUARTER
                found[name] = found.get(name, 0.0) + mwh
        return found

    def residual(self) -> Floats:
        """Discounted value left of the options taken, [W] M USD."""
        left = np.array([choice.residual for choice in self.facts.supply.power.choices])
        total: Floats = self.facts.final_discount * (left @ self.option)
        return total

    def _money(self, by_option: list[Floats]) -> Floats:
        count, periods = self.facts.shape
        amounts = np.array(by_option).reshape(len(by_option), periods)
        total: Floats = np.einsum("ow,ot->wt", self.option.reshape(-1, count), amounts)
        return total

    def matched_gwh(self, site: int) -> Floats:
        """Energy from the grid that what was bought in the same year matches, [W, T].

        The year's energy is matched up to what was bought in it; each quarter has its part
        in proportion to what it took from the grid.
        """
        power = self.facts.supply.power
        at = power.sites.index(site)
        grid = self.account("grid", site)
        bought = power.bought[at, 0] + np.einsum("ow,ot->wt", self.option, power.bought[at, 1:])
        matched = np.zeros_like(grid)
        for quarters in years(self.facts):
            taken = grid[:, quarters].sum(axis=1, keepdims=True)
            there = bought[:, quarters].sum(axis=1, keepdims=True)
            share = np.divide(
                np.minimum(taken, there), taken, out=np.zeros_like(taken), where=taken > 0
            )
            matched[:, quarters] = grid[:, quarters] * share
        return matched

    def load_mwh(self, site: int) -> Floats:
        """Energy that work used at a site, [W, T]."""
        used: Floats = self.account("load", site) * HOURS_PER_QUARTER
        return used

    def location_t(self, site: int | None = None) -> Floats:
        """Location-based carbon, [W, T] t."""
        return self.account("location", site) * KILO

    def market_t(self, site: int | None = None) -> Floats:
        """Market-based carbon, purchases counted by the year, [W, T] t."""
        power = self.facts.supply.power
        sites = power.sites if site is None else (site,)
        total = self.account("market", site)
        for row in sites:
            total = total - power.offset[power.sites.index(row)] * self.matched_gwh(row)
        return total * KILO

    def clean_mwh(self, site: int | None = None) -> Floats:
        """Carbon-free energy, purchases counted by the year, [W, T]."""
        sites = self.facts.supply.power.sites if site is None else (site,)
        total = self.account("clean", site)
        for row in sites:
            total = total + self.matched_gwh(row)
        return total * KILO

    def hourly_clean_mwh(self, site: int | None = None) -> Floats:
        """Carbon-free energy in the hour it is used, [W, T]."""
        return (self.account("clean", site) + self.account("matched", site)) * KILO


def energy_price(facts: Facts, draw: Floats, pool: int) -> Floats:
    """Electricity of one MW of IT at work in a pool, [W, T] M USD a quarter.

    At a stack it is the mean of what its payer pays for what it draws; 0 where it draws none.
    """
    flat: Floats = facts.energy_m_usd[pool]
    power = facts.supply.power
    for number, payer in enumerate(power.payers):
        if pool not in payer.pools:
            continue
        mine = power.payer == number
        paid = (price(facts)[mine] * draw[mine]).sum(axis=0)
        load = np.einsum("dt,dwt->wt", power.account["load"][mine], draw[mine])
        each = np.divide(paid, load, out=np.zeros_like(paid), where=load > TINY_MW)
        mean: Floats = facts.supply.pools[pool].site.pue_ratio * each
        return mean
    return flat


def years(facts: Facts) -> list[Ints]:
    """List the quarters of each calendar year of the plan."""
    found: dict[int, list[int]] = {}
    for row, quarter in enumerate(facts.portfolio.horizon.quarters):
        found.setdefault(quarter.year, []).append(row)
    return [np.array(rows, np.int64) for rows in found.values()]


def read(made: Formulation, values: Floats) -> Powered:
    """Read options and draws back from a solution; without stacks there are none."""
    columns, (count, periods) = made.program.columns, made.facts.shape
    nothing = np.empty(0, np.int64)

    def taken(index: Ints) -> Floats:
        if not index.size:
            return np.zeros(index.shape)
        held: Floats = np.where(index == ABSENT, 0.0, np.maximum(values[index], 0.0))
        return held

    option = taken(columns.get("option", nothing))
    draw = taken(columns.get("draw", nothing.reshape(0, count, periods)))
    return Powered(made.facts, np.repeat(option[:, None], count, axis=1), draw)
