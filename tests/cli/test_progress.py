"""Progress is a live line on a terminal, a line a stage elsewhere, and silent if asked."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from offtake.cli.interruptible import interruptible
from offtake.cli.progress import Status
from offtake.progress import Progress

STEPS = (
    Progress("draw", "drawing 3 scenarios of \x1b[2Jx"),
    Progress("improve", "better blocks found", best_usd=float("-inf"), bound_usd=1e9),
    Progress("improve", "better blocks found", best_usd=8.2e9, bound_usd=float("inf")),
    Progress("explain", "gap 0.1%", best_usd=8.2e9, bound_usd=8.3e9),
)


def told(*, terminal: bool, quiet: bool = False) -> str:
    printed = io.StringIO()
    with Status(Console(file=printed, force_terminal=terminal, width=120), quiet=quiet) as status:
        for step in STEPS:
            status(step)
    return printed.getvalue()


def test_lines_where_there_is_no_terminal() -> None:
    lines = [line[9:].strip() for line in told(terminal=False).splitlines()]
    assert lines == [
        r"draw      drawing 3 scenarios of \x1b[2Jx",
        "improve   better blocks found",
        "explain   gap 0.1%; best 8.20 B USD, at most 100 M USD below the best possible",
    ]


def test_one_live_line_on_a_terminal() -> None:
    said = told(terminal=True)
    assert "best 8.20 B USD, at most 100 M USD below the best possible" in said
    assert "\x1b[2J" not in said
    assert said.endswith("\x1b[2K")  # gone at the end


def test_quiet() -> None:
    assert told(terminal=True, quiet=True) == told(terminal=False, quiet=True) == ""


def test_a_task_gives_back_or_raises() -> None:
    assert interruptible(lambda: 7, lambda: None) == 7

    def wrong() -> int:
        raise ValueError("so it is")

    with pytest.raises(ValueError, match="so it is"):
        interruptible(wrong, lambda: None)
