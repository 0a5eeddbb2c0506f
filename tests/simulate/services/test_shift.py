"""The elastic shift: when nodes are asked for, had and given back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from offtake.model.fleet import Delivery
from offtake.model.service import Load, Service
from offtake.simulate.parameters import Cause, Hazard, Parameters, Repair
from offtake.simulate.services.asked import STEP_S
from offtake.simulate.services.shift import Held, Ints, hold, present, remaining, well
from tests.simulate.scenes import calm, cluster, service, with_services


def held(told: Service, series: list[float], nodes: int = 16, shared: bool = True) -> Held:
    load = Load(region="home", tokens_per_s=tuple(series))
    scene = with_services(calm(nodes), replace(told, loads=(load,)))
    return hold(scene, [np.array(series)[:, None]], shared=shared)[0]


def test_as_many_nodes_as_users_need() -> None:
    made = held(service(), [0.0, 999.0, 1000.0, 1001.0, 2500.0])
    assert made.held[:, 0].tolist() == [0, 1, 1, 2, 3]
    assert made.unserved.sum() == pytest.approx(0.0)
    assert made.used_share[:, 0] == pytest.approx([0.0, 0.999, 1.0, 0.5005, 2.5 / 3.0])


def test_headroom_and_floor_are_added() -> None:
    assert held(service(headroom_ratio=0.5), [2000.0]).held[0, 0] == 3
    assert held(service(floor_count=4), [2000.0]).held[0, 0] == 4


def test_a_replica_takes_all_its_nodes() -> None:
    made = held(service(nodes_per_replica_count=3), [3500.0], nodes=8)
    assert made.held[0, 0] == 6
    assert held(service(nodes_per_replica_count=3), [9000.0], nodes=8).held[0, 0] == 6


def test_training_keeps_them_until_the_deadline_and_a_model_takes_time_to_load() -> None:
    told = service(reclaim_minutes=10.0, load_minutes=5.0)
    made = held(told, [1000.0, 3000.0, 3000.0, 3000.0, 3000.0, 3000.0])
    assert made.held[:, 0].tolist() == [1, 1, 1, 3, 3, 3]
    assert made.serving[:, 0].tolist() == [1, 1, 1, 1, 3, 3]
    assert made.unserved[:, 0] == pytest.approx([0.0, 2000.0, 2000.0, 2000.0, 0.0, 0.0])


def test_nodes_are_kept_for_a_while() -> None:
    made = held(service(keep_minutes=10.0), [3000.0, 1000.0, 1000.0, 1000.0, 1000.0])
    assert made.held[:, 0].tolist() == [3, 3, 3, 1, 1]


def test_what_finds_no_node_is_unserved() -> None:
    made = held(service(), [5000.0], nodes=3)
    assert made.held[0, 0] == 3
    assert made.unserved[0, 0] == pytest.approx(2000.0)


def test_apart_it_holds_its_peak_all_day() -> None:
    made = held(service(load_minutes=30.0), [1000.0, 4000.0, 500.0], shared=False)
    assert made.held[:, 0].tolist() == made.serving[:, 0].tolist() == [4, 4, 4]


def test_the_first_service_has_the_first_choice() -> None:
    scene = with_services(calm(4), service(), service(id="other"))
    asked = np.array([[3000.0]])
    first, second = hold(scene, [asked, asked])
    assert (first.held[0, 0], second.held[0, 0]) == (3, 1)
    assert second.unserved[0, 0] == pytest.approx(2000.0)


def test_broken_nodes_are_made_up_for() -> None:
    p = Parameters(
        hazards=(
            Hazard(cause=Cause.GPU, rate_per_day=0.5),
            Hazard(cause=Cause.SOFTWARE, rate_per_day=9.0, breaks=False),
        ),
        repair=Repair(automatic_hours=24.0, manual_share=0.5, manual_hours=48.0),
    )
    assert well(p) == pytest.approx(1.0 / (1.0 + 0.5 * 2.0))
    load = Load(region="home", tokens_per_s=(3000.0,))
    scene = with_services(replace(calm(16), parameters=p), service(loads=(load,)))
    made = hold(scene, [np.array([[3000.0]])])[0]
    assert made.held[0, 0] == 6  # half of them are down
    assert made.unserved.sum() == pytest.approx(0.0)


def test_nodes_there_are_follow_their_deliveries() -> None:
    there = replace(
        cluster("here", 1),
        deliveries=(
            Delivery(node_count=2),
            Delivery(node_count=3, arrives_hours=0.25, leaves_hours=0.5),
        ),
    )
    assert present([there], 8)[:, 0].tolist() == [2, 2, 2, 5, 5, 5, 2, 2]


@pytest.mark.parametrize("seed", range(20))
def test_deliveries_give_back_what_is_left(seed: int) -> None:
    rng = np.random.default_rng(seed)
    left: Ints = rng.integers(0, 6, 40)
    made = remaining(cluster("here", 6), left)
    again = np.zeros(40, np.int64)
    for delivery in made:
        first = round(delivery.arrives_hours * 3600.0 / STEP_S)
        gone = delivery.leaves_hours
        last = 40 if gone is None else round(gone * 3600.0 / STEP_S)
        assert last > first
        again[first:last] += delivery.node_count
    assert again.tolist() == left.tolist()


def test_nothing_left_is_no_delivery() -> None:
    assert remaining(cluster("here", 6), np.zeros(4, np.int64)) == ()
    whole = remaining(cluster("here", 6), np.full(4, 6))
    assert whole == (Delivery(node_count=6),)
