"""Where a value comes from, and which of its numbers are assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from offtake.model.value import Value


class Quality(StrEnum):
    """How far a fact can be trusted."""

    REPORTED = "reported"
    """A party, a regulator or the news says so."""
    ESTIMATED = "estimated"
    """A third party's model says so."""
    ASSUMED = "assumed"
    """Our number: replace it by your own."""
    DERIVED = "derived"
    """Computed from facts of the other kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance(Value):
    """Source and quality of what one entry of a portfolio says.

    A number nobody outside knows is an assumption and says so: it is named in
    `assumptions` with the reason for it, and reports list them.
    """

    quality: Quality = Quality.ASSUMED
    """Quality of the entry as a whole; single numbers may be weaker, see `assumptions`."""
    source: str = ""
    """Publisher and date, in words."""
    as_of: date | None = None
    """The day the source speaks of."""
    fact: str = ""
    """Row of the catalogue it was copied from, `table/key`, so that a backtest finds what was
    known of it on another day: `milestones/abilene/bldg 3-4`."""
    assumptions: Mapping[str, str] = field(default_factory=dict, hash=False)
    """For each field of the entry that is assumed: why this value was taken."""
