"""Dispatch: how a stack of supplies serves a flat load, worked out before the program.

Accelerators run day and night, so the load of a site is flat within a quarter and the hours
can be dealt with beforehand. For a load L, over the representative days of a calendar
quarter, one linear program a stack:

    v(L) = min  mean over hours h of  Σ_p price[p,h]·g[p,h]
           Σ_p g[p,h] − charge[h] + discharge[h] = L            every hour
           0 ≤ g[p,h] ≤ power[p]·output[p,h]                    what is not used is spilled
           soc[h] = soc[h−1] + η·charge[h] − discharge[h]       each day ends as it began

v is convex in L. It is followed exactly at points L_k, which are put where its slope turns:
between two points the two tangents bound it from below and the chord from above, and a
point is added where they lie furthest apart, until they meet within `TOLERANCE`.

A mixture of two ways to serve L_a and L_b serves the same mixture of the loads, hour by hour.
So the program mixes points, and money, carbon, clean energy and the energy of every supply
mix with them: no account is interpolated that could not be run, and none need be convex.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import highspy
import numpy as np

from offtake.errors import Exit, Fault, OfftakeError
from offtake.plan.program import Floats, Ints, Program
from offtake.plan.solve import load as passed
from offtake.policy.solving import THREADS

TOLERANCE = 2e-3
"""Largest gap between mixtures and the least cost, as a share of the cost at full load."""
LOOSE = 1e-2
"""The same for further weights, as a share of what the load costs by them."""
MOST_POINTS = 8
"""Points one set of weights may add; what gap remains is told."""
MOST_SOLVES = 20
KEPT = 0.2
"""A point is kept where it is better than mixtures by this part of the tolerance."""
STRAIGHT = 1e-6
"""Slopes that differ by less, in USD/MWh, are one."""
LEAST_USD_PER_MWH = 1.0
"""Costs of a stack that are less at full load are measured as if they were this."""
LEAST_MW = 1e-6
HOURS_A_DAY = 24
TIE_USD_PER_MWH = 1e-3
"""Worth of clean energy delivered where prices leave the choice open."""
KG_PER_T = 1e3


@dataclass(frozen=True, slots=True)
class Plant:
    """A supply without storage; numbers by the hour are of one length, or one for all hours."""

    name: str
    power_mw: float
    output: tuple[float, ...]
    """Most it can bring in each hour, over its power."""
    price: tuple[float, ...]
    """USD/MWh."""
    location: tuple[float, ...]
    """g/kWh, location-based."""
    market: tuple[float, ...]
    """g/kWh, market-based, before purchases."""
    clean: bool = False
    grid: bool = False
    """Whether it comes from the grid: its price follows the scenario's."""


@dataclass(frozen=True, slots=True)
class Store:
    """A battery."""

    name: str
    power_mw: float
    energy_mwh: float
    round_trip: float
    """Energy given back over energy taken in; what is lost is lost when it is charged."""
    price: float = 0.0
    """USD/MWh given back."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What can run at a site at one time, in the hours of one calendar quarter."""

    plants: tuple[Plant, ...]
    stores: tuple[Store, ...] = ()
    attributes: tuple[float, ...] = (0.0,)
    """MW of clean energy bought elsewhere, by the hour."""
    hours: int = 1
    """Hours looked at: whole days, or one where nothing changes with the hour."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What a way to run a stack is chosen by, beside its price."""

    grid_price_ratio: float = 1.0
    location_usd_per_t: float = 0.0
    market_usd_per_t: float = 0.0
    clean_usd_per_mwh: float = 0.0


PLAIN = Weights()
"""The cheapest way at the stated prices."""


@dataclass(frozen=True, slots=True)
class Point:
    """One way to run a stack: means over the hours of a quarter."""

    load_mw: float
    by_plant_mw: tuple[float, ...]
    grid_usd_per_h: float
    """Money for what comes from the grid."""
    other_usd_per_h: float
    location_kg_per_h: float
    market_kg_per_h: float
    """Before purchases are counted."""
    grid_mw: float
    clean_mw: float
    """Clean energy that reaches the load, through batteries too."""
    matched_mw: float
    """Energy from the grid matched, in its own hour, by clean energy bought elsewhere."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """The least cost of a load by some weights, its slope, and the way to run it."""

    value: float
    slope: float
    point: Point


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways to run a stack that a program may mix."""

    firm_mw: float
    """Largest flat load that can be served in every hour looked at."""
    points: tuple[Point, ...]
    """All but standing still; those of `PLAIN` first, by load."""
    plain_count: int
    """Points of `PLAIN`; the last of them is at full load."""
    gap_share: float
    """By how much mixtures may overstate the least cost, over the cost at full load."""


@lru_cache(maxsize=512)
def ways(stack: Stack, weights: tuple[Weights, ...] = (PLAIN,)) -> Ways:
    """Follow a stack over all loads it can serve, once for each set of weights.

    Further weights are looked at where they put the supplies in another order, and bring a
    further point only where it is better, by those weights, than every mixture of the points
    there are.
    """
    run = _Run(stack)
    firm = run.firm()
    if firm <= LEAST_MW:
        return Ways(0.0, (), 0, 0.0)
    run.weigh(PLAIN)
    full = run.at(firm)
    points = [full.point]
    scale = max(_cost(full.point, PLAIN), LEAST_USD_PER_MWH * firm)
    gap, plain = 0.0, 1
    seen: dict[tuple[int, ...], Weights] = {}
    for each in weights:
        seen.setdefault(_order(stack, each), each)
    for number, each in enumerate(seen.values()):
        allowed = LOOSE * max(scale, abs(_cost(full.point, each))) if number else TOLERANCE * scale
        left = _follow(run, each, points, allowed)
        if number == 0:
            gap = left / scale
            points.sort(key=lambda point: point.load_mw)
            plain = len(points)
    return Ways(firm, tuple(points), plain, gap)


def _prices(plant: Plant, weights: Weights) -> Floats:
    """What a MWh of a supply counts by some weights, hour by hour or flat, USD."""
    price = np.array(plant.price) * (weights.grid_price_ratio if plant.grid else 1.0)
    price = price + weights.location_usd_per_t * np.array(plant.location) / KG_PER_T
    return price + weights.market_usd_per_t * np.array(plant.market) / KG_PER_T


def _order(stack: Stack, weights: Weights) -> tuple[int, ...]:
    """Put the supplies of a stack in order of what they count by some weights, in the mean."""
    worth = weights.clean_usd_per_mwh
    mean = [float(_prices(p, weights).mean()) - worth * p.clean for p in stack.plants]
    return tuple(sorted(range(len(mean)), key=mean.__getitem__))


def _cost(point: Point, weights: Weights) -> float:
    """Give what a way to run costs by some weights, USD/h."""
    return (
        weights.grid_price_ratio * point.grid_usd_per_h
        + point.other_usd_per_h
        + weights.location_usd_per_t * point.location_kg_per_h / KG_PER_T
        + weights.market_usd_per_t * point.market_kg_per_h / KG_PER_T
        - (weights.clean_usd_per_mwh + TIE_USD_PER_MWH) * point.clean_mw
    )


@dataclass(frozen=True, slots=True)
class _Tangent:
    """Least cost by some weights at one load, and its slope there."""

    load: float
    value: float
    slope: float

    def at(self, load: float) -> float:
        return self.value + self.slope * (load - self.load)


def _follow(run: _Run, weights: Weights, points: list[Point], tolerance: float) -> float:
    """Add points until mixtures of them cost no more than the tolerance above the least.

    Tangents bound the least cost from below, mixtures from above. They are furthest apart
    where two tangents meet; there the next point is sought. Gives the gap that remains.
    """
    run.weigh(weights)
    known = [(0.0, 0.0), *((p.load_mw, _cost(p, weights)) for p in points)]
    tangents: list[_Tangent] = []
    added = 0
    for load in (0.0, max(point.load_mw for point in points)):
        seen = run.at(load)
        tangents.append(_Tangent(load, seen.value, seen.slope))
        if load > 0 and _mixture(known, load) - seen.value > tolerance:
            known.append((load, seen.value))
            points.append(seen.point)
            added += 1
    while True:
        gap, load, place = _widest(known, tangents)
        if gap <= tolerance or len(tangents) >= MOST_SOLVES or added >= MOST_POINTS:
            return gap
        seen = run.at(load)
        tangents.insert(place, _Tangent(load, seen.value, seen.slope))
        if _mixture(known, load) - seen.value > KEPT * tolerance:
            known.append((load, seen.value))
            points.append(seen.point)
            added += 1


def _widest(
    known: Sequence[tuple[float, float]], tangents: Sequence[_Tangent]
) -> tuple[float, float, int]:
    """Give the largest gap between mixtures and tangents, its load, and between which two."""
    found = (0.0, 0.0, 1)
    for place, (left, right) in enumerate(pairwise(tangents), start=1):
        bend = right.slope - left.slope
        if bend <= STRAIGHT:
            continue
        load = (left.at(0.0) - right.at(0.0)) / bend
        if left.load < load < right.load:
            found = max(found, (_mixture(known, load) - left.at(load), load, place))
    return found


def _mixture(known: Sequence[tuple[float, float]], load: float) -> float:
    """Give the least cost of a load by mixing ways that are known, USD/h."""
    below = [k for k in known if k[0] <= load]
    above = [k for k in known if k[0] >= load]
    best = np.inf
    for low, cost in below:
        for high, dear in above:
            part = (load - low) / (high - low) if high > low else 0.0
            best = min(best, cost + part * (dear - cost) if high > low else min(cost, dear))
    return float(best)


class _Run:
    """The dispatch of one stack as a linear program that stays warm."""

    def __init__(self, stack: Stack) -> None:
        """Write the program of a stack."""
        self.stack = stack
        hours, plants, stores = stack.hours, len(stack.plants), len(stack.stores)
        program = Program()
        most = np.array([np.broadcast_to(p.output, hours) * p.power_mw for p in stack.plants])
        self.load = int(program.add("load", (1,))[0])
        self.run = program.add("run", (plants, hours), upper=most.reshape(plants, hours))
        # Energy in a battery is kept apart by whether it was clean when it was charged.
        self.charge = program.add("charge", (2, stores, hours))
        self.give = program.add("give", (2, stores, hours))
        level = program.add("level", (2, stores, hours))
        balance = program.con("balance", (hours,), [], lower=0.0, upper=0.0).index
        program.put(balance, -1.0, np.array([self.load]))
        program.put(balance[None], 1.0, self.run)
        program.put(balance[None, None], -1.0, self.charge)
        program.put(balance[None, None], 1.0, self.give)
        clean = np.array([p.clean for p in stack.plants], bool)
        for kind, of in enumerate((clean, ~clean)):
            rows = program.con(f"of_{kind}", (hours,), [], upper=0.0).index
            program.put(rows[None], 1.0, self.charge[kind])
            program.put(rows[None], -1.0, self.run[of])
        _store(program, stack.stores, (self.charge, self.give, level), hours)
        self.size = program.column_count
        self.solver: highspy.Highs = passed(program.assemble())
        # HiGHS keeps one number of threads for all its solvers in a process.
        self.solver.setOptionValue("threads", THREADS)
        self.values: Floats = np.zeros(self.size)

    def firm(self) -> float:
        """Give the largest flat load that can be served."""
        cost = np.zeros(self.size)
        cost[self.load] = 1.0
        self._price(cost)
        self.solver.changeColBounds(self.load, 0.0, np.inf)
        self._solve()
        return float(self.values[self.load])

    def weigh(self, weights: Weights) -> None:
        """Choose ways to run by these weights from now on."""
        cost = np.zeros(self.size)
        hours = self.stack.hours
        for row, plant in enumerate(self.stack.plants):
            cost[self.run[row]] = -_prices(plant, weights) / hours
        for row, store in enumerate(self.stack.stores):
            cost[self.give[:, row]] = -store.price / hours
        worth = (weights.clean_usd_per_mwh + TIE_USD_PER_MWH) / hours
        clean = np.array([p.clean for p in self.stack.plants], bool)
        cost[self.run[clean]] += worth
        cost[self.charge[0]] -= worth
        cost[self.give[0]] += worth
        self._price(cost)

    def at(self, load: float) -> _Seen:
        """Run the stack at a load."""
        self.solver.changeColBounds(self.load, load, load)
        objective, slope = self._solve()
        return _Seen(-objective, -slope, self._point(load))

    def _price(self, cost: Floats) -> None:
        columns = np.arange(self.size, dtype=np.int32)
        self.solver.changeColsCost(self.size, columns, cost)

    def _solve(self) -> tuple[float, float]:
        self.solver.run()
        found = self.solver.getSolution()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            what = "the dispatch of a site's power has no optimum; this is a defect"
            raise OfftakeError(Fault(code="OTK-P198", what=what), exit=Exit.FAILED)
        self.values = np.array(found.col_value)
        return self.solver.getInfo().objective_function_value, found.col_dual[self.load]

    def _point(self, load: float) -> Point:
        """Read one way to run as means over its hours."""
        made = np.maximum(self.values[self.run], 0.0)
        given = np.maximum(self.values[self.give], 0.0)
        charged = np.maximum(self.values[self.charge], 0.0)
        plants = self.stack.plants
        of_grid = np.array([p.grid for p in plants], bool)
        clean = np.array([p.clean for p in plants], bool)

        def over(numbers: Sequence[tuple[float, ...]]) -> Floats:
            held = [np.broadcast_to(n, made.shape[1]) for n in numbers]
            return np.array(held).reshape(made.shape)

        paid = (over([p.price for p in plants]) * made).mean(axis=1)
        wear = float(given.sum(axis=0).mean(axis=1) @ [s.price for s in self.stack.stores])
        bought = made[of_grid].sum(axis=0)
        reached = made[clean].sum(axis=0) - charged[0].sum(axis=0) + given[0].sum(axis=0)
        matched = np.minimum(bought, np.array(self.stack.attributes))
        return Point(
            load_mw=load,
            by_plant_mw=tuple(float(m) for m in made.mean(axis=1)),
            grid_usd_per_h=float(paid[of_grid].sum()),
            other_usd_per_h=float(paid[~of_grid].sum()) + wear,
            location_kg_per_h=float((over([p.location for p in plants]) * made).mean(axis=1).sum()),
            market_kg_per_h=float((over([p.market for p in plants]) * made).mean(axis=1).sum()),
            grid_mw=float(bought.mean()),
            clean_mw=float(reached.mean()),
            matched_mw=float(matched.mean()),
        )


def _store(
    program: Program, stores: tuple[Store, ...], flows: tuple[Ints, Ints, Ints], hours: int
) -> None:
    """Write what batteries can do: their power, what they hold, and each day's round."""
    charge, give, level = flows
    shape = (len(stores), hours)
    power = np.array([s.power_mw for s in stores])[:, None]
    holds = np.array([s.energy_mwh for s in stores])[:, None]
    back = np.array([s.round_trip for s in stores])[:, None]
    for name, columns, most in (
        ("in", charge, power),
        ("out", give, power),
        ("hold", level, holds),
    ):
        rows = program.con(f"store_{name}", shape, [], upper=most).index
        program.put(rows[None], 1.0, columns)
    for kind in range(2):
        rows = program.con(f"day_{kind}", shape, [(1.0, level[kind])], lower=0.0, upper=0.0).index
        for day in _days(hours):
            program.put(rows[:, day], -1.0, level[kind][:, np.roll(day, 1)])
        program.put(rows, -back, charge[kind])
        program.put(rows, 1.0, give[kind])


def _days(hours: int) -> Iterator[Ints]:
    """Give the hours of each day."""
    for first in range(0, hours, HOURS_A_DAY):
        yield np.arange(first, min(first + HOURS_A_DAY, hours))
