"""Stretches: what runs together at a site, from which day to which, and in which hours.

A stretch ends where a supply comes or goes. Where a supply may be cut off for some hours, the
same days give two: one with it, and one without it for the share of hours it is out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from offtake.model.period import Quarter, quarters_since
from offtake.model.portfolio import Portfolio
from offtake.model.power import (
    MONTHS_PER_YEAR,
    CarbonBasis,
    CleanPurchase,
    PowerKind,
    PowerSupply,
    Profile,
)
from offtake.plan.dispatch import Plant, Stack, Store, Ways, Weights, ways
from offtake.plan.program import Floats

MONTHS_PER_QUARTER = 3


@dataclass(frozen=True, slots=True)
class Stretch:
    """Supplies that run together at a site under one option, and when they do."""

    site: int
    option: int
    """Index into all options; `NO_OPTION` without one."""
    share: Floats
    """[T] share of each quarter."""
    within: float
    """Share of the hours of those days it holds in: below 1 where supplies may be cut off."""
    whole: bool
    """Whether nothing is cut off."""
    names: tuple[str, ...]
    """Supplies without storage, in the order points tell them."""
    ways: tuple[Ways | None, ...]
    """[T]"""


Dated = tuple[PowerSupply, date | None]
"""A supply and the day it comes at the earliest."""


def share_of(quarters: Sequence[Quarter], begin: date | None, end: date | None) -> Floats:
    """Share of each quarter's days from `begin` on and before `end`, [T]."""
    edges = np.arange(len(quarters) + 1, dtype=float)
    first = quarters_since(quarters[0], begin) if begin is not None else -np.inf
    last = quarters_since(quarters[0], end) if end is not None else np.inf
    share: Floats = np.diff(np.clip(edges, first, max(first, last)))
    return share


def cut_up(
    portfolio: Portfolio,
    where: tuple[int, int],
    supplies: Sequence[Dated],
    bought: Sequence[CleanPurchase],
    by: tuple[tuple[Weights, ...], CarbonBasis | None],
) -> Iterator[Stretch]:
    """Cut the horizon where supplies come and go, and hours where one may be cut off."""
    quarters = portfolio.horizon.quarters
    days = {day for s, comes in supplies for day in (comes, s.until) if day is not None}
    days |= {day for p in bought for day in (p.available, p.until) if day is not None}
    edges: list[date | None] = [None, *sorted(days), None]
    cache: dict[tuple[object, ...], Ways] = {}
    for begin, end in pairwise(edges):
        share = share_of(quarters, begin, end)
        if not share.any():
            continue
        here = [s for s, comes in supplies if _holds(comes, s.until, begin)]
        held = [p for p in bought if _holds(p.available, p.until, begin)]
        for within, running in _conditions(here):
            plain = [s for s in running if s.kind is not PowerKind.BATTERY]
            found = []
            for t, quarter in enumerate(quarters):
                key = (tuple(map(id, running)), tuple(map(id, held)), quarter.quarter)
                if share[t] > 0 and plain and key not in cache:
                    cache[key] = ways(_stack(portfolio, running, held, quarter, by[1]), by[0])
                found.append(cache.get(key) if share[t] > 0 else None)
            if plain:
                whole = len(running) == len(here)
                names = tuple(s.name for s in plain)
                yield Stretch(*where, share * within, within, whole, names, tuple(found))


def _holds(comes: date | None, goes: date | None, begin: date | None) -> bool:
    """Whether something is there from a day on (None: from the start)."""
    if comes is not None and (begin is None or comes > begin):
        return False
    return goes is None or begin is None or goes > begin


def _conditions(
    supplies: Sequence[PowerSupply],
) -> Iterator[tuple[float, list[PowerSupply]]]:
    """Yield (share of hours, what runs): all, then without what may be cut off that long.

    Supplies that may be cut off are cut together: the one with the least hours is out only
    while the others are out too.
    """
    cuts = sorted({s.curtailed_share for s in supplies if s.curtailed_share > 0})
    if not cuts:
        yield 1.0, list(supplies)
        return
    yield 1.0 - cuts[-1], list(supplies)
    for low, high in pairwise([0.0, *cuts]):
        yield high - low, [s for s in supplies if s.curtailed_share < high]


def _stack(
    portfolio: Portfolio,
    supplies: Sequence[PowerSupply],
    bought: Sequence[CleanPurchase],
    quarter: Quarter,
    basis: CarbonBasis | None,
) -> Stack:
    """Write supplies as the dispatch sees them, in the hours of one calendar quarter."""
    profiles = {p.id: p for p in portfolio.profiles}
    used = [n for s in supplies for n in (s.profile, s.price_profile, s.carbon_profile) if n]
    used += [p.profile for p in bought if p.profile]
    stores = tuple(_battery(s) for s in supplies if s.kind is PowerKind.BATTERY)
    days = max((profiles[n].days_a_month for n in used), default=1 if stores else 0)
    hours = days * MONTHS_PER_QUARTER * 24 or 1

    def by_hour(name: str | None) -> Floats:
        return np.ones(hours) if name is None else shape(profiles[name], quarter, days)

    attributes = np.zeros(hours)
    for each in bought:
        attributes = attributes + float(each.power_facility_mw) * by_hour(each.profile)

    def plant(supply: PowerSupply) -> Plant:
        location, market = factor(supply, basis)
        carbon = by_hour(supply.carbon_profile)
        return Plant(
            name=supply.name,
            power_mw=float(supply.power_facility_mw or 0.0),
            output=tuple(by_hour(supply.profile)),
            price=tuple(supply.energy_usd_per_mwh * by_hour(supply.price_profile)),
            location=tuple(location * carbon),
            market=tuple(market * carbon),
            clean=supply.clean,
            grid=supply.kind is PowerKind.GRID,
        )

    plants = tuple(plant(s) for s in supplies if s.kind is not PowerKind.BATTERY)
    return Stack(plants, stores, tuple(attributes), hours)


def _battery(supply: PowerSupply) -> Store:
    return Store(
        name=supply.name,
        power_mw=float(supply.power_facility_mw or 0.0),
        energy_mwh=float(supply.energy_mwh or 0.0),
        round_trip=float(supply.round_trip_share or 1.0),
        price=supply.energy_usd_per_mwh,
    )


def factor(supply: PowerSupply, basis: CarbonBasis | None) -> tuple[float, float]:
    """Carbon in g/kWh, location- and market-based; as stated where no basis is common."""
    on = basis if basis is not None else supply.carbon_basis
    location, market = supply.carbon(on), supply.carbon_market(on)
    stated = supply.carbon_g_per_kwh
    return stated if location is None else location, stated if market is None else market


def shape(profile: Profile, quarter: Quarter, days: int) -> Floats:
    """Give the hours of a calendar quarter, each month with `days` days.

    A profile with one day a month repeats it beside one with more.
    """
    held = np.array(profile.hourly_ratio).reshape(MONTHS_PER_YEAR, -1, 24)
    months = held[MONTHS_PER_QUARTER * (quarter.quarter - 1) :][:MONTHS_PER_QUARTER]
    return np.broadcast_to(months, (MONTHS_PER_QUARTER, days, 24)).ravel()
