"""A plan put to the test: its fleet over its horizon, late, failing and asked for work."""

from offtake.simulate.stress.case import Case, Lot, Need, Place
from offtake.simulate.stress.front import Stressed, stress

__all__ = ["Case", "Lot", "Need", "Place", "Stressed", "stress"]
