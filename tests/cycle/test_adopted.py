"""Adopting takes effect once: facts in the store, files in a folder, differences told first."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.cycle.adopted import FILE, propose, take_effect
from offtake.cycle.driving import Engines, installation
from offtake.errors import OfftakeError
from offtake.files import read
from offtake.files.jobs import read_installation
from offtake.model.installation import EngineKind, EngineSpec
from offtake.model.plan import Plan
from offtake.model.portfolio import Portfolio
from offtake.operate.desk import Desk
from offtake.store import MEMORY, Store, open_store
from offtake.store.adoptions import adopted_contracts, last_adoption

NOW = 1_790_000_000.0


@pytest.fixture
def store() -> Store:
    return open_store(MEMORY)


def test_adopting_twice_changes_nothing(
    plan: Plan, world: Portfolio, store: Store, tmp_path: Path
) -> None:
    first = propose(plan, world, store, tmp_path)
    assert {one.change for one in first.changes} == {"new"}
    assert not first.replaces
    take_effect(first, store, tmp_path, now=NOW)
    assert read(tmp_path) == first.adoption.world
    assert read_installation(tmp_path / FILE) == first.installation
    again = propose(plan, world, store, tmp_path)
    assert again.changes == ()
    take_effect(again, store, tmp_path, now=NOW + 1)
    with store.reading() as connection:
        last = last_adoption(connection)
        assert last is not None
        assert last.at == NOW
        kept = adopted_contracts(connection, last)
    assert sorted(kept, key=lambda c: c.id) == sorted(
        first.adoption.world.contracts, key=lambda c: c.id
    )


def test_another_plan_takes_effect_only_where_it_is_said_to_replace(
    plan: Plan, world: Portfolio, store: Store, tmp_path: Path
) -> None:
    take_effect(propose(plan, world, store, tmp_path), store, tmp_path, now=NOW)
    other = propose(plan, world, store, tmp_path, through=plan.horizon.first + 1)
    assert other.replaces
    assert other.changes
    with pytest.raises(OfftakeError) as caught:
        take_effect(other, store, tmp_path, now=NOW + 1)
    assert caught.value.faults[0].code == "OTK-E116"
    assert read(tmp_path) != other.adoption.world
    take_effect(other, store, tmp_path, now=NOW + 1, replace=True)
    assert read(tmp_path) == other.adoption.world
    back = propose(plan, world, store, tmp_path)
    assert {one.change for one in back.changes} == {"gone"}


def test_what_is_not_accepted_cannot_be_used_until_it_is_delivered(
    plan: Plan, world: Portfolio, store: Store
) -> None:
    made = propose(plan, world, store, None)
    take_effect(made, store, None, now=NOW)
    desk = Desk(store, made.installation, clock=lambda: NOW)
    usable = {one["id"]: one["usable"] for one in desk.clusters()}
    desk.close()
    assert usable["fjell-lab.t1"] == 9_360
    assert usable["fjell-lab.t2"] == 0
    assert usable["harbor-rent-2026q3.t1"] == 0


def test_engines_are_mapped_by_cluster_then_site_and_strangers_are_refused(
    world: Portfolio,
) -> None:
    local = EngineSpec(kind=EngineKind.LOCAL)
    slurm = EngineSpec(kind=EngineKind.SLURM, url="http://127.0.0.1:1")
    made = installation(world, Engines(engines={"fjell-lab.t2": slurm, "fjell": local}))
    assert {c.id: c.engine for c in made.clusters} == {
        "fjell-lab.t1": local,
        "fjell-lab.t2": slurm,
    }
    with pytest.raises(OfftakeError) as caught:
        installation(world, Engines(engines={"nowhere": local}))
    assert caught.value.faults[0].code == "OTK-E115"


def test_a_cluster_has_its_contracts_price_and_its_sites_latency(world: Portfolio) -> None:
    first = installation(world).clusters[0]
    assert (first.contract, first.tranche, first.accelerators_per_node_count) == (
        "fjell-lab",
        "t1",
        4,
    )
    assert first.price.usd_per_gpu_hour == 2.5
    assert first.price.paid_hours == pytest.approx(9_360 * 730, rel=0.01)
    assert first.latency_ms["europe"] == 0.0
