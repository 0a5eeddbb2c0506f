"""The simulator of a fleet: theory it must meet, accounts that close, the same seed the same."""

from __future__ import annotations

from dataclasses import replace
from math import factorial

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.model.bucket import Bucket
from offtake.model.fleet import Budget, Delivery, Fleet
from offtake.model.history import History
from offtake.model.job import Jobs
from offtake.policy.rules import POLICIES, Policy
from offtake.simulate.fleet import run
from offtake.simulate.fleet.front import Progress
from offtake.simulate.parameters import (
    Cause,
    Checkpoint,
    Domain,
    Hazard,
    Network,
    Power,
    Recovery,
    Tier,
)
from offtake.units import it_mw
from tests.simulate.fleet.fleets import CALM, DAY_S, ONE, cluster, drawn, fleet_of, rough

AT_ONCE = Policy(quantum_s=0.0, backfill=False)


def waits(history: History) -> np.ndarray:
    return history.outcomes.started_s - history.jobs.submitted_s


def queue(rho: float, servers: int, count: int, service: np.ndarray, seed: int) -> History:
    rng = np.random.default_rng(seed)
    submitted = np.cumsum(rng.exponential(100.0 / (rho * servers), count))
    jobs = Jobs.of(submitted, service, np.ones(count))
    horizon = float(submitted[-1] + 100.0 * DAY_S)
    return run(fleet_of(servers), jobs, CALM, horizon_s=horizon, policy=AT_ONCE)


@pytest.mark.parametrize(("servers", "rho"), [(1, 0.6), (4, 0.7)])
def test_waits_of_exponential_jobs_are_erlangs(servers: int, rho: float) -> None:
    count = 200_000
    service = np.random.default_rng(1).exponential(100.0, count)
    found = waits(queue(rho, servers, count, service, seed=2)).mean()
    offered = rho * servers
    busy = offered**servers / factorial(servers) / (1.0 - rho)
    chance = busy / (sum(offered**k / factorial(k) for k in range(servers)) + busy)
    assert found == pytest.approx(chance * 100.0 / (servers * (1.0 - rho)), rel=0.05)


def test_waits_of_fixed_jobs_are_half_of_exponential_ones() -> None:
    rho, count = 0.6, 200_000
    found = waits(queue(rho, 1, count, np.full(count, 100.0), seed=3)).mean()
    assert found == pytest.approx(rho * 100.0 / (2.0 * (1.0 - rho)), rel=0.04)


def test_without_failures_all_work_is_productive() -> None:
    jobs = Jobs.of([0.0, 100.0], [3600.0, 7200.0], [4, 4])
    history = run(fleet_of(8), jobs, CALM, horizon_s=DAY_S, policy=AT_ONCE)
    assert history.total(Bucket.PRODUCTIVE) == pytest.approx(4 * (3600 + 7200))
    assert history.outcomes.ended_s.tolist() == [3600.0, 7300.0]
    assert history.share(Bucket.LOST) == 0.0


def test_checkpoints_take_their_time() -> None:
    parameters = replace(CALM, checkpoint=Checkpoint(interval_minutes=60.0, write_s=60.0))
    jobs = Jobs.of([0.0], [3.5 * 3600.0], [2])
    history = run(fleet_of(8), jobs, parameters, horizon_s=DAY_S, policy=AT_ONCE)
    assert history.outcomes.ended_s[0] == 3.5 * 3600.0 + 3 * 60.0
    assert history.total(Bucket.CHECKPOINT) == pytest.approx(2 * 180.0)


def test_one_big_job_loses_what_renewal_theory_says() -> None:
    # 64 nodes, one failure each 128 days: 0.5 a day. A strike undoes half an interval on
    # average (exponential, rate · cycle = 0.02), then 10 minutes of restart.
    parameters = rough(1.0 / 128.0)
    jobs = Jobs.of([0.0], [2000.0 * DAY_S], [64])
    horizon = 1500.0 * DAY_S
    history = run(fleet_of(72, 72), jobs, parameters, horizon_s=horizon, policy=AT_ONCE)
    job_s = 64 * horizon
    rate, cycle, tau = 0.5 / DAY_S, 3660.0, 3600.0
    cycles = 1.0 / np.expm1(rate * cycle)  # complete cycles before a strike, geometric
    kept = cycles * tau / (1.0 / rate + 600.0)
    assert history.total(Bucket.PRODUCTIVE) / job_s == pytest.approx(kept, rel=0.003)
    strikes = len(history.strikes.time_s)
    assert history.total(Bucket.RESTART) == pytest.approx(64 * 600.0 * strikes, rel=0.01)
    assert strikes == pytest.approx(1500.0 * 0.5, rel=0.1)


@pytest.mark.parametrize("name", sorted(POLICIES))
@pytest.mark.parametrize("tier", [Tier.SPARE, Tier.REQUEUE])
def test_accounts_close_whatever_happens(name: str, tier: Tier) -> None:
    rng = np.random.default_rng(5)
    jobs = drawn(rng, 2000, 30.0 * DAY_S, 12)
    parameters = rough(
        0.3,
        recovery=Recovery(tier=tier, restart_minutes=10.0),
        network=Network(exposed_share=0.1, oversubscription_ratio=4.0),
        hazards=(
            Hazard(cause=Cause.GPU, rate_per_day=0.2),
            Hazard(cause=Cause.SOFTWARE, rate_per_day=0.1, breaks=False),
            Hazard(cause=Cause.USER, rate_per_day=0.2, job_nodes_count=4, breaks=False),
            Hazard(cause=Cause.MAINTENANCE, domain=Domain.RACK, rate_per_day=0.05),
            Hazard(cause=Cause.WEATHER, domain=Domain.SITE, rate_per_day=0.1),
        ),
    )
    there = cluster(
        1,
        deliveries=(
            Delivery(node_count=24),
            Delivery(node_count=16, arrives_hours=100.0, leaves_hours=400.0),
        ),
        budgets=(
            Budget(from_hours=200.0, power_it_mw=it_mw(0.02)),
            Budget(from_hours=300.0, power_it_mw=it_mw(0.006)),
            Budget(from_hours=310.0),
        ),
    )
    history = run(
        Fleet(clusters=(there,)),
        jobs,
        parameters,
        horizon_s=30.3 * DAY_S,
        policy=POLICIES[name],
        seed=7,
    )
    assert history.unclosed() < 1e-9
    assert history.capacity.sum() == pytest.approx(24 * 30.3 * DAY_S + 16 * 300 * 3600)
    assert history.seconds.min() >= -1e-6
    for bucket in Bucket:
        assert history.total(bucket) > 0.0, bucket
    assert np.isfinite(history.outcomes.ended_s).sum() > 500


def test_the_same_seed_gives_the_same_history_and_another_does_not() -> None:
    jobs = drawn(np.random.default_rng(9), 500, 10.0 * DAY_S, 6)

    seen = []

    def once(seed: int, progress: Progress | None = None) -> History:
        horizon = 12.0 * DAY_S
        return run(fleet_of(16), jobs, rough(), horizon_s=horizon, seed=seed, progress=progress)

    first, third = once(1), once(2)
    second = once(1, lambda time, events: seen.append((time, events)))
    assert len(seen) == 30
    assert seen[-1] == (12.0 * DAY_S, first.events)
    assert np.array_equal(first.seconds, second.seconds)
    assert np.array_equal(first.outcomes.ended_s, second.outcomes.ended_s, equal_nan=True)
    assert not np.array_equal(first.seconds, third.seconds)


def test_a_cap_slows_and_a_lower_one_pauses() -> None:
    jobs = Jobs.of([0.0], [7200.0], [8])
    power = Power(tdp_watts=1000.0, idle_share=0.1)
    parameters = replace(CALM, power=power)
    budgets = (Budget(from_hours=1.0, power_it_mw=it_mw(0.0064)), Budget(from_hours=2.0))
    there = Fleet(clusters=(cluster(8, budgets=budgets),))
    slow = run(there, jobs, parameters, horizon_s=DAY_S, policy=AT_ONCE)
    # 6.4 of 8 kW: a cap of 0.796875 in steps of 1/64.
    lost = 25.0 / 9.0 * (1.0 - 51.0 / 64.0) ** 2
    assert slow.outcomes.ended_s[0] == pytest.approx(7200.0 + 3600.0 * lost, abs=0.01)
    assert slow.total(Bucket.CAPPED) == pytest.approx(8 * 3600.0 * lost)
    assert slow.joules[0, 1] == pytest.approx(8 * 1000.0 * 51.0 / 64.0 * 3600.0)
    budgets = (Budget(from_hours=1.0, power_it_mw=it_mw(0.001)), Budget(from_hours=2.0))
    there = Fleet(clusters=(cluster(8, budgets=budgets),))
    paused = run(there, jobs, parameters, horizon_s=DAY_S, policy=AT_ONCE)
    assert paused.outcomes.ended_s[0] == pytest.approx(10800.0, abs=0.01)
    assert paused.total(Bucket.CAPPED) == pytest.approx(8 * 3600.0)


def test_reaching_over_pods_costs_time() -> None:
    network = Network(exposed_share=0.1, oversubscription_ratio=4.0)
    parameters = replace(CALM, network=network)
    jobs = Jobs.of([0.0, 1.0], [3600.0, 3600.0], [16, 8])
    history = run(fleet_of(24, 8), jobs, parameters, horizon_s=DAY_S, policy=AT_ONCE)
    # The first fills two pods whose uplinks carry a quarter: 0.1 · 4 of its computing.
    assert history.outcomes.ended_s[0] == pytest.approx(3600.0 * 1.4, abs=0.01)
    assert history.outcomes.ended_s[1] == pytest.approx(3601.0, abs=0.01)
    assert history.total(Bucket.EXPOSED) == pytest.approx(16 * 1440.0)


def test_backfill_passes_only_those_it_does_not_delay() -> None:
    jobs = Jobs.of([0.0, 1.0, 2.0, 3.0], [7200.0, 7200.0, 3600.0, 9000.0], [6, 8, 2, 2])
    easy = replace(AT_ONCE, backfill=True)
    history = run(fleet_of(8), jobs, CALM, horizon_s=DAY_S, policy=easy)
    assert history.outcomes.started_s.tolist()[:3] == [0.0, 7200.0, 2.0]
    assert history.outcomes.started_s[3] == 14400.0
    fifo = run(fleet_of(8), jobs, CALM, horizon_s=DAY_S, policy=AT_ONCE)
    assert fifo.outcomes.started_s.tolist() == [0.0, 7200.0, 14400.0, 14400.0]


def test_a_higher_priority_pushes_aside_who_may_be() -> None:
    jobs = Jobs.of(
        [0.0, 0.0, 4000.0],
        [20000.0, 20000.0, 3600.0],
        [4, 4, 4],
        preemptible=[True, False, False],
        priority=[0, 0, 5],
    )
    pushing = replace(AT_ONCE, preempts=True, grace_s=120.0)
    parameters = replace(CALM, checkpoint=Checkpoint(interval_minutes=60.0, write_s=60.0))
    history = run(fleet_of(8), jobs, parameters, horizon_s=2 * DAY_S, policy=pushing)
    assert history.outcomes.preemptions.tolist() == [1, 0, 0]
    assert history.outcomes.started_s[2] == pytest.approx(4120.0)
    assert history.total(Bucket.LOST) == 0.0
    hurried = run(
        fleet_of(8), jobs, parameters, horizon_s=2 * DAY_S, policy=replace(pushing, grace_s=0.0)
    )
    # Saved after an hour of running and a minute of writing, stopped 340 s later.
    assert hurried.total(Bucket.LOST) == pytest.approx(4 * 340.0)


def test_more_failures_mean_less_work() -> None:
    jobs = drawn(np.random.default_rng(11), 1500, 20.0 * DAY_S, 12)
    done = [
        run(fleet_of(16), jobs, rough(rate), horizon_s=20.0 * DAY_S).total(Bucket.PRODUCTIVE)
        for rate in (0.0, 0.1, 0.5, 2.0)
    ]
    assert done == sorted(done, reverse=True)


def test_bad_input_is_told_at_once_with_its_rows() -> None:
    jobs = Jobs.of(
        [0.0, 5.0, 2.0],
        [10.0, -1.0, 10.0],
        [1, 1, 99],
        ids=np.array(["a", "b", "a"], dtype=object),
    )
    with pytest.raises(OfftakeError) as caught:
        run(fleet_of(8), jobs, CALM, horizon_s=DAY_S)
    codes = {(fault.code, fault.where.path) for fault in caught.value.faults}
    assert codes == {
        ("OTK-S132", "jobs[2].submitted_s"),
        ("OTK-S133", "jobs[1].work_s"),
        ("OTK-S133", "jobs[1].limit_s"),
        ("OTK-S136", "jobs[2].accelerator_count"),
        ("OTK-S137", "jobs[2].ids"),
    }


def test_a_fleet_that_cannot_be_is_told_of() -> None:
    there = cluster(
        8,
        deliveries=(Delivery(node_count=8, arrives_hours=5.0, leaves_hours=4.0),),
        budgets=(
            Budget(from_hours=2.0, power_it_mw=it_mw(0.0001)),
            Budget(from_hours=1.0),
        ),
    )
    parameters = replace(
        CALM,
        topology=replace(ONE, accelerators_per_node_count=8),
        recovery=Recovery(tier=Tier.REPLICA),
        power=Power(cap_share=0.1),
    )
    with pytest.raises(OfftakeError) as caught:
        run(Fleet(clusters=(there, there)), Jobs.of([], [], []), parameters, horizon_s=1e12)
    assert {fault.code for fault in caught.value.faults} == {
        "OTK-S110",
        "OTK-S112",
        "OTK-S114",
        "OTK-S115",
        "OTK-S117",
        "OTK-S120",
        "OTK-S121",
        "OTK-S122",
    }


def test_a_job_longer_than_any_horizon_goes_on_to_the_end() -> None:
    jobs = Jobs.of([0.0, 0.0], [400.0 * 365.0 * DAY_S, 1e17], [4, 2])
    history = run(fleet_of(8), jobs, CALM, horizon_s=DAY_S, policy=AT_ONCE)
    assert history.outcomes.started_s.tolist() == [0.0, 0.0]
    assert np.isnan(history.outcomes.ended_s).all()
    assert history.total(Bucket.PRODUCTIVE) == pytest.approx(6 * DAY_S)
