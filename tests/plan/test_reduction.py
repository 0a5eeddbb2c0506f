"""Reduction: the distance is the one of optimal transport, and what is kept is near the best."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from offtake.errors import OfftakeError
from offtake.plan.reduction import Reduced, distance_of, distances, reduced, selected
from offtake.plan.scenarios import Scenarios
from offtake.plan.supply import compile_supply
from tests.plan.pasts import portfolio, scenarios


def few(made: Scenarios, count: int) -> Reduced:
    return reduced(portfolio(), compile_supply(portfolio()), made, count)


def apart(made: Scenarios) -> np.ndarray:
    return distances(portfolio(), compile_supply(portfolio()), made)


def transport(cost: np.ndarray, given_: np.ndarray, wanted: np.ndarray) -> float:
    """Kantorovich distance by its linear program: cheapest way to move one chance to another."""
    rows, columns = cost.shape
    equal = np.zeros((rows + columns, cost.size))
    for row in range(rows):
        equal[row, row * columns : (row + 1) * columns] = 1
    for column in range(columns):
        equal[rows + column, column::columns] = 1
    found = linprog(cost.ravel(), A_eq=equal, b_eq=np.concatenate([given_, wanted]))
    assert found.status == 0
    return float(found.fun or 0.0)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_distance_is_that_of_optimal_transport(count: int) -> None:
    """To the chances handed over; any other chances of what is kept are farther."""
    made = scenarios(9)
    found = few(made, count)
    cost = apart(made)[:, found.kept]
    chance = found.scenarios.probability
    assert found.distance == pytest.approx(transport(cost, made.probability, chance), abs=1e-9)
    assert chance.sum() == pytest.approx(1)
    rng = np.random.default_rng(0)
    for _ in range(5):
        other = rng.dirichlet(np.ones(count))
        assert transport(cost, made.probability, other) >= found.distance - 1e-9


@pytest.mark.parametrize("count", range(1, 6))
def test_what_is_kept_is_near_the_best(count: int) -> None:
    """Against every choice there is, of 40 sets: never better, hardly ever worse."""
    worse = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        points = rng.normal(size=(8, 2))
        cost = np.linalg.norm(points[:, None] - points, axis=2)
        chance = rng.dirichlet(np.ones(8))
        mine = distance_of(cost, chance, selected(cost, chance, count))
        best = min(distance_of(cost, chance, np.array(c)) for c in combinations(range(8), count))
        assert mine >= best - 1e-12
        worse.append(mine / best - 1)
    assert np.mean(worse) < 0.01
    assert max(worse) < (1e-12 if count == 1 else 0.3)


def test_fewer_are_farther() -> None:
    made = scenarios(30)
    found = [few(made, count) for count in range(1, 31)]
    gaps = np.diff([f.distance for f in found])
    assert np.all(gaps <= 1e-12)
    assert found[0].share == pytest.approx(1)
    assert found[-1].distance == 0
    assert np.array_equal(found[-1].kept, np.arange(30))
    assert all(f.single == found[0].distance for f in found)


def test_what_is_told_twice_costs_nothing_to_tell_once() -> None:
    made = scenarios(10)
    twice = made.take(np.repeat(np.arange(10), 2))
    twice = replace(twice, probability=twice.probability / 2)
    found = few(twice, 10)
    assert found.distance == 0
    assert sorted(k // 2 for k in found.kept) == list(range(10))
    assert found.scenarios.probability == pytest.approx(made.probability)


def test_chances_go_to_the_nearest() -> None:
    made = scenarios(12)
    found, cost = few(made, 3), apart(made)
    for number, place in enumerate(found.stands_for):
        assert cost[number, found.kept[place]] == cost[number, found.kept].min()
    handed = np.bincount(found.stands_for, made.probability, minlength=3)
    assert found.scenarios.probability == pytest.approx(handed)
    assert np.array_equal(found.scenarios.inference, made.inference[:, found.kept])


def test_distances_are_distances() -> None:
    cost = apart(scenarios(12))
    assert np.all(np.diag(cost) == 0)
    assert cost == pytest.approx(cost.T)
    by_way_of = cost[:, :, None] + cost[None, :, :]
    assert np.all(cost[:, None, :] <= by_way_of + 1e-9)


def test_how_late_an_offer_comes_counts_too() -> None:
    made = scenarios(12)
    late = dict(made.late_days)
    late["lease"] = late["lease"] + 1000.0 * (np.arange(12) == 3)
    moved = apart(replace(made, late_days=late))
    assert moved[3].mean() > apart(made)[3].mean()


@pytest.mark.parametrize("count", [0, 13])
def test_counts_that_cannot_be(count: int) -> None:
    with pytest.raises(OfftakeError, match="OTK-P131 reduce: .* 12; got"):
        few(scenarios(12), count)
