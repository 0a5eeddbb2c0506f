"""Dates of contracts as seconds: months later, the same wall time, in a time zone."""

from __future__ import annotations

from datetime import date, datetime

from offtake.model.month import Month, midnight, zone_of


def day_of(second: int, zone: str) -> date:
    """Give the day a second lies in, in a time zone.

    Raises:
        OfftakeError: there is no such zone (`OTK-L002`).
    """
    return datetime.fromtimestamp(second, zone_of(zone)).date()


def months_later(day: date, months: int) -> date:
    """Give the same day so many months later; of a shorter month its last: 31 Jan -> 28 Feb."""
    month = Month.of(day) + months
    return date(month.year, month.month, min(day.day, month.last_day.day))


def second_later(second: int, months: int, zone: str) -> int:
    """Give the second at the same wall time so many months later, in a time zone.

    Raises:
        OfftakeError: there is no such zone (`OTK-L002`).
    """
    was = datetime.fromtimestamp(second, zone_of(zone))
    day = months_later(was.date(), months)
    return int(datetime.combine(day, was.time(), tzinfo=zone_of(zone)).timestamp())


def second_of(day: date, months: int, zone: str) -> int:
    """Give the first second of the day so many months after a day, in a time zone.

    Raises:
        OfftakeError: there is no such zone (`OTK-L002`).
    """
    return midnight(months_later(day, months), zone)


def month_of(second: int, zone: str) -> Month:
    """Give the month a second lies in, in a time zone.

    Raises:
        OfftakeError: there is no such zone (`OTK-L002`).
    """
    return Month.of(day_of(second, zone))
