"""A world is a path, or the name of one that comes with offtake."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.cli import worlds
from offtake.errors import OfftakeError
from tests.cli.calling import REPO, call, copied, tree

Capsys = pytest.CaptureFixture[str]


def test_every_world_is_shipped() -> None:
    there = {path.parent.name for path in (REPO / "worlds").glob("*/portfolio.yaml")}
    assert set(worlds.shipped()) == there >= {"three-sites", "stargate"}


def test_a_path_goes_before_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert worlds.find("three-sites") == REPO / "worlds" / "three-sites"
    (tmp_path / "three-sites").mkdir()
    assert worlds.find("three-sites") == Path("three-sites")
    assert worlds.find("far/away") == Path("far/away")  # for the reader to judge
    assert worlds.find("a\0b") == Path("a\0b")
    with pytest.raises(OfftakeError, match=r"OTK-F001 .*did you mean 'stargate'\?"):
        worlds.find("worlds/stargte")


def test_an_installed_package_finds_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "offtake" / "worlds" / "mine"
    inside.mkdir(parents=True)
    (inside / "portfolio.yaml").touch()
    monkeypatch.setattr(worlds, "_FOLDERS", (inside.parent, REPO / "worlds"))
    assert worlds.shipped() == {"mine": inside}
    monkeypatch.setattr(worlds, "_FOLDERS", (tmp_path / "nowhere",))
    assert worlds.shipped() == {}


def test_a_shipped_world_is_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = call(capsys, "edit", "three-sites", "name=mine")
    assert (ran.status, ran.codes) == (2, ["OTK-U010"])
    assert "offtake init my-three-sites --world three-sites" in ran.err
    world = copied(tmp_path)
    assert worlds.own(str(world)) == world


def test_a_copy_is_checked_changed_and_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = call(capsys, "init", "lab", "--world", "three-sites")
    assert (ran.status, ran.err) == (0, "")
    assert "offtake check lab\n  offtake plan lab\n" in ran.out
    assert call(capsys, "check", "lab").out == "lab: no fault found\n"
    before = tree(tmp_path)
    change = ("edit", "lab", "offers.mesa-own.power_it_mw=0.08 GW")
    dry = call(capsys, *change, "--dry-run")
    assert tree(tmp_path) == before
    ran = call(capsys, *change)
    assert (ran.status, ran.out) == (0, dry.out)
    assert "-    power_it_mw: 60\n+    power_it_mw: 0.08 GW\n" in ran.out
    changed = {name for name, held in tree(tmp_path).items() if held != before[name]}
    assert changed == {"lab/offers.yaml"}
    assert b"# taken whole or not at all" in tree(tmp_path)["lab/offers.yaml"]
    assert "says so already" in call(capsys, *change).err
    again = call(capsys, "init", "lab")
    assert again.status == 1
    assert set(again.codes) == {"OTK-F040"}


def test_a_change_that_does_not_fit_is_not_made(tmp_path: Path, capsys: Capsys) -> None:
    world = copied(tmp_path)
    before = tree(tmp_path)
    ran = call(capsys, "edit", world, "name=b", "offers.mesa-own.power_it_mw=-1", "as_of=never")
    assert ran.status == 3
    assert sorted(ran.codes) == ["OTK-F106", "OTK-F120"]
    ran = call(capsys, "edit", world, "offers.mesa-own.powr=1")
    assert (ran.status, ran.codes) == (2, ["OTK-F042"])
    assert tree(tmp_path) == before
