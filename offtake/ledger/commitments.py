"""Commitments: the part of a minimum that was not taken, and use that it paid for later.

    minimum = level · base            base: contracted, delivered or available, of all its
    shortfall = minimum − taken             tranches together, over its interval
    make-up = use above a later minimum, as far as shortfalls paid within the months allowed

A commitment is settled in the last month of its interval, or in the month its tranches end.
A shortfall is paid at its own price; else at the rate's, the mean of what the base was
priced at where that moved. Make-up gives back what was paid for it, the oldest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from offtake.ledger.case import Case
from offtake.ledger.intervals import closes, first_month, months
from offtake.ledger.prices import Unit, holds, of_rate, segments, unit_price
from offtake.ledger.quantities import FLAT, METERED, UNITS, Counted, amount
from offtake.ledger.rates import counted
from offtake.ledger.spans import Span
from offtake.model.charge import Charge, ChargeKind, Step
from offtake.model.clause import Quantity, Rate, TakeOrPay
from offtake.model.contract import Tranche
from offtake.model.month import Month


def commitments(case: Case, charges: tuple[Charge, ...]) -> tuple[Charge, ...]:
    """Give the lines of all commitments.

    Faults are collected in the case; see `docs/reference/errors.md`, `OTK-L050` and on.
    """
    lines: list[Charge] = []
    for number, clause in enumerate(case.contract.commitments):
        if closes(case, clause.interval, case.covered(clause.tranches)):
            lines += _settled(case, number, clause)
    return tuple(lines)


@dataclass(frozen=True, slots=True)
class _Based:
    """A part of the base: so many units of a tranche, and what prices them."""

    case: Case
    rate: Rate
    tranche: Tranche
    second: int
    units: Fraction


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a commitment stands at the end of one interval."""

    month: Month
    """The month that closes it."""
    unit: str
    base: Fraction
    minimum: Fraction
    taken: Fraction
    parts: tuple[_Based, ...]
    steps: tuple[Step, ...]


def _settled(case: Case, number: int, clause: TakeOrPay) -> Iterator[Charge]:
    path = f"commitments[{number}]"
    now = _position(case, clause, path)
    if now is None:
        return
    covered = case.covered(clause.tranches)
    tranche = covered[0] if len(covered) == 1 else None
    missing = now.minimum - now.taken
    if missing > 0:
        price = _price(case, clause, now, path)
        step = Step(what="shortfall", value=missing, unit=now.unit)
        yield case.charge(
            name=f"commitments.{number}.shortfall",
            kind=ChargeKind.SHORTFALL,
            clause=path,
            tranche=tranche,
            text=f"shortfall to the minimum of {_percent(clause)} of what was {clause.base}",
            quantity=missing,
            unit=now.unit,
            price=price.price,
            steps=(*now.steps, step, *price.steps),
        )
    elif missing < 0 and clause.carry_forward_months:
        for month, units, price in _made_up(case, clause, now, path):
            source = (f"line:{case.contract.id}/{month}/commitments.{number}.shortfall",)
            step = Step(
                what=f"of it paid as shortfall of {month}",
                value=units,
                unit=now.unit,
                sources=source,
            )
            yield case.charge(
                name=f"commitments.{number}.make-up.{month}",
                kind=ChargeKind.MAKE_UP,
                clause=path,
                tranche=tranche,
                text=f"use that the shortfall of {month} paid for",
                quantity=-units,
                unit=now.unit,
                price=price.price,
                steps=(*now.steps, step, *price.steps),
            )


def _percent(clause: TakeOrPay) -> str:
    return f"{(clause.level_share * 100).normalize():f} %"


def _position(case: Case, clause: TakeOrPay, path: str) -> _Position | None:
    """Add up base and what was taken over the interval that a month closes."""
    parts: list[_Based] = []
    taken, unit, steps = Fraction(0), "", []
    for month in months(case, clause.interval):
        then = case.at(month)
        rate = _rate(then, clause, path)
        span = None if rate is None else holds(then, rate)
        if rate is None or span is None:
            continue
        if unit and unit != UNITS[rate.basis]:
            _unfit(then, path, f"its interval counts {unit}s, then {UNITS[rate.basis]}s")
            return None
        unit = UNITS[rate.basis]
        for tranche in _tranches(then, clause, rate):
            found, told = _based(then, clause, rate, tranche, span, path)
            parts += found
            took = amount(then, tranche, counted(rate), span)
            taken += took.value
            steps += [*told, *took.steps]
    if not parts and not taken:
        return None
    base = sum((part.units for part in parts), Fraction(0))
    minimum = Fraction(clause.level_share) * base
    steps += [
        Step(what=f"{clause.base}, all together", value=base, unit=unit),
        Step(
            what=f"minimum: {_percent(clause)} of it",
            value=minimum,
            unit=unit,
            sources=(f"clause:{path}",),
        ),
        Step(what="taken", value=taken, unit=unit),
    ]
    return _Position(case.month, unit, base, minimum, taken, tuple(parts), tuple(steps))


def _based(
    case: Case, clause: TakeOrPay, rate: Rate, tranche: Tranche, span: Span, path: str
) -> tuple[list[_Based], list[Step]]:
    """Count the base of a tranche in a month, apart where the price of a unit moves."""
    wanted = Counted(basis=rate.basis, quantity=clause.base, clause=path)
    parts, steps = [], []
    for part in segments(case, rate, (tranche,), span):
        found = amount(case, tranche, wanted, part)
        if found.value:
            parts.append(_Based(case, rate, tranche, part[0], found.value))
            steps += list(found.steps)
    return parts, steps


def _rate(case: Case, clause: TakeOrPay, path: str) -> Rate | None:
    """Find the rate whose quantity counts: the one named, or the only one there is."""
    if clause.rate is not None:
        found = [rate for rate in case.contract.rates if rate.id == clause.rate]
    else:
        covered = case.covered(clause.tranches)
        found = [
            rate
            for rate in case.contract.rates
            if rate.basis not in FLAT
            and holds(case, rate) is not None
            and any(t.id in covered for t in of_rate(case, rate))
        ]
    if len(found) > 1:
        _unfit(
            case,
            path,
            "nothing says which rate counts towards it",
            got=", ".join(rate.id for rate in found),
            hint="name its `rate`",
        )
    if len(found) != 1:
        return None  # an unknown rate is told by `offtake.ledger.standing`
    rate = found[0]
    if clause.base is Quantity.USED:
        _unfit(
            case,
            path,
            "a minimum cannot be a share of what is used",
            hint="take it of what is contracted, delivered or available",
        )
        return None
    if rate.basis in METERED or rate.basis in FLAT:
        _unfit(
            case,
            path,
            f"capacity is not counted in {UNITS[rate.basis]}s, as {rate.id} is",
            hint="let it count towards a rate per GPU-hour, node-month or kW-month",
        )
        return None
    return rate


def _tranches(case: Case, clause: TakeOrPay, rate: Rate) -> tuple[Tranche, ...]:
    covered = case.covered(clause.tranches)
    return tuple(t for t in of_rate(case, rate) if t.id in covered)


def _unfit(
    case: Case, path: str, what: str, *, got: str | None = None, hint: str | None = None
) -> None:
    case.fault("OTK-L050", what, path, got=got, hint=hint)


def _price(case: Case, clause: TakeOrPay, now: _Position, path: str) -> Unit:
    """Give the price of a unit short: the clause's own, or that of the base."""
    unit = f"{case.contract.currency} per {now.unit}"
    if clause.shortfall_price is not None:
        price = Fraction(clause.shortfall_price)
        source = (f"clause:{path}.shortfall_price",)
        return Unit(
            price=price,
            steps=(Step(what="price of a unit short", value=price, unit=unit, sources=source),),
        )
    if any(part.rate.tiers for part in now.parts):
        _unfit(
            case,
            path,
            "a rate with tiers has no one price for a unit short",
            hint="give the commitment its `shortfall_price`",
        )
        return Unit(price=Fraction(0), steps=())
    made = [
        (part.units, unit_price(part.case, part.rate, part.tranche, part.second))
        for part in now.parts
    ]
    prices = {one.price for _, one in made}
    if len(prices) == 1:
        return made[0][1]
    mean = sum((units * one.price for units, one in made), Fraction(0)) / now.base
    step = Step(
        what=f"mean of {len(prices)} prices, each for its part of the base", value=mean, unit=unit
    )
    return Unit(price=mean, steps=(step,))


def _made_up(
    case: Case, clause: TakeOrPay, now: _Position, path: str
) -> Iterator[tuple[Month, Fraction, Unit]]:
    """Use up what was paid as shortfall before, oldest first, and give what this month uses.

    All intervals since the first are followed anew, so that the result rests on facts alone.
    """
    owed: list[tuple[_Position, Fraction]] = []
    covered = case.covered(clause.tranches)
    for month in first_month(case).until(case.month):
        then = case.at(month)
        if not closes(then, clause.interval, covered):
            continue
        position = now if month == case.month else _position(then, clause, path)
        if position is None:
            continue
        missing = position.minimum - position.taken
        if missing > 0:
            owed.append((position, missing))
            continue
        left, rest = -missing, []
        for since, units in owed:
            if month - since.month > clause.carry_forward_months:
                continue
            takes = min(units, left)
            left -= takes
            if takes and month == case.month:
                paid = _price(case.at(since.month), clause, since, path)
                yield since.month, takes, paid
            rest.append((since, units - takes))
        owed = [one for one in rest if one[1]]
