"""Fidelity A: formulas, instant and exact where their conditions hold, refused elsewhere."""

from offtake.simulate.closed.ettr import Cycle, first_order, renewal
from offtake.simulate.closed.interval import best, daly, young
from offtake.simulate.closed.spares import short_share, spares_for

__all__ = [
    "Cycle",
    "best",
    "daly",
    "first_order",
    "renewal",
    "short_share",
    "spares_for",
    "young",
]
