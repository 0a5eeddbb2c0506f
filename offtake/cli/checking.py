"""The work of `offtake check`: look at a world, and say what was found."""

from __future__ import annotations

from collections.abc import Sequence

from offtake.checks import CHECKS, Finding
from offtake.cli import faults, screen, tables, worlds
from offtake.cli.faults import Told, counted
from offtake.errors import Exit
from offtake.files import check as look
from offtake.files.checking import FILES


def check(world: str, strict: Sequence[str], as_json: bool) -> Exit:
    """Print every fault of a world and give the exit status.

    Raises:
        OfftakeError: there is no such world, or no check of a name in `strict`.
    """
    report = look(worlds.find(world), strict=strict)
    errors, warnings = _told(report.errors), _told(report.warnings)
    if as_json:
        screen.say_json({**faults.as_data([*errors, *warnings]), "world": world})
    else:
        _say(world, errors, warnings)
    return report.exit


def _told(findings: Sequence[Finding]) -> list[Told]:
    return [Told(f.fault, str(f.level), f.check if f.check != FILES else None) for f in findings]


def _say(world: str, errors: Sequence[Told], warnings: Sequence[Told]) -> None:
    console = screen.out()
    for told, word in ((errors, "error"), (warnings, "warning")):
        if told:
            console.print(counted(len(told), word), style="bold")
            faults.show(console, told)
            console.print()
    parts = [counted(len(errors), "error")] if errors else []
    parts += [counted(len(warnings), "warning")] if warnings else []
    screen.say(f"{world}: {', '.join(parts) or 'no fault found'}")
    if parts:
        screen.say("`offtake explain CODE` tells what a code means.")


def list_checks(as_json: bool) -> None:
    """Print every check, what it looks for and the codes it gives."""
    if as_json:
        checks = [
            {"name": c.name, "level": str(c.level), "about": c.about, "codes": dict(c.codes)}
            for c in CHECKS.values()
        ]
        screen.say_json({"schema": "offtake.checks/1", "checks": checks})
        return
    rows = [(c.name, str(c.level), ", ".join(c.codes), c.about) for c in CHECKS.values()]
    tables.say(("check", "level", "codes", "what holds"), rows)
