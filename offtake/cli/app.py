"""The parser of arguments: each command by its import path, imported when it is run."""

from __future__ import annotations

from keyword import iskeyword

from cyclopts import App, Group, Parameter

from offtake.cli.commands import COMMANDS, WITHIN, about
from offtake.cli.pages import Page

_USAGE = {
    "catalogue": "offtake catalogue [OPTIONS] [TABLE]",
    "check": "offtake check [OPTIONS] WORLD",
    "completion": "offtake completion bash|zsh|fish",
    "edit": "offtake edit [OPTIONS] WORLD FIELD=VALUE...",
    "explain": "offtake explain [OPTIONS] FIELD|CODE",
    "cycle": "offtake cycle [OPTIONS] [WORLD]",
    "adopt": "offtake adopt [OPTIONS] PLAN",
    "accept": "offtake accept [OPTIONS] WORLD TRANCHE --tests FILES...",
    "probe key": "offtake probe key FILE",
    "probe node": "offtake probe node [OPTIONS]",
    "probe verify": "offtake probe verify [OPTIONS] FILES...",
    "cancel": "offtake cancel [OPTIONS] JOB...",
    "drain": "offtake drain [OPTIONS] CLUSTER|SITE",
    "learn": "offtake learn [OPTIONS]",
    "logs": "offtake logs [OPTIONS] JOB",
    "rent": "offtake rent INSTALLATION --cluster NAME --url URL [OPTIONS]",
    "run": "offtake run [OPTIONS] -- COMMAND...",
    "serve": "offtake serve [OPTIONS] [INSTALLATION]",
    "status": "offtake status [OPTIONS] [JOB]",
    "submit": "offtake submit [OPTIONS] FILES...",
    "token list": "offtake token list [OPTIONS]",
    "token make": "offtake token make [OPTIONS] NAME",
    "token revoke": "offtake token revoke [OPTIONS] NAME",
    "usage": "offtake usage [OPTIONS]",
    "watch": "offtake watch [OPTIONS] [JOB]",
    "why": "offtake why [OPTIONS] JOB",
    "scale": "offtake scale [OPTIONS] SERVICE [REPLICAS]",
    "import sbatch": "offtake import sbatch SCRIPT [OPTIONS]",
    "measure": "offtake measure [OPTIONS] WORLD|HISTORY|SAMPLES|SHEET [MONTH]",
    "meter": "offtake meter --format FORMAT --world WORLD [OPTIONS] FILES...",
    "simulate cap": "offtake simulate cap [OPTIONS] [SCENE]",
    "simulate curtail": "offtake simulate curtail [OPTIONS] [SCENE]",
    "simulate day": "offtake simulate day [OPTIONS] [SCENE]",
    "simulate loss": "offtake simulate loss [OPTIONS] [SCENE]",
    "simulate policies": "offtake simulate policies --trace FILE [OPTIONS]",
    "simulate trace": "offtake simulate trace --like CLUSTER --accelerators N --out FILE [OPTIONS]",
    "simulate plan": "offtake simulate plan [OPTIONS] PLAN WORLD",
    "simulate train": "offtake simulate train [OPTIONS] ACCELERATORS...",
}
"""How a command is written, where the parser would only say ARGS."""


def build(*, inner_shown: bool = False) -> App:
    """Make the parser; no command is imported.

    Args:
        inner_shown: whether commands within commands are shown to who walks the parser, as
            what completes a command line does; to list them in help would import them.
    """
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
        if name in WITHIN:
            app.command(_group(name, inner_shown))
            continue
        app.command(f"offtake.cli.{name}:{name}", name=name, usage=_USAGE.get(name))
    return app


def _group(name: str, inner_shown: bool) -> App:
    """Make a command that has commands of its own, each by its import path.

    They are listed in words: the parser would have to import them to say what they do.
    """
    inner = WITHIN[name]
    widest = max(map(len, inner))
    listed = "\n".join(f"  {each:<{widest}}  {says}" for each, says in inner.items())
    group = App(
        name=name,
        help=f"{about(name)}\n\nCommands\n{listed}",
        help_format="plaintext",
        help_formatter=Page(),
        version_flags=(),
        usage=f"offtake {name} COMMAND …",
    )
    for each in inner:
        usage = _USAGE.get(f"{name} {each}")
        module = f"{name}_" if iskeyword(name) else name
        group.command(f"offtake.cli.{module}:{each}", name=each, usage=usage, show=inner_shown)
    return group
