"""An engine that lives in memory, and a yard beside it: a twin of the real ones for tests.

It keeps what the port promises and does on purpose what real engines do by accident: it forgets
what it acknowledged, hands identifiers out again, loses answers, hangs, drops nodes. Bodies are
not run: they take the time that `duration` says, by a clock that the caller moves.

    engine = MemoryEngine("abilene", clock=clock, nodes=4, accelerators_per_node=8)
    engine.forget_last(40)              # as a controller killed before it saved its state
    engine.unreachable = True           # as a partition
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from offtake.operate.engines.port import (
    Answer,
    EngineError,
    Launch,
    Node,
    NodeState,
    Refused,
    Report,
    Seen,
    Sighting,
    Submitted,
    Unsure,
    Usage,
)

REMEMBERED = 1_000
"""Attempts that ended and are still listed."""
Clock = Callable[[], float]
"""Gives seconds since 1970 UTC."""
Duration = Callable[[Launch], tuple[float, int]]
"""Gives how long a body runs, in seconds, and its exit status."""


class MemoryYard:
    """A yard in memory: fences, reports and logs of one cluster."""

    def __init__(self) -> None:
        """Begin empty."""
        self.unreachable = False
        """Whether every call fails, as where a file system is not mounted."""
        self.launches: dict[str, Launch] = {}
        self.begun: dict[str, float] = {}
        """When each token that began did so: exactly one begin a token, or none."""
        self.revoked: set[str] = set()
        self._spool: dict[tuple[str, bool], Report] = {}
        self._logs: dict[str, bytes] = {}
        self.moves_on: Callable[[], None] = lambda: None
        """Brings the engine beside it to now, before anything is reported."""

    def prepare(self, launches: Sequence[Launch]) -> None:
        """Keep what each attempt needs.

        Raises:
            EngineError: the yard is out of reach.
        """
        self._reach()
        self.launches.update((launch.token, launch) for launch in launches)

    def command(self, token: str) -> tuple[str, ...]:
        """Give a command that names the token."""
        return ("wrapper", token)

    def log(self, token: str) -> str:
        """Give a name for its log."""
        return f"memory/{token}"

    def begin(self, token: str, now: float, node: str = "") -> bool:
        """Do as a wrapper that begins: take the token, or give False."""
        if self.unreachable or token in self.begun or token in self.revoked:
            return False
        self.begun[token] = now
        self._spool[token, False] = Report(token=token, began_at=now, node=node)
        return True

    def end(self, token: str, now: float, code: int, *, stopped: bool, node: str = "") -> None:
        """Do as a wrapper whose body ended."""
        self._spool[token, True] = Report(
            token=token,
            began_at=self.begun[token],
            ended_at=now,
            exit_code=code,
            stopped=stopped,
            node=node,
        )

    def revoke(self, token: str) -> bool:
        """See to it that a token never begins; True where it had not begun, and now never will.

        Raises:
            EngineError: the yard is out of reach.
        """
        self._reach()
        if token in self.begun:
            return False
        self.revoked.add(token)
        return True

    def reports(self) -> Sequence[Report]:
        """Give the begins and ends not yet forgotten, begins before ends.

        Raises:
            EngineError: the yard is out of reach.
        """
        self._reach()
        self.moves_on()
        return [self._spool[key] for key in sorted(self._spool)]

    def forget(self, reports: Sequence[Report]) -> None:
        """Let go of reports."""
        for report in reports:
            self._spool.pop((report.token, report.ended_at is not None), None)

    def tail(self, token: str, offset: int, most: int) -> bytes:
        """Give what a body printed: nothing, unless a test wrote it there."""
        return self._logs.get(token, b"")[offset : offset + most]

    def _reach(self) -> None:
        if self.unreachable:
            raise EngineError("memory", "the yard is out of reach", code="OTK-E003")


@dataclass(slots=True)
class _Held:
    """An attempt the engine knows."""

    launch: Launch
    engine_id: str
    seen: Seen = Seen.WAITING
    ends: float = 0.0
    code: int = 0
    stopped: bool = False
    began: float = 0.0


class MemoryEngine:
    """An engine in memory for one cluster; attempts begin as accelerators are free."""

    def __init__(
        self,
        cluster: str,
        *,
        clock: Clock,
        nodes: int = 1,
        accelerators_per_node: int = 8,
        accelerator: str = "H100",
        duration: Duration = lambda launch: (1.0, 0),
        settle_s: float = 8.0,
        yard: MemoryYard | None = None,
    ) -> None:
        """Begin with all nodes up and nothing queued."""
        self.cluster = cluster
        self.settle_s = settle_s
        self.yard = MemoryYard() if yard is None else yard
        self.yard.moves_on = self.advance
        self.unreachable = False
        """Whether every call fails."""
        self.answers_lost = 0
        """How many of the next answers to `submit` are lost although the attempt arrived."""
        self._clock = clock
        self._duration = duration
        self._each = accelerators_per_node
        self._nodes = {
            f"{cluster}-{i}": Node(
                name=f"{cluster}-{i}", accelerator=accelerator, accelerators=accelerators_per_node
            )
            for i in range(1, nodes + 1)
        }
        self._held: dict[str, _Held] = {}
        self._waiting: deque[str] = deque()
        self._ends: list[tuple[float, str]] = []
        self._gone: deque[str] = deque()
        self._used = 0
        self._next = 1

    @property
    def free(self) -> int:
        """Accelerators of nodes that are up and that nothing runs on."""
        up = sum(n.accelerators for n in self._nodes.values() if n.state is NodeState.UP)
        return up - self._used

    def submit(self, launches: Sequence[Launch]) -> Sequence[Answer]:
        """Take attempts in.

        Raises:
            EngineError: it was made unreachable.
        """
        self._reach()
        answers = [self._take(launch) for launch in launches]
        self.advance()
        return answers

    def sightings(self) -> Mapping[str, Sighting]:
        """List what it knows, after moving on to now.

        Raises:
            EngineError: it was made unreachable.
        """
        self._reach()
        self.advance()
        return {
            token: Sighting(token=token, engine_id=held.engine_id, seen=held.seen)
            for token, held in self._held.items()
        }

    def stop(self, tokens: Sequence[str]) -> None:
        """End attempts: those that wait at once, those that run with status 143.

        Raises:
            EngineError: it was made unreachable.
        """
        self._reach()
        self.advance()
        for token in tokens:
            held = self._held.get(token)
            if held is None or held.seen is Seen.GONE:
                continue
            if held.seen is Seen.RUNNING:
                held.stopped, held.code, held.ends = True, 143, self._clock()
                heapq.heappush(self._ends, (held.ends, token))
            else:
                held.seen = Seen.GONE
        self.advance()

    def nodes(self) -> tuple[Node, ...]:
        """List its nodes.

        Raises:
            EngineError: it was made unreachable.
        """
        self._reach()
        return tuple(self._nodes.values())

    def usage(self, tokens: Sequence[str]) -> Mapping[str, Usage]:
        """Give accelerator-seconds by its own clock.

        Raises:
            EngineError: it was made unreachable.
        """
        self._reach()
        found = {}
        for token in tokens:
            held = self._held.get(token)
            if held is not None and held.seen is Seen.GONE and held.began > 0.0:
                seconds = (held.ends - held.began) * held.launch.accelerators
                found[token] = Usage(token=token, gpu_seconds=seconds, source="memory")
        return found

    def heal(self) -> tuple[str, ...]:
        """Let what is held wait again.

        Raises:
            EngineError: it was made unreachable.
        """
        self._reach()
        done = []
        for token, held in self._held.items():
            if held.seen is Seen.HELD:
                held.seen = Seen.WAITING
                self._waiting.append(token)
                done.append(f"released {token}")
        return tuple(done)

    def close(self) -> None:
        """Do nothing."""

    def advance(self) -> None:
        """Bring everything to now: end what is over, begin what there is room for, in order."""
        now = self._clock()
        while self._ends and self._ends[0][0] <= now:
            ends, token = heapq.heappop(self._ends)
            held = self._held.get(token)
            if held is not None and held.seen is Seen.RUNNING and held.ends == ends:
                self._leave(held)
                self._gone.append(token)
                self.yard.end(token, ends, held.code, stopped=held.stopped)
        while self._waiting:
            held = self._held.get(self._waiting[0])
            if held is not None and held.seen is Seen.WAITING:
                if held.launch.accelerators > self.free:
                    break
                self._begin(held, now)
            self._waiting.popleft()
        while len(self._gone) > REMEMBERED:
            self._held.pop(self._gone.popleft(), None)

    def _begin(self, held: _Held, now: float) -> None:
        token = held.launch.token
        if not self.yard.begin(token, now, node=self.cluster):
            held.seen = Seen.GONE
            self._gone.append(token)
            return
        seconds, held.code = self._duration(held.launch)
        held.seen, held.began, held.ends = Seen.RUNNING, now, now + seconds
        heapq.heappush(self._ends, (held.ends, token))
        self._used += held.launch.accelerators

    def forget_last(self, count: int) -> None:
        """Forget the last attempts it acknowledged, and hand their identifiers out again."""
        for token in list(self._held)[-count:]:
            held = self._held.pop(token)
            if held.seen is Seen.RUNNING:
                self._used -= held.launch.accelerators
            self._next -= 1

    def lose(self, node: str | None = None) -> None:
        """Take a node down, or all of them: what runs there is gone without a word."""
        for name, old in self._nodes.items():
            if node in (None, name):
                self._nodes[name] = Node(
                    name=name,
                    accelerator=old.accelerator,
                    accelerators=old.accelerators,
                    state=NodeState.DOWN,
                )
        for held in self._held.values():
            if held.seen is Seen.RUNNING:
                held.ends = self._clock()
                self._leave(held)

    def next_end(self) -> float:
        """Give when the next of what runs ends; infinite where nothing does."""
        return self._ends[0][0] if self._ends else math.inf

    def restore(self) -> None:
        """Take all nodes up again, empty."""
        self._nodes = {
            name: replace(node, state=NodeState.UP) for name, node in self._nodes.items()
        }

    def _leave(self, held: _Held) -> None:
        held.seen = Seen.GONE
        self._used -= held.launch.accelerators

    def _take(self, launch: Launch) -> Answer:
        known = self._held.get(launch.token)
        if known is not None:
            return Submitted(known.engine_id)
        if launch.accelerators > sum(node.accelerators for node in self._nodes.values()):
            return Refused("more accelerators than the cluster has", lasting=True)
        engine_id = str(self._next)
        self._next += 1
        self._held[launch.token] = _Held(launch, engine_id)
        self._waiting.append(launch.token)
        if self.answers_lost > 0:
            self.answers_lost -= 1
            return Unsure("the answer was lost")
        return Submitted(engine_id)

    def _reach(self) -> None:
        if self.unreachable:
            raise EngineError(self.cluster, "the engine does not answer")
