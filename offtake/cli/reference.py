"""The reference page of the command line: what every `--help` says.

python -m offtake.cli.reference
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

from rich.console import Console

from offtake.cli.app import build
from offtake.cli.commands import COMMANDS, WELCOME, WITHIN, listing
from offtake.cli.pages import WIDEST


def help_of(command: str) -> str:
    """Give what `offtake COMMAND --help` prints."""
    printed = io.StringIO()
    console = Console(file=printed, width=WIDEST, color_system=None, highlight=False, markup=False)
    build().help_print(command.split(), console=console)
    return printed.getvalue().rstrip()


def page() -> str:
    """Give the page as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Commands\n"
    yield "Results go to stdout, progress and errors to stderr. Where stdout is no terminal it"
    yield "holds plain text. With `--json` it holds JSON alone, faults too:"
    yield '`{"schema": "offtake.faults/1", "faults": […]}`.\n'
    yield from _block(WELCOME, "offtake")
    yield from _block(listing(), "offtake --help")
    for command in COMMANDS:
        yield f"## {command}\n"
        yield from _block(help_of(command), f"offtake {command} --help")
        for inner in WITHIN.get(command, ()):
            yield f"### {command} {inner}\n"
            yield from _block(help_of(f"{command} {inner}"), f"offtake {command} {inner} --help")


def _block(text: str, asked: str) -> Iterator[str]:
    yield "```text"
    yield f"$ {asked}"
    yield text
    yield "```\n"


if __name__ == "__main__":
    sys.stdout.write(page())
