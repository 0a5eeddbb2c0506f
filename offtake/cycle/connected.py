"""A desk on a store, as the front door gives it: adopt, submit, close a month, learn.

with offtake.connect("work.db") as desk:
desk.adopt(plan)
desk.submit(job)
statement = desk.close("2026-11")
portfolio = desk.learn()
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from offtake.cycle.adopted import Proposal, propose, take_effect
from offtake.cycle.driving import Engines
from offtake.cycle.reading import remember, world_of
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.files import read
from offtake.measure.learning import learn, with_delays
from offtake.model.contract import Contract
from offtake.model.installation import Installation
from offtake.model.month import Month
from offtake.model.period import Quarter
from offtake.model.plan import Plan
from offtake.model.portfolio import Portfolio
from offtake.model.records import Records
from offtake.model.statement import Statement
from offtake.model.work import JobSpec, JobState
from offtake.operate.rows import CLUSTER
from offtake.operate.service import Service
from offtake.plan.derated import derated
from offtake.store import work
from offtake.store.adoptions import Adopted, adopted_contracts, last_adoption
from offtake.store.facts import records as all_records
from offtake.store.month_end import close_month
from offtake.store.opening import open_store
from offtake.store.watching import watched

YARDS = "work.yards"
"""Folder of attempts where none is named."""


class Connected:
    """Store and controller behind one desk."""

    def __init__(
        self, url: str | Path, *, folder: Path | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """Open the store; the controller begins with the first job, or the first adoption.

        Args:
            url: a file of SQLite, or the URL of a database.
            folder: where attempts of local clusters are started; None is `work.yards`.
            clock: gives seconds since 1970 UTC.

        Raises:
            OfftakeError: the store cannot be opened.
        """
        self.store = open_store(url, upgrade=True)
        self._url, self._clock = url, clock
        self._folder = Path(YARDS) if folder is None else folder
        self._service: Service | None = None
        self._world: Portfolio | None = None

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go; jobs go on."""
        self.disconnect()

    def disconnect(self) -> None:
        """Let go of store and controller; jobs go on, and whoever connects next finds them."""
        self._rest()
        self.store.close()

    def adopt(
        self,
        plan: Plan,
        *,
        world: Portfolio | None = None,
        through: Quarter | None = None,
        engines: Engines | None = None,
        folder: Path | None = None,
        replace: bool = False,
    ) -> Proposal:
        """Make contracts of what a plan signs, and clusters of the contracts; gives what changed.

        Args:
            plan: the plan.
            world: the world it was made from; None is the one that was read in this process.
            through: last quarter whose signings are adopted; None is the plan's first.
            engines: which engine drives which cluster.
            folder: gets the world with its contracts, and the installation; None writes none.
            replace: let it take the place of what was adopted before.

        Raises:
            OfftakeError: as `propose` and `take_effect`, or the world is not known (`OTK-E110`).
        """
        held = world or world_of(plan)
        made = propose(plan, held, self.store, folder, through=through, engines=engines)
        take_effect(made, self.store, folder, now=self._clock(), replace=replace)
        self._world = made.adoption.world
        remember(self._world)
        self._rest()
        return made

    def submit(self, jobs: JobSpec | Iterable[JobSpec]) -> tuple[str, ...]:
        """Hand jobs in; they are on disk when this gives back their names.

        Raises:
            OfftakeError: a job fits nowhere, or nothing is adopted (`OTK-E114`).
        """
        specs = [jobs] if isinstance(jobs, JobSpec) else list(jobs)
        return self._running().desk.submit(specs).jobs

    def deliver(self, cluster: str, accelerators: int | None = None) -> None:
        """Say that a cluster's accelerators can be used: all of them where no number is given.

        Raises:
            OfftakeError: there is no such cluster (`OTK-E027`).
        """
        desk = self._running().desk
        count = desk.cluster(cluster).accelerator_count if accelerators is None else accelerators
        desk.say(cluster, "delivered", usable=count)

    def job(self, name: str) -> Mapping[str, Any]:
        """Give a job with its attempts and what happened to it.

        Raises:
            OfftakeError: there is no such job (`OTK-E020`).
        """
        return self._running().desk.job(name)

    def wait(self, names: Iterable[str], *, seconds: float = 600.0) -> bool:
        """Wait until jobs are over; gives whether they all are before so many seconds are."""
        desk, ends = self._running().desk, time.monotonic() + seconds
        left = list(names)
        while left:
            left = [name for name in left if not JobState(desk.job(name)["state"]).final]
            if left and time.monotonic() > ends:
                return False
            if left:
                time.sleep(0.05)
        return True

    def close(self, month: Month | str, *, records: Records | None = None) -> Statement:
        """Settle a month along the chain, book it and close it; gives its statement.

        Args:
            month: the month, such as `2026-11`; the one after the last that was closed.
            records: facts to be added first: acceptances, energy, tariffs.

        Raises:
            OfftakeError: nothing is adopted (`OTK-E114`), or as `close_month`.
        """
        meant = Month.parse(month) if isinstance(month, str) else month
        now = datetime.fromtimestamp(self._clock(), UTC).replace(microsecond=0)
        return close_month(self.store, self._contracts(), meant, records=records, now=now).statement

    def learn(self) -> Portfolio:
        """Give the world as operation taught it: goodput by accelerator and site, and delays.

        Raises:
            OfftakeError: nothing ran (`OTK-E120`), or nothing is adopted (`OTK-E114`).
        """
        contracts = self._contracts()
        ends = datetime.fromtimestamp(self._clock(), UTC)
        with self.store.reading() as connection:
            seen, facts = watched(connection), all_records(connection)
        found = learn(seen, contracts, facts.events, ends=ends)
        world = with_delays(derated(self._known_world(), found.derating), found)
        remember(world)
        return world

    def _known_world(self) -> Portfolio:
        if self._world is None:
            folder = self._last().folder
            if not folder:
                raise OfftakeError(_nothing("no world was written where it was adopted"))
            self._world = read(folder)
        return replace(self._world, contracts=self._contracts())

    def _last(self) -> Adopted:
        with self.store.reading() as connection:
            last = last_adoption(connection)
        if last is None:
            raise OfftakeError(_nothing("no plan is adopted"), exit=Exit.USAGE)
        return last

    def _contracts(self) -> tuple[Contract, ...]:
        last = self._last()
        with self.store.reading() as connection:
            return adopted_contracts(connection, last)

    def _running(self) -> Service:
        """Give the service, begun on the clusters the store holds."""
        if self._service is None:
            self._last()
            with self.store.reading() as connection:
                rows = work.clusters(connection)
            specs = tuple(CLUSTER.validate_json(row["body"]) for row in rows)
            made = Installation(clusters=specs)
            self._service = Service(self._url, made, self._folder, clock=self._clock)
            self._service.start()
        return self._service

    def _rest(self) -> None:
        if self._service is not None:
            self._service.close()
            self._service = None


def connect(
    url: str | Path, *, folder: Path | None = None, clock: Callable[[], float] = time.time
) -> Connected:
    """Connect to a store and its controller: a file of SQLite, or the URL of a PostgreSQL.

    Raises:
        OfftakeError: the store cannot be opened.
    """
    return Connected(url, folder=folder, clock=clock)


def _nothing(what: str) -> Fault:
    where, hint = Where(path="desk"), "desk.adopt(plan) first"
    return Fault(code="OTK-E114", what=what, where=where, hint=hint)
