"""How a page of help looks: headings and two columns, the same on a terminal and in a pipe."""

from __future__ import annotations

from typing import Any

from cyclopts.help import HelpEntry, HelpPanel
from rich.console import Console, ConsoleOptions
from rich.table import Table
from rich.text import Text

from offtake.cli.screen import show

WIDEST = 96
"""Columns a page of help takes at most: longer lines read badly."""
_UNSAID = ("False", "()", "[]", "None")
"""Defaults that say nothing."""
_VALUES = {"STR": "TEXT", "STR...": "TEXT", "INT": "NUMBER", "FLOAT": "NUMBER"}
"""What an option's value is called, in words of people."""


class Page:
    """Prints the parts of a help page; what cyclopts calls a formatter."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Print a heading and what stands below it."""
        if not panel.entries:
            return
        console.print(Text(str(panel.title), style="bold"))
        rows = Table.grid(padding=(0, 2, 0, 0))
        rows.add_column(no_wrap=True, style="cyan")
        rows.add_column()
        for entry in panel.entries:
            rows.add_row(f"  {_named(entry)}", _told(entry))
        show(console, rows, min(console.width, WIDEST))
        console.print()

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Print how the command is written."""
        console.print(Text(f"Usage: {str(usage).rstrip()}\n"), soft_wrap=True)

    def render_description(self, console: Console, options: ConsoleOptions, said: Any) -> None:
        """Print what the command does, its examples as they are."""
        text = _plain(said)
        if text:
            console.print(Text(f"{text}\n"), soft_wrap=True)


def _named(entry: HelpEntry) -> str:
    if entry.positional_label:
        return entry.positional_label
    names = ", ".join((*entry.positive_shorts, *entry.positive_names))
    return f"{names} {_VALUES.get(entry.metavar, entry.metavar)}" if entry.metavar else names


def _told(entry: HelpEntry) -> Text:
    said = Text(_plain(entry.description))
    default = entry.default if entry.default not in _UNSAID else None
    for label, value in (("one of", ", ".join(entry.choices or ())), ("default", default)):
        if value:
            said.append(f" ({label}: {value})", style="dim")
    return said


def _plain(said: Any) -> str:
    return str(getattr(said, "primary_renderable", said) or "").strip()
