"""`offtake explain`: what a field or a code means."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from offtake.cli.options import Json
from offtake.errors import Exit, Fault, OfftakeError, Where


def explain(
    what: str | None = None,
    /,
    *,
    world: str = ".",
    as_of: str | None = None,
    list_codes: Annotated[bool, Parameter(name="--codes")] = False,
    as_json: Json = False,
) -> None:
    """Say what a field or a code means, or how a line of an invoice came about.

    A field is written as `offtake check` names it; names of entries may stand in it. A
    field of a saved plan begins with `plan.`. A line is written CONTRACT/MONTH/NAME, as
    `offtake settle` prints it; its clause, readings, events and arithmetic are laid out.

        offtake explain offers.power_it_mw
        offtake explain OTK-F102
        offtake explain A/2027-06/rates.capacity.T1 --world june-chain
        offtake explain --codes

    Args:
        what: A field such as offers.power_it_mw, a code such as OTK-F102, or a line.
        world: Of a line: the world it is settled in.
        as_of: Of a line: count only what was known by then; else all that is recorded.
        list_codes: List every code with its meaning.
        as_json: Print JSON, in the form offtake.explanation/1.

    Raises:
        OfftakeError: there is no such field, code or line.
    """
    from offtake.cli import explaining, tracing

    if list_codes:
        explaining.list_codes(as_json)
        return
    if what is None:
        where = Where(path="offtake explain")
        hint = "name a field or a code, or list the codes with --codes"
        fault = Fault(code="OTK-U003", what="FIELD or CODE is missing", where=where, hint=hint)
        raise OfftakeError(fault, exit=Exit.USAGE)
    if tracing.is_line(what):
        tracing.trace(what, world, as_of, as_json)
        return
    explaining.explain(what, as_json)
