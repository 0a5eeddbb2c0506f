"""Reduce Natural Earth's countries to the few points a map of sites needs.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    .venv/bin/python -m tools.outlines package/countries-110m.json offtake/draw/data/countries.json

Written is one list a ring: first longitude and latitude, then steps, all in twentieths of a
degree. Holes are left out (a country inside another is drawn over it), and so is Antarctica.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PARTS_PER_DEGREE = 20
ANTARCTICA = "010"
SOURCE = "2516c915867c7baf"
"""First digits of the SHA-256 of the file that was read."""
Point = tuple[int, int]


def rings(topology: dict[str, Any]) -> Iterator[list[Point]]:
    """Give the outer ring of each polygon, points in parts of a degree, none twice in a row."""
    arcs = [list(_absolute(arc, topology["transform"])) for arc in topology["arcs"]]
    for country in topology["objects"]["countries"]["geometries"]:
        if country.get("id") == ANTARCTICA:
            continue
        found = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        for outer, *_holes in found:
            joined = [point for index in outer for point in _arc(arcs, index)]
            kept = [p for p, before in zip(joined, [None, *joined], strict=False) if p != before]
            if len(set(kept)) > 2:
                yield list(_unwrapped(kept))


def _absolute(arc: Sequence[Sequence[int]], transform: dict[str, Any]) -> Iterator[Point]:
    x = y = 0
    for dx, dy in arc:
        x, y = x + dx, y + dy
        degrees = (
            at * scale + shift
            for at, scale, shift in zip(
                (x, y), transform["scale"], transform["translate"], strict=True
            )
        )
        longitude, latitude = (round(part * PARTS_PER_DEGREE) for part in degrees)
        yield longitude, latitude


def _unwrapped(ring: Sequence[Point]) -> Iterator[Point]:
    """Let a ring that crosses the 180th meridian go on beyond it."""
    before, turn = ring[0][0], 360 * PARTS_PER_DEGREE
    for x, y in ring:
        before = x - turn * round((x - before) / turn)
        yield before, y


def _arc(arcs: Sequence[list[Point]], index: int) -> list[Point]:
    """Give an arc; a negative number is the complement of one that is walked backwards."""
    return arcs[index] if index >= 0 else arcs[~index][::-1]


def steps(ring: Sequence[Point]) -> list[int]:
    """Write a ring as its first point and the steps from there."""
    flat = [*ring[0]]
    for (x, y), (x2, y2) in itertools.pairwise(ring):
        flat += [x2 - x, y2 - y]
    return flat


def main(source: str, target: str) -> int:
    """Read one file, write the other."""
    raw = Path(source).read_bytes()
    if not hashlib.sha256(raw).hexdigest().startswith(SOURCE):
        print("this is not the file the outlines were made of", file=sys.stderr)
        return 1
    made = [steps(ring) for ring in rings(json.loads(raw))]
    Path(target).write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
