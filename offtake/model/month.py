"""Months: the period of an invoice, written `2027-06`, and where it begins in a time zone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from offtake.errors import Fault, OfftakeError, Where

_MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One calendar month: `Month(2027, 6)` is June 2027.

    Months are ordered, and integers move them: `Month(2027, 12) + 1` is 2028-01, and
    `Month(2028, 1) - Month(2027, 6)` is 7.
    """

    year: int
    """Calendar year."""
    month: int
    """1 to 12."""

    def __post_init__(self) -> None:
        """Refuse months no calendar has."""
        if not (1 <= self.month <= 12 and 1970 <= self.year <= 2200):
            raise ValueError(f"no such month: {self.year}-{self.month:02}")

    @classmethod
    def parse(cls, raw: object) -> Month:
        """Read `2027-06`.

        Raises:
            ValueError: the text is not a month.
        """
        if isinstance(raw, Month):
            return raw
        match = _MONTH.match(str(raw))
        if match is None:
            raise ValueError("a month is written like 2027-06")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        """Give the month a day lies in."""
        return cls(day.year, day.month)

    @property
    def first_day(self) -> date:
        """The first day of the month."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The last day of the month."""
        return (self + 1).first_day - timedelta(days=1)

    @property
    def _index(self) -> int:
        return self.year * 12 + self.month - 1

    def __add__(self, months: int) -> Month:
        """Move forward by a whole number of months."""
        year, rest = divmod(self._index + months, 12)
        return Month(year, rest + 1)

    def __sub__(self, other: Month) -> int:
        """Count the months from `other` to this one; negative when this is earlier."""
        return self._index - other._index

    def __str__(self) -> str:
        """Write the month as `2027-06`."""
        return f"{self.year}-{self.month:02}"

    def until(self, last: Month) -> tuple[Month, ...]:
        """List the months from this one to `last`, both included; empty if `last` is earlier."""
        return tuple(self + step for step in range(last - self + 1))

    # How pydantic reads and describes a month at the doors; see `offtake.units.Unit`.
    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: Callable[[object], dict[str, Any]]
    ) -> dict[str, Any]:
        """Read text at the doors, and write text back."""
        return {
            "type": "function-plain",
            "function": {"type": "no-info", "function": cls.parse},
            "serialization": {"type": "to-string"},
        }

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: Mapping[str, Any], handler: Callable[[Any], dict[str, Any]]
    ) -> dict[str, Any]:
        """Describe a month as text of one form."""
        return {"type": "string", "pattern": _MONTH.pattern, "examples": ["2027-06"]}


def epoch(when: datetime) -> int:
    """Give a moment as whole seconds since 1970-01-01 UTC.

    Raises:
        OfftakeError: the moment has no time zone, or parts of a second (`OTK-L001`).
    """
    if when.tzinfo is None or when.microsecond:
        what = "a moment is written to the second, with its time zone"
        hint = "write it like 2027-06-08T02:00:00Z"
        raise OfftakeError(Fault(code="OTK-L001", what=what, got=when.isoformat(), hint=hint))
    return int(when.timestamp())


def moment(text: str) -> datetime:
    """Read a moment, to the second and with its time zone: `2027-06-08T02:00:00Z`.

    Raises:
        ValueError: the text is no such moment, or of a year outside 1970 to 2199.
    """
    made = datetime.fromisoformat(text)
    if len(text) <= 10 or made.tzinfo is None or made.microsecond:
        raise ValueError("a moment is written like 2027-06-08T02:00:00Z")
    if not 1970 <= made.year < 2200:
        raise ValueError("a moment lies between 1970 and 2200")
    return made


def midnight(day: date, zone: str) -> int:
    """Give the second a day begins at in a time zone.

    Raises:
        OfftakeError: there is no such zone (`OTK-L002`).
    """
    return int(datetime(day.year, day.month, day.day, tzinfo=zone_of(zone)).timestamp())


@cache
def zone_of(name: str) -> ZoneInfo:
    """Find a time zone by its IANA name.

    Raises:
        OfftakeError: there is no such zone (`OTK-L002`).
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        hint = "use a name such as UTC, Europe/Oslo or America/Chicago"
        fault = Fault(code="OTK-L002", what="no such time zone", where=Where(), got=name, hint=hint)
        raise OfftakeError(fault) from None
