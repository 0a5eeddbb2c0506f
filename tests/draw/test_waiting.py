"""What waits for what is learnt: the same words and numbers in every form of a report."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from offtake.draw import waiting
from offtake.files import read_plan, write_plan
from offtake.model import Quarter
from offtake.model.plan import Branch, BranchSigning, LaterSigning, Plan, Stages
from offtake.report import report_html, report_markdown, terminal
from offtake.units import it_mw
from tests.report.plans import a_plan

REVIEW = Quarter(2028, 1)


def staged() -> Plan:
    later = LaterSigning(
        offer="a",
        name="Narvik | B",
        period=REVIEW,
        mean_it_mw=it_mw(40),
        least_it_mw=it_mw(0),
        most_it_mw=it_mw(134),
        probability_share=0.3,
        branches=("2",),
        accuracy_share=0.93,
        why="Signed in 1 of 2 branches (2), 30% of chance: 134 MW IT",
    )
    branches = tuple(
        Branch(
            id=name,
            parent="now",
            review=REVIEW,
            probability_share=share,
            scenarios=10,
            when=when,
            accuracy_share=0.93,
            signed=signed,
        )
        for name, share, when, signed in (
            ("1", 0.7, "demand of chat in 2027Q4 is below 812 k H100e", ()),
            (
                "2",
                0.3,
                "demand of chat in 2027Q4 is above 812 k H100e",
                (BranchSigning(offer="a", period=REVIEW, power_it_mw=it_mw(134)),),
            ),
        )
    )
    certain = (BranchSigning(offer="b", period=Quarter(2026, 4), power_it_mw=it_mw(412)),)
    made = Stages(
        reviews=(REVIEW,),
        about="2 states of knowledge from 2028Q1 on.",
        unresolved_share={REVIEW: 0.4},
        certain=certain,
        later=(later,),
        branches=branches,
    )
    return replace(a_plan(), stages=made)


def test_what_is_certain_and_what_waits() -> None:
    assert waiting.says(staged()) == (
        "Before the signings of 2028Q1 412 MW IT of 1 offer is signed, whatever comes. From then "
        "on 40 MW IT in the mean: how much depends on what has been observed. 2 states of "
        "knowledge from 2028Q1 on."
    )
    assert waiting.later(staged()).rows == (
        (
            *("2028Q1", "Narvik | B", "40", "0", "134", "30.0 %"),
            "Signed in 1 of 2 branches (2), 30% of chance: 134 MW IT",
        ),
    )
    told = waiting.states(staged()).rows[1]
    assert told == (
        *("2", "2028Q1", "30.0 %", "demand of chat in 2027Q4 is above 812 k H100e"),
        *("93.0 %", "134 MW IT"),
    )


def test_a_plan_in_two_stages_says_nothing_of_it() -> None:
    plain = a_plan()
    assert waiting.says(plain) == ""
    assert waiting.later(plain).rows == waiting.states(plain).rows == ()
    assert "What waits" not in report_markdown(plain)


FORMS: dict[str, Callable[[Plan], str]] = {
    "page": report_html,
    "markdown": report_markdown,
    "terminal": lambda plan: str(_printed(plan)),
}


def _printed(plan: Plan) -> str:
    console = Console(width=100, file=io.StringIO())
    console.print(terminal(plan, 100))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("form", FORMS)
def test_every_form_tells_it(form: str) -> None:
    text = FORMS[form](staged())
    assert "What waits for what is learnt" in text
    assert "whatever comes" in " ".join(text.split())
    assert "134" in text
    assert "What waits" not in FORMS[form](a_plan())


def test_it_is_saved_and_read(tmp_path: Path) -> None:
    path = write_plan(staged(), tmp_path / "plan.json")
    assert read_plan(path) == staged()
