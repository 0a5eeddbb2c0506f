"""A day of inference and training: the ledger of both closes, and nothing asked for is dropped."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.model.bucket import Bucket
from offtake.model.service import Load
from offtake.simulate.fleet import run
from offtake.simulate.scene import HOUR_S, Mix, Size, jobs_of
from offtake.simulate.services import Day, day
from offtake.simulate.services.asked import STEP_S
from tests.simulate.scenes import calm, service, small, with_services


@cache
def shipped() -> Day:
    return day(small(), replications=2)


def test_the_ledger_of_both_closes() -> None:
    for side in (shipped().shared, shipped().apart):
        assert side.unclosed < 1e-9
        assert sum(side.shares.values()) == pytest.approx(1.0, abs=1e-9)
        assert min(side.shares.values()) >= -1e-12
        books = side.first.inference
        assert sum(books.seconds.values()) == pytest.approx(books.held, rel=1e-12)
        assert books.seconds[Bucket.IDLE] >= 0.0


def test_inference_and_training_have_the_whole_fleet_between_them() -> None:
    first = shipped().shared.first
    assert first.training is not None
    there = 80 * 8 * 24 * HOUR_S
    assert first.inference.held + first.training.capacity.sum() == pytest.approx(there, rel=1e-12)


def test_what_is_asked_for_is_served_or_unserved() -> None:
    for side in (shipped().shared, shipped().apart):
        for held in side.first.held:
            total = held.flow.sum(axis=2) + held.unserved
            assert total == pytest.approx(held.demand)
            assert held.unserved.min() >= -1e-6


def test_sharing_gives_training_more_and_serves_the_same_users() -> None:
    made = shipped()
    assert made.gained_hours.mean > 0.0
    assert made.shared.inference_share.mean < made.apart.inference_share.mean
    assert made.shared.usd_per_million_tokens.mean < made.apart.usd_per_million_tokens.mean
    first, second = (side.first.held[0].demand for side in (made.shared, made.apart))
    assert np.array_equal(first, second)
    assert made.shared.lost_hours.mean > made.apart.lost_hours.mean


def test_without_demand_training_has_the_fleet_to_itself() -> None:
    scene = with_services(small(), replace(small().services[0], floor_count=0, loads=nobody()))
    first = day(scene, hours=12.0, replications=1).shared.first
    alone = run(
        scene.fleet,
        jobs_of(scene, 12 * HOUR_S, 1),
        scene.parameters,
        horizon_s=12 * HOUR_S,
        seed=1,
    )
    assert first.inference.held == 0.0
    assert first.training is not None
    assert np.array_equal(first.training.seconds, alone.seconds)


def nobody() -> tuple[Load, ...]:
    return (Load(region="europe", mean_tokens_per_s=0.0),)


def test_a_fleet_that_inference_fills_trains_nothing() -> None:
    told = service(loads=(Load(region="home", mean_tokens_per_s=1e6),))
    made = day(with_services(calm(4), told), hours=2.0, replications=1)
    assert made.shared.first.training is None
    assert made.shared.inference_share.mean == 1.0
    assert made.shared.served_share.mean == pytest.approx(0.004)
    assert made.shared.unserved_tokens_billions.mean == pytest.approx(996e3 * 7200 / 1e9)
    assert made.shared.shares[Bucket.PRODUCTIVE] == pytest.approx(1.0)


def test_joules_and_dollars_are_those_of_the_nodes_it_holds() -> None:
    cheap = replace(calm().clusters[0].price, usd_per_gpu_hour=2.0)
    there = replace(calm().clusters[0], price=cheap)
    scene = with_services(
        calm(clusters=(there,)), service(loads=(Load(region="home", mean_tokens_per_s=1500.0),))
    )
    made = day(scene, hours=1.0, replications=1).shared
    # Two nodes of 8, three quarters filled: 1 kW each at full output, 150 W idle.
    watts = 16 * (0.75 * 1000.0 + 0.25 * 150.0)
    assert made.tokens_per_joule.mean == pytest.approx(1500.0 / watts)
    assert made.facility_tokens_per_joule.mean == pytest.approx(1500.0 / watts / 1.3)
    assert made.usd_per_million_tokens.mean == pytest.approx(16 * 2.0 / (1500.0 * 3600.0 / 1e6))
    assert made.busy_share.mean == pytest.approx(0.75)
    # At 750 tokens/s a node lies between the points of 20 and 40 tokens/s a user.
    assert made.user_tokens_per_s.mean == pytest.approx(20.0 + 20.0 * 250.0 / 600.0)


def test_more_capacity_serves_no_less() -> None:
    told = service(loads=(Load(region="home", mean_tokens_per_s=9000.0, noise_share=0.2),))
    served = [
        day(with_services(calm(n), told), hours=2.0, replications=1).shared.tokens_billions.mean
        for n in (4, 8, 12, 24)
    ]
    assert served == sorted(served)
    assert served[-1] > served[0]


def test_what_cannot_be_is_refused() -> None:
    scene = with_services(calm(), service())
    with pytest.raises(OfftakeError, match="OTK-S054"):
        day(scene, hours=1.01)
    with pytest.raises(OfftakeError, match="OTK-S053"):
        day(calm())
    large = Mix(sizes=(Size(node_count=14, work_hours=1.0, time_share=1.0),))
    with pytest.raises(OfftakeError, match="OTK-S055"):
        day(replace(scene, jobs=large), hours=1.0, replications=1)


def test_a_step_is_five_minutes() -> None:
    assert len(shipped().shared.first.held[0].demand) * STEP_S == 24 * HOUR_S
