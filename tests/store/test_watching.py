"""A month closed from what a control plane ran: each second once, and its outages in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import select

from offtake.cli.watching_use import unsettled
from offtake.ledger.tracing import trace
from offtake.model.charge import ChargeKind
from offtake.model.clause import Basis, CreditTier, Quantity, Rate, Scope, ServiceLevel
from offtake.model.contract import Contract, Tranche
from offtake.model.event import EventKind
from offtake.model.month import Month
from offtake.store import work_tables
from offtake.store.month_end import MonthEnd, close_month
from offtake.store.watching import settled_by, watched
from tests.operate.world import World

JANUARY = Month(2027, 1)
EVE = datetime(2027, 1, 31, 23, 59, 50, tzinfo=UTC).timestamp() + 0.31


def tranche(site: str) -> Tranche:
    return Tranche(
        id=site,
        site=site,
        accelerator="H100",
        accelerator_count=16,
        node_count=2,
        due=date(2027, 1, 1),
        accepted=date(2027, 1, 1),
        term_months=24,
    )


LEVEL = ServiceLevel(
    id="up",
    scope=Scope.NODE,
    credits=(CreditTier(below_share=Decimal("0.9999"), credit_share=Decimal("0.1")),),
)
LEASE = Contract(
    id="lease",
    seller="cloud",
    buyer="lab",
    tranches=(tranche("abilene"), tranche("narvik")),
    rates=(
        Rate(id="use", basis=Basis.GPU_HOUR, price=Decimal("2.5"), quantity=Quantity.USED),
        Rate(id="held", basis=Basis.GPU_HOUR, price=Decimal(1), quantity=Quantity.DELIVERED),
    ),
    service_levels=(LEVEL,),
)
SHELL = Contract(
    id="shell",
    seller="site",
    buyer="cloud",
    tranches=(tranche("abilene"),),
    rates=(LEASE.rates[1],),
)
CONTRACTS = (SHELL, replace(LEASE, upstream=("shell",)))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "work.db", contract="lease", now=EVE)
    yield made
    made.close()


def closed(world: World, month: Month) -> MonthEnd:
    now = datetime(2027, 4, 1, tzinfo=UTC)
    return close_month(world.store, CONTRACTS, month, now=now)


def used(made: MonthEnd) -> dict[str, Fraction]:
    """Give the GPU-seconds that were charged, by tranche."""
    return {
        str(c.tranche): Fraction(c.quantity * 3600)
        for c in made.statement.charges
        if c.kind is ChargeKind.USAGE
    }


def ran(world: World) -> dict[str, int]:
    """Give the GPU-seconds that wrappers metered, by cluster."""
    table = work_tables.attempt.c
    with world.store.reading() as connection:
        rows = connection.execute(select(table.cluster, table.gpu_seconds)).all()
    found: dict[str, int] = {}
    for cluster, seconds in rows:
        found[cluster] = found.get(cluster, 0) + (seconds or 0)
    return found


def test_two_months_of_jobs_that_run_across_midnight_are_all_that_ran(world: World) -> None:
    jobs = [
        *world.submit("sleep 7.3", count=2, accelerator_count=3),
        *world.submit("sleep 15.9", count=3, accelerator_count=8),
        *world.submit("sleep 2.2", count=2),
    ]
    world.run(40.0)
    assert {world.state(job) for job in jobs} == {"succeeded"}
    january, february = used(closed(world, JANUARY)), used(closed(world, JANUARY + 1))
    for cluster, seconds in ran(world).items():
        assert january[cluster] + february[cluster] == seconds
        assert january[cluster] > 0
        assert february[cluster] > 0


def test_replay_and_another_controller_count_nothing_twice(world: World) -> None:
    world.submit("sleep 12", count=4, accelerator_count=4)
    for _ in range(6):
        world.run(3.0)
        world.begin()  # all is heard of again
    made = closed(world, JANUARY)
    again = closed(world, JANUARY)
    assert again.was_closed
    assert again.statement == made.statement
    assert sum(used(made).values()) + sum(used(closed(world, JANUARY + 1)).values()) == 4 * 4 * 12


def test_a_lost_site_is_an_outage_of_its_tranche_and_of_the_one_above(world: World) -> None:
    world.now -= 86_400.0 * 2
    jobs = world.submit("sleep 100", count=2, accelerator_count=8, clusters=("abilene",))
    world.run(5.0)
    world.engines["abilene"].lose()
    world.engines["abilene"].unreachable = True
    world.desk.say("abilene", "lost")
    world.run(20.0, step=1.0)
    world.now += 3600.0
    world.engines["abilene"].restore()
    world.engines["abilene"].unreachable = False
    world.desk.say("abilene", "found")
    world.run(150.0, step=1.0)
    assert {world.state(job) for job in jobs} == {"succeeded"}
    with world.store.reading() as connection:
        facts = settled_by(connection, CONTRACTS, as_of=datetime(2027, 2, 1, tzinfo=UTC))
        vanished = [run for run in watched(connection).runs if run.unmetered]
    assert len(vanished) == 2
    assert all(run.gone_at for run in vanished)
    (outage,) = (e for e in facts.events if e.kind is EventKind.OUTAGE)
    assert outage.tranches == ("lease.abilene", "shell.abilene")
    assert outage.ends is not None
    assert 3600 < (outage.ends - outage.starts).total_seconds() < 3640
    made = closed(world, JANUARY)
    (credit,) = (c for c in made.statement.charges if c.kind is ChargeKind.SERVICE_CREDIT)
    assert (credit.tranche, credit.amount < 0) == ("abilene", True)
    found = trace(credit.id, [made.statement], CONTRACTS, facts)
    assert found.missing == ()
    assert used(made) == {"abilene": 2 * 8 * 100}
    (told,) = (each for each in made.used if each.cluster == "abilene")
    assert (told.vanished, told.running, told.metered_s) == (2, 0, 2 * 8 * 100)
    line = "2 attempts vanished and are not settled"
    assert [each.startswith(line) for each in unsettled(made.used)] == [True]


def test_a_cluster_that_was_out_of_reach_when_the_process_ended_is_well_again(world: World) -> None:
    world.run(1.0)
    world.engines["narvik"].unreachable = True
    world.run(90.0, step=1.0)
    world.engines["narvik"].unreachable = False
    world.begin()
    world.run(10.0)
    kinds = [str(each["kind"]) for each in world.desk.happened("narvik")]
    assert kinds[-2:] == ["outage", "ok"]
