"""A month of operation by a clock that is moved: the control plane as it is, engines simulated.

    work ──desk──> store <──controller──> lanes ──> engines in memory
                     ^                       a clock that jumps from one thing to the next
                     └── readings of attempts, as any month has them

Desk, controller, rules of placement, attempts and metering are those of `offtake serve`; only
the bodies of jobs and the clock are not real.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter

from sqlalchemy import select

from offtake.model.installation import Installation
from offtake.model.work import JobSpec
from offtake.operate.controller import Controller
from offtake.operate.desk import Desk
from offtake.operate.engines.memory import MemoryEngine
from offtake.operate.engines.simulated import simulated
from offtake.operate.lanes import Inbox, Lane, Pace
from offtake.operate.placement import Placement
from offtake.store import work_tables
from offtake.store.opening import Store

STEP_S = 21_600.0
"""Longest the clock jumps."""
SETTLE_S = 30.0
"""How far it jumps while something is under way between controller and engines."""
ROUNDS = 8
"""Rounds after each thing that happens, so that what follows from it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Jobs that are handed in at a moment."""

    at: datetime
    """When."""
    jobs: tuple[JobSpec, ...]
    """What."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A site that goes dark for a while: what runs there is gone without a word."""

    site: str
    """Which."""
    starts: datetime
    """When it goes dark."""
    ends: datetime
    """When it is back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """Accelerators of a cluster that can be used from a moment on."""

    cluster: str
    """Which."""
    at: datetime
    """From when."""
    accelerator_count: int
    """How many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What happens in a month, from outside."""

    starts: datetime
    """First moment."""
    ends: datetime
    """Moment it is over."""
    submissions: tuple[Submission, ...]
    """Work that is handed in."""
    outages: tuple[Outage, ...] = ()
    """Sites that go dark."""
    delivered: tuple[Delivered, ...] = ()
    """Capacity that comes late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What became of a month's work."""

    states: Mapping[str, int]
    """Jobs by state."""
    attempts: int
    """Attempts that began."""
    again: int
    """Jobs that began again after a site was lost."""
    useful_s: Mapping[str, float]
    """By cluster, accelerator-seconds of attempts that did their work to the end."""
    metered_s: Mapping[str, float]
    """By cluster, accelerator-seconds of attempts that ran at all."""
    rounds: int
    """Rounds the controller went."""


class _Month:
    """Engines, lanes, desk and controller on a store, by a clock of their own."""

    def __init__(self, store: Store, installation: Installation, starts: datetime) -> None:
        self.now = starts.timestamp()
        self.installation = installation
        self.engines: dict[str, MemoryEngine] = {
            c.id: simulated(
                c.id,
                clock=self.clock,
                accelerator=c.accelerator,
                accelerators=c.accelerator_count,
                accelerators_per_node=c.accelerators_per_node_count,
            )
            for c in installation.clusters
        }
        self.desk = Desk(store, installation, clock=self.clock)
        inbox: Inbox = Inbox()
        pace = Pace()
        self.lanes = {
            name: Lane(name, engine, engine.yard, inbox, pace=pace, clock=self.clock)
            for name, engine in self.engines.items()
        }
        placing = Placement(installation.clusters, installation.tenants)
        placing.warm()
        self.controller = Controller(
            store,
            installation,
            self.lanes,
            inbox,
            lambda: placing,
            clock=self.clock,
            holder="month",
        )
        self.rounds = 0

    def clock(self) -> float:
        """Give the time it is here."""
        return self.now

    def round(self) -> bool:
        """Let lanes and controller do what is due; gives whether something changed."""
        for lane in self.lanes.values():
            lane.step()
        self.rounds += 1
        return not self.controller.cycle().empty

    def settle(self) -> None:
        """Go round until nothing follows any more."""
        for _ in range(ROUNDS):
            self.now += SETTLE_S / ROUNDS
            if not self.round():
                break

    def until(self, then: float) -> None:
        """Let time pass."""
        while self.now < then:
            ends = min((e.next_end() for e in self.engines.values()), default=then)
            self.now = max(self.now + 1.0, min(then, self.now + STEP_S, ends))
            if self.round():
                self.settle()

    def at(self, site: str) -> list[str]:
        """Name the clusters of a site."""
        return [c.id for c in self.installation.clusters if c.site == site]


def live(store: Store, installation: Installation, script: Script) -> Ran:
    """Live through a month: hand in what the script says, lose what it loses, meter it all.

    Args:
        store: holds the clusters; gets jobs, attempts and readings.
        installation: what there is to run on; every engine is simulated.
        script: what happens from outside.
    """
    month = _Month(store, installation, script.starts)
    try:
        for when, happens in sorted(_happenings(month, script), key=itemgetter(0)):
            month.until(when)
            happens()
            month.settle()
        month.until(script.ends.timestamp())
        month.settle()
        return _ran(month, store)
    finally:
        month.desk.close()


def _happenings(month: _Month, script: Script) -> Iterator[tuple[float, Callable[[], None]]]:
    """Give what happens from outside, with when."""
    for each in script.submissions:
        yield each.at.timestamp(), partial(_submit, month, each)
    for late in script.delivered:
        yield late.at.timestamp(), partial(_deliver, month, late)
    for outage in script.outages:
        yield outage.starts.timestamp(), partial(_lose, month, outage.site)
        yield outage.ends.timestamp(), partial(_find, month, outage.site)


def _submit(month: _Month, submission: Submission) -> None:
    month.desk.submit(submission.jobs)


def _deliver(month: _Month, late: Delivered) -> None:
    month.desk.say(late.cluster, "delivered", usable=late.accelerator_count)


def _lose(month: _Month, site: str) -> None:
    for cluster in month.at(site):
        month.engines[cluster].lose()
        month.desk.say(cluster, "lost")


def _find(month: _Month, site: str) -> None:
    for cluster in month.at(site):
        month.engines[cluster].restore()
        month.desk.say(cluster, "found")


def _ran(month: _Month, store: Store) -> Ran:
    """Count what became of it, from what the store holds."""
    a, j = work_tables.attempt.c, work_tables.job.c
    asked = select(
        a.job,
        a.cluster,
        a.state,
        a.gpu_seconds,
        a.engine_gpu_seconds,
        a.number,
        j.state.label("job_state"),
    ).join(work_tables.job, j.id == a.job)
    with store.reading() as connection:
        rows = connection.execute(asked).all()
    last: dict[str, int] = {}
    for row in rows:
        last[row.job] = max(last.get(row.job, 0), row.number)
    useful: dict[str, float] = dict.fromkeys(month.engines, 0.0)
    metered: dict[str, float] = dict.fromkeys(month.engines, 0.0)
    for row in rows:
        seconds = row.gpu_seconds if row.gpu_seconds is not None else row.engine_gpu_seconds
        metered[row.cluster] += seconds or 0.0
        if row.job_state == "succeeded" and row.number == last[row.job]:
            useful[row.cluster] += seconds or 0.0
    return Ran(
        states=month.desk.counts(),
        attempts=len(rows),
        again=sum(1 for number in last.values() if number > 1),
        useful_s=useful,
        metered_s=metered,
        rounds=month.rounds,
    )
