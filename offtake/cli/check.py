"""`offtake check`: every fault of a world at once."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from offtake.cli.options import Json
from offtake.errors import Exit, Fault, OfftakeError, Where


def check(
    world: str | None = None,
    /,
    *,
    strict: tuple[str, ...] = (),
    list_checks: Annotated[bool, Parameter(name="--list")] = False,
    as_json: Json = False,
) -> int:
    """Name every fault of a world, with file, line and what to do.

    Errors are what no plan can be made from; warnings are what a reader should know. The
    exit status is 3 if there is an error, or a warning of a check named by --strict.

        offtake check worlds/three-sites
        offtake check worlds/three-sites --strict all

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        strict: Take the warnings of a check for errors; several by commas; `all` for all.
        list_checks: List the checks and what each looks for.
        as_json: Print the faults as JSON, in the form offtake.faults/1.

    Raises:
        OfftakeError: no world is named, or no check has a name in --strict.
    """
    from offtake.cli import checking

    if list_checks:
        checking.list_checks(as_json)
        return Exit.OK
    if world is None:
        where = Where(path="offtake check")
        hint = "name one, or list the checks with --list"
        fault = Fault(code="OTK-U003", what="WORLD is missing", where=where, hint=hint)
        raise OfftakeError(fault, exit=Exit.USAGE)
    names = [name.strip() for part in strict for name in part.split(",") if name.strip()]
    return checking.check(world, names, as_json)
