"""One gang job by events: against closed forms, and what must hold for every one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from offtake.errors import OfftakeError
from offtake.model.bucket import Bucket
from offtake.simulate.closed import renewal, short_share
from offtake.simulate.gang import Gang, Mean, Outcome, simulate_gang
from offtake.simulate.parameters import (
    Age,
    Cause,
    Checkpoint,
    Detection,
    Domain,
    Hazard,
    Interval,
    Law,
    Lemons,
    Network,
    Parameters,
    Power,
    Recovery,
    Repair,
    Spares,
    Tier,
)
from tests.simulate.clusters import COUNT, cluster, hazard

LONG = Gang(accelerators_count=COUNT, limit_hours=60 * 24.0)


def run(told: Parameters, gang: Gang = LONG, replications: int = 60, **more: Any) -> Outcome:
    return simulate_gang(told, gang, replications=replications, **more)


def close(made: Mean, wanted: float) -> None:
    assert abs(made.mean - wanted) <= 3.0 * made.half_width + 1e-9, (made, wanted)


EXACT: dict[str, dict[str, Any]] = {
    "plain": {},
    "sheltered": {"recovery": Recovery(restart_minutes=20.0, sheltered=True)},
    "noticed late": {"detection": Detection(heartbeat_minutes=3.0, hang_share=0.2)},
    "draining": {
        "checkpoint": Checkpoint(
            interval_minutes=20.0, write_s=30.0, size_gb=1.2e6, asynchronous=True
        )
    },
    "far storage": {
        "recovery": Recovery(restart_minutes=5.0, remote_share=0.3, remote_reload_minutes=20.0)
    },
    "queued again": {"recovery": Recovery(tier=Tier.REQUEUE, requeue_minutes=40.0)},
    "every step kept": {"checkpoint": Checkpoint(interval_minutes=0.0)},
    "failures beyond counting": {"hazards": (hazard(120.0),)},
    "young-daly": {"checkpoint": Checkpoint(interval=Interval.YOUNG_DALY, write_s=60.0)},
}


@pytest.mark.parametrize("kind", EXACT)
def test_it_agrees_with_the_exact_renewal(kind: str) -> None:
    told = cluster(**EXACT[kind])
    made, formula = run(told), renewal(told, COUNT)
    close(made.ettr, formula.ettr)
    for bucket in (Bucket.CHECKPOINT, Bucket.LOST, Bucket.RESTART):
        assert made.shares[bucket] == pytest.approx(formula.shares[bucket], abs=0.006), bucket


LEDGERS: dict[str, dict[str, Any]] = {
    "spares": {"spares": Spares(standby_count=2, pool_count=1, select_minutes=4.0)},
    "borrowing": {
        "spares": Spares(
            standby_count=1, pool_count=1, borrowed_count=3, borrow_minutes=20.0, refilled=True
        )
    },
    "lemons": {
        "lemons": Lemons(lemon_share=0.1, hazard_ratio=8.0),
        "spares": Spares(standby_count=6, pool_count=6),
        "repair": Repair(automatic_hours=3.0, automatic_silent_share=0.5, manual_share=0.3),
    },
    "racks": {
        "hazards": (
            hazard(4.0),
            Hazard(cause=Cause.POWER, domain=Domain.RACK, rate_per_day=0.01),
        ),
        "spares": Spares(standby_count=8),
    },
    "silent corruption": {"detection": Detection(silent_share=0.1, silent_hours=3.0)},
    "replicas": {
        "recovery": Recovery(tier=Tier.REPLICA, replica_nodes_count=64, restart_minutes=30.0),
        "spares": Spares(standby_count=2),
    },
    "weibull": {"law": Law.WEIBULL, "law_shape": 0.7, "spares": Spares(standby_count=8)},
    "lognormal repairs": {
        "repair": Repair(automatic_hours=8.0, law=Law.LOGNORMAL, repair_shape=1.5),
        "spares": Spares(standby_count=3),
    },
    "adaptive": {
        "checkpoint": Checkpoint(interval=Interval.ADAPTIVE, interval_minutes=200.0, write_s=60.0)
    },
    "capped and exposed": {
        "power": Power(cap_share=0.8),
        "network": Network(exposed_share=0.1, oversubscription_ratio=2.0),
    },
    "young nodes": {"age": Age(fleet_days=0.0, infant_ratio=4.0)},
}


@pytest.mark.parametrize("kind", LEDGERS)
def test_the_ledger_closes(kind: str) -> None:
    made = run(cluster(**LEDGERS[kind]), replications=20)
    assert made.unclosed <= 1e-9
    assert sum(made.shares.values()) == pytest.approx(1.0, abs=1e-9)
    assert all(share >= 0.0 for share in made.shares.values())
    assert 0.0 < made.ettr.mean < 1.0
    assert sum(cause.mean for cause in made.causes.values()) == pytest.approx(made.failures.mean)


def test_failures_come_as_often_as_the_hazards_say() -> None:
    told = cluster(recovery=Recovery(restart_minutes=0.0), hazards=(hazard(8.0),))
    close(run(told).failures, 8.0 * 60)
    for law, shape in ((Law.WEIBULL, 0.7), (Law.WEIBULL, 2.0), (Law.LOGNORMAL, 1.2)):
        close(run(replace(told, law=law, law_shape=shape)).failures, 8.0 * 60)


def test_causes_share_failures_by_their_rates() -> None:
    kinds = (hazard(6.0), replace(hazard(2.0, breaks=False), cause=Cause.SOFTWARE))
    made = run(cluster(hazards=kinds, recovery=Recovery(restart_minutes=0.0)))
    close(made.causes[Cause.UNKNOWN], 6.0 * 60)
    close(made.causes[Cause.SOFTWARE], 2.0 * 60)


def test_what_does_not_break_takes_no_spare() -> None:
    told = cluster(hazards=(hazard(8.0, breaks=False),), spares=Spares(standby_count=0))
    made = run(told, replications=10)
    assert made.shares[Bucket.DOWN] == made.shares[Bucket.FRAGMENTATION] == 0.0


def test_nodes_in_repair_are_as_many_as_the_queue_says() -> None:
    told = cluster(spares=Spares(standby_count=20), recovery=Recovery(restart_minutes=0.0))
    made = run(told)
    assert made.shares[Bucket.DOWN] * (512 + 20) == pytest.approx(4.0, rel=0.05)
    assert made.shares[Bucket.FRAGMENTATION] == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("law", [Law.EXPONENTIAL, Law.LOGNORMAL])
def test_spares_run_short_as_often_as_erlang_says(law: Law) -> None:
    told = cluster(
        spares=Spares(standby_count=5),
        recovery=Recovery(restart_minutes=0.0),
        repair=Repair(automatic_hours=12.0, law=law, repair_shape=0.8),
    )
    made = run(told, replications=200)
    waited = made.shares[Bucket.FRAGMENTATION] * (512 + 5) / 511
    assert waited == pytest.approx(short_share(told, COUNT, 5), rel=0.04)


def test_lemons_are_found_out() -> None:
    hidden = cluster(
        lemons=Lemons(lemon_share=0.1, hazard_ratio=8.0),
        spares=Spares(standby_count=40),
        hazards=(hazard(4.0),),
    )
    kept = replace(hidden, lemons=replace(hidden.lemons, cured=False))
    few, many = run(hidden, replications=20), run(kept, replications=20)
    assert few.failures.mean < 0.8 * many.failures.mean


def test_replicas_that_drop_out_alone_keep_more() -> None:
    busy = cluster(hazards=(hazard(60.0),), checkpoint=Checkpoint(interval_minutes=5.0))
    apart = Recovery(
        tier=Tier.REPLICA, replica_nodes_count=32, restart_minutes=10.0, stall_minutes=2.0
    )
    together, alone = run(busy), run(replace(busy, recovery=apart))
    assert alone.ettr.mean > together.ettr.mean + 0.1
    assert alone.shares[Bucket.LOST] == pytest.approx(0.0, abs=1e-12)


def test_work_that_is_asked_for_is_done_exactly() -> None:
    gang = Gang(accelerators_count=COUNT, work_hours=100.0, limit_hours=10_000.0)
    made = run(cluster(), gang)
    assert made.done == made.replications
    assert made.kept.mean == pytest.approx(100.0)
    assert made.wall.low > 100.0


def test_without_failures_the_clock_is_the_work_and_its_writes() -> None:
    gang = Gang(accelerators_count=COUNT, work_hours=10.0, limit_hours=1000.0)
    made = run(cluster(hazards=()), gang, replications=2)
    assert made.wall.mean == pytest.approx(10.0 + 19 / 60.0)
    assert made.failures.mean == 0.0


def test_more_of_what_hurts_keeps_less() -> None:
    worse: tuple[dict[str, Any], ...] = (
        {"hazards": (hazard(16.0),)},
        {"recovery": Recovery(restart_minutes=30.0)},
        {"checkpoint": Checkpoint(interval_minutes=30.0, write_s=300.0)},
        {"detection": Detection(heartbeat_minutes=10.0)},
        {"detection": Detection(silent_share=0.1, silent_hours=12.0)},
        {"spares": Spares(standby_count=1)},
    )
    plain = run(cluster()).ettr.mean
    for change in worse:
        assert run(cluster(**change)).ettr.mean < plain - 0.005, change


def test_one_seed_is_one_luck() -> None:
    first, again = run(cluster(), replications=5, seed=4), run(cluster(), replications=5, seed=4)
    assert first == again
    assert run(cluster(), replications=5, seed=5) != first
    # Two policies meet the same failures: their difference is surer than either.
    slow = run(cluster(recovery=Recovery(restart_minutes=11.0, sheltered=True)), seed=4)
    fast = run(cluster(recovery=Recovery(restart_minutes=10.0, sheltered=True)), seed=4)
    assert slow.ettr.mean < fast.ettr.mean


@pytest.mark.slow
def test_processes_share_without_changing_anything() -> None:
    one = run(cluster(), replications=120)
    two = run(cluster(), replications=120, processes=2)
    assert two.ettr == one.ettr or two.ettr.mean == pytest.approx(one.ettr.mean, rel=1e-12)
    assert two.replications == 120


def test_it_tells_how_far_it_is_and_stops_with_what_is_done() -> None:
    told: list[tuple[int, int]] = []
    made = run(
        cluster(),
        replications=1000,
        progress=lambda done, of: told.append((done, of)),
        stopped=lambda: len(told) == 2,
    )
    assert told == [(50, 1000), (100, 1000)]
    assert made.replications == 100


CLASHES: dict[str, dict[str, Any]] = {
    "lemons and weibull": {"law": Law.WEIBULL, "lemons": Lemons(lemon_share=0.1)},
    "age and weibull": {"law": Law.WEIBULL, "age": Age(infant_ratio=2.0)},
    "replicas and weibull": {"law": Law.LOGNORMAL, "recovery": Recovery(tier=Tier.REPLICA)},
    "replicas that borrow": {
        "recovery": Recovery(tier=Tier.REPLICA),
        "spares": Spares(standby_count=1, borrowed_count=1),
    },
}


@pytest.mark.parametrize("kind", CLASHES)
def test_what_does_not_go_together_is_named(kind: str) -> None:
    with pytest.raises(OfftakeError) as caught:
        run(cluster(**CLASHES[kind]))
    assert [fault.code for fault in caught.value.faults] == ["OTK-S004"]


def test_half_a_replica_is_refused() -> None:
    told = cluster(recovery=Recovery(tier=Tier.REPLICA, replica_nodes_count=100))
    with pytest.raises(OfftakeError, match="OTK-S003"):
        run(told)


def test_options_out_of_range_are_told_at_once() -> None:
    with pytest.raises(OfftakeError) as caught:
        run(cluster(), replications=0, seed=-1, processes=0)
    assert [fault.code for fault in caught.value.faults] == ["OTK-S008"] * 3
