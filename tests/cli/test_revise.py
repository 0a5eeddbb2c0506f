"""`offtake revise`: told, saved, and refused where it cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.calling import call

Capsys = pytest.CaptureFixture[str]
QUICK = ("--paths", "2", "--scenarios", "3", "--reviews", "2028Q1")


def test_what_looking_again_is_worth_is_told_and_saved(tmp_path: Path, capsys: Capsys) -> None:
    path = tmp_path / "revising.json"
    ran = call(capsys, "revise", "norway-chain", *QUICK, "--out", path, "--quiet")
    assert ran.status == 0, ran.err
    said = " ".join(ran.out.split())
    assert said.startswith("Looking again at the plan of norway-chain before 2028Q1 is worth ")
    assert "in the mean of 2 futures no plan was made for" in said
    assert said.endswith(f"wrote {path}")
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["schema"] == "offtake.revising/1"
    assert data["reviews"] == ["2028Q1"]
    assert len(data["paths"]) == 2
    more = [p["revised_npv_usd"] - p["held_npv_usd"] for p in data["paths"]]
    assert data["worth"]["mean_usd"] == pytest.approx(sum(more) / 2)
    assert data["worth"]["low_usd"] <= data["worth"]["mean_usd"] <= data["worth"]["high_usd"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--reviews", "2019Q1"), "OTK-P130", "offtake revise --reviews"),
        (("--reviews", "soon"), "OTK-U004", "offtake revise --reviews"),
        (("--reviews", "2028Q1", "--paths", "1"), "OTK-P130", "offtake revise --paths"),
        (("--reviews", "2028Q1", "--seed", "-1"), "OTK-U004", "offtake revise --seed"),
    ],
)
def test_what_cannot_be(words: tuple[str, ...], code: str, said: str, capsys: Capsys) -> None:
    ran = call(capsys, "revise", "three-sites", "--quiet", *words)
    assert (ran.status, ran.codes) == (2, [code])
    assert said in ran.err
