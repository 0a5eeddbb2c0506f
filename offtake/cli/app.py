"""The parser of arguments: each command by its import path, imported when it is run."""

from __future__ import annotations

from cyclopts import App, Group, Parameter

from offtake.cli.commands import COMMANDS
from offtake.cli.pages import Page

_USAGE = {
    "catalogue": "offtake catalogue [OPTIONS] [TABLE]",
    "check": "offtake check [OPTIONS] WORLD",
    "edit": "offtake edit [OPTIONS] WORLD FIELD=VALUE...",
    "explain": "offtake explain [OPTIONS] FIELD|CODE",
}
"""How a command is written, where the parser would only say ARGS."""


def build() -> App:
    """Make the parser; no command is imported."""
    app = App(
        name="offtake",
        help_format="plaintext",
        help_formatter=Page(),
        version_flags=(),
        group_parameters=Group("Options"),
        default_parameter=Parameter(negative=()),
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
    )
    for name in COMMANDS:
        app.command(f"offtake.cli.{name}:{name}", name=name, usage=_USAGE.get(name))
    return app
