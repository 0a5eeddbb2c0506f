"""Where things go: the places charts are drawn for, and labels that do not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """The place a chart is drawn for. What does not fit a narrow one is left out or moved."""

    width: int
    """Pixels, labels included."""
    narrow: bool = False
    """A phone held upright."""


WIDE = Frame(540)
"""Half of a wide page."""
FULL = Frame(860)
"""All of a wide page."""
NARROW = Frame(326, narrow=True)


def spaced(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels apart until none overlaps, each as near to its wanted place as can be.

    Gives the places in the order of `wanted`: at least `gap` apart and between `low` and
    `high`, unless there are too many for that; then the gaps shrink evenly.

        wanted   1   1.2      5          gap 1
        given    0.6    1.6   5
    """
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    # Each cluster is (sum of wanted places less their offset in it, members): neighbours
    # that would overlap are merged and take the mean of what they want.
    clusters: list[list[float]] = []
    for index in order:
        clusters.append([wanted[index], 1.0])
        while (
            len(clusters) > 1
            and _start(clusters[-1]) < _start(clusters[-2]) + clusters[-2][1] * gap
        ):
            total, members = clusters.pop()
            clusters[-1][0] += total - clusters[-1][1] * gap * members
            clusters[-1][1] += members
    places: list[float] = []
    for cluster in clusters:
        places += [_start(cluster) + step * gap for step in range(round(cluster[1]))]
    return _unordered(_inside(places, gap, low, high), order)


def _start(cluster: list[float]) -> float:
    """Give the place of a cluster's first label: mean of wanted_i − i·gap."""
    return cluster[0] / cluster[1]


def _inside(places: list[float], gap: float, low: float, high: float) -> list[float]:
    for index, place in enumerate(places):
        places[index] = max(place, low + index * gap)
    for index in range(len(places)):
        places[-1 - index] = min(places[-1 - index], high - index * gap)
    return places


def _unordered(places: list[float], order: list[int]) -> list[float]:
    given = [0.0] * len(places)
    for place, index in zip(places, order, strict=True):
        given[index] = place
    return given
