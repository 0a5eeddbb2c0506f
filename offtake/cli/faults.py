"""Faults as people and programs read them.

OTK-F108  sites.yaml:14:5  sites.narvik.country
          none of the words this field knows; got 'Norge'
          did you mean 'NO'?
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from offtake.cli.screen import clean
from offtake.errors import Fault

SCHEMA = "offtake.faults/1"
"""Name and version of the form faults are written in as JSON."""

INDENT = 10


@dataclass(frozen=True, slots=True)
class Told:
    """A fault with how much it matters, and the check that found it."""

    fault: Fault
    level: str = "error"
    check: str | None = None


def show(console: Console, told: Iterable[Told]) -> None:
    """Print faults one below the other, each with code, place, words and hint."""
    for one in told:
        fault = one.fault
        style = "bold red" if one.level == "error" else "bold yellow"
        said = fault.what + (f"; got {fault.got}" if fault.got is not None else "")
        place = _place(fault)
        head = Text.assemble((f"{fault.code:<{INDENT}}", style), place or clean(said))
        console.print(head, soft_wrap=True)
        if place:
            _below(console, said)
        if fault.hint:
            _below(console, fault.hint, "dim")
        if one.check:
            _below(console, f"check: {one.check}", "dim")


def _below(console: Console, said: str, style: str = "") -> None:
    text = Text(clean(said), style=style)
    if console.is_terminal:
        console.print(Padding(text, (0, 0, 0, INDENT), expand=False))
    else:
        console.print(Text(" " * INDENT) + text, soft_wrap=True)


def _place(fault: Fault) -> str:
    where = fault.where
    numbers = (where.file, where.line, where.column)
    place = ":".join(str(part) for part in numbers if part is not None)
    return clean("  ".join(part for part in (place, where.path) if part))


def as_data(told: Iterable[Told]) -> dict[str, Any]:
    """Give faults as the data of `offtake.faults/1`."""
    return {"schema": SCHEMA, "faults": [_one(one) for one in told]}


def _one(told: Told) -> dict[str, Any]:
    fault = told.fault
    return {
        "code": fault.code,
        "level": told.level,
        "file": fault.where.file,
        "line": fault.where.line,
        "column": fault.where.column,
        "path": fault.where.path or None,
        "what": fault.what,
        "got": fault.got,
        "hint": fault.hint,
        "check": told.check,
    }


def counted(number: int, word: str) -> str:
    """Write a number of things: `1 error`, `2 errors`."""
    return f"{number} {word}" + ("" if number == 1 else "s")
