"""The report of a study: page, Markdown and terminal say the same, and nothing runs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from offtake.files import read_study, study_text, write_study
from offtake.model.canonical import plain
from offtake.model.study import SCHEMA, Study
from offtake.report import report, report_html, report_markdown, terminal
from offtake.report.study import content
from tests.report.studies import a_hostile_study, a_small_study, a_study
from tests.report.test_page import Reader

STUDIES = {"study": a_study(), "small": a_small_study(), "hostile": a_hostile_study()}


def printed(study: Study, width: int) -> str:
    out = StringIO()
    console = Console(file=out, width=width, color_system=None, highlight=False, markup=False)
    console.print(terminal(study, width))
    return out.getvalue()


def spoken(page: str) -> str:
    return " ".join("".join(Reader(page).text).replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.fixture(scope="module")
def page() -> str:
    return report_html(a_study())


def embedded(page: str) -> dict[str, object]:
    match = re.search(r'<script type="application/json" id="study">(.*?)</script>', page, re.S)
    assert match
    made: dict[str, object] = json.loads(match[1])
    return made


def test_the_page_is_one_small_file_in_which_nothing_runs(page: str) -> None:
    read = Reader(page)
    assert read.open == []
    assert len(page.encode()) < 200_000
    assert "https://" not in page
    assert [s.get("type") for s in read.named("script")] == ["application/json"]
    ids = [attrs["id"] for _, attrs in read.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    anchors = [a["href"] or "" for a in read.named("a")]
    assert all(href.removeprefix("#") in ids for href in anchors)


def test_the_study_is_inside_and_reads_back(page: str, tmp_path: Path) -> None:
    assert embedded(page) == {"schema": SCHEMA, **json.loads(json.dumps(plain(a_study())))}
    saved = tmp_path / "study.json"
    saved.write_text(json.dumps(embedded(page)), encoding="utf-8")
    assert read_study(saved) == a_study()


def test_a_saved_study_reads_back_equal(tmp_path: Path) -> None:
    for name, study in STUDIES.items():
        path = write_study(study, tmp_path / f"{name}.json")
        assert read_study(path) == study
        assert path.read_text(encoding="utf-8") == study_text(study)
        assert path.read_text(encoding="utf-8").startswith(f'{{\n "schema": "{SCHEMA}"')


def test_the_answer_comes_first_in_every_form(page: str) -> None:
    answer = (
        "The plan signs 2,950 MW IT ahead and has a net present value of 27.9 B USD in the mean, "
        "3.90 B USD in the worst 10 % of scenarios."
    )
    assert content.answer(a_study())[0] == answer
    text = spoken(page)
    assert text.index(answer) < text.index("The plan that is studied")
    assert report_markdown(a_study()).splitlines()[4].startswith(f"**{answer}")
    lines = printed(a_study(), 200).splitlines()
    assert lines[3] == answer


@pytest.mark.parametrize("finding", content.findings(a_study()), ids=lambda f: f.part)
def test_every_finding_is_in_every_form(page: str, finding: content.Finding) -> None:
    text, marked, shown = spoken(page), report_markdown(a_study()), printed(a_study(), 300)
    for said in (*finding.says, finding.title):
        assert said in text
        assert said in marked.replace("\\", "")
        assert said in shown
    assert len(content.findings(a_study())) == len(content.PARTS)


def test_a_part_that_was_not_asked_for_is_not_told() -> None:
    study = a_small_study()
    for form in (spoken(report_html(study)), report_markdown(study), printed(study, 120)):
        assert content.PARTS["strategies"] in form
        for part in ("frontier", "tornado", "conditions", "rolling"):
            assert content.PARTS[part] not in form
    assert "No plan: demand.inference.chat.least_served_share: 62 % of demand" in printed(
        study, 300
    )


def test_a_plan_that_signs_nothing_says_so() -> None:
    study = a_small_study()
    bare = replace(
        study, strategies=None, plan=replace(study.plan, lots=(), signed_it_mw={}, hourly_it_mw={})
    )
    assert "Nothing is signed ahead" in spoken(report_html(bare))
    assert "The plan signs nothing ahead" in printed(bare, 100)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
@pytest.mark.parametrize("name", ["study", "small"])
def test_a_terminal_of_any_width_holds_it(name: str, width: int) -> None:
    text = printed(STUDIES[name], width)
    assert max(map(len, text.splitlines())) <= width
    if width >= 60:
        assert "Mean of the worst" in text


def test_numbers_are_never_cut() -> None:
    for width in (60, 80, 100):
        text = printed(a_study(), width)
        for number in ("27.9", "−9.8", "26.8", "18.4"):
            assert number in text, width


def test_nothing_in_a_study_becomes_markup() -> None:
    hostile = a_hostile_study()
    page = report_html(hostile)
    read = Reader(page)
    assert read.open == []
    assert len(read.named("script")) == 1
    assert not read.named("b")
    assert embedded(page)["portfolio"] == hostile.portfolio
    text = printed(hostile, 100)
    assert "\x1b" not in text
    assert "\u202e" not in text
    marked = report_markdown(hostile)
    assert "<script>" not in marked
    assert "**b**" not in marked


def test_the_form_follows_the_file_s_name(tmp_path: Path) -> None:
    for name in ("study.html", "study.md"):
        assert report(a_study(), tmp_path / name) == tmp_path / name
    assert (tmp_path / "study.md").read_text(encoding="utf-8") == report_markdown(a_study())


def test_the_same_study_gives_the_same_page(page: str) -> None:
    assert report_html(a_study()) == page
