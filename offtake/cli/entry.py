"""Every command begins and ends here: arguments in, exit status out, no error gets past.

    0 done   1 failed   2 wrong usage   3 faults in the input   4 no feasible plan
    130 interrupted   141 nobody reads the output any more

What is imported inside the functions costs time that a short answer does not take.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from offtake.cli.commands import answer
from offtake.errors import Exit, Fault, OfftakeError

INTERRUPTED = 130
UNREAD = 141

_STATUS = {
    **dict.fromkeys(("OTK-F040", "OTK-F041", "OTK-F044", "OTK-R002", "OTK-R003"), Exit.FAILED),
    **dict.fromkeys(
        ("OTK-F042", "OTK-F045", "OTK-F046", "OTK-C200", "OTK-R001", "OTK-R004"), Exit.USAGE
    ),
}
"""Codes that are no faults of the input, though the floor that finds them cannot know."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit status; nothing is raised.

    Args:
        arguments: what stands behind `offtake`; None takes the process's own.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["help"] and len(words) > 1:
        words = [*words[1:], "--help"]
    _write_what_the_locale_cannot()
    try:
        status = _told(words)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()
        status = UNREAD
    except KeyboardInterrupt:
        sys.stderr.write("offtake: interrupted\n")
        status = INTERRUPTED
    return status


def _write_what_the_locale_cannot() -> None:
    """Let text go out under any locale: what it has no sign for is written as an escape."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


def _told(words: list[str]) -> int:
    """Run a command; whatever goes wrong is told as faults."""
    try:
        return _run(words)
    except OfftakeError as error:
        _fail(error.faults, words)
        return int(_status(error))
    except BrokenPipeError:
        raise
    except MemoryError:
        _fail([Fault(code="OTK-U091", what="there is not enough memory for this")], words)
    except OSError as error:
        _fail([_refused(error)], words)
    except Exception as error:  # noqa: BLE001 - the one place where a defect is told
        _defect(error, words)
    return int(Exit.FAILED)


def _status(error: OfftakeError) -> Exit:
    """Give the status a command ends with; what the fault is about counts."""
    kinds = {_STATUS.get(fault.code, error.exit) for fault in error.faults}
    return kinds.pop() if len(kinds) == 1 else error.exit


def _run(words: list[str]) -> int:
    said = answer(words)
    if said is not None:
        sys.stdout.write(said + "\n")
        return int(Exit.OK)

    from cyclopts import CycloptsError

    from offtake.cli import screen
    from offtake.cli.app import build
    from offtake.cli.misuse import usage_fault

    try:
        command, bound, _ = build().parse_args(
            words, console=screen.out(), error_console=screen.err()
        )
    except CycloptsError as error:
        raise OfftakeError(usage_fault(error), exit=Exit.USAGE) from None
    return int(command(*bound.args, **bound.kwargs) or Exit.OK)


def _fail(found: Sequence[Fault], words: Sequence[str]) -> None:
    """Tell faults: as JSON alone on stdout if `--json` was asked for, else on stderr."""
    from offtake.cli import faults, screen

    told = [faults.Told(fault) for fault in found]
    ours = words[: words.index("--")] if "--" in words else words
    if "--json" in ours:
        screen.say_json(faults.as_data(told))
    else:
        faults.show(screen.err(), told)


def _refused(error: OSError) -> Fault:
    reason = error.strerror or str(error)
    named = f": {error.filename}" if error.filename else ""
    return Fault(code="OTK-U090", what=f"the system refused: {reason}{named}")


def _defect(error: Exception, words: Sequence[str]) -> None:
    debug = os.environ.get("OFFTAKE_DEBUG")
    if debug:
        import traceback

        traceback.print_exception(error)
    said = " ".join(str(error).split())
    fault = Fault(
        code="OTK-U099",
        what=f"this is a defect in offtake: {type(error).__name__}: {said}"[:400],
        hint=None if debug else "run it again with OFFTAKE_DEBUG=1 for the traceback to report",
    )
    _fail([fault], words)


def _forget_output() -> None:
    """Point stdout to nowhere, so that Python does not complain about it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):
        return  # not a file of the system: nothing complains
    finally:
        os.close(nowhere)
