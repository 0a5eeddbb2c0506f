"""Markdown, the terminal's view, and writing to a file."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from rich.console import Console

import offtake
from offtake.errors import OfftakeError
from offtake.model.plan import Plan
from offtake.report import content, report, report_markdown, terminal, write_report
from offtake.report.text import Column, fitting
from tests.report.plans import a_hostile_plan, a_plan, a_small_plan, an_idle_plan


def printed(plan: Plan, width: int, *, colour: bool = False) -> str:
    system: Literal["standard"] | None = "standard" if colour else None
    console = Console(file=io.StringIO(), width=width, force_terminal=colour, color_system=system)
    console.print(terminal(plan, width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("plan", [a_plan(), a_small_plan(), an_idle_plan()])
def test_the_view_fits_its_terminal(plan: Plan, width: int) -> None:
    text = printed(plan, width)
    assert max(map(len, text.splitlines())) <= width
    assert "nan" not in text.split()
    assert "None" not in text.split()


def test_the_view_answers_first() -> None:
    lines = printed(a_plan(), 80).splitlines()
    assert lines[0] == "Plan for stargate, 2026Q4 to 2031Q1"
    assert lines[3].startswith("Sign 2,950 MW IT of 12 offers")
    for head in ("What to sign", "Cost and risk", "Capacity by year", "What holds the plan back"):
        assert head in lines


def test_a_narrow_terminal_loses_the_least_important() -> None:
    def head(width: int) -> list[str]:
        lines = printed(a_plan(), width).splitlines()
        return lines[lines.index("What to sign") + 1].split()

    assert {"When", "What", "Held", "MW", "IT"} <= set(head(60))
    assert "Why" not in head(80)
    assert "Where" in head(120)
    assert {"Why", "Where", "Accelerators"} <= set(head(200))


def test_columns_are_dropped_by_rank() -> None:
    columns = (Column("a"), Column("b", rank=1), Column("c", rank=2))
    rows = [("xxxx", "yyyy", "zzzz")]
    assert fitting(columns, rows, 16) == [0, 1, 2]
    assert fitting(columns, rows, 15) == [0, 1]
    assert fitting(columns, rows, 4) == [0]
    assert fitting(columns, rows, 1) == [0]
    assert fitting(columns, [], 80) == [0, 1, 2]


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[33m" in printed(a_plan(), 80, colour=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[33m" not in printed(a_plan(), 80, colour=True)


def test_no_name_drives_the_terminal() -> None:
    text = printed(a_hostile_plan(), 120)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_view_loads_no_figures() -> None:
    heavy = "{'altair', 'vl_convert', 'jinja2'}"
    said = subprocess.run(
        [sys.executable, "-c", f"import sys, offtake.report; print({heavy} & set(sys.modules))"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert said.stdout.strip() == "set()"


def test_markdown_has_all_sections() -> None:
    text = report_markdown(a_plan())
    heads = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert heads == [
        "What to sign",
        "Capacity by year",
        "Cost and risk",
        "Demand not served",
        "What holds the plan back",
        "Cash by quarter",
        "Deliveries",
        "Assumptions",
        "How it was computed",
        "Sources",
    ]
    assert "nan" not in text.split()


@pytest.mark.parametrize("plan", [a_plan(), a_small_plan(), an_idle_plan(), a_hostile_plan()])
def test_markdown_tables_are_whole(plan: Plan) -> None:
    bars: list[int] = []
    for line in report_markdown(plan).splitlines():
        if line.startswith("|"):
            bars.append(line.replace("\\|", "").count("|"))
        else:
            assert len(set(bars)) <= 1, bars
            bars = []


def test_markdown_takes_nothing_for_a_mark() -> None:
    text = report_markdown(a_hostile_plan())
    assert "\x1b" not in text
    assert "<script>" not in text
    assert "\\<script\\>" in text
    assert "**b**" not in text


def test_the_file_s_name_says_its_form(tmp_path: Path) -> None:
    page = report(a_small_plan(), tmp_path / "plan.html")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    note = write_report(a_small_plan(), tmp_path / "plan.MD")
    assert note.read_text(encoding="utf-8") == report_markdown(a_small_plan())


def test_the_package_is_called() -> None:
    with pytest.raises(OfftakeError, match="OTK-R001 plan.doc: a report ends in .html or .md"):
        offtake.report(a_small_plan(), "plan.doc")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OfftakeError, match="OTK-R002 .*No such file or directory"):
        report(a_small_plan(), tmp_path / "no" / "plan.md")


def test_what_draws_a_page_may_be_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delitem(sys.modules, "offtake.report.page", raising=False)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(OfftakeError, match=r"OTK-R003: .*no module .*offtake\[report\]"):
        report(a_small_plan(), tmp_path / "plan.html")


def test_one_offer_is_called_by_its_name() -> None:
    assert content.answer(a_small_plan())[0] == "Sign 88 MW IT of Reserve, one year in 2026Q4."


def test_like_assumptions_are_put_together() -> None:
    found = content.assumptions(a_plan())
    assert list(found) == ["demand", "offers", "capital", "uncertainty"]
    (price,) = found["offers"]
    assert price.entries == ("narvik-b", "narvik-c")
    assert price.shown == "2.85 USD/GPU-hour; 2.45 USD/GPU-hour"
    assert price.reason == "One-year list prices less 20 %."


def test_who_must_be_named_is_named() -> None:
    plan = replace(
        a_plan(),
        sources=(
            "NVIDIA at a show; power: Epoch AI, Frontier Data Centers (CC BY 4.0); rack: a bank",
            "Epoch AI, ML Hardware, and Chip Users (CC BY 4.0)",
            "Some Press, May 2026",
        ),
    )
    assert content.licences(plan) == "Used under CC BY 4.0: Epoch AI."
