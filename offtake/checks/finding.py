"""What a check is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from offtake.errors import Fault
from offtake.model.portfolio import Portfolio


class Level(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """The portfolio contradicts itself: no plan can be made from it."""
    WARNING = "warning"
    """It can be planned with, but a reader should know."""


@dataclass(frozen=True, slots=True)
class Check:
    """A rule that the entries of a portfolio keep together.

    `look` gives a fault for each breach; it reads nothing but the portfolio. `codes` says
    for each code it can give what that means.
    """

    name: str
    about: str
    level: Level
    codes: Mapping[str, str]
    look: Callable[[Portfolio], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault, the check that found it, and how much it matters."""

    check: str
    level: Level
    fault: Fault

    def __str__(self) -> str:
        """Print as the fault, with its level and the name of its check."""
        return f"{self.level} {self.fault} [{self.check}]"
