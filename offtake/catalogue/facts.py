"""What every fact of the catalogue carries: where it comes from and since when it was known.

A table may hold several rows of one thing, told apart by `known_from`: its vintages. Each
row says all that was known from that day until the next row of the same key. Some columns
of a row may have become known later than the rest (the price of an accelerator, the status
of a site); they form a part with a `…_known_from` of its own, and a question about an
earlier day gets the row without that part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_type_hints

from annotated_types import Ge

from offtake.model.value import Value
from offtake.units import Unit, unit_of

Quality = Literal["reported", "estimated", "assumed", "derived"]
"""`reported`: a party, a regulator or the press says so. `estimated`: a third party's
model, mostly Epoch AI's. `assumed`: our number, to be replaced. `derived`: computed from
other rows."""

QUALITIES: tuple[Quality, ...] = ("reported", "estimated", "assumed", "derived")

UnstatedMW = Annotated[float, Ge(0), Unit("MW", ("_unstated_mw",), "boundary not stated")]
"""Power whose source does not say whether it is at the servers or at the meter: it must
not be added to either."""
Celsius = Annotated[float, Unit("°C", ("_celsius",))]
SignedDays = Annotated[float, Unit("days", ("_days",))]
"""Days of delay; negative is earlier than announced."""
Figure = Annotated[float, Unit("see unit", ("value", "low", "high"))]
"""A number whose unit stands in the row's own `unit` column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Value):
    """One row of a table: a public fact with its source and the day it became known."""

    quality: Quality
    """How sure the numbers of the row are, its parts excepted."""
    source: str
    """Publisher and date; for derived rows, what it was computed from."""
    known_from: date
    """The day from which this was publicly known; where a source gives only a month, a
    quarter or a year, its last day, so that no question about an earlier day sees it."""
    known_from_basis: str
    """How that day was found."""
    remark: str | None = None
    """What a user should mind: a recalled detail, a bound, a contradiction."""

    TABLE: ClassVar[str] = ""
    """The name of the table, and of its file `data/TABLE.csv`."""
    KEY: ClassVar[tuple[str, ...]] = ()
    """The columns that name the thing a row is about; with `known_from`, a row."""
    SHOWN: ClassVar[tuple[str, ...]] = ()
    """The columns a short listing shows."""
    PARTS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """For each part, its `…_known_from` column and the columns that date holds for."""

    @property
    def key(self) -> tuple[str, ...]:
        """The key's values as text."""
        return tuple(str(getattr(self, name) or "") for name in self.KEY)


F = TypeVar("F", bound=Fact)


def as_known(fact: F, day: date) -> F | None:
    """Give a fact as it was known at the end of a day, or None if it was not known yet.

    Parts that became known later are taken out of it.
    """
    if fact.known_from > day:
        return None
    later: dict[str, Any] = {}
    for dated, columns in fact.PARTS.items():
        since = getattr(fact, dated)
        if since is not None and since > day:
            later |= dict.fromkeys((dated, *columns))
    return replace(fact, **later) if later else fact


_COLUMNS: dict[type[Fact], Mapping[str, Unit | None]] = {}


def columns_of(kind: type[Fact]) -> Mapping[str, Unit | None]:
    """List a table's columns in the order of its file, each with its unit if it has one."""
    if kind not in _COLUMNS:
        hints = get_type_hints(kind, include_extras=True)
        shared = [field.name for field in fields(Fact)]
        own = [field.name for field in fields(kind) if field.name not in shared]
        _COLUMNS[kind] = {name: unit_of(hints[name]) for name in (*own, *shared)}
    return _COLUMNS[kind]
