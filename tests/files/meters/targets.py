"""Where readings of tests belong."""

from __future__ import annotations

from datetime import UTC, datetime

from offtake.files.meters import Imported, Target

HOUR = 3600
START = 1_811_808_000
"""1 June 2027, 00:00 UTC."""
RECORDED = datetime(2027, 7, 1, tzinfo=UTC)


def target(**more: object) -> Target:
    nodes = frozenset(f"n{number:03}" for number in range(1, 769))
    return Target("fjord", RECORDED, **{"nodes": nodes, **more})  # type: ignore[arg-type]


def pieces(imported: Imported) -> list[tuple[int, int, int]]:
    """Start and end of each reading in seconds from the start of June, and its amount."""
    return [
        (int(r.starts.timestamp()) - START, int(r.ends.timestamp()) - START, r.amount)
        for r in imported.readings
    ]
