"""Where words go: results to stdout, everything else to stderr, both as plain as they must be.

A terminal gets its own width and, unless NO_COLOR is set, colour. A pipe or a file gets
plain text, each record on one line. What comes from a file or an argument may hold control
characters, which could move the cursor or rewrite a line: they are shown, never sent.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys

from rich.console import Console, RenderableType
from rich.text import Text

PIPED = 100
"""Columns of a laid-out page where there is no terminal and COLUMNS does not say."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class _Pipe(Console):
    """A console that lets its caller know that nobody reads it; rich would exit with 1."""

    def on_broken_pipe(self) -> None:
        """Raise again what rich has caught: `main` gives it the status 141."""
        raise BrokenPipeError


def out() -> Console:
    """Give the console of results."""
    return _console(stderr=False)


def err() -> Console:
    """Give the console of progress, warnings and errors."""
    return _console(stderr=True)


def _console(stderr: bool) -> Console:
    console = _Pipe(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        asked = os.environ.get("COLUMNS", "")
        console.width = max(40, int(asked)) if asked.isdecimal() else PIPED
    return console


def clean(text: str) -> str:
    r"""Give a text with its control characters written out: ESC becomes `\x1b`."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def say(text: str) -> None:
    """Print lines of a result as they are, but for control characters."""
    sys.stdout.write(clean(text).rstrip("\n") + "\n")


def say_json(data: object) -> None:
    """Print data as JSON, alone on stdout."""
    say_json_text(json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def say_json_text(text: str) -> None:
    """Print what is JSON already; it is UTF-8 whatever the locale."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.encoding.lower() != "utf-8":
        sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(text)


def flush() -> None:
    """Let go out what was printed: somebody waits for it."""
    sys.stdout.flush()


def note(text: str, style: str = "") -> None:
    """Print a line to stderr: what a reader should know, apart from the result."""
    err().print(Text(clean(text), style=style), soft_wrap=True)


def show(console: Console, made: RenderableType, width: int | None = None) -> None:
    """Print what rich has laid out, without the spaces it fills lines up with."""
    with console.capture() as captured:
        console.print(made, width=width)
    console.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
