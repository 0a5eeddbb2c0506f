"""Which lines of a supplier's invoice are about the same thing as which of ours.

Lines are paired from the surest sign to the weakest: the same id; the same amount for the
same thing; one line of theirs that is several of ours; the same thing for another amount.
What a supplier does not tell rules nothing out; what it tells otherwise does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from offtake.model.charge import Charge, ChargeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirLine:
    """One line of a supplier's invoice; None and empty are what it does not tell."""

    place: str
    """Where it stands, such as `invoice.csv:3`."""
    amount: Decimal
    """What it asks for, in the currency; negative is a credit."""
    id: str = ""
    """What it is called; the id of our line where the supplier tells that."""
    text: str = ""
    """What it says."""
    kinds: frozenset[ChargeKind] = frozenset()
    """Kinds of line it can be; empty is any."""
    tranche: str | None = None
    """Tranche it is of."""
    subject: str | None = None
    """What it is about inside the tranche."""
    quantity: Fraction | None = None
    """How much is charged."""
    unit: str = ""
    """Unit of the quantity."""
    price: Fraction | None = None
    """Price of one unit."""
    currency: str | None = None
    """ISO 4217 code."""


Pair = tuple[tuple[Charge, ...], tuple[TheirLine, ...]]
_Sign = Callable[[Charge, TheirLine], bool]


@dataclass(slots=True)
class _Sides:
    ours: list[Charge]
    theirs: list[TheirLine]
    pairs: list[Pair] = field(default_factory=list)

    def pair(self, ours: Sequence[Charge], theirs: TheirLine) -> None:
        taken = {charge.id for charge in ours}
        self.pairs.append((tuple(ours), (theirs,)))
        self.ours = [charge for charge in self.ours if charge.id not in taken]
        self.theirs = [line for line in self.theirs if line is not theirs]


def paired(ours: Sequence[Charge], theirs: Sequence[TheirLine]) -> list[Pair]:
    """Pair the lines of two invoices; those that are in no pair have nothing to match."""
    sides = _Sides(list(ours), list(theirs))
    for sign in (_same_id, _same_thing_and_amount, _same_amount):
        _one_to_one(sides, sign)
    _sums(sides)
    _one_to_one(sides, _same_thing)
    _rest(sides)
    return sides.pairs


def _one_to_one(sides: _Sides, sign: _Sign) -> None:
    for line in tuple(sides.theirs):
        found = next((charge for charge in sides.ours if sign(charge, line)), None)
        if found is not None:
            sides.pair((found,), line)


def _same_id(charge: Charge, line: TheirLine) -> bool:
    name = charge.id.removeprefix(f"{charge.contract}/{charge.month}/")
    return line.id != "" and line.id in (charge.id, name)


def can_be(charge: Charge, line: TheirLine) -> bool:
    """Tell whether nothing a line tells is otherwise than in a line of ours."""
    return (
        (not line.kinds or charge.kind in line.kinds)
        and line.tranche in (None, charge.tranche)
        and line.subject in (None, charge.subject)
    )


def _same_thing_and_amount(charge: Charge, line: TheirLine) -> bool:
    return charge.amount == line.amount and _same_thing(charge, line)


def _same_thing(charge: Charge, line: TheirLine) -> bool:
    """Tell whether a line says all of what ours is about: one kind, tranche and subject."""
    told = (line.tranche, line.subject) == (charge.tranche, charge.subject)
    return told and len(line.kinds) == 1 and charge.kind in line.kinds


def _same_amount(charge: Charge, line: TheirLine) -> bool:
    return charge.amount == line.amount != 0 and can_be(charge, line)


def _sums(sides: _Sides) -> None:
    """Pair one line of theirs with all of ours it can be, where their sum is its amount."""
    for line in (line for line in tuple(sides.theirs) if line.amount != 0):
        able = [charge for charge in sides.ours if can_be(charge, line)]
        for kind in dict.fromkeys(charge.kind for charge in able):
            alike = [charge for charge in able if charge.kind is kind]
            if sum((charge.amount for charge in alike), Decimal(0)) == line.amount:
                sides.pair(alike, line)
                break


def _rest(sides: _Sides) -> None:
    """Pair what tells its kind, for another amount: with all it can be, if it is alone in that."""
    for line in tuple(sides.theirs):
        if not line.kinds or (len(line.kinds) > 1 and line.tranche is None):
            continue
        able = [charge for charge in sides.ours if can_be(charge, line)]
        if not able:
            continue
        alike = [charge for charge in able if charge.kind is able[0].kind]
        rivals = [other for other in sides.theirs if other is not line and can_be(alike[0], other)]
        sides.pair(alike[:1] if rivals else alike, line)
