"""Service levels: the credits of an invoice, up to their cap, and the rights that arise.

A breach whose credit is automatic, or was claimed in time, is a line; any other is a note
with its deadline, and an entry of the calendar (`offtake.ledger.claims`). What credits of an
interval exceed their cap by is taken back by a line of its own, so that each credit still
says what it is of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np

from offtake.ledger.availability import WHOLE, Fared, fared
from offtake.ledger.breaches import (
    Breach,
    breaches,
    deadline,
    interval,
    percent,
    promised,
    span_of,
    state,
)
from offtake.ledger.case import Case
from offtake.ledger.fees import fee
from offtake.ledger.fleet import fleet
from offtake.ledger.hosts import folded
from offtake.ledger.sweeps import Ints
from offtake.model.charge import Charge, ChargeKind, Step
from offtake.model.claim import ClaimState
from offtake.model.clause import Interval, ServiceLevel
from offtake.model.contract import Tranche
from offtake.model.month import Month

MONTHS_A_YEAR = 12
LENGTHS = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}
"""Months of an interval of the calendar."""


def credits(case: Case, charges: tuple[Charge, ...]) -> tuple[Charge, ...]:
    """Give the lines of service credits; notes say what is not claimed and which rights arise."""
    lines: list[Charge] = []
    for level in case.contract.service_levels:
        found = breaches(case, level, charges)
        given = [b.line for b in found if _state(case, b).is_given]
        lines += given
        lines += _above_cap(case, level, given, charges)
        _note_unclaimed(case, level, [b for b in found if not _state(case, b).is_given])
        _note_chronic(case, level)
    return tuple(lines)


def _state(case: Case, breach: Breach) -> ClaimState:
    return state(case, breach.level, str(breach.line.tranche))


def _above_cap(
    case: Case, level: ServiceLevel, given: Sequence[Charge], charges: Sequence[Charge]
) -> Iterator[Charge]:
    """Take back what credits exceed their cap by, so that they come to the cap, rounded once."""
    if level.credit_cap_share is None or not given:
        return
    clause, share = f"service_levels.{level.id}", Fraction(level.credit_cap_share)
    total = Fraction(0)
    steps: list[Step] = []
    for name in case.covered(level.tranches):
        tranche = next(t for t in case.contract.tranches if t.id == name)
        months = interval(case, level, tranche)
        if months:
            base = fee(case, tranche, months, charges)
            total += base.amount
            steps += base.steps
    credited = -sum((Fraction(line.amount) for line in given), Fraction(0))
    excess = credited - total * share
    if excess <= 0:
        return
    currency = case.contract.currency
    yield case.charge(
        name=f"{clause}.cap",
        kind=ChargeKind.SERVICE_CREDIT,
        clause=clause,
        text=f"credits above their cap of {percent(share)} of the fee",
        quantity=excess,
        unit=currency,
        price=Fraction(1),
        steps=(
            *steps,
            Step(what="cap", value=total * share, unit=currency, sources=(f"clause:{clause}",)),
            Step(
                what="credits before the cap",
                value=credited,
                unit=currency,
                sources=tuple(f"line:{line.id}" for line in given),
            ),
        ),
    )


def _note_unclaimed(case: Case, level: ServiceLevel, found: Sequence[Breach]) -> None:
    """Note credits that were not claimed: how much is at stake, and until when."""
    last = deadline(case, level)
    for each in (ClaimState.OPEN, ClaimState.LAPSED):
        mine = [b.line for b in found if _state(case, b) is each]
        if not mine or last is None:
            continue
        minor = -sum(line.minor for line in mine)
        amount = Decimal(minor).scaleb(-case.contract.rounding.decimal_count)
        what = f"{len(mine)} credits of {amount:,} {case.contract.currency}"
        end = last.isoformat().replace("+00:00", "Z")
        if each is ClaimState.OPEN:
            case.note(f"service_levels.{level.id}: {what} are not claimed; claim them by {end}")
        else:
            case.note(f"service_levels.{level.id}: {what} were not claimed by {end} and lapsed")


def _note_chronic(case: Case, level: ServiceLevel) -> None:
    """Note what missed a service level so often within a year that the buyer may terminate.

    A year is the twelve months up to this one; what counts is how many of its intervals a
    node, or the tranche as a whole, missed it in.
    """
    least = level.chronic_breach_count
    if least is None or level.interval is Interval.TERM:
        return
    for name in case.covered(level.tranches):
        tranche = next(t for t in case.contract.tranches if t.id == name)
        months = interval(case, level, tranche)
        if not months:
            continue
        names = fleet(case, tranche).names
        times = np.zeros(max(len(names), 1), np.int64)
        now = times
        for back, covered in enumerate(_within_a_year(level, months)):
            how = fared(case, level, tranche, span_of(case, covered))
            missed = _missed(case, level, tranche, how, len(times))
            times = times + missed
            now = missed if back == 0 else now
        often = np.flatnonzero((times >= least) & (now > 0))
        if len(often):
            whole = level.scope in WHOLE or not names
            who = tranche.id if whole else folded(names[i] for i in often.tolist())
            case.note(
                f"service_levels.{level.id}: {who} missed it {int(times[often].max())} times "
                f"within a year: the buyer may terminate {tranche.id} (chronic breach)"
            )


def _within_a_year(level: ServiceLevel, months: tuple[Month, ...]) -> Iterator[tuple[Month, ...]]:
    """Give the months of an interval, then those of the intervals before it within a year."""
    yield months
    length = LENGTHS[level.interval]
    for back in range(1, MONTHS_A_YEAR // length):
        last = months[0] + -(1 + (back - 1) * length)
        yield (last + (1 - length)).until(last)


def _missed(case: Case, level: ServiceLevel, tranche: Tranche, how: Fared, count: int) -> Ints:
    """Mark the nodes that missed a service level, or the first for the tranche as a whole."""
    found = np.zeros(count, np.int64)
    below = how.below(promised(level))
    if level.scope in WHOLE or not how.names:
        found[0] = len(below) > 0
        return found
    places = how.units.node[below]
    found[places[places >= 0]] = 1
    for unit in below[places < 0].tolist():
        cohort = int(how.units.cohort[unit])
        apart = how.units.node[how.units.cohort == cohort]
        members = fleet(case, tranche).cohorts[cohort].members
        found[np.setdiff1d(members, apart)] = 1
    return found
