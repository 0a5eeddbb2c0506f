"""`offtake vehicle` from arguments to files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.calling import REPO, call

WORLD = REPO / "worlds" / "ring-fence"
Capsys = pytest.CaptureFixture[str]


def test_lenders_are_shown_what_they_ask_for(capsys: Capsys) -> None:
    ran = call(capsys, "vehicle", WORLD, "--runs", "50", "--quiet")
    assert ran.status == 0
    for title in (
        *("Sources and uses", "What limits the loan", "Covenants", "Debt", "Waterfall, as planned"),
        *("In the lab's books", "Cases", "Random runs", "offtaker-gone"),
    ):
        assert title in ran.out


def test_json_is_whole_and_agrees_with_itself(capsys: Capsys) -> None:
    data = call(capsys, "vehicle", WORLD, "--runs", "20", "--seed", "3", "--json").data
    assert data["schema"] == "offtake.vehicle/1"
    assert sum(data["sources"].values()) == pytest.approx(sum(data["uses"].values()))
    planned = data["cases"]["planned"]
    assert planned["ratios"]["least_cover_ratio"] >= data["covenants"]["target_ratio"] - 1e-9
    assert planned["waterfall"][0]["end"] == "2029-03-31"
    assert data["construction"][-1]["balance_usd"] == pytest.approx(data["loan_usd"])
    assert set(data["cases"]) == {
        *("planned", "late-two", "cheap-market", "offtaker-gone", "dear-money")
    }
    assert data["random"]["runs"] == 20


def test_one_case_alone_and_no_random_runs(capsys: Capsys) -> None:
    words = ("vehicle", WORLD, "--scenario", "late-two", "--runs", "0", "--json")
    data = call(capsys, *words).data
    assert list(data["cases"]) == ["planned", "late-two"]
    assert data["random"] is None


def test_files_are_written_and_written_again(capsys: Capsys, tmp_path: Path) -> None:
    words = ("vehicle", WORLD, "--runs", "5", "--out", tmp_path / "ring")
    for _ in range(2):
        assert call(capsys, *words).status == 0
    names = {path.name for path in (tmp_path / "ring").iterdir()}
    assert names == {"vehicle.json", "vehicle.xlsx", "cover.svg", "debt.svg", "distributions.svg"}
    held = json.loads((tmp_path / "ring" / "vehicle.json").read_text())
    assert held["schema"] == "offtake.vehicle/1"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--scenario", "late-too"), "OTK-C028"),
        (("--of", "nobody"), "OTK-C028"),
        (("--runs", "-1"), "OTK-U004"),
    ],
)
def test_what_is_not_there_is_named(capsys: Capsys, words: tuple[str, str], code: str) -> None:
    ran = call(capsys, "vehicle", WORLD, *words)
    assert ran.status != 0
    assert code in ran.codes


def test_debt_that_cannot_be_sized_is_placed_in_its_file(capsys: Capsys, tmp_path: Path) -> None:
    text = (WORLD / "portfolio.yaml").read_text()
    world = tmp_path / "portfolio.yaml"
    old, new = "tenor_quarters: 20", "tenor_quarters: 60"
    assert text.count(old) == 1
    world.write_text(text.replace(old, new))
    ran = call(capsys, "vehicle", world)
    assert ran.status == 3
    assert "OTK-C020" in ran.codes
    assert "portfolio.yaml:" in ran.out + ran.err


def test_a_world_without_a_vehicle_says_so(capsys: Capsys) -> None:
    ran = call(capsys, "vehicle", "june-chain", "--quiet")
    assert ran.codes == ["OTK-C028"]
