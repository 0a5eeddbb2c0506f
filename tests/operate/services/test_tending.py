"""Services by a virtual clock: replicas are made, moved, replaced, and get room back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from offtake.errors import OfftakeError
from offtake.model.work import JobSpec, RegionSpec, ServiceSpec
from offtake.operate.placement import Placement
from offtake.operate.services.desk import ServiceDesk
from offtake.store.opening import MEMORY
from tests.operate.world import World

CHAT = ServiceSpec(
    name="chat",
    run="sleep 1000000",
    accelerator_count=4,
    replica_requests_per_s=10.0,
    headroom_ratio=0.0,
    keep_minutes=5.0,
    regions=(RegionSpec(region="europe", floor_count=2),),
)


class Served(World):
    """A world with a desk for services."""

    def begin(self) -> None:
        super().begin()
        self.services = ServiceDesk(self.desk, clock=lambda: self.now)

    def europe(self) -> dict[str, Any]:
        found: dict[str, Any] = self.services.show("chat")["regions"][0]
        return found

    def where(self) -> Counter[str]:
        """Count the replicas that run, by cluster."""
        found = self.services.show("chat")["replicas"]
        return Counter(one["cluster"] for one in found if one["state"] == "running")


@pytest.fixture
def world() -> Iterator[Served]:
    made = Served(MEMORY, lost_after_s=900.0)
    yield made
    made.close()


def test_the_floor_runs_and_a_load_asks_for_more_and_gives_back_later(world: Served) -> None:
    assert world.services.put(CHAT)
    world.run(4.0, 0.5)
    assert (world.europe()["running"], world.europe()["wanted"]) == (2, 2)
    world.services.load("chat", {"europe": 55.0})
    world.run(4.0, 0.5)
    assert (world.europe()["running"], world.europe()["wanted"]) == (6, 6)
    world.services.load("chat", {"europe": 0.0})
    world.run(290.0, 10.0)
    assert (world.europe()["running"], world.europe()["wanted"]) == (6, 2)
    world.run(40.0, 2.0)
    assert world.europe()["replicas"] == 2
    world.services.end("chat")
    world.run(8.0, 1.0)
    assert world.services.show("chat")["replicas"] == []
    assert world.services.listed() == []


def test_replicas_of_a_site_out_of_reach_run_elsewhere_within_a_minute(world: Served) -> None:
    world.services.put(CHAT)
    world.services.scale("chat", {"europe": 5})
    world.run(4.0, 0.5)
    assert world.where() == {"abilene": 4, "narvik": 1}
    world.engines["narvik"].unreachable = world.engines["narvik"].yard.unreachable = True
    world.run(60.0, 2.0)
    # The site has had no word to say that it is lost, and may serve on.
    assert world.where() == {"abilene": 4, "narvik": 1}
    assert world.europe()["waiting"] == 1, "there is room for four alone"
    world.engines["narvik"].unreachable = world.engines["narvik"].yard.unreachable = False
    world.run(20.0, 1.0)
    assert world.europe()["replicas"] == 5
    world.services.scale("chat", {"europe": 3})
    world.run(8.0, 1.0)
    world.engines["abilene"].unreachable = world.engines["abilene"].yard.unreachable = True
    lost = world.now
    while world.where()["narvik"] < 3:
        world.step(1.0)
        assert world.now - lost < 30.0
    world.engines["abilene"].unreachable = world.engines["abilene"].yard.unreachable = False
    world.run(30.0, 1.0)
    assert sum(world.where().values()) == 3


def test_replicas_of_nodes_that_die_begin_again_on_others(world: Served) -> None:
    world.services.put(CHAT)
    world.run(4.0, 0.5)
    world.engines["abilene"].lose()
    world.run(30.0, 1.0)
    assert world.where() == {"narvik": 2}
    assert world.europe()["replicas"] == 2


def test_a_replica_that_fails_at_once_is_begun_ever_more_seldom(world: Served) -> None:
    broken = ServiceSpec(name="chat", run="exit 3", regions=(RegionSpec(region="europe"),))
    world.services.put(broken)
    world.run(120.0, 0.5)
    assert 5 <= len(world.begins()) <= 9  # after 1, 2, 4, ... seconds
    assert world.desk.counts()["failed"] == len(world.begins())


def test_a_change_replaces_replicas_one_by_one_and_never_serves_with_fewer(world: Served) -> None:
    world.services.put(CHAT)
    world.run(4.0, 0.5)
    changed = ServiceSpec(
        **{name: getattr(CHAT, name) for name in CHAT.__dataclass_fields__} | {"run": "sleep 77777"}
    )
    assert not world.services.put(changed)
    for _ in range(40):
        world.step(0.5)
        assert world.europe()["running"] >= 2
    specs = {
        world.desk.job(r["job"])["spec"]["run"] for r in world.services.show("chat")["replicas"]
    }
    assert specs == {"sleep 77777"}
    assert world.europe()["replicas"] == 2


def test_a_controller_that_begins_anew_makes_no_replica_twice(url: str) -> None:
    world = Served(url)
    world.services.put(CHAT)
    world.services.load("chat", {"europe": 75.0})  # eight are wanted, and fit
    for _ in range(5):
        world.run(0.75, 0.75)
        world.begin()
    world.run(20.0, 1.0)
    assert (world.europe()["replicas"], world.europe()["running"]) == (8, 8)
    world.services.load("chat", {"europe": 0.0})
    world.begin()
    world.run(5.0, 1.0)
    assert world.europe()["running"] == 8, "kept, though the controller is new"
    world.close()


def test_what_has_no_place_and_is_no_longer_wanted_goes_at_once(world: Served) -> None:
    world.services.put(CHAT)
    world.services.load("chat", {"europe": 120.0})
    world.run(4.0, 1.0)
    assert (world.europe()["running"], world.europe()["waiting"]) == (8, 4)
    world.services.load("chat", {"europe": 0.0})
    world.run(2.0, 1.0)
    assert (world.europe()["running"], world.europe()["replicas"]) == (8, 8)


def test_what_somebody_wants_stands_until_it_is_left_to_the_load(world: Served) -> None:
    world.services.put(CHAT)
    world.services.load("chat", {"europe": 30.0})
    world.services.scale("chat", {"europe": 0})
    world.run(4.0, 0.5)
    assert world.europe()["replicas"] == 0
    world.services.scale("chat", {"europe": None})
    world.run(4.0, 0.5)
    assert world.europe()["running"] == 3


class Shared(Served):
    """A world that decides by the rules of the simulator, preemption among them."""

    def begin(self) -> None:
        super().begin()
        clusters = self.installation.clusters
        self.controller._placing = lambda: Placement(clusters)
        self.controller.begin_anew()


def test_training_gives_surplus_back_within_its_notice() -> None:
    world = Shared(MEMORY, nodes=1)
    try:
        world.services.put(CHAT)
        world.run(3.0)
        spare = {"accelerator_count": 4, "preemptible": True, "checkpoint_minutes": 1.0}
        training = world.submit("sleep 5000", 3, grace_s=20.0, **spare)
        slow = world.submit("sleep 50", 1, grace_s=90.0, **spare)
        world.run(70.0, 2.0)
        states = Counter(world.state(job) for job in training)
        assert states == {"running": 2, "queued": 1}
        late = JobSpec(name="late", run="", preemptible=True, grace_s=90.0)
        assert "takes 90 s to go" in str(world.controller.too_late(late, "abilene"))
        world.services.load("chat", {"europe": 40.0})
        asked = world.now
        while world.europe()["running"] < 4:
            world.step(0.5)
            assert world.now - asked <= CHAT.reclaim_s
        assert Counter(world.state(job) for job in training) == {"queued": 3}
        saved = {world.desk.job(job)["attained"] for job in training}
        assert saved == {0.0, 60.0}, "what was saved is not run again"
        world.services.load("chat", {"europe": 0.0})
        world.run(400.0, 10.0)
        assert Counter(world.state(job) for job in training)["running"] == 2
        assert world.state(slow[0]) == "queued", "it would give way too late"
        world.services.end("chat")
        world.run(8.0, 1.0)
        assert world.state(slow[0]) == "running"
    finally:
        world.close()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": "Chat bot"}, "OTK-E161"),
        ({"regions": (RegionSpec(region="eu"), RegionSpec(region="eu"))}, "OTK-E163"),
        ({"regions": (RegionSpec(region="eu", floor_count=3, most_count=2),)}, "OTK-E163"),
        ({"replica_hours": 0.0}, "OTK-E163"),
        ({"accelerator": ("TPU",)}, "OTK-E022"),
        ({"accelerator_count": 1_000}, "OTK-E022"),
        ({"env": {"A B": "x"}}, "OTK-E004"),
        ({"latency_ms": 5.0}, "OTK-E022"),
    ],
)
def test_what_is_unsound_is_turned_away(world: Served, changed: dict[str, Any], code: str) -> None:
    fields = {name: getattr(CHAT, name) for name in CHAT.__dataclass_fields__}
    with pytest.raises(OfftakeError) as caught:
        world.services.put(ServiceSpec(**{**fields, **changed}))
    assert caught.value.faults[0].code == code
    assert world.services.listed() == []


def test_what_cannot_be_said_of_a_service(world: Served) -> None:
    world.services.put(CHAT)
    world.services.put(ServiceSpec(name="plain", run="sleep 9999"))

    def code(does: Any, *given: Any) -> str:
        with pytest.raises(OfftakeError) as caught:
            does(*given)
        return caught.value.faults[0].code

    assert code(world.services.load, "chat", {"mars": 1.0}) == "OTK-E162"
    assert code(world.services.load, "chat", {"europe": float("nan")}) == "OTK-E165"
    assert code(world.services.load, "plain", {"": 1.0}) == "OTK-E165"
    assert code(world.services.scale, "chat", {"europe": -1}) == "OTK-E165"
    assert code(world.services.scale, "chta", {"europe": 1}) == "OTK-E160"
    assert code(world.services.end, "chta") == "OTK-E160"
    assert code(world.services.show, "chta") == "OTK-E160"
    world.services.end("chat")
    assert code(world.services.load, "chat", {"europe": 1.0}) == "OTK-E160"
    assert world.services.put(CHAT), "it may begin again"
