"""What a meter's file became: readings, and an account of everything that was in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from offtake.ledger.spans import Span, Spans, seconds, subtract, union
from offtake.model.reading import Meter, Reading


@dataclass(frozen=True, slots=True)
class Target:
    """Where readings belong, and when they became known."""

    site: str
    """Site they were metered at."""
    recorded: datetime
    """When they became known."""
    tranche: str | None = None
    """Tranche they are of; None is the node, or the whole site."""
    nodes: frozenset[str] | None = None
    """Nodes there are; None is not known."""
    window: Span | None = None
    """Seconds that are wanted; None is all there is."""
    every: int = 3600
    """Readings are cut where so many seconds since 1970 are full."""
    source: str | None = None
    """What to call the source; None is what the file suggests."""


@dataclass(slots=True)
class Account:
    """Counts of what was in a file, by what became of it."""

    taken: Counter[str] = field(default_factory=Counter)
    """What became readings."""
    merged: Counter[str] = field(default_factory=Counter)
    """What said the same as something else, or was counted in it."""
    refused: Counter[str] = field(default_factory=Counter)
    """What did not become readings, by the reason."""
    notes: list[str] = field(default_factory=list)
    """What a reader should know about how it was read."""


@dataclass(frozen=True, slots=True)
class Covered:
    """What one meter showed, and when it was read."""

    meter: Meter
    """What was metered."""
    name: str
    """Source and node."""
    span: Span
    """The time that is looked at."""
    read: Spans
    """The parts of it in which the meter was read."""
    amount: int
    """What it showed, in the unit of the meter."""
    reading_count: int
    """Readings it became."""

    @property
    def gaps(self) -> Spans:
        """When it was not read."""
        return subtract((self.span,), self.read)

    @property
    def share(self) -> float:
        """Share of the time in which it was read."""
        return seconds(self.read) / (self.span[1] - self.span[0])


@dataclass(frozen=True, slots=True)
class Imported:
    """Readings from a file, with the account of it."""

    readings: tuple[Reading, ...]
    account: Account
    window: Span | None = None
    """The time that was asked for; None is what each meter covers."""

    def coverage(self) -> tuple[Covered, ...]:
        """Tell by meter, source and node when it was read."""
        groups: dict[tuple[Meter, str], list[Reading]] = {}
        for reading in self.readings:
            name = "/".join(part for part in (reading.source, reading.node) if part)
            groups.setdefault((reading.meter, name), []).append(reading)
        return tuple(
            _covered(meter, name, rows, self.window) for (meter, name), rows in groups.items()
        )


def _covered(meter: Meter, name: str, rows: Iterable[Reading], window: Span | None) -> Covered:
    listed = tuple(rows)
    read = union((int(r.starts.timestamp()), int(r.ends.timestamp())) for r in listed)
    amounts = [reading.amount for reading in listed]
    return Covered(
        meter=meter,
        name=name,
        span=window or (read[0][0], read[-1][1]),
        read=read,
        amount=sum(amounts) if meter.adds_up else max(amounts),
        reading_count=len(listed),
    )


def moment_of(second: int) -> datetime:
    """Give a second since 1970 as a moment."""
    return datetime.fromtimestamp(second, UTC)


def stamp(second: int) -> str:
    """Write a second since 1970 as `2027-06-08T02:00:00Z`."""
    return moment_of(second).strftime("%Y-%m-%dT%H:%M:%SZ")
