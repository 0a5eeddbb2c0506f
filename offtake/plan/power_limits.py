"""Limits on power and on what it emits: meters, carbon by both methods, clean energy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from offtake.model.period import HOURS_PER_QUARTER, Quarter
from offtake.model.site import Site
from offtake.plan import factors
from offtake.plan.formulate import Facts, Formulation
from offtake.plan.limit_rows import (
    Weigh,
    buyers_of,
    by_period,
    committed,
    mean_limit,
    objects,
    put_planned,
    years_of,
)
from offtake.plan.program import Floats, Ints, Limit
from offtake.plan.stretches import share_of

ROUNDED_SHARE = 1e-3
"""Share by which the power of a site may be passed: published MW are rounded."""


# ------------------------------------------------------------------ power at the meter


def _meter(site: Site, buyers: set[str]) -> float | None:
    """Facility power left for the lab, in MW; None where the site states no limit."""

    def phase_mw(index: int) -> float:
        phase = site.phases[index]
        return float(phase.power_facility_mw or phase.power_it_mw * site.peak_ratio)

    total = site.power_facility_mw
    if total is None and not site.phases:
        return None
    most = float(total) if total is not None else sum(map(phase_mw, range(len(site.phases))))
    taken = [i for i, p in enumerate(site.phases) if p.offtaker and p.offtaker not in buyers]
    return most - sum(map(phase_mw, taken))


def _brought(facts: Facts, row: int) -> Floats | None:
    """What supplies bring to a site without its options, [T] MW; None where nothing says so.

    In a mix that says no dates, supplies do not limit: their power is the meter's.
    """
    site, power = facts.portfolio.sites[row], facts.supply.power
    if site.has_stack:
        firm: Floats = power.firm[power.sites.index(row), 0]
        return firm
    if not any(s.available or s.until for s in site.supplies):
        return None
    total = np.zeros(facts.shape[1])
    for supply in site.supplies:
        share = share_of(facts.portfolio.horizon.quarters, supply.available, supply.until)
        if supply.power_facility_mw is None:
            total = np.where(share > 0, np.inf, total)
        else:
            total = total + share * float(supply.power_facility_mw)
    return total


def room(facts: Facts, row: int) -> Floats | None:
    """Facility power a site has for the lab without its options, [T] MW; None is no limit."""
    site = facts.portfolio.sites[row]
    meter, brought = _meter(site, buyers_of(facts)), _brought(facts, row)
    if meter is None:
        return brought
    limited = np.full(facts.shape[1], float(meter))
    return limited if brought is None else np.minimum(limited, brought)


def room_gained(facts: Facts, other: int) -> Floats:
    """What an option adds to that, [T] MW."""
    power = facts.supply.power
    row = power.choices[other].site
    without = room(facts, row)
    firm: Floats = power.firm[power.sites.index(row), 1 + other]
    meter = _meter(facts.portfolio.sites[row], buyers_of(facts))
    most = firm if meter is None else np.minimum(firm, float(meter))
    return most if without is None else most - without


def site_power(made: Formulation) -> None:
    """Power at the meter as signed ≤ what the meter lets through and supplies bring."""
    facts = made.facts
    found = {row: room(facts, row) for row in range(len(facts.portfolio.sites))}
    stated = {row: mw for row, mw in found.items() if mw is not None}
    sites = [facts.portfolio.sites[row] for row in stated]
    names, when = by_period(made, [f"sites.{s.id}.power_facility_mw" for s in sites])
    most = np.array(list(stated.values())).reshape(len(sites), 1, facts.shape[1])
    allowed = np.broadcast_to(most, names.shape)
    limit = Limit("sites.power_facility_mw", names, "MW facility", 1.0, when, allowed)

    def weigh(site: Site) -> Weigh:
        return lambda source: (
            source.facility_ratio if facts.supply.pools[source.pool].site.id == site.id else 0.0
        )

    loose = 1 + ROUNDED_SHARE
    signed = np.array([committed(facts, weigh(site)) for site in sites])
    upper = most * loose - signed.reshape(most.shape)
    rows = made.program.con("site_power", names.shape, [], upper=upper, limit=limit).index
    for number, (row, site) in enumerate(zip(stated, sites, strict=True)):
        put_planned(made, rows[number], weigh(site))
        for other, choice in enumerate(facts.supply.power.choices):
            if choice.site == row:
                gained = -loose * room_gained(facts, other)[None, :]
                made.program.put(rows[number], gained, made.program.columns["option"][other])


# -------------------------------------------------------------- carbon and clean energy


def energy_mwh(facts: Facts) -> Floats:
    """Facility energy of one MW of IT used for a quarter, [C] MWh."""
    return np.array([HOURS_PER_QUARTER * p.site.pue_ratio for p in facts.supply.pools])


def _put_energy(
    made: Formulation, rows: Ints, weight: Floats, quarters: npt.NDArray[np.bool_]
) -> None:
    """Add Σ weight·use over the quarters of a year to rows [W]; weight is [C]."""
    inside = quarters.astype(float)[None, None, :]
    for block, pool in made.busy:
        coefficient = weight[pool][:, None, None] * inside
        made.program.put(rows[None, :, None], coefficient, block)


def _put_draws(
    made: Formulation, rows: Ints, weight: Floats, quarters: npt.NDArray[np.bool_]
) -> None:
    """Add Σ weight·draw over the quarters of a year to rows [W]; weight is [D, T]."""
    inside = weight[:, None, :] * quarters.astype(float)[None, None, :]
    made.program.put(rows[None, :, None], inside, made.program.columns["draw"])


def _matched(made: Formulation) -> dict[str, Ints]:
    """Columns [S', W] by year: energy from the grid matched by what is bought in the year, GWh.

    matched ≤ Σ_t bought elsewhere        matched ≤ Σ_t from the grid
    """
    power, columns = made.facts.supply.power, made.program.columns
    if not power.is_bought:
        return {}
    count, years = made.facts.shape[0], years_of(made)
    shape = (len(power.sites), count, len(years))
    if "matched" not in columns:
        matched = made.program.add("matched", shape)
        inside = np.array(list(years.values()), float)
        made_there = np.einsum("sot,yt->soy", power.bought, inside)
        least = np.broadcast_to(made_there[:, :1], shape)
        bought = made.program.con("matched_made", shape, [(1.0, matched)], upper=least).index
        taken = made.program.con("matched_taken", shape, [(1.0, matched)], upper=0.0).index
        for other, choice in enumerate(power.choices):
            at = power.sites.index(choice.site)
            more = -made_there[at, 1 + other][None, :]
            made.program.put(bought[at], more, columns["option"][other])
        site = np.array([power.sites.index(p.site) for p in power.stretches])[power.stretch]
        for draws, at in ((np.flatnonzero(site == at), at) for at in range(len(power.sites))):
            for year, quarters in enumerate(years.values()):
                grid = -power.account["grid"][draws][:, None, :] * quarters
                made.program.put(taken[at, :, year][None, :, None], grid, columns["draw"][draws])
    return {name: columns["matched"][:, :, year] for year, name in enumerate(years)}


def carbon(made: Formulation) -> None:
    """Mean carbon of a calendar year ≤ limit, location-based and market-based."""
    facts, limits = made.facts, made.facts.portfolio.limits
    pools = facts.supply.pools
    _carbon(made, "carbon", limits.carbon_t_co2, factors.location(facts.portfolio, pools))
    market = factors.market(facts.portfolio, pools)
    _carbon(made, "carbon_market", limits.carbon_market_t_co2, market)


def _carbon(made: Formulation, name: str, stated: Mapping[str, float], grams: Floats) -> None:
    power = made.facts.supply.power
    years = {y: q for y, q in years_of(made).items() if y in stated}
    if not years:
        return
    kind = f"limits.{name}_t_co2"
    names = objects([f"{kind}.{y}" for y in years], (len(years),))
    limit = Limit(kind, names, "t CO2", 1e3)
    most = np.array([stated[y] / 1e3 for y in years])
    rows = mean_limit(made, name, most, limit, signed=False)
    kilotonnes = energy_mwh(made.facts) * grams / 1e6
    for row, quarters in zip(rows, years.values(), strict=True):
        _put_energy(made, row, kilotonnes, quarters)
    if not power.there:
        return
    account = power.account["market" if name == "carbon_market" else "location"]
    matched = _matched(made) if name == "carbon_market" else {}
    for row, (year, quarters) in zip(rows, years.items(), strict=True):
        _put_draws(made, row, account, quarters)
        if year in matched:
            made.program.put(row[None, :], -power.offset[:, None], matched[year])


def clean(made: Formulation) -> None:
    """Σ energy·(least − clean share) ≤ 0 in every calendar year, by the year and by the hour."""
    limits, pools = made.facts.portfolio.limits, made.facts.supply.pools
    _clean(made, "clean", limits.least_clean_share, factors.clean(pools))
    _clean(made, "hourly_clean", limits.least_hourly_clean_share, factors.hourly_clean(pools))


def _clean(made: Formulation, name: str, least: float | None, share: Floats) -> None:
    if least is None:
        return
    power = made.facts.supply.power
    years = years_of(made)
    kind = f"limits.least_{name}_share"
    names = objects([kind] * len(years), (len(years),))
    when = objects([Quarter(int(y), 4) for y in years], (len(years),))
    allowed = np.full(len(years), least)
    limit = Limit(kind, names, "GWh of clean energy", 1.0, when, allowed)
    rows = mean_limit(made, name, np.zeros(len(years)), limit, signed=True)
    short = energy_mwh(made.facts) / 1e3 * (least - share)
    for row, quarters in zip(rows, years.values(), strict=True):
        _put_energy(made, row, short, quarters)
    if not power.there:
        return
    held = power.account["clean"]
    if name == "hourly_clean":
        held = held + power.account["matched"]
    matched = _matched(made) if name == "clean" else {}
    for row, (year, quarters) in zip(rows, years.items(), strict=True):
        _put_draws(made, row, -held, quarters)
        if year in matched:
            made.program.put(row[None, :], -1.0, matched[year])
