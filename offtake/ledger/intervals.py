"""Intervals of settlement: which months belong together, and which of them is the last.

Quarters and years are those of the calendar. A term runs from the first month any tranche
is owed or in service to the month the last of them ends.
"""

from __future__ import annotations

from offtake.ledger.case import Case
from offtake.ledger.dates import month_of
from offtake.ledger.service import FOREVER
from offtake.model.clause import Interval
from offtake.model.month import Month

_MONTHS = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}


def first_month(case: Case) -> Month:
    """Give the first month any tranche is owed or in service; this one, where none is."""
    begun = [
        piece.span[0]
        for service in case.services.values()
        for piece in (*service.pieces[:1], *service.contracted[:1])
    ]
    return month_of(min(begun), case.contract.time_zone) if begun else case.month


def last_month(case: Case, tranches: tuple[str, ...]) -> Month | None:
    """Give the month the last of some tranches ends in, as known; None is not known to end."""
    ends = []
    for name in tranches:
        service = case.services[name]
        pieces = (*service.pieces[-1:], *service.contracted[-1:])
        ends += [piece.span[1] for piece in pieces]
    if not ends or max(ends) >= FOREVER:
        return None
    return month_of(max(ends) - 1, case.contract.time_zone)


def months(case: Case, interval: Interval) -> tuple[Month, ...]:
    """Give the months of the interval a case's month lies in, up to it and with it."""
    first = first_month(case)
    if interval is not Interval.TERM:
        count = _MONTHS[interval]
        start = Month(case.month.year, (case.month.month - 1) // count * count + 1)
        first = max(first, start)
    return min(first, case.month).until(case.month)


def months_before(case: Case, interval: Interval) -> tuple[Month, ...]:
    """Give the months of the interval before the case's own."""
    return months(case, interval)[:-1]


def closes(case: Case, interval: Interval, tranches: tuple[str, ...]) -> bool:
    """Tell whether a month is the last of an interval: of the calendar, or of its tranches."""
    last = last_month(case, tranches)
    if last is not None and case.month == last:
        return True
    if interval is Interval.TERM or (last is not None and case.month > last):
        return False
    return case.month.month % _MONTHS[interval] == 0
