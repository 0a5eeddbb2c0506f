"""Placement of a running control plane: the rules are loaded beside it, not in its way.

On a machine that has not compiled them yet this takes half a minute, once; until then jobs are
taken in and wait.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Any

from offtake.model.installation import Installation
from offtake.operate.placement import Placement
from offtake.operate.placing import Verdict, Waiting

log = logging.getLogger("offtake.operate")


class Resident(Placement):
    """Placement that decides nothing until its rules are loaded."""

    _ready = threading.Event()
    _loading = threading.Lock()

    def __init__(self, installation: Installation) -> None:
        """Begin with everything usable, an empty queue and nothing running."""
        super().__init__(installation.clusters, installation.tenants)
        self._asked = False

    def add(self, jobs: Sequence[Waiting]) -> None:
        """Let jobs wait; the first one has the rules loaded."""
        if jobs and not self._asked:
            self._asked = True
            threading.Thread(target=self._load, name="rules", daemon=True).start()
        super().add(jobs)

    def decide(self, now: float) -> list[Verdict]:
        """Decide what to do now: nothing while the rules are being loaded."""
        return super().decide(now) if self._ready.is_set() else []

    def told(self, job: str, now: float) -> dict[str, Any]:
        """Say, as plain data, why a job waits and when it may begin; nothing is changed.

        Raises:
            OfftakeError: no such job waits (`OTK-E064`).
        """
        if not self._ready.is_set():
            return {"reason": "the rules of placement are being loaded"}
        return super().told(job, now)

    def _load(self) -> None:
        with self._loading:
            if not self._ready.is_set():
                log.info("loading the rules of placement; new on a machine, this takes a while")
                self.warm()
                self._ready.set()
                log.info("the rules of placement are loaded")
