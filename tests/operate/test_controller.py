"""The controller over engines in memory: what it promises, whatever happens to whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from offtake.errors import OfftakeError
from offtake.model.installation import Installation
from offtake.model.work import JobSpec
from offtake.operate.desk import Desk
from offtake.operate.engines.memory import MemoryEngine
from offtake.store.facts import records
from tests.operate.world import World


@pytest.fixture
def world(url: str) -> Iterator[World]:
    made = World(url)
    yield made
    made.close()


def attempts_of(world: World, job: str) -> list[str]:
    return [a["state"] for a in world.desk.job(job)["attempts"]]


def test_a_job_runs_and_succeeds(world: World) -> None:
    (job,) = world.submit("sleep 2")
    world.step()
    assert world.state(job) == "starting"
    world.run(1)
    assert world.state(job) == "running"
    world.run(4)
    found = world.desk.job(job)
    assert found["state"] == "succeeded"
    assert found["exit_code"] == 0
    assert [e["kind"] for e in found["events"]] == ["queued", "placed", "running", "succeeded"]
    assert found["attempts"][0]["gpu_seconds"] == 2


def test_what_ran_is_metered_once(world: World) -> None:
    jobs = world.submit("sleep 3", 5, accelerator_count=4)
    world.run(20)
    assert {world.state(job) for job in jobs} == {"succeeded"}
    with world.store.reading() as connection:
        readings = records(connection).readings
    assert len(readings) == 5
    assert readings.amount.sum() == 5 * 4 * 3


def test_an_error_fails_and_is_tried_again_as_often_as_asked(world: World) -> None:
    (once,) = world.submit("exit 3")
    (thrice,) = world.submit("exit 3", retries_count=2)
    world.run(20)
    assert world.state(once) == world.state(thrice) == "failed"
    assert attempts_of(world, once) == ["ended"]
    assert attempts_of(world, thrice) == ["ended"] * 3
    assert world.desk.job(thrice)["reason"] == "it ended with status 3"


def test_jobs_wait_where_there_is_no_room(world: World) -> None:
    jobs = world.submit("sleep 5", 5, accelerator_count=16)
    world.run(2)
    assert [world.state(job) for job in jobs] == ["running"] * 2 + ["queued"] * 3
    world.run(30)
    assert {world.state(job) for job in jobs} == {"succeeded"}


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_when_it_ended(world: World) -> None:
    running = world.submit("sleep 500", 2, accelerator_count=16)
    (waiting,) = world.submit("sleep 5", accelerator_count=16)
    world.run(2)
    for job in (*running, waiting):
        world.desk.cancel(job)
    world.step()
    assert world.state(waiting) == "cancelled"
    assert world.state(running[0]) == "stopping"
    world.run(10)
    assert {world.state(job) for job in running} == {"cancelled"}
    with pytest.raises(OfftakeError, match="OTK-E025"):
        world.desk.cancel(waiting)


def test_what_an_engine_forgot_is_placed_again_and_nothing_begins_twice(world: World) -> None:
    jobs = world.submit("sleep 4", 40, accelerator_count=8)
    world.run(1)
    for engine in world.engines.values():
        engine.forget_last(3)
    world.run(200, 1.0)
    assert {world.state(job) for job in jobs} == {"succeeded"}
    assert len(world.begins()) >= 40


def test_a_lost_answer_leads_to_one_attempt(world: World) -> None:
    for engine in world.engines.values():
        engine.answers_lost = 100
    jobs = world.submit("sleep 1", 8)
    world.run(30)
    assert {world.state(job) for job in jobs} == {"succeeded"}
    assert all(attempts_of(world, job) == ["ended"] for job in jobs)


def test_a_controller_killed_at_any_step_loses_nothing(tmp_path: Path) -> None:
    for kill_every in (1, 3, 5):
        world = World(tmp_path / f"{kill_every}.db")
        jobs = world.submit("sleep 2", 12, accelerator_count=4)
        for i in range(120):
            world.step()
            if i < 60 and i % kill_every == 0:
                world.begin()
        assert {world.state(job) for job in jobs} == {"succeeded"}, kill_every
        done = [a for job in jobs for a in world.desk.job(job)["attempts"]]
        assert len(world.begins()) == len([a for a in done if a["state"] == "ended"]) == 12
        world.close()


def test_one_hung_engine_holds_up_its_own_jobs_alone(world: World) -> None:
    world.run(1)
    world.engines["narvik"].unreachable = True
    jobs = world.submit("sleep 1", 4, clusters=("abilene",))
    (hung,) = world.submit("sleep 1", clusters=("narvik",))
    world.run(5)
    assert {world.state(job) for job in jobs} == {"succeeded"}
    world.engines["narvik"].unreachable = False
    world.run(60)
    assert world.state(hung) == "succeeded"


def test_a_partition_reruns_nothing_and_meters_once(url: str) -> None:
    world = World(url, lost_after_s=900.0)
    jobs = world.submit("sleep 30", 4, accelerator_count=8)
    world.run(2)
    for engine in world.engines.values():
        engine.unreachable = engine.yard.unreachable = True
    world.run(600, 5.0)
    states = {c["health"] for c in world.desk.clusters()}
    assert states == {"suspect"}
    for engine in world.engines.values():
        engine.unreachable = engine.yard.unreachable = False
    world.run(60)
    assert {world.state(job) for job in jobs} == {"succeeded"}
    assert len(world.begins()) == 4
    with world.store.reading() as connection:
        assert records(connection).readings.amount.sum() == 4 * 8 * 30
    world.close()


def test_a_lost_site_is_left_within_a_minute(url: str) -> None:
    world = World(url, lost_after_s=30.0)
    jobs = world.submit("sleep 100", 2, accelerator_count=8, clusters=())
    held = world.submit("sleep 100", 2, accelerator_count=8)
    world.run(2)
    world.engines["abilene"].unreachable = world.engines["abilene"].yard.unreachable = True
    world.run(60)
    placed = {job: world.desk.job(job)["cluster"] for job in (*jobs, *held)}
    assert set(placed.values()) <= {"narvik", None}
    world.engines["abilene"].unreachable = world.engines["abilene"].yard.unreachable = False
    world.run(400, 2.0)
    assert {world.state(job) for job in (*jobs, *held)} == {"succeeded"}
    world.close()


def test_a_site_that_was_out_of_reach_is_tried_again_by_who_begins_anew(tmp_path: Path) -> None:
    world = World(tmp_path / "work.db", lost_after_s=30.0)
    world.run(1)
    engine = world.engines["abilene"]
    engine.unreachable = engine.yard.unreachable = True
    world.run(40, 1.0)
    assert {c["id"]: c["health"] for c in world.desk.clusters()}["abilene"] == "lost"
    engine.unreachable = engine.yard.unreachable = False
    world.begin()
    (job,) = world.submit("sleep 1", clusters=("abilene",))
    world.run(20)
    assert world.state(job) == "succeeded"
    world.desk.say("abilene", "lost")
    world.run(1)
    world.begin()
    (job,) = world.submit("sleep 1", clusters=("abilene",))
    world.run(5)
    assert world.state(job) == "queued"
    world.desk.say("abilene", "found")
    world.run(5)
    assert world.state(job) == "succeeded"
    world.close()


def test_a_curtailment_holds_through_restarts_and_nodes_that_come_and_go(world: World) -> None:
    def usable() -> int:
        return next(int(c["usable"]) for c in world.desk.clusters() if c["id"] == "abilene")

    engine = world.engines["abilene"]
    whole = dict(engine._nodes)
    world.desk.say("abilene", "curtailed", usable=12)
    world.run(12, 1.0)
    assert usable() == 12
    world.begin()
    world.run(12, 1.0)
    assert usable() == 12
    engine.lose("abilene-1")
    world.run(12, 1.0)
    assert usable() == 8
    engine._nodes.update(whole)
    world.run(12, 1.0)
    assert usable() == 12


def test_a_site_that_somebody_gave_up_stays_so_though_its_engine_answers_again(
    world: World,
) -> None:
    world.desk.say("narvik", "lost")
    world.run(1.0)
    world.engines["narvik"].unreachable = True
    world.run(8.0, 1.0)
    world.engines["narvik"].unreachable = False
    world.run(20.0, 1.0)
    (job,) = world.submit(clusters=("narvik",))
    world.run(3.0, 1.0)
    assert world.state(job) == "queued"
    world.desk.say("narvik", "found")
    world.run(6.0, 1.0)
    assert world.state(job) == "succeeded"


def test_more_than_the_installation_names_is_told_once(world: World) -> None:
    larger = MemoryEngine("abilene", clock=lambda: world.now, nodes=3)
    world.lanes["abilene"].engine = larger
    world.run(12.0, 1.0)
    told = [e for e in world.desk.happened("abilene") if e["kind"] == "unused"]
    assert [(e["unused"], e["up"], e["named"]) for e in told] == [(8, 24, 16)]
    assert next(c for c in world.desk.clusters() if c["id"] == "abilene")["usable"] == 16


def test_a_cluster_with_work_under_way_cannot_be_left_out(tmp_path: Path) -> None:
    world = World(tmp_path / "work.db")
    world.submit("sleep 500", clusters=("narvik",))
    world.run(2)
    kept = tuple(c for c in world.installation.clusters if c.id == "abilene")
    with pytest.raises(OfftakeError, match=r"OTK-E027.*narvik"):
        Desk(world.store, Installation(clusters=kept), clock=lambda: world.now)
    world.close()


def test_a_node_that_dies_has_its_jobs_begun_again(world: World) -> None:
    jobs = world.submit("sleep 20", 2, accelerator_count=16, checkpoint_minutes=0.1)
    world.run(10)
    world.engines["abilene"].lose("abilene-1")
    world.run(120, 1.0)
    assert [world.state(job) for job in jobs].count("succeeded") == 2
    assert ["vanished", "ended"] in [attempts_of(world, job) for job in jobs]
    assert next(c for c in world.desk.clusters() if c["id"] == "abilene")["usable"] == 8


def test_a_drained_cluster_begins_nothing_new(world: World) -> None:
    world.desk.say("abilene", "drained")
    world.step()
    jobs = world.submit("sleep 1", 4, accelerator_count=8)
    world.run(10)
    assert {a["cluster"] for job in jobs for a in world.desk.job(job)["attempts"]} == {"narvik"}
    world.desk.say("abilene", "resumed")
    (job,) = world.submit("sleep 1", clusters=("abilene",))
    world.run(5)
    assert world.state(job) == "succeeded"


def test_a_request_sent_again_is_answered_as_the_first_time(world: World) -> None:
    spec = JobSpec(name="a", run="exit 0")
    first = world.desk.submit([spec], client="me", key="k")
    again = world.desk.submit([spec], client="me", key="k")
    assert first.jobs == again.jobs
    assert (first.again, again.again) == (False, True)
    with pytest.raises(OfftakeError, match="OTK-E021"):
        world.desk.submit([JobSpec(name="b", run="exit 0")], client="me", key="k")
    assert world.desk.submit([spec], client="you", key="k").jobs != first.jobs


def test_what_fits_nowhere_is_refused_with_every_reason(world: World) -> None:
    with pytest.raises(OfftakeError, match=r"OTK-E022.*abilene: it has H100, not MI300X"):
        world.submit(accelerator=("MI300X",))
    with pytest.raises(OfftakeError, match="OTK-E030"):
        world.submit(clusters=("abilen",))


def test_who_no_longer_leads_changes_nothing(world: World) -> None:
    (job,) = world.submit("sleep 1")
    world.step()
    old = world.controller
    world.now += 60.0
    world.begin()
    world.controller._holder = "two"
    world.controller.cycle()
    assert world.controller.leads
    assert not old.cycle().events
    world.run(20)
    assert world.state(job) == "succeeded"
