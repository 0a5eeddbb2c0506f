"""The shadow check: a supplier's own invoice held against what its contract says, line by line.

    theirs                 ours                     finding
    capacity T1  5.6 M     rates.capacity.T1 5.6 M  matched
    capacity T2  1.2 M     rates.capacity.T2 0.9 M  amount differs: other quantity
                           sla.n001         -3,283  missing on theirs: credit missing
    setup fee     500                               missing on ours: no clause asks for it

Every line of both sides is in exactly one finding, so the differences of the findings add
up to the difference of the invoices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from offtake.errors import Fault, OfftakeError, Where
from offtake.ledger.pairing import TheirLine, paired
from offtake.model.charge import Charge, Invoice


class Finding(StrEnum):
    """How lines of the two sides stand to each other."""

    MATCHED = "matched"
    DIFFERS = "amount differs"
    MISSING_ON_THEIRS = "missing on theirs"
    MISSING_ON_OURS = "missing on ours"


class Reason(StrEnum):
    """Why they are likely to differ."""

    NONE = ""
    QUANTITY = "other quantity"
    PRICE = "other price"
    QUANTITY_AND_PRICE = "other quantity and price"
    UNIT = "other unit"
    ROUNDING = "rounding"
    ARITHMETIC = "their quantity times their price is not their amount"
    CREDIT_MISSING = "credit missing"
    NOT_CHARGED = "not charged"
    TWICE = "charged twice"
    NO_CLAUSE = "no clause asks for it"
    NOT_TOLD = "they tell no quantity and price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Lines of both sides that are about the same thing."""

    finding: Finding
    """How they stand to each other."""
    reason: Reason
    """Why they are likely to differ; nothing where they do not."""
    ours: tuple[Charge, ...]
    """What the contract says; empty where it says nothing."""
    theirs: tuple[TheirLine, ...]
    """What the supplier wrote; empty where it wrote nothing."""

    @property
    def ours_amount(self) -> Decimal:
        """What is owed by the contract, in the currency."""
        return sum((charge.amount for charge in self.ours), Decimal(0))

    @property
    def theirs_amount(self) -> Decimal:
        """What the supplier asks for, in the currency."""
        return sum((line.amount for line in self.theirs), Decimal(0))

    @property
    def difference(self) -> Decimal:
        """What they ask for less what is owed: positive is too much."""
        return self.theirs_amount - self.ours_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """A supplier's invoice beside ours."""

    invoice: Invoice
    """What is owed by the contract."""
    held: tuple[Held, ...]
    """Findings: in the order of our lines, then what only they have."""

    @property
    def ours_amount(self) -> Decimal:
        """What is owed, prepayments set against it, in the currency."""
        return sum((one.ours_amount for one in self.held), Decimal(0))

    @property
    def theirs_amount(self) -> Decimal:
        """What they ask for, in the currency."""
        return sum((one.theirs_amount for one in self.held), Decimal(0))

    @property
    def difference(self) -> Decimal:
        """What they ask for less what is owed: positive is too much."""
        return self.theirs_amount - self.ours_amount

    def of(self, finding: Finding) -> tuple[Held, ...]:
        """Give the findings of one kind."""
        return tuple(one for one in self.held if one.finding is finding)


def shadow(invoice: Invoice, theirs: Sequence[TheirLine]) -> Shadow:
    """Hold a supplier's lines against an invoice of ours.

    Raises:
        OfftakeError: a line of theirs is in another currency (`OTK-L190`).
    """
    faults = [
        Fault(
            code="OTK-L190",
            what=f"the supplier's line is not in the contract's currency, {invoice.currency}",
            where=Where(path=line.place),
            got=line.currency,
        )
        for line in theirs
        if line.currency not in (None, invoice.currency)
    ]
    if faults:
        raise OfftakeError(faults)
    return Shadow(invoice=invoice, held=tuple(_held(invoice, theirs)))


def _held(invoice: Invoice, theirs: Sequence[TheirLine]) -> Iterator[Held]:
    pairs = paired(invoice.charges, theirs)
    order = {charge.id: place for place, charge in enumerate(invoice.charges)}
    for ours, lines in sorted(pairs, key=lambda pair: order[pair[0][0].id]):
        yield _both(invoice, ours, lines)
    met_ours = {charge.id for ours, _ in pairs for charge in ours}
    met_theirs = {id(line) for _, lines in pairs for line in lines}
    for charge in invoice.charges:
        if charge.id not in met_ours:
            reason = Reason.CREDIT_MISSING if charge.minor < 0 else Reason.NOT_CHARGED
            yield Held(finding=Finding.MISSING_ON_THEIRS, reason=reason, ours=(charge,), theirs=())
    met = [line for line in theirs if id(line) in met_theirs]
    for line in theirs:
        if id(line) not in met_theirs:
            twice = any(_is_again(line, other) for other in met)
            yield Held(
                finding=Finding.MISSING_ON_OURS,
                reason=Reason.TWICE if twice else Reason.NO_CLAUSE,
                ours=(),
                theirs=(line,),
            )
            met.append(line)


def _is_again(line: TheirLine, other: TheirLine) -> bool:
    """Tell whether a line is another one over again, under whatever id."""
    same = ("kinds", "tranche", "subject", "quantity", "price", "amount")
    return line.amount != 0 and all(getattr(line, name) == getattr(other, name) for name in same)


def _both(invoice: Invoice, ours: tuple[Charge, ...], lines: tuple[TheirLine, ...]) -> Held:
    asked = sum((line.amount for line in lines), Decimal(0))
    owed = sum((charge.amount for charge in ours), Decimal(0))
    if asked == owed:
        return Held(finding=Finding.MATCHED, reason=Reason.NONE, ours=ours, theirs=lines)
    unit = Decimal(1).scaleb(-invoice.places)
    if abs(asked - owed) <= unit * max(len(ours), len(lines)):
        reason = Reason.ROUNDING
    elif len(ours) == len(lines) == 1:
        reason = _reason(ours[0], lines[0], Fraction(unit))
    else:
        reason = Reason.NOT_TOLD
    return Held(finding=Finding.DIFFERS, reason=reason, ours=ours, theirs=lines)


def _reason(ours: Charge, theirs: TheirLine, unit: Fraction) -> Reason:
    """Say which factor of an amount is another one."""
    if theirs.quantity is None or theirs.price is None:
        return _of_one_factor(ours, theirs)
    if abs(theirs.quantity * theirs.price - Fraction(theirs.amount)) > unit:
        return Reason.ARITHMETIC
    if theirs.unit and _plain(theirs.unit) != _plain(ours.unit):
        return Reason.UNIT
    match theirs.quantity != ours.quantity, theirs.price != ours.price:
        case True, True:
            return Reason.QUANTITY_AND_PRICE
        case True, False:
            return Reason.QUANTITY
        case _:
            return Reason.PRICE


def _plain(unit: str) -> str:
    return "".join(sign for sign in unit.casefold() if sign.isalnum()).rstrip("s")


def _of_one_factor(ours: Charge, theirs: TheirLine) -> Reason:
    if theirs.price is not None and theirs.price != ours.price:
        return Reason.PRICE
    if theirs.quantity is not None and theirs.quantity != ours.quantity:
        return Reason.QUANTITY
    return Reason.NOT_TOLD
