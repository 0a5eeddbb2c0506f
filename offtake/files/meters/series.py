"""Samples of one meter to amounts over time: counters with resets, gauges, gaps.

value  ╱│   ╱          a counter that falls was reset: it counts on from 0
╱ │  ╱   ·····   samples too far apart: the time between is not covered
╱  │╱     gap
────┬────────┬───────  cut where hours are full, in proportion between two samples
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from offtake.ledger.spans import Span

Point = tuple[int, Decimal]
"""A sample: seconds since 1970, and what the meter showed."""


@dataclass(slots=True)
class Amounts:
    """What a meter showed, piece by piece, and what was met on the way."""

    pieces: list[tuple[Span, int]] = field(default_factory=list)
    """Covered time that crosses no cut, and the amount in it."""
    reset_count: int = 0
    """Times the counter began again."""
    gap_count: int = 0
    """Times two samples lay too far apart."""
    alone_count: int = 0
    """Samples with a gap on both sides: they cover no time."""
    left_out: Fraction = Fraction(0)
    """What the counter went up by over gaps: not counted."""


def counted(points: Sequence[Point], unit: Fraction, gap: int, every: int) -> Amounts:
    """Turn samples of a counter into amounts, in order of time.

    The amount of a piece is ⌊unit · value at its end⌋ − ⌊unit · value at its start⌋, so
    that nothing is lost to rounding, and the same piece read again is the same. After a
    reset the counter is taken to have begun at 0 where it was last seen.
    """
    made = Amounts()
    for stretch in _stretches(points, gap, made, unit):
        whole: dict[Span, int] = {}
        for segment in _segments(stretch, made):
            for span, first, last in _cut(segment, every):
                amount = _floor(unit * last) - _floor(unit * first)
                whole[span] = whole.get(span, 0) + amount
        made.pieces += _joined(whole, every)
    return made


def integrated(points: Sequence[Point], unit: Fraction, gap: int, every: int) -> Amounts:
    """Turn samples of power into energy: between two samples it is taken as their mean.

    `unit` turns a sample into W; amounts are in Wh, rounded once a piece.
    """
    made = Amounts()
    for stretch in _stretches(points, gap, made, None):
        whole: dict[Span, Fraction] = {}
        for (start, one), (end, other) in pairwise(stretch):
            mean = (Fraction(one) + Fraction(other)) / 2
            for low, high in _between(start, end, every):
                span = (low // every * every, low // every * every + every)
                whole[span] = whole.get(span, Fraction(0)) + unit * mean * (high - low) / 3600
        edges = (stretch[0][0], stretch[-1][0])
        for span, energy in whole.items():
            inside = (max(span[0], edges[0]), min(span[1], edges[1]))
            made.pieces.append((inside, round(energy)))
    return made


def highest(points: Sequence[Point], unit: Fraction, gap: int, every: int) -> Amounts:
    """Turn samples of power into the highest of each piece, rounded up to whole W.

    A piece without a sample of its own counts those before and after it.
    """
    made = Amounts()
    for stretch in _stretches(points, gap, made, None):
        seconds = [second for second, _ in stretch]
        for low, high in _between(seconds[0], seconds[-1], every):
            inside = stretch[
                max(bisect_right(seconds, low) - 1, 0) : bisect_left(seconds, high) + 1
            ]
            top = max(value for _, value in inside)
            made.pieces.append(((low, high), -_floor(-unit * Fraction(top))))
    return made


def _floor(number: Fraction) -> int:
    return number.numerator // number.denominator


def _stretches(
    points: Sequence[Point], gap: int, made: Amounts, unit: Fraction | None
) -> Iterator[list[Point]]:
    """Give runs of samples without a gap; what lies alone covers no time."""
    run: list[Point] = []
    for point in points:
        if run and point[0] - run[-1][0] > gap:
            made.gap_count += 1
            if unit is not None and point[1] >= run[-1][1]:
                made.left_out += unit * Fraction(point[1] - run[-1][1])
            yield from _lasting(run, made)
            run = []
        run.append(point)
    if run:
        yield from _lasting(run, made)


def _lasting(run: list[Point], made: Amounts) -> Iterator[list[Point]]:
    if run[0][0] < run[-1][0]:
        yield run
    else:
        made.alone_count += len(run)


def _segments(stretch: Sequence[Point], made: Amounts) -> Iterator[list[Point]]:
    """Part a stretch where the counter was reset; each part begins where the last ends."""
    segment = [stretch[0]]
    for before, point in pairwise(stretch):
        if point[1] < before[1]:
            made.reset_count += 1
            yield segment
            segment = [(before[0], Decimal(0))]
        segment.append(point)
    yield segment


def _cut(segment: Sequence[Point], every: int) -> Iterator[tuple[Span, Fraction, Fraction]]:
    """Give each piece of a segment that crosses no cut: bounds, and the values at them."""
    start, first = segment[0][0], Fraction(segment[0][1])
    last_second, last = start, first
    for (one, low), (other, high) in pairwise(segment):
        for cut in range(one // every * every + every, other, every):
            share = Fraction(cut - one, other - one)
            value = Fraction(low) + share * (Fraction(high) - Fraction(low))
            yield (start, cut), first, value
            start, first = cut, value
        last_second, last = other, Fraction(high)
        if other % every == 0 and other > start:
            yield (start, other), first, last
            start, first = other, last
    if last_second > start or last > first:
        yield (start, last_second), first, last


def _joined(whole: dict[Span, int], every: int) -> list[tuple[Span, int]]:
    """Join pieces of one stretch that lie between the same two cuts (parted by a reset)."""
    made: dict[int, tuple[Span, int]] = {}
    for span, amount in whole.items():
        cut = (span[1] - 1 if span[0] == span[1] else span[0]) // every
        if cut in made:
            before, so_far = made[cut]
            made[cut] = ((min(before[0], span[0]), max(before[1], span[1])), so_far + amount)
        else:
            made[cut] = (span, amount)
    return list(made.values())


def _between(start: int, end: int, every: int) -> Iterator[Span]:
    while start < end:
        stop = min(end, start // every * every + every)
        yield start, stop
        start = stop


def in_order(points: Iterable[Point]) -> list[Point]:
    """Sort samples by time; of several in one second the order they came in stays."""
    return sorted(points, key=lambda point: point[0])
