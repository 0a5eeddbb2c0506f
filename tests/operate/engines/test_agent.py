"""A site agent that is killed, cut off, slow, or of another yard: nothing lost, nothing twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from offtake.errors import OfftakeError
from offtake.model.installation import ClusterSpec, EngineKind, EngineSpec, Installation
from offtake.operate.agents import Agents
from offtake.operate.desk import Desk
from offtake.operate.engines.agent import AgentEngine, AgentYard, Post, made
from offtake.operate.engines.agent.near import Near, identity
from offtake.operate.engines.memory import MemoryEngine
from offtake.operate.engines.port import EngineError, Submitted
from offtake.operate.engines.yard import FolderYard
from offtake.operate.lanes import Inbox, Lane
from offtake.store.opening import MEMORY, open_store
from tests.operate.world import World
from tests.ports.agents import Attending, Wire
from tests.ports.engines import Bench

YARDS = ("a" * 32, "b" * 32)


def far(timeout_s: float = 5.0) -> tuple[Post, Bench, MemoryEngine]:
    post = Post("abilene", timeout_s=timeout_s)
    engine = MemoryEngine("abilene", clock=lambda: 1_000.0, duration=lambda _: (60.0, 0))
    return post, Bench(AgentEngine(post), AgentYard(post), real=False), engine


def code(error: pytest.ExceptionInfo[OfftakeError]) -> str:
    return error.value.faults[0].code


def test_a_call_that_nobody_takes_fails_in_time() -> None:
    _, bench, _ = far(0.01)
    with pytest.raises(EngineError) as caught:
        bench.engine.nodes()
    assert code(caught) == "OTK-E150"


def test_a_call_that_is_taken_and_not_answered_fails_in_time_and_its_answer_is_dropped() -> None:
    post, bench, _ = far(0.2)
    taken: list[str] = []
    end = post.wake_by(lambda: taken.extend(call["number"] for call in post.turn([])))
    with pytest.raises(EngineError) as caught:
        bench.engine.heal()
    end()
    assert code(caught) == "OTK-E151"
    assert post.turn([{"number": taken[0], "value": []}]) == []


def test_how_a_call_failed_at_the_site_is_told_in_its_words() -> None:
    post, bench, engine = far()
    agent = Attending(Wire(post), engine, engine.yard)
    engine.unreachable = True
    with pytest.raises(EngineError) as caught:
        bench.engine.nodes()
    agent.kill()
    assert code(caught) == "OTK-E001"
    assert "does not answer" in caught.value.faults[0].what


def test_a_site_whose_disk_fails_says_so_and_its_agent_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    post, bench, engine = far()
    agent = Attending(Wire(post), engine, engine.yard)

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(engine.yard, "forget", full)
    with pytest.raises(EngineError) as caught:
        bench.yard.forget([])
    assert code(caught) == "OTK-E001"
    assert "No space left" in caught.value.faults[0].what
    assert bench.engine.nodes()
    agent.kill()


def test_calls_lost_on_the_way_are_given_again() -> None:
    post, bench, engine = far()
    wire = Wire(post)
    wire.lost_on_the_way_back = 3
    agent = Attending(wire, engine, engine.yard)
    (answer,) = bench.engine.submit([bench.launch("exit 0")])
    agent.kill()
    assert isinstance(answer, Submitted)
    assert len(engine.yard.begun) == 1


def test_an_agent_killed_before_it_could_tell_is_followed_by_one_that_does() -> None:
    post, bench, engine = far()
    near = Near(engine, engine.yard)
    first = Attending(Wire(post), engine, engine.yard)
    launch = bench.launch("exit 0")
    first.kill()
    done: list[object] = []

    def dies_after() -> None:  # it makes the call, and never tells
        done.extend(near.answer(call) for call in json.loads(json.dumps(post.turn([]))))
        end()
        followers.append(Attending(Wire(post), engine, engine.yard))

    followers: list[Attending] = []
    end = post.wake_by(dies_after)
    (answer,) = bench.engine.submit([launch])
    followers[0].kill()
    assert done
    assert answer == Submitted("1")
    assert len(engine.yard.begun) == 1


@pytest.mark.parametrize("call", ["fly", "tail", "submit", "revoke"])
def test_what_cannot_be_understood_is_said_to_be(call: str) -> None:
    _, _, engine = far()
    given = {"tokens": ["../../etc/passwd"], "offset": 0, "most": 1, "launches": [{"token": "x"}]}
    told = Near(engine, engine.yard).answer({"number": "1", "name": call, "given": given})
    assert told["failed"]["code"] == "OTK-E154"


def test_answers_that_cannot_be_read_are_a_failure_of_the_engine() -> None:
    post, bench, _ = far()
    wrong: dict[str, object] = {"value": {"x": {"token": 1}}}

    def wake() -> None:
        post.turn([{"number": call["number"], **wrong} for call in post.turn([])])

    post.wake_by(wake)
    with pytest.raises(EngineError) as caught:
        bench.engine.sightings()
    assert code(caught) == "OTK-E154"


def test_a_yard_keeps_what_it_is_known_by(tmp_path: Path) -> None:
    one, other = FolderYard(tmp_path / "one", "a"), FolderYard(tmp_path / "other", "a")
    assert identity(one) == identity(FolderYard(tmp_path / "one", "a"))
    assert identity(one) != identity(other)


class Remote(World):
    """A world whose first cluster is driven by an agent behind a wire that can be cut."""

    agent: Attending | None = None

    def begin(self) -> None:
        super().begin()
        if self.agent is not None:
            self.agent.kill()
        post = Post("abilene", timeout_s=0.1)
        self.wire = Wire(post)
        engine = self.engines["abilene"]
        far, yard = AgentEngine(post), AgentYard(post)
        far.settle_s = engine.settle_s
        clock = self.lanes["abilene"]._clock
        lane = Lane("abilene", far, yard, self.inbox, clock=clock)
        self.lanes["abilene"] = lane
        self.attend()

    def attend(self) -> None:
        """Begin an agent, as after a kill."""
        engine = self.engines["abilene"]
        self.agent = Attending(self.wire, engine, engine.yard)

    def close(self) -> None:
        if self.agent is not None:
            self.agent.kill()
        super().close()


@pytest.fixture
def remote() -> Iterator[Remote]:
    world = Remote(MEMORY, lost_after_s=600.0)
    yield world
    world.close()


def test_a_wire_that_is_cut_for_minutes_loses_nothing_and_begins_nothing_twice(
    remote: Remote,
) -> None:
    jobs = remote.submit("sleep 20", 12, accelerator_count=4)
    remote.run(2.0)
    remote.wire.cut = True
    remote.run(90.0)
    assert remote.desk.clusters()[0]["health"] == "suspect"
    remote.wire.cut = False
    remote.run(60.0)
    assert {remote.state(job) for job in jobs} == {"succeeded"}
    assert remote.desk.clusters()[0]["health"] == "ok"
    assert len(remote.begins()) == len(jobs)


def test_agents_and_services_that_are_killed_by_turns_lose_nothing(remote: Remote) -> None:
    jobs = remote.submit("sleep 10", 12, accelerator_count=4)
    for kill in range(6):
        remote.run(2.0)
        if kill % 2 and remote.agent is not None:
            remote.agent.kill()
            remote.run(3.0)
            remote.attend()
        else:
            remote.begin()
    remote.run(40.0)
    assert {remote.state(job) for job in jobs} == {"succeeded"}
    assert len(remote.begins()) == len(jobs)


def test_a_cluster_stays_with_its_yard_while_attempts_are_under_way() -> None:
    cluster = ClusterSpec(
        id="abilene",
        site="tx",
        accelerator="H100",
        accelerator_count=16,
        engine=EngineSpec(kind=EngineKind.AGENT),
    )
    store = open_store(MEMORY)
    desk = Desk(store, Installation(clusters=(cluster,)), clock=lambda: 0.0)
    engine, yard = made(cluster, Path(), lambda: 0.0)
    lanes = {"abilene": Lane("abilene", engine, yard, Inbox(), clock=lambda: 0.0)}
    agents = Agents(store, lanes, clock=lambda: 0.0)
    agents.let_in("abilene", YARDS[0])
    assert agents.is_known("abilene", YARDS[0])
    assert not agents.is_known("abilene", YARDS[1])
    agents.let_in("abilene", YARDS[1])
    assert [e["kind"] for e in desk.happened("abilene")] == ["agent", "agent"]
    with pytest.raises(OfftakeError) as caught:
        agents.post("narvik")
    assert code(caught) == "OTK-E152"
    desk.close()
    store.close()


def test_an_agent_of_another_yard_is_turned_away_until_the_cluster_is_given_up(
    remote: Remote,
) -> None:
    agents = Agents(remote.store, remote.lanes, clock=lambda: remote.now)
    agents.let_in("abilene", YARDS[0])
    remote.submit("sleep 500", clusters=("abilene",))
    remote.run(3.0)
    with pytest.raises(OfftakeError) as caught:
        agents.let_in("abilene", YARDS[1])
    assert code(caught) == "OTK-E153"
    remote.desk.say("abilene", "lost")
    remote.run(1.0)
    agents.let_in("abilene", YARDS[1])
