"""The work of `offtake claims` and `offtake leaks`: read, settle, look, tell."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum
from fractions import Fraction
from typing import Any, cast

from offtake.cli import screen, settling
from offtake.draw import claim_tables as laid
from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.ledger.claims import calendar
from offtake.ledger.known import known
from offtake.ledger.leaks import leaks as found_leaks
from offtake.model.contract import Contract
from offtake.model.leak import LeakReport
from offtake.model.month import Month


def claims(asked: settling.Asked, until: str | None, as_json: bool, quiet: bool) -> None:
    """Print the calendar of claims of some months.

    Raises:
        OfftakeError: the world or its records have faults, or a month cannot be settled.
    """
    held = settling.read(asked, quiet)
    last = held.month if until is None else settling.month_of(until)
    if last < held.month:
        where = Where(path="offtake claims --until")
        what = "the last month comes before the first"
        fault = Fault(code="OTK-U020", what=what, where=where, got=str(last))
        raise OfftakeError(fault, exit=Exit.USAGE)
    facts = known(held.records, held.as_of)
    found = settling.placed(
        held, lambda: calendar(_picked(held, asked.link), facts, held.month.until(last))
    )
    if as_json:
        screen.say_json({"schema": "offtake.claims/1", "claims": [_plain(c) for c in found]})
        return
    span = str(held.month) if last == held.month else f"{held.month} to {last}"
    name = held.document.portfolio.name
    screen.say(f"Claims of {name}, {span}. {laid.claims_say(found)}")
    screen.say("")
    settling.tabled("Calendar of claims", laid.claims(found))


def _picked(held: settling.Held, link: str | None) -> tuple[Contract, ...]:
    contracts = held.document.portfolio.contracts
    if link is None:
        return contracts
    names = [contract.id for contract in contracts]
    if link not in names:
        where, hint = Where(path="offtake claims --link"), did_you_mean(link, names)
        what = "there is no contract of this name"
        fault = Fault(code="OTK-U022", what=what, where=where, got=link, hint=hint)
        raise OfftakeError(fault, exit=Exit.USAGE)
    return tuple(contract for contract in contracts if contract.id == link)


def leaks(asked: settling.Asked, most: int, as_json: bool, quiet: bool) -> None:
    """Print the leak report of a month.

    Raises:
        OfftakeError: the world or its records have faults, or the month cannot be settled.
    """
    held = settling.read(asked, quiet)
    contracts = held.document.portfolio.contracts
    report = settling.placed(
        held,
        lambda: found_leaks(contracts, held.records, held.month, as_of=held.as_of, most=most),
    )
    if as_json:
        screen.say_json({"schema": "offtake.leaks/1", **_plain(report)})
        return
    _say(report, held)


def _say(report: LeakReport, held: settling.Held) -> None:
    name = held.document.portfolio.name
    screen.say(f"Leaks of {name}, {report.month}. {laid.leaks_say(report)}")
    screen.say("")
    settling.tabled("What happened", laid.facts(report))
    settling.tabled("What could have happened", laid.what_ifs(report))
    settling.tabled("Clauses that differ", laid.gaps(report.gaps))
    for note in laid.notes(report):
        screen.say(f"- {note}")


def _plain(held: object) -> Any:
    """Give a value as data JSON can hold: exact numbers and moments as text."""
    match held:
        case Enum():
            return held.value
        case Month() | Fraction():
            return str(held)
        case datetime():
            return held.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case tuple():
            return [_plain(item) for item in held]
        case str() | int() | None:
            return held
        case _:
            names = (field.name for field in fields(cast(Any, held)))
            return {name: _plain(getattr(held, name)) for name in names}
