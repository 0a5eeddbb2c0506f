"""Preemption comes to an end: what is taken back does not go to whom it was taken from."""

from __future__ import annotations

import heapq

import pytest

from offtake.model.fleet import Tenant
from offtake.model.installation import ClusterSpec
from offtake.model.work import JobSpec
from offtake.operate.placement import Placement
from offtake.operate.placing import Start, Stop, Waiting

OWN, TENANTS = 20, 6
KINDS = {  # how many, a new one every so many seconds, seconds it runs, accelerators, priority
    "small": (35, 0.1, 0.2, 1, 50),
    "medium": (10, 0.5, 0.5, 5, 100),
    "large": (5, 1.2, 1.0, 20, 200),
}
LATEST_S = 30.0


def placement() -> Placement:
    count = OWN * TENANTS
    here = ClusterSpec(
        id="here",
        site="here",
        accelerator="x",
        accelerator_count=count,
        accelerators_per_pod_count=count,
    )
    tenants = [
        Tenant(id=f"t{i}", nominal_count=OWN, borrow_count=100, cohort="all")
        for i in range(TENANTS)
    ]
    return Placement([here], tenants)


def waits(ident: str, tenant: str, kind: str, since: float = 0.0) -> Waiting:
    _, _, _, accelerators, priority = KINDS[kind]
    spec = JobSpec(
        name=kind,
        run="true",
        tenant=tenant,
        accelerator_count=accelerators,
        priority=priority,
        preemptible=True,
    )
    return Waiting(id=ident, spec=spec, submitted_at=since)


@pytest.mark.parametrize(("round_s", "leaves_s"), [(0.01, 0.0), (0.02, 0.0), (0.02, 0.1)])
def test_tenants_that_lend_to_each_other_do_not_stop_each_other_for_ever(
    round_s: float, leaves_s: float
) -> None:
    rules = placement()
    coming = sorted(
        (at * every, tenant, kind, at)
        for tenant in range(TENANTS)
        for kind, (count, every, *_) in KINDS.items()
        for at in range(count)
    )
    known: dict[str, Waiting] = {}
    due: dict[str, float] = {}
    happens: list[tuple[float, bool, str]] = []
    done = stops = first = 0
    now = 0.0
    while done < len(coming) and now < LATEST_S:
        while first < len(coming) and coming[first][0] <= now:
            since, tenant, kind, at = coming[first]
            job = waits(f"{tenant}/{kind}/{at}", f"t{tenant}", kind, since)
            known[job.id] = job
            rules.add([job])
            first += 1
        while happens and happens[0][0] <= now:
            when, ends, ident = heapq.heappop(happens)
            if not ends:
                rules.requeue(known[ident])
            elif due.get(ident) == when:
                rules.ended([ident])
                done += 1
        for verdict in rules.decide(now):
            starts = isinstance(verdict, Start)
            runs = KINDS[known[verdict.job].spec.name][2] if starts else 0.0
            due[verdict.job] = now + runs + leaves_s if starts else -1.0
            heapq.heappush(happens, (now + runs + leaves_s, starts, verdict.job))
            stops += not starts
        now += round_s
    assert done == len(coming), f"{done} of {len(coming)} ended, {stops} were stopped"
    assert stops < len(coming), "fewer are stopped than there are"


def test_who_borrows_waits_for_who_takes_back_its_own() -> None:
    rules = placement()
    rules.add([waits(f"lent-{i}", "t0", "medium", since=float(i)) for i in range(24)])
    begun = [each.job for each in rules.decide(10.0)]
    assert len(begun) == 24, "one tenant has all that six own"
    rules.add([waits("borrows", "t0", "medium", since=11.0)])
    rules.add([waits("owns", "t1", "medium", since=12.0)])
    (stop,) = rules.decide(13.0)
    assert isinstance(stop, Stop)
    assert rules.decide(14.0) == [], "nobody else is stopped while that one leaves"
    rules.ended([stop.job])
    assert [each.job for each in rules.decide(15.0)] == ["owns"]


def test_who_stands_behind_one_that_borrows_does_not_pass_it() -> None:
    rules = placement()
    rules.add([waits(f"old-{i}", "t0", "small", since=0.0) for i in range(OWN)])
    others = [(t, i) for t in range(1, TENANTS) for i in range(4)]
    rules.add([waits(f"{t}-{i}", f"t{t}", "medium") for t, i in others])
    assert len(rules.decide(1.0)) == OWN + 20
    rules.add([waits("large", "t0", "large", since=2.0)])
    stopped = [each.job for each in rules.decide(3.0)]
    assert len(stopped) == OWN, "as many as it needs give way, of its own tenant"
    for at, ident in enumerate(stopped[:5]):
        rules.requeue(waits(ident, "t0", "small", since=0.0))
        assert rules.decide(4.0 + at) == [], "what came back is kept for it"
    rules.ended(stopped[5:])
    assert [each.job for each in rules.decide(10.0)] == ["large"]
