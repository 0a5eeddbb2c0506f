"""The port of engines: what the control plane asks of whatever runs jobs.

    control plane ──submit, stop──> engine ──runs──> wrapper ──> body
          ^  └──prepare, revoke──> yard <──begins, ends──┘ │
          └────────────reports─────┘     (once a token) <──┘

An attempt is known by its **token**, 128 random bits, and by nothing else: engines give out
identifiers before they remember them, and give them out again. The engine carries the token as
the name of the job. Whether a body began, and how it ended, is written down in the *yard* by a
wrapper round it; the engine's word is the second witness.

Every call may block and is made by one thread a cluster, never inside a transaction. A call that
fails raises `EngineError`; one whose outcome is not known says `Unsure`, and is found out about
later, by token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from offtake.errors import Exit, Fault, OfftakeError, Where


class EngineError(OfftakeError):
    """An engine that could not be asked, or answered with an error; what it did is not known."""

    def __init__(self, cluster: str, what: str, *, code: str = "OTK-E001", hint: str = "") -> None:
        """Say which cluster's engine failed, and how."""
        fault = Fault(code=code, what=what, where=Where(path=f"clusters.{cluster}"), hint=hint)
        super().__init__(fault, exit=Exit.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One attempt, ready to be handed to an engine."""

    token: str
    """Who it is: 32 hexadecimal digits, the name the engine keeps it under."""
    job: str
    """Job it is an attempt of."""
    name: str
    """What people call the job."""
    command: tuple[str, ...]
    """What the engine runs: the wrapper, the yard and the token. Never to be joined by a shell."""
    log: str
    """File for what it prints, as nodes see it."""
    folder: str | None
    """Folder it runs in, as nodes see it; None is the wrapper's own choice."""
    script: str
    """What the wrapper runs; the yard holds it, engines need not look."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment of the body; the yard holds it, engines need not look."""
    accelerator: str = ""
    """Type of accelerator, as the cluster names it."""
    accelerators: int = 1
    """Accelerators it holds."""
    nodes: int = 1
    """Whole nodes it holds; 1 where it shares one."""
    limit_s: float = 86_400.0
    """Longest it may run."""
    grace_s: float = 30.0
    """From TERM until KILL when it is stopped."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """The engine says that it has the attempt. It may forget it yet."""

    engine_id: str
    """What the engine calls it: a hint for people and for `stop`."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The engine will not have the attempt, and does not have it."""

    reason: str
    """Its words."""
    lasting: bool = False
    """Whether it would say so again: an unknown type, more than there is."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """It is not known whether the engine has the attempt: a lost answer, a time-out."""

    reason: str
    """What happened."""


Answer: TypeAlias = Submitted | Refused | Unsure
"""What came of handing in one attempt."""


class Seen(StrEnum):
    """What an engine says of an attempt it knows."""

    WAITING = "waiting"
    """In its queue."""
    RUNNING = "running"
    """On its nodes."""
    HELD = "held"
    """In its queue, and it will not run without help: `heal` may give it."""
    GONE = "gone"
    """It ended, one way or another; the yard knows how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An attempt as an engine lists it."""

    token: str
    """Which."""
    engine_id: str
    """What the engine calls it."""
    seen: Seen
    """Where it is."""
    reason: str = ""
    """Why, in the engine's words."""
    nodes: tuple[str, ...] = ()
    """Nodes it is on."""


class NodeState(StrEnum):
    """Whether a node can be used."""

    UP = "up"
    """Jobs run on it, or could."""
    DRAINED = "drained"
    """Taken out of use on purpose, or by the engine."""
    DOWN = "down"
    """Does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node of a cluster as its engine sees it."""

    name: str
    """What it is called."""
    accelerator: str
    """Type of its accelerators."""
    accelerators: int
    """How many it has."""
    state: NodeState = NodeState.UP
    """Whether it can be used."""
    reason: str = ""
    """Why not, in the engine's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an engine's own accounting says an attempt used: the second witness."""

    token: str
    """Which."""
    gpu_seconds: float
    """Accelerator-seconds it held, from begin to end."""
    joules: float | None = None
    """Energy, where the engine measures it."""
    source: str = ""
    """Which accounting says so."""


class Engine(Protocol):
    """What runs jobs on one cluster."""

    cluster: str
    """Cluster it drives."""
    settle_s: float
    """Longest from an answer to `submit` until the attempt is listed for good, or lost for good:
    the engine's own time-outs and the lag of its saved state."""

    def submit(self, launches: Sequence[Launch]) -> Sequence[Answer]:
        """Hand in attempts, in order, and say of each what came of it.

        An attempt whose token the engine knows already is not handed in twice.

        Raises:
            EngineError: the engine cannot be reached; nothing is known of any of them.
        """
        ...

    def sightings(self) -> Mapping[str, Sighting]:
        """List the attempts the engine knows, by token; of those that ended, the last at least.

        Jobs that are not ours are left out.

        Raises:
            EngineError: the list could not be had. It is never cut short: no list is better
                than a part of one, because who is missing on it is taken for lost.
        """
        ...

    def stop(self, tokens: Sequence[str]) -> None:
        """Ask attempts to end: those that wait are taken back, those that run get TERM, then KILL.

        Tokens it does not know are passed over; asking twice changes nothing.

        Raises:
            EngineError: the engine cannot be reached.
        """
        ...

    def nodes(self) -> tuple[Node, ...]:
        """List the nodes of the cluster and their state.

        Raises:
            EngineError: the engine cannot be reached.
        """
        ...

    def usage(self, tokens: Sequence[str]) -> Mapping[str, Usage]:
        """Give what the engine's accounting says of attempts; those it has no word of are left out.

        Raises:
            EngineError: the accounting cannot be reached.
        """
        ...

    def heal(self) -> tuple[str, ...]:
        """Mend what is known to go wrong with this engine, and say what was done, a line each.

        Raises:
            EngineError: the engine cannot be reached.
        """
        ...

    def close(self) -> None:
        """Let go of connections; jobs go on."""
        ...


class Yard(Protocol):
    """Where attempts of a site are made ready, begun at most once, and reported."""

    def prepare(self, launches: Sequence[Launch]) -> None:
        """Write down what each attempt's wrapper will need, before any engine hears of it.

        Raises:
            EngineError: it cannot be written (`OTK-E003`).
        """
        ...

    def command(self, token: str) -> tuple[str, ...]:
        """Give the command an engine runs for a token."""
        ...

    def log(self, token: str) -> str:
        """Give the file, as nodes see it, that an attempt prints to."""
        ...

    def revoke(self, token: str) -> bool:
        """See to it that a token never begins; True where it had not begun, and now never will.

        Revoking and beginning are one mark that only one of them can set.

        Raises:
            EngineError: the yard is out of reach: nothing is known, nothing may be run again.
        """
        ...

    def reports(self) -> Sequence[Report]:
        """Give the begins and ends written down and not yet forgotten, begins before ends.

        Raises:
            EngineError: the yard is out of reach.
        """
        ...

    def forget(self, reports: Sequence[Report]) -> None:
        """Let go of reports that are committed elsewhere; their tokens can still not begin."""
        ...

    def tail(self, token: str, offset: int, most: int) -> bytes:
        """Give at most so many bytes an attempt printed, from an offset on; none yet is empty."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a wrapper wrote down: that its body began, or how it ended."""

    token: str
    """Which."""
    began_at: float
    """When the body began, in seconds since 1970 UTC by the node's clock."""
    ended_at: float | None = None
    """When it ended; None has only begun."""
    exit_code: int | None = None
    """Its exit status, 128 and the signal where one ended it; None has only begun."""
    stopped: bool = False
    """Whether it was asked to stop before it ended."""
    node: str = ""
    """Node the wrapper ran on."""
