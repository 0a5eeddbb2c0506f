"""The pure step: it decides as the simulator does, says why, and refuses what cannot be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.model.fleet import Burst, Cluster, Delivery, Fleet, Price, Running, Tenant
from offtake.model.job import Job, Jobs, Kind
from offtake.policy import tables as rules
from offtake.policy.deciding import Action, Decision, Reason, step
from offtake.policy.rules import POLICIES, Policy
from offtake.simulate.fleet.front import advance
from offtake.simulate.fleet.setting import Case, set_up
from offtake.simulate.fleet.tables import NOW, PASS, UNTIL
from tests.simulate.fleet.fleets import CALM, DAY_S, cluster, drawn, fleet_of, rough

AT_ONCE = Policy(quantum_s=0.0)


def place(name: str, nodes: int, **others: Any) -> Cluster:
    return replace(cluster(nodes), id=name, **others)


def job(name: str, accelerators: int, work_s: float = 3600.0, **others: Any) -> Job:
    return Job(id=name, accelerator_count=accelerators, work_s=work_s, **others)


def by_pod(held: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(held.get(pod, 0) for pod in range(max(held, default=-1) + 1))


def on(cluster_id: str, job_: Job, pods: dict[int, int], ends_s: float) -> Running:
    return Running(
        job=job_, cluster=cluster_id, pod_node_count=by_pod(pods), ends_s=ends_s, began_s=0.0
    )


def by_job(decisions: tuple[Decision, ...]) -> dict[str, Decision]:
    return {decision.job: decision for decision in decisions}


def reasons(decision: Decision) -> list[tuple[str | None, Reason]]:
    return [(option.cluster, option.reason) for option in decision.options]


# ------------------------------------------------------------ the same as the simulator
def as_values(case: Case, t: rules.Tables, w: Any, now: float) -> tuple[Fleet, list[Job]]:
    """Say the state of a simulation in values of the model."""
    there = case.fleet.clusters

    def said(row: Any) -> Job:
        return Job(
            id=str(row["job"]),
            tenant=case.jobs.tenants[row["tenant"]],
            kind=case.jobs.kinds[row["kind"]].id,
            accelerator_count=int(row["accelerators"]),
            submitted_s=float(row["submitted"]),
            work_s=float(row["left"]),
            limit_s=float(row["need"]),
            attained_s=float(row["attained"] / row["nodes"]),
            priority=int(row["priority"]),
            preemptible=bool(row["gives"]),
            one_pod=bool(row["whole"]),
        )

    running = []
    for a in t.running[: t.count[rules.N_RUNNING]]:
        row = t.active[a]
        first = int(t.cluster[row["cluster"]]["first_pod"])
        held = w.node["pod"][(w.node["owner"] == a) & (w.node["state"] == 2)] - first
        cycle = float(row["cycle"])
        since = max(0.0, now - float(row["saved"])) % cycle if cycle > 0.0 else 0.0
        running.append(
            Running(
                job=said(row),
                cluster=there[row["cluster"]].id,
                pod_node_count=by_pod(Counter(int(pod) for pod in held)),
                ends_s=float(row["ends"]),
                saved_s=now - since,
                began_s=float(row["begun"]),
            )
        )
    waiting = [said(row) for row in t.active if row["state"] == rules.WAITING]
    down: dict[str, tuple[int, ...]] = {}
    for cluster_, row in zip(there, t.cluster, strict=True):
        first = int(row["first_pod"])
        mine = range(first, first + int(row["pods"]))
        lost = [p - first for p in w.node["pod"][np.isin(w.node["state"], (0, 3, 4))] if p in mine]
        down[cluster_.id] = by_pod(Counter(int(pod) for pod in lost))
    return replace(case.fleet, running=tuple(running), unusable_node_count=down), waiting


@pytest.mark.parametrize("name", ["fifo", "easy", "priority", "srtf", "las", "ftf"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_step_decides_as_the_simulator_does(name: str, seed: int) -> None:
    # Fairness of those beyond the window is looked at when they come, not at every pass.
    depth = 1500 if name == "ftf" else 50
    policy = replace(POLICIES[name], quantum_s=300.0, grace_s=120.0, depth_count=depth)
    jobs = drawn(np.random.default_rng(seed), 1500, 30.0 * DAY_S, 12)
    # The simulator passes over those that cannot begin; the step, which explains, looks at all.
    kinds = (
        Kind(id="any"),
        Kind(id="one", speed_ratio={"here": 1.0}),
        Kind(id="both", speed_ratio={"here": 0.5, "there": 1.5}),
    )
    jobs = replace(
        jobs,
        tenants=("a", "b"),
        tenant=np.arange(len(jobs), dtype=np.int16) % 2,
        kinds=kinds,
        kind=np.arange(len(jobs), dtype=np.int16) % 3,
    )
    fleet = Fleet(
        clusters=(place("here", 20), place("there", 12, price=Price(usd_per_gpu_hour=2.0))),
        tenants=(
            Tenant(id="a", nominal_count=16, cohort="all"),
            Tenant(id="b", nominal_count=16, cohort="all"),
        ),
    )
    parameters = {each.id: rough(0.02) for each in fleet.clusters}
    case = Case(fleet, jobs, policy, parameters, 40.0 * DAY_S, seed)
    t, w = set_up(case, 4096)
    compared: Counter[Action] = Counter()
    while w.clock[NOW] < 3.0 * DAY_S:
        # Everything up to the next pass, but not the pass itself.
        w.clock[UNTIL] = np.floor(w.clock[NOW] / 300.0) * 300.0 + 299.999
        t, w = advance(t, w)
        w.clock[NOW] = now = w.clock[UNTIL] + 0.001
        if w.clock[PASS] != now or np.any(t.active["state"] == rules.STOPPING):
            continue
        at_now = np.any(t.active["state"] == rules.RUNNING) and _busy_at(w, now)
        if at_now:
            continue
        before = t.active["state"].copy()
        fleet_now, queue = as_values(case, t, w, now)
        decisions = step(fleet_now, queue, now, policy, kinds)
        w.clock[UNTIL] = now
        t, w = advance(t, w)
        _same(decisions, t, before, case)
        compared.update(decision.action for decision in decisions)
    assert compared[Action.START] > 50
    assert compared[Action.WAIT] > 50
    assert compared[Action.STOP] > (5 if name == "priority" else -1)


def _busy_at(w: Any, now: float) -> bool:
    """Whether something else happens at the very time of the pass."""
    due = w.run["due"][(w.run["key"] >= 0)]
    back = w.node["back"][w.node["key"] >= 0]
    soon = np.concatenate([due, back, w.job_submit])
    return bool(np.any((soon > now - 0.001) & (soon <= now)))


def _same(decisions: tuple[Decision, ...], t: rules.Tables, before: Any, case: Case) -> None:
    said = {(d.job, d.action, d.cluster) for d in decisions if d.action is not Action.WAIT}
    done = set()
    for a in np.flatnonzero(t.active["state"] != before):
        row = t.active[a]
        was, now = int(before[a]), int(row["state"])
        if was == rules.WAITING and now in (rules.RUNNING, rules.STOPPING):
            action = Action.START
        elif was == rules.RUNNING and now == rules.STOPPING:
            action = Action.STOP
        else:
            continue
        done.add((str(row["job"]), action, case.fleet.clusters[row["cluster"]].id))
    assert said == done


# ------------------------------------------------------------------------ why
def test_a_job_begins_where_it_is_cheapest_and_the_rest_is_told() -> None:
    paid = place("paid", 8, price=Price(usd_per_gpu_hour=9.0, paid_hours=1e6))
    rent = place("rent", 8, price=Price(usd_per_gpu_hour=2.0))
    small = place("small", 2)
    (decision,) = step(Fleet(clusters=(rent, paid, small)), [job("a", 4)], 0.0)
    assert decision.action is Action.START
    assert decision.cluster == "paid"
    assert decision.pod_node_count == (4,)
    assert reasons(decision) == [
        ("rent", Reason.SCORE),
        ("small", Reason.ROOM),
        ("paid", Reason.CHOSEN),
    ]
    assert decision.options[0].found == (2.0, 0.0)
    assert decision.options[1].found == (4.0, 2.0)


def test_a_blocked_job_says_when_it_begins_and_who_may_pass_it() -> None:
    fleet = replace(fleet_of(8), running=(on("here", job("r", 6, 7200.0), {0: 6}, ends_s=7000.0),))
    queue = [job("big", 8), job("short", 2, 3600.0, submitted_s=1.0), job("long", 2, 9000.0)]
    queue[2] = replace(queue[2], submitted_s=2.0)
    made = by_job(step(fleet, queue, 100.0))
    assert made["big"].action is Action.WAIT
    assert made["big"].reason is Reason.ROOM
    assert made["big"].starts_s == 7200.0
    assert made["short"].action is Action.START
    later = by_job(step(fleet, [queue[0], queue[2]], 100.0))
    assert later["long"].reason is Reason.DELAYS
    assert later["long"].options[0].found == (9100.0, 7200.0)


def test_whole_pods_stay_whole() -> None:
    fleet = fleet_of(24, 8, deliveries=(Delivery(node_count=24),))
    fleet = replace(fleet, running=(on("here", job("r", 5), {1: 5}, ends_s=9e5),))
    made = by_job(step(fleet, [job("small", 3), job("big", 16, submitted_s=1.0)], 0.0))
    assert made["small"].pod_node_count == (0, 3)
    assert made["big"].pod_node_count == (8, 0, 8)


def test_quota_borrows_and_is_reclaimed() -> None:
    tenants = (
        Tenant(id="a", nominal_count=4, cohort="c"),
        Tenant(id="b", nominal_count=4, borrow_count=2, cohort="c"),
    )
    fleet = replace(fleet_of(12), tenants=tenants)
    first = job("b1", 7, tenant="b")
    (refused,) = step(fleet, [first], 0.0)
    assert refused.reason is Reason.QUOTA
    assert refused.options[0].found == (7.0, 6.0)
    (taken,) = step(fleet, [replace(first, accelerator_count=6)], 0.0)
    assert taken.action is Action.START
    borrower = replace(first, accelerator_count=6, preemptible=True)
    fleet = replace(fleet, running=(on("here", borrower, {0: 6}, ends_s=9e5),))
    made = by_job(step(fleet, [job("a1", 4, tenant="a")], 10.0, POLICIES["priority"]))
    assert made["b1"].action is Action.STOP
    assert made["b1"].stops_for == "a1"
    assert made["a1"].action is Action.WAIT


def test_nodes_kept_for_a_burst_are_left_alone_by_others() -> None:
    tenants = (Tenant(id="a", nominal_count=99), Tenant(id="b", nominal_count=99))
    burst = Burst(cluster="here", tenant="a", node_count=6, from_hours=1.0, to_hours=2.0)
    fleet = replace(fleet_of(8), tenants=tenants, bursts=(burst,))
    queue = [
        job("short", 4, 1800.0, tenant="b"),
        job("long", 4, 7200.0, tenant="b"),
        job("mine", 4, 7200.0, tenant="a"),
    ]
    made = by_job(step(fleet, queue, 0.0, AT_ONCE))
    assert made["short"].action is Action.START
    assert made["long"].reason is Reason.BURST
    made = by_job(step(fleet, queue, 3700.0, AT_ONCE))
    assert made["mine"].action is Action.START
    assert {made["short"].reason, made["long"].reason} == {Reason.BURST}


def test_latency_decides_where_inference_may_run() -> None:
    near = place("near", 4, latency_ms={"eu": 20.0})
    far = place("far", 4, latency_ms={"eu": 120.0})
    kind = Kind(id="chat", region="eu", latency_ms=50.0)
    queue = [job("a", 3, kind="chat"), job("b", 3, kind="chat", submitted_s=1.0)]
    made = by_job(step(Fleet(clusters=(far, near)), queue, 0.0, kinds=[kind]))
    assert made["a"].cluster == "near"
    assert made["b"].action is Action.WAIT
    assert ("far", Reason.SPEED) in reasons(made["b"])


def test_what_cannot_be_is_told_at_once() -> None:
    fleet = replace(fleet_of(4), running=(on("gone", job("a", 2), {0: 2}, ends_s=1.0),))
    queue = [job("a", 1), job("b", 1, tenant="x"), job("c", 1, kind="y")]
    with pytest.raises(OfftakeError) as caught:
        step(fleet, queue, 0.0)
    codes = sorted(fault.code for fault in caught.value.faults)
    assert codes == ["OTK-Y001", "OTK-Y002", "OTK-Y003", "OTK-Y004"]
    crowded = replace(fleet_of(4), running=(on("here", job("a", 6), {0: 6}, ends_s=1.0),))
    with pytest.raises(OfftakeError, match="OTK-Y006"):
        step(crowded, [], 0.0)


def test_nothing_to_decide_is_nothing() -> None:
    assert step(fleet_of(4), [], 0.0) == ()
    assert Jobs.of([], [], []).kinds == (Kind(id=""),)
    assert CALM.hazards == ()


# ------------------------------------------------------------------------ quota
def _sharing(**borrow: int) -> tuple[Tenant, ...]:
    return tuple(Tenant(id=name, nominal_count=16, cohort="all", **borrow) for name in ("a", "b"))


def test_within_a_tenant_lower_priority_gives_its_quota_back() -> None:
    mine = replace(job("low", 16, preemptible=True), tenant="a")
    other = replace(job("other", 16, preemptible=True), tenant="b")
    fleet = replace(
        fleet_of(8),
        tenants=_sharing(),
        running=(on("here", mine, {0: 2}, 7000.0), on("here", other, {0: 2}, 7000.0)),
    )
    high = replace(job("high", 16), tenant="a", priority=1)
    made = by_job(step(fleet, [high], 100.0, POLICIES["priority"]))
    assert made["low"].stops_for == "high"
    assert "other" not in made
    equal = by_job(step(fleet, [replace(high, priority=0)], 100.0, POLICIES["priority"]))
    assert set(equal) == {"high"}


def test_nobody_is_stopped_where_that_would_not_free_enough() -> None:
    low = replace(job("low", 8, preemptible=True), tenant="a")
    kept = replace(job("kept", 8), tenant="a")
    fleet = replace(
        fleet_of(8),
        tenants=(Tenant(id="a", nominal_count=16),),
        running=(on("here", low, {0: 1}, 7000.0), on("here", kept, {0: 1}, 7000.0)),
    )
    high = replace(job("high", 16), tenant="a", priority=1)
    assert set(by_job(step(fleet, [high], 100.0, POLICIES["priority"]))) == {"high"}
    small = replace(high, id="small", accelerator_count=8)
    made = by_job(step(fleet, [small, high], 100.0, POLICIES["priority"]))
    assert made["low"].stops_for == "small"


def test_lent_quota_is_taken_back_down_to_what_its_tenant_owns_and_no_further() -> None:
    lent = [replace(job(f"b{i}", 8, preemptible=True), tenant="b") for i in range(4)]
    fleet = replace(
        fleet_of(8),
        tenants=_sharing(),
        running=tuple(on("here", each, {0: 1}, 7000.0) for each in lent),
    )
    own = replace(job("own", 16), tenant="a")
    made = step(fleet, [own], 100.0, POLICIES["priority"])
    assert [d.stops_for for d in made if d.action is Action.STOP] == ["own", "own"]
    more = replace(job("more", 24), tenant="a")
    assert set(by_job(step(fleet, [more], 100.0, POLICIES["priority"]))) == {"more"}


def test_quota_that_comes_for_one_is_not_taken_by_those_behind_it() -> None:
    low = replace(job("low", 8, preemptible=True), tenant="a")
    fleet = replace(
        fleet_of(8),
        tenants=(Tenant(id="a", nominal_count=16),),
        running=(on("here", low, {0: 1}, 7000.0),),
    )
    high = replace(job("high", 16), tenant="a", priority=1)
    small = replace(job("small", 8), tenant="a")
    made = by_job(step(fleet, [high, small], 100.0, POLICIES["priority"]))
    assert made["low"].stops_for == "high"
    assert made["small"].reason is Reason.QUOTA
