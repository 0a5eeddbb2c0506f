"""The tables of the rules, kept and changed: rows are used again, tables grow by doubling.

    job ──add──> waiting ──decide──> running ──ended──> gone ─┐
      └─<──────────────── add again, where it gave way ─────<─┘

The control plane counts in accelerators: each is a node of its own; engines pack real nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from offtake.model.fleet import Fleet, Tenant
from offtake.model.installation import ClusterSpec
from offtake.operate.placement.kinds import Asked, asked, reach, shadows
from offtake.operate.placement.room import Room, Taken
from offtake.operate.placing import Waiting
from offtake.policy import tables as rules
from offtake.policy.decide import decide
from offtake.policy.packed import pack
from offtake.policy.place import hold
from offtake.policy.preempt import giving
from offtake.policy.resident import join, leave, withdraw
from offtake.policy.rules import Policy
from offtake.policy.setting import cohorts_of, option_of, places_of, tenants_of
from offtake.policy.tables import NEVER, Table, Tables, rows

HOUR_S = 3600.0
FIRST = 256
"""Rows of jobs there are at first."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a pass decided."""

    start: bool
    """Whether a job begins; else one is stopped."""
    row: int
    """Which."""
    cluster: int
    """Where."""
    other: int = -1
    """For whom it is stopped."""


class Core:
    """What waits and runs, in tables, and room."""

    def __init__(
        self, clusters: Sequence[ClusterSpec], tenants: Sequence[Tenant], policy: Policy
    ) -> None:
        """Begin with an empty queue and nothing running."""
        self.clusters = tuple(clusters)
        self.policy = policy
        self.places: Mapping[str, int] = {c.id: at for at, c in enumerate(self.clusters)}
        self.room = Room(self.clusters)
        self.ids: list[str] = []
        """Job of each row."""
        self.jobs: list[Waiting | None] = []
        """What waits or runs in each row."""
        self.row: dict[str, int] = {}
        """Row of each job that waits or runs."""
        self.taken: dict[int, Taken] = {}
        """What each running row holds."""
        self.kinds: dict[Asked, int] = {}
        self.may: list[tuple[float, ...]] = []
        """Speed of each kind on each cluster, whether it is open or not."""
        self.shut = np.zeros(len(self.clusters), np.bool_)
        """Clusters on which nothing more begins."""
        self.extra = np.zeros(len(self.clusters))
        """What weighs on each cluster beside its price, for all: USD an accelerator-hour."""
        self.near: list[tuple[float, ...]] = []
        """What each kind dislikes about each cluster."""
        self.came = 0
        """Jobs that have come so far; of two handed in at one time the first stands first."""
        self.now = 0.0
        """When the last pass was."""
        self._free: list[int] = []
        names = ("", *(tenant.id for tenant in tenants if tenant.id))
        self.tenants: Mapping[str, int] = {name: at for at, name in enumerate(names)}
        self.t = self._empty(tenants, names)
        self._grow(FIRST)

    def _empty(self, tenants: Sequence[Tenant], names: Sequence[str]) -> Tables:
        fleet = Fleet(clusters=(), tenants=tuple(tenants))
        quotas, cohorts = tenants_of(fleet, names)
        places = rows(rules.CLUSTER, len(self.clusters))
        for at, cluster in enumerate(self.clusters):
            row, pods = places[at], self.room.pods(at)
            row["first_pod"], row["pods"] = pods.start, pods.stop - pods.start
            row["each"] = 1
            row["free"] = cluster.accelerator_count
            row["price"] = cluster.price.usd_per_gpu_hour
            row["running_price"] = cluster.price.running_usd_per_gpu_hour
            row["minimum"] = cluster.price.paid_hours * HOUR_S
        pod = rows(rules.POD, len(self.room.size))
        pod["free"] = pod["size"] = self.room.size
        for at in range(len(self.clusters)):
            pod["cluster"][self.room.pods(at)] = at
        return Tables(
            cluster=places,
            pod=pod,
            active=rows(rules.ACTIVE, 0),
            running=np.zeros(0, np.int64),
            release=np.zeros((len(places), rules.RELEASES), np.int64),
            kind=rows(rules.KIND, 0),
            window=rows(rules.ENTRY, (0, self.policy.depth_count)),
            places=np.zeros((0, len(places) + 1), np.int64),
            speed=np.zeros((0, len(places))),
            dislike=np.zeros((0, len(places))),
            tenant=quotas,
            cohort=cohorts_of(fleet, quotas, cohorts),
            burst=rows(rules.BURST, 0),
            service=rows(rules.SERVICE, 0),
            reach=np.zeros((0, 0), np.int64),
            option=option_of(self.policy),
            out=np.zeros((1, 4), np.int64),
            take=np.zeros((1, 2), np.int64),
            why=rows(rules.WHY, 0),
            count=np.zeros(6, np.int64),
        )

    # ------------------------------------------------------------------ growing
    def _packed(self) -> None:
        looked = self.t.window.size
        self.t = self.t._replace(
            out=np.zeros((looked + len(self.t.active) + 1, 4), np.int64),
            take=np.zeros((looked + len(self.t.pod) + 64, 2), np.int64),
        )
        self.packed = pack(rules.COLUMNS, self.t._asdict())

    def _grow(self, at_least: int) -> None:
        """Give rows for so many more jobs."""
        there = len(self.t.active)
        wanted = max(FIRST, there)
        while wanted < there + at_least - len(self._free):
            wanted *= 2
        active = rows(rules.ACTIVE, wanted)
        active[:there] = self.t.active
        running = np.zeros(wanted + 1, np.int64)
        running[: len(self.t.running)] = self.t.running
        self.t = self.t._replace(active=active, running=running)
        self._free += range(wanted - 1, there - 1, -1)
        self.ids += [""] * (wanted - there)
        self.jobs += [None] * (wanted - there)
        self._packed()

    def _kinds(self, jobs: Sequence[Waiting]) -> list[int]:
        """Give the kind of each job; kinds that are new are added."""
        known = len(self.kinds)
        found = []
        for job in jobs:
            key = asked(job)
            at = self.kinds.get(key)
            if at is None:
                at = self.kinds[key] = len(self.kinds)
                made = reach(job, self.clusters)
                self.may.append(made.speed)
                self.near.append(made.dislike)
            found.append(at)
        if len(self.kinds) > known:
            kind = rows(rules.KIND, len(self.kinds))
            kind["far"] = -1
            kind[:known] = self.t.kind
            window = rows(rules.ENTRY, (len(self.kinds), self.policy.depth_count))
            window[:known] = self.t.window
            self.t = self.t._replace(kind=kind, window=window)
            self.weigh()
            self._packed()
        return found

    def weigh(self) -> None:
        """Set speeds and dislikes anew: kinds came, clusters opened or shut, prices changed."""
        count = (len(self.may), len(self.clusters))
        speed = np.array(self.may).reshape(count)
        near = np.array(self.near).reshape(count)
        speed[:, self.shut] = 0.0
        self.t = self.t._replace(places=places_of(speed), speed=speed, dislike=near + self.extra)
        self.packed = pack(rules.COLUMNS, self.t._asdict())

    # ------------------------------------------------------------------ jobs
    def _fill(self, jobs: Sequence[Waiting]) -> Table:
        """Give rows that say what jobs ask for."""
        kinds = self._kinds(jobs)
        if len(self._free) < len(jobs):
            self._grow(len(jobs))
        given = np.array([self._free.pop() for _ in jobs], np.int64)
        for a, job in zip(given.tolist(), jobs, strict=True):
            self.row[job.id] = a
            self.ids[a] = job.id
            self.jobs[a] = job
        limit = np.array([job.spec.limit_hours * HOUR_S for job in jobs])
        attained = np.array([job.attained_s for job in jobs])
        count = [job.spec.accelerator_count for job in jobs]
        made = rows(rules.ACTIVE, len(jobs))
        made["job"] = np.arange(self.came, self.came + len(jobs))
        self.came += len(jobs)
        made["submitted"] = [job.submitted_at for job in jobs]
        made["left"] = made["need"] = np.maximum(0.0, limit - attained)
        made["nodes"] = made["accelerators"] = count
        made["attained"] = attained * count
        made["priority"] = [job.spec.priority for job in jobs]
        made["kind"] = kinds
        made["tenant"] = [self.tenants[job.spec.tenant] for job in jobs]
        made["gives"] = [job.spec.preemptible for job in jobs]
        made["whole"] = [job.spec.one_pod for job in jobs]
        saves = [job.spec.checkpoint_minutes for job in jobs]
        made["cycle"] = [NEVER if each is None else each * 60.0 for each in saves]
        for name in ("cluster", "burst", "child", "next", "place"):
            made[name] = -1
        made["ends"] = NEVER
        self.t.active[given] = made
        return given

    def add(self, jobs: Sequence[Waiting]) -> None:
        """Let jobs wait."""
        if jobs:
            given = self._fill(jobs)  # first: it may put other tables in the place of these
            join(self.packed, given, self.now)

    def withdraw(self, jobs: Iterable[str]) -> None:
        """Let jobs wait no longer; those that do not wait are left alone."""
        found = [self.row[job] for job in jobs if job in self.row]
        given = [a for a in found if self.t.active[a]["state"] == rules.WAITING]
        if given:
            withdraw(self.packed, np.array(given, np.int64))
            self._forget(given)

    def hold(self, job: Waiting, cluster: str, began_at: float) -> None:
        """Take note of a job that runs already."""
        (a,) = self._fill([job]).tolist()
        # Ends are counted from the bin of now at the earliest, so the histograms go there first.
        self.now = max(self.now, began_at)
        leave(self.packed, np.zeros(0, np.int64), self.now)
        at = self.places[cluster]
        row = self.t.active[a]
        row["cluster"], row["begun"], row["saved"] = at, began_at, began_at
        row["ends"] = began_at + row["need"]
        self.taken[a] = self.room.take(at, job.spec.accelerator_count)
        hold(self.packed, a, self.now)
        self.show(at)

    def stopping(self, job: str) -> None:
        """Take note of a running job that is being stopped already."""
        a = self.row[job]
        if self.t.active[a]["state"] == rules.RUNNING:
            giving(self.packed, a)

    def ended(self, jobs: Iterable[str]) -> None:
        """Take note that jobs gave back what they held; those that hold nothing are left alone."""
        given = [self.row[job] for job in jobs if self.row.get(job) in self.taken]
        if not given:
            return
        leave(self.packed, np.array(given, np.int64), self.now)
        touched = set()
        for a in given:
            self.room.give_back(self.taken.pop(a))
            touched.add(int(self.t.active[a]["cluster"]))
        for at in touched:
            self.room.settle(at)
            self.show(at)
        self._forget(given)

    def _forget(self, given: Sequence[int]) -> None:
        for a in given:
            del self.row[self.ids[a]]
            self.jobs[a] = None
        self._free += given

    # ------------------------------------------------------------------ clusters
    def usable(self, cluster: str, accelerators: int) -> None:
        """Set how many accelerators of a cluster can be used."""
        at = self.places[cluster]
        self.room.usable(at, accelerators)
        self.show(at)

    def show(self, at: int) -> None:
        """Let the rules see what is free on a cluster."""
        free = self.room.free(at)
        self.t.pod["free"][self.room.pods(at)] = free
        self.t.cluster[at]["free"] = free.sum()

    def opened(self, cluster: str, yes: bool) -> None:
        """Let jobs begin on a cluster, or let no more begin there."""
        self.shut[self.places[cluster]] = not yes
        self.weigh()

    def used(self, cluster: str, hours: float) -> None:
        """Set the accelerator-hours of a cluster that were used this month."""
        self.t.cluster[self.places[cluster]]["used"] = hours * HOUR_S

    def paid_hours(self, cluster: str) -> float:
        """Give the accelerator-hours of a cluster that are paid for and that nobody has used."""
        row = self.t.cluster[self.places[cluster]]
        return max(0.0, float(row["minimum"] - row["used"])) / HOUR_S

    def shadow(self, prices: Mapping[str, float]) -> None:
        """Let shadow prices weigh beside prices."""
        self.extra = np.array(shadows(self.clusters, prices))
        self.weigh()

    def copy(self) -> Core:
        """Give the same that may be changed without changing this."""
        made = copy(self)
        made.room = self.room.copy()
        made.t = Tables(*(table.copy() for table in self.t))
        made.packed = pack(rules.COLUMNS, made.t._asdict())
        made.ids, made.jobs, made._free = self.ids[:], self.jobs[:], self._free[:]
        made.row, made.taken, made.kinds = dict(self.row), dict(self.taken), dict(self.kinds)
        made.may, made.near = self.may[:], self.near[:]
        made.shut, made.extra = self.shut.copy(), self.extra.copy()
        return made

    # ------------------------------------------------------------------ deciding
    def waits(self, job: str) -> bool:
        """Tell whether a job waits."""
        a = self.row.get(job)
        return a is not None and bool(self.t.active[a]["state"] == rules.WAITING)

    def waiting(self) -> int:
        """Count the jobs that wait."""
        return int(self.t.count[rules.N_WAITING])

    def decide(self, now: float) -> list[Act]:
        """Run a pass of the rules, and take note of what it decided."""
        self.now = now
        decide(self.packed, now)
        made = acts(self.t)
        for act, taken in zip(made, takes(self.t), strict=True):
            if act.start:
                self.t.active[act.row]["saved"] = now
                self.taken[act.row] = taken
                self.room.add(taken)
        return made


def acts(t: Tables) -> list[Act]:
    """Give what the last pass decided, in its order."""
    out = t.out[: t.count[rules.N_OUT]].tolist()
    return [
        Act(True, row, at) if what == rules.START else Act(False, row, at, other)
        for what, row, at, other in out
    ]


def takes(t: Tables) -> list[Taken]:
    """Give what each act of the last pass takes of pods; nothing, where it stops a job."""
    out = t.out[: t.count[rules.N_OUT]].tolist()
    end = int(t.count[rules.N_TAKE])
    all_of = t.take[:end].tolist()
    made: list[Taken] = []
    for what, _, _, first in reversed(out):
        if what == rules.START:
            made.append(tuple((pod, count) for pod, count in all_of[first:end]))
            end = first
        else:
            made.append(())
    return made[::-1]
