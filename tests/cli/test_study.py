"""A study from the command line: asked for, told, saved, read again, exported, compared."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offtake.errors import Fault, OfftakeError, Where
from offtake.files import read_study, write_plan, write_study
from offtake.model.study import Study
from tests.cli.calling import call, tree
from tests.report.plans import a_plan
from tests.report.studies import a_small_study, a_study

Capsys = pytest.CaptureFixture[str]
Asked = dict[str, Any]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Answer every study with one made by hand, and keep what was asked."""
    found: Asked = {}

    def answer(portfolio: object, parts: tuple[str, ...], **options: object) -> Study:
        found.update(options, parts=tuple(parts))
        return a_study()

    monkeypatch.setattr("offtake.plan.study.study", answer)
    return found


def test_it_is_told_saved_and_drawn(asked: Asked, tmp_path: Path, capsys: Capsys) -> None:
    ran = call(capsys, "study", "three-sites", "--out", tmp_path / "out", "--quiet")
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "Study of stargate, 2026Q4 to 2031Q1"
    assert "Strategies side by side" in lines
    assert lines[-2:] == [
        f"wrote {tmp_path / 'out' / 'study.json'}",
        f"wrote {tmp_path / 'out' / 'study.html'}",
    ]
    assert read_study(tmp_path / "out" / "study.json") == a_study()
    assert "<title>Study of stargate" in (tmp_path / "out" / "study.html").read_text("utf-8")
    assert len(asked["parts"]) >= 7
    assert asked["replan"] is True
    assert asked["fresh"] is None


def test_what_is_asked_for_is_passed_on(asked: Asked, capsys: Capsys) -> None:
    ran = call(
        *(capsys, "study", "three-sites", "--parts", "value,out-of-sample", "--risk", "0.5"),
        *("--weights", "0,0.5,1", "--levers", "demand, delay", "--fresh", "300", "--hold"),
        *("--replications", "5", "--seed", "3", "--scenarios", "24", "--json", "--quiet"),
    )
    assert ran.status == 0, ran.err
    assert ran.data["schema"] == "offtake.study/1"
    assert asked["parts"] == ("value", "out_of_sample")
    assert asked["weights"] == (0.0, 0.5, 1.0)
    assert asked["levers"] == ("demand", "delay")
    told = ("fresh", "replan", "replications", "seed", "scenarios", "risk")
    assert [asked[name] for name in told] == [300, False, 5, 3, 24, 0.5]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--parts", "value,,regret"), "OTK-U004", "offtake study --parts"),
        (("--parts", "value,value"), "OTK-U006", "got 'value'"),
        (("--weights", "0,half"), "OTK-U004", "got 'half'"),
        (("--weights", "0,0"), "OTK-U006", "offtake study --weights"),
        (("--seed", "-1"), "OTK-U004", "offtake study --seed"),
        (("--fresh", "many"), "OTK-U004", "a whole number"),
        (("--report", "study.pdf"), "OTK-R001", ".html or .md"),
    ],
)
def test_wrong_usage_is_told_before_the_work(
    asked: Asked, capsys: Capsys, options: tuple[str, ...], code: str, said: str
) -> None:
    ran = call(capsys, "study", "three-sites", *options)
    assert (ran.status, ran.out, ran.codes) == (2, "", [code])
    assert said in ran.err
    assert asked == {}


def test_a_part_there_is_not_is_told_with_the_nearest(capsys: Capsys) -> None:
    ran = call(capsys, "study", "three-sites", "--parts", "regrets")
    assert (ran.status, ran.out, ran.codes) == (2, "", ["OTK-P100"])
    assert "offtake study --parts" in ran.err
    assert "did you mean 'regret'?" in ran.err


def test_faults_of_the_world_have_their_place(
    capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Study:
        fault = Fault(code="OTK-P110", what="no price", where=Where(path="offers.mesa-own.price"))
        raise OfftakeError(fault)

    monkeypatch.setattr("offtake.plan.study.study", refuse)
    ran = call(capsys, "study", "three-sites", "--quiet")
    assert ran.status == 3
    assert "offers.yaml:" in ran.err


def test_what_is_not_ours_is_kept(asked: Asked, tmp_path: Path, capsys: Capsys) -> None:
    (tmp_path / "study.json").write_text('{"schema": "mine"}', encoding="utf-8")
    before = tree(tmp_path)
    ran = call(capsys, "study", "three-sites", "--out", tmp_path)
    assert (ran.status, ran.codes) == (1, ["OTK-F040"])
    assert tree(tmp_path) == before
    assert asked == {}
    ran = call(capsys, "study", "three-sites", "--out", tmp_path, "--force", "--quiet")
    assert ran.status == 0
    assert call(capsys, "study", "three-sites", "--out", tmp_path, "--quiet").status == 0


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    write_study(a_study(), tmp_path / "study.json")
    return tmp_path / "study.json"


def test_a_saved_study_is_reported(saved: Path, capsys: Capsys) -> None:
    for path in (saved, saved.parent):
        ran = call(capsys, "report", path)
        assert ran.out == f"wrote {saved.parent / 'study.html'}\n"
    text = call(capsys, "report", saved, "--markdown").out
    assert text.startswith("# Study of stargate, 2026Q4 to 2031Q1\n")
    ran = call(capsys, "report", saved, "--out", saved.parent / "study.md")
    assert (saved.parent / "study.md").read_text(encoding="utf-8") == text


def test_a_saved_study_is_exported(saved: Path, capsys: Capsys) -> None:
    for form in ("tables", "study.xlsx"):
        for _ in range(2):
            ran = call(capsys, "export", saved, "--to", saved.parent / form)
            assert ran.status == 0, ran.err
    told = json.loads((saved.parent / "tables" / "datapackage.json").read_text(encoding="utf-8"))
    assert told["of"] == "study"
    assert {"strategies", "frontier", "tornado", "ranges"} <= {r["name"] for r in told["resources"]}


def test_two_saved_studies_are_compared(saved: Path, capsys: Capsys) -> None:
    assert "Both sign the same." in call(capsys, "compare", saved, saved).out
    other = saved.parent / "other.json"
    changed = a_small_study()
    plan = replace(changed.plan, lots=changed.plan.lots[1:], objective_usd=1e9)
    write_study(replace(changed, plan=plan), other)
    ran = call(capsys, "compare", saved, other)
    assert ran.status == 0
    assert "Shackelford II (SPV) (own): 824 MW IT in 2026Q4, only in the first study." in ran.out
    assert "Only the first has" in ran.out
    assert "objective of free optimum" in ran.out
    data = call(capsys, "compare", saved, other, "--json").data
    assert data["alike"] is False
    assert data["signings"][0]["a"]["lifetime_cost_usd"] is None


def test_a_plan_and_a_study_do_not_compare(saved: Path, capsys: Capsys) -> None:
    write_plan(a_plan(), saved.parent / "plan.json")
    ran = call(capsys, "compare", saved, saved.parent / "plan.json")
    assert (ran.status, ran.out, ran.codes) == (2, "", ["OTK-R004"])
    assert "got a study and a plan" in ran.err
    assert call(capsys, "report", saved.parent).out == f"wrote {saved.parent / 'report.html'}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema": "offtake.study/2"}', "a study of a version this offtake does not read"),
        ('{"schema": "offtake.study/1"}', "the field is missing"),
        ('{"schema": "offtake.other/1"}', "not a saved plan"),
    ],
)
def test_what_is_no_study(tmp_path: Path, capsys: Capsys, text: str, said: str) -> None:
    (tmp_path / "study.json").write_text(text, encoding="utf-8")
    ran = call(capsys, "report", tmp_path / "study.json")
    assert ran.status == 3
    assert said in ran.err
