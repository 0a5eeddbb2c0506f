"""`offtake samples` and `offtake plan --samples`, `--reviews`, `--drawn`: from end to end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.calling import Ran, call, tree

Capsys = pytest.CaptureFixture[str]
WORLD = "three-sites"


def planned(capsys: Capsys, *words: str | Path) -> Ran:
    return call(capsys, "plan", WORLD, "--scenarios", "6", "--json", "--quiet", *words)


@pytest.mark.parametrize("name", ["s.csv", "s.parquet"])
def test_a_world_planned_on_its_own_samples_is_the_same_plan(
    name: str, tmp_path: Path, capsys: Capsys
) -> None:
    path = tmp_path / name
    ran = call(capsys, "samples", WORLD, "--out", path, "--scenarios", "6", "--quiet")
    assert ran.status == 0
    assert re.fullmatch(f"wrote {re.escape(str(path))}: 6 scenarios, [0-9]+ rows\n", ran.out)
    own, given = planned(capsys).data, planned(capsys, "--samples", path).data
    assert given["npv"] == own["npv"]
    assert given["signed"] == own["signed"]
    assert given["inputs_sha256"] != own["inputs_sha256"]


def test_a_tree_goes_through_a_file(tmp_path: Path, capsys: Capsys) -> None:
    path = tmp_path / "tree.csv"
    words = ("--reviews", "2027Q4", "--branches", "2", "--quiet")
    ran = call(capsys, "samples", WORLD, "--out", path, "--scenarios", "6", "--json", *words)
    rows = len(path.read_text(encoding="utf-8").splitlines()) - 1
    assert ran.data == {"file": str(path), "rows": rows, "scenarios": 6, "remarks": []}
    through = planned(capsys, "--samples", path).data
    asked = planned(capsys, "--reviews", "2027Q4", "--branches", "2").data
    assert through["stages"] == asked["stages"]
    assert through["stages"]["reviews"] == ["2027Q4"]
    assert len(asked["stages"]["branches"]) == 2
    said = call(capsys, "plan", WORLD, "--samples", path, "--quiet").out
    assert "What waits for what is learnt" in said


def test_few_stand_for_many(tmp_path: Path, capsys: Capsys) -> None:
    found = planned(capsys, "--drawn", "40").data
    assert found["scenarios"] == 6
    assert any(said.startswith("6 scenarios stand for 40: ") for said in found["remarks"])
    path = tmp_path / "s.csv"
    ran = call(capsys, "samples", WORLD, "--out", path, "--scenarios", "6", "--drawn", "40")
    assert "6 scenarios stand for 40" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--reviews", "2028Q9"), "OTK-U004", "offtake plan --reviews"),
        (("--reviews", "2040Q1"), "OTK-P130", "offtake plan --reviews"),
        (("--reviews", "2028Q1", "--branches", "0"), "OTK-P130", "offtake plan --branches"),
        (("--drawn", "3"), "OTK-P130", "offtake plan --drawn"),
        (("--samples", "none.csv"), "OTK-F001", "none.csv"),
    ],
)
def test_options_that_cannot_be(
    words: tuple[str, ...], code: str, said: str, capsys: Capsys
) -> None:
    ran = call(capsys, "plan", WORLD, "--quiet", *words)
    assert ran.codes == [code]
    assert said in ran.err
    assert ran.status in (2, 3)


def test_faults_of_a_file_name_its_line(tmp_path: Path, capsys: Capsys) -> None:
    path = tmp_path / "s.csv"
    call(capsys, "samples", WORLD, "--out", path, "--scenarios", "6", "--quiet")
    text = path.read_text(encoding="utf-8")
    there = text.index("rental_price,2026Q3,")
    line = text[:there].count("\n") + 1
    path.write_text(text.replace("rental_price,2026Q3,", "rental_price,2026Q3,-", 1))
    ran = call(capsys, "plan", WORLD, "--quiet", "--samples", path)
    assert (ran.status, ran.codes) == (3, ["OTK-P144"])
    assert f"{path}:{line}  rental_price" in ran.err


def test_another_file_is_not_replaced(tmp_path: Path, capsys: Capsys) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("mine", encoding="utf-8")
    before = tree(tmp_path)
    ran = call(capsys, "samples", WORLD, "--out", path)
    assert (ran.status, ran.codes) == (1, ["OTK-F040"])
    assert tree(tmp_path) == before
    parquet = tmp_path / "own.parquet"
    for _ in range(2):
        ran = call(capsys, "samples", WORLD, "--out", parquet, "--scenarios", "6", "--quiet")
        assert ran.status == 0
