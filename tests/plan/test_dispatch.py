"""Dispatch against cases worked by hand, and against what must hold for any stack."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from offtake.plan.dispatch import PLAIN, TOLERANCE, Plant, Point, Stack, Store, Ways, Weights, ways
from offtake.plan.program import Floats

DAY = 24
GRID = Plant("grid", 100.0, (1.0,), (60.0,), (400.0,), (450.0,), grid=True)
GAS = Plant("gas", 50.0, (1.0,), (85.0,), (500.0,), (500.0,))
NOON = tuple(1.0 if 6 <= hour < 18 else 0.0 for hour in range(DAY))
"""Twelve hours of full sun."""
SUN = Plant("sun", 100.0, NOON, (0.0,), (0.0,), (0.0,), clean=True)


def cost(point: Point) -> float:
    return point.grid_usd_per_h + point.other_usd_per_h


def at(found: Ways, load: float) -> float:
    """Cost of a load on the chords between the plain points."""
    plain = found.points[: found.plain_count]
    loads = [0.0, *(p.load_mw for p in plain)]
    return float(np.interp(load, loads, [0.0, *map(cost, plain)]))


def test_the_cheaper_of_two_runs_first() -> None:
    """100 MW of grid at 60, then 50 MW of gas at 85: 6,000, then 10,250 USD an hour."""
    found = ways(Stack((GAS, GRID)))
    assert found.firm_mw == pytest.approx(150)
    assert [p.load_mw for p in found.points] == pytest.approx([100, 150])
    assert [cost(p) for p in found.points] == pytest.approx([6_000, 10_250])
    last = found.points[-1]
    assert last.by_plant_mw == pytest.approx((50, 100))
    assert last.location_kg_per_h == pytest.approx(100 * 400 + 50 * 500)
    assert last.market_kg_per_h == pytest.approx(100 * 450 + 50 * 500)
    assert last.grid_usd_per_h == pytest.approx(6_000)
    assert found.gap_share == pytest.approx(0, abs=1e-9)


def test_a_dearer_grid_is_a_further_way() -> None:
    """At 1.6 times its price, 96 USD, the grid runs after gas: one more point, at 50 MW."""
    found = ways(Stack((GRID, GAS)), (PLAIN, Weights(grid_price_ratio=1.6)))
    assert found.plain_count == 2
    assert len(found.points) == 3
    assert found.points[2].by_plant_mw == pytest.approx((0, 50))


def test_dear_carbon_is_a_further_way() -> None:
    """Grid has 100 g less than gas but costs 25 more: it comes first from 250 USD a tonne on."""
    dear = replace(GRID, price=(110.0,))
    for usd, first in ((240.0, (0, 50)), (260.0, (100, 0))):
        found = ways(Stack((dear, GAS)), (Weights(location_usd_per_t=usd),))
        assert found.points[0].by_plant_mw == pytest.approx(first)


def test_sun_for_half_the_day_and_a_battery() -> None:
    """One day, 100 MW of sun for 12 hours, a battery of 480 MWh that gives back 80 %.

    A load of L needs 12·L at night, 15·L by day for it, and 12·L by day: 27·L ≤ 1,200, so
    L = 44.4 with a battery large enough. This one gives 480 MWh a night: L = 40.
    """
    alone = Stack((SUN,), (Store("battery", 100, 480, 0.8),), hours=DAY)
    found = ways(alone)
    assert found.firm_mw == pytest.approx(40)
    assert found.points[-1].clean_mw == pytest.approx(40)
    assert found.points[-1].by_plant_mw == pytest.approx((27 * 40 / 24,))
    large = replace(alone, stores=(Store("battery", 100, 1_000, 0.8),))
    assert ways(large).firm_mw == pytest.approx(1_200 / 27)
    assert ways(replace(alone, stores=())).firm_mw == 0
    assert ways(replace(alone, stores=())).points == ()


def test_sun_and_battery_before_the_grid() -> None:
    """Up to 40 MW costs nothing; then the nights are bought, until the sun is used up.

    By night the battery adds 40 MW to the 100 of the grid: 140 is the most.
    """
    stack = Stack((SUN, GRID), (Store("battery", 100, 480, 0.8),), hours=DAY)
    found = ways(stack)
    assert found.firm_mw == pytest.approx(140)
    assert at(found, 40) == pytest.approx(0, abs=1e-6)
    # 50 MW: 600 MWh by night, of which the battery brings 480 and the grid 120.
    assert at(found, 50) == pytest.approx(120 * 60 / 24)
    # 60 MW draws 720 by day, which leaves 480 to charge with: 384 come back.
    assert at(found, 60) == pytest.approx((60 * 24 - 720 - 480 * 0.8) * 60 / 24)


def test_a_battery_keeps_clean_energy_clean() -> None:
    """By night it gives back what the sun charged; what the grid charges stays the grid's."""
    stack = Stack((SUN, GRID), (Store("battery", 100, 480, 0.8),), hours=DAY)
    for point in ways(stack).points:
        sun, grid = point.by_plant_mw
        assert point.clean_mw <= sun + 1e-9
        assert point.clean_mw + grid >= point.load_mw - 1e-6
    night = tuple(1.0 - n for n in NOON)
    by_night = Plant("grid", 100.0, night, (60.0,), (400.0,), (400.0,), grid=True)
    dirty = Stack((by_night,), (Store("battery", 100, 1_000, 0.8),), hours=DAY)
    assert [p.clean_mw for p in ways(dirty).points] == pytest.approx([0.0])


def test_what_is_bought_is_matched_in_its_own_hour() -> None:
    """50 MW bought by day match 25 MW of a flat 100 MW by the hour: half of the day's 50."""
    attributes = tuple(50.0 * n for n in NOON)
    found = ways(Stack((GRID,), attributes=attributes, hours=DAY))
    assert found.points[-1].grid_mw == pytest.approx(100)
    assert found.points[-1].matched_mw == pytest.approx(25)
    assert found.points[-1].location_kg_per_h == pytest.approx(40_000)


# ------------------------------------------------------------------ what holds for any

HOURLY = st.lists(st.floats(0, 1), min_size=DAY, max_size=DAY).map(tuple)
PRICES = st.floats(0, 150)


@st.composite
def stacks(draw: st.DrawFn) -> Stack:
    plants = [
        Plant(
            name=f"plant-{number}",
            power_mw=draw(st.floats(10, 200)),
            output=draw(st.one_of(st.just((1.0,)), HOURLY)),
            price=(draw(PRICES),),
            location=(draw(st.floats(0, 900)),),
            market=(draw(st.floats(0, 900)),),
            clean=draw(st.booleans()),
            grid=draw(st.booleans()),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    held = draw(st.floats(0, 400))
    stores = (Store("battery", 50.0, held, draw(st.floats(0.5, 1.0)), 1.0),) if held > 100 else ()
    return Stack(tuple(plants), stores, draw(HOURLY), hours=DAY)


@settings(max_examples=25)
@given(stacks())
def test_the_least_cost_is_convex_in_the_load(stack: Stack) -> None:
    found = ways(stack)
    held = [(0.0, 0.0), *((p.load_mw, cost(p)) for p in found.points)]
    loads, costs = (np.array(column) for column in zip(*held, strict=True))
    slopes = np.diff(costs) / np.maximum(np.diff(loads), 1e-12)
    assert np.all(np.diff(loads) > 0)
    assert np.all(np.diff(slopes) >= -1e-3 * (1 + abs(slopes[1:])))


@settings(max_examples=25)
@given(stacks(), st.floats(0.02, 0.98))
def test_a_chord_is_above_the_least_cost_and_near_it(stack: Stack, part: float) -> None:
    """The cost of any load, solved for itself, is what the points say within the tolerance."""
    found = ways(stack)
    if found.firm_mw < 1:
        return
    load = part * found.firm_mw
    exact = _alone(stack, load)
    full = cost(found.points[found.plain_count - 1])
    assert at(found, load) >= exact - 1e-6 * (1 + full)
    allowed = max(TOLERANCE, found.gap_share) + 1e-6
    assert at(found, load) - exact <= allowed * full + 1e-2 * load


def _alone(stack: Stack, load: float) -> float:
    """Least cost of a load by a linear program of another solver's making."""
    count, stores = len(stack.plants), stack.stores
    width = DAY * (count + 3 * len(stores))
    prices = np.concatenate(
        [np.repeat(p.price[0], DAY) for p in stack.plants]
        + [np.repeat((0.0, s.price, 0.0), DAY) for s in stores]
    )
    upper = np.concatenate(
        [np.broadcast_to(p.output, DAY) * p.power_mw for p in stack.plants]
        + [np.repeat((s.power_mw, s.power_mw, s.energy_mwh), DAY) for s in stores]
    )
    rows: list[Floats] = []
    right: list[float] = []
    for hour in range(DAY):
        row = np.zeros(width)
        row[hour : DAY * count : DAY] = 1.0
        for number in range(len(stores)):
            base = DAY * (count + 3 * number)
            row[base + hour], row[base + DAY + hour] = -1.0, 1.0
        rows.append(row)
        right.append(load)
        for number, store in enumerate(stores):
            base = DAY * (count + 3 * number)
            level = np.zeros(width)
            level[base + 2 * DAY + hour] = 1.0
            level[base + 2 * DAY + (hour - 1) % DAY] -= 1.0
            level[base + hour], level[base + DAY + hour] = -store.round_trip, 1.0
            rows.append(level)
            right.append(0.0)
    found = linprog(prices / DAY, A_eq=np.array(rows), b_eq=right, bounds=[(0, u) for u in upper])
    assert found.status == 0
    assert found.fun is not None
    return float(found.fun)


@settings(max_examples=25)
@given(stacks())
def test_accounts_add_up_at_every_point(stack: Stack) -> None:
    """Energy in is energy out and what batteries lose; clean and matched are parts of it."""
    weights = (PLAIN, Weights(location_usd_per_t=150), Weights(clean_usd_per_mwh=60))
    found = ways(stack, weights)
    for point in found.points:
        made = np.array(point.by_plant_mw)
        lost = made.sum() - point.load_mw
        assert lost >= -1e-6 * (1 + point.load_mw)
        if not stack.stores:
            assert lost == pytest.approx(0, abs=1e-6 * (1 + point.load_mw))
        grid = sum(m for m, p in zip(made, stack.plants, strict=True) if p.grid)
        assert point.grid_mw == pytest.approx(grid, abs=1e-6)
        assert point.matched_mw <= point.grid_mw + 1e-6
        assert -1e-6 <= point.clean_mw <= point.load_mw + 1e-6
        factors = [p.location[0] for p in stack.plants]
        assert point.location_kg_per_h == pytest.approx(float(made @ factors), abs=1e-3)
        assert point.load_mw <= found.firm_mw * (1 + 1e-9)
