"""A world as a command takes it: sound, or the command ends with all that is wrong with it."""

from __future__ import annotations

from offtake.cli import screen, worlds
from offtake.cli.faults import counted
from offtake.errors import OfftakeError
from offtake.files import Document, check


def sound(world: str, quiet: bool) -> Document:
    """Read and check a world; warnings are counted, errors end the command.

    Raises:
        OfftakeError: with all errors of the world.
    """
    found = check(worlds.find(world))
    if found.errors or found.document is None:
        raise OfftakeError([finding.fault for finding in found.errors])
    if found.warnings and not quiet:
        said = counted(len(found.warnings), "warning")
        screen.note(f"{said}; `offtake check {world}` tells what a reader should know", "yellow")
    return found.document
