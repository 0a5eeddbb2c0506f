"""Periods of the plan: calendar quarters, written `2026Q3`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

_QUARTER = re.compile(r"^(\d{4})-?Q([1-4])$")

HOURS_PER_QUARTER = 8760 / 4
"""Hours in a planning quarter: a quarter of 8,760, so that four make a year."""


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """One calendar quarter: `Quarter(2026, 3)` is July to September 2026.

    Quarters are ordered, and integers move them: `Quarter(2026, 3) + 2` is 2027Q1, and
    `Quarter(2027, 1) - Quarter(2026, 3)` is 2.
    """

    year: int
    """Calendar year."""
    quarter: int
    """1 to 4."""

    def __post_init__(self) -> None:
        """Refuse quarters no calendar has."""
        if not (1 <= self.quarter <= 4 and 1970 <= self.year <= 2200):
            raise ValueError(f"no such quarter: {self.year}Q{self.quarter}")

    @classmethod
    def parse(cls, raw: object) -> Quarter:
        """Read `2026Q3` (or `2026-Q3`).

        Raises:
            ValueError: the text is not a quarter.
        """
        if isinstance(raw, Quarter):
            return raw
        match = _QUARTER.match(str(raw))
        if match is None:
            raise ValueError("a quarter is written like 2026Q3")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Quarter:
        """Give the quarter a day lies in."""
        return cls(day.year, (day.month - 1) // 3 + 1)

    @property
    def first_day(self) -> date:
        """The first day of the quarter."""
        return date(self.year, 3 * self.quarter - 2, 1)

    @property
    def last_day(self) -> date:
        """The last day of the quarter."""
        return (self + 1).first_day - timedelta(days=1)

    @property
    def middle_day(self) -> date:
        """The day a quarter's average is drawn at on a time axis."""
        return self.first_day + (self.last_day - self.first_day) / 2

    @property
    def _index(self) -> int:
        return self.year * 4 + self.quarter - 1

    def __add__(self, quarters: int) -> Quarter:
        """Move forward by a whole number of quarters."""
        year, rest = divmod(self._index + quarters, 4)
        return Quarter(year, rest + 1)

    def __sub__(self, other: Quarter) -> int:
        """Count the quarters from `other` to this one; negative when this is earlier."""
        return self._index - other._index

    def __str__(self) -> str:
        """Write the quarter as `2026Q3`."""
        return f"{self.year}Q{self.quarter}"

    def until(self, last: Quarter) -> tuple[Quarter, ...]:
        """List the quarters from this one to `last`, both included; empty if `last` is earlier."""
        return tuple(self + step for step in range(last - self + 1))

    # How pydantic reads and describes a quarter at the doors; see `offtake.units.Unit`.
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
        """Describe a quarter as text of one form."""
        return {"type": "string", "pattern": _QUARTER.pattern, "examples": ["2026Q3"]}


def quarters_since(first: Quarter, day: date) -> float:
    """Count quarters from the first day of `first` to `day`, with its fraction."""
    quarter = Quarter.of(day)
    days = (quarter.last_day - quarter.first_day).days + 1
    return (quarter - first) + (day - quarter.first_day).days / days
