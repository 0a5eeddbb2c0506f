"""What the controller holds in memory: jobs and attempts that are not over, and how clusters are.

Everything here follows from the store and from what lanes tell; it may be thrown away at any time
and read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from offtake.model.installation import ClusterSpec, EngineKind
from offtake.model.work import AttemptState, JobSpec, JobState
from offtake.operate.attempts import Attempt, Fact, learn
from offtake.operate.draft import Draft
from offtake.operate.fitting import fits
from offtake.operate.jobs import Job, after, hopeless
from offtake.operate.lanes import Health
from offtake.operate.placing import Placing, Waiting

KEEP_ACCOUNTS = (EngineKind.SLURM, EngineKind.AGENT)
"""Engines that account for attempts by themselves, or may: the second witness of each."""
BACK_OFF_S = 1.0
"""How long a job whose attempt came to nothing waits before it is placed again."""


class Held:
    """Jobs and attempts that are not over, and how clusters are."""

    def __init__(
        self,
        clusters: Mapping[str, ClusterSpec],
        settle_s: Mapping[str, float],
        placing: Placing,
    ) -> None:
        """Begin with nothing but clusters that are whole and well."""
        self.clusters = clusters
        self.settle_s = settle_s
        self.placing = placing
        self.jobs: dict[str, Job] = {}
        """Jobs that are not over, and those whose attempt is not."""
        self.attempts: dict[str, Attempt] = {}
        """Attempts that are not over."""
        self.versions: dict[str, int] = {}
        """Version of each attempt in the store."""
        self.current: dict[str, str] = {}
        """Token of each job's attempt that is not over."""
        self.counts: dict[str, int] = {}
        """Attempts each job has had."""
        self.barred: dict[str, frozenset[str]] = {}
        """Clusters that refused a job for good."""
        self.resting: dict[str, float] = {}
        """Jobs that wait until a time before they are placed again."""
        self.failing: dict[str, tuple[float, str]] = {}
        """Clusters whose lane fails: since when, and how."""
        self.capped: dict[str, int] = {}
        """Most accelerators somebody said may be used of a cluster: curtailed, not delivered."""
        self.given_up: set[str] = set()
        """Clusters somebody said are lost: they stay so until that is taken back."""
        self.beyond: dict[str, int] = {}
        """Accelerators of a cluster that are up and that the installation does not name."""
        self.reclaims: dict[str, float] = {}
        """How soon a preemptible job has to give way to services, by cluster, in seconds."""
        self.health: dict[str, Health] = dict.fromkeys(clusters, Health.OK)
        self.usable: dict[str, int] = {c.id: c.accelerator_count for c in clusters.values()}
        """Accelerators of each cluster that can be used."""
        self.drained: dict[str, bool] = dict.fromkeys(clusters, False)

    def reopen(self, cluster: str) -> None:
        """Let jobs begin on a cluster that is well and not drained, and on no other."""
        well = self.health[cluster] in (Health.OK, Health.DEGRADED)
        self.placing.opened(cluster, well and not self.drained[cluster])

    def waiting(self, job: Job) -> Waiting:
        """Give a job as placement takes it."""
        return Waiting(
            id=job.id,
            spec=job.spec,
            submitted_at=job.submitted_at,
            attained_s=job.attained_s,
            barred=self.barred.get(job.id, frozenset()) | self.too_slow(job.spec),
        )

    def too_slow(self, spec: JobSpec) -> frozenset[str]:
        """Give the clusters where services may want room sooner than a job would give way."""
        if not spec.preemptible:
            return frozenset()
        return frozenset(name for name, soon in self.reclaims.items() if spec.grace_s > soon)

    def may_reclaim(self, reclaims: dict[str, float]) -> None:
        """Set how soon preemptible jobs have to give way; those that wait wait anew."""
        if reclaims == self.reclaims:
            return
        self.reclaims = reclaims
        waits = [
            job
            for job in self.jobs.values()
            if job.spec.preemptible and job.state is JobState.QUEUED and job.id not in self.resting
        ]
        self.placing.withdraw([job.id for job in waits])
        self.placing.add([self.waiting(job) for job in waits])

    def stop(self, draft: Draft, token: str) -> None:
        """Ask an attempt to end, and see to it that it does not begin if it has not."""
        attempt = self.attempts[token]
        errands = draft.errands[attempt.cluster]
        errands.stops.append(token)
        if attempt.state is not AttemptState.BEGUN:
            errands.revokes.append(token)

    def clear(self, draft: Draft, cluster: str) -> None:
        """Ask all attempts of a cluster to end; their jobs go on elsewhere."""
        for token, attempt in self.attempts.items():
            if attempt.cluster == cluster:
                self.stop(draft, token)

    def lose(self, draft: Draft, cluster: str, why: str, since: float | None = None) -> None:
        """Give a cluster up: what was there begins elsewhere, and is stopped if it comes back.

        `since` is when it was first out of reach, where that is known.
        """
        self.health[cluster] = Health.LOST
        self.reopen(cluster)
        draft.clusters.add(cluster)
        said = {"why": why} if since is None else {"why": why, "since": since}
        draft.capacity.append((cluster, "outage", said))
        for token, attempt in list(self.attempts.items()):
            if attempt.cluster == cluster:
                self.stop(draft, token)
                self.became(draft, attempt, AttemptState.VANISHED, f"{cluster} is lost: {why}")

    def learn(self, draft: Draft, token: str, fact: Fact) -> None:
        """Learn a fact of an attempt that is not over."""
        attempt = self.attempts[token]
        settle_s = self.settle_s[attempt.cluster]
        step = learn(attempt, fact, now=draft.now, settle_s=settle_s)
        if step.revoke:
            draft.errands[attempt.cluster].revokes.append(token)
        if step.attempt is attempt:
            return
        self.attempts[token] = step.attempt
        if step.attempt.state is not attempt.state:
            self.moved(draft, step.attempt)
        elif step.attempt.reason != attempt.reason:
            draft.attempts.add(token)

    def became(self, draft: Draft, attempt: Attempt, state: AttemptState, reason: str) -> None:
        """Set where an attempt stands, for a reason that is not a fact of its own."""
        made = replace(attempt, state=state, reason=reason)
        self.attempts[attempt.token] = made
        self.moved(draft, made)

    def moved(self, draft: Draft, attempt: Attempt) -> None:
        """Work off that an attempt came to stand somewhere else: its job, its place, its meter."""
        draft.attempts.add(attempt.token)
        job = self.jobs[attempt.job]
        was = job.state
        if self.current.get(job.id) == attempt.token or attempt.exit_code == 0:
            job = self.changed(draft, after(job, attempt, now=draft.now))
        if job.state is not was:
            draft.tell(
                job.id,
                job.state.value,
                cluster=attempt.cluster,
                reason=job.reason,
                token=attempt.token,
                exit_code=attempt.exit_code,
            )
        if not attempt.state.final:
            return
        if attempt.ended_at is not None:
            draft.meters.append(attempt)
        kind = self.clusters[attempt.cluster].engine.kind
        if attempt.began_at is not None and (attempt.ended_at is None or kind in KEEP_ACCOUNTS):
            draft.errands[attempt.cluster].accounts.append(attempt.token)
        if self.current.get(job.id) == attempt.token:
            del self.current[job.id]
            self.placing.ended([job.id])
            if job.state is JobState.QUEUED:
                self._again(draft, job, attempt)
        elif job.state.final and job.id in self.current:
            self.stop(draft, self.current[job.id])

    def _again(self, draft: Draft, job: Job, attempt: Attempt) -> None:
        """Let a job wait again: at once where it gave way, a little later where it was lost."""
        barred = self.barred.get(job.id, frozenset())
        if barred and not barred.issuperset(fits(job.spec, self.clusters.values())):
            barred = frozenset()
        if barred:
            reason = f"no cluster takes it: {attempt.reason}"
            self.changed(draft, hopeless(job, draft.now, reason))
            draft.tell(job.id, JobState.FAILED.value, reason=reason)
        elif attempt.state is AttemptState.LOST:
            self.resting[job.id] = draft.now + BACK_OFF_S
        else:
            self.placing.add([self.waiting(job)])

    def changed(self, draft: Draft, job: Job) -> Job:
        """Hold a job as it is now, and have it written."""
        self.jobs[job.id] = job
        draft.jobs.add(job.id)
        return job

    def hold(self, attempt: Attempt, version: int, job: Job) -> None:
        """Hold an attempt that is not over, and its job."""
        self.attempts[attempt.token] = attempt
        self.versions[attempt.token] = version
        self.current[job.id] = attempt.token
        self.jobs[job.id] = job

    def rest(self, now: float) -> None:
        """Let those wait again that have rested long enough."""
        rested = [job for job, until in self.resting.items() if until <= now]
        for job in rested:
            del self.resting[job]
        self.placing.add([self.waiting(self.jobs[job]) for job in rested])

    def bar(self, token: str) -> None:
        """Bar a job from the cluster that refused it for good."""
        attempt = self.attempts[token]
        barred = self.barred.get(attempt.job, frozenset())
        self.barred[attempt.job] = barred | {attempt.cluster}

    def written(self, ident: str) -> None:
        """Take note that a job was written."""
        job = self.jobs[ident]
        self.jobs[ident] = replace(job, version=job.version + 1)

    def let_go(self, draft: Draft) -> None:
        """Forget what is over, now that it is written."""
        for token in draft.attempts:
            attempt = self.attempts.get(token)
            if attempt is not None and attempt.state.final:
                del self.attempts[token]
                del self.versions[token]
        for ident in draft.jobs:
            job = self.jobs.get(ident)
            if job is not None and job.state.final and ident not in self.current:
                del self.jobs[ident]
                self.counts.pop(ident, None)
                self.barred.pop(ident, None)
