"""The work of `offtake explain LINE`: a line of an invoice back to clause and records."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from offtake.cli import screen, settling
from offtake.draw import statement_tables as laid
from offtake.errors import Exit, Fault, OfftakeError, did_you_mean
from offtake.ledger.stated import charge_plain
from offtake.ledger.tracing import Trace
from offtake.ledger.tracing import trace as traced
from offtake.model.charge import Charge

_WIDEST = 100
_LINE = re.compile(r"^[^/]+/\d{4}-\d{2}/.+$")


def is_line(what: str) -> bool:
    """Tell whether a text is the id of a line: CONTRACT/MONTH/NAME."""
    return _LINE.match(what) is not None


def trace(line: str, world: str, as_of: str | None, as_json: bool) -> None:
    """Print how a line of an invoice came about.

    Raises:
        OfftakeError: the world or its records have faults, or there is no such line
            (`OTK-U024`).
    """
    contract, month, _ = line.split("/", 2)
    held = settling.read(settling.Asked(world, month, contract, as_of), quiet=True)
    statement = settling.settled(held)
    known = {charge.id: charge for charge in statement.charges}
    if line not in known:
        hint = did_you_mean(line, known) or f"`offtake settle {world} {month}` lists them"
        fault = Fault(code="OTK-U024", what="there is no such line", got=f"'{line}'", hint=hint)
        raise OfftakeError(fault, exit=Exit.USAGE)
    portfolio = held.document.portfolio
    found = traced(line, (statement,), portfolio.contracts, held.records)
    charge = known[line]
    if as_json:
        screen.say_json(plain(charge, found))
    else:
        say(charge, found)


def plain(charge: Charge, found: Trace) -> dict[str, object]:
    """Give a line with all it rests on as data of the form offtake.line/1."""
    return {
        "schema": "offtake.line/1",
        **charge_plain(charge),
        "clause_says": dict(found.clause),
        "cited": {cited.source: dict(cited.facts) for cited in found.cited},
        "rests_on": [deeper.line.id for deeper in found.lines],
    }


def say(charge: Charge, found: Trace) -> None:
    """Print a line with its arithmetic, its clause and the records it rests on."""
    screen.say(charge.id)
    screen.say(f"  {charge.text}")
    screen.say("")
    product = f"{laid.exact(charge.quantity)} {charge.unit} x {laid.exact(charge.price, 9)}"
    screen.say(f"  {product} = {laid.exact(charge.exact, 9)} {charge.currency}")
    screen.say(f"  rounded once: {laid.money(charge.minor, charge.places)} {charge.currency}")
    if charge.corrects is not None:
        screen.say(f"  corrects {charge.corrects}, which is closed")
    screen.say("")
    settling.tabled("How it was worked out", laid.steps(charge))
    _listed(f"The clause, {charge.clause} of {charge.contract}", found.clause)
    for cited in found.cited:
        _listed(cited.source, cited.facts)
    for deeper in found.lines:
        screen.say(f"It rests on {deeper.line.id}: {deeper.line.text}")


def _listed(title: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Print what a clause or a record says, field by field."""
    screen.say(title)
    for name, value in pairs:
        said = f"{name}: {value}"
        screen.say(textwrap.fill(said, _WIDEST, initial_indent="  ", subsequent_indent="    "))
    screen.say("")
