"""All that may be signed ahead, stacked: one row for each offer and signing quarter.

The flows of thousands of such pairs are put into the program at once, array by array.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from offtake.plan.flows import Flow
from offtake.plan.program import Floats, Ints
from offtake.plan.supply import Source


@dataclass(frozen=True, slots=True)
class Ahead:
    """Pairs of offer and signing quarter, K of them; money in million USD a unit of x."""

    offer: Ints
    """[K]"""
    period: Ints
    """[K] quarter of signing."""
    pool: Ints
    """[K]"""
    useful: Floats
    """[K, W, T] MW able to work, before outages of the site."""
    paid_share: Floats
    """[K] share of it whose use is already paid for."""
    paid: Floats
    """[K, W, T] all cash out."""
    residual: Floats
    """[K, W] value left at the end of the horizon."""
    planned: Floats
    """[K, T] MW in service if nothing is late and nothing fails."""
    invested: Floats
    """[K, T] investment if nothing is late."""


def stack(
    offered: Mapping[tuple[int, int], Flow],
    sources: tuple[Source, ...],
    size: Floats,
    shape: tuple[int, int],
) -> Ahead:
    """Stack the flows of all pairs.

    Args:
        offered: flow of one MW by offer and signing quarter.
        sources: of the offers.
        size: [O] MW one unit of x stands for.
        shape: scenarios and quarters.
    """
    count = len(offered)
    scenarios, periods = shape
    offer = np.array([o for o, _ in offered], np.int64)
    useful, paid = np.empty((count, *shape)), np.empty((count, *shape))
    residual = np.empty((count, scenarios))
    planned, invested = np.empty((count, periods)), np.empty((count, periods))
    for row, ((number, _), moved) in enumerate(offered.items()):
        useful[row] = moved.share * (sources[number].availability * size[number])
        paid[row] = moved.paid * size[number]
        residual[row] = moved.residual * size[number]
        planned[row] = moved.planned * size[number]
        invested[row] = moved.invested * size[number]
    return Ahead(
        offer=offer,
        period=np.array([t for _, t in offered], np.int64),
        pool=np.array([sources[o].pool for o in offer], np.int64),
        useful=useful,
        paid_share=np.array([sources[o].terms.paid_share for o in offer], float),
        paid=paid,
        residual=residual,
        planned=planned,
        invested=invested,
    )
