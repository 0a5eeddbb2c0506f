"""Information structures: what parts, what never may, and trees that share their past."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.errors import OfftakeError
from offtake.model import Party, Portfolio, Tenure, Uncertainty
from offtake.plan.observed import coordinates, seen
from offtake.plan.partition import parted
from offtake.plan.scenarios import Scenarios, draw
from offtake.plan.supply import DAYS_PER_QUARTER, Supply, compile_supply
from offtake.plan.tree import (
    Stage,
    grown,
    identical,
    nodes_of,
    reviewed,
    stages,
    two_stage,
    unresolved,
    wait_and_see,
)
from tests.plan.pasts import PERIODS, portfolio, scenarios
from tests.plan.portfolios import offer, unit, wanted

REVIEWS = (3, 6)


def structure(count: int = 40, branches: int = 3, least: int = 2) -> tuple[Scenarios, np.ndarray]:
    made = scenarios(count)
    planned = portfolio()
    return made, reviewed(planned, compile_supply(planned), made, REVIEWS, branches, least)


# ------------------------------------------------------------------ structures


def test_two_ends_of_what_can_be_known() -> None:
    """One node a quarter; a node for each scenario and quarter."""
    assert [s.count for s in stages(two_stage((5, 4)))] == [1]
    assert [s.count for s in stages(wait_and_see((5, 4)))] == [5]
    assert np.array_equal(wait_and_see((2, 3)), [[0, 2, 4], [1, 3, 5]])


@given(st.lists(st.lists(st.integers(0, 2), min_size=6, max_size=6), min_size=1, max_size=3))
def test_stages_are_read_back_as_they_were_written(groups: list[list[int]]) -> None:
    """Every tree survives: array of nodes → stages → the same array."""
    found, label = [], np.zeros(6, np.int64)
    for period, raw in enumerate(groups):
        label = label * 3 + (np.array(raw) if period else 0)
        found.append(Stage(2 * period, np.unique(label, return_inverse=True)[1]))
    node = nodes_of(found, 7)
    again = nodes_of(stages(node), 7)
    for period in range(7):
        same = node[:, None, period] == node[None, :, period]
        assert np.array_equal(same, again[:, None, period] == again[None, :, period])
    assert len(np.unique(again)) == again.max() + 1
    assert np.array_equal(nodes_of(stages(again), 7), again)


def test_scenarios_part_at_reviews_and_never_meet_again() -> None:
    _, node = structure()
    found = stages(node)
    assert [s.period for s in found] == [0, *REVIEWS]
    assert [s.count for s in found][:2] == [1, 3]
    assert 3 < found[2].count <= 9
    for before, after in pairwise(found):
        assert len(set(zip(before.group, after.group, strict=True))) == after.count


def test_a_leaf_does_not_know_its_future() -> None:
    """At least so many different scenarios stay together to the end."""
    for least in (2, 5):
        _, node = structure(least=least)
        assert np.bincount(stages(node)[-1].group).min() >= least


def test_one_branch_is_two_stages() -> None:
    made, node = structure(branches=1)
    assert np.array_equal(node, two_stage((made.count, PERIODS)))


def test_the_same_scenarios_are_always_parted_alike() -> None:
    assert np.array_equal(structure()[1], structure()[1])


def test_the_order_of_scenarios_is_of_no_matter() -> None:
    made, node = structure()
    planned, order = portfolio(), np.random.default_rng(0).permutation(made.count)
    again = reviewed(planned, compile_supply(planned), made.take(order), REVIEWS, 3)
    for period in (4, 7):
        told, said = node[order, period], again[:, period]
        assert np.array_equal(told[:, None] == told, said[:, None] == said)


def test_a_scenario_told_twice_parts_as_one() -> None:
    """Its two tellings stay together, count as one member, and move no other."""
    made, node = structure(20)
    twice = made.take(np.array([*range(20), 7]))
    chance = twice.probability.copy()
    chance[[7, 20]] /= 2
    twice = replace(twice, probability=chance)
    planned = portfolio()
    again = reviewed(planned, compile_supply(planned), twice, REVIEWS, 3)
    assert again[20].tolist() == again[7].tolist()
    for period in range(PERIODS):
        same = node[:, period][:, None] == node[:, period]
        assert np.array_equal(same, again[:20, period][:, None] == again[:20, period])


# ------------------------------------------------------------------ nothing of the future


def scrambled(made: Scenarios, supply: Supply, since: int) -> Scenarios:
    """All that is not observed before `since`, of every scenario, made another."""
    rng = np.random.default_rng(1)

    def after(values: np.ndarray, first: int) -> np.ndarray:
        moved = values.copy()
        moved[..., first:] *= rng.uniform(0.2, 3.0, moved[..., first:].shape)
        return moved

    late = {}
    for source in supply.committed:
        due = max((since - source.start) * DAYS_PER_QUARTER, source.already_days)
        days = made.late_days[source.id]
        open_ = (days > due) | (source.start >= since)
        late[source.id] = np.where(open_, np.maximum(due, 0) + rng.uniform(1, 400, len(days)), days)
    for source in supply.offered:
        late[source.id] = rng.uniform(0, 400, made.count)
    return replace(
        made,
        story=tuple("another" for _ in made.story),
        inference=after(made.inference, since),
        training=np.array([made.training[0], made.training[1] * rng.uniform(0.5, 2, made.count)]),
        rental_price=after(made.rental_price, since + 1),
        spot_price=after(made.spot_price, since + 1),
        electricity_price=after(made.electricity_price, since + 1),
        late_days=late,
        site_up=after(made.site_up, since),
        party_up={name: after(up, since) for name, up in made.party_up.items()},
    )


@pytest.mark.parametrize("since", REVIEWS)
def test_the_future_leaves_no_trace_in_what_is_known(since: int) -> None:
    """Change everything after a review: the nodes up to it stay as they are."""
    planned = portfolio()
    supply = compile_supply(planned)
    made = scenarios(40)
    changed = scrambled(made, supply, since)
    early = [review for review in REVIEWS if review <= since]
    before = reviewed(planned, supply, made, early, 3)
    after = reviewed(planned, supply, changed, early, 3)
    assert np.array_equal(before, after)
    later = reviewed(planned, supply, changed, REVIEWS, 3)
    assert np.array_equal(before[:, : since + 1], later[:, : since + 1])


def test_what_has_been_seen_is_looked_at() -> None:
    """A crash of demand before the review parts those it hit from all others."""
    planned = portfolio()
    supply = compile_supply(planned)
    made = scenarios(40)
    hit = np.arange(40) % 2 == 0
    crash = made.inference.copy()
    crash[:, hit, 2] *= 0.01
    node = reviewed(planned, supply, replace(made, inference=crash), REVIEWS, 3)
    assert not set(node[hit, 3]) & set(node[~hit, 3])


def test_what_no_longer_matters_is_not() -> None:
    """Demand and prices of before, and how late was what is there, part nobody."""
    planned = portfolio()
    supply, made = compile_supply(planned), scenarios(40)
    before = made.inference.copy()
    before[:, :, :2] *= np.random.default_rng(0).uniform(0.1, 3, (2, 40, 2))
    late = dict(made.late_days)
    there = late["built/hall"] < 100
    late["built/hall"] = np.where(there, late["built/hall"] * 0.5, late["built/hall"])
    other = replace(made, inference=before, late_days=late)
    assert there.any()
    assert np.array_equal(
        reviewed(planned, supply, made, (3,), 3), reviewed(planned, supply, other, (3,), 3)
    )


def test_what_can_be_seen_is_named_with_its_day() -> None:
    planned = portfolio()
    found = {s.what: s for s in seen(planned, compile_supply(planned), scenarios(20), 2)}
    assert "demand of chat in 2027Q2" in found
    assert "demand of chat in 2027Q3" not in found
    assert "rental price in 2027Q3, over its path" in found
    assert "lateness of built, hall so far" in found
    assert found["lateness of built, hall so far"].values.max() <= DAYS_PER_QUARTER + 1e-9
    assert not any("offer" in name or "lease" in name for name in found)


def test_distances_are_shares_of_demand_prices_and_power() -> None:
    """A tenth more of all demand, of all prices, of all power down: 0.1 each, and they add up."""
    planned = portfolio()
    supply, made = compile_supply(planned), scenarios(2)
    one = made.take(np.array([0, 0]))
    mean = one.inference[:, 0].sum(axis=0)

    def apart(**changes: np.ndarray) -> float:
        moved = {name: getattr(one, name).copy() for name in changes}
        for name, change in changes.items():
            moved[name][..., 1, :] += change
        told = seen(planned, supply, replace(one, **moved), PERIODS)
        points = coordinates(told, one.probability)
        return float(np.linalg.norm(points[0] - points[1]))

    more = {"inference": np.array([0.1, 0.0])[:, None] * mean / 0.95}
    dear = {n: np.full(PERIODS, 0.1) for n in ("rental_price", "spot_price", "electricity_price")}
    down = {"site_up": np.full((1, PERIODS), -0.1)}
    assert apart(**more) == pytest.approx(0.1, rel=0.06)
    assert apart(**dear) == pytest.approx(0.1)
    assert apart(**down) == pytest.approx(0.1)
    assert apart(**dear, **down) == pytest.approx(0.1 * np.sqrt(2))


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize("reviews", [(0,), (PERIODS,), (4, 3), (3, 3)])
def test_reviews_outside_or_out_of_order(reviews: tuple[int, ...]) -> None:
    planned = portfolio()
    with pytest.raises(OfftakeError, match="OTK-P130 reviews"):
        reviewed(planned, compile_supply(planned), scenarios(10), reviews)


def test_no_branch_at_all() -> None:
    planned = portfolio()
    with pytest.raises(OfftakeError, match="OTK-P130 branches"):
        reviewed(planned, compile_supply(planned), scenarios(10), (3,), 0)


@pytest.mark.parametrize(("branching", "reviews"), [((4,), (3,)), ((4, 0), (3,)), ((1, 4), (3,))])
def test_trees_that_cannot_grow(branching: tuple[int, ...], reviews: tuple[int, ...]) -> None:
    """Too few branchings, none at all, and fewer branches than named scenarios."""
    planned = portfolio()
    with pytest.raises(OfftakeError, match="OTK-P130"):
        grown(planned, compile_supply(planned), branching, reviews, 0)


# ------------------------------------------------------------------ grown trees


def test_a_grown_tree_shares_its_past_exactly() -> None:
    """64 leaves; in each node everything observed is one, and the futures differ."""
    planned = portfolio()
    supply = compile_supply(planned)
    made, node = grown(planned, supply, (4, 4, 4), REVIEWS, seed=3)
    assert made.count == 64
    assert made.probability == pytest.approx(np.repeat(made.probability[::16] / 1, 16))
    assert made.probability.sum() == pytest.approx(1)
    assert [s.count for s in stages(node)] == [1, 4, 16]
    for stage in stages(node)[1:]:
        for number in range(stage.count):
            inside = np.flatnonzero(stage.group == number)
            told = seen(planned, supply, made.take(inside), stage.period)
            for one in told:
                assert np.ptp(one.values) == 0, one.what
            assert len(np.unique(made.rental_price[inside, -1])) == len(inside)
            assert len(np.unique(made.inference[0, inside, stage.period])) >= len(inside) // 4
    assert np.array_equal(
        grown(planned, supply, (4, 4, 4), REVIEWS, seed=3)[0].training, made.training
    )


def test_the_lateness_of_what_is_not_signed_is_never_known() -> None:
    """Leaves of one node have their own lateness of every offer."""
    planned = portfolio()
    made, node = grown(planned, compile_supply(planned), (4, 4, 4), REVIEWS, seed=3)
    for number in range(16):
        inside = stages(node)[-1].group == number
        assert len(np.unique(made.late_days["lease"][inside])) > 1


# ------------------------------------------------------------------ what is left open


def test_what_a_tree_leaves_open_falls_with_branches() -> None:
    """1 with one branch, 0 where all is told apart, and less with more branches."""
    planned = portfolio()
    supply, made = compile_supply(planned), scenarios(40)
    shares = [
        unresolved(planned, supply, made, reviewed(planned, supply, made, (4,), n, 1)).get(4, 1.0)
        for n in (1, 2, 4, 8, 40)
    ]
    assert shares[0] == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == pytest.approx(0, abs=1e-9)
    assert unresolved(planned, supply, made, two_stage((40, PERIODS))) == {}


# ------------------------------------------------------------------ partition


def test_points_in_heaps_are_parted_into_the_heaps() -> None:
    rng = np.random.default_rng(0)
    heaps = np.repeat(np.array([[0, 0], [10, 0], [0, 10]]), 7, axis=0)
    points = heaps + rng.normal(0, 0.5, heaps.shape)
    group = parted(points, np.ones(21), np.arange(21), 3, 1)
    assert [len(set(group[i : i + 7])) for i in (0, 7, 14)] == [1, 1, 1]
    assert len(set(group)) == 3


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12),
    st.integers(1, 5),
    st.integers(1, 4),
)
def test_a_partition_keeps_its_word(raw: list[tuple[int, int]], most: int, least: int) -> None:
    """At most so many groups, each large enough or the only one; equal points stay together."""
    points = np.array(raw, float)
    group = parted(points, np.ones(len(raw)), np.arange(len(raw)), most, least)
    sizes = np.bincount(group)
    assert len(sizes) <= most
    assert sizes.min() >= min(least, len(raw)) or len(sizes) == 1
    for one, other in np.argwhere((points[:, None] == points).all(axis=2)):
        assert group[one] == group[other]


def test_identical_scenarios_are_found() -> None:
    made = scenarios(5)
    assert len(set(identical(made))) == 5
    assert (
        identical(made.take(np.array([0, 1, 0])))[0] == identical(made.take(np.array([0, 1, 0])))[2]
    )


def test_nothing_observed_parts_nobody() -> None:
    """A portfolio without anything uncertain has no branches."""
    still = unit([], [wanted(1.0, 6)], 6, uncertainty=Uncertainty())
    made = draw(still, compile_supply(still), 8, 0)
    node = reviewed(still, compile_supply(still), made, (2,), 4)
    assert [s.count for s in stages(node)] == [1]
    assert unresolved(still, compile_supply(still), made, wait_and_see((8, 6))) == {}


def test_defaults_and_outages_are_seen() -> None:
    """Who has defaulted by the review is told apart from who has not."""
    planned: Portfolio = replace(
        unit([offer("a", Tenure.LEASE, 1.0)], [wanted(1.0, 6)], 6),
        parties=tuple(
            Party(id=p, name=p, default_share_per_year=0.6 if p == "seller" else 0.0)
            for p in ("lab", "seller", "other", "maker")
        ),
    )
    supply = compile_supply(planned)
    made = draw(planned, supply, 40, 0)
    node = reviewed(planned, supply, made, (3,), 2)
    gone = made.party_up["seller"][:, 2] == 0
    assert gone.any()
    assert not gone.all()
    assert np.array_equal(node[:, 3] == node[np.flatnonzero(gone)[0], 3], gone)
