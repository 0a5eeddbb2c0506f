"""How exactly numbers are written so that what a reader adds up is the sum that is shown.

19.5624 and 19.5624      20 + 20 is not 39; 19.6 + 19.6 is not 39.1; 19.56 + 19.56 is 39.12
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MOST = 2
"""Most decimals that are shown for the sake of a sum."""


def decimals(groups: Iterable[Sequence[float]], least: int = 0) -> int:
    """Give the fewest decimals at which the members of every group, as written, add up.

    Where none up to the most does, as among many members, more digits would not help the
    reader: then it is the least, and a sum may differ from what is added up, by half a unit of
    the last digit for each member at most.

    Args:
        groups: numbers whose sum is shown beside them.
        least: decimals that are shown in any case.
    """
    held = [tuple(group) for group in groups]
    for many in range(least, MOST + 1):
        if all(_adds_up(group, many) for group in held):
            return many
    return least


def written(value: float, many: int) -> str:
    """Write a number with as many decimals: `1,234.56`."""
    return f"{value:,.{many}f}"


def _adds_up(group: Sequence[float], many: int) -> bool:
    scale: float = 10.0**many
    parts = sum(round(round(value, many) * scale) for value in group)
    return parts == round(round(sum(group), many) * scale)
