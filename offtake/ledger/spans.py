"""Spans of time: sets of half-open intervals of whole seconds, united and never added.

A set is a tuple of (start, end), sorted, disjoint and not touching. Overlapping outages
become one span, so no second counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[int, int]
Spans = tuple[Span, ...]


def union(spans: Iterable[Span]) -> Spans:
    """Unite intervals that overlap or touch; empty ones vanish.

    ──██████────      ──██████████
    ─────███████  ->
    """
    done: list[Span] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if done and start <= done[-1][1]:
            if end > done[-1][1]:
                done[-1] = (done[-1][0], end)
        else:
            done.append((start, end))
    return tuple(done)


def intersect(left: Spans, right: Spans) -> Spans:
    """Give the time that lies in both sets."""
    done: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            done.append((start, end))
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(done)


def subtract(left: Spans, right: Spans) -> Spans:
    """Give the time of `left` that does not lie in `right`."""
    done: list[Span] = []
    j = 0
    for start, end in left:
        while j < len(right) and right[j][1] <= start:
            j += 1
        k = j
        while k < len(right) and right[k][0] < end:
            if right[k][0] > start:
                done.append((start, right[k][0]))
            start = max(start, right[k][1])
            k += 1
        if start < end:
            done.append((start, end))
    return tuple(done)


def seconds(spans: Iterable[Span]) -> int:
    """Add up the seconds of disjoint spans."""
    return sum(end - start for start, end in spans)
