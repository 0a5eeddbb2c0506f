"""Work that Ctrl-C can end at once, even deep inside a solver."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

LOOK_SECONDS = 0.1
"""How often the main thread looks whether it was interrupted."""


def interruptible(
    task: Callable[[], Result],
    interrupted: Callable[[], None],
    stop: Callable[[], None] | None = None,
) -> Result:
    """Do a task beside the main thread, which stays free to hear Ctrl-C.

    Python acts on a signal between two of its own instructions, and a solver runs for a
    minute without one. Where a task can `stop` with what it has, the first Ctrl-C asks it
    to; the next, or the first where it cannot, ends the process with status 130 after
    `interrupted` tidied up the screen; the solver's threads are not waited for.

    Raises:
        BaseException: whatever the task raises.
    """
    found: list[Result] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            found.append(task())
        except BaseException as error:  # noqa: BLE001 - raised again by the main thread
            raised.append(error)
        finally:
            done.set()

    # An interrupted `join` can make a thread look dead that is not; an event cannot.
    done = threading.Event()
    worker = threading.Thread(target=work, name="offtake", daemon=True)
    worker.start()
    _wait(done, interrupted, stop)
    if raised:
        raise raised[0]
    return found[0]


def _wait(
    done: threading.Event, interrupted: Callable[[], None], stop: Callable[[], None] | None
) -> None:
    """Wait for the task; the second Ctrl-C may come while the first is still worked off."""
    asked = False
    while True:
        try:
            while not done.is_set():
                done.wait(LOOK_SECONDS)
            return
        except KeyboardInterrupt:
            if stop is None or asked:
                _leave(interrupted)
            asked = True
        try:
            if stop is not None:
                stop()
        except KeyboardInterrupt:
            _leave(interrupted)


def _leave(interrupted: Callable[[], None]) -> None:
    interrupted()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(130)
