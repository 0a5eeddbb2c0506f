"""Placement as the controller asks for it; the compiler is loaded when the first job comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import import_module
from typing import Any

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.fleet import Tenant
from offtake.model.installation import ClusterSpec
from offtake.operate.placement.purse import Purse
from offtake.operate.placing import Start, Stop, Verdict, Waiting

PASSES = 16
"""Most passes of the rules in a row; each looks at the first jobs of each kind."""


class Placement:
    """Decides where jobs begin, in memory, with the rules the simulator runs.

    It implements `offtake.operate.placing.Placing`. Tables stay between two passes; a pass looks
    at the first of each kind of jobs, so the length of the queue costs nothing.
    """

    def __init__(
        self,
        clusters: Sequence[ClusterSpec],
        tenants: Sequence[Tenant] = (),
        policy: Any = None,
    ) -> None:
        """Begin with everything usable, an empty queue and nothing running.

        Args:
            clusters: what there is to run on.
            tenants: who shares it.
            policy: a `Policy`; one that preempts, looks at the first 200 jobs of each kind and
                gives no grace of its own (the engine gives it) where none is named.
        """
        self._clusters = tuple(clusters)
        self._tenants = tuple(tenants)
        self._names = {""} | {tenant.id for tenant in tenants}
        self._policy = policy
        self._core: Any = None
        self._usable: dict[str, int] = {}
        self._opened: dict[str, bool] = {}
        self._shadow: dict[str, float] = {}
        self._used: dict[str, float] = {}
        self._purse = Purse()

    def _tables(self) -> Any:
        """Give the tables; they are made, and the rules loaded, when they are first needed."""
        if self._core is None:
            made: Any = import_module("offtake.operate.placement.making")
            self._core = made.core(self._clusters, self._tenants, self._policy)
            for cluster, accelerators in self._usable.items():
                self._core.usable(cluster, accelerators)
            for cluster, yes in self._opened.items():
                self._core.opened(cluster, yes)
            for cluster, hours in self._used.items():
                self._core.used(cluster, hours)
            self._core.shadow(self._shadow)
        return self._core

    def warm(self) -> None:
        """Compile the rules, or load them from disk: half a minute at most on a new machine."""
        made: Any = import_module("offtake.operate.placement.making")
        made.warm(self._clusters, self._tenants, self._policy)

    # ------------------------------------------------------------------ jobs
    def add(self, jobs: Sequence[Waiting]) -> None:
        """Let jobs wait.

        Raises:
            OfftakeError: a job waits or runs already (`OTK-E060`), or names a tenant there is
                not (`OTK-E061`); none of them is added then.
        """
        self._known(jobs)
        if jobs:
            self._tables().add(jobs)

    def withdraw(self, jobs: Sequence[str]) -> None:
        """Let jobs wait no longer; those that do not wait are left alone."""
        self._purse.withdraw(jobs)
        if self._core is not None:
            self._core.withdraw(jobs)

    def hold(self, job: Waiting, cluster: str, began_at: float) -> None:
        """Take note of a job that holds its place already, whether it fits the cluster or not.

        Raises:
            OfftakeError: as `add`, or there is no such cluster (`OTK-E062`).
        """
        self._known([job])
        price = self._there(cluster).price
        core = self._tables()
        core.hold(job, cluster, began_at)
        self._purse.holds(job, price, core.paid_hours(cluster))

    def stopping(self, job: str) -> None:
        """Take note of a job that holds its place and is being stopped already."""
        self._tables().stopping(job)

    def ended(self, jobs: Sequence[str]) -> None:
        """Take note that jobs gave back what they held; those that hold nothing are left alone."""
        if self._core is not None:
            self._core.ended(jobs)
            self._core.add(self._purse.ended(jobs))

    def requeue(self, job: Waiting) -> None:
        """Let a job that holds a place wait again, with what is left of it.

        Raises:
            OfftakeError: as `add`.
        """
        self.ended([job.id])
        self.add([job])

    # ------------------------------------------------------------------ clusters
    def usable(self, cluster: str, accelerators: int) -> None:
        """Take note of how many accelerators of a cluster can be used now.

        What jobs hold beyond it stays theirs until they end.

        Raises:
            OfftakeError: no such cluster (`OTK-E062`), or more than it has (`OTK-E063`).
        """
        most = self._there(cluster).accelerator_count
        if not 0 <= accelerators <= most:
            what = f"{cluster} has {most} accelerators"
            raise _fault("OTK-E063", f"clusters.{cluster}", what, accelerators)
        self._usable[cluster] = accelerators
        if self._core is not None:
            self._core.usable(cluster, accelerators)

    def opened(self, cluster: str, yes: bool) -> None:
        """Let jobs begin on a cluster, or let no more begin there; what runs there goes on.

        Raises:
            OfftakeError: no such cluster (`OTK-E062`).
        """
        self._there(cluster)
        self._opened[cluster] = yes
        if self._core is not None:
            self._core.opened(cluster, yes)

    def shadow(self, prices: Mapping[str, float]) -> None:
        """Take over a plan's shadow prices, in USD an accelerator-hour.

        Args:
            prices: by cluster, else by `site/accelerator`; what is not named has none.
        """
        self._shadow = dict(prices)
        if self._core is not None:
            self._core.shadow(prices)

    def used(self, cluster: str, hours: float) -> None:
        """Take note of accelerator-hours used this month: what is paid for anyway costs nothing.

        Raises:
            OfftakeError: no such cluster (`OTK-E062`).
        """
        self._there(cluster)
        self._used[cluster] = hours
        if self._core is not None:
            self._core.used(cluster, hours)

    def budget(self, tenant: str, limit_usd: float | None, spent_usd: float = 0.0) -> None:
        """Set what a tenant may spend, and what it was charged; None is no limit.

        Raises:
            OfftakeError: there is no such tenant (`OTK-E061`).
        """
        if tenant not in self._names:
            raise _fault("OTK-E061", "tenant", "there is no such tenant", tenant)
        self._purse.set(tenant, limit_usd, spent_usd)
        if self._core is not None:
            self._core.add(self._purse.again(tenant))

    # ------------------------------------------------------------------ deciding
    def decide(self, now: float) -> list[Verdict]:
        """Decide what to do now, and take note of it as if it were done.

        The rules look at the first jobs of each kind: they are asked again while jobs begin. A
        job that its tenant has not the money for is set aside until money or a job comes back.
        """
        made: list[Verdict] = []
        for _ in range(PASSES):
            told = self._pass(now)
            made += told
            if not any(isinstance(each, Start) for each in told):
                break
        return made

    def _pass(self, now: float) -> list[Verdict]:
        made: list[Verdict] = []
        if self._core is None:
            return made
        core, dear = self._core, []
        for act in core.decide(now):
            job, cluster = core.ids[act.row], self._clusters[act.cluster]
            if not act.start:
                made.append(Stop(job, core.ids[act.other]))
            elif self._purse.begins(core.jobs[act.row], cluster.price, core.paid_hours(cluster.id)):
                made.append(Start(job, cluster.id))
            else:
                dear.append(job)
        core.ended(dear)
        return made

    def waiting(self) -> int:
        """Count the jobs that wait."""
        return 0 if self._core is None else int(self._core.waiting()) + len(self._purse.waiting)

    def why(self, job: str, now: float) -> Any:
        """Give the `Decision` about a waiting job, with each cluster and why it lost.

        Nothing is changed.

        Raises:
            OfftakeError: no such job waits (`OTK-E064`).
        """
        telling: Any = import_module("offtake.operate.placement.telling")
        if job in self._purse.waiting:
            return telling.dear(job)
        if self._core is None or not self._core.waits(job):
            raise _fault("OTK-E064", "job", "no such job waits", job)
        return telling.why(self._core, job, now)

    def told(self, job: str, now: float) -> dict[str, Any]:
        """Say, as plain data, why a job waits and when it may begin; nothing is changed.

        Raises:
            OfftakeError: no such job waits (`OTK-E064`).
        """
        decision = self.why(job, now)
        said: dict[str, Any] = {
            "job": job,
            "action": decision.action.value,
            "reason": decision.reason.value,
            "reserved_s": decision.starts_s,
            "options": [
                {"cluster": each.cluster, "reason": each.reason.value, "found": list(each.found)}
                for each in decision.options
            ],
        }
        if job not in self._purse.waiting:
            begins = self.expected(job, now, samples=20)
            said["expected"] = {"modelled": True, **asdict(begins)}
        return said

    def expected(self, job: str, now: float, *, seed: int = 0, samples: int = 32) -> Any:
        """Give when a waiting job may begin, P10 to P90: modelled, see `expected.Begins`.

        Raises:
            OfftakeError: no such job waits (`OTK-E064`).
        """
        if self._core is None or not self._core.waits(job):
            raise _fault("OTK-E064", "job", "no such job waits", job)
        ahead: Any = import_module("offtake.operate.placement.expected")
        return ahead.begins(self._core, job, now, seed=seed, samples=samples)

    # ------------------------------------------------------------------ faults
    def _known(self, jobs: Sequence[Waiting]) -> None:
        faults = []
        seen: set[str] = set()
        for job in jobs:
            there = job.id in self._purse.waiting
            there = there or (self._core is not None and job.id in self._core.row)
            if there or job.id in seen:
                faults.append(_one("OTK-E060", "job", "it waits or runs already", job.id))
            seen.add(job.id)
            if job.spec.tenant not in self._names:
                what = f"{job.id} is of a tenant there is not"
                faults.append(_one("OTK-E061", "job.tenant", what, job.spec.tenant))
        if faults:
            raise OfftakeError(faults)

    def _there(self, cluster: str) -> ClusterSpec:
        found = next((each for each in self._clusters if each.id == cluster), None)
        if found is None:
            raise _fault("OTK-E062", "cluster", "there is no such cluster", cluster)
        return found


def _one(code: str, path: str, what: str, got: object) -> Fault:
    return Fault(code=code, what=what, where=Where(path=path), got=repr(got))


def _fault(code: str, path: str, what: str, got: object) -> OfftakeError:
    return OfftakeError(_one(code, path, what, got))
