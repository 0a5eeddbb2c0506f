"""The control plane in one process: desk, lanes and controller, and the thread that goes round.

    service = Service("work.db", installation, folder)
    service.start()
    service.desk.submit([JobSpec(name="hello", run="echo hello")])
    service.close()

Any number of them may run on one store; one of them leads.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from offtake.errors import OfftakeError
from offtake.model.installation import ClusterSpec, EngineKind, Installation
from offtake.model.work import JobState
from offtake.operate.controller import Controller
from offtake.operate.desk import Desk
from offtake.operate.draft import Draft
from offtake.operate.engines.making import make
from offtake.operate.fitting import obstacle
from offtake.operate.lanes import Inbox, Lane, Pace
from offtake.operate.placing import Placing
from offtake.operate.resident import Resident
from offtake.operate.rows import SPEC
from offtake.store.opening import open_store

log = logging.getLogger("offtake.operate")

CYCLE_S = 0.05
"""From the begin of a round to that of the next, where something happens."""
PAUSE_S = 0.01
"""Shortest pause between two rounds: who hands jobs in has the processor too."""
IDLE_S = 0.2
"""Longest pause: then the store is looked at, whose jobs another process may have taken in."""
QUICK = Pace(reports_s=0.03)
"""Of lanes whose bodies are simulated: to look costs next to nothing there."""
AGAIN_S = 1.0
"""Pause after a round that failed."""


class Service:
    """Desk, lanes and controller on one store."""

    def __init__(
        self,
        url: str | Path,
        installation: Installation,
        folder: Path,
        *,
        clock: Callable[[], float] = time.time,
        pace: Pace | None = None,
        placing: Callable[[Installation], Placing] = Resident,
    ) -> None:
        """Open everything; nothing goes round until `start`.

        Args:
            url: the store: a file of SQLite, or the URL of a database.
            installation: what there is to run on.
            folder: where yards are made that the installation does not name.
            clock: gives seconds since 1970 UTC.
            pace: how often lanes look.
            placing: makes what decides.

        Raises:
            OfftakeError: the store cannot be opened, the installation is unsound, or an engine
                lacks what it needs.
        """
        self.installation = installation
        self.store = open_store(url, upgrade=True)
        self.desk = Desk(self.store, installation, clock=clock)
        inbox: Inbox = Inbox()
        made = {c.id: make(c, folder, clock) for c in installation.clusters}
        self.lanes: Mapping[str, Lane] = {
            c.id: Lane(c.id, *made[c.id], inbox, pace=pace or _pace(c), clock=clock)
            for c in installation.clusters
        }
        self.controller = Controller(
            self.store,
            installation,
            self.lanes,
            inbox,
            lambda: placing(installation),
            clock=clock,
        )
        self._watchers: list[Callable[[Draft, float], None]] = []
        self._ends = threading.Event()
        self._woken = threading.Event()
        inbox.told = self.wake
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to go round."""
        for lane in self.lanes.values():
            lane.start()
        self._thread = threading.Thread(target=self._run, name="controller", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop going round; jobs go on, and whoever begins again finds them."""
        self._ends.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()
        for lane in self.lanes.values():
            lane.close()
            lane.engine.close()
        self.desk.close()
        self.store.close()

    def watch(self, watcher: Callable[[Draft, float], None]) -> None:
        """Have each round told, with the seconds it took."""
        self._watchers.append(watcher)

    def wake(self) -> None:
        """Have the next round begin soon: there is something to do."""
        self._woken.set()

    def why(self, job: str) -> Mapping[str, Any]:
        """Say why a job is where it is: each cluster, and why it lost.

        Raises:
            OfftakeError: there is no such job (`OTK-E020`).
        """
        found = self.desk.job(job)
        spec = SPEC.validate_python(found["spec"])
        options = []
        for cluster in self.desk.clusters():
            never = obstacle(spec, self.desk.cluster(cluster["id"]))
            never = never or self.controller.too_late(spec, cluster["id"])
            options.append({"cluster": cluster["id"], "never": never, **_now(cluster)})
        told: dict[str, Any] = {"job": job, "state": found["state"], "reason": found["reason"]}
        if found["state"] == JobState.QUEUED.value and self.controller.leads:
            told.update(self.controller.why(job))
        return {**told, "clusters": options}

    def tail(self, token: str, cluster: str, offset: int, most: int) -> bytes:
        """Give at most so many bytes an attempt printed, from an offset on."""
        return self.lanes[cluster].yard.tail(token, offset, most)

    def _run(self) -> None:
        while not self._ends.is_set():
            self._woken.clear()
            began = time.monotonic()
            least, idle = self._round()
            self._ends.wait(max(PAUSE_S, least - (time.monotonic() - began)))
            if idle:
                self._woken.wait(IDLE_S)

    def _round(self) -> tuple[float, bool]:
        """Do one round; gives its shortest length, and whether the next waits to be woken."""
        began = time.perf_counter()
        try:
            draft = self.controller.cycle()
        except OfftakeError as error:
            log.warning("the controller begins anew: %s", error.faults[0])
            return AGAIN_S, False
        except Exception:
            log.exception("the controller begins anew")
            self.controller.begin_anew()
            return AGAIN_S, False
        for watcher in self._watchers:
            watcher(draft, time.perf_counter() - began)
        return CYCLE_S, draft.empty


def _pace(cluster: ClusterSpec) -> Pace:
    return QUICK if cluster.engine.kind is EngineKind.SIMULATED else Pace()


def _now(cluster: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: cluster[name] for name in ("usable", "health", "drained")}
