"""After any sequence of changes, placement decides as the pure step does on the same state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offtake.model.fleet import Cluster, Delivery, Fleet, Price, Running, Tenant
from offtake.model.installation import ClusterSpec
from offtake.model.job import Job, Kind
from offtake.model.work import JobSpec
from offtake.operate.placement.kept import Core
from offtake.operate.placement.telling import why
from offtake.operate.placing import Waiting
from offtake.policy import tables as rules
from offtake.policy.deciding import Action, Decision, step
from offtake.policy.rules import Policy

POLICY = Policy(preempts=True, depth_count=4, bin_s=60.0)
CLUSTERS = (
    ClusterSpec(
        id="paid",
        site="oslo",
        accelerator="H100",
        accelerator_count=20,
        accelerators_per_pod_count=8,
        latency_ms={"eu": 9.0},
    ),
    ClusterSpec(
        id="rent",
        site="bergen",
        accelerator="H100",
        accelerator_count=16,
        accelerators_per_pod_count=16,
        price=Price(usd_per_gpu_hour=2.0),
    ),
    ClusterSpec(
        id="other",
        site="oslo",
        accelerator="MI300X",
        accelerator_count=12,
        accelerators_per_pod_count=4,
        latency_ms={"eu": 4.0},
    ),
)
TENANTS = (
    Tenant(id="a", nominal_count=12, cohort="all"),
    Tenant(id="b", nominal_count=12, lend_count=6, borrow_count=8, cohort="all"),
    Tenant(id="c", nominal_count=10),
)


class Story:
    """Random changes to one placement, and the same state in values of the model."""

    def __init__(self, seed: int, policy: Policy) -> None:
        self.rng = np.random.default_rng(seed)
        self.policy = policy
        self.core = Core(CLUSTERS, TENANTS, policy)
        self.now = 10.0
        self.came = 0

    def pick(self, values: Any) -> Any:
        return values[int(self.rng.integers(len(values)))]

    def drawn(self) -> Waiting:
        self.came += 1
        spec = JobSpec(
            name="j",
            run="true",
            tenant=self.pick(["", "a", "a", "b", "b", "c"]),
            accelerator=self.pick([(), (), ("H100",), ("MI300X",), ("none",)]),
            accelerator_count=self.pick([1, 2, 3, 5, 8, 12]),
            one_pod=bool(self.rng.random() < 0.2),
            region=self.pick([None, "eu"]),
            priority=self.pick([0, 0, 1, 2]),
            preemptible=bool(self.rng.random() < 0.7),
            limit_hours=self.pick([0.05, 0.2, 1.0]),
            checkpoint_minutes=self.pick([None, 1.0]),
        )
        submitted = self.now - float(self.rng.integers(3))
        return Waiting(id=f"j{self.came}", spec=spec, submitted_at=submitted)

    def some(self, *states: int) -> list[str]:
        state = self.core.t.active["state"]
        found = [job for job, a in self.core.row.items() if state[a] in states]
        return [job for job in found if self.rng.random() < 0.3]

    def change(self) -> None:
        core, cluster = self.core, self.pick(CLUSTERS)
        match int(self.rng.integers(9)):
            case 0 | 1 | 2:
                core.add([self.drawn() for _ in range(int(self.rng.integers(1, 7)))])
            case 3:
                core.withdraw(self.some(rules.WAITING)[:3])
            case 4 | 5:
                core.ended(self.some(rules.RUNNING, rules.STOPPING))
            case 6:
                most = cluster.accelerator_count
                core.usable(cluster.id, int(self.rng.integers(most // 2, most + 1)))
            case 7:
                core.opened(cluster.id, bool(self.rng.random() < 0.8))
            case _:
                job, at = self.drawn(), core.places[cluster.id]
                mine = core.room.pods(at)
                left = int((core.room.size[mine] - core.room.held[mine]).sum())
                if job.spec.accelerator_count <= left:
                    core.hold(job, cluster.id, self.now)

    # ------------------------------------------------------------ as values
    def values(self) -> tuple[Fleet, list[Job], list[Kind]]:
        core, kinds = self.core, []
        waits, runs = {}, []
        for key, at in core.kinds.items():
            speed = core.t.speed[at]
            may = {c.id: 1.0 for c, s in zip(CLUSTERS, speed, strict=True) if s > 0.0}
            region: Any = key[4]
            kinds.append(Kind(id=str(at), speed_ratio=may or {"nowhere": 1.0}, region=region))
        for a in core.row.values():
            if core.t.active[a]["state"] == rules.WAITING:
                waits[int(core.t.active[a]["job"])] = self.job(a)
        for a in core.t.running[: core.t.count[rules.N_RUNNING]].tolist():
            row = core.t.active[a]
            at = int(row["cluster"])
            held = dict(core.taken[a])
            saved = self.now - (self.now - float(row["saved"])) % float(row["cycle"])
            runs.append(
                Running(
                    job=self.job(a),
                    cluster=CLUSTERS[at].id,
                    pod_node_count=tuple(
                        held.get(pod, 0)
                        for pod in range(core.room.first[at], core.room.first[at + 1])
                    ),
                    ends_s=float(row["ends"]),
                    saved_s=saved,
                    began_s=float(row["begun"]),
                    stopping=bool(row["state"] == rules.STOPPING),
                )
            )
        room = core.room
        out = np.minimum(room.out, room.size - room.held)
        fleet = Fleet(
            clusters=tuple(
                Cluster(
                    id=c.id,
                    accelerator=c.accelerator,
                    accelerators_per_node_count=1,
                    nodes_per_pod_count=c.accelerators_per_pod_count,
                    deliveries=(Delivery(node_count=c.accelerator_count),),
                    price=c.price,
                    latency_ms=c.latency_ms,
                )
                for c in CLUSTERS
            ),
            tenants=TENANTS,
            running=tuple(runs),
            unusable_node_count={
                c.id: tuple(int(n) for n in out[room.pods(at)]) for at, c in enumerate(CLUSTERS)
            },
        )
        return fleet, [waits[at] for at in sorted(waits)], kinds

    def job(self, a: int) -> Job:
        row = self.core.t.active[a]
        names = ("", *(tenant.id for tenant in TENANTS))
        return Job(
            id=self.core.ids[a],
            tenant=names[row["tenant"]],
            kind=str(row["kind"]),
            accelerator_count=int(row["accelerators"]),
            submitted_s=float(row["submitted"]),
            work_s=float(row["left"]),
            limit_s=float(row["need"]),
            priority=int(row["priority"]),
            preemptible=bool(row["gives"]),
            one_pod=bool(row["whole"]),
        )

    def sound(self) -> None:
        """No ledger below zero, nothing booked twice."""
        core = self.core
        t, room = core.t, core.room
        assert (t.cluster["free"] >= 0).all()
        assert (t.pod["free"] >= 0).all()
        held = np.zeros_like(room.held)
        for taken in core.taken.values():
            for pod, count in taken:
                held[pod] += count
        assert (held == room.held).all()
        free = np.maximum(0, room.size - room.out - room.held)
        assert (t.pod["free"] == free).all()
        running = t.active[t.running[: t.count[rules.N_RUNNING]]]
        for who in range(len(t.tenant)):
            mine = running[running["tenant"] == who]
            assert t.tenant[who]["used"] == mine["accelerators"].sum()
            going = mine[mine["state"] == rules.STOPPING]
            assert t.tenant[who]["coming"] == going["accelerators"].sum()
        shared = np.maximum(0, t.tenant["used"] - (t.tenant["nominal"] - t.tenant["lend"]))
        in_cohort = t.tenant["cohort"] >= 0
        assert t.cohort[0]["used"] == shared[in_cohort].sum()
        for at in range(len(CLUSTERS)):
            mine = running[running["cluster"] == at]
            assert t.release[at, : rules.BINS].sum() == mine["nodes"].sum()
            by_block = t.release[at, : rules.BINS].reshape(-1, rules.BLOCK).sum(axis=1)
            assert (t.release[at, rules.BINS :] == by_block).all()
            assert t.cluster[at]["free"] == t.pod["free"][room.pods(at)].sum()


def told(decisions: tuple[Decision, ...]) -> set[tuple[Any, ...]]:
    return {
        (d.job, d.action, d.cluster, d.stops_for) for d in decisions if d.action is not Action.WAIT
    }


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), backfill=st.booleans(), preempts=st.booleans())
def test_placement_decides_as_the_step(seed: int, backfill: bool, preempts: bool) -> None:
    story = Story(seed, Policy(preempts=preempts, backfill=backfill, depth_count=4, bin_s=60.0))
    for _ in range(25):
        for _ in range(int(story.rng.integers(1, 4))):
            story.change()
        story.now += float(story.pick([1.0, 40.0, 300.0]))
        fleet, queue, kinds = story.values()
        expected = step(fleet, queue, story.now, story.policy, kinds)
        acts = story.core.decide(story.now)
        made = {
            (
                story.core.ids[act.row],
                Action.START if act.start else Action.STOP,
                CLUSTERS[act.cluster].id,
                None if act.start else story.core.ids[act.other],
            )
            for act in acts
        }
        assert made == told(expected)
        assert story.core.waiting() == sum(d.action is Action.WAIT for d in expected)
        story.sound()


@pytest.mark.parametrize("seed", range(6))
def test_why_says_what_the_step_says_and_changes_nothing(seed: int) -> None:
    story = Story(seed, POLICY)
    for _ in range(30):
        story.change()
        story.now += 20.0
        story.core.decide(story.now)
    story.core.add([story.drawn() for _ in range(8)])
    story.now += 1.0
    fleet, queue, kinds = story.values()
    before = [table.copy() for table in story.core.t]
    for decision in step(fleet, queue, story.now, POLICY, kinds):
        if decision.action is Action.STOP:
            continue
        made = why(story.core, decision.job, story.now)
        assert (made.action, made.cluster) == (decision.action, decision.cluster)
        assert made.reason in (decision.reason, made.reason if not decision.options else None)
        assert not decision.options or made.options == decision.options
        assert made.options
    for old, new in zip(before, story.core.t, strict=True):
        assert (old == new).all()
