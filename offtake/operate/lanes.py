"""A lane a cluster: everything slow or broken about its engine happens there, and nowhere else.

    controller ──do(submit, stop, revoke)──> lane ──> engine, yard
         ^──────── inbox: what came of it ────┘

Each lane has its own thread, its own queue and its own patience: an engine that hangs holds up
its lane, not the others. A lane that fails goes on trying, ever more seldom; how long it has been
out of reach is its health, and the controller's to judge.

`step` does what is due, once, in the caller's thread: tests drive it by a clock of their own.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from offtake.errors import OfftakeError
from offtake.operate.engines.port import (
    Answer,
    Engine,
    Launch,
    Node,
    Report,
    Sighting,
    Usage,
    Yard,
)


class Health(StrEnum):
    """How an engine is, as far as its lane knows."""

    OK = "ok"
    """It answers."""
    DEGRADED = "degraded"
    """Its last call failed."""
    SUSPECT = "suspect"
    """It has failed for a while: nothing new is handed in; what it has is left alone."""
    LOST = "lost"
    """It has failed for so long, or somebody said so, that its work is begun elsewhere."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of handing in attempts."""

    answers: Sequence[tuple[str, Answer]]
    """Token and answer."""


@dataclass(frozen=True, slots=True)
class Fenced:
    """What came of revoking tokens."""

    kept: Sequence[tuple[str, bool]]
    """Token, and whether it never began and never will."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A complete list of an engine, and then what the yard reported."""

    asked_at: float
    """When the list was asked for."""
    sightings: Mapping[str, Sighting]
    """By token."""
    reports: Sequence[Report]
    """Read after the list was made: who ended before the list is among them."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the yard reported between lists."""

    reports: Sequence[Report]
    """Begins and ends."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The nodes of a cluster."""

    nodes: Sequence[Node]
    """All of them."""


@dataclass(frozen=True, slots=True)
class Accounted:
    """What an engine's accounting says."""

    usage: Mapping[str, Usage]
    """By token."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What `heal` did."""

    lines: Sequence[str]
    """A line each."""


@dataclass(frozen=True, slots=True)
class Failing:
    """A call that failed."""

    reason: str
    """Why."""
    since: float
    """When the first of an unbroken row of failures was."""


@dataclass(frozen=True, slots=True)
class Well:
    """A call went well after some had failed."""


News = Answered | Fenced | Listed | Told | Counted | Accounted | Mended | Failing | Well


@dataclass(slots=True, eq=False)
class _Letter:
    """Something a lane has to tell."""

    cluster: str
    news: News


class Inbox:
    """Clusters and what their lanes have to tell, in order.

    What a yard reports it reports again until that is forgotten: the last word takes the place of
    one that was not read, or a round that takes long would have ever more to read.
    """

    def __init__(self, told: Callable[[], None] = lambda: None) -> None:
        """Begin empty; somebody may be told whenever something comes."""
        self.told = told
        self._lock = threading.Lock()
        self._letters: deque[_Letter] = deque()
        self._reports: dict[str, _Letter] = {}

    def put(self, item: tuple[str, News]) -> None:
        """Put something in."""
        cluster, news = item
        with self._lock:
            unread = self._reports.get(cluster)
            if isinstance(news, Told) and unread is not None:
                unread.news = news
            else:
                letter = _Letter(cluster, news)
                self._letters.append(letter)
                if isinstance(news, Told):
                    self._reports[cluster] = letter
        self.told()

    def get(self) -> tuple[str, News]:
        """Take out what came first."""
        with self._lock:
            letter = self._letters.popleft()
            if self._reports.get(letter.cluster) is letter:
                del self._reports[letter.cluster]
            return letter.cluster, letter.news

    def empty(self) -> bool:
        """Tell whether there is nothing."""
        return not self._letters

    def stale(self, cluster: str) -> None:
        """Throw away the last word of a yard: what is not to be forgotten comes again."""
        with self._lock:
            letter = self._reports.pop(cluster, None)
            if letter is not None:
                self._letters.remove(letter)


ACCOUNT_TRIES = 100
"""How often an engine's accounting is asked for an attempt until it is left without its word."""
ACCOUNT_REST_S = 60.0
"""How long an accounting that cannot be reached is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a lane looks, in seconds."""

    reports_s: float = 0.1
    """At what the yard reports."""
    listing_s: float = 2.0
    """At the list of the engine."""
    nodes_s: float = 5.0
    """At its nodes."""
    heal_s: float = 15.0
    """For what is to be mended."""
    accounts_s: float = 5.0
    """At the engine's accounting, for attempts that are over."""
    worst_s: float = 10.0
    """Longest pause after failures."""
    batch: int = 200
    """Attempts handed in at once."""


@dataclass(frozen=True, slots=True)
class _Work:
    submits: tuple[Launch, ...] = ()
    stops: tuple[str, ...] = ()
    revokes: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    forgets: tuple[Report, ...] = ()


class Lane:
    """The queue of one cluster's engine, and what it tells."""

    def __init__(
        self,
        cluster: str,
        engine: Engine,
        yard: Yard,
        inbox: Inbox,
        *,
        pace: Pace | None = None,
        clock: Callable[[], float],
    ) -> None:
        """Begin with nothing to do."""
        self.cluster = cluster
        self.engine = engine
        self.yard = yard
        self._inbox = inbox
        self._pace = Pace() if pace is None else pace
        self._clock = clock
        self._asked: queue.SimpleQueue[_Work] = queue.SimpleQueue()
        self._left: list[_Work] = []
        self._due = dict.fromkeys(("reports", "listing", "nodes", "heal", "accounts"), 0.0)
        self._unaccounted: dict[str, int] = {}
        self._failing_since: float | None = None
        self._pause_until = 0.0
        self._pause_s = 0.0
        self._wake = threading.Event()
        self._ends = False
        self._thread: threading.Thread | None = None

    def submit(self, launches: Sequence[Launch]) -> None:
        """Have attempts handed in, in this order."""
        for first in range(0, len(launches), self._pace.batch):
            self._ask(_Work(submits=tuple(launches[first : first + self._pace.batch])))

    def stop(self, tokens: Sequence[str]) -> None:
        """Have attempts asked to end."""
        self._ask(_Work(stops=tuple(tokens)))

    def revoke(self, tokens: Sequence[str]) -> None:
        """Have tokens revoked in the yard."""
        self._ask(_Work(revokes=tuple(tokens)))

    def account(self, tokens: Sequence[str]) -> None:
        """Have the engine's accounting asked, soon and some times again where it is silent."""
        self._ask(_Work(accounts=tuple(tokens)))

    def forget(self, reports: Sequence[Report]) -> None:
        """Have reports let go of that are committed."""
        self._inbox.stale(self.cluster)
        self._ask(_Work(forgets=tuple(reports)))

    def step(self) -> bool:
        """Do what is due, once; gives whether there was anything."""
        now = self._clock()
        if now < self._pause_until:
            return False
        did = False
        try:
            did = self._work()
            did = self._look(now) or did
        except OfftakeError as error:
            self._failed(str(error.faults[0].what))
            return True
        if did and self._failing_since is not None:
            self._failing_since, self._pause_s = None, 0.0
            self._tell(Well())
        return did

    def start(self) -> None:
        """Go on in a thread of its own until `close`."""
        self._thread = threading.Thread(target=self._run, name=f"lane-{self.cluster}", daemon=True)
        self._thread.start()

    def close(self, patience_s: float = 2.0) -> None:
        """Stop; a call that hangs is left behind."""
        self._ends = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(patience_s)

    def _run(self) -> None:
        while not self._ends:
            if not self.step():
                self._wake.wait(self._pace.reports_s)
                self._wake.clear()

    def _ask(self, work: _Work) -> None:
        self._asked.put(work)
        self._wake.set()

    def _work(self) -> bool:
        """Carry out what was asked for, in order; what fails stays first in line."""
        while not self._asked.empty():
            self._left.append(self._asked.get())
        did = bool(self._left)
        while self._left:
            self._carry_out(self._left[0])
            del self._left[0]
        return did

    def _carry_out(self, work: _Work) -> None:
        if work.submits:
            self._hand_in(work.submits)
        if work.stops:
            self.engine.stop(work.stops)
        if work.revokes:
            self._tell(Fenced([(token, self.yard.revoke(token)) for token in work.revokes]))
        self._unaccounted.update(dict.fromkeys(work.accounts, ACCOUNT_TRIES))
        if work.forgets:
            self.yard.forget(work.forgets)

    def _hand_in(self, launches: tuple[Launch, ...]) -> None:
        try:
            self.yard.prepare(launches)
            answers = self.engine.submit(launches)
        except OfftakeError:
            # Whether they arrived is not known: they are found by token, or revoked. They are
            # not handed in again under the same tokens by a lane that only hopes.
            del self._left[0]
            raise
        self._tell(Answered([(a.token, b) for a, b in zip(launches, answers, strict=True)]))

    def _look(self, now: float) -> bool:
        did = False
        if self._is_due("listing", now, self._pace.listing_s):
            sightings = self.engine.sightings()
            self._tell(Listed(now, sightings, self.yard.reports()))
            self._due["reports"] = now + self._pace.reports_s
            did = True
        elif self._is_due("reports", now, self._pace.reports_s):
            reports = self.yard.reports()
            if reports:
                self._tell(Told(reports))
                did = True
        if self._is_due("nodes", now, self._pace.nodes_s):
            self._tell(Counted(self.engine.nodes()))
            did = True
        if self._is_due("heal", now, self._pace.heal_s):
            lines = self.engine.heal()
            if lines:
                self._tell(Mended(lines))
                did = True
        if self._unaccounted and self._is_due("accounts", now, self._pace.accounts_s):
            did = self._account(now) or did
        return did

    def _account(self, now: float) -> bool:
        """Ask the accounting for the oldest of those it has not told of.

        It is the second witness: that it cannot be reached, or is late, keeps nothing from being
        handed in for long. Who is asked for in vain too often stays without its word.
        """
        tokens = list(self._unaccounted)[: self._pace.batch]
        try:
            found = self.engine.usage(tokens)
        except OfftakeError:
            self._due["accounts"] = now + ACCOUNT_REST_S
            return False
        for token in tokens:
            tries = self._unaccounted.pop(token) - 1
            if token not in found and tries > 0:
                self._unaccounted[token] = tries
        if found:
            self._tell(Accounted(found))
        return bool(found)

    def _is_due(self, what: str, now: float, every: float) -> bool:
        if now < self._due[what]:
            return False
        self._due[what] = now + every
        return True

    def _failed(self, reason: str) -> None:
        now = self._clock()
        if self._failing_since is None:
            self._failing_since = now
        self._pause_s = min(self._pace.worst_s, max(0.25, 2.0 * self._pause_s))
        self._pause_until = now + self._pause_s
        self._tell(Failing(reason, self._failing_since))

    def _tell(self, news: News) -> None:
        self._inbox.put((self.cluster, news))
