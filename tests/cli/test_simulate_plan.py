"""`offtake simulate plan`: from a saved plan to what its fleet delivers, and back into a plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from offtake.cli.simulate_plan import share_of
from offtake.errors import OfftakeError
from tests.cli.calling import call

Capsys = pytest.CaptureFixture[str]
WORLD = "worlds/three-sites"


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved plan of the three sites."""
    from offtake.files import read, write_plan
    from offtake.plan.front import solved

    folder = tmp_path_factory.mktemp("planned")
    write_plan(solved(read(WORLD), scenarios=3, gap=0.05).plan, folder / "plan.json")
    return folder


def test_a_plan_is_tested_resumed_and_its_derating_planned_with(
    planned: Path, tmp_path: Path, capsys: Capsys
) -> None:
    out = tmp_path / "stress"
    asked = ("simulate", "plan", planned, WORLD, "--out", out)
    ran = call(capsys, *asked, "--replications", "1")
    assert ran.status == 0
    assert "Where what was planned goes" in ran.out
    assert "1 of 1 replications" in ran.err
    assert (out / "stress.svg").read_text(encoding="utf-8").startswith("<svg ")
    again = call(capsys, *asked, "--replications", "2", "--resume", "--json", "--quiet")
    assert again.status == 0
    assert again.data == json.loads((out / "stress.json").read_text(encoding="utf-8"))
    assert again.data["schema"] == "offtake.stress/1"
    assert again.data["replications"] == 2
    assert len(list((out / "replications").glob("r*.npz"))) == 2
    other = call(capsys, *asked, "--resume", "--seed", "5", "--json", "--quiet")
    assert other.status == 3
    assert "OTK-S086" in other.out
    few = ("--scenarios", "2", "--gap", "0.1", "--json", "--quiet")
    made = call(capsys, "plan", WORLD, "--derating", out / "derating.json", *few)
    assert made.status == 0
    reasons = [x["reason"] for x in made.data["assumptions"]]
    assert any(reason.startswith("modelled: simulation of three-sites") for reason in reasons)


def test_a_plan_of_another_world_is_refused(planned: Path, capsys: Capsys) -> None:
    ran = call(capsys, "simulate", "plan", planned, "worlds/norway-chain", "--quiet")
    assert ran.status == 3
    assert "OTK-S089" in ran.err


def test_shares_are_written_as_people_do() -> None:
    assert share_of("0.5%") == share_of("0.005") == 0.005
    assert share_of(None) is None
    with pytest.raises(OfftakeError, match="OTK-S088"):
        share_of("much")
