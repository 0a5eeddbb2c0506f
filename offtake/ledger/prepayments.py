"""Prepayments: paid ahead of service, credited in equal parts later; cash, never revenue.

    share · total value ──paid── lead days before due
                        ──credited── so many equal months of service, the last the remainder

The total value is what the tranche is agreed to bring over its written term from its due
date, without an index, so that it is known when it is to be paid. Months of service are
counted from the month service begins in, which is the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from offtake.ledger.case import Case, rounded
from offtake.ledger.dates import month_of
from offtake.ledger.prices import total_value
from offtake.ledger.service import FOREVER
from offtake.model.charge import Charge, ChargeKind, Step
from offtake.model.clause import Prepayment
from offtake.model.contract import Tranche
from offtake.model.month import Month


def prepayments(case: Case, charges: tuple[Charge, ...]) -> tuple[Charge, ...]:
    """Give what is to be prepaid in a month, and the instalments that are credited.

    Faults are collected in the case: no total value (`OTK-L051`), instalments of less than
    the smallest amount there is (`OTK-L053`).
    """
    lines: list[Charge] = []
    for number, clause in enumerate(case.contract.prepayments):
        named = case.covered(clause.tranches)
        for tranche in case.contract.tranches:
            if tranche.id in named:
                lines += _of_tranche(case, number, clause, tranche)
    return tuple(lines)


def _of_tranche(case: Case, number: int, clause: Prepayment, tranche: Tranche) -> Iterator[Charge]:
    path = f"prepayments[{number}]"
    credit = _credit_number(case, clause, tranche)
    pays = paid_month(case, clause, tranche) == case.month
    ends = _ends_here(case, tranche)
    if not pays and credit is None and not ends:
        return
    value = total_value(case, tranche, path)
    if value is None:
        return
    share = Fraction(clause.share)
    ahead = Step(
        what=f"{share * 100} % of it, paid ahead",
        value=share * value.price,
        unit=case.contract.currency,
        sources=(f"clause:{path}",),
    )
    paid = case.charge(
        name=f"prepayments.{number}.{tranche.id}.paid",
        kind=ChargeKind.PREPAYMENT,
        clause=path,
        tranche=tranche.id,
        text=f"prepayment of {tranche.id}",
        quantity=share,
        unit=f"{case.contract.currency} of total value",
        price=value.price,
        steps=(*value.steps, ahead),
    )
    if pays:
        yield paid
    each, last = _instalments(case, clause, paid.minor, path)
    if credit is not None:
        yield _credit(
            case, number, clause, paid, last if credit == _count(clause) else each, credit
        )
    if ends:
        _state_balance(case, clause, tranche, paid, each)


def paid_month(case: Case, clause: Prepayment, tranche: Tranche) -> Month:
    """Give the month a prepayment is to be paid in: its days before due, not before signing."""
    day = tranche.due - timedelta(days=float(clause.lead_days))
    return Month.of(day if case.contract.signed is None else max(day, case.contract.signed))


def _count(clause: Prepayment) -> int:
    return int(clause.instalment_count)


def _credit_number(case: Case, clause: Prepayment, tranche: Tranche) -> int | None:
    """Give which credit a month brings, from 1; None brings none."""
    service, zone = case.services[tranche.id], case.contract.time_zone
    if service.started is None or case.month < month_of(service.started, zone):
        return None
    if service.ended <= service.started or case.month > month_of(service.ended - 1, zone):
        return None
    number = case.month - month_of(service.started, zone) + 2 - int(clause.credit_from_month)
    return number if 1 <= number <= _count(clause) else None


def _ends_here(case: Case, tranche: Tranche) -> bool:
    ended = case.services[tranche.id].ended
    return ended < FOREVER and case.window[0] < ended <= case.window[1]


def _instalments(case: Case, clause: Prepayment, paid: int, path: str) -> tuple[int, int]:
    """Give the equal credits and the last, in minor units: together what was paid."""
    count = _count(clause)
    each = rounded(Fraction(paid, count), case.contract.rounding.rule)
    last = paid - (count - 1) * each
    if last < 0:
        case.fault(
            "OTK-L053",
            f"a prepayment of {paid} minor units cannot be credited in {count} equal parts",
            path,
            hint="give it fewer instalments",
        )
    return each, last


def _credit(
    case: Case, number: int, clause: Prepayment, paid: Charge, minor: int, credit: int
) -> Charge:
    amount = Fraction(minor, 10**paid.places)
    which = f"credit {credit} of {_count(clause)}"
    balance = Step(
        what="paid ahead, rounded",
        value=Fraction(paid.minor, 10**paid.places),
        unit=paid.currency,
        sources=(f"clause:prepayments[{number}]",),
    )
    step = Step(what=which, value=amount, unit=paid.currency)
    return case.charge(
        name=f"prepayments.{number}.{paid.tranche}.credit",
        kind=ChargeKind.PREPAYMENT_CREDIT,
        clause=paid.clause,
        tranche=paid.tranche,
        text=f"prepayment of {paid.tranche}, {which}",
        quantity=-1,
        unit="instalment",
        price=amount,
        steps=(*paid.steps, balance, step),
    )


def _state_balance(
    case: Case, clause: Prepayment, tranche: Tranche, paid: Charge, each: int
) -> None:
    """Note what of a prepayment is left when its tranche ends: who keeps it is not said."""
    service, zone, given = case.services[tranche.id], case.contract.time_zone, 0
    if service.started is not None:
        served = case.month - month_of(service.started, zone) + 1
        given = min(max(served - int(clause.credit_from_month) + 1, 0), _count(clause))
    due = paid_month(case, clause, tranche)
    if given == _count(clause) or due > case.month:
        return
    left = Decimal(paid.minor - given * each).scaleb(-paid.places)
    case.note(
        f"{tranche.id} has ended with {left} {paid.currency} of its "
        "prepayment not credited; the contract does not say whose it is"
    )
