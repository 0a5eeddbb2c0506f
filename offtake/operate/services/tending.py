"""Seeing to replicas: at each round as many as are wanted, wherever they can be reached.

What is decided is `offtake.policy.elastic`'s; here it is told what there is, and its answer
becomes jobs and wishes, written with the rest of the round. What is kept beside the store, for
how long replicas were wanted and how often they failed, begins anew with the controller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from offtake.model.installation import ClusterSpec
from offtake.model.work import RegionSpec, ServiceSpec
from offtake.operate.desk import names
from offtake.operate.draft import Draft
from offtake.operate.fitting import fits
from offtake.operate.held import Held
from offtake.operate.jobs import Job
from offtake.operate.lanes import Health
from offtake.operate.rows import new_job
from offtake.operate.services.replicas import (
    CLIENT,
    Said,
    client_of,
    job_spec,
    regions_of,
    replica_of,
    said_of,
    spec_of,
    wanted_of,
)
from offtake.policy.elastic import Replica, Stage, change, kept
from offtake.store import services as rows

STEADY_S = 60.0
"""A replica that ends sooner than this after it began is failing."""
REST_S, LONGEST_REST_S = 1.0, 300.0
"""The pause after a first failure, and the longest: each is twice the last."""
Place = tuple[str, str]
"""A service and a region of it."""


@dataclass(slots=True)
class _Luck:
    """How replicas of a place fared lately."""

    fails: int = 0
    rests_until: float = 0.0
    history: list[tuple[float, int]] = field(default_factory=list)


class Tending:
    """Services, and what is known of their replicas."""

    def __init__(self, clusters: Mapping[str, ClusterSpec]) -> None:
        """Begin without knowing any service."""
        self._clusters = clusters
        self._versions: dict[str, int] = {}
        self._services: dict[str, tuple[ServiceSpec, Said]] = {}
        self._replicas: dict[str, str] = {}
        self._asked: set[str] = set()
        self._luck: dict[Place, _Luck] = {}

    def read(self, connection: Connection, held: Held) -> None:
        """Read services that changed; what they may reclaim decides who may begin where."""
        versions = rows.versions(connection)
        if versions == self._versions:
            return
        self._versions = versions
        found = rows.services(connection)
        self._services = {row["id"]: (spec_of(row), said_of(row)) for row in found}
        held.may_reclaim(self._deadlines())

    def know(self, jobs: Iterable[Job]) -> None:
        """Take note of jobs that are replicas; others are passed over."""
        for job in jobs:
            if job.client.startswith(CLIENT):
                self._replicas[job.id] = job.client.removeprefix(CLIENT)

    def tend(self, held: Held, draft: Draft) -> None:
        """Make the replicas that lack, and have those stopped that are too many."""
        if not self._services and not self._replicas:
            return
        there = self._there(held, draft.now)
        for name, (spec, said) in self._services.items():
            for region in regions_of(spec):
                jobs = there.pop((name, region.region), [])
                self._see_to(held, draft, spec, said, region, jobs)
        for (name, _), jobs in there.items():
            self._stop(draft, name, (job.id for job in jobs))

    def _deadlines(self) -> dict[str, float]:
        """Give how soon a preemptible job has to give way, by cluster: the soonest of all."""
        made: dict[str, float] = {}
        for spec, _ in self._services.values():
            for region in regions_of(spec):
                for cluster in fits(job_spec(spec, region.region), self._clusters.values()):
                    made[cluster] = min(spec.reclaim_s, made.get(cluster, spec.reclaim_s))
        return made

    def _there(self, held: Held, now: float) -> dict[Place, list[Job]]:
        """Give the replicas nobody stops, by place; those that ended are let go."""
        made: dict[Place, list[Job]] = {}
        for ident, service in list(self._replicas.items()):
            job = held.jobs.get(ident)
            if job is None or job.state.final:
                del self._replicas[ident]
                if job is not None and not job.cancelled and ident not in self._asked:
                    self._failed((service, job.spec.region or ""), job, now)
                self._asked.discard(ident)
            elif not job.cancelled and ident not in self._asked:
                made.setdefault((service, job.spec.region or ""), []).append(job)
        return made

    def _failed(self, place: Place, job: Job, now: float) -> None:
        """Let a replica that ended of its own accord be followed by another a little later."""
        luck = self._luck.setdefault(place, _Luck())
        steady = job.began_at is not None and now - job.began_at >= STEADY_S
        luck.fails = 1 if steady else luck.fails + 1
        luck.rests_until = now + min(LONGEST_REST_S, REST_S * 2.0 ** (luck.fails - 1))

    def _see_to(
        self,
        held: Held,
        draft: Draft,
        spec: ServiceSpec,
        said: Said,
        region: RegionSpec,
        jobs: list[Job],
    ) -> None:
        luck = self._luck.setdefault((spec.name, region.region), _Luck())
        there = [self._replica(held, job, spec, draft.now) for job in jobs]
        placed = sum(one.stage is not Stage.WAITING for one in there)
        count = self._count(spec, said, region, luck, placed, draft.now)
        step = change(count, there)
        self._stop(draft, spec.name, step.stop)
        if step.more and draft.now >= luck.rests_until:
            self._make(held, draft, spec, region.region, step.more, count)

    @staticmethod
    def _count(
        spec: ServiceSpec, said: Said, region: RegionSpec, luck: _Luck, placed: int, now: float
    ) -> int:
        """Give how many there are to be: those wanted, and those that have a place a while longer.

        Nobody is to give way for what is no longer wanted.
        """
        count, _ = wanted_of(spec, said, region)
        if region.region in said.replicas:
            luck.history = [(now, count)]
            return count
        if not luck.history:  # the controller began anew, and those there are were wanted
            luck.history = [(now, max(count, placed))]
        if luck.history[-1][1] != count:
            luck.history.append((now, count))
        keep_s = spec.keep_minutes * 60.0
        while len(luck.history) > 1 and luck.history[1][0] < now - keep_s:
            del luck.history[0]
        return max(count, min(placed, kept(luck.history, now, keep_s)))

    @staticmethod
    def _replica(held: Held, job: Job, spec: ServiceSpec, now: float) -> Replica:
        health = held.health.get(job.cluster or "", Health.OK)
        return replica_of(job, spec, reached=health in (Health.OK, Health.DEGRADED), now=now)

    def _make(
        self, held: Held, draft: Draft, spec: ServiceSpec, region: str, more: int, count: int
    ) -> None:
        reason = f"a replica of {spec.name}{' in ' if region else ''}{region}: {count} are wanted"
        made = [
            Job(
                id=name,
                spec=job_spec(spec, region),
                client=client_of(spec.name),
                submitted_at=draft.now + at * 1e-6,
            )
            for at, name in enumerate(names(more))
        ]
        for job in made:
            draft.born.append(new_job(job))
            draft.tell(job.id, "queued", reason=reason)
            held.jobs[job.id] = job
        held.placing.add([held.waiting(job) for job in made])
        self.know(made)

    def _stop(self, draft: Draft, service: str, jobs: Iterable[str]) -> None:
        for ident in jobs:
            self._asked.add(ident)
            draft.wishes.append((ident, client_of(service)))
