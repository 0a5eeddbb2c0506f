"""Routing: near where there is room, farther where there is none, and as much as can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.policy.routing import Floats, route

FAR = np.inf


def once(demand: list[float], room: list[float], trips: list[list[float]]) -> Floats:
    made: Floats = route(np.array([demand]), np.array([room]), np.array(trips))[0]
    return made


def test_users_go_to_the_nearest_that_has_room() -> None:
    flow = once([100.0, 50.0], [1000.0, 1000.0], [[10.0, 80.0], [90.0, 20.0]])
    assert flow.tolist() == [[100.0, 0.0], [0.0, 50.0]]


def test_what_finds_no_room_spills_over_to_the_next() -> None:
    flow = once([100.0, 50.0], [70.0, 1000.0], [[10.0, 80.0], [90.0, 20.0]])
    assert flow == pytest.approx(np.array([[70.0, 30.0], [0.0, 50.0]]))


def test_nobody_is_sent_out_of_reach() -> None:
    flow = once([100.0, 50.0], [70.0, 1000.0], [[10.0, FAR], [90.0, 20.0]])
    assert flow == pytest.approx(np.array([[70.0, 0.0], [0.0, 50.0]]))


def test_one_moves_on_where_that_lets_another_be_served() -> None:
    # Whoever goes to the nearest first would leave the second region nothing.
    flow = once([100.0, 100.0], [100.0, 100.0], [[10.0, 200.0], [11.0, FAR]])
    assert flow == pytest.approx(np.array([[0.0, 100.0], [100.0, 0.0]]))


def test_each_time_stands_alone() -> None:
    demand, room = np.array([[10.0], [0.0], [30.0]]), np.array([[20.0], [20.0], [20.0]])
    flow = route(demand, room, np.array([[5.0]]))
    assert flow[:, 0, 0] == pytest.approx([10.0, 0.0, 20.0])


def test_nothing_asked_or_nowhere_to_go_is_nothing_served() -> None:
    assert once([0.0], [10.0], [[5.0]]).sum() == 0.0
    assert once([9.0], [10.0], [[FAR]]).sum() == 0.0


AMOUNTS = st.floats(0.0, 1e7, allow_subnormal=False)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Floats, Floats, Floats]:
    times, regions, clusters = (draw(st.integers(1, 4)) for _ in range(3))
    trips = st.one_of(st.floats(1.0, 300.0), st.just(FAR))

    def table(rows: int, columns: int, of: st.SearchStrategy[float]) -> Floats:
        row = st.lists(of, min_size=columns, max_size=columns)
        return np.array(draw(st.lists(row, min_size=rows, max_size=rows)))

    return (
        table(times, regions, AMOUNTS),
        table(times, clusters, AMOUNTS),
        table(regions, clusters, trips),
    )


@given(cases())
def test_nobody_gets_more_than_asked_and_no_cluster_gives_more_than_it_has(
    case: tuple[Floats, Floats, Floats],
) -> None:
    demand, room, trips = case
    flow = route(demand, room, trips)
    assert flow.min() >= 0.0
    assert (flow.sum(axis=2) <= demand * (1.0 + 1e-12)).all()
    assert (flow.sum(axis=1) <= room * (1.0 + 1e-12)).all()
    assert flow[:, ~np.isfinite(trips)].sum() == 0.0


@given(cases())
def test_more_room_serves_no_less(case: tuple[Floats, Floats, Floats]) -> None:
    demand, room, trips = case
    less, more = route(demand, room, trips), route(demand, room * 1.5 + 10.0, trips)
    slack = 1e-6 * demand.max()
    assert (more.sum(axis=(1, 2)) >= less.sum(axis=(1, 2)) - slack).all()


@given(cases())
def test_room_without_end_serves_all_within_reach(case: tuple[Floats, Floats, Floats]) -> None:
    demand, room, trips = case
    flow = route(demand, np.full_like(room, np.inf), trips)
    reached = demand * np.isfinite(trips).any(axis=1)
    assert flow.sum(axis=2) == pytest.approx(reached, rel=1e-6, abs=1e-6 * demand.max() + 1e-9)
