"""A published case, and what we say of it: the number in print, ours, and what stands between.

A row is *held out* when nothing of it was used to set a parameter, *calibrated* when it was
(its error says nothing), an *exact model* when another program's own model is simulated with
its own parameters, and *theory* when it is held against a formula.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an error of a row means."""

    HELD_OUT = "held out"
    CALIBRATED = "calibrated"
    EXACT = "exact model"
    THEORY = "theory"


class Verdict(StrEnum):
    """Whether a row is within its bar."""

    HIT = "hit"
    MISS = "miss"
    NONE = "no bar"


RELATIVE = 0.03
"""Bar of quantities: error over the published value."""
POINTS = 0.03
"""Bar of efficiencies and other shares: difference of shares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One number in print beside ours."""

    what: str
    """What it is of."""
    published: float
    ours: float
    unit: str = ""
    """Unit of both; `share` is compared in points, all else relatively."""
    kind: Kind = Kind.HELD_OUT
    half_width: float = 0.0
    """Half the 95 % confidence interval of ours, where it was simulated."""
    at_least: bool = False
    """Whether what is published is a lower bound, as *over 90 %*."""
    bar: float | None = None
    """Largest error that counts as a hit; None is the usual one of its unit."""
    digits: int = 4
    """Significant digits to print."""
    note: str = ""
    """What a reader must know of this row alone."""

    @property
    def in_points(self) -> bool:
        """Whether the error is a difference of shares."""
        return self.unit == "share"

    @property
    def error(self) -> float:
        """Ours less the published, in points for shares, else over the published."""
        gap = self.ours - self.published
        return gap if self.in_points else gap / abs(self.published)

    @property
    def verdict(self) -> Verdict:
        """Whether ours is within the bar."""
        if self.kind is Kind.CALIBRATED:
            return Verdict.NONE
        usual = POINTS if self.in_points else RELATIVE
        bar = usual if self.bar is None else self.bar
        if not math.isfinite(self.error):
            return Verdict.MISS
        off = max(-self.error, 0.0) if self.at_least else abs(self.error)
        return Verdict.HIT if off <= bar else Verdict.MISS


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What somebody published, and how it was predicted."""

    title: str
    source: str
    """Who published it, where and when."""
    convention: str
    """What the numbers mean: what counts as time, as a failure, as progress."""
    calibrated: str
    """What was set from what; everything else is assumed and named here."""
    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()
    """Where print conflicts with itself, and why we miss."""

    @property
    def hits(self) -> int:
        """Rows within their bar."""
        return sum(row.verdict is Verdict.HIT for row in self.rows)

    @property
    def misses(self) -> int:
        """Rows beyond it."""
        return sum(row.verdict is Verdict.MISS for row in self.rows)
