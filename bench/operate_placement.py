"""Figures of placement alone, without HTTP, store and engines.

    python -m bench.operate_placement
    python -m bench.operate_placement --only kueue

CPU seconds of one core, compiling excluded. The queue: 100,000 jobs wait and 10,000 run on 20
clusters for 30 tenants in five cohorts; each cycle 100 jobs end, 100 come, 5 are withdrawn.
The two scenarios of Kueue's performance tests are replayed in virtual time: a cycle every 10 ms
decides at once, so they say what the rules reach, not what a service round them does.
"""

from __future__ import annotations

import argparse
import heapq
import resource
import time
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from bench._figure import show
from offtake.model.fleet import Price, Tenant
from offtake.model.installation import ClusterSpec
from offtake.model.work import JobSpec
from offtake.operate.placement import Placement
from offtake.operate.placing import Start, Waiting
from offtake.policy.rules import Policy

QUEUED, ACTIVE, CYCLES = 100_000, 10_000, 200


# ------------------------------------------------------------------ a long queue
def clusters() -> list[ClusterSpec]:
    """Twenty clusters of four types of accelerators at ten sites."""
    types = ("H100", "H200", "B200", "MI300X")
    return [
        ClusterSpec(
            id=f"c{i}",
            site=f"s{i // 2}",
            accelerator=types[i % 4],
            accelerator_count=2048,
            price=Price(usd_per_gpu_hour=1.0 + i / 10.0),
        )
        for i in range(20)
    ]


def tenants() -> list[Tenant]:
    """Thirty tenants in five cohorts that own all there is together."""
    return [Tenant(id=f"t{i}", nominal_count=1365, cohort=f"g{i // 6}") for i in range(30)]


def jobs(rng: np.random.Generator, count: int, first: int, now: float) -> list[Waiting]:
    """Jobs of 1 to 8 accelerators that any, one or two types will do for."""
    will = ((), ("H100",), ("H100", "H200"), ("B200",), ("MI300X",), ("H200", "B200"))
    drawn = rng.integers(0, [4, len(will), 30, 3], size=(count, 4)).tolist()
    return [
        Waiting(
            id=f"j{first + i}",
            spec=JobSpec(
                name="j",
                run="true",
                accelerator_count=2**size,
                accelerator=will[kind],
                tenant=f"t{who}",
                priority=10 * rank,
                preemptible=True,
                limit_hours=4.0,
            ),
            submitted_at=now,
        )
        for i, (size, kind, who, rank) in enumerate(drawn)
    ]


def long_queue() -> None:
    """Print how long a cycle takes, and how much memory the process holds."""
    rng = np.random.default_rng(1)
    placement = Placement(clusters(), tenants(), Policy(preempts=True, depth_count=100))
    placement.warm()
    running: list[str] = []
    first = 0
    now = 0.0
    while len(running) < ACTIVE:
        small = [w for w in jobs(rng, 2000, first, now) if w.spec.accelerator_count <= 4]
        first += 2000
        placement.add(small)
        now += 1.0
        begun = [v.job for v in placement.decide(now) if isinstance(v, Start)]
        if not begun:
            break
        running += begun
    placement.add(jobs(rng, QUEUED - placement.waiting(), first, now))
    first += QUEUED
    took = []
    started = 0
    for _ in range(CYCLES):
        now += 0.1
        began = time.process_time()
        ends = [running.pop(int(rng.integers(len(running)))) for _ in range(100)]
        placement.ended(ends)
        placement.add(jobs(rng, QUEUED + 5 - placement.waiting(), first, now))
        placement.withdraw([f"j{first + i}" for i in range(5)])
        first += QUEUED
        for verdict in placement.decide(now):
            if isinstance(verdict, Start):
                running.append(verdict.job)
                started += 1
            else:
                placement.ended([verdict.job])
                running.remove(verdict.job)
        took.append((time.process_time() - began) * 1e3)
    gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    what = f"{placement.waiting()} wait, {len(running)} run, {started} started in {CYCLES} cycles"
    print(what)
    show("cycle_p50_ms_100k_queued", float(np.percentile(took, 50)), "ms")
    show("cycle_p99_ms_100k_queued", float(np.percentile(took, 99)), "ms", 500.0)
    show("rss_100k_queued_gb", gb, "GB", 1.0)


# ------------------------------------------------------------------ Kueue's scenarios
@dataclass(frozen=True, slots=True)
class Set:
    """Workloads of one class a queue gets."""

    name: str
    count: int
    every: float
    runs: float
    request: int
    priority: int


BASELINE = (
    Set("small", 350, 0.1, 0.2, 1, 50),
    Set("medium", 100, 0.5, 0.5, 5, 100),
    Set("large", 50, 1.2, 1.0, 20, 200),
)
LARGE = (
    Set("small", 35, 0.06, 0.15, 1, 50),
    Set("medium", 11, 0.3, 0.35, 5, 100),
    Set("large", 4, 0.7, 0.7, 20, 200),
)
CYCLE_S = 0.01


def replay(name: str, cohorts: int, queues: int, sets: tuple[Set, ...]) -> None:
    """Print the usage, the pace and the waits of one scenario in virtual time."""
    all_of = 20 * cohorts * queues
    names = [f"q{c}-{q}" for c in range(cohorts) for q in range(queues)]
    shared = [
        Tenant(id=each, nominal_count=20, borrow_count=100, cohort=each.split("-")[0])
        for each in names
    ]
    here = ClusterSpec(
        id="all",
        site="here",
        accelerator="x",
        accelerator_count=all_of,
        accelerators_per_pod_count=all_of,
    )
    policy = Policy(preempts=True, depth_count=20 * queues, bin_s=0.1)
    placement = Placement([here], shared, policy)
    placement.warm()
    coming = sorted(
        (i * each.every, who, each.name, i)
        for who in range(len(names))
        for each in sets
        for i in range(each.count)
    )
    by_name = {each.name: each for each in sets}
    specs = {
        (who, each.name): JobSpec(
            name=each.name,
            run="true",
            tenant=names[who],
            accelerator_count=each.request,
            priority=each.priority,
            preemptible=True,
            limit_hours=each.runs / 3600.0,
        )
        for who in range(len(names))
        for each in sets
    }
    known: dict[str, Waiting] = {}
    due: dict[str, float] = {}
    ends: list[tuple[float, str]] = []
    waited: dict[str, list[float]] = defaultdict(list)
    seen: set[str] = set()
    at = done = stopped = admitted = 0
    used = busy = now = 0.0
    began = time.process_time()
    while done < len(coming):
        fresh = []
        while at < len(coming) and coming[at][0] <= now:
            when, who, kind, i = coming[at]
            job = f"{who}/{kind}/{i}"
            known[job] = Waiting(id=job, spec=specs[who, kind], submitted_at=when)
            fresh.append(known[job])
            at += 1
        placement.add(fresh)
        over = []
        while ends and ends[0][0] <= now + 1e-9:
            when, job = heapq.heappop(ends)
            if due.get(job) == when:
                over.append(job)
                busy -= known[job].spec.accelerator_count
                del due[job]
        placement.ended(over)
        done += len(over)
        for verdict in placement.decide(now):
            job = verdict.job
            spec = known[job].spec
            if isinstance(verdict, Start):
                due[job] = now + by_name[spec.name].runs
                heapq.heappush(ends, (due[job], job))
                busy += spec.accelerator_count
                admitted += 1
                if job not in seen:
                    seen.add(job)
                    waited[spec.name].append(now - known[job].submitted_at)
            else:
                stopped += 1
                del due[job]
                busy -= spec.accelerator_count
                placement.requeue(known[job])
        used += busy * CYCLE_S
        now += CYCLE_S
    cpu = time.process_time() - began
    show(f"kueue_{name}_usage_share", used / (now * all_of), "share")
    show(f"kueue_{name}_virtual_s", now, "s")
    show(f"kueue_{name}_cpu_s", cpu, "s")
    show(f"kueue_{name}_admissions_per_cpu_s", admitted / cpu, "1/s")
    show(f"kueue_{name}_preempted", stopped, "jobs")
    for each in reversed(sets):
        show(f"kueue_{name}_wait_mean_s_{each.name}", float(np.mean(waited[each.name])), "s")


def main() -> None:
    """Run them all, or one."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", choices=("queue", "kueue"))
    only = asked.parse_args().only
    if only in (None, "queue"):
        long_queue()
    if only in (None, "kueue"):
        replay("baseline", 5, 6, BASELINE)
        replay("large_scale", 10, 100, LARGE)


if __name__ == "__main__":
    main()
