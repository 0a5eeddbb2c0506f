"""Corrections: what became known about a closed month, as lines of the next invoice.

A closed month is never edited. It is settled anew as known now, and each line is held
against all that was invoiced for it until now; what differs becomes one line:

    2027-06 closed     2027-07 closed          2027-08
    line X: 100.00     X of 2027-06: +5.00     settled anew: 103.00  ->  X of 2027-06: -2.00

So the lines of a month and their corrections always add up to the month as known last,
whatever order facts arrive in, and correcting twice adds nothing. A correction is not
rounded again: it is the difference of amounts that were rounded once each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from offtake.errors import Fault, OfftakeError, Where
from offtake.ledger.case import rounded
from offtake.model.charge import Charge, Invoice, Step
from offtake.model.contract import Contract
from offtake.model.month import Month
from offtake.model.statement import External, Statement

Lines = Mapping[str, tuple[Charge, ...]]
"""Lines of one contract for one month by their name in it: first as closed, then corrections."""


@dataclass(frozen=True, slots=True)
class Billed:
    """What was invoiced for one month until now, by all statements that are closed."""

    month: Month
    """The month."""
    closed: Statement
    """Its own statement."""
    lines: Mapping[str, Lines]
    """For each contract, the lines of the month and every correction of it."""
    externals: tuple[External, ...]
    """Money from outside for the month, and every correction of it."""


def billed(month: Month, closed: Sequence[Statement]) -> Billed:
    """Gather what closed statements invoiced for a month: its own lines, then corrections."""
    ordered = sorted(closed, key=lambda statement: statement.month)
    own = next(statement for statement in ordered if statement.month == month)
    lines: dict[str, dict[str, tuple[Charge, ...]]] = {}
    externals: list[External] = []
    for statement in ordered:
        for charge in statement.charges:
            if (charge.corrects or charge.month) == month:
                held = lines.setdefault(charge.contract, {})
                held[name_of(charge)] = (*held.get(name_of(charge), ()), charge)
        externals += (e for e in statement.externals if (e.corrects or e.month) == month)
    return Billed(month, own, lines, tuple(externals))


def name_of(item: Charge | External) -> str:
    """Give the name of a line in its own month, the same for the line and its corrections."""
    owner = item.contract if isinstance(item, Charge) else "external"
    name = item.id.removeprefix(f"{owner}/{item.month}/")
    return name if item.corrects is None else name.removeprefix(f"{item.corrects}.")


def corrected(invoice: Invoice, anew: Invoice, was: Billed, contract: Contract) -> Invoice:
    """Add to an invoice what a closed month's lines lack, as known now.

    Args:
        invoice: The invoice of the month that is settled now.
        anew: The same contract's invoice of the closed month, settled as known now.
        was: What was invoiced for that month until now.
        contract: The contract.

    Raises:
        OfftakeError: the closed invoice is in another currency (`OTK-L153`).
    """
    closed = was.closed.by_contract.get(contract.id)
    notes: list[str] = []
    if closed is not None:
        if (closed.currency, closed.places) != (invoice.currency, invoice.places):
            raise OfftakeError(_other_currency(closed, invoice))
        if (closed.seller, closed.buyer) != (anew.seller, anew.buyer) or (
            (closed.seller, closed.buyer) != (invoice.seller, invoice.buyer)
        ):
            notes.append(
                f"{was.month} was invoiced by {closed.seller} to {closed.buyer}; what is owed "
                f"for it as known now is charged by {invoice.seller} to {invoice.buyer}"
            )
    lines = dict(was.lines.get(contract.id, {}))
    found: list[Charge] = []
    for charge in anew.charges:
        old = lines.pop(name_of(charge), ())
        found += _correction(charge, old, invoice.month, was.month, contract)
    for old in lines.values():
        found += _correction(None, old, invoice.month, was.month, contract)
    if not found:
        return invoice
    charges = (*invoice.charges, *found)
    ordered = sorted(charges, key=lambda charge: charge.kind.is_cash_only)
    return replace(invoice, charges=tuple(ordered), notes=(*invoice.notes, *notes))


def _correction(
    now: Charge | None, old: tuple[Charge, ...], month: Month, closed: Month, contract: Contract
) -> Iterator[Charge]:
    """Give the line that brings what was invoiced to what is owed now; none if it is."""
    minor = (now.minor if now else 0) - sum(line.minor for line in old)
    if minor == 0:
        return
    like = now or old[0]
    quantity, unit, price = _factors(now, old, minor, contract)
    before = sum((line.exact for line in old), Fraction(0))
    yield replace(
        like,
        id=f"{contract.id}/{month}/{closed}.{name_of(like)}",
        month=month,
        corrects=closed,
        text=f"{closed} corrected: {like.text}" if like.corrects is None else like.text,
        quantity=quantity,
        unit=unit,
        price=price,
        exact=Fraction(quantity) * price,
        minor=minor,
        steps=(
            *(now.steps if now else ()),
            Step(
                what=f"owed for {closed} as known now",
                value=Fraction(now.minor if now else 0, 10**like.places),
                unit=like.currency,
                sources=(f"clause:{like.clause}",),
            ),
            Step(
                what=f"invoiced for {closed} until now",
                value=Fraction(sum(line.minor for line in old), 10**like.places),
                unit=like.currency,
                sources=tuple(f"line:{line.id}" for line in old),
            ),
            Step(
                what="change before rounding",
                value=(now.exact if now else 0) - before,
                unit=like.currency,
            ),
        ),
    )


def _factors(
    now: Charge | None, old: tuple[Charge, ...], minor: int, contract: Contract
) -> tuple[Fraction | int, str, Fraction]:
    """Give quantity, unit and price of a correction; 1 · the amount where the price moved too."""
    lines = (*((now,) if now else ()), *old)
    places, rule = lines[0].places, contract.rounding.rule
    if len({(line.unit, line.price) for line in lines}) == 1:
        quantity = (now.quantity if now else 0) - sum(line.quantity for line in old)
        price = lines[0].price
        if rounded(quantity * price * 10**places, rule) == minor:
            return quantity, lines[0].unit, price
    return 1, "correction", Fraction(minor, 10**places)


def corrected_externals(
    anew: Iterable[External], was: Billed, month: Month
) -> tuple[External, ...]:
    """Give the money from outside that a closed month lacks, as known now.

    What was paid too much goes back: payer and payee change places.
    """
    owed: dict[tuple[str, str, str, str], int] = {}
    said: dict[tuple[str, str, str, str], External] = {}
    for external, sign in (*((e, 1) for e in anew), *((e, -1) for e in was.externals)):
        key, signed = _direction(external)
        owed[key] = owed.get(key, 0) + sign * signed
        said.setdefault(key, external)
    found: list[External] = []
    for key, minor in owed.items():
        if minor == 0:
            continue
        like, (name, first, second, _) = said[key], key
        payer, payee = (first, second) if minor > 0 else (second, first)
        found.append(
            replace(
                like,
                id=f"external/{month}/{was.month}.{name}",
                month=month,
                payer=payer,
                payee=payee,
                text=f"{was.month} corrected: {like.text}" if not like.corrects else like.text,
                minor=abs(minor),
                corrects=was.month,
            )
        )
    return tuple(found)


def _direction(external: External) -> tuple[tuple[str, str, str, str], int]:
    """Give a key that does not depend on who pays whom, and the amount from first to second."""
    first, second = sorted((external.payer, external.payee))
    key = (name_of(external), first, second, external.currency)
    return key, external.minor if external.payer == first else -external.minor


def _other_currency(closed: Invoice, invoice: Invoice) -> Fault:
    return Fault(
        code="OTK-L153",
        what=f"{closed.month} was closed in another currency, or with other decimal places",
        where=Where(path=f"contracts.{invoice.contract}.currency ({invoice.month})"),
        got=f"{closed.currency} with {closed.places} places, now {invoice.currency} with "
        f"{invoice.places}",
        hint="a contract keeps its currency; write a new contract for the new one",
    )
