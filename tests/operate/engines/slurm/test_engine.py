"""What only a real Slurm can show: it forgets, gives numbers out again, holds jobs and drains."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offtake.model.installation import ClusterSpec, EngineKind, EngineSpec
from offtake.operate.engines.making import make
from offtake.operate.engines.port import EngineError, NodeState, Refused, Seen, Submitted
from offtake.operate.engines.slurm import SlurmEngine
from offtake.operate.engines.slurm.engine import DEAF_S
from offtake.operate.engines.yard import FolderYard
from tests.ports.engines import Bench
from tools.cluster.conf import user
from tools.cluster.installation import Installation
from tools.cluster.layout import Place


def _spec(place: Place, **changed: Any) -> EngineSpec:
    given: dict[str, Any] = {
        "kind": EngineKind.SLURM,
        "config": str(place.conf),
        "url": f"http://127.0.0.1:{place.rest_port}",
        "user": user(),
        "token_file": str(place.token),
    }
    return EngineSpec(**{**given, **changed})


@pytest.fixture
def place(slurm: Installation) -> Place:
    return slurm.place("narvik")


@pytest.fixture
def bench(place: Place, tmp_path: Path) -> Iterator[Bench]:
    engine = SlurmEngine("narvik", _spec(place))
    yard = FolderYard(tmp_path / "yard", "narvik")
    yield Bench(engine, yard)
    engine.stop([path.name for path in (yard.folder / "attempts").iterdir()])
    engine.close()


def _sbatch(slurm: Installation, *words: str, script: str) -> str:
    conf = str(slurm.place("narvik").conf)
    done = subprocess.run(
        ["sbatch", "--parsable", "--time=1", "--output=/dev/null", *words],
        input=f"#!/bin/sh\n{script}\n",
        env={"SLURM_CONF": conf, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    return done.stdout.strip()


def test_a_slurm_that_forgets_is_not_believed(slurm: Installation, bench: Bench) -> None:
    """It acknowledged jobs, was killed before it saved them, and gives their numbers out again."""
    lost = [bench.launch("sleep 60") for _ in range(30)]
    answers = bench.engine.submit(lost)
    assert all(isinstance(answer, Submitted) for answer in answers)
    slurm.kill("narvik", "slurmctld")
    with pytest.raises(EngineError, match="OTK-E041"):
        bench.engine.sightings()
    slurm.revive("narvik", "slurmctld")

    seen = bench.engine.sightings()
    missing = [one.token for one in lost if one.token not in seen]
    assert missing, "killed within its window, it should have lost some"

    others = [bench.launch("exit 0") for _ in range(30)]
    again = bench.engine.submit(others)
    numbers = {answer.engine_id for answer in answers if isinstance(answer, Submitted)}
    reused = {answer.engine_id for answer in again if isinstance(answer, Submitted)} & numbers
    assert reused, "it should have given numbers out again"

    seen = bench.engine.sightings()
    assert not set(missing) & set(seen), "a number given out again is not the attempt"
    for one in others:
        report = bench.report(one.token, ended=True)
        assert report.exit_code == 0
    bench.engine.stop(missing)
    bench.until(
        lambda: all(node.state is NodeState.UP for node in bench.engine.nodes()), "all nodes are up"
    )


def test_an_attempt_that_was_revoked_while_slurm_was_away_never_begins(
    slurm: Installation, bench: Bench
) -> None:
    blocker = bench.launch("sleep 60", accelerators=8, nodes=1)
    bench.engine.submit([blocker])
    launch = bench.launch("exit 0")
    assert bench.yard.revoke(launch.token)
    (answer,) = bench.engine.submit([launch])
    assert isinstance(answer, Submitted)

    def gone() -> bool:
        sighting = bench.engine.sightings().get(launch.token)
        return sighting is not None and sighting.seen is Seen.GONE

    bench.until(gone, "the wrapper gave up")
    assert [r for r in bench.yard.reports() if r.token == launch.token] == []


def test_what_began_twice_in_the_queue_begins_once(slurm: Installation, bench: Bench) -> None:
    """As where an answer was lost and the attempt had arrived: two jobs carry one token."""
    launch = bench.launch("sleep 1")
    words = " ".join(launch.command)
    numbers = [_sbatch(slurm, f"--job-name={launch.token}", script=words) for _ in range(2)]
    (answer,) = bench.engine.submit([launch])
    assert isinstance(answer, Submitted)
    assert answer.engine_id in numbers
    bench.report(launch.token, ended=True)
    bench.until(
        lambda: bench.engine.sightings()[launch.token].seen is Seen.GONE, "both jobs are over"
    )
    mine = [r for r in bench.yard.reports() if r.token == launch.token and r.ended_at is None]
    assert len(mine) == 1


def test_a_job_slurm_held_after_a_failed_launch_is_released(
    slurm: Installation, bench: Bench
) -> None:
    launch = bench.launch("exit 0")
    spool = slurm.place("narvik").folder / "slurmd" / "n3"
    away = spool.with_name("n3.away")
    spool.rename(away)
    spool.touch()
    try:
        _sbatch(
            slurm,
            f"--job-name={launch.token}",
            "--requeue",
            "--nodelist=n3",
            script=" ".join(launch.command),
        )
        replace(bench, patience=6_000).until(
            lambda: bench.engine.sightings()[launch.token].seen is Seen.HELD, "the job is held"
        )
    finally:
        spool.unlink()
        away.rename(spool)
    assert bench.engine.sightings()[launch.token].reason == "launch failed requeued held"
    done: list[str] = []

    def ended() -> bool:
        done.extend(bench.engine.heal())
        return any(r.token == launch.token and r.exit_code == 0 for r in bench.yard.reports())

    try:
        replace(bench, patience=6_000).until(ended, "the job was launched after all")
    except AssertionError as error:
        for question in (("scontrol", "show", "job"), ("sinfo", "-N", "-l")):
            error.add_note(slurm.call("narvik", *question))
        raise
    assert any(line.startswith("released job") and launch.token in line for line in done)


def test_a_job_somebody_holds_stays_held(slurm: Installation, bench: Bench) -> None:
    launch = bench.launch("exit 0")
    number = _sbatch(slurm, f"--job-name={launch.token}", "--hold", script="exit 0")
    assert bench.engine.sightings()[launch.token].seen is Seen.HELD
    assert bench.engine.heal() == ()
    assert bench.engine.sightings()[launch.token].seen is Seen.HELD
    slurm.call("narvik", "scancel", number)


def test_nodes_drained_by_slurm_come_back_and_those_drained_by_people_do_not(
    slurm: Installation, bench: Bench
) -> None:
    drain = ("scontrol", "update", "state=drain")
    slurm.call("narvik", *drain, "nodename=n1", "reason=Duplicate jobid")
    slurm.call("narvik", *drain, "nodename=n2", "reason=broken fan")
    states = {node.name: (node.state, node.reason) for node in bench.engine.nodes()}
    assert states["n1"] == (NodeState.DRAINED, "Duplicate jobid")
    assert states["n2"] == (NodeState.DRAINED, "broken fan")
    assert bench.engine.heal() == ("resumed node n1: Duplicate jobid",)

    def states_now() -> dict[str, NodeState]:
        return {node.name: node.state for node in bench.engine.nodes()}

    bench.until(lambda: states_now()["n1"] is NodeState.UP, "n1 answers again")
    assert states_now()["n2"] is NodeState.DRAINED
    slurm.call("narvik", "scontrol", "update", "nodename=n2", "state=resume")


def test_accounting_is_the_second_witness(bench: Bench) -> None:
    launch = bench.launch("sleep 2", accelerator="mi300x", accelerators=4)
    unknown = "f" * 32
    bench.engine.submit([launch])
    report = bench.report(launch.token, ended=True)
    found = bench.until(lambda: bench.engine.usage([launch.token, unknown]), "it is accounted for")
    assert set(found) == {launch.token}
    assert report.ended_at is not None
    lasted_s = report.ended_at - report.began_at
    # Slurm counts whole seconds, and a little before and after the body.
    assert abs(found[launch.token].gpu_seconds - 4 * lasted_s) <= 4 * 2.0
    assert found[launch.token].source == "sacct"


def test_devices_are_bound_and_nothing_of_ours_leaks_into_a_job(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    for engine in (bench.engine, SlurmEngine("narvik", _bare(bench.engine))):
        launch = bench.launch("env", accelerator="mi300x", accelerators=3, env={"MINE": "a 'b'"})
        engine.submit([launch])
        bench.report(launch.token, ended=True)
        said = bench.yard.tail(launch.token, 0, 100_000).decode()
        assert "CUDA_VISIBLE_DEVICES=0,1,2\n" in said
        assert "MINE=a 'b'\n" in said
        assert "secret" not in said


def _bare(engine: Any) -> EngineSpec:
    spec: EngineSpec = engine._spec
    return EngineSpec(kind=EngineKind.SLURM, config=spec.config)


def test_without_slurmrestd_the_command_is_used_and_said(slurm: Installation, bench: Bench) -> None:
    slurm.kill("narvik", "slurmrestd")
    try:
        launch = bench.launch("exit 0")
        (answer,) = bench.engine.submit([launch])
        assert isinstance(answer, Submitted)
        assert bench.report(launch.token, ended=True).exit_code == 0
        (said,) = bench.engine.heal()
        assert "used sbatch" in said
        assert "cannot be reached" in said
        assert bench.engine.heal() == ()
    finally:
        slurm.revive("narvik", "slurmrestd")
    launch = bench.launch("exit 0")
    bench.engine.submit([launch])
    assert bench.report(launch.token, ended=True).exit_code == 0
    assert bench.engine.heal() == ()


def test_another_user_is_not_replaced_by_whoever_runs_the_commands(
    place: Place, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("wrong\n")
    engine = SlurmEngine("narvik", _spec(place, user="somebody", token_file=str(token)))
    bench = Bench(engine, FolderYard(tmp_path / "yard", "narvik"))
    with pytest.raises(EngineError, match=r"OTK-E04[124]"):
        engine.submit([bench.launch()])
    engine.close()


def test_a_partition_there_is_not_is_refused_for_good(place: Place, tmp_path: Path) -> None:
    for url in (None, f"http://127.0.0.1:{place.rest_port}"):
        engine = SlurmEngine("narvik", _spec(place, partition="nowhere", url=url))
        bench = Bench(engine, FolderYard(tmp_path / "yard", "narvik"))
        (answer,) = engine.submit([bench.launch()])
        assert isinstance(answer, Refused)
        assert answer.lasting
        assert "Invalid partition name" in answer.reason
        engine.close()


def test_a_job_over_several_nodes_holds_them_all(bench: Bench) -> None:
    launch = bench.launch("sleep 30", accelerator="mi300x", accelerators=16, nodes=2)
    bench.engine.submit([launch])
    bench.report(launch.token, ended=False)
    assert len(bench.engine.sightings()[launch.token].nodes) == 2
    bench.engine.stop([launch.token])
    assert bench.report(launch.token, ended=True).stopped


def test_a_type_is_written_as_slurm_writes_it(bench: Bench) -> None:
    launch = bench.launch("exit 0", accelerator="MI300X", accelerators=1)
    unknown = bench.launch("exit 0", accelerator="B900", accelerators=1)
    first, second = bench.engine.submit([launch, unknown])
    assert isinstance(first, Submitted)
    assert isinstance(second, Refused)
    assert second.lasting
    assert bench.report(launch.token, ended=True).exit_code == 0


def test_an_installation_makes_it_with_its_yard(place: Place, tmp_path: Path) -> None:
    spec = ClusterSpec(
        id="narvik",
        site="narvik",
        accelerator="MI300X",
        accelerator_count=32,
        engine=_spec(place, yard=str(tmp_path / "shared")),
    )
    engine, yard = make(spec, tmp_path / "own", lambda: 0.0)
    bench = Bench(engine, yard)
    launch = bench.launch("exit 5", accelerator="MI300X")
    engine.submit([launch])
    assert bench.report(launch.token, ended=True).exit_code == 5
    assert (tmp_path / "shared" / "fence" / launch.token).is_dir()
    engine.close()


def test_what_waits_is_taken_back_before_it_begins(slurm: Installation, bench: Bench) -> None:
    all_of_it = [bench.launch("sleep 60", accelerators=32, nodes=4) for _ in range(2)]
    bench.engine.submit(all_of_it)
    first, second = all_of_it
    bench.report(first.token, ended=False)
    assert bench.engine.sightings()[second.token].seen is Seen.WAITING
    bench.engine.stop([second.token])
    assert bench.engine.sightings()[second.token].seen is Seen.GONE
    bench.engine.stop([first.token])
    bench.report(first.token, ended=True)
    assert not [r for r in bench.yard.reports() if r.token == second.token]


def test_a_body_that_will_not_end_is_killed_after_its_grace(bench: Bench) -> None:
    script = "trap '' TERM\nwhile :; do sleep 1; done"
    launch = bench.launch(script, grace_s=1.0)
    bench.engine.submit([launch])
    bench.report(launch.token, ended=False)
    bench.engine.stop([launch.token])
    bench.engine.stop([launch.token])  # asked again within the grace: nothing changes
    report = bench.report(launch.token, ended=True)
    assert (report.exit_code, report.stopped) == (137, True)


def test_a_wrapper_that_outlives_its_grace_is_ended_by_slurm(place: Place, bench: Bench) -> None:
    launch = bench.launch("trap '' TERM\nwhile :; do sleep 1; done", grace_s=600.0)
    bench.engine.submit([launch])
    bench.report(launch.token, ended=False)
    bench.engine.stop([launch.token])
    bench.engine.stop([launch.token])
    assert bench.engine.sightings()[launch.token].seen is Seen.RUNNING, "it has its grace"
    assert isinstance(bench.engine, SlurmEngine)
    bench.engine._stopping[launch.token] -= 600.0 + DEAF_S + 1.0
    bench.engine.stop([launch.token])
    bench.until(
        lambda: bench.engine.sightings()[launch.token].seen is Seen.GONE, "Slurm ended it itself"
    )


def test_commands_that_are_not_installed_are_named(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EngineError, match="OTK-E040 clusters.narvik: squeue cannot be run"):
        SlurmEngine("narvik", _spec(place)).sightings()
