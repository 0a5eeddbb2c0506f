"""The work of `offtake explain LINE`: a line of an invoice back to clause and records."""

from __future__ import annotations

import re

from offtake.cli import screen, settling
from offtake.draw import statement_tables as laid
from offtake.errors import Exit, Fault, OfftakeError, did_you_mean
from offtake.ledger.stated import charge_plain
from offtake.model.charge import Charge

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
    charge = known[line]
    if as_json:
        screen.say_json({"schema": "offtake.line/1", **charge_plain(charge)})
    else:
        say(charge)


def say(charge: Charge) -> None:
    """Print a line, its clause, and how it was worked out."""
    screen.say(charge.id)
    screen.say(f"  {charge.text}")
    screen.say("")
    product = f"{laid.exact(charge.quantity)} {charge.unit} x {laid.exact(charge.price, 9)}"
    screen.say(f"  {product} = {laid.exact(charge.exact, 9)} {charge.currency}")
    screen.say(f"  rounded once: {laid.money(charge.minor, charge.places)} {charge.currency}")
    screen.say(f"  clause: {charge.clause}")
    if charge.corrects is not None:
        screen.say(f"  corrects {charge.corrects}, which is closed")
    screen.say("")
    settling.tabled("How it was worked out", laid.steps(charge.steps))
