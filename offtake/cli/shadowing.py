"""The work of `offtake shadow`: settle a link, read the supplier's file, tell what differs."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from offtake.cli import screen, settling, tables
from offtake.draw.numbers import MINUS
from offtake.errors import Exit
from offtake.files.theirs import read_theirs
from offtake.ledger.shadow import Finding, Held, Shadow
from offtake.ledger.shadow import shadow as held_against

SCHEMA = "offtake.shadow/1"
"""Name and version of the form of what is printed as JSON."""


def shadow(asked: settling.Asked, file: Path, *, as_json: bool, quiet: bool) -> Exit:
    """Print how a supplier's invoice stands to ours, and give 3 where it differs.

    Raises:
        OfftakeError: the month cannot be settled, or the file cannot be read.
    """
    held = settling.read(asked, quiet)
    statement = settling.settled(held)
    (link,) = settling.picked(statement, asked.link)
    lines = read_theirs(file, link, held.month)
    found = held_against(statement.by_contract[link], lines)
    if as_json:
        screen.say_json(plain(found))
    else:
        _say(found)
    return Exit.OK if len(found.of(Finding.MATCHED)) == len(found.held) else Exit.FAULTS


def _say(found: Shadow) -> None:
    invoice = found.invoice
    screen.say(f"{invoice.id}: {invoice.seller}'s invoice beside the contract, {invoice.currency}")
    least = invoice.places
    rows = [
        [
            _name(one),
            str(one.finding),
            _money(one.theirs_amount, least) if one.theirs else "",
            _money(one.ours_amount, least) if one.ours else "",
            _money(one.difference, least),
            str(one.reason),
        ]
        for one in found.held
    ]
    sums = (found.theirs_amount, found.ours_amount, found.difference)
    rows.append(["All", "", *(_money(one, least) for one in sums), ""])
    heads = ("Line", "Finding", "Theirs", "Ours", "Theirs less ours", "Likely reason")
    tables.say(heads, rows, (2, 3, 4))
    counts = ", ".join(f"{len(found.of(kind))} {kind}" for kind in Finding if found.of(kind))
    screen.say(f"{counts}. A positive difference is too much asked for.")


def _name(one: Held) -> str:
    if one.ours:
        return ", ".join(charge.id.split("/", 2)[2] for charge in one.ours)
    return ", ".join(line.text or line.id or line.place for line in one.theirs)


def _money(amount: Decimal, least: int) -> str:
    """Write an amount with the places of the currency; with more where it has them."""
    digits = amount.normalize().as_tuple().exponent
    places = max(least, -digits if isinstance(digits, int) else 0)
    return f"{amount:,.{places}f}".replace("-", MINUS)


def plain(found: Shadow) -> dict[str, object]:
    """Give the findings as plain data: amounts as exact text."""
    return {
        "schema": SCHEMA,
        "invoice": found.invoice.id,
        "currency": found.invoice.currency,
        "ours": str(found.ours_amount),
        "theirs": str(found.theirs_amount),
        "difference": str(found.difference),
        "findings": [
            {
                "finding": str(one.finding),
                "reason": str(one.reason),
                "ours": [charge.id for charge in one.ours],
                "theirs": [line.place for line in one.theirs],
                "ours_amount": str(one.ours_amount),
                "theirs_amount": str(one.theirs_amount),
                "difference": str(one.difference),
            }
            for one in found.held
        ],
    }
