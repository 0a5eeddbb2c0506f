"""Wrong usage, said as any other fault: what, what was found and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import get_args

from cyclopts import (
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from offtake.cli.commands import COMMANDS, WITHIN
from offtake.errors import Fault, Where, did_you_mean


def usage_fault(error: CycloptsError) -> Fault:
    """Turn what the parser found into a fault, with the nearest thing that would be right."""
    chain = tuple(error.command_chain or ())
    where = Where(path=" ".join(("offtake", *chain)))
    see = f"see `{where.path} --help`"
    match error:
        case UnknownCommandError():
            return _unknown_command(chain, error.unused_tokens or [""])
        case UnusedCliTokensError():
            extra = " ".join(error.unused_tokens or ())
            what = "more arguments than it takes"
            return Fault(code="OTK-U005", what=what, where=where, got=f"'{extra}'", hint=see)
        case UnknownOptionError():
            return _unknown_option(error, where, see)
        case MissingArgumentError():
            name = _name(error)
            what = f"{name} wants a value" if name.startswith("-") else f"{name} is missing"
            return Fault(code="OTK-U003", what=what, where=where, hint=see)
        case RepeatArgumentError():
            what = f"{error.token.keyword} is given twice"
            return Fault(code="OTK-U006", what=what, where=where, hint="give it once")
        case CoercionError():
            return _unfit(error, where, see)
        case _:
            return Fault(code="OTK-U004", what=str(error).rstrip("."), where=where, hint=see)


def _unknown_command(chain: Sequence[str], unused: Sequence[str]) -> Fault:
    hint = did_you_mean(unused[0], WITHIN.get(" ".join(chain), COMMANDS))
    where = Where(path=" ".join(("offtake", *chain)))
    what = "there is no such command"
    return Fault(code="OTK-U001", what=what, where=where, got=f"'{unused[0]}'", hint=hint)


def _unknown_option(error: UnknownOptionError, where: Where, see: str) -> Fault:
    got = (error.token.keyword or error.token.value).partition("=")[0]
    names = [name for argument in error.argument_collection for name in argument.names]
    known = [name for name in (*names, "--help") if name.startswith("-")]
    close = did_you_mean(got, known)
    hint = close if close and close.startswith("did") else see
    return Fault(code="OTK-U002", what="unknown option", where=where, got=f"'{got}'", hint=hint)


def _unfit(error: CoercionError, where: Where, see: str) -> Fault:
    name = _name(error)
    got = error.token.value if error.token is not None else ""
    choices = error.argument.get_choices() if error.argument is not None else None
    if choices:
        what, hint = f"{name} does not know this word", did_you_mean(got, choices)
    else:
        kinds = (*get_args(error.target_type), error.target_type)
        wanted = next((_WANTED[kind] for kind in kinds if kind in _WANTED), "something else")
        what, hint = f"{name} wants {wanted}", see
    return Fault(code="OTK-U004", what=what, where=where, got=f"'{got}'", hint=hint)


_WANTED: dict[object, str] = {
    float: "a number, such as 0.2",
    int: "a whole number, such as 40",
    bool: "no value: it is a switch",
    date: "a day, such as 2026-05-23",
}


def _name(error: CycloptsError) -> str:
    return error.argument.name if error.argument is not None else "an argument"
