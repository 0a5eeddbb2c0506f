"""A small world for the controller: memory engines, a clock that is moved, a simple placement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from offtake.model.installation import ClusterSpec, EngineKind, EngineSpec, Installation
from offtake.model.work import JobSpec
from offtake.operate.controller import Controller
from offtake.operate.desk import Desk
from offtake.operate.engines.memory import MemoryEngine
from offtake.operate.engines.port import Launch
from offtake.operate.fitting import fits
from offtake.operate.lanes import Inbox, Lane
from offtake.operate.placing import Start, Verdict, Waiting
from offtake.store.opening import open_store


class FirstFit:
    """Placement for tests: the first cluster with room, in the order jobs came."""

    def __init__(self, clusters: Mapping[str, ClusterSpec]) -> None:
        self.clusters = clusters
        self.free = {c.id: c.accelerator_count for c in clusters.values()}
        self.total = dict(self.free)
        self.open = dict.fromkeys(clusters, True)
        self.wait: dict[str, Waiting] = {}
        self.on: dict[str, tuple[str, int]] = {}

    def add(self, jobs: Sequence[Waiting]) -> None:
        self.wait.update((job.id, job) for job in jobs)

    def withdraw(self, jobs: Sequence[str]) -> None:
        for job in jobs:
            self.wait.pop(job, None)

    def hold(self, job: Waiting, cluster: str, began_at: float) -> None:
        self.on[job.id] = (cluster, job.spec.accelerator_count)
        self.free[cluster] -= job.spec.accelerator_count

    def stopping(self, job: str) -> None:
        pass

    def ended(self, jobs: Sequence[str]) -> None:
        for job in jobs:
            cluster, count = self.on.pop(job)
            self.free[cluster] += count

    def usable(self, cluster: str, accelerators: int) -> None:
        self.free[cluster] += accelerators - self.total[cluster]
        self.total[cluster] = accelerators

    def opened(self, cluster: str, yes: bool) -> None:
        self.open[cluster] = yes

    def used(self, cluster: str, hours: float) -> None:
        pass

    def budget(self, tenant: str, limit_usd: float | None, spent_usd: float = 0.0) -> None:
        pass

    def told(self, job: str, now: float) -> Mapping[str, object]:
        return {}

    def decide(self, now: float) -> Sequence[Verdict]:
        made: list[Verdict] = []
        for job in sorted(self.wait.values(), key=lambda j: (-j.spec.priority, j.submitted_at)):
            for cluster in fits(job.spec, self.clusters.values()):
                room = self.free[cluster] >= job.spec.accelerator_count
                if self.open[cluster] and room and cluster not in job.barred:
                    del self.wait[job.id]
                    self.hold(job, cluster, now)
                    made.append(Start(job.id, cluster))
                    break
        return made


class World:
    """Two clusters of memory engines, a store, a desk and a controller that may be killed."""

    def __init__(
        self,
        url: str | Path,
        *,
        clusters: Sequence[str] = ("abilene", "narvik"),
        nodes: int = 2,
        duration: Callable[[Launch], tuple[float, int]] | None = None,
        lost_after_s: float = 60.0,
        contract: str | None = None,
        kind: EngineKind = EngineKind.SIMULATED,
        now: float = 1_800_000_000.0,
    ) -> None:
        self.now = now
        self.installation = Installation(
            clusters=tuple(
                ClusterSpec(
                    id=name,
                    site=name,
                    accelerator="H100",
                    accelerator_count=8 * nodes,
                    contract=contract,
                    tranche=None if contract is None else name,
                    engine=EngineSpec(kind=kind),
                )
                for name in clusters
            ),
            lost_after_s=lost_after_s,
        )
        self.engines = {
            name: MemoryEngine(
                name,
                clock=lambda: self.now,
                nodes=nodes,
                duration=duration or self.duration,
                settle_s=4.0,
            )
            for name in clusters
        }
        self.store = open_store(url)
        self.desk = Desk(self.store, self.installation, clock=lambda: self.now)
        self.begin()

    @staticmethod
    def duration(launch: Launch) -> tuple[float, int]:
        """Read `sleep SECONDS` and `exit STATUS` from a script."""
        words = launch.script.split()
        seconds = float(words[words.index("sleep") + 1]) if "sleep" in words else 1.0
        return seconds, int(words[words.index("exit") + 1]) if "exit" in words else 0

    def begin(self) -> None:
        """Begin as a new process does: nothing is known but the store, engines and yards."""
        self.inbox: Inbox = Inbox()
        self.lanes = {
            name: Lane(name, engine, engine.yard, self.inbox, clock=lambda: self.now)
            for name, engine in self.engines.items()
        }
        clusters = {c.id: c for c in self.installation.clusters}
        self.controller = Controller(
            self.store,
            self.installation,
            self.lanes,
            self.inbox,
            lambda: FirstFit(clusters),
            clock=lambda: self.now,
            holder="one",
        )

    def step(self, seconds: float = 0.25) -> None:
        """Let time pass, lanes work and the controller do a round."""
        self.now += seconds
        for lane in self.lanes.values():
            lane.step()
        self.controller.cycle()

    def run(self, seconds: float, step: float = 0.25) -> None:
        """Let time pass in steps."""
        for _ in range(round(seconds / step)):
            self.step(step)

    def submit(self, run: str = "exit 0", count: int = 1, **spec: object) -> tuple[str, ...]:
        """Hand jobs in."""
        self.now += 0.001
        made = JobSpec(name="test", run=run, **spec)  # type: ignore[arg-type]
        return self.desk.submit([made] * count).jobs

    def state(self, job: str) -> str:
        """Give where a job stands."""
        return str(self.desk.job(job)["state"])

    def begins(self) -> dict[str, float]:
        """Give all tokens that ever began, by when."""
        return {t: at for e in self.engines.values() for t, at in e.yard.begun.items()}

    def close(self) -> None:
        """Let go."""
        self.desk.close()
        self.store.close()
