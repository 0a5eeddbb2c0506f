"""Placement as the controller asks for it; the compiler is loaded when the first job comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.fleet import Tenant
from offtake.model.installation import ClusterSpec
from offtake.operate.placing import Start, Stop, Verdict, Waiting


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

    def _tables(self) -> Any:
        """Give the tables; they are made, and the rules loaded, when they are first needed."""
        if self._core is None:
            made: Any = import_module("offtake.operate.placement.making")
            self._core = made.core(self._clusters, self._tenants, self._policy)
            for cluster, accelerators in self._usable.items():
                self._core.usable(cluster, accelerators)
            for cluster, yes in self._opened.items():
                self._core.opened(cluster, yes)
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
        if self._core is not None:
            self._core.withdraw(jobs)

    def hold(self, job: Waiting, cluster: str, began_at: float) -> None:
        """Take note of a job that holds its place already, whether it fits the cluster or not.

        Raises:
            OfftakeError: as `add`, or there is no such cluster (`OTK-E062`).
        """
        self._known([job])
        self._there(cluster)
        self._tables().hold(job, cluster, began_at)

    def stopping(self, job: str) -> None:
        """Take note of a job that holds its place and is being stopped already."""
        self._tables().stopping(job)

    def ended(self, jobs: Sequence[str]) -> None:
        """Take note that jobs gave back what they held; those that hold nothing are left alone."""
        if self._core is not None:
            self._core.ended(jobs)

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

    # ------------------------------------------------------------------ deciding
    def decide(self, now: float) -> list[Verdict]:
        """Decide what to do now, and take note of it as if it were done."""
        if self._core is None:
            return []
        ids = self._core.ids
        return [
            Start(ids[act.row], self._clusters[act.cluster].id)
            if act.start
            else Stop(ids[act.row], ids[act.other])
            for act in self._core.decide(now)
        ]

    def waiting(self) -> int:
        """Count the jobs that wait."""
        return 0 if self._core is None else int(self._core.waiting())

    def why(self, job: str, now: float) -> Any:
        """Give the `Decision` about a waiting job, with each cluster and why it lost.

        Nothing is changed.

        Raises:
            OfftakeError: no such job waits (`OTK-E064`).
        """
        if self._core is None or not self._core.waits(job):
            raise _fault("OTK-E064", "job", "no such job waits", job)
        telling: Any = import_module("offtake.operate.placement.telling")
        return telling.why(self._core, job, now)

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
            if job.id in seen or (self._core is not None and job.id in self._core.row):
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
