"""Readings beside each other: amounts over the time in which all of them were read.

    tokens   ████████░░░░████
    energy   ██████████████░░
    both     ████████░░░░██      a ratio is taken here, and nowhere else

A reading counts whole or not at all. Where one begins or ends in the middle of another the
time they share has no amounts of its own, and the ratio is left out with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from offtake.ledger.metered import Sought, picked
from offtake.ledger.spans import Span, Spans, intersect, seconds, subtract, union
from offtake.model.reading import Meter
from offtake.model.records import Readings


@dataclass(frozen=True, slots=True)
class Read:
    """Readings of one meter inside a window."""

    rows: tuple[tuple[int, int, int], ...]
    """First second, first second after, amount."""
    sources: tuple[str, ...]
    cut: int = 0
    """Readings that lie only partly in the window; they are left out."""

    @property
    def covered(self) -> Spans:
        """When it was read."""
        return union((start, end) for start, end, _ in self.rows)

    @property
    def amount(self) -> int:
        """What they come to."""
        return sum(amount for _, _, amount in self.rows)

    def inside(self, spans: Spans) -> Read:
        """Give the readings that lie wholly inside spans."""
        kept = tuple(row for row in self.rows if any(s <= row[0] and row[1] <= e for s, e in spans))
        return Read(kept, self.sources, self.cut)


def read(readings: Readings, soughts: Iterable[Sought], window: Span) -> Read:
    """Give what is sought inside a window, all kinds together."""
    rows: list[tuple[int, int, int]] = []
    sources: set[str] = set()
    cut = 0
    for sought in soughts:
        found = readings.where(picked(readings, sought))
        inside = (found.starts >= window[0]) & (found.ends <= window[1])
        touched = (found.starts < window[1]) & (found.ends > window[0]) & ~inside
        cut += int(touched.sum())
        kept = found.where(inside)
        rows += zip(kept.starts.tolist(), kept.ends.tolist(), kept.amount.tolist(), strict=True)
        sources |= {kept.names[code] for code in np.unique(kept.source).tolist()}
    return Read(tuple(rows), tuple(sorted(sources)), cut)


def paired(first: Read, second: Read) -> tuple[Read, Read] | None:
    """Give both over the time in which both were read; None where that cannot be told apart."""
    both = intersect(first.covered, second.covered)
    while both:
        one, two = first.inside(both), second.inside(both)
        left = intersect(one.covered, two.covered)
        if left == both and one.covered == two.covered:
            return one, two
        if left == both:
            return None
        both = left
    return None


def share(covered: Spans, window: Span) -> float:
    """Tell which share of a window some spans are."""
    return seconds(intersect(covered, (window,))) / (window[1] - window[0])


def gaps(covered: Spans, window: Span) -> Spans:
    """Give the time of a window that was not read."""
    return subtract((window,), covered)


def of_site(meter: Meter, site: str) -> Sought:
    """Seek a meter of a site as a whole."""
    return Sought(meter=meter, site=site)


def of_tranches(meter: Meter, site: str, tranches: Sequence[str]) -> Sought:
    """Seek a meter of tranches, written CONTRACT.TRANCHE."""
    return Sought(meter=meter, site=site, tranches=tuple(tranches))
