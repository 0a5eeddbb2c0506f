"""Samples: futures as a long table, a number a row, as users have them and write them.

    scenario  probability_share  path                   quarter  value  unit     node  parent
    a         0.5                demand.inference.chat  2027Q1   12.5   k H100e  now
    a         0.5                demand.inference.chat  2027Q2   14.0   k H100e  1     now

A path of quarters has a row for every quarter of the horizon; one that is said once a
scenario (lateness, the size of a job) has an empty quarter. `node` and `parent`, where
they are given, say what is known when a quarter's signings are decided: scenarios at one
node cannot be told apart. A node may last several quarters; its parent is the node before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTable:
    """The rows of a file of samples, column by column, and where each stands."""

    file: str
    """Name of the file, for faults."""
    line: Sequence[int]
    """Line of each row in the file, or its number in a table without lines, from 1."""
    scenario: Sequence[str]
    """Name of its scenario."""
    probability_share: Sequence[float | None]
    """Chance of the scenario; None where the row leaves it to others of its scenario."""
    story: Sequence[str]
    """Named scenario of the portfolio it belongs to; empty for none."""
    path: Sequence[str]
    """What the number is of: `demand.inference.chat`, `rental_price`, `delays.built/hall`."""
    quarter: Sequence[str]
    """Quarter it is of; empty for what is said once a scenario."""
    value: Sequence[float]
    """The number."""
    unit: Sequence[str]
    """Its unit: `k H100e`, `ratio`, `days`, `share`."""
    node: Sequence[str]
    """State of knowledge in that quarter; empty where nothing is said."""
    parent: Sequence[str]
    """State of knowledge before that one; empty at the root."""

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.line)
