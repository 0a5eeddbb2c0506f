"""Two control planes on one store: one leads, the other takes over, the stale do nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from offtake.errors import OfftakeError
from offtake.operate.controller import LEASE_S, Controller
from offtake.operate.lanes import Inbox, Lane
from offtake.store import work_tables
from offtake.store.facts import records
from offtake.store.opening import open_store
from tests.operate.world import FirstFit, World


class Replica:
    """Another process on the store of a world: its own connections, lanes and memory."""

    def __init__(self, world: World, url: str, holder: str) -> None:
        self.world = world
        self.store = open_store(url)
        self.inbox: Inbox = Inbox()
        self.lanes = {
            name: Lane(name, engine, engine.yard, self.inbox, clock=lambda: world.now)
            for name, engine in world.engines.items()
        }
        clusters = {c.id: c for c in world.installation.clusters}
        self.controller = Controller(
            self.store,
            world.installation,
            self.lanes,
            self.inbox,
            lambda: FirstFit(clusters),
            clock=lambda: world.now,
            holder=holder,
        )

    def step(self) -> None:
        for lane in self.lanes.values():
            lane.step()
        self.controller.cycle()


@pytest.fixture
def world(url: str) -> Iterator[World]:
    made = World(url)
    yield made
    made.close()


@pytest.fixture
def other(world: World, url: str) -> Iterator[Replica]:
    made = Replica(world, url, "two")
    yield made
    made.store.close()


def test_the_other_takes_over_and_nothing_is_done_twice(world: World, other: Replica) -> None:
    jobs = list(world.submit("sleep 3", 10, accelerator_count=4))
    for _ in range(8):
        world.step()
        other.step()
    assert world.controller.leads
    assert not other.controller.leads
    led_until = world.now
    while not other.controller.leads:  # the leader says nothing more
        world.now += 0.5
        jobs += world.submit("sleep 2", accelerator_count=4)
        other.step()
        assert world.now < led_until + LEASE_S + 2.0
    assert world.now >= led_until + LEASE_S / 2.0
    for _ in range(160):
        world.now += 0.25
        other.step()
    assert {world.state(job) for job in jobs} == {"succeeded"}
    attempts = [a for job in jobs for a in world.desk.job(job)["attempts"]]
    assert len(world.begins()) == sum(a["state"] == "ended" for a in attempts) == len(jobs)
    with world.store.reading() as connection:
        assert records(connection).readings.amount.sum() == 4 * (3 * 10 + 2 * (len(jobs) - 10))


def test_who_waits_to_lead_keeps_no_old_news(world: World, other: Replica) -> None:
    for _ in range(40):
        world.step()
        other.step()
    assert other.inbox.empty()


def test_a_stale_leader_that_does_not_know_it_changes_nothing(world: World, other: Replica) -> None:
    world.submit("sleep 3", 4)
    world.step()
    world.now += LEASE_S + 1.0
    other.step()
    assert other.controller.leads
    world.submit("sleep 3", 4)
    world.controller._renew_at = math.inf  # as one whose clock stood still
    before = _all(world)
    with pytest.raises(OfftakeError, match="OTK-E028"):
        world.controller.cycle()
    assert _all(world) == before
    assert not world.controller.leads
    assert not world.controller.cycle().events


def _all(world: World) -> list[object]:
    tables = (work_tables.job, work_tables.attempt, work_tables.job_event)
    with world.store.reading() as connection:
        return [tuple(row) for table in tables for row in connection.execute(select(table))]
