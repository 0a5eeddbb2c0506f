"""`offtake usage` and `offtake learn` on the store of a service."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.files.plans import read_derating, read_learned
from offtake.model.learned import Failure
from tests.cli.calling import call
from tests.operate.world import World

AFTER = "2027-01-15T08:30:00Z"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store in which jobs ran, and a cluster was lost with two of them."""
    path = tmp_path / "work.db"
    world = World(path, contract="lease")
    world.submit("sleep 30", count=2, accelerator_count=8, clusters=("narvik",))
    world.submit("sleep 30", count=2, accelerator_count=8, clusters=("abilene",))
    world.run(5.0)
    world.engines["abilene"].lose()
    world.engines["abilene"].unreachable = True
    world.desk.say("abilene", "lost")
    world.run(60.0, step=1.0)
    world.close()
    return path


def test_usage_counts_what_vanished_apart(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = call(capsys, "usage", "--store", store, "--json")
    abilene, narvik = told.data["clusters"]
    assert (narvik["contract"], narvik["tranche"]) == ("lease", "narvik")
    assert (narvik["attempt_count"], narvik["metered_gpu_seconds"]) == (2, 2 * 8 * 30)
    assert (abilene["metered_gpu_seconds"], abilene["vanished_count"]) == (0, 2)
    said = call(capsys, "usage", "--store", store, "--month", "2027-01")
    assert "2 attempts vanished and are not settled." in said.out
    other = call(capsys, "usage", "--store", store, "--month", "2027-02", "--json")
    assert {each["attempt_count"] for each in other.data["clusters"]} == {0}


def test_usage_of_no_store_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "usage", "--store", tmp_path / "none.db").codes == ["OTK-B007"]
    assert not (tmp_path / "none.db").exists()


def test_learn_writes_what_a_plan_takes(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    told = call(capsys, "learn", "--store", store, "--until", AFTER, "--out", out, "--json")
    assert told.status == 0, told.err
    made = read_learned(out / "learned.json")
    lost = [r for r in made.failures if r.failure is Failure.CLUSTER and r.failure_count]
    assert [rate.cluster for rate in lost] == ["abilene"]
    assert (made.attempt_count, made.unmetered_count) == (4, 2)
    assert told.data["changes"] is None
    derating = read_derating(out / "derating.json")
    assert derating == made.derating
    (line,) = derating.lines  # on the cluster that was lost nothing was kept
    assert (line.site, line.goodput_share, derating.measured) == ("narvik", 1.0, True)
    again = call(capsys, "learn", "--store", store, "--until", AFTER, "--out", out)
    assert again.status == 0, again.err


def test_learn_says_what_changes_of_a_world(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("learn", "--store", store, "--until", AFTER, "--world", "three-sites", "--quiet")
    told = call(capsys, *words)
    assert told.status == 0, told.err
    assert "H100 at narvik: the world has no such accelerators there" in told.out
    assert told.out.rstrip().endswith("- nothing")
    early = call(capsys, "learn", "--store", store, "--until", "2027-01-01T00:00:00Z")
    assert early.codes == ["OTK-E120"]
