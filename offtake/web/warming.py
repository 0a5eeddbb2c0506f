"""Pages that take seconds at first are prepared once the service is up, in a thread of their own.

    service is up ──> read the world ──> map ──> plan ──> its figures ──> done
                            whoever asks meanwhile waits for the same work

What cannot be read or drawn is told in the log and by the page itself; nothing else suffers.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from offtake.errors import OfftakeError

Prepare = Callable[[FastAPI], Iterator[None]]
"""Prepares a page piece by piece; after each it may be let go."""
LATER_S = 0.5
"""How long the service has for itself before anything is prepared."""
ENDING_S = 2.0
"""Longest that work under way is waited for at the end."""
log = logging.getLogger("offtake.web")


class Warming:
    """Prepares pages one after the other, until it is done or is to end."""

    def __init__(self, app: FastAPI, steps: Sequence[Prepare], *, later_s: float = LATER_S) -> None:
        """Name what is to be prepared; nothing is begun."""
        self._app = app
        self._steps = steps
        self._later_s = later_s
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warming", daemon=True)

    def begin(self) -> None:
        """Begin to prepare."""
        self._thread.start()

    def end(self, most_s: float = ENDING_S) -> None:
        """Begin nothing more, and wait for what is under way."""
        self._ending.set()
        self._thread.join(most_s)

    def _run(self) -> None:
        if self._ending.wait(self._later_s):
            return
        for prepare in self._steps:
            try:
                for _ in prepare(self._app):
                    if self._ending.is_set():
                        return
            except OfftakeError as error:
                log.warning("a page could not be prepared: %s", error)
            except Exception:
                log.exception("a page could not be prepared")


def warm(application: FastAPI, steps: Sequence[Prepare], *, later_s: float = LATER_S) -> None:
    """Have an application prepare pages once it is up."""
    before = application.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with before(app) as state:
            warming = Warming(app, steps, later_s=later_s)
            warming.begin()
            try:
                yield state
            finally:
                await asyncio.to_thread(warming.end)

    application.router.lifespan_context = lifespan
