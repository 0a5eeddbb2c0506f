"""Tables: whole rows for pipes, whole numbers for terminals."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from offtake.cli import screen, tables

Capsys = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch

HEADS = ("id", "what it is called", "accelerators_count", "known_from")
ROWS = (
    ("abilene-1", "Stargate Abilene, the first two of eight buildings", "100,800", "2026-05-23"),
    ("narvik", "Narvik \x1b[2J", "52,000", "2026-10-05"),
)


def on_terminal(width: int, monkeypatch: Patch) -> list[str]:
    printed = io.StringIO()
    terminal = Console(file=printed, force_terminal=True, color_system=None, width=width)
    monkeypatch.setattr(screen, "out", lambda: terminal)
    tables.say(HEADS, ROWS, right=(2,))
    return printed.getvalue().splitlines()


def test_a_pipe_gets_every_row_on_one_line(capsys: Capsys) -> None:
    tables.say(HEADS, [*ROWS, ("x", "y" * 3_000, "1", "2")], right=(2,))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[0].split() == [*HEADS[0].split(), *HEADS[1].split(), *HEADS[2:]]
    assert "Stargate Abilene, the first two of eight buildings  " in lines[1]
    assert r"Narvik \x1b[2J" in lines[2]
    assert not any(line.endswith(" ") for line in lines)


def test_a_terminal_shows_numbers_whole_and_wraps_words(monkeypatch: Patch, capsys: Capsys) -> None:
    lines = on_terminal(60, monkeypatch)
    assert max(map(len, lines)) <= 60
    assert any("100,800" in line and "2026-05-23" in line for line in lines)
    said = " ".join(" ".join(lines).split())
    assert "accelerators_" in said
    assert "buildings" in said
    assert "…" not in said
    assert capsys.readouterr().err == ""


def test_what_has_no_room_is_named(monkeypatch: Patch, capsys: Capsys) -> None:
    lines = on_terminal(32, monkeypatch)
    assert max(map(len, lines)) <= 32
    assert not any("100,8" in line for line in lines)
    assert capsys.readouterr().err == "no room for: accelerators_count, known_from\n"


INVOICE = ("Line", "What", "Quantity", "Unit", "Price", "Amount")
CHARGE = ("pass_through.energy.fjord-2027", "electricity, energy", "6,007", "kWh", "0.05", "288.80")


@pytest.mark.parametrize("width", [50, 60, 80, 100])
def test_what_the_table_is_about_stays(width: int, monkeypatch: Patch, capsys: Capsys) -> None:
    printed = io.StringIO()
    terminal = Console(file=printed, force_terminal=True, color_system=None, width=width)
    monkeypatch.setattr(screen, "out", lambda: terminal)
    tables.say(INVOICE, [CHARGE], right=(2, 4, 5))
    lines = printed.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert CHARGE[0] in lines[1]
    assert lines[1].endswith(CHARGE[5])
    left = capsys.readouterr().err.removeprefix("no room for: ").strip().split(", ")
    shown = [head for head in INVOICE if head not in left]
    assert lines[0].split() == shown
    assert all(CHARGE[INVOICE.index(head)] in lines[1] for head in shown if head != "What")


def test_no_number_is_cut_where_words_leave_it_just_enough_room(monkeypatch: Patch) -> None:
    printed = io.StringIO()
    terminal = Console(file=printed, force_terminal=True, color_system=None, width=60)
    monkeypatch.setattr(screen, "out", lambda: terminal)
    rows = [("x" * 30, "word " * 20, "2,949,120"), ("y" * 30, "word", "1")]
    tables.say(("Line", "What", "Quantity"), rows, right=(2,))
    lines = printed.getvalue().splitlines()
    assert "Quantity" in lines[0]
    assert "2,949,120" in lines[1]


def test_a_table_without_rows(capsys: Capsys, monkeypatch: Patch) -> None:
    tables.say(("a_long_heading", "b"), [])
    assert capsys.readouterr().out == "a_long_heading  b\n"
