"""Outlines of countries, cut to a window and placed on a picture.

The outlines are Natural Earth's at 1:110 million (see `data/README.md`). A window is
projected so that lengths along its middle parallel are true: x = λ·cos φ0, y = φ.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from math import cos, radians
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("data") / "countries.json"
_PARTS_PER_DEGREE: Final = 20
KM_PER_DEGREE: Final = 111.2
"""Length of a degree of latitude."""

Point = tuple[float, float]


@cache
def rings() -> tuple[tuple[Point, ...], ...]:
    """Give the outer ring of every country's parts: longitudes and latitudes in degrees."""
    written: list[list[int]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(
        tuple(
            (x / _PARTS_PER_DEGREE, y / _PARTS_PER_DEGREE)
            for x, y in zip(accumulate(flat[::2]), accumulate(flat[1::2]), strict=True)
        )
        for flat in written
    )


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; on a picture y grows downwards."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class View:
    """What part of the world a box of the picture shows, and how large."""

    box: Box
    """Its place on the picture, in pixels."""
    longitude_degrees: float
    """What stands in its middle."""
    latitude_degrees: float
    """What stands in its middle; lengths along this parallel are true."""
    pixels_per_degree: float
    """Of latitude."""

    @property
    def squeeze(self) -> float:
        """Tell how long a degree of longitude is beside one of latitude."""
        return cos(radians(self.latitude_degrees))

    def place(self, longitude: float, latitude: float) -> Point:
        """Give the place of a point of the world on the picture, in pixels."""
        east = (longitude - self.longitude_degrees) * self.squeeze * self.pixels_per_degree
        north = (latitude - self.latitude_degrees) * self.pixels_per_degree
        box = self.box
        return box.left + box.width / 2 + east, box.top + box.height / 2 - north

    def land(self) -> Iterator[list[Point]]:
        """Give the countries as closed lines on the picture, cut at the edges of the box."""
        half_width = self.box.width / 2 / self.pixels_per_degree / self.squeeze
        half_height = self.box.height / 2 / self.pixels_per_degree
        west, east = self.longitude_degrees - half_width, self.longitude_degrees + half_width
        south, north = self.latitude_degrees - half_height, self.latitude_degrees + half_height
        for ring in rings():
            for turn in (-360.0, 0.0, 360.0):  # a window may lie across the 180th meridian
                if max(p[0] for p in ring) + turn < west or min(p[0] for p in ring) + turn > east:
                    continue
                cut = clipped([(x + turn, y) for x, y in ring], west, south, east, north)
                placed = _thinned(self.place(x, y) for x, y in cut)
                if len(placed) > 2:
                    yield [*placed, placed[0]]


def clipped(
    ring: Sequence[Point], west: float, south: float, east: float, north: float
) -> list[Point]:
    """Give what of a ring lies in a rectangle (after Sutherland and Hodgman, 1974)."""
    found = list(ring)
    for axis, limit, sign in ((0, west, 1), (0, east, -1), (1, south, 1), (1, north, -1)):
        found = list(_cut(found, axis, limit, sign))
    return found


def _cut(ring: Sequence[Point], axis: int, limit: float, sign: int) -> Iterator[Point]:
    """Keep what lies on one side of a line: beyond `limit` where `sign` is 1."""
    for before, point in zip([*ring[-1:], *ring[:-1]], ring, strict=True):
        was, now = (before[axis] - limit) * sign >= 0, (point[axis] - limit) * sign >= 0
        if was != now:
            part = (limit - before[axis]) / (point[axis] - before[axis])
            other = before[1 - axis] + part * (point[1 - axis] - before[1 - axis])
            yield (limit, other) if axis == 0 else (other, limit)
        if now:
            yield point


def _thinned(points: Iterable[Point]) -> list[Point]:
    """Leave out points less than a pixel from the one before: nobody sees them."""
    kept: list[Point] = []
    for x, y in points:
        if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= 1:
            kept.append((round(x, 1), round(y, 1)))
    return kept
