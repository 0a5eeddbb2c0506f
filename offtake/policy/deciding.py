"""The pure step: what to do with a queue now, and why, in values of the model.

fleet, queue, now ──step──> decisions: begin here, stop for others, wait, each with what else
                            was looked at and why it lost

It fills the tables of the rules and runs the pass the simulator runs, so that both decide alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from offtake.errors import Fault, OfftakeError, Where, few
from offtake.model.fleet import Fleet, Running
from offtake.model.job import Job, Kind
from offtake.policy import tables as rules
from offtake.policy.decide import decide, line_up
from offtake.policy.packed import pack
from offtake.policy.place import hold
from offtake.policy.preempt import giving
from offtake.policy.rules import POLICIES, Policy
from offtake.policy.setting import (
    cohorts_of,
    dislikes_of,
    filled,
    option_of,
    places_of,
    pods_of,
    speeds_of,
    tenants_of,
)
from offtake.policy.tables import NEVER, Table, Tables, rows

HOUR_S = 3600.0


class Action(StrEnum):
    """What is decided about a job."""

    START = "start"
    """It begins now."""
    STOP = "stop"
    """It is stopped for another, after its grace."""
    WAIT = "wait"
    """It goes on waiting."""


class Reason(StrEnum):
    """What came of an option that was looked at."""

    CHOSEN = "chosen"
    """It was taken."""
    ROOM = "room"
    """Too few nodes are free: wanted, free."""
    DELAYS = "delays"
    """It would delay a job before it: its end, the other's reservation."""
    QUOTA = "quota"
    """Its tenant may not use so many: wanted, allowed."""
    SPEED = "speed"
    """It cannot run there, or may not: kind, distance."""
    PODS = "pods"
    """No pod has so many free nodes: wanted, free in all."""
    BURST = "burst"
    """Nodes are kept for a burst: wanted, left beside it."""
    SCORE = "score"
    """Another is cheaper: its cost, the best."""
    DEPTH = "depth"
    """It stands too far back to be looked at."""
    PASSED = "passed"
    """Nothing of its size could begin: others wait before it for all that is free."""
    PREEMPTED = "preempted"
    """A job before it needs its nodes."""
    BUDGET = "budget"
    """It may cost more than is left of a budget; the control plane looks at that."""


_REASONS = {
    rules.ROOM: Reason.ROOM,
    rules.DELAYS: Reason.DELAYS,
    rules.QUOTA: Reason.QUOTA,
    rules.SPEED: Reason.SPEED,
    rules.PODS: Reason.PODS,
    rules.BURST_KEPT: Reason.BURST,
    rules.SCORE: Reason.SCORE,
    rules.CHOSEN: Reason.CHOSEN,
}


def reasons(code: int) -> Reason:
    """Give the reason a code of the tables stands for."""
    return _REASONS[code]


@dataclass(frozen=True, slots=True)
class Option:
    """One cluster that was looked at for a job, and what came of it."""

    cluster: str | None
    """Where; None for what concerns all of them."""
    reason: Reason
    """What came of it."""
    found: tuple[float, float] = (0.0, 0.0)
    """The two numbers that decided, as `Reason` names them."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to a job, and why."""

    job: str
    """Which."""
    action: Action
    """What."""
    reason: Reason
    """Why, in a word."""
    cluster: str | None = None
    """Where it begins, or is stopped."""
    pod_node_count: tuple[int, ...] | None = None
    """Nodes it is given in each pod of the cluster, the first pod first, as `Running` has them."""
    starts_s: float | None = None
    """When it is expected to begin, where a reservation says so."""
    stops_for: str | None = None
    """Job it is stopped for."""
    options: tuple[Option, ...] = ()
    """All that was looked at, in the order it was."""


def step(
    fleet: Fleet,
    queue: Sequence[Job],
    now: float,
    policy: Policy | None = None,
    kinds: Sequence[Kind] = (),
) -> tuple[Decision, ...]:
    """Decide what to do now: one decision for each job that waits, and for each that is stopped.

    Nothing is changed: whoever asks carries the decisions out, and asks again with what came of
    them. The order of the queue does not matter; the policy sorts it.

    Args:
        fleet: clusters, tenants, bursts, what runs and what is down.
        queue: jobs that wait.
        now: seconds since the epoch of the fleet.
        policy: EASY backfill where none is named.
        kinds: where jobs of a kind may run and how fast.

    Raises:
        OfftakeError: names that are not known or not unique, jobs that fit nowhere, more nodes
            in use than there are (`OTK-Y001` to `Y006`).
    """
    chosen = POLICIES["easy"] if policy is None else policy
    known = (Kind(id=""), *kinds)
    wrong = few(_faults(fleet, queue, known))
    if wrong:
        raise OfftakeError(wrong)
    t = _tables(fleet, queue, now, chosen, known)
    decide(pack(rules.COLUMNS, t._asdict()), now)
    return _decisions(fleet, queue, t)


def _faults(fleet: Fleet, queue: Sequence[Job], kinds: Sequence[Kind]) -> list[Fault]:
    found: list[Fault] = []
    jobs = [*(running.job for running in fleet.running), *queue]
    seen: set[str] = set()
    names = {kind.id for kind in kinds}
    tenants = {tenant.id for tenant in fleet.tenants} | {""}
    for row, job in enumerate(jobs):
        at = row - len(fleet.running)
        path = f"queue[{at}]" if at >= 0 else f"fleet.running[{row}]"
        if job.id in seen:
            found.append(_fault("OTK-Y001", path, "two jobs have one id", job.id))
        seen.add(job.id)
        if job.kind not in names:
            found.append(_fault("OTK-Y002", path, "there is no such kind", job.kind))
        if job.tenant not in tenants:
            found.append(_fault("OTK-Y003", path, "there is no such tenant", job.tenant))
    clusters = {cluster.id: cluster for cluster in fleet.clusters}
    for row, running in enumerate(fleet.running):
        if running.cluster not in clusters:
            path = f"fleet.running[{row}].cluster"
            found.append(_fault("OTK-Y004", path, "there is no such cluster", running.cluster))
    each = {cluster.accelerators_per_node_count for cluster in fleet.clusters}
    if len(each) > 1:
        got = ", ".join(str(size) for size in sorted(each))
        found.append(_fault("OTK-Y005", "fleet", "its clusters have nodes of one size", got))
    return found or _in_use(fleet)


def _in_use(fleet: Fleet) -> list[Fault]:
    """Give a fault for each pod that more nodes are in use of than it has."""
    found = []
    for cluster in fleet.clusters:
        sizes = dict(enumerate(pods_of(cluster)))
        for pod, used in _used(fleet, cluster.id).items():
            if used > sizes.get(pod, 0):
                got = f"{used} of {sizes.get(pod, 0)}"
                path = f"clusters.{cluster.id}.pods[{pod}]"
                what = "more nodes of a pod are in use than it has"
                found.append(_fault("OTK-Y006", path, what, got))
    return found


def _used(fleet: Fleet, cluster: str) -> dict[int, int]:
    used = dict(enumerate(fleet.unusable_node_count.get(cluster, ())))
    for running in fleet.running:
        if running.cluster == cluster:
            for pod, nodes in enumerate(running.pod_node_count):
                used[pod] = used.get(pod, 0) + nodes
    return used


def _fault(code: str, path: str, what: str, got: str) -> Fault:
    return Fault(code=code, what=what, where=Where(path=path), got=repr(got))


def _tables(
    fleet: Fleet, queue: Sequence[Job], now: float, policy: Policy, kinds: Sequence[Kind]
) -> Tables:
    jobs = [*(running.job for running in fleet.running), *queue]
    names = tuple(dict.fromkeys(job.tenant for job in jobs)) or ("",)
    tenants, cohorts = tenants_of(fleet, names)
    clusters, pods = _places(fleet)
    clusters["bin"] = int(now // policy.bin_s)
    nodes = sum(cluster.nodes for cluster in fleet.clusters)
    speed = speeds_of(kinds, fleet.clusters)
    waiting = rows(rules.KIND, len(kinds))
    waiting["far"] = -1
    t = Tables(
        cluster=clusters,
        pod=pods,
        active=_active(jobs, kinds, names, fleet.clusters[0].accelerators_per_node_count),
        running=np.zeros(len(jobs) + 1, np.int64),
        release=np.zeros((len(clusters), rules.RELEASES), np.int64),
        kind=waiting,
        window=rows(rules.ENTRY, (len(kinds), policy.depth_count)),
        places=places_of(speed),
        speed=speed,
        dislike=dislikes_of(kinds, fleet.clusters),
        tenant=tenants,
        cohort=cohorts_of(fleet, tenants, cohorts),
        burst=_bursts(fleet, names),
        service=rows(rules.SERVICE, 0),
        reach=np.zeros((0, 0), np.int64),
        option=option_of(policy, explains=True),
        out=np.zeros((2 * len(jobs) + 1, 4), np.int64),
        take=np.zeros((nodes + 64, 2), np.int64),
        why=rows(rules.WHY, (len(jobs) + 1) * (2 * len(clusters) + 2)),
        count=np.zeros(6, np.int64),
    )
    packed = pack(rules.COLUMNS, t._asdict())
    places = {cluster.id: place for place, cluster in enumerate(fleet.clusters)}
    for a, running in enumerate(fleet.running):
        _hold(t, packed, a, running, places[running.cluster], now)
    line_up(packed, len(fleet.running), len(jobs), now)
    return t


def _places(fleet: Fleet) -> tuple[Table, Table]:
    clusters = rows(rules.CLUSTER, len(fleet.clusters))
    frees: list[int] = []
    owners: list[int] = []
    sizes: list[int] = []
    for place, (row, cluster) in enumerate(zip(clusters, fleet.clusters, strict=True)):
        used, held = _used(fleet, cluster.id), pods_of(cluster)
        row["first_pod"], row["pods"] = len(sizes), len(held)
        row["each"] = cluster.accelerators_per_node_count
        row["price"] = cluster.price.usd_per_gpu_hour
        row["running_price"] = cluster.price.running_usd_per_gpu_hour
        row["minimum"] = cluster.price.paid_hours * HOUR_S
        frees += [size - used.get(pod, 0) for pod, size in enumerate(held)]
        row["free"] = sum(frees[len(sizes) :])
        owners += [place] * len(held)
        sizes += held
    return clusters, filled(rules.POD, free=frees, size=sizes, cluster=owners)


def _active(jobs: Sequence[Job], kinds: Sequence[Kind], names: Sequence[str], each: int) -> Table:
    places = {kind.id: place for place, kind in enumerate(kinds)}
    made = rows(rules.ACTIVE, len(jobs) + 1)
    for a, job in enumerate(jobs):
        row = made[a]
        row["job"] = a
        row["submitted"] = job.submitted_s
        row["left"] = job.work_s
        row["need"] = job.limit_s or job.work_s
        row["nodes"] = -(-job.accelerator_count // each)
        row["attained"] = job.attained_s * row["nodes"]
        row["accelerators"] = job.accelerator_count
        row["priority"] = job.priority
        row["kind"] = places[job.kind]
        row["tenant"] = names.index(job.tenant)
        row["gives"] = job.preemptible
        row["whole"] = job.one_pod
        row["cluster"] = row["burst"] = row["child"] = row["next"] = -1
        row["ends"] = NEVER
    return made


def _bursts(fleet: Fleet, names: Sequence[str]) -> Table:
    places = {cluster.id: place for place, cluster in enumerate(fleet.clusters)}
    return filled(
        rules.BURST,
        begins=[burst.from_hours * HOUR_S for burst in fleet.bursts],
        ends=[burst.to_hours * HOUR_S for burst in fleet.bursts],
        cluster=[places[burst.cluster] for burst in fleet.bursts],
        tenant=[names.index(b.tenant) if b.tenant in names else -1 for b in fleet.bursts],
        nodes=[burst.node_count for burst in fleet.bursts],
    )


def _hold(t: Tables, packed: Table, a: int, running: Running, place: int, now: float) -> None:
    row = t.active[a]
    row["cluster"] = place
    row["ends"] = running.ends_s
    row["begun"] = running.began_s
    row["saved"] = running.began_s if running.saved_s is None else running.saved_s
    row["cycle"] = NEVER
    row["nodes"] = sum(running.pod_node_count)
    hold(packed, a, now)
    if running.stopping:
        giving(packed, a)


def _decisions(fleet: Fleet, queue: Sequence[Job], t: Tables) -> tuple[Decision, ...]:
    looked: dict[int, list[Option]] = {}
    for why in t.why[: t.count[rules.N_WHY]]:
        cluster = None if why["cluster"] < 0 else fleet.clusters[why["cluster"]].id
        option = Option(cluster, _REASONS[int(why["code"])], (float(why["a"]), float(why["b"])))
        looked.setdefault(int(why["active"]), []).append(option)
    acts = [[int(part) for part in act] for act in t.out[: t.count[rules.N_OUT]]]
    starts = {act[1]: act for act in acts if act[0] == rules.START}
    ends = [act[3] for act in starts.values()] + [int(t.count[rules.N_TAKE])]
    jobs = [*(running.job for running in fleet.running), *queue]
    made = []
    for act in acts:
        if act[0] == rules.STOP:
            cluster = fleet.clusters[act[2]].id
            stopped, other = jobs[act[1]].id, jobs[act[3]].id
            made.append(Decision(stopped, Action.STOP, Reason.PREEMPTED, cluster, stops_for=other))
    for a in range(len(fleet.running), len(jobs)):
        options = tuple(looked.get(a, ()))
        if a in starts:
            made.append(_start(fleet, t, jobs[a], starts[a], ends, options))
        else:
            made.append(_wait(t, a, jobs[a], options))
    return tuple(made)


def _start(
    fleet: Fleet,
    t: Tables,
    job: Job,
    act: Sequence[int],
    ends: Sequence[int],
    options: tuple[Option, ...],
) -> Decision:
    first = act[3]
    last = min(end for end in ends if end > first)
    place = int(t.cluster[act[2]]["first_pod"])
    held = {int(pod) - place: int(nodes) for pod, nodes in t.take[first:last]}
    pods = tuple(held.get(pod, 0) for pod in range(max(held) + 1))
    cluster = fleet.clusters[act[2]].id
    return Decision(job.id, Action.START, Reason.CHOSEN, cluster, pods, options=options)


def _wait(t: Tables, a: int, job: Job, options: tuple[Option, ...]) -> Decision:
    row = t.active[a]
    starts = float(row["ends"]) if row["ends"] < NEVER else None
    at = int(row["kind"])
    if options:
        reason = next((o.reason for o in options if o.reason is not Reason.SPEED), Reason.SPEED)
    elif a in t.window["active"][at, : t.kind[at]["waiting"]]:
        reason = Reason.PASSED
    else:
        reason = Reason.DEPTH
    return Decision(job.id, Action.WAIT, reason, starts_s=starts, options=options)
