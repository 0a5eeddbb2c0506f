"""Dates as sources give them: a day, or only a month, a quarter, a half-year, a year.

`2027-Q1` stands for a span of days, and the span matters: what was announced for
`2026-H2` is not late before its last day has passed, and a fact dated `2026-05` was
not surely known before 2026-05-31.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_SPAN = re.compile(r"(\d{4})(?:-(?:H([12])|Q([1-4])|(\d{2})(?:-(\d{2}))?))?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as precise as its source: the text, and the first and last day it may mean.

    Two of them are equal when their text is equal; to order them, say which end counts
    (`key=lambda d: d.last`).
    """

    text: str
    """As written: `2027`, `2026-H2`, `2027-Q1`, `2026-05`, `2026-05-23`, or two of
    these with a slash, `2025-07/2025-09`, for something done in steps."""
    first: date
    """The earliest day it may mean."""
    last: date
    """The latest day it may mean."""

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read a day, month, quarter, half-year, year, or two of them with a slash.

        Raises:
            ValueError: the text is none of these, or the second part ends too early.
        """
        start, slash, end = text.partition("/")
        first, last = _span(start)
        if slash:
            last = _span(end)[1]
            if last < first:
                raise ValueError(f"'{text}' ends before it begins")
        return cls(text, first, last)

    @property
    def exact(self) -> bool:
        """Whether it is one single day."""
        return self.first == self.last

    def __str__(self) -> str:
        """Print the date as its source gave it."""
        return self.text


def _span(text: str) -> tuple[date, date]:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is no date such as 2027, 2026-H2, 2027-Q1, 2026-05, 2026-05-23")
    year = int(match[1])
    if match[5]:
        day = date(year, int(match[4]), int(match[5]))
        return day, day
    if match[4]:
        return _months(year, int(match[4]), 1)
    if match[3]:
        return _months(year, 3 * int(match[3]) - 2, 3)
    if match[2]:
        return _months(year, 6 * int(match[2]) - 5, 6)
    return _months(year, 1, 12)


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    """Give the first and the last day of `count` months that lie in one year."""
    first = date(year, month, 1)
    after = month + count
    last = date(year + after // 13, (after - 1) % 12 + 1, 1) - timedelta(days=1)
    return first, last
