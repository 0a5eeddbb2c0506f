"""Calls that wait for a site agent, and its answers.

    parked ──turn──> taken ──answer──> done
       └──────┴── out of time: withdrawn; an answer that still comes is dropped

A call that was taken and is not answered is given again with each turn: what was lost on the way
to the agent arrives with the next one. All calls of the port may be made twice.
"""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from offtake.operate.engines.port import EngineError

Plain = Mapping[str, Any]


@dataclass(slots=True)
class _Parked:
    call: Plain
    taken: bool = False
    answer: Plain | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Post:
    """Where calls of one cluster wait until its agent takes them."""

    def __init__(self, cluster: str, *, timeout_s: float) -> None:
        """Begin with nothing that waits.

        Args:
            cluster: what it is called.
            timeout_s: longest a call may take, from being parked to its answer.
        """
        self.cluster = cluster
        self.timeout_s = timeout_s
        self._parked: dict[str, _Parked] = {}
        self._lock = threading.Lock()
        self._wakers: set[Callable[[], None]] = set()
        # Numbers of another service are never taken for those of this one.
        self._boot = secrets.token_hex(8)
        self._numbers = itertools.count(1)

    def ask(self, name: str, **given: Any) -> Any:
        """Have a call made by the agent, and give what it answers, as plain data.

        Raises:
            EngineError: nobody took it (`OTK-E150`) or answered it (`OTK-E151`) in time; or it
                failed there, with the code it failed with.
        """
        number = f"{self._boot}-{next(self._numbers)}"
        parked = _Parked({"number": number, "name": name, "given": given})
        with self._lock:
            self._parked[number] = parked
            wakers = list(self._wakers)
        for wake in wakers:
            wake()
        parked.done.wait(self.timeout_s)
        with self._lock:
            self._parked.pop(number, None)
        if parked.answer is None:
            raise self._unanswered(parked, name)
        failed = parked.answer.get("failed")
        if failed is not None:
            raise EngineError(
                self.cluster, failed["what"], code=failed["code"], hint=failed["hint"]
            )
        return parked.answer.get("value")

    def turn(self, answers: Sequence[Plain]) -> list[Plain]:
        """Take answers in, and give the calls that are to be made now, in order."""
        with self._lock:
            for answer in answers:
                parked = self._parked.get(answer["number"])
                if parked is not None and not parked.done.is_set():
                    parked.answer = answer
                    parked.done.set()
            left = [parked for parked in self._parked.values() if not parked.done.is_set()]
            for parked in left:
                parked.taken = True
            return [parked.call for parked in left]

    def wake_by(self, waker: Callable[[], None]) -> Callable[[], None]:
        """Have somebody woken by each call that is parked; gives what ends that."""
        with self._lock:
            self._wakers.add(waker)

        def end() -> None:
            with self._lock:
                self._wakers.discard(waker)

        return end

    def _unanswered(self, parked: _Parked, name: str) -> EngineError:
        if parked.taken:
            what = f"the agent took `{name}` and did not answer within {self.timeout_s:g} s"
            return EngineError(self.cluster, what, code="OTK-E151")
        what = f"no agent asked for work within {self.timeout_s:g} s"
        hint = f"see that `offtake agent --cluster {self.cluster}` runs at the site"
        return EngineError(self.cluster, what, code="OTK-E150", hint=hint)
