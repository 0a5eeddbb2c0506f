"""Service: which part of a tranche is in service when, from acceptance to its end.

accepted 128 nodes   accepted 128 more      withdrawn 2          term ends
      |--------128--------|--------256---------|-------254----------|
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from offtake.ledger.spans import Span, Spans, union
from offtake.model.contract import Tranche

FOREVER = 2**62
"""A second later than any that is settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of time in which one share of a tranche is in service."""

    span: Span
    """From its first second to the first second after it."""
    share: Fraction
    """Share of the tranche that is in service: 1 is all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One tranche over all of time."""

    tranche: Tranche
    """The tranche as it stands in the month that is settled."""
    pieces: tuple[Piece, ...]
    """When which share of it is in service; empty where it was never accepted."""
    due: int
    """Second it was due, excused delay and moved dates included."""
    started: int | None
    """Second service began; None has not."""
    complete: int | None
    """Second all of it was accepted; None has not been."""
    ended: int = FOREVER
    """Second after its last of service."""
    sources: tuple[str, ...] = ()
    """Events and clauses this rests on."""
    contracted: tuple[Piece, ...] = ()
    """When which share of it is owed: from its due date (or acceptance, where earlier), in
    the steps of its ramp, to its end."""
    curtailed: tuple[Piece, ...] = ()
    """When which share of it an option keeps out of service."""
    option_prices: tuple[tuple[int, Decimal, str], ...] = ()
    """Prices under options that were used: from which second, the price, the option."""

    def within(self, window: Span) -> tuple[Piece, ...]:
        """Give the pieces inside a window: month ∩ service time."""
        return clipped(self.pieces, window)

    def spans(self, window: Span) -> Spans:
        """Give the time any of it is in service inside a window."""
        return union(p.span for p in self.within(window))

    def share_seconds(self, window: Span) -> Fraction:
        """Add up share · seconds inside a window: all of it for a second counts 1."""
        return share_seconds(self.within(window))


def clipped(pieces: Iterable[Piece], window: Span) -> tuple[Piece, ...]:
    """Give the parts of pieces inside a window, those without a share left out."""
    cut = (
        Piece(span=(max(p.span[0], window[0]), min(p.span[1], window[1])), share=p.share)
        for p in pieces
    )
    return tuple(p for p in cut if p.span[0] < p.span[1] and p.share > 0)


def share_seconds(pieces: Iterable[Piece]) -> Fraction:
    """Add up share · seconds of pieces: all of it for a second counts 1."""
    return sum((p.share * (p.span[1] - p.span[0]) for p in pieces), Fraction(0))
