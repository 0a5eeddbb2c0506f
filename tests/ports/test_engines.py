"""One suite for every engine: what the port promises, each of them keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offtake.model.installation import EngineKind, EngineSpec
from offtake.operate.engines.local import LocalEngine
from offtake.operate.engines.memory import MemoryEngine
from offtake.operate.engines.port import Launch, NodeState, Refused, Seen, Submitted
from offtake.operate.engines.slurm import SlurmEngine
from offtake.operate.engines.yard import FolderYard
from tests.ports.agents import attended
from tests.ports.engines import Bench
from tools.cluster.conf import user
from tools.cluster.installation import Installation


@pytest.fixture
def memory() -> Bench:
    now = [1_000.0]

    def pass_time() -> None:
        now[0] += 0.25

    def duration(launch: Launch) -> tuple[float, int]:
        return (30.0 if "sleep" in launch.script else 0.5), 3 if "exit 3" in launch.script else 0

    engine = MemoryEngine("memory", clock=lambda: now[0], duration=duration)
    return Bench(engine, engine.yard, pass_time, real=False)


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Bench]:
    yard = tmp_path / "yard"
    engine = LocalEngine("here", yard=yard, accelerator="cpu", accelerators=8)
    bench = Bench(engine, FolderYard(yard, "here"))
    yield bench
    mine = [t for t in engine.sightings() if (tmp_path / "yard" / "attempts" / t).exists()]
    engine.stop(mine)
    engine.close()


def _slurm(slurm: Installation, folder: Path, **spec: Any) -> Iterator[Bench]:
    place = slurm.place("abilene")
    config = str(place.conf)
    engine = SlurmEngine("abilene", EngineSpec(kind=EngineKind.SLURM, config=config, **spec))
    yard = FolderYard(folder / "yard", "abilene")
    yield Bench(engine, yard)
    engine.stop([path.name for path in (yard.folder / "attempts").iterdir()])
    engine.close()


@pytest.fixture
def slurm_by_rest(slurm: Installation, tmp_path: Path) -> Iterator[Bench]:
    place = slurm.place("abilene")
    url = f"http://127.0.0.1:{place.rest_port}"
    yield from _slurm(slurm, tmp_path, url=url, user=user(), token_file=str(place.token))


@pytest.fixture
def slurm_by_command(slurm: Installation, tmp_path: Path) -> Iterator[Bench]:
    yield from _slurm(slurm, tmp_path)


@pytest.fixture
def agent_memory(memory: Bench) -> Iterator[Bench]:
    with attended(memory) as bench:
        yield bench


@pytest.fixture
def agent_local(local: Bench) -> Iterator[Bench]:
    with attended(local) as bench:
        yield bench


ENGINES = (
    "memory",
    "local",
    "agent_memory",
    "agent_local",
    "slurm_by_rest",
    "slurm_by_command",
    "ray_fake",
    "ray_real",
    "kubernetes_fake",
    "kubernetes_real",
)


@pytest.fixture(params=ENGINES)
def bench(request: pytest.FixtureRequest) -> Bench:
    made: Bench = request.getfixturevalue(request.param)
    return made


def test_an_attempt_runs_and_says_how_it_ended(bench: Bench) -> None:
    launch = bench.launch("exit 3")
    (answer,) = bench.engine.submit([launch])
    assert isinstance(answer, Submitted)
    report = bench.report(launch.token, ended=True)
    assert report.exit_code == 3
    assert not report.stopped
    assert report.ended_at is not None
    assert report.ended_at >= report.began_at


def test_it_is_listed_by_its_token_until_it_is_gone(bench: Bench) -> None:
    launch = bench.launch("sleep 30")
    bench.engine.submit([launch])
    bench.report(launch.token, ended=False)
    assert bench.engine.sightings()[launch.token].seen is Seen.RUNNING
    bench.engine.stop([launch.token])

    def gone() -> bool:
        seen = bench.engine.sightings().get(launch.token)
        return seen is None or seen.seen is Seen.GONE

    bench.until(gone, "the attempt is gone")


def test_what_is_stopped_says_so(bench: Bench) -> None:
    launch = bench.launch("sleep 30")
    bench.engine.submit([launch])
    bench.report(launch.token, ended=False)
    bench.engine.stop([launch.token])
    report = bench.report(launch.token, ended=True)
    assert report.stopped
    assert report.exit_code == 143


def test_stopping_what_nobody_knows_changes_nothing(bench: Bench) -> None:
    bench.engine.stop(["0" * 32])


def test_the_same_token_handed_in_twice_begins_once(bench: Bench) -> None:
    launch = bench.launch("sleep 30")
    first = bench.engine.submit([launch])
    bench.report(launch.token, ended=False)
    again = bench.engine.submit([launch])
    assert first == again
    assert len([t for t in bench.engine.sightings() if t == launch.token]) == 1
    bench.engine.stop([launch.token])
    bench.report(launch.token, ended=True)


def test_a_revoked_token_never_begins(bench: Bench) -> None:
    launch = bench.launch("exit 0")
    assert bench.yard.revoke(launch.token)
    assert bench.yard.revoke(launch.token), "revoking again says the same"
    bench.engine.submit([launch])

    def gone() -> bool:
        seen = bench.engine.sightings().get(launch.token)
        return seen is None or seen.seen is Seen.GONE

    bench.until(gone, "the wrapper gave up")
    assert [r for r in bench.yard.reports() if r.token == launch.token] == []


def test_what_began_cannot_be_revoked(bench: Bench) -> None:
    launch = bench.launch("sleep 30")
    bench.engine.submit([launch])
    bench.report(launch.token, ended=False)
    assert not bench.yard.revoke(launch.token)
    bench.engine.stop([launch.token])
    bench.report(launch.token, ended=True)


def test_reports_stay_until_they_are_forgotten(bench: Bench) -> None:
    launch = bench.launch("exit 0")
    bench.engine.submit([launch])
    bench.report(launch.token, ended=True)
    mine = [r for r in bench.yard.reports() if r.token == launch.token]
    assert [r.ended_at is None for r in mine] == [True, False]
    bench.yard.forget(mine)
    assert [r for r in bench.yard.reports() if r.token == launch.token] == []
    assert not bench.yard.revoke(launch.token), "a token that began stays taken"


def test_more_than_there_is_is_refused_for_good(bench: Bench) -> None:
    there = sum(node.accelerators for node in bench.engine.nodes())
    (answer,) = bench.engine.submit([bench.launch(accelerators=there + 1)])
    assert isinstance(answer, Refused)
    assert answer.lasting


def test_nodes_are_up_and_heal_has_nothing_to_do(bench: Bench) -> None:
    nodes = bench.engine.nodes()
    assert nodes
    assert all(node.state is NodeState.UP for node in nodes)
    assert bench.engine.heal() == ()
