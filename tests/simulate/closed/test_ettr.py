"""The exact renewal against hand-worked numbers, its limits, and where forms are refused."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.errors import OfftakeError
from offtake.model.bucket import Bucket
from offtake.simulate.closed import first_order, renewal
from offtake.simulate.parameters import (
    Age,
    Checkpoint,
    Detection,
    Interval,
    Law,
    Lemons,
    Recovery,
    Spares,
    Tier,
)
from tests.simulate.clusters import COUNT, cluster, hazard


def test_at_100k_it_is_what_was_worked_by_hand() -> None:
    mean = 24.0 / (12_500 * 0.0065)
    for minutes, wanted in ((5.0, 0.49), (60.0, 0.07)):
        tau, restart = minutes / 60.0, 10.0 / 60.0
        by_hand = tau / math.expm1(tau / mean) / (mean * math.exp(restart / mean))
        assert by_hand == pytest.approx(wanted, abs=0.006)


def test_the_cycle_is_worked_out_term_by_term() -> None:
    told = cluster(
        detection=Detection(heartbeat_minutes=2.0),
        checkpoint=Checkpoint(interval_minutes=30.0, write_s=120.0),
    )
    made = renewal(told, COUNT)
    mean, tau, write, restart, notice = 3.0, 0.5, 1 / 30, 1 / 6, 1 / 30
    grown = math.expm1((tau + write) / mean)
    assert made.kept == pytest.approx(tau / grown)
    assert made.written == pytest.approx(mean * math.expm1(write / mean) / grown)
    assert made.hours == pytest.approx((mean + notice) * math.exp(restart / mean))


def test_a_sheltered_restart_is_only_added() -> None:
    told = cluster(recovery=Recovery(restart_minutes=10.0, sheltered=True))
    assert renewal(told, COUNT).restart == pytest.approx(1 / 6)


def test_a_drain_counts_checkpoints_late() -> None:
    now = renewal(cluster(), COUNT)
    late = cluster(
        checkpoint=Checkpoint(
            interval_minutes=30.0,
            write_s=60.0,
            size_gb=3_600_000.0,
            storage_gb_per_s=2000.0,
            asynchronous=True,
        )
    )
    assert renewal(late, COUNT).kept == pytest.approx(now.kept * math.exp(-0.5 / 3.0))


def test_without_failures_only_writing_is_lost() -> None:
    made = renewal(cluster(hazards=()), COUNT)
    assert made.ettr == pytest.approx(30.0 / 31.0)
    free = cluster(hazards=(), checkpoint=Checkpoint(interval_minutes=0.0))
    assert renewal(free, COUNT).ettr == 1.0


@given(
    per_day=st.floats(0.01, 200.0),
    restart=st.floats(0.0, 60.0),
    interval=st.floats(1.0, 240.0),
    write=st.floats(0.0, 600.0),
)
def test_it_adds_up_and_lies_below_one(
    per_day: float, restart: float, interval: float, write: float
) -> None:
    told = cluster(
        hazards=(hazard(per_day),),
        recovery=Recovery(restart_minutes=restart),
        checkpoint=Checkpoint(interval_minutes=interval, write_s=write),
    )
    made = renewal(told, COUNT)
    assert 0.0 <= made.ettr <= 1.0
    assert sum(made.shares.values()) == pytest.approx(1.0, abs=1e-9)
    assert set(made.shares) == set(Bucket)
    worse = replace(told, hazards=(hazard(per_day * 1.5),))
    assert renewal(worse, COUNT).ettr <= made.ettr + 1e-12


def test_first_order_is_refused_beyond_a_quarter() -> None:
    assert first_order(0.1, 1.0, 1.0) == pytest.approx(0.85)
    assert first_order(0.25, 0.5, 1.0) == pytest.approx(0.75)
    with pytest.raises(OfftakeError, match=r"OTK-S001 .*got 0\.251"):
        first_order(0.251, 0.5, 1.0)


REFUSED = {
    "law": {"law": Law.WEIBULL},
    "lemons": {"lemons": Lemons(lemon_share=0.1, hazard_ratio=2.0)},
    "spares": {"spares": Spares(standby_count=3)},
    "silent corruption": {"detection": Detection(silent_share=0.1)},
    "replicas": {"recovery": Recovery(tier=Tier.REPLICA)},
    "adaptive": {"checkpoint": Checkpoint(interval=Interval.ADAPTIVE)},
    "age": {"age": Age(infant_ratio=2.0)},
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_it_cannot_know_is_refused(kind: str) -> None:
    with pytest.raises(OfftakeError) as caught:
        renewal(cluster(**REFUSED[kind]), COUNT)  # type: ignore[arg-type]
    assert [fault.code for fault in caught.value.faults] == ["OTK-S002"]


def test_all_that_is_refused_is_told_at_once() -> None:
    told = cluster(spares=Spares(standby_count=1), age=Age(infant_ratio=2.0))
    with pytest.raises(OfftakeError) as caught:
        renewal(told, COUNT)
    assert len(caught.value.faults) == 2
