"""Fixings: which published number a month is settled at, for exchange and for indices.

    LAST_BUSINESS_DAY   that of the last Monday to Friday of the month
    MONTH_AVERAGE       the exact mean of the month's fixings
    MONTH_BEFORE        the exact mean of the fixings of the month before

A series `USD/NOK` says how many NOK one USD is. Amounts are summed in their own currency
and exchanged once, at the end: a line is rounded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from offtake.ledger.case import Case
from offtake.model.charge import Step
from offtake.model.clause import FixingRule
from offtake.model.month import Month
from offtake.model.reading import Fixing

_SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """The number a month is settled at, and the fixings it rests on."""

    value: Fraction
    """The number, exact."""
    steps: tuple[Step, ...] = ()
    """How it came about; empty where nothing had to be looked up."""


def fixed(case: Case, series: str, rule: FixingRule, clause: str) -> Fixed | None:
    """Give the number a series is settled at in the month of a case.

    A fixing that is missing is collected in the case (`OTK-L130`), and None given back.
    """
    month = case.month + -1 if rule is FixingRule.MONTH_BEFORE else case.month
    of_month = _of(case, series, month)
    if rule is FixingRule.LAST_BUSINESS_DAY:
        day = last_business_day(month)
        found = [fixing for fixing in of_month if fixing.day == day]
        wanted = f"of {day}"
    else:
        found, wanted = list(of_month), f"in {month}"
    if not found:
        known = case.known.fixings.get(series, ())
        got = f"{len(known)} fixings of {series} known, none {wanted}"
        hint = f"record the fixing of {series} {wanted}; of a holiday, the one that counts"
        case.fault(
            "OTK-L130", f"a fixing is missing, by the rule {rule}", clause, got=got, hint=hint
        )
        return None
    value = sum((Fraction(f.value_amount) for f in found), Fraction(0)) / len(found)
    sources = tuple(f"fixing:{series}/{fixing.day}" for fixing in found)
    what = f"{series}, {rule}" if len(found) == 1 else f"{series}, {rule}, of {len(found)} fixings"
    return Fixed(value=value, steps=(Step(what=what, value=value, unit=series, sources=sources),))


def exchanged(case: Case, currency: str, rule: FixingRule, clause: str) -> Fixed | None:
    """Give what one unit of a currency is in the contract's own.

    It is 1 where they are the same. Either way round of the pair will do; where both are
    recorded, the contract's currency for one of the other (`NOK/USD`) counts last. A missing
    fixing is collected in the case (`OTK-L130`), and None given back.
    """
    own = case.contract.currency
    if currency == own:
        return Fixed(value=Fraction(1))
    straight, turned = f"{own}/{currency}", f"{currency}/{own}"
    if straight not in case.known.fixings and turned in case.known.fixings:
        return fixed(case, turned, rule, clause)
    found = fixed(case, straight, rule, clause)
    if found is None:
        return None
    value = 1 / found.value
    step = Step(what=f"one {currency} in {own}", value=value, unit=f"{own} per {currency}")
    return Fixed(value=value, steps=(*found.steps, step))


def last_business_day(month: Month) -> date:
    """Give the last day of a month from Monday to Friday."""
    day = month.last_day
    while day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    return day


def _of(case: Case, series: str, month: Month) -> Sequence[Fixing]:
    known = case.known.fixings.get(series, ())
    return [fixing for fixing in known if Month.of(fixing.day) == month]
